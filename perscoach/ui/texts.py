"""The catalogue's texts as the app's page takes them: Gradio's markers and the browser's language."""

from __future__ import annotations

import re
from typing import Any

from perscoach.core.messages import LANGUAGES, labels

COLOUR = ("ui_colour", "ui_colour_play", "ui_colour_scopes", "ui_colour_habits", "ui_colour_look", "ui_colour_advice")
"""The catalogue's modules whose texts the Colour step's page receives."""


def marker(key: str) -> Any:
    """A placeholder that Gradio's page replaces with the text of ``key`` in the browser's language.

    Raises:
        KeyError: no such text.
    """
    from gradio.i18n import I18nData

    if key not in labels():
        raise KeyError(key)
    return I18nData(key)


def gradio_i18n() -> Any:
    """All texts as ``gr.I18n``, for ``launch(i18n=...)``."""
    import gradio as gr

    tables = [{key: pair[i] for key, pair in labels().items()} for i in range(len(LANGUAGES))]
    return gr.I18n(**dict(zip(LANGUAGES, tables, strict=True)))


def best_language(accept: str) -> str:
    """The language that an ``Accept-Language`` header prefers among ours; English where it names none."""
    best, weight = "en", 0.0
    for part in accept.split(",")[:20]:
        match = re.fullmatch(r"\s*([A-Za-z]{2,3})[A-Za-z0-9-]*\s*(?:;\s*q=([0-9.]{1,5}))?\s*", part)
        if match and match[1].lower() in LANGUAGES:
            try:
                q = float(match[2] or 1)
            except ValueError:
                continue
            if q > weight:
                best, weight = match[1].lower(), q
    return best
