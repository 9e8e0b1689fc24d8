"""What is known of a job: its state, and how the database's rows hold it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perscoach.core.errors import JobError, PerscoachError
from perscoach.core.files import is_held
from perscoach.core.messages import Message
from perscoach.recipe import Recipe

STAGES = ("clip", "matte", "pose", "encode", "bundle")
EXTRAS = ("compare",)
"""Stages that run only on request, on a finished bundle."""
STATES = ("new", "queued", "running", "done", "failed", "cancelled", "interrupted")
BUSY_FILE = "busy"
"""Locked (``files.held``) by the process that works on the job. A process id would prove nothing after a restart."""
TRIES = 3
"""Runs of one submission that may break off (the process was killed) before the job counts as failed."""


@dataclass(frozen=True)
class JobState:
    """A job's state at one moment.

    Attributes:
        owner: who may see it; name: what the coach calls it; created, changed: seconds since the epoch.
        recipe: the settings of the next run; wanted: the stages requested last.
        submission: how often it was submitted; queued, started: when it was submitted and begun last.
        tries: runs of this submission that broke off, the current one included.
        cancel: the user asked to stop the current run.
        status: one of ``STATES``.
        progress: stage to ``{"done", "total", "rate", "eta"}`` (frames, frames, frames per second, seconds or None).
        notes: what was changed in the clip and which engine ran.
        error: why it failed or stopped.
        clip, bundle, viewer: paths inside the job's folder or None.
        report: the bundle's check as JSON.
        pid: the worker process, once it has begun; 0 otherwise.
        leaves: when it will be removed for want of disk space, or None.
    """

    owner: str = ""
    name: str = ""
    created: float = 0.0
    changed: float = 0.0
    recipe: Recipe = field(default_factory=Recipe)
    wanted: tuple[str, ...] = ()
    submission: int = 0
    queued: float = 0.0
    started: float = 0.0
    tries: int = 0
    cancel: bool = False
    status: str = "new"
    stage: str = ""
    progress: dict[str, dict[str, float | None]] = field(default_factory=dict)
    notes: tuple[Message, ...] = ()
    error: Message | None = None
    clip: str | None = None
    bundle: str | None = None
    viewer: str | None = None
    report: dict[str, Any] | None = None
    pid: int = 0
    leaves: float | None = None

    @property
    def busy(self) -> bool:
        """Whether it waits or runs."""
        return self.status in ("queued", "running")

    @property
    def given_up(self) -> bool:
        """Whether it broke off so often that it is no longer taken up by itself."""
        return self.status == "failed" and self.tries >= TRIES


def clean_name(name: str) -> str:
    """``name`` as jobs store it: printable, without outer spaces, at most 80 characters; may be empty."""
    return "".join(c for c in name if c.isprintable()).strip()[:80]


def state_of(row: sqlite3.Row, progress: Sequence[sqlite3.Row], folder: Path) -> JobState:
    """A row of the table ``jobs`` as a state. A running job whose folder nobody holds is ``interrupted``.

    Args:
        progress: the job's rows of the table ``progress``.
        folder: the job's folder, for its lock.

    Raises:
        JobError: the stored recipe cannot be read by this version.
    """
    status = str(row["status"])
    if status == "running" and not is_held(folder / BUSY_FILE):
        status = "interrupted"
    return JobState(
        **{name: row[name] for name in _PLAIN},
        recipe=read_recipe(row["recipe"]),
        wanted=tuple(json.loads(row["wanted"])),
        cancel=bool(row["cancel"]),
        status=status,
        progress={p["stage"]: {name: p[name] for name in ("done", "total", "rate", "eta")} for p in progress},
        notes=tuple(Message.from_json(note) for note in json.loads(row["notes"])),
        error=Message.from_json(json.loads(row["error"])) if row["error"] else None,
        report=json.loads(row["report"]) if row["report"] else None,
    )


_PLAIN = (
    *("owner", "name", "created", "changed", "submission", "queued", "started", "tries", "stage"),
    *("clip", "bundle", "viewer", "pid", "leaves"),
)


def read_recipe(text: str) -> Recipe:
    """A stored recipe.

    Raises:
        JobError: this version cannot read it.
    """
    try:
        return Recipe.from_json(json.loads(text))
    except PerscoachError as error:
        raise JobError(error.message) from error
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise JobError("jobs.recipe_damaged") from error


def write_recipe(recipe: Recipe) -> str:
    """A recipe as it is stored."""
    return to_json(recipe.to_json())


def to_json(value: Any) -> str:
    """JSON in ASCII: a file name that is not UTF-8 lives in Python as lone surrogates, which SQLite refuses."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def row_of(connection: sqlite3.Connection, token: str) -> sqlite3.Row:
    """A job's row.

    Raises:
        JobError: there is none.
    """
    row: sqlite3.Row | None = connection.execute("SELECT * FROM jobs WHERE token = ?", (token,)).fetchone()
    if row is None:
        raise JobError("jobs.gone")
    return row
