"""The stages in order: the one function behind ``perscoach process``, every job of the app and the benchmarks."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.core.errors import ClipError, PerscoachError
from perscoach.core.memory import give_back
from perscoach.core.progress import Adapter, Monitor
from perscoach.core.settings import EngineFiles, Settings
from perscoach.core.store import Store, store_of
from perscoach.media import Clip
from perscoach.recipe import Recipe

if TYPE_CHECKING:
    from perscoach.bundles.make import Bundle
    from perscoach.grade.video import Video
    from perscoach.matting.cue import MatteCue
    from perscoach.matting.stage import MatteJob
    from perscoach.motion import Motion
    from perscoach.people.watch import PeopleSettings

STAGES = ("clip", "matte", "pose", "encode", "bundle")

SPARE = 1
"""Results of other settings that stay of each kind after a whole run, the last used first, so that going back is cheap."""


@dataclass(frozen=True)
class Result:
    """What a run made; a stage that was not wanted leaves ``None``.

    Attributes:
        folder: the job's folder, in which everything lies.
        clip: the normalised clip.
        motion: the movement.
        video: the folder with the encoded files.
        bundle, zip, viewer: the bundle's folder, its archive and the 3D viewer's file.
        report: the check of the bundle (``bundles.report.Report.to_json``).
        timings: seconds of each stage.
        figures: sizes and measures of the stages, as in ``bundle.json``.
    """

    folder: Path
    clip: Clip
    motion: Motion | None = None
    video: Path | None = None
    bundle: Path | None = None
    zip: Path | None = None
    viewer: Path | None = None
    report: dict[str, Any] | None = None
    timings: dict[str, float] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def found(self) -> int:
        """Frames with a body."""
        return 0 if self.motion is None else int(self.motion.valid.sum())


@dataclass(frozen=True)
class _Run:
    """What every stage of one run is given."""

    folder: Path
    recipe: Recipe
    store: Store
    monitor: Adapter
    timings: dict[str, float]
    files: EngineFiles

    @contextlib.contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Measure a stage."""
        self.monitor.check()  # also where everything is stored already and nothing else asks
        give_back()  # what the stage before has freed
        start = time.monotonic()
        yield
        self.timings[stage] = round(time.monotonic() - start, 2)


def run_stages(
    source: Path,
    folder: Path,
    recipe: Recipe,
    name: str,
    monitor: Monitor,
    wanted: Sequence[str],
    limits: Settings,
) -> Result:
    """Run the wanted stages on one clip.

    Args:
        source: the coach's file.
        folder: the job's folder; every stage keeps its result in ``store/`` below it and finds it again.
        recipe: the settings of all stages.
        name: what the coach calls the clip; names the bundle.
        monitor: receives progress and notes, and can cancel.
        wanted: any of ``STAGES``; ``bundle`` includes all others, and every stage includes ``clip``. ``compare`` puts
            MediaPipe's movement beside that of the bundle that is there.
        limits: the installation's settings: limits of a clip, the engines' own files.

    Raises:
        ClipError: the clip cannot be used, or nobody is in it.
        PerscoachError: with a sentence for the user; finished pieces stay.
    """
    stages = set(STAGES if "bundle" in wanted else wanted)
    run = _Run(folder, recipe, store_of(folder), Adapter(monitor), {}, limits.files)
    with contextlib.ExitStack() as stack:
        clip = _clip(run, source, limits)
        matte = stack.enter_context(contextlib.closing(_matte(run, clip))) if stages & {"matte", "encode"} else None
        people = recipe.people(masks=matte is not None and matte.needs_masks(run.monitor))
        motion = _motion(run, clip, people, matte) if "pose" in stages else None
        video = _video(run, matte) if matte is not None and "encode" in stages else None
        if matte is not None and video is None:
            _complete(run, matte)
        bundle = None
        if motion is not None and video is not None and matte is not None and "bundle" in stages:
            bundle = _bundle(run, name, clip, motion, video, matte)
        if "compare" in wanted:
            _comparison(run, clip)
    run.store.prune(run.store.used, spare=SPARE if bundle is not None else SPARE + 1)
    result = Result(folder, clip, motion, video.folder if video else None, timings=run.timings)
    return result if bundle is None else _with_bundle(result, bundle)


def _clip(run: _Run, source: Path, limits: Settings) -> Clip:
    from perscoach.media.prepared import prepare
    from perscoach.media.thumbnail import write_thumbnail

    with run.timed("clip"):
        clip = prepare(source, run.recipe.ingest, limits, run.store, run.monitor)
        write_thumbnail(clip, run.folder / "thumbnail.jpg")
        return clip


def _matte(run: _Run, clip: Clip) -> MatteJob:
    from perscoach.matting.stage import cut_out

    return cut_out(clip, run.recipe.matting, run.folder, run.recipe.people(), run.store)


def _complete(run: _Run, matte: MatteJob) -> None:
    with run.timed("matte"):
        matte.complete(run.monitor)


def _motion(run: _Run, clip: Clip, people: PeopleSettings, matte: MatteJob | None) -> Motion:
    from perscoach.pose.stage import run_pose

    cue = _cue(run, clip, matte)
    with run.timed("pose"):
        motion = run_pose(clip, run.recipe.pose, run.folder, run.monitor, cue, people, run.store, run.files)
    if not motion.valid.any():
        raise ClipError("pipeline.nobody")
    return motion


def _cue(run: _Run, clip: Clip, matte: MatteJob | None) -> MatteCue | None:
    """The finished matte as a cue for the trainer, where the engine that will run takes one."""
    from perscoach.matting.cue import MatteCue
    from perscoach.pose.registry import choose

    settings = run.recipe.pose
    if settings.person not in ("auto", "matte") or choose(settings, run.files)[0] != "sam3d":
        return None
    try:
        source = matte or _matte(run, clip)
    except PerscoachError:
        if settings.person == "matte":
            raise
        return None  # nothing can cut out here; the engine finds the trainer itself
    with contextlib.closing(source):
        if not source.ready:
            _complete(run, source)
    return MatteCue(clip, run.recipe.matting, run.folder, run.recipe.people(), run.store)


def _video(run: _Run, matte: MatteJob) -> Video:
    from perscoach.grade.video import write_video

    recipe = run.recipe
    with run.timed("encode"):
        return write_video(matte, recipe.grade, recipe.look, recipe.export, run.monitor)


def _bundle(run: _Run, name: str, clip: Clip, motion: Motion, video: Video, matte: MatteJob) -> Bundle:
    from perscoach.bundles.make import Parts, make_bundle

    with run.timed("bundle"):
        recipe = run.recipe
        parts = Parts(
            name=name,
            clip=clip,
            motion=motion,
            video=video,
            grade=recipe.grade,
            look=recipe.look,
            detail=recipe.pose.detail,
            rig=recipe.rig,
            score=recipe.score,
            settings=recipe.to_json(),
            matting=matte.describe(),
            timings=run.timings,
            folder=run.folder,
        )
        return make_bundle(parts, run.store, run.monitor)


def _comparison(run: _Run, clip: Clip) -> None:
    from perscoach.bundles.engine_comparison import compare_bundle

    with run.timed("compare"):
        compare_bundle(clip, run.folder, run.store, run.monitor)


def _with_bundle(result: Result, bundle: Bundle) -> Result:
    return Result(
        result.folder,
        result.clip,
        result.motion,
        result.video,
        bundle.folder,
        bundle.zip,
        bundle.viewer,
        bundle.report,
        result.timings,
        bundle.figures,
    )


EARLIER = ("clip", "matte", "pose", "encode", "bundle", "viewer", "proxy", "content.json")
"""What a job's folder held before there was one store."""


def drop_earlier_layout(folder: Path) -> None:
    """Remove what earlier versions kept in a job's folder, once nothing refers to it any more."""
    import shutil

    for name in EARLIER:
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
