"""Files that browsers are sending or have sent and no job has taken yet.

Gradio writes an upload to a file ``tmp…`` directly in the upload folder and moves it to ``<SHA-256>/<name>`` when it is
complete. An upload that breaks off leaves the first kind. Both have budgets of their own: they never count towards the
disk space of jobs.
"""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

_SENDING = 60.0
"""Seconds without a new byte after which an upload counts as broken when its budget is exceeded."""
_BROKEN = 600.0
"""Seconds without a new byte after which an upload is broken in any case."""
_SHOWN = 3600.0
"""Seconds for which a complete file may still be looked at by a page."""
_FORGOTTEN = 24 * 3600.0


@dataclass(frozen=True)
class _Entry:
    path: Path
    size: int
    idle: float


def clean_uploads(folder: Path, budget: int, now: float | None = None) -> list[str]:
    """Remove broken and forgotten uploads, then the oldest ones while their sum exceeds the budget.

    An upload that received a byte within the last minute stays, whatever its size.

    Args:
        budget: bytes for the partial uploads together, and once more for the complete ones.
        now: seconds since the epoch.

    Returns:
        The names of what was removed.
    """
    moment = time.time() if now is None else now
    entries = [_measured(path, moment) for path in folder.iterdir()] if folder.is_dir() else []
    partial = [entry for entry in entries if not entry.path.is_dir()]
    complete = [entry for entry in entries if entry.path.is_dir()]
    removed = []
    for group, quiet, limit in ((partial, _SENDING, _BROKEN), (complete, _SHOWN, _FORGOTTEN)):
        total = sum(entry.size for entry in group)
        for entry in sorted(group, key=lambda entry: -entry.idle):
            if entry.idle > limit or (total > budget and entry.idle > quiet):
                _remove(entry.path)
                removed.append(entry.path.name)
                total -= entry.size
    return removed


def _measured(path: Path, now: float) -> _Entry:
    """A file that vanishes meanwhile counts nothing."""
    latest, size = 0.0, 0
    for each in [path, *(path.rglob("*") if path.is_dir() and not path.is_symlink() else ())]:
        with suppress(OSError):
            stat = each.lstat()
            latest = max(latest, stat.st_mtime)
            size += stat.st_size if S_ISREG(stat.st_mode) else 0
    return _Entry(path, size, now - latest)


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
