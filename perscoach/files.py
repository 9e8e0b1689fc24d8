"""Writing files so that a crash, a full disk or a second writer never leaves half a file under a final name."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


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


def write_json(path: Path, value: Any, *, indent: int | None = 2) -> None:
    """Write ``value`` as JSON atomically; NaN and infinities are refused (``ValueError``)."""
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, indent=indent, separators=None if indent else (",", ":")
    )
    with atomic(path) as part:
        part.write_text(text, encoding="utf-8")


def key_of(*parts: Any) -> str:
    """A short stable name for a stage's result, derived from its inputs and settings (JSON values)."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
