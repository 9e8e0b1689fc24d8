"""Where the program's own files lie, and where it writes unless a setting names another folder."""

from __future__ import annotations

from pathlib import Path

import platformdirs

PACKAGE = Path(__file__).resolve().parents[1]
CHECKOUT = PACKAGE.parent if (PACKAGE.parent / "pyproject.toml").is_file() else None
"""The repository's folder when the program runs from one; ``None`` when it was installed as a package."""

EXAMPLE = PACKAGE / "media" / "example.mp4"
"""A short rendered clip, for a first look and for ``perscoach bench``; made by ``assets/make_example.py``."""


def home() -> Path:
    """The folder above ``workspace/``, ``checkpoints/`` and the mirror's ``node_modules/``.

    A checkout keeps them beside its code. A package lies where nothing may be written (or where the next upgrade removes
    it), so there it is the user's data folder: ``~/.local/share/perscoach`` on Linux.
    """
    return CHECKOUT or platformdirs.user_data_path("perscoach", appauthor=False)
