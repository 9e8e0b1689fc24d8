"""Writing files so that a crash, a full disk or a second writer never leaves half a file under a final name."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from perscoach.core.progress import Monitor


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """A temporary sibling of ``path`` (same ending) that takes its place when the block ends well, and is removed when not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{secrets.token_hex(4)}.part{path.suffix}")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def held(path: Path, patience: float = 1.0) -> Iterator[None]:
    """Hold the lock file ``path`` alone; the system lets go when this process ends, however it ends.

    The file stays: who removes a lock file can remove it from under somebody who has just taken it.

    Raises:
        BlockingIOError: another holds it, also after ``patience`` seconds.
    """
    import fcntl

    with path.open("ab") as file:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:  # ``is_held`` takes it for a moment, so one try is not enough
                    raise
                time.sleep(0.02)
        yield


def is_held(path: Path) -> bool:
    """Whether anybody, this process included, holds the lock file ``path``."""
    import fcntl

    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def sweep(folder: Path, older: float = 600.0) -> None:
    """Remove the half files that a killed process left below ``folder``: what ``atomic`` names and nobody wrote lately."""
    limit = time.time() - older
    for part in folder.rglob(".*.part*"):
        with suppress(OSError):
            if part.is_file() and part.stat().st_mtime < limit:
                part.unlink()


def write_json(path: Path, value: Any, *, indent: int | None = 2) -> None:
    """Write ``value`` as JSON atomically; NaN and infinities are refused (``ValueError``)."""
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, indent=indent, separators=None if indent else (",", ":")
    )
    with atomic(path) as part:
        # a file name that is no UTF-8 lives in Python as lone surrogates; escaped, they are JSON too
        part.write_text(text, encoding="utf-8", errors="backslashreplace")


def key_of(*parts: Any) -> str:
    """A short stable name for a stage's result, derived from its inputs and settings (JSON values)."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sha256_of(path: Path, monitor: Monitor | None = None) -> str:
    """The SHA-256 of a file's bytes, in hex; ``monitor`` is asked every megabyte whether to go on."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            if monitor is not None:
                monitor.check()
    return digest.hexdigest()
