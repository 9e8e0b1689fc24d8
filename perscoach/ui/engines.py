"""Which engine will run, what the others would bring and how to get them, as a few words on the screen."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Any

from perscoach.core.errors import PerscoachError
from perscoach.core.messages import Message, catalogue, translate

_FOLDERS = re.compile(r"(?<![\w:/.])/(?:[^\s/()«»\"']+/)+")
_TELLS = ("sam3d", "recorded")
"""Engines whose own sentence is worth reading where they can run: on which device, how long, which recording."""


def engine_html(
    panel: str, availability: Mapping[str, Any], choose: Callable[[], tuple[str, Message]], language: str
) -> str:
    """The choice; then every engine that cannot run here: what it would bring in one sentence, how to get it folded.

    Args:
        panel: whose texts name the engines (``"matte"`` or ``"pose"``).
        availability: name to an object with ``ok``, ``en`` and ``ru``.
        choose: returns (name, why) or raises ``PerscoachError``.
        language: ``"en"`` or ``"ru"``.
    """
    said, name = "", ""
    try:
        name = choose()[0]
        first = (
            f"{translate(f'{panel}.will_run', language)}: <strong>{html.escape(_name(panel, name, language))}</strong>"
        )
    except PerscoachError as error:
        said = _FOLDERS.sub("", error.text(language))
        first = f'<span class="pc-warn">{html.escape(said)}</span>'
    missing = "".join(
        _missing(panel, name, found, language)
        for name, found in availability.items()
        if not found.ok and _words(found, language) not in said
    )
    told = "".join(_told(panel, name, other, found, language) for other, found in availability.items())
    return f'<div class="pc-engine">{first}{told}{missing}</div>'


def _missing(panel: str, name: str, found: Any, language: str) -> str:
    """One engine that cannot run: plain words, and the technical ones behind a fold."""
    how = html.escape(_words(found, language))
    key = f"{panel}.brings_{name}"
    if key not in catalogue():
        return f"<p>{html.escape(_name(panel, name, language))}: {how}</p>"
    return f"<details><summary>{translate(key, language)}</summary><p>{how}</p></details>"


def _told(panel: str, chosen: str, name: str, found: Any, language: str) -> str:
    """What an engine that can run says of itself, where that is worth reading; by its name where another one runs."""
    if name not in _TELLS or not found.ok:
        return ""
    title = "" if name == chosen else f"{html.escape(_name(panel, name, language))}: "
    return f"<p>{title}{html.escape(_words(found, language))}</p>"


def _words(found: Any, language: str) -> str:
    """An engine's sentence; of a folder of the server only the last name, for who sees the page need not know the rest."""
    return _FOLDERS.sub("", str(found.ru if language == "ru" else found.en))


def _name(panel: str, name: str, language: str) -> str:
    key = f"{panel}.{name}"
    return translate(key, language) if key in catalogue() else name
