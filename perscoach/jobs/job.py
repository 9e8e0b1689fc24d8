"""A job is a folder.

Two files describe it, so that the app and the worker process never write the same one: ``job.json`` belongs to the app
(owner, name, recipe, what is wanted), ``run.json`` to the worker (progress, notes, outcome).
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.core.errors import JobError, PerscoachError
from perscoach.core.files import is_held, write_json
from perscoach.recipe import Recipe

if TYPE_CHECKING:
    from perscoach.media import Clip

STAGES = ("clip", "matte", "pose", "encode", "bundle")
EXTRAS = ("compare",)
"""Stages that run only when they are asked for, on a finished bundle."""
STATES = ("new", "queued", "running", "done", "failed", "cancelled", "interrupted")
CANCEL_FILE = "cancel"
BUSY_FILE = "busy"
"""Held (``files.held``) by whoever works in the folder: a process id in a file may be another program's after a restart."""
_MAX_JSON = 4 << 20
_lock = threading.RLock()


@dataclass
class JobState:
    """What is known of a job at one moment.

    Attributes:
        owner: who may see it; name: what the coach calls it; created: seconds since the epoch.
        recipe: the settings of the next run; wanted: the stages asked for last.
        request: counts the submissions; ran: the submission that the worker's side of the state speaks of.
        status: one of ``STATES``.
        progress: stage to ``{"done", "total", "rate", "eta"}`` (frames, frames, frames per second, seconds or None).
        notes: (English, Russian) sentences about what was changed and which engine ran.
        error: (English, Russian) or None.
        clip, bundle, viewer: paths inside the job's folder or None.
    """

    owner: str = ""
    name: str = ""
    created: float = 0.0
    recipe: Recipe = field(default_factory=Recipe)
    wanted: tuple[str, ...] = ()
    request: int = 0
    queued: float = 0.0
    ran: int = 0
    status: str = "new"
    stage: str = ""
    progress: dict[str, dict[str, float | None]] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    error: tuple[str, str] | None = None
    clip: str | None = None
    bundle: str | None = None
    viewer: str | None = None
    report: dict[str, Any] | None = None
    pid: int = 0


class Job:
    """One job's folder, read when it is opened; ``workspace.open`` again to see what the worker did since."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.token = folder.name
        self.state = read_state(folder)

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
        return self.state.status in ("queued", "running")

    def update(self, **changes: Any) -> None:
        """Change fields of ``job.json`` (owner, name, recipe, wanted, request, queued) without losing others' changes."""
        with _lock:
            raw = _read_json(self.folder / "job.json")
            for key, value in changes.items():
                raw[key] = value.to_json() if isinstance(value, Recipe) else value
                setattr(self.state, key, value)
            write_json(self.folder / "job.json", raw)

    def save(self) -> None:
        """Store this object's name and recipe."""
        self.update(name=self.state.name, recipe=self.state.recipe)

    def rename(self, name: str) -> None:
        """Call it ``name`` (cut to 80 characters, control characters dropped).

        Raises:
            JobError: nothing is left of the name.
        """
        clean = "".join(c for c in name if c.isprintable()).strip()[:80]
        if not clean:
            raise JobError("A job needs a name.", "У работы должно быть имя.")
        self.update(name=clean)

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
        """The other engine's movement beside the viewer's, where one was made since the viewer's file was."""
        viewer, other = self.viewer(), self._inside("viewer/compare.bin")
        if viewer is None or other is None or other.stat().st_mtime_ns < viewer.stat().st_mtime_ns:
            return None
        return other

    def thumbnail(self) -> Path | None:
        """A small picture of the clip."""
        return self._inside("thumbnail.jpg")


def _read_json(path: Path) -> dict[str, Any]:
    """A JSON object; ``JobError`` where there is none."""
    try:
        if path.stat().st_size > _MAX_JSON:
            raise ValueError("too large")
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise JobError("This job is not here any more.", "Этой работы больше нет.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise JobError(
            f"{path.name} of this job is damaged ({type(error).__name__}). Start a new job with the same clip.",
            f"Файл {path.name} этой работы повреждён. Начните новую работу с тем же клипом.",
        ) from error
    if not isinstance(value, dict):
        raise JobError(f"{path.name} of this job is damaged.", f"Файл {path.name} этой работы повреждён.")
    return value


def _pair(value: Any) -> tuple[str, str]:
    en, ru = value
    return (str(en), str(ru))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def read_state(folder: Path) -> JobState:
    """Both files of a job as one state.

    Raises:
        JobError: no job, or a damaged file.
    """
    raw = _read_json(folder / "job.json")
    try:
        state = JobState(
            owner=str(raw.get("owner", "")),
            name=str(raw.get("name", "")),
            created=float(raw.get("created", 0)),
            recipe=Recipe.from_json(raw.get("recipe", {})),
            wanted=tuple(s for s in raw.get("wanted", ()) if s in (*STAGES, *EXTRAS)),
            request=int(raw.get("request", 0)),
            queued=float(raw.get("queued", 0)),
        )
        run = _read_json(folder / "run.json") if (folder / "run.json").exists() else {}
        state.ran = int(run.get("request", 0))
        status = run.get("status", "new")
        state.status = status if status in STATES else "failed"
        state.stage = str(run.get("stage", ""))
        state.progress = {
            str(k): {str(a): _number(b) for a, b in v.items()} for k, v in dict(run.get("progress", {})).items()
        }
        state.notes = [_pair(n) for n in run.get("notes", ())]
        state.error = _pair(run["error"]) if run.get("error") else None
        for key in ("clip", "bundle", "viewer"):
            value = run.get(key)
            setattr(state, key, value if isinstance(value, str) else None)
        state.report = run["report"] if isinstance(run.get("report"), dict) else None
        state.pid = int(run.get("pid", 0))
    except PerscoachError as error:
        raise JobError(error.en, error.ru) from error
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise JobError("This job's file is damaged.", "Файл этой работы повреждён.") from error
    if state.request > state.ran:
        state.status = "queued" if state.queued else "cancelled"
        state.error = None
    elif state.status == "running" and not is_held(folder / BUSY_FILE):
        state.status = "interrupted"
    return state


def write_new(folder: Path, owner: str, name: str) -> None:
    """The first ``job.json`` of a folder."""
    write_json(
        folder / "job.json",
        {"schema": 1, "owner": owner, "name": name, "created": time.time(), "recipe": Recipe().to_json(), "request": 0},
    )
