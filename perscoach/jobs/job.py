"""A job: a coach's clip, its settings and everything made from it.

State (owner, name, recipe, progress, outcome) is a row of the workspace's database; clips, mattes and bundles are files in
the job's folder. A ``Job`` holds the state of the moment at which it was opened.
"""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.core.errors import JobError, PerscoachError
from perscoach.core.files import is_held
from perscoach.core.messages import Message
from perscoach.recipe import Recipe

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Workspace
    from perscoach.media import Clip

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


class Job:
    """One job as it was when it was opened; ``refresh`` reads it again."""

    def __init__(self, workspace: Workspace, token: str, state: JobState) -> None:
        self.workspace = workspace
        self.token = token
        self.folder = workspace.jobs_root / token
        self.state = state

    @property
    def owner(self) -> str:
        return self.state.owner

    @property
    def name(self) -> str:
        return self.state.name

    @property
    def created(self) -> float:
        return self.state.created

    @property
    def busy(self) -> bool:
        """Whether it waits or runs."""
        return self.state.busy

    def refresh(self) -> Job:
        """Read the newest state.

        Raises:
            JobError: it was removed.
        """
        self.state = self.workspace.open(self.token).state
        return self

    def edit(self, change: Callable[[Recipe], Recipe]) -> Recipe:
        """Replace the recipe by a function of the newest one; the only way to change a recipe.

        Args:
            change: returns the new recipe; runs while the database is locked, so it must be quick and change nothing else.

        Returns:
            The new recipe, which ``state`` holds from now on.

        Raises:
            JobError: the job was removed, or the disk is full.
        """
        recipe = self.workspace.edit(self.token, change)
        self.state = dataclasses.replace(self.state, recipe=recipe)
        return recipe

    def rename(self, name: str) -> None:
        """Call it ``name`` (cut to 80 characters, control characters dropped).

        Raises:
            JobError: nothing is left of the name.
        """
        clean = clean_name(name)
        if not clean:
            raise JobError("jobs.needs_name")
        self.workspace.rename(self.token, clean)
        self.state = dataclasses.replace(self.state, name=clean)

    def source(self) -> Path | None:
        """The upload."""
        return next(iter(sorted(self.folder.glob("source.*"))), None)

    def _inside(self, relative: str | None) -> Path | None:
        if not relative:
            return None
        path = (self.folder / relative).resolve()
        return path if path.is_relative_to(self.folder.resolve()) and path.exists() else None

    def clip(self) -> Clip | None:
        """The normalised clip, once it is there."""
        path = self._inside(self.state.clip)
        if path is None:
            return None
        from perscoach.media.ingest import load_clip

        return load_clip(path)

    def bundle(self) -> Path | None:
        """The finished bundle's folder."""
        return self._inside(self.state.bundle)

    def zip(self) -> Path | None:
        """The finished bundle as one file."""
        folder = self.bundle()
        return next(iter(sorted(folder.parent.glob("*.zip"))), None) if folder else None

    def viewer(self) -> Path | None:
        """The compact body that the 3D viewer reads."""
        return self._inside(self.state.viewer)

    def comparison(self) -> Path | None:
        """The other engine's movement beside the bundle's, where one was made."""
        from perscoach.bundles.engine_comparison import comparison_file

        bundle = self.bundle()
        return None if bundle is None else comparison_file(self.folder, bundle)

    def thumbnail(self) -> Path | None:
        """A small picture of the clip."""
        return self._inside("thumbnail.jpg")


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
