"""What a batch knows of its clips: ``batch.json`` in the output folder, at once its state and its report."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perscoach.bundles.make import is_whole
from perscoach.core.files import read_json
from perscoach.core.messages import Message
from perscoach.core.version import VERSION

JSON, HTML = "batch.json", "batch.html"
SCHEMA = "perscoach.batch.1"
_MAX = 512 << 20

STATES = ("waiting", "running", "done", "kept", "failed", "cancelled")
"""``kept``: made by an earlier batch, and nothing has changed since."""


@dataclass(frozen=True)
class Entry:
    """One clip of a batch.

    Attributes:
        source: its path.
        name: of its package.
        status: one of ``STATES``.
        error: why it failed.
        made_from: what decides the package, as ``origin`` gives it; empty while there is none.
        facts: ``frames``, ``fps``, ``found``, ``seconds``, ``timings``, ``warnings``, ``picture``, ``zip_bytes``.
    """

    source: str
    name: str
    status: str = "waiting"
    error: Message | None = None
    made_from: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        error = None if self.error is None else {"en": self.error.en, "ru": self.error.ru}
        return {**dataclasses.asdict(self), "error": error}


@dataclass(frozen=True)
class Record:
    """A batch.

    Attributes:
        recipe: ``Recipe.to_json``.
        deliver: ``both``, ``folder`` or ``zip``.
        entries: in the order of the clips.
        seconds: since the batch began.
        finished: every clip has an outcome.
    """

    recipe: Mapping[str, Any]
    deliver: str
    entries: Sequence[Entry]
    seconds: float = 0.0
    finished: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """How many clips are in each state."""
        states = [entry.status for entry in self.entries]
        return {state: states.count(state) for state in STATES}

    def to_json(self) -> dict[str, Any]:
        """``batch.json``."""
        return {
            "schema": SCHEMA,
            "version": VERSION,
            "finished": self.finished,
            "seconds": round(self.seconds, 1),
            "counts": self.counts,
            "deliver": self.deliver,
            "recipe": dict(self.recipe),
            "clips": [entry.to_json() for entry in self.entries],
        }


def read_entries(folder: Path) -> dict[str, Entry]:
    """Source to entry of the batch before in an output folder; none where the file is missing, foreign or damaged."""
    entries: dict[str, Entry] = {}
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        value = read_json(folder / JSON, _MAX)
        if value["schema"] == SCHEMA:
            for clip in value["clips"]:
                entry = Entry(
                    source=str(clip["source"]),
                    name=str(clip["name"]),
                    status=str(clip["status"]),
                    made_from=dict(clip["made_from"]),
                    facts=dict(clip["facts"]),
                )
                entries[entry.source] = entry
    return entries


def origin(clip: Path, key: str, deliver: str) -> dict[str, Any]:
    """What a package is made from: the clip as the file system knows it, the recipe's key, and our version.

    Raises:
        OSError: there is no such clip.
    """
    stat = clip.stat()
    return {
        "bytes": stat.st_size,
        "changed": stat.st_mtime_ns,
        "recipe": key,
        "version": VERSION,
        "deliver": deliver,
    }


def is_made(entry: Entry, made_from: Mapping[str, Any], output: Path) -> bool:
    """Whether the package that an entry tells of was made from the same, and is still there with every file."""
    if entry.status not in ("done", "kept") or dict(entry.made_from) != dict(made_from):
        return False
    deliver = made_from["deliver"]
    if deliver in ("both", "folder") and not is_whole(output / entry.name):
        return False
    return deliver == "folder" or zip_size(output, entry.name) == entry.facts.get("zip_bytes")


def zip_size(output: Path, name: str) -> int | None:
    """Bytes of a package's zip; ``None`` where there is none."""
    with contextlib.suppress(OSError):
        return (output / f"{name}.zip").stat().st_size
    return None
