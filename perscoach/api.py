"""The functions that ``import perscoach`` offers; the command line is a thin layer over them.

They take paths or objects and give dataclasses. Nothing of the user's is overwritten: see ``perscoach.core.outputs``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from perscoach.bundles import layout
from perscoach.bundles.check import check_bundle
from perscoach.bundles.opened import Bundle, open_bundle
from perscoach.bundles.report import Report
from perscoach.core.device import resolve_device
from perscoach.core.errors import BundleError, ClipError, JobError, SettingsError
from perscoach.core.files import held, key_of, regular_file, sha256_of, shown_name, sweep
from perscoach.core.messages import message
from perscoach.core.names import safe_name
from perscoach.core.outputs import Owner, check_outputs, place
from perscoach.core.progress import Monitor, Quiet
from perscoach.core.settings import Settings, load_settings
from perscoach.media.types import FRAMES, MOV, WEBM
from perscoach.motion import Motion
from perscoach.pipeline import Result, run_stages
from perscoach.recipe import Recipe

if TYPE_CHECKING:
    from perscoach.score.offline import Client, Scored

__all__ = ["Bundle", "Result", "Scored", "check", "matte", "open_bundle", "pose", "process", "score"]

RecipeSource: TypeAlias = Recipe | Callable[[Path], Recipe] | None
"""A recipe, or a function of the work folder that makes one (pictures that a recipe names lie in that folder)."""

POSE_FILES = (
    *(Path(name).name for name in (layout.POSES_JSON, layout.POSES_NPZ, layout.GLB, layout.BVH)),
    *(layout.NOTICE, layout.SAM_LICENSE),
)
_LOOKS = 32  # frames of a matte that are looked at to find out whether anybody is in it
_LEAST = 0.0005  # part of the picture that a person covers at least


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


def process(
    clip: Path | str,
    output: Path | str = "output",
    recipe: RecipeSource = None,
    *,
    name: str | None = None,
    work: Path | str | None = None,
    replace: bool = False,
    monitor: Monitor | None = None,
    settings: Settings | None = None,
) -> Result:
    """Make a bundle from a clip: ``<output>/<name>/`` and ``<output>/<name>.zip``.

    Args:
        clip: the coach's video.
        output: the folder for both.
        recipe: the settings of all stages; the defaults where it is left out.
        name: of the bundle; the clip's file name where it is left out.
        work: folder for intermediate results, which a second run finds again; inside the workspace where left out.
        replace: overwrite a bundle that was made from another clip. Foreign files in its folder stay.
        monitor: receives progress and notes, and can stop the work.
        settings: of the installation; read from the environment where they are left out.

    Returns:
        What was made; ``bundle`` and ``zip`` are the paths in ``output``.

    Raises:
        PerscoachError: the clip or a setting cannot be used, nobody is in it, weights are missing, …

    Example:
        >>> import perscoach
        >>> recipe = perscoach.Recipe(
        ...     ingest=perscoach.IngestSettings(trim_end=0.3),
        ...     matting=perscoach.MattingSettings(engine="mediapipe"),
        ...     pose=perscoach.PoseSettings(engine="mediapipe"),
        ...     export=perscoach.ExportSettings(quality="draft", mov=False),
        ... )
        >>> made = perscoach.process(example, folder / "bundles", recipe, name="squat")
        >>> made.bundle.name, made.zip.name, made.report["ok"]
        ('squat', 'squat.zip', True)
    """
    clip, output = Path(clip), Path(output)
    name = safe_name(name or clip.stem)
    with _job(clip, work, recipe, monitor, settings) as job:
        owner = job.owner("process", replace)
        mine = _bundle_names(output / name)
        check_outputs(output, (name, f"{name}.zip"), owner, mine)
        result = job.run(name, ("bundle",))
        if result.bundle is None or result.zip is None:
            raise BundleError("api.no_bundle")
        folder, archive = place({name: result.bundle, f"{name}.zip": result.zip}, output, owner, mine)
    return dataclasses.replace(result, bundle=folder, zip=archive)


def matte(
    clip: Path | str,
    output: Path | str = "output",
    recipe: RecipeSource = None,
    *,
    work: Path | str | None = None,
    replace: bool = False,
    monitor: Monitor | None = None,
    settings: Settings | None = None,
) -> Made:
    """Cut the person out: ``trainer_transparent.webm`` and, where wanted, the Safari file and PNG frames.

    Args:
        clip, output, recipe, work, replace, monitor, settings: as for ``process``.

    Raises:
        ClipError: the clip cannot be used, or nobody was found in it; no file is written then.
        PerscoachError: as for ``process``.

    Example:
        >>> import perscoach
        >>> recipe = perscoach.Recipe(
        ...     ingest=perscoach.IngestSettings(trim_end=0.3),
        ...     matting=perscoach.MattingSettings(engine="mediapipe"),
        ...     export=perscoach.ExportSettings(quality="draft", mov=False),
        ... )
        >>> [path.name for path in perscoach.matte(example, folder / "video", recipe).files]
        ['trainer_transparent.webm']
    """
    clip, output = Path(clip), Path(output)
    with _job(clip, work, recipe, monitor, settings) as job:
        owner = job.owner("matte", replace)
        wanted = [WEBM, *([MOV] if job.recipe.export.mov else []), *([FRAMES] if job.recipe.export.frames else [])]
        check_outputs(output, wanted, owner, _is_frame)
        result = job.run(clip.stem, ("encode",))
        if result.video is None or not _has_person(result, job.recipe):
            raise ClipError("pipeline.nobody")
        files = {name: result.video / name for name in (WEBM, MOV, FRAMES) if (result.video / name).exists()}
        return Made(tuple(place(files, output, owner, _is_frame)), result, job.recipe)


def pose(
    clip: Path | str,
    output: Path | str | None = None,
    recipe: RecipeSource = None,
    *,
    work: Path | str | None = None,
    replace: bool = False,
    monitor: Monitor | None = None,
    settings: Settings | None = None,
) -> Motion:
    """Find the person's movement in 3D.

    Args:
        clip, recipe, work, replace, monitor, settings: as for ``process``.
        output: folder for ``trainer_poses.json``, ``trainer_poses.npz``, ``trainer.glb`` and ``trainer.bvh``; nothing is
            written where it is left out.

    Returns:
        Joints in metres for every output frame (``fps / skip`` a second); see ``Motion``.

    Raises:
        ClipError: the clip cannot be used, or nobody was found in it.
        PerscoachError: as for ``process``.

    Example:
        >>> import perscoach
        >>> recipe = perscoach.Recipe(
        ...     ingest=perscoach.IngestSettings(trim_end=0.3), pose=perscoach.PoseSettings(engine="mediapipe")
        ... )
        >>> motion = perscoach.pose(example, recipe=recipe)
        >>> motion.joints_3d.shape[1:], bool(motion.valid.any())
        ((33, 3), True)
    """
    if output is not None:
        made = write_pose(clip, output, recipe, work=work, replace=replace, monitor=monitor, settings=settings)
        assert made.result.motion is not None
        return made.result.motion
    with _job(Path(clip), work, recipe, monitor, settings) as job:
        motion = job.run(Path(clip).stem, ("pose",)).motion
    assert motion is not None  # the pose stage gives a movement or raises
    return motion


def write_pose(
    clip: Path | str,
    output: Path | str,
    recipe: RecipeSource = None,
    *,
    more: Callable[[Result, Recipe, Path], Mapping[str, Any]] | None = None,
    extra: Sequence[str] = (),
    work: Path | str | None = None,
    replace: bool = False,
    monitor: Monitor | None = None,
    settings: Settings | None = None,
) -> Made:
    """As ``pose`` with ``output``, telling which files were written.

    Args:
        more: called with the result, the recipe and the folder whose files go to ``output``, before they go.
        extra: names of the files that ``more`` writes.
    """
    from perscoach.bundles.bodies import write_bodies
    from perscoach.bundles.notice import write_notice

    results: list[tuple[Result, Recipe]] = []

    def write(job: Job, made: Path) -> dict[str, Any]:
        result = job.run(job.clip.stem, ("pose",))
        assert result.motion is not None
        results.append((result, job.recipe))
        _, figures = write_bodies(made, result.motion, job.recipe.pose.detail, job.monitor)
        write_notice(made, result.motion.engine)
        return {**figures, **(more(result, job.recipe, made) if more else {})}

    names = (*POSE_FILES, *extra)
    options: dict[str, Any] = {"work": work, "replace": replace, "monitor": monitor, "settings": settings}
    files, details = write_files("pose", clip, output, recipe, names, write, **options)
    return Made(tuple(files), *results[0], details)


def write_files(
    command: str,
    clip: Path | str,
    output: Path | str,
    recipe: RecipeSource,
    names: Sequence[str],
    write: Callable[[Job, Path], dict[str, Any]],
    *,
    work: Path | str | None = None,
    replace: bool = False,
    monitor: Monitor | None = None,
    settings: Settings | None = None,
) -> tuple[list[Path], dict[str, Any]]:
    """Files that some command makes from a clip, put into ``output`` under the same rules as everything else.

    Args:
        command: its name.
        names: of all files that it may write.
        write: called with the job and an empty folder; writes the files there and returns what else it found.
        clip, output, recipe, work, replace, monitor, settings: as for ``process``.
    """
    output = Path(output)
    with _job(Path(clip), work, recipe, monitor, settings) as job:
        owner = job.owner(command, replace)
        check_outputs(output, names, owner)
        made = job.folder / "made"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        facts = write(job, made)
        files = place({path.name: path for path in sorted(made.iterdir())}, output, owner)
        shutil.rmtree(made, ignore_errors=True)
    return files, facts


def check(bundle: Path | str, *, deep: bool = True, monitor: Monitor | None = None) -> Report:
    """Check a bundle's folder or zip.

    Args:
        bundle: the folder or the zip.
        deep: also hash every file, decode every frame and read every vertex.
        monitor: can stop the work.

    Returns:
        The findings; ``ok`` where none is an error. A damaged bundle is a finding, not an exception.

    Example:
        >>> import perscoach
        >>> perscoach.check(folder / "no such bundle").ok
        False
    """
    return check_bundle(Path(bundle), deep=deep, monitor=monitor)


def score(
    trainer: Path | str | Motion | Bundle,
    client: Path | str | Motion | Bundle | Client,
    *,
    mirror: bool | None = None,
    offset: float | None = None,
    monitor: Monitor | None = None,
) -> Scored:
    """Score a client's recording against the trainer.

    Args:
        trainer: a bundle (folder, zip or object), its ``trainer_poses.json``, or a ``Motion``.
        client: the same, a recording saved on the mirror page (``.json``), or a clip.
        mirror: whether the client mirrors the trainer; ``None`` takes whichever fits better.
        offset: where on the client's clock the trainer's start lies, seconds; ``None`` finds the best place.
        monitor: receives progress where the client is a clip.

    Returns:
        ``form``, ``timing`` and ``coverage`` from 0 to 100, ``reps``, ``limbs``, …; see ``Report`` of the score.

    Raises:
        BundleError: a file is not what it should be, or there is nothing to compare.
        ClipError: the client's clip cannot be used.

    Example:
        >>> import perscoach
        >>> recipe = perscoach.Recipe(
        ...     ingest=perscoach.IngestSettings(trim_end=0.3), pose=perscoach.PoseSettings(engine="mediapipe")
        ... )
        >>> motion = perscoach.pose(example, recipe=recipe)
        >>> scored = perscoach.score(motion, motion, mirror=False, offset=0)
        >>> scored.offset, scored.mirror
        (0.0, False)
    """
    from perscoach.core.checks import check_number
    from perscoach.score import offline

    if offset is not None:
        offset = check_number("offset", offset, -3600, 3600)
    ready = client if isinstance(client, offline.Client) else _client(client, monitor or Quiet())
    return offline.score(_motion(trainer), ready, mirror, offset)


def _motion(source: Path | str | Motion | Bundle) -> Motion:
    from perscoach.bundles import poses

    if isinstance(source, Motion):
        return source
    if isinstance(source, Bundle):
        return source.motion
    path = Path(source)
    if path.is_dir():
        return poses.read_json(path / layout.POSES_JSON)
    regular_file(path, BundleError)
    if path.suffix.lower() == ".zip":
        with open_bundle(path) as bundle:
            return bundle.motion
    return poses.read_json(path)


def _client(source: Path | str | Motion | Bundle, monitor: Monitor) -> Client:
    from perscoach.score import offline

    if isinstance(source, (Motion, Bundle)) or Path(source).is_dir() or Path(source).suffix.lower() == ".zip":
        return offline.client_of(_motion(source))
    path = Path(source)
    regular_file(path, BundleError)
    if path.suffix.lower() == ".json":
        with path.open("rb") as file:
            recorded = offline.SCHEMA.encode() in file.read(4096)
        return offline.read_landmarks(path) if recorded else offline.client_of(_motion(path))
    return offline.client_of(_filmed(path, monitor))


def _filmed(path: Path, monitor: Monitor) -> Motion:
    """A client's clip through MediaPipe, unsmoothed, as the mirror sees a client."""
    import tempfile

    from perscoach.media.ingest import ingest
    from perscoach.media.types import IngestSettings
    from perscoach.pose.base import PoseSettings
    from perscoach.pose.stage import run_pose

    with tempfile.TemporaryDirectory() as folder:
        clip = ingest(path, Path(folder) / "clip.mp4", IngestSettings(), load_settings(), monitor)
        return run_pose(clip, PoseSettings(engine="mediapipe", smoothing=0), Path(folder), monitor)


# one run over a clip --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """One run over a clip in its work folder."""

    clip: Path
    folder: Path
    recipe: Recipe
    monitor: Monitor
    settings: Settings

    def owner(self, command: str, replace: bool) -> Owner:
        """Who writes the run's results."""
        return Owner(command, sha256_of(self.clip, self.monitor), (self.clip,), replace)

    def run(self, name: str, wanted: Sequence[str]) -> Result:
        """Run stages; see ``pipeline.run_stages``."""
        return run_stages(self.clip, self.folder, self.recipe, name, self.monitor, wanted, self.settings)


@contextlib.contextmanager
def _job(
    clip: Path,
    work: Path | str | None,
    recipe: RecipeSource,
    monitor: Monitor | None,
    settings: Settings | None,
) -> Iterator[Job]:
    """Check what can be checked before the work, and hold the work folder until the block has taken what it needs.

    Raises:
        ClipError: there is no such clip, or it is not an ordinary file.
        SettingsError: ``work`` names a folder with other things in it, which a run could remove.
        JobError: another run holds the folder.
    """
    regular_file(clip, ClipError)
    settings = settings or load_settings()
    monitor = monitor or Quiet()
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
        yield Job(clip, folder, made, monitor, settings)


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


def _bundle_names(folder: Path) -> Callable[[str], bool]:
    """Which names inside an earlier bundle are its own: those that its ``bundle.json`` lists.

    Raises:
        SettingsError: the folder holds something, and no bundle.
    """
    if not folder.is_dir() or folder.is_symlink() or not any(folder.iterdir()):
        return lambda name: False
    try:
        listed = open_bundle(folder).manifest["files"]
    except BundleError as error:
        raise SettingsError("outputs.not_a_bundle", name=f"{shown_name(folder.parent)}/{shown_name(folder)}") from error
    own = {*listed, layout.MANIFEST}
    return lambda name: name in own or (FRAMES in own and layout.is_frame(name))


def _is_frame(name: str) -> bool:
    return layout.is_frame(f"{FRAMES}/{name}")


def _has_person(result: Result, recipe: Recipe) -> bool:
    """Whether the matte shows anybody, in some frames spread over the clip."""
    from perscoach.matting.cue import MatteCue

    cue = MatteCue(result.clip, recipe.matting, result.folder, recipe.people())
    count = result.clip.frames
    indices = sorted({(2 * i + 1) * count // (2 * _LOOKS) for i in range(_LOOKS)})
    return any(float((cue.alpha(index) >= 128).mean()) >= _LEAST for index in indices)
