"""One clip's way to a package as a plain value, and doing it in whichever process or machine it arrives."""

from __future__ import annotations

import base64
import contextlib
import io
import shutil
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perscoach.bundles import layout
from perscoach.core.errors import Cancelled, JobError, PerscoachError, SettingsError, system_message
from perscoach.core.files import atomic, regular_file, sha256_of, shown_name
from perscoach.core.messages import Message, message
from perscoach.core.progress import Adapter, Monitor
from perscoach.grade.look import Look
from perscoach.recipe import Recipe

_PICTURE = 120  # pixels: the longer side of a picture in the report
_MAX_FILE = 256 << 20


@dataclass(frozen=True)
class Task:
    """A clip to make into a package.

    Attributes:
        source: the clip.
        output: the folder that gets ``<name>/`` and ``<name>.zip``.
        name: of the package.
        recipe: ``Recipe.to_json``.
        files: the folder with the pictures and tables that the recipe names; ``None`` where it names none.
        work: folder for intermediate results.
        deliver: ``both``, ``folder`` or ``zip``, as for ``perscoach.process``.
        replace: overwrite what was not made from this clip.
    """

    source: Path
    output: Path
    name: str
    recipe: Mapping[str, Any]
    files: Path | None
    work: Path
    deliver: str = "both"
    replace: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        paths = {name: str(getattr(self, name)) for name in ("source", "output", "work")}
        files = None if self.files is None else str(self.files)
        plain = {name: getattr(self, name) for name in ("name", "deliver", "replace")}
        return {**paths, **plain, "files": files, "recipe": dict(self.recipe)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Task:
        """Read what ``to_json`` wrote."""
        paths = {name: Path(value[name]) for name in ("source", "output", "work")}
        files = None if value["files"] is None else Path(value["files"])
        return cls(**{**value, **paths, "files": files})


@dataclass(frozen=True)
class Outcome:
    """How a task ended.

    Attributes:
        status: ``done``, ``failed`` or ``cancelled``.
        error: why it failed.
        facts: of a package that was made: ``frames``, ``fps``, ``found``, ``seconds``, ``timings`` and ``warnings``; and
            ``picture``, a ``data:`` address, as soon as there is one.
    """

    status: str
    error: Message | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        error = None if self.error is None else self.error.to_json()
        return {"status": self.status, "error": error, "facts": dict(self.facts)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Outcome:
        """Read what ``to_json`` wrote."""
        error = None if value["error"] is None else Message.from_json(value["error"])
        return cls(value["status"], error, value["facts"])


def perform(task: Task, monitor: Monitor, patience: float = 5.0) -> Outcome:
    """Do a task in this process. Nothing is raised: whatever breaks is the task's outcome and ends no other.

    Args:
        patience: seconds to wait for another process that works on the clip: one that has just been killed holds its lock
            for a moment longer.
    """
    start = time.monotonic()
    try:
        facts = _patiently(task, monitor, start + patience)
        return Outcome("done", None, {"seconds": round(time.monotonic() - start, 2), **facts, **_picture(task.work)})
    except (Cancelled, KeyboardInterrupt):
        return Outcome("cancelled", Cancelled().message, _picture(task.work))
    except PerscoachError as failure:
        return Outcome("failed", failure.message, _picture(task.work))
    except Exception as failure:
        traceback.print_exc()
        sentence = system_message(failure) or message("batch.unexpected", reason=type(failure).__name__)
        return Outcome("failed", sentence, _picture(task.work))


def _patiently(task: Task, monitor: Monitor, until: float) -> dict[str, Any]:
    while True:
        try:
            return _make(task, monitor)
        except JobError as error:
            if error.message.id != "api.busy" or time.monotonic() > until:
                raise
            monitor.check()
            time.sleep(0.5)


def _make(task: Task, monitor: Monitor) -> dict[str, Any]:
    from perscoach import api

    notes = Adapter(monitor)
    result = api.process(
        task.source,
        task.output,
        lambda work: recipe_in(task.recipe, task.files, work),
        name=task.name,
        deliver=task.deliver,
        work=task.work,
        replace=task.replace,
        monitor=notes,
    )
    return {
        "frames": result.clip.frames,
        "fps": round(float(result.clip.fps), 3),
        "found": result.found,
        "timings": result.timings,
        "warnings": [note.to_json() for note in notes.notes],
    }


def recipe_in(value: Any, files: Path | None, work: Path) -> Recipe:
    """A recipe from JSON, with the files that it names brought into a work folder.

    Args:
        files: the folder that holds them, as a job's folder does.

    Raises:
        SettingsError: the recipe cannot be used, or a file is missing or not what it should be.
    """
    recipe = Recipe.from_json(value)
    for source in check_files(recipe, files):
        target = work / source.name
        if not target.exists() or sha256_of(target) != sha256_of(source):
            with atomic(target) as part:
                shutil.copyfile(source, part)
    if recipe.look.id:
        from perscoach.grade import look

        target = look.path_of(work, recipe.look)
        if not target.is_file():
            with atomic(target) as part:
                shutil.copyfile(_table_of(recipe.look, files), part)
    return recipe


def _table_of(wanted: Look, files: Path | None) -> Path:
    """Where the table of a look lies: as a job's folder keeps it, or as a package does."""
    from perscoach.grade import look

    for path in [] if files is None else [look.path_of(files, wanted), files / layout.LOOK_CUBE]:
        with contextlib.suppress(SettingsError):
            look.read(path, wanted)
            return path
    raise SettingsError("batch.recipe_file", name=layout.LOOK_CUBE)


def check_files(recipe: Recipe, files: Path | None) -> list[Path]:
    """The pictures that a recipe names, in the folder that holds them.

    Raises:
        SettingsError: one of them, or the look's table, is missing or cannot be used.
    """
    pictures = []
    for name in (recipe.matting.paint, recipe.matting.plate_picture):
        if name is None:
            continue
        if name != Path(name).name or name in ("", ".", ".."):  # a recipe may come from anybody
            raise SettingsError("batch.recipe_name", name=f"{name!r:.60}")
        if files is None or not (files / name).exists():
            raise SettingsError("batch.recipe_file", name=shown_name(Path(name)))
        if regular_file(files / name, SettingsError).st_size > _MAX_FILE:
            raise SettingsError("cli.picture_size", name=shown_name(Path(name)), size=_MAX_FILE >> 20)
        pictures.append(files / name)
    if recipe.look.id:
        _table_of(recipe.look, files)
    return pictures


def _picture(work: Path) -> dict[str, str]:
    """The clip's thumbnail as a ``data:`` address of a few kilobytes, once it is there."""
    with contextlib.suppress(OSError, ValueError):
        from PIL import Image

        with Image.open(work / "thumbnail.jpg") as picture:
            picture.thumbnail((_PICTURE, _PICTURE))
            data = io.BytesIO()
            picture.convert("RGB").save(data, "JPEG", quality=80)
        return {"picture": "data:image/jpeg;base64," + base64.b64encode(data.getvalue()).decode("ascii")}
    return {}
