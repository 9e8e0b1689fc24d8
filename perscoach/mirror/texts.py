"""Writes ``page/texts.mjs``, the words of the client's page, from the catalogue: ``python -m perscoach.mirror.texts``."""

from __future__ import annotations

import json

from perscoach.core.messages import of
from perscoach.mirror.parts import PAGE

PATH = PAGE / "texts.mjs"
MODULES = ("mirror_page", "mirror_cues")
_PREFIX = "mirror."


def script() -> str:
    """The module's text: ``TEXTS``, one line for each id without its prefix, in English and Russian."""
    lines = [
        "// Generated from perscoach/core/messages/mirror_page.py and mirror_cues.py by: python -m perscoach.mirror.texts",
        "",
        "/** Every sentence of the page: [English, Russian]. @type {Record<string, readonly [string, string]>} */",
        "export const TEXTS = {",
    ]
    for id, pair in of(*MODULES).items():
        key, *words = (json.dumps(text, ensure_ascii=False) for text in (id.removeprefix(_PREFIX), *pair))
        lines.append(f"  {key}: [{', '.join(words)}],")
    return "\n".join([*lines, "};", ""])


if __name__ == "__main__":
    PATH.write_text(script(), encoding="utf-8")
