"""The stages in order: the one function behind ``perscoach process``, every job of the app and the benchmarks."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.core.arrays import Array
from perscoach.core.errors import BundleError, ClipError, PerscoachError
from perscoach.core.files import key_of, sha256_of, write_json
from perscoach.core.messages import Message
from perscoach.core.names import safe_name
from perscoach.core.progress import Monitor, Quiet
from perscoach.core.settings import Settings
from perscoach.core.threads import overlap
from perscoach.media import Clip
from perscoach.recipe import Recipe

if TYPE_CHECKING:
    from perscoach.matting.cue import MatteCue
    from perscoach.matting.stage import MatteJob
    from perscoach.motion import Motion

STAGES = ("clip", "matte", "pose", "encode", "bundle")


@dataclasses.dataclass(frozen=True)
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
    timings: dict[str, float] = dataclasses.field(default_factory=dict)
    figures: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def found(self) -> int:
        """Frames with a body."""
        return 0 if self.motion is None else int(self.motion.valid.sum())


ENCODE_VERSION = 5
"""Raise when the same matte and settings give other pixels or files than before: finished pieces are then made anew."""

_AHEAD = 4  # frames that wait between two threads


class NotedMonitor:
    """Passes everything on and keeps the notes, which belong into ``bundle.json``."""

    def __init__(self, inner: Monitor) -> None:
        self._inner = inner
        self.notes: list[Message] = []

    def report(self, stage: str, done: int, total: int) -> None:
        self._inner.report(stage, done, total)

    def note(self, message: Message) -> None:
        if message not in self.notes:
            self.notes.append(message)
            self._inner.note(message)

    def check(self) -> None:
        self._inner.check()


class _OnlyStops(Quiet):
    """Hears when to stop and says nothing: ranges that are read side by side have no single place to report."""

    def __init__(self, inner: Monitor) -> None:
        self._inner = inner

    def check(self) -> None:
        self._inner.check()


class GradedFrames:
    """An ``RgbaSource``: matted frames with the old room's light taken off, the grade and the look put on."""

    def __init__(self, clip: Clip, matte: MatteJob, recipe: Recipe, monitor: Monitor) -> None:
        from perscoach.grade.look import finish

        self.frames, self.width, self.height = clip.frames, clip.width, clip.height
        self.fps: Fraction = clip.fps
        self.ready = matte.ready
        self._matte = matte
        self._monitor = monitor
        self._quality = recipe.export.quality
        self._finish = finish(recipe.grade, recipe.look, matte.folder)

    def rgba(self, start: int, stop: int) -> Iterator[Array]:
        """Frames ``start <= i < stop`` as (H, W, 4) uint8 RGBA, straight alpha."""
        return overlap(self._finished(start, stop), _AHEAD)

    def _finished(self, start: int, stop: int) -> Iterator[Array]:
        import cv2

        from perscoach.matting.foreground import estimate_foreground
        from perscoach.matting.stage import MatteJob

        if self.ready:  # a reader of its own for every range: they are read by several threads
            matte = MatteJob(self._matte.clip, self._matte.settings, self._matte.folder)
            frames = matte.frames(_OnlyStops(self._monitor), start, stop)
        else:
            frames = self._matte.frames(self._monitor, start, stop)
        with contextlib.closing(frames):
            for rgb, alpha in frames:
                colour = estimate_foreground(rgb, alpha, self._quality)
                frame = cv2.cvtColor(self._finish.apply(colour), cv2.COLOR_RGB2RGBA)
                cv2.insertChannel(alpha, frame, 3)  # a tenth of the time of np.dstack
                yield frame


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
        folder: the job's folder; every stage keeps its finished pieces below it and finds them again.
        recipe: the settings of all stages.
        name: what the coach calls the clip; names the bundle.
        monitor: hears of progress and says when to stop.
        wanted: any of ``STAGES``; ``bundle`` brings all others with it, and every stage brings ``clip``. ``compare``
            puts MediaPipe's movement beside that of the bundle that is there.
        limits: the installation's limits.

    Raises:
        PerscoachError: with a sentence for the user; finished pieces stay.
    """
    stages = set(STAGES if "bundle" in wanted else wanted)
    with contextlib.closing(_Run(source, folder, recipe, name, monitor, limits)) as run:
        if "pose" in stages:
            run.pose_stage()
        if "encode" in stages:
            run.encode_stage()
        elif "matte" in stages:
            run.matte_stage()
        if "bundle" in stages:
            run.bundle_stage()
        if "compare" in wanted:
            run.compare_stage()
        return Result(
            folder,
            run.clip,
            run.motion,
            run.video,
            run.bundle,
            run.zip,
            run.viewer,
            run.report,
            run.timings,
            run.figures,
        )


class _Run:
    """One pass through the stages and what it left behind.

    Attributes:
        clip: the normalised clip.
        motion: the movement, after the pose stage; found: how many of its frames have a body.
        video: the folder with the encoded files, after the encode stage and until the bundle takes them.
        bundle, zip, viewer: the result's folder, its archive and the viewer's file, after the bundle stage.
        report: the check of the bundle as JSON.
        timings: seconds of each stage.
    """

    def __init__(
        self, source: Path, folder: Path, recipe: Recipe, name: str, monitor: Monitor, limits: Settings
    ) -> None:
        self.folder, self.recipe, self.monitor = folder, recipe, NotedMonitor(monitor)
        self.name = safe_name(name)
        self.timings: dict[str, float] = {}
        self.motion: Motion | None = None
        self.matte: MatteJob | None = None
        self.video: Path | None = None
        self.bundle: Path | None = None
        self.zip: Path | None = None
        self.viewer: Path | None = None
        self.report: dict[str, Any] | None = None
        self.figures: dict[str, Any] = {}
        self._staging = folder / "bundle" / ".new"
        with self._timed("clip"):
            self.clip = self._clip_stage(source, limits)

    def close(self) -> None:
        """Give back the matting engine's memory and threads, also after a failure; what was made stays readable."""
        if self.matte is not None:
            self.matte.close()

    @property
    def found(self) -> int:
        """Frames with a body."""
        return 0 if self.motion is None else int(self.motion.valid.sum())

    @contextlib.contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        self.monitor.check()  # also where all pieces are there already and nothing else asks
        start = time.monotonic()
        yield
        self.timings[stage] = round(time.monotonic() - start, 2)

    def _clip_stage(self, source: Path, limits: Settings) -> Clip:
        """Normalise once; a second run finds the file."""
        from perscoach.media.ingest import ingest, load_clip
        from perscoach.media.thumbnail import write_thumbnail

        key = key_of("clip 1", _content_key(source, self.folder, self.monitor), dataclasses.asdict(self.recipe.ingest))
        path = self.folder / "clip" / f"{key}.mp4"
        try:
            clip = load_clip(path)
        except ClipError:  # not there yet, or damaged: the source is at hand
            clip = ingest(source, path, self.recipe.ingest, limits, self.monitor)
        for change in clip.changes:
            self.monitor.note(change)
        self.monitor.report("clip", clip.frames, clip.frames)
        write_thumbnail(clip, self.folder / "thumbnail.jpg")
        return clip

    def _matte(self) -> MatteJob:
        from perscoach.matting.stage import MatteJob

        if self.matte is None:
            self.matte = MatteJob(self.clip, self.recipe.matting, self.folder)
        return self.matte

    def matte_stage(self) -> None:
        """Matte to the end without encoding."""
        with self._timed("matte"):
            frames = self._matte().frames(self.monitor, 0, self.clip.frames)
            with contextlib.closing(frames):
                for _ in frames:
                    pass

    def pose_stage(self) -> None:
        """The movement."""
        from perscoach.pose.stage import run_pose

        cue = self._cue()
        with self._timed("pose"):
            self.motion = run_pose(self.clip, self.recipe.pose, self.folder, self.monitor, cue)
        if not self.found:
            raise ClipError("pipeline.nobody")

    def _cue(self) -> MatteCue | None:
        """The finished matte as a cue for the trainer, where the engine that will run takes one."""
        from perscoach.matting.cue import MatteCue
        from perscoach.pose.registry import choose

        settings = self.recipe.pose
        if settings.person not in ("auto", "matte") or choose(settings)[0] != "sam3d":
            return None
        try:
            matte = self._matte()
        except PerscoachError:
            if settings.person == "matte":
                raise
            return None  # nothing can cut out here; the engine looks for the trainer itself
        if not matte.ready:
            self.matte_stage()
        return MatteCue(self.clip, self.recipe.matting, self.folder)

    def encode_stage(self) -> None:
        """Matte where needed, grade and encode in one pass."""
        from perscoach.matting.stage import RAW_VERSION, REFINE_VERSION
        from perscoach.media.export import export_video

        with self._timed("encode"):
            matte = self._matte()
            source = GradedFrames(self.clip, matte, self.recipe, self.monitor)
            recipe = self.recipe.to_json()
            # the quality alone: which files are wanted, and the sound, change no piece that is finished
            settings = [recipe["matting"], recipe["grade"], self.recipe.export.quality]
            if self.recipe.look.shown:
                settings.append([self.recipe.look.id, self.recipe.look.amount])
            code = [ENCODE_VERSION, RAW_VERSION, REFINE_VERSION]
            clip = [self.clip.path.name, self.clip.path.stat().st_size]
            key = key_of("encode", code, clip, settings, matte.describe(self.monitor))
            shutil.rmtree(self._staging, ignore_errors=True)
            self._staging.mkdir(parents=True)
            audio = self.clip.path if self.clip.audio and self.recipe.export.audio else None
            self.figures["video"] = export_video(
                source, self.folder / "encode" / key, self._staging, self.recipe.export, audio, self.monitor
            )
            self._forget_others(self.folder / "encode", key)
            self.video = self._staging

    @staticmethod
    def _forget_others(parent: Path, key: str) -> None:
        """Older encodings' segments are of no use once a newer one is complete."""
        for other in parent.iterdir():
            if other.name != key:
                shutil.rmtree(other, ignore_errors=True)

    def bundle_stage(self) -> None:
        """Write the other files, check the whole, then let it take the old bundle's place."""
        from perscoach.bundles.archive import zip_bundle
        from perscoach.bundles.check import check_bundle

        with self._timed("bundle"):
            self.monitor.report("bundle", 0, 4)
            self._write_poses()
            self.monitor.report("bundle", 1, 4)
            self._write_grade()
            self._write_manifest()
            report = check_bundle(self._staging, monitor=self.monitor)
            self.monitor.report("bundle", 2, 4)
            self.report = report.to_json()
            if not report.ok:
                first = next(f for f in report.findings if f.level == "error")
                raise BundleError(first.en, first.ru)
            final = self._take_place()
            self.bundle = final
            self.monitor.report("bundle", 3, 4)
            for old in final.parent.glob("*.zip"):
                old.unlink()
            self.zip = zip_bundle(final, self.name, self.monitor)
            self.monitor.report("bundle", 4, 4)

    def _write_poses(self) -> None:
        from perscoach.avatar.compact import write_compact
        from perscoach.bundles.bodies import write_bodies
        from perscoach.bundles.mirror import write_mirror
        from perscoach.bundles.notice import write_notice

        assert self.motion is not None
        viewer = self.folder / "viewer" / "viewer.bin"
        viewer.parent.mkdir(exist_ok=True)
        detail = self.recipe.pose.detail
        shown, figures = write_bodies(self._staging / "poses", self.motion, detail, self.monitor)
        self.figures["viewer"] = write_compact(viewer, shown, self.motion)["mesh"]
        self.figures |= {**figures, "motion": dict(self.motion.measures)}
        self.viewer = viewer
        write_mirror(self._staging, self.motion, viewer)
        write_notice(self._staging, self.motion.engine)

    def _write_grade(self) -> None:
        from perscoach.bundles import layout
        from perscoach.grade.look import finish, path_of

        look = self.recipe.look
        write_json(self._staging / layout.GRADE_JSON, dataclasses.asdict(self.recipe.grade))
        finish(self.recipe.grade, look, self.folder).write(self._staging / layout.GRADE_CUBE)
        if look.id:
            shutil.copyfile(path_of(self.folder, look), self._staging / layout.LOOK_CUBE)

    def _write_manifest(self) -> None:
        from perscoach.bundles.manifest import write_manifest

        assert self.motion is not None
        write_manifest(
            self._staging,
            name=self.name,
            clip=self.clip,
            motion=self.motion,
            recipe=self.recipe.to_json(),
            matting=self._matte().describe(),
            figures=self.figures,
            timings=self.timings,
            notes=self.monitor.notes,
            mesh="mannequin" if self.motion.body is None else self.motion.body.name,
            monitor=self.monitor,
        )

    def compare_stage(self) -> None:
        """The other engine on the same clip, for the viewer."""
        from perscoach.bundles.engine_comparison import compare_bundle

        with self._timed("compare"):
            compare_bundle(self.clip, self.folder, self.monitor)

    def _take_place(self) -> Path:
        """Swap folders, so that at every moment either the old bundle or the new one is whole."""
        final = self.folder / "bundle" / self.name
        old = final.with_name(".old")
        shutil.rmtree(old, ignore_errors=True)
        if final.exists():
            final.rename(old)
        self._staging.rename(final)
        shutil.rmtree(old, ignore_errors=True)
        for other in final.parent.iterdir():
            if other.is_dir() and other != final:
                shutil.rmtree(other, ignore_errors=True)
        return final


def _content_key(source: Path, folder: Path, monitor: Monitor) -> str:
    """The source's hash, kept beside its size and time so that a large clip is read once."""
    stat = source.stat()
    mark = [source.name, stat.st_size, stat.st_mtime_ns]
    cache = folder / "content.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        import json

        kept = json.loads(cache.read_text(encoding="utf-8"))
        if kept["mark"] == mark:
            return str(kept["sha256"])
    digest = sha256_of(source, monitor)
    write_json(cache, {"mark": mark, "sha256": digest})
    return digest
