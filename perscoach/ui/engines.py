"""HTML that names the engine that will run and what those would bring that cannot run here."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from perscoach.core.errors import PerscoachError
from perscoach.core.messages import Message, catalogue, translate

log = logging.getLogger(__name__)

_FOLDERS = re.compile(r"(?<![\w:/.])/(?:[^\s/()«»\"']+/)+")
_WITH_DETAILS = ("sam3d", "recorded")
"""Engines that describe themselves even where they can run: the device, the time per frame, the recording."""


def engine_html(
    panel: str, availability: Mapping[str, Any], choose: Callable[[], tuple[str, Message]], language: str
) -> str:
    """The chosen engine, then each engine that cannot run here with its benefit in one line.

    Args:
        panel: whose texts name the engines (``"matte"`` or ``"pose"``).
        availability: name to an object with ``ok``, ``en`` and ``ru``.
        choose: returns (name, why) or raises ``PerscoachError``.
        language: ``"en"`` or ``"ru"``.
    """
    name = ""
    try:
        name = choose()[0]
        first = (
            f"{translate(f'{panel}.will_run', language)}: <strong>{html.escape(_name(panel, name, language))}</strong>"
        )
    except PerscoachError as error:
        _tell_operator(panel, error.en)
        first = f'<span class="pc-warn">{translate("engines.cannot", language)}</span>'
    missing = "".join(_missing(panel, name, state, language) for name, state in availability.items() if not state.ok)
    details = "".join(_details(panel, name, other, state, language) for other, state in availability.items())
    return f'<div class="pc-engine">{first}{details}{missing}</div>'


def _missing(panel: str, name: str, state: Any, language: str) -> str:
    """What an engine that cannot run here would bring; what it lacks is for the log."""
    _tell_operator(name, state.message.en)
    key = f"{panel}.brings_{name}"
    return f"<p>{translate(key, language)}</p>" if key in catalogue() else ""


@cache
def _tell_operator(engine: str, what: str) -> None:
    """Log once what an engine lacks: packages, accounts and commands are nothing for a coach."""
    log.info("%s: %s", engine, what)


def _details(panel: str, chosen: str, name: str, state: Any, language: str) -> str:
    """The description of an engine that can run; preceded by its name unless it is the chosen one."""
    if name not in _WITH_DETAILS or not state.ok:
        return ""
    title = "" if name == chosen else f"{html.escape(_name(panel, name, language))}: "
    return f"<p>{title}{html.escape(_description(state, language))}</p>"


def _description(state: Any, language: str) -> str:
    """An engine's description. Paths are cut to their last part: visitors must not learn the server's folders."""
    return _FOLDERS.sub("", state.message.text(language))


def _name(panel: str, name: str, language: str) -> str:
    key = f"{panel}.{name}"
    return translate(key, language) if key in catalogue() else name
