"""The stages in order: the one function behind ``perscoach process``, every job of the app and the benchmarks."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from perscoach.clip import Clip
from perscoach.errors import BundleError, PerscoachError
from perscoach.files import key_of, sha256_of, write_json
from perscoach.overlap import overlap
from perscoach.progress import Monitor
from perscoach.recipe import Recipe
from perscoach.settings import Settings

if TYPE_CHECKING:
    from perscoach.matting.stage import MatteJob
    from perscoach.motion import Motion

STAGES = ("clip", "matte", "pose", "encode", "bundle")
_AHEAD = 4  # frames that wait between two threads


@dataclass
class Result:
    """What a run left behind: the clip, and where wanted the bundle's folder, its zip and the viewer's file."""

    clip: Clip
    bundle: Path | None = None
    zip: Path | None = None
    viewer: Path | None = None
    report: dict[str, Any] | None = None
    timings: dict[str, float] = field(default_factory=dict)


class NotedMonitor:
    """Passes everything on and keeps the notes, which belong into ``bundle.json``."""

    def __init__(self, inner: Monitor) -> None:
        self._inner = inner
        self.notes: list[tuple[str, str]] = []

    def report(self, stage: str, done: int, total: int) -> None:
        self._inner.report(stage, done, total)

    def note(self, en: str, ru: str | None = None) -> None:
        self.notes.append((en, ru or en))
        self._inner.note(en, ru)

    def check(self) -> None:
        self._inner.check()


class GradedFrames:
    """An ``RgbaSource``: matted frames with the old room's light taken off and the grade put on."""

    def __init__(self, clip: Clip, matte: MatteJob, recipe: Recipe, monitor: Monitor) -> None:
        from perscoach.grade import lut

        self.frames, self.width, self.height = clip.frames, clip.width, clip.height
        self.fps: Fraction = clip.fps
        self.ready = matte.ready
        self._matte = matte
        self._monitor = monitor
        self._quality = recipe.export.quality
        self._baked = lut.bake(recipe.grade)

    def rgba(self, start: int, stop: int) -> Iterator[np.ndarray]:
        """Frames ``start <= i < stop`` as (H, W, 4) uint8 RGBA, straight alpha."""
        return overlap(self._finish(start, stop), _AHEAD)

    def _finish(self, start: int, stop: int) -> Iterator[np.ndarray]:
        from perscoach.grade import lut
        from perscoach.matting.foreground import estimate_foreground

        frames = self._matte.frames(self._monitor, start, stop)
        with contextlib.closing(frames):  # type: ignore[type-var]
            for rgb, alpha in frames:
                colour = estimate_foreground(rgb, alpha, self._quality)
                yield np.dstack((lut.apply(colour, self._baked), alpha))


def process(
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
        wanted: any of ``STAGES``; ``bundle`` brings all others with it.
        limits: the installation's limits.

    Raises:
        PerscoachError: with a sentence for the user; finished pieces stay.
    """
    run = _Run(source, folder, recipe, name, NotedMonitor(monitor), limits)
    stages = set(STAGES if "bundle" in wanted else wanted)
    run.clip_stage()
    if "pose" in stages:
        run.pose_stage()
    if "encode" in stages:
        run.encode_stage()
    elif "matte" in stages:
        run.matte_stage()
    if "bundle" in stages:
        run.bundle_stage()
    assert run.result is not None
    return run.result


class _Run:
    """The state of one pass through the stages."""

    def __init__(
        self, source: Path, folder: Path, recipe: Recipe, name: str, monitor: NotedMonitor, limits: Settings
    ) -> None:
        from perscoach.bundle.archive import safe_name

        self.source, self.folder, self.recipe, self.monitor, self.limits = source, folder, recipe, monitor, limits
        self.name = safe_name(name)
        self.result: Result | None = None
        self.motion: Motion | None = None
        self.matte: MatteJob | None = None
        self.figures: dict[str, Any] = {}
        self.staging = folder / "bundle" / ".new"

    @contextlib.contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        if self.result is not None:
            self.result.timings[stage] = round(time.monotonic() - start, 2)

    @property
    def clip(self) -> Clip:
        assert self.result is not None
        return self.result.clip

    def clip_stage(self) -> None:
        """Normalise once; a second run finds the file."""
        from perscoach.clip.ingest import ingest, load_clip
        from perscoach.clip.thumbnail import write_thumbnail

        start = time.monotonic()
        key = key_of("clip 1", _content_key(self.source, self.folder), dataclasses.asdict(self.recipe.ingest))
        path = self.folder / "clip" / f"{key}.mp4"
        if path.exists() and path.with_suffix(".json").exists():
            clip = load_clip(path)
        else:
            clip = ingest(self.source, path, self.recipe.ingest, self.limits, self.monitor)
        self.result = Result(clip=clip, timings={"clip": round(time.monotonic() - start, 2)})
        for en, ru in clip.changes:
            self.monitor.note(en, ru)
        self.monitor.report("clip", clip.frames, clip.frames)
        write_thumbnail(clip, self.folder / "thumbnail.jpg")

    def _matte(self) -> MatteJob:
        from perscoach.matting.stage import MatteJob

        if self.matte is None:
            self.matte = MatteJob(self.clip, self.recipe.matting, self.folder)
        return self.matte

    def matte_stage(self) -> None:
        """Matte to the end without encoding."""
        with self._timed("matte"):
            frames = self._matte().frames(self.monitor, 0, self.clip.frames)
            with contextlib.closing(frames):  # type: ignore[type-var]
                for _ in frames:
                    pass

    def pose_stage(self) -> None:
        """The movement."""
        from perscoach.pose.stage import run_pose

        with self._timed("pose"):
            self.motion = run_pose(self.clip, self.recipe.pose, self.folder, self.monitor)
        found = int(self.motion.valid.sum())
        if found == 0:
            raise PerscoachError(
                "No person was found in the clip. Film the whole body, in good light, and try again.",
                "Человек в клипе не найден. Снимите всё тело при хорошем свете и попробуйте снова.",
            )

    def encode_stage(self) -> None:
        """Matte where needed, grade and encode in one pass."""
        from perscoach.encode.export import export_video

        with self._timed("encode"):
            matte = self._matte()
            source = GradedFrames(self.clip, matte, self.recipe, self.monitor)
            recipe = self.recipe.to_json()
            key = key_of(
                "encode 1", self.clip.path.name, recipe["matting"], recipe["grade"], recipe["export"], matte.describe()
            )
            shutil.rmtree(self.staging, ignore_errors=True)
            self.staging.mkdir(parents=True)
            audio = self.clip.path if self.clip.audio and self.recipe.export.audio else None
            self.figures["video"] = export_video(
                source, self.folder / "encode" / key, self.staging, self.recipe.export, audio, self.monitor
            )
            self._forget_others(self.folder / "encode", key)

    @staticmethod
    def _forget_others(parent: Path, key: str) -> None:
        """Older encodings' segments are of no use once a newer one is complete."""
        for other in parent.iterdir():
            if other.name != key:
                shutil.rmtree(other, ignore_errors=True)

    def bundle_stage(self) -> None:
        """Write the other files, check the whole, then let it take the old bundle's place."""
        from perscoach.bundle.archive import zip_bundle
        from perscoach.bundle.check import check_bundle

        assert self.result is not None
        with self._timed("bundle"):
            self.monitor.report("bundle", 0, 4)
            self._write_poses()
            self.monitor.report("bundle", 1, 4)
            self._write_grade()
            self._write_manifest()
            report = check_bundle(self.staging)
            self.monitor.report("bundle", 2, 4)
            self.result.report = report.to_json()
            if not report.ok:
                first = next(f for f in report.findings if f.level == "error")
                raise BundleError(first.en, first.ru)
            final = self._take_place()
            self.result.bundle = final
            self.monitor.report("bundle", 3, 4)
            for old in final.parent.glob("*.zip"):
                old.unlink()
            self.result.zip = zip_bundle(final, self.name)
            self.monitor.report("bundle", 4, 4)

    def _write_poses(self) -> None:
        from perscoach.bundle import poses
        from perscoach.mesh.compact import write_compact
        from perscoach.mesh.mannequin import Mannequin

        assert self.motion is not None and self.result is not None
        mesh = Mannequin(self.motion)
        folder = self.staging / "poses"
        folder.mkdir()
        poses.write_json(folder / "trainer_poses.json", self.motion)
        self.monitor.check()
        poses.write_npz(folder / "trainer_poses.npz", self.motion, mesh)
        self.monitor.check()
        viewer = self.folder / "viewer" / "viewer.bin"
        viewer.parent.mkdir(exist_ok=True)
        self.figures["viewer"] = write_compact(viewer, mesh, self.motion)
        self.result.viewer = viewer

    def _write_grade(self) -> None:
        from perscoach.grade import cube

        write_json(self.staging / "grade.json", dataclasses.asdict(self.recipe.grade))
        cube.write(self.staging / "grade.cube", self.recipe.grade)

    def _write_manifest(self) -> None:
        from perscoach.bundle.manifest import write_manifest

        assert self.result is not None and self.motion is not None
        write_manifest(
            self.staging,
            name=self.name,
            clip=self.clip,
            motion=self.motion,
            recipe=self.recipe,
            matting=self._matte().describe(),
            figures=self.figures,
            timings=self.result.timings,
            notes=self.monitor.notes,
            mesh="mannequin",
        )

    def _take_place(self) -> Path:
        """Swap folders, so that at every moment either the old bundle or the new one is whole."""
        final = self.folder / "bundle" / self.name
        old = final.with_name(".old")
        shutil.rmtree(old, ignore_errors=True)
        if final.exists():
            final.rename(old)
        self.staging.rename(final)
        shutil.rmtree(old, ignore_errors=True)
        for other in final.parent.iterdir():
            if other.is_dir() and other != final:
                shutil.rmtree(other, ignore_errors=True)
        return final


def _content_key(source: Path, folder: Path) -> str:
    """The source's hash, kept beside its size and time so that a large clip is read once."""
    stat = source.stat()
    mark = [source.name, stat.st_size, stat.st_mtime_ns]
    cache = folder / "source.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        import json

        kept = json.loads(cache.read_text(encoding="utf-8"))
        if kept["mark"] == mark:
            return str(kept["sha256"])
    digest = sha256_of(source)
    write_json(cache, {"mark": mark, "sha256": digest})
    return digest
