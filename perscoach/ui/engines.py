"""Which engine will run, and what is missing for the others, as a few words on the screen."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from typing import Any

from perscoach.errors import PerscoachError
from perscoach.ui.texts import all_texts, pick


def engine_html(
    panel: str, availability: Mapping[str, Any], choose: Callable[[], tuple[str, str, str]], language: str
) -> str:
    """Two or more lines: the choice and its reason, then every engine that cannot run here and why.

    Args:
        panel: whose texts name the engines (``"matte"`` or ``"pose"``).
        availability: name to an object with ``ok``, ``en`` and ``ru``.
        choose: gives (name, English, Russian) or raises ``PerscoachError``.
        language: ``"en"`` or ``"ru"``.
    """
    try:
        name, en, ru = choose()
        first = (
            f"{pick(f'{panel}.will_run', language)}: <strong>{html.escape(_name(panel, name, language))}</strong>. "
            f"{html.escape(ru if language == 'ru' else en)}"
        )
    except PerscoachError as error:
        first = f'<span class="pc-warn">{html.escape(error.text(language))}</span>'
    missing = [
        f"<br>{html.escape(_name(panel, name, language))}: {pick(f'{panel}.missing', language)}. "
        f"{html.escape(found.ru if language == 'ru' else found.en)}"
        for name, found in availability.items()
        if not found.ok and html.escape(found.ru if language == "ru" else found.en) not in first
    ]
    return f'<div class="pc-engine">{first}{"".join(missing)}</div>'


def _name(panel: str, name: str, language: str) -> str:
    key = f"{panel}.{name}"
    return pick(key, language) if key in all_texts() else name
