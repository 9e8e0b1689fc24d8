"""One run over a clip in its work folder, and what a command may write from it."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

from perscoach.core.device import resolve_device
from perscoach.core.errors import ClipError, JobError, SettingsError
from perscoach.core.files import held, key_of, regular_file, sha256_of, shown_name, sweep
from perscoach.core.messages import message
from perscoach.core.outputs import Owner, check_outputs, place
from perscoach.core.progress import Monitor, Quiet
from perscoach.core.settings import Settings, load_settings
from perscoach.pipeline import Result, run_stages
from perscoach.recipe import Recipe

if TYPE_CHECKING:
    from typing_extensions import Unpack

RecipeSource: TypeAlias = Recipe | Callable[[Path], Recipe] | None
"""A recipe, or a function of the work folder that makes one (pictures that a recipe names lie in that folder)."""


class Options(TypedDict, total=False):
    """What every function that works on a clip takes.

    Attributes:
        work: folder for intermediate results, which a second run finds again; inside the workspace where left out.
        replace: overwrite files that were made from another clip. Foreign files stay.
        monitor: receives progress and notes, and can stop the work.
        settings: of the installation; read from the environment where they are left out.
    """

    work: Path | str | None
    replace: bool
    monitor: Monitor | None
    settings: Settings | None


@dataclass(frozen=True)
class Made:
    """Files that a function wrote.

    Attributes:
        files: in the output folder.
        result: what the run made.
        recipe: with which settings.
        details: further figures, by name.
    """

    files: tuple[Path, ...]
    result: Result
    recipe: Recipe
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One run over a clip in its work folder."""

    clip: Path
    folder: Path
    recipe: Recipe
    monitor: Monitor
    settings: Settings
    replace: bool = False

    def owner(self, command: str) -> Owner:
        """Who writes the run's results."""
        return Owner(command, sha256_of(self.clip, self.monitor), (self.clip,), self.replace)

    def run(self, name: str, wanted: Sequence[str]) -> Result:
        """Run stages; see ``pipeline.run_stages``."""
        return run_stages(self.clip, self.folder, self.recipe, name, self.monitor, wanted, self.settings)


@contextlib.contextmanager
def opened(clip: Path, recipe: RecipeSource, options: Options) -> Iterator[Job]:
    """Check what can be checked before the work, and hold the work folder until the block has taken what it needs.

    Raises:
        ClipError: there is no such clip, or it is not an ordinary file.
        SettingsError: ``work`` names a folder with other things in it, which a run could remove.
        JobError: another run holds the folder.
    """
    regular_file(clip, ClipError)
    settings = options.get("settings") or load_settings()
    monitor = options.get("monitor") or Quiet()
    work = options.get("work")
    folder = Path(work) if work else settings.workspace / "cli" / key_of(str(clip.resolve()))
    if folder.exists() and not folder.is_dir():
        raise SettingsError("api.work_is_a_file", name=shown_name(folder))
    folder.mkdir(parents=True, exist_ok=True)
    busy = folder / "busy"
    if work and not busy.exists() and any(folder.iterdir()):
        raise SettingsError("api.work_not_empty", name=shown_name(folder))
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(busy))
        except BlockingIOError as error:
            raise JobError("api.busy") from error
        sweep(folder)
        made = recipe(folder) if callable(recipe) else recipe or Recipe()
        _check_devices(made, monitor)
        yield Job(clip, folder, made, monitor, settings, options.get("replace", False))


def _check_devices(recipe: Recipe, monitor: Monitor) -> None:
    """A GPU that is asked for must exist, also where the engines that were chosen would not use it.

    Raises:
        EngineError: it does not.
    """
    for device in dict.fromkeys((recipe.pose.device, recipe.matting.device)):
        if device not in ("auto", "cpu"):
            resolve_device(device)
            engines = {recipe.pose.engine, recipe.matting.engine}
            if engines <= {"mediapipe", "plate", "recorded"}:
                monitor.note(message("api.device_unused", device=device))


def write_files(
    command: str,
    clip: Path | str,
    output: Path | str,
    recipe: RecipeSource,
    names: Sequence[str],
    write: Callable[[Job, Path], dict[str, Any]],
    **options: Unpack[Options],
) -> tuple[list[Path], dict[str, Any]]:
    """Files that some command makes from a clip, put into ``output`` under the same rules as everything else.

    Args:
        command: its name.
        names: of all files that it may write.
        write: called with the job and an empty folder; writes the files there and returns what else it found.
        clip, output, recipe, options: as for ``process``.
    """
    output = Path(output)
    with opened(Path(clip), recipe, options) as job:
        owner = job.owner(command)
        check_outputs(output, names, owner)
        made = job.folder / "made"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        facts = write(job, made)
        files = place({path.name: path for path in sorted(made.iterdir())}, output, owner)
        shutil.rmtree(made, ignore_errors=True)
    return files, facts
