"""The functions that make files from a coach's clip."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.api.work import Job, Made, Options, RecipeSource, opened, write_files
from perscoach.bundles import layout
from perscoach.bundles.opened import open_bundle
from perscoach.core.checks import check_choice
from perscoach.core.errors import BundleError, ClipError, SettingsError
from perscoach.core.files import shown_name
from perscoach.core.names import safe_name
from perscoach.core.outputs import check_outputs, place
from perscoach.media.types import FRAMES, MOV, WEBM
from perscoach.motion import Motion
from perscoach.pipeline import Result
from perscoach.recipe import Recipe

if TYPE_CHECKING:
    from typing_extensions import Unpack

POSE_FILES = (
    *(Path(name).name for name in (layout.POSES_JSON, layout.POSES_NPZ, layout.GLB, layout.BVH)),
    *(layout.NOTICE, layout.SAM_LICENSE),
)
DELIVER = ("both", "folder", "zip")
_LOOKS = 32  # frames of a matte that are looked at to find out whether anybody is in it
_LEAST = 0.0005  # part of the picture that a person covers at least


def process(
    clip: Path | str,
    output: Path | str = "output",
    recipe: RecipeSource = None,
    *,
    name: str | None = None,
    deliver: str = "both",
    **options: Unpack[Options],
) -> Result:
    """Make a bundle from a clip: ``<output>/<name>/`` and ``<output>/<name>.zip``.

    Args:
        clip: the coach's video.
        output: the folder for both.
        recipe: the settings of all stages; the defaults where it is left out.
        name: of the bundle; the clip's file name where it is left out.
        deliver: what is written: the ``"folder"``, the ``"zip"`` or ``"both"``. What is not written stays in the work folder.
        options: ``work``, ``replace``, ``monitor`` and ``settings``; see ``Options``.

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
    archive = f"{name}.zip"
    wanted = {"both": (name, archive), "folder": (name,), "zip": (archive,)}[check_choice("deliver", deliver, DELIVER)]
    with opened(clip, recipe, options) as job:
        owner = job.owner("process")
        mine = _bundle_names(output / name) if name in wanted else None
        check_outputs(output, wanted, owner, mine)
        result = job.run(name, ("bundle",))
        if result.bundle is None or result.zip is None:
            raise BundleError("api.no_bundle")
        made = {name: result.bundle, archive: result.zip}
        placed = dict(zip(wanted, place({each: made[each] for each in wanted}, output, owner, mine), strict=True))
    return dataclasses.replace(result, bundle=placed.get(name, made[name]), zip=placed.get(archive, made[archive]))


def matte(
    clip: Path | str,
    output: Path | str = "output",
    recipe: RecipeSource = None,
    **options: Unpack[Options],
) -> Made:
    """Cut the person out: ``trainer_transparent.webm`` and, where wanted, the Safari file and PNG frames.

    Args:
        clip, output, recipe, options: as for ``process``.

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
    with opened(clip, recipe, options) as job:
        owner = job.owner("matte")
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
    **options: Unpack[Options],
) -> Motion:
    """Find the person's movement in 3D.

    Args:
        clip, recipe, options: as for ``process``.
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
        made = write_pose(clip, output, recipe, **options)
        assert made.result.motion is not None
        return made.result.motion
    with opened(Path(clip), recipe, options) as job:
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
    **options: Unpack[Options],
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
        _, figures = write_bodies(made, result.motion, job.recipe.pose.detail, job.monitor, job.recipe.rig)
        write_notice(made, result.motion.engine)
        return {**figures, **(more(result, job.recipe, made) if more else {})}

    names = (*POSE_FILES, *extra)
    files, details = write_files("pose", clip, output, recipe, names, write, **options)
    return Made(tuple(files), *results[0], details)


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
