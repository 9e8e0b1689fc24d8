from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from perscoach.core.errors import Cancelled
from perscoach.core.messages import Message
from perscoach.core.progress import Quiet
from perscoach.media.types import Clip
from perscoach.motion import Motion
from perscoach.pose import registry, stage
from perscoach.pose.base import Observation, PoseSettings, Raw, Take
from perscoach.pose.clean import to_motion
from perscoach.pose.store import CHUNK
from perscoach.skeleton import MEDIAPIPE33
from tests.pose.motion import squat

TRUTH = squat(300, 30, yaw=0.3)


@dataclasses.dataclass(frozen=True)
class CountingClip(Clip):
    """Frames that carry their own index."""

    def read(self, start: int = 0, stop: int | None = None, step: int = 1) -> Iterator[np.ndarray]:
        for i in range(start, self.frames if stop is None else stop, step):
            yield np.full((4, 4, 3), (i // 256, i % 256, 0), np.uint8)


class KnownEngine:
    """Sees the synthetic person of the frame's index; misses the frames in ``misses``; counts what it is shown."""

    name = "known"
    skeleton = MEDIAPIPE33
    parameters = 0
    warm_up = 12
    pictures, keeps_body = True, False

    def __init__(self, take: Take, log: list[int], misses: frozenset[int] = frozenset()) -> None:
        self.take, self.log, self.misses, self.closed = take, log, misses, False

    def describe(self) -> dict[str, str]:
        return {"engine": "known"}

    def observe(self, frames: Iterable[np.ndarray], fps: float, first: int = 0) -> Iterator[Observation | None]:
        for frame in frames:
            i = int(frame[0, 0, 0]) * 256 + int(frame[0, 0, 1])
            self.log.append(i)
            joints = TRUTH[i].astype(np.float32)
            pixels = (TRUTH[i, :, :2] * 200 + (300, 400)).astype(np.float32)
            yield None if i in self.misses else Observation(joints, pixels, np.full(33, 0.9, np.float32))

    def finish(self, raw: Raw, folder: Path) -> Motion:
        return to_motion(
            raw,
            MEDIAPIPE33,
            self.take.clip.fps / self.take.settings.skip,
            600,
            800,
            self.take.settings.smoothing,
            "known",
        )

    def close(self) -> None:
        self.closed = True


class StopAfter(Quiet):
    def __init__(self, frames: int) -> None:
        self.left = frames

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"x")
    return CountingClip(path, Fraction(30000, 1001), 600, 800, 300, False)


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> list[KnownEngine]:
    """Every engine that the stage opens, one log of frames for all."""
    opened: list[KnownEngine] = []
    log: list[int] = []

    def open_engine(name: str, take: Take) -> KnownEngine:
        engine = KnownEngine(take, log, frozenset({61, 62}))
        opened.append(engine)
        return engine

    monkeypatch.setattr(registry, "open_engine", open_engine)
    monkeypatch.setattr(registry, "choose", lambda settings, files=None: ("known", Message("en", "ru")))
    return opened


@pytest.mark.parametrize(("skip", "count"), [(1, 300), (2, 150), (7, 43), (60, 5)])
def test_every_nth_frame_and_the_exact_rate(
    clip: Clip, engines: list[KnownEngine], tmp_path: Path, skip: int, count: int
) -> None:
    motion = stage.run_pose(clip, PoseSettings(skip=skip, smoothing=0), tmp_path, Quiet())
    assert len(motion) == count
    assert motion.fps == Fraction(30000, 1001) / skip
    assert engines[0].log == list(range(0, 300, skip))
    for i in range(count):
        if i * skip not in (61, 62):
            np.testing.assert_allclose(motion.joints_3d[i], TRUTH[i * skip], atol=1e-5)


def test_misses_are_filled_where_short(clip: Clip, engines: list[KnownEngine], tmp_path: Path) -> None:
    motion = stage.run_pose(clip, PoseSettings(smoothing=0), tmp_path, Quiet())
    assert motion.valid.all()
    assert motion.confidence[61].max() < motion.confidence[60].min()
    assert np.abs(motion.joints_3d[61] - TRUTH[61]).max() < 0.01


def test_a_new_smoothing_does_not_run_the_engine(clip: Clip, engines: list[KnownEngine], tmp_path: Path) -> None:
    first = stage.run_pose(clip, PoseSettings(smoothing=0), tmp_path, Quiet())
    seen = len(engines[0].log)
    second = stage.run_pose(clip, PoseSettings(smoothing=0.9), tmp_path, Quiet())
    assert len(engines[0].log) == seen == 300
    assert not np.array_equal(first.joints_3d, second.joints_3d)
    assert all(e.closed for e in engines)


def test_another_skip_or_trainer_does(clip: Clip, engines: list[KnownEngine], tmp_path: Path) -> None:
    for settings in (
        PoseSettings(),
        PoseSettings(skip=2),
        PoseSettings(trainer=(0.2, 0.5)),
        PoseSettings(model="lite"),
    ):
        stage.run_pose(clip, settings, tmp_path, Quiet())
    assert len(engines[0].log) == 300 + 150 + 300 + 300


def test_a_stopped_pass_goes_on(clip: Clip, engines: list[KnownEngine], tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        stage.run_pose(clip, PoseSettings(smoothing=0), tmp_path, StopAfter(2 * CHUNK + 5))
    assert engines[0].closed
    engines[0].log.clear()
    motion = stage.run_pose(clip, PoseSettings(smoothing=0), tmp_path, Quiet())
    assert engines[0].log == list(range(2 * CHUNK - KnownEngine.warm_up, 300))  # what was finished is not made again
    np.testing.assert_allclose(motion.joints_3d[200], TRUTH[200], atol=1e-5)
    trainer = engines[-1].take.settings.trainer
    where = (TRUTH[2 * CHUNK - KnownEngine.warm_up, :, :2] * 200 + (300, 400)).mean(axis=0) / (600, 800)
    np.testing.assert_allclose(trainer, where, atol=1e-3)


def test_a_damaged_chunk_is_made_again(clip: Clip, engines: list[KnownEngine], tmp_path: Path) -> None:
    stage.run_pose(clip, PoseSettings(smoothing=0), tmp_path, Quiet())
    chunk = sorted((tmp_path / "store" / "pose").rglob("*.npz"))[1]
    chunk.write_bytes(chunk.read_bytes()[:300])
    engines[0].log.clear()
    motion = stage.run_pose(clip, PoseSettings(smoothing=0), tmp_path, Quiet())
    assert engines[0].log == list(range(CHUNK - KnownEngine.warm_up, 2 * CHUNK))
    np.testing.assert_allclose(motion.joints_3d[CHUNK + 1], TRUTH[CHUNK + 1], atol=1e-5)


def test_progress_is_told(clip: Clip, engines: list[KnownEngine], tmp_path: Path) -> None:
    class Told(Quiet):
        seen: list[tuple[str, int, int]] = []

        def report(self, stage: str, done: int, total: int) -> None:
            self.seen.append((stage, done, total))

    stage.run_pose(clip, PoseSettings(skip=2), tmp_path, Told())
    assert Told.seen[0] == ("pose", 0, 150)
    assert Told.seen[-1] == ("pose", 150, 150)
    assert [d for _, d, _ in Told.seen] == sorted(d for _, d, _ in Told.seen)


@pytest.mark.parametrize("name", ["gym", "studio"])
def test_joints_in_99_of_100_frames_of_the_real_clips(
    name: str, request: pytest.FixtureRequest, checkpoints: Path, tmp_path: Path
) -> None:
    clip: Clip = request.getfixturevalue(name)
    motion = stage.run_pose(clip, PoseSettings(engine="mediapipe", skip=6), tmp_path, Quiet())
    assert len(motion) == -(-clip.frames // 6)
    assert motion.valid.mean() >= 0.99
    joints, at = motion.joints_3d[motion.valid], motion.skeleton.index
    assert np.isfinite(joints).all()
    assert (joints[:, at["nose"], 1] < joints[:, at["left_heel"], 1]).all()  # the right way up
    inside = (motion.keypoints_2d > -40) & (motion.keypoints_2d < np.array([clip.width, clip.height]) + 40)
    assert inside.all()
    knees = joints[:, at["right_knee"], 1]  # below the hips by a thigh when standing, by less in a squat
    assert knees.max() > 0.3
    assert knees.min() < 0.22
    yaw = np.degrees(motion.global_rot[motion.valid, 1])
    assert 55 < np.median(yaw) < 115  # both men look to the image's right


def test_going_on_agrees_with_going_through(studio: Clip, checkpoints: Path, tmp_path: Path) -> None:
    """After a stop the tracker starts anew; what it then sees is the same movement within its own noise."""
    clip = dataclasses.replace(studio, frames=CHUNK + 24)
    settings = PoseSettings(engine="mediapipe", smoothing=0.4)
    whole = stage.run_pose(clip, settings, tmp_path / "whole", Quiet())
    with pytest.raises(Cancelled):
        stage.run_pose(clip, settings, tmp_path / "parts", StopAfter(CHUNK + 3))
    parts = stage.run_pose(clip, settings, tmp_path / "parts", Quiet())
    away = np.linalg.norm(whole.joints_3d - parts.joints_3d, axis=2)
    assert np.median(away) < 0.01
    assert np.quantile(away, 0.99) < 0.05
