"""Settings of an installation, read from the environment once; every one has a default that is safe on a laptop."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from perscoach.core.errors import SettingsError
from perscoach.core.places import home


def _text(name: str, default: str) -> str:
    return os.environ.get(f"PERSCOACH_{name}", default)


def _number(name: str, default: float, low: float, high: float) -> float:
    raw = _text(name, str(default))
    try:
        value = float(raw)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise SettingsError("checks.number", name=f"PERSCOACH_{name}", low=low, high=high, value=f"{raw!r:.60}")
    return value


@dataclass(frozen=True)
class Settings:
    """One installation's settings.

    Attributes:
        host, port: where the app listens (``PERSCOACH_HOST``, ``PERSCOACH_PORT``); 127.0.0.1 unless asked otherwise.
        workspace: where jobs live (``PERSCOACH_WORKSPACE``); ``workspace/`` in ``places.home()``.
        checkpoints: where weights live (``PERSCOACH_CHECKPOINTS``); ``checkpoints/`` in ``places.home()``.
        max_minutes, max_pixels, max_bytes: limits of a clip (``PERSCOACH_MAX_MINUTES``, ``_MAX_MEGAPIXELS``, ``_MAX_MB``).
        max_jobs: how many jobs may wait (``PERSCOACH_MAX_JOBS``).
        keep_days, keep_bytes: age and total size after which old jobs go (``PERSCOACH_KEEP_DAYS``, ``PERSCOACH_KEEP_GB``).
        user, password: the optional login (``PERSCOACH_USER``, ``PERSCOACH_PASSWORD``); both or neither.
    """

    host: str
    port: int
    workspace: Path
    checkpoints: Path
    max_minutes: float
    max_pixels: int
    max_bytes: int
    max_jobs: int
    keep_days: float
    keep_bytes: int
    user: str | None
    password: str | None


def load_settings() -> Settings:
    """Read the environment.

    Raises:
        SettingsError: a variable holds something else than it should; the sentence names it.
    """
    user, password = _text("USER", "") or None, _text("PASSWORD", "") or None
    if (user is None) != (password is None):
        raise SettingsError("settings.login")
    return Settings(
        host=_text("HOST", "127.0.0.1"),
        port=int(_number("PORT", 7860, 1, 65535)),
        workspace=Path(_text("WORKSPACE", str(home() / "workspace"))).expanduser().resolve(),
        checkpoints=Path(_text("CHECKPOINTS", str(home() / "checkpoints"))).expanduser().resolve(),
        max_minutes=_number("MAX_MINUTES", 10, 0.01, 600),
        max_pixels=int(_number("MAX_MEGAPIXELS", 9, 0.01, 100) * 1e6),
        max_bytes=int(_number("MAX_MB", 1024, 1, 1e6) * 2**20),
        max_jobs=int(_number("MAX_JOBS", 16, 1, 1000)),
        keep_days=_number("KEEP_DAYS", 14, 0.01, 3650),
        keep_bytes=int(_number("KEEP_GB", 20, 0.1, 1e5) * 2**30),
        user=user,
        password=password,
    )
