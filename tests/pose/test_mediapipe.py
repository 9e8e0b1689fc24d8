from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from perscoach.core.errors import EngineError
from perscoach.media.types import Clip
from perscoach.people.follow import Follower, Sight
from perscoach.pose.base import Observation, PoseSettings
from perscoach.pose.mediapipe import FOCAL, MediaPipeEngine, camera_position, observation
from tests.pose.motion import raw_of, squat


def observe(model: Path, settings: PoseSettings, frames: Iterator[np.ndarray], fps: float) -> list[Observation | None]:
    with contextlib.closing(Follower(model, settings.trainer, fps, masks=False)) as follower:
        return [_observation(follower.look(frame), frame) for frame in frames]


def _observation(sight: Sight, frame: np.ndarray) -> Observation | None:
    if sight.image is None or sight.world is None:
        return None
    return observation(sight.image, sight.world, frame.shape[1], frame.shape[0])


def pair(clip: Clip, step: int, count: int) -> Iterator[np.ndarray]:
    """Two copies of one person: at the left larger, at the right smaller, mirrored and a second later."""
    import cv2

    late = list(clip.read(30, 30 + step * count, step))
    for a, b in zip(clip.read(0, step * count, step), late, strict=True):
        scene = np.full((640, 800, 3), a[5, 5], np.uint8)
        scene[:, 0:360] = cv2.resize(a, (360, 640), interpolation=cv2.INTER_AREA)
        scene[150:640, 460:736] = cv2.resize(b, (276, 490), interpolation=cv2.INTER_AREA)[:, ::-1]
        yield scene


@pytest.mark.parametrize(("trainer", "left", "right"), [(None, 0, 360), ((0.2, 0.5), 0, 360), ((0.75, 0.6), 460, 736)])
def test_the_trainer_is_chosen_and_kept(
    model: Path, gym: Clip, trainer: tuple[float, float] | None, left: int, right: int
) -> None:
    seen = observe(model, PoseSettings(trainer=trainer), pair(gym, 5, 20), 6.0)
    assert all(one is not None for one in seen)
    for one in seen:
        assert one is not None
        middle = one.keypoints_2d[:, 0].mean()
        assert left < middle < right


def test_axes_units_and_pixels(model: Path, gym: Clip) -> None:
    """The man stands in profile, facing the image's right."""
    (one,) = observe(model, PoseSettings(), iter([gym.frame(120)]), 30.0)
    assert one is not None
    at = MediaPipeEngine.skeleton.index
    joints = one.joints_3d
    assert joints.shape == (33, 3)
    assert joints.dtype == np.float32
    assert joints[at["nose"], 1] < joints[at["left_hip"], 1] < joints[at["left_heel"], 1]  # y down
    assert joints[at["left_foot_index"], 0] > joints[at["left_heel"], 0]  # x to the right
    assert joints[at["right_hip"], 2] < joints[at["left_hip"], 2]  # the near side has the smaller z
    assert 0.3 < joints[at["left_hip"], 1] - joints[at["left_shoulder"], 1] < 0.7  # metres
    assert np.abs(joints[[23, 24]].mean(axis=0)).max() < 0.01
    nose = one.keypoints_2d[at["nose"]]
    assert np.linalg.norm(nose - (357, 165)) < 25  # where the nose is in the picture
    assert 0 <= one.confidence.min()
    assert one.confidence[at["right_knee"]] > one.confidence[at["left_knee"]]  # the far leg is hidden
    assert one.root is not None
    assert 1 < one.root[2] < 6


def test_an_empty_room_gives_misses_and_then_the_person_is_found(model: Path, gym: Clip) -> None:
    person = gym.frame(120)
    empty = np.full_like(person, 90)
    seen = observe(model, PoseSettings(), iter([empty, empty, person, person, empty, person]), 10.0)
    assert [one is not None for one in seen] == [False, False, True, True, False, True]


def open_things() -> tuple[int, int]:
    """File descriptors and threads of this process."""
    return len(list(Path("/proc/self/fd").iterdir())), len(list(Path("/proc/self/task").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts through /proc")
def test_nothing_is_left_open(model: Path, studio: Clip) -> None:
    frame = studio.frame(0)
    observe(model, PoseSettings(), iter([frame]), 30.0)  # what the first use loads stays
    before = open_things()
    for _ in range(3):
        observe(model, PoseSettings(), iter([frame]), 30.0)
    assert all(after <= b for b, after in zip(before, open_things(), strict=True))


def test_a_damaged_bundle_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "pose_landmarker_full.task"
    broken.write_bytes(b"no model")
    with pytest.raises(EngineError, match=r"pose_landmarker_full\.task"):
        observe(broken, PoseSettings(), iter([np.zeros((64, 64, 3), np.uint8)]), 30.0)


def test_the_start_is_quiet(model: Path, studio: Clip, capfd: pytest.CaptureFixture[str]) -> None:
    observe(model, PoseSettings(), studio.read(0, 3), 30.0)
    assert capfd.readouterr().err == ""


def test_the_position_in_camera_space_is_found_from_exact_points() -> None:
    joints = squat(20, 30, yaw=0.5)[15].astype(np.float32)
    where = np.array([0.4, -0.2, 3.1])
    focal = FOCAL * np.hypot(720, 1280)
    points = joints + where
    pixels = (points[:, :2] / points[:, 2:] * focal + (360, 640)).astype(np.float32)
    found = camera_position(joints, pixels, np.full(33, 0.9, np.float32), 720, 1280)
    np.testing.assert_allclose(found, where, atol=1e-3)


def test_too_few_trusted_joints_give_no_position() -> None:
    joints = squat(1, 30)[0].astype(np.float32)
    trust = np.zeros(33, np.float32)
    trust[:5] = 1
    assert camera_position(joints, joints[:, :2] * 100, trust, 720, 1280) is None


def test_the_lens_of_the_settings_decides_how_far_away_the_body_is() -> None:
    from fractions import Fraction
    from types import SimpleNamespace

    clip = SimpleNamespace(fps=Fraction(30), width=600, height=800)

    def depth(settings: PoseSettings) -> float:
        engine = MediaPipeEngine.__new__(MediaPipeEngine)
        engine._take = SimpleNamespace(clip=clip, settings=settings)  # type: ignore[assignment]
        return float(np.median(engine.finish(raw_of(squat(30, 30, 0.3)), Path()).root[:, 2]))

    phone, long = depth(PoseSettings()), depth(PoseSettings(lens="custom", lens_mm=60.0))
    assert 1.8 < long / phone < 2.2  # 60 mm against about 30
