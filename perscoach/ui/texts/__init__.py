"""Every word on the screen, in English and Russian: one module per panel with ``TEXTS: dict[key, (en, ru)]``."""

from __future__ import annotations

import importlib
import importlib.util
import re
from functools import cache
from typing import Any

LANGUAGES = ("en", "ru")
COLOUR = ("colour", "colour_play", "colour_scopes", "colour_habits", "colour_look", "colour_advice")
"""The Colour step's modules: its page is given these texts and no others."""
PANELS = ("shell", "clip", *COLOUR, "matte", "pose", "bundle", "viewer", "jobs")


@cache
def all_texts() -> dict[str, tuple[str, str]]:
    """Every key with its English and Russian text.

    Raises:
        ValueError: two panels use one key.
    """
    return of(PANELS)


def of(panels: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """The texts of some of ``PANELS``.

    Raises:
        ValueError: two of them use one key.
    """
    merged: dict[str, tuple[str, str]] = {}
    for name in panels:
        if importlib.util.find_spec(f"{__name__}.{name}") is None:
            continue
        for key, pair in importlib.import_module(f"{__name__}.{name}").TEXTS.items():
            if key in merged:
                raise ValueError(f"{key!r}: more than one panel defines this text")
            merged[key] = pair
    return merged


def pick(key: str, language: str, **values: object) -> str:
    """The text of ``key`` in ``language``, with ``{name}`` replaced by ``values``.

    Raises:
        KeyError: no such text.
    """
    text = all_texts()[key][LANGUAGES.index(language)]
    return text.format(**values) if values else text


def marker(key: str) -> Any:
    """What Gradio's page replaces by the text of ``key`` in the browser's language.

    Raises:
        KeyError: no such text.
    """
    from gradio.i18n import I18nData

    if key not in all_texts():
        raise KeyError(key)
    return I18nData(key)


def gradio_i18n() -> Any:
    """All texts as ``gr.I18n``, for ``launch(i18n=...)``."""
    import gradio as gr

    tables = [{key: pair[i] for key, pair in all_texts().items()} for i in range(len(LANGUAGES))]
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
