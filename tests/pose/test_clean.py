from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from perscoach.motion import Motion
from perscoach.pose.base import Raw
from perscoach.pose.clean import to_motion
from perscoach.pose.outliers import find_jumps
from perscoach.skeleton import MEDIAPIPE33
from tests.pose.motion import raw_of, squat

FPS = Fraction(30)


def motion_of(raw: Raw, strength: float) -> Motion:
    return to_motion(raw, MEDIAPIPE33, FPS, 600, 800, strength, "test")


def test_strength_0_is_exactly_as_measured_only_centred() -> None:
    rng = np.random.default_rng(3)
    joints = squat(60, 30) + rng.normal(0, 0.02, (60, 33, 3)) + (0.3, -0.2, 0.1)
    joints[30, 15] += 0.5  # even a jump
    raw = raw_of(joints)
    motion = motion_of(raw, 0.0)
    middle = raw.joints[:, [23, 24]].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(motion.joints_3d, raw.joints - middle, atol=1e-6)
    assert np.array_equal(motion.keypoints_2d, raw.keypoints)
    assert np.array_equal(motion.confidence, raw.confidence)
    np.testing.assert_allclose(motion.root, raw.root + middle[:, 0], atol=1e-6)


@pytest.mark.parametrize("strength", [0.0, 0.4, 1.0])
def test_hips_are_the_origin_and_misses_are_empty(strength: float) -> None:
    found = np.ones(90, bool)
    found[:3] = found[40:43] = found[60:75] = False
    motion = motion_of(raw_of(squat(90, 30) + 1.0, found), strength)
    assert motion.valid[40:43].all()  # 0.1 s: filled
    assert not motion.valid[:3].any()
    assert not motion.valid[60:75].any()  # 0.5 s: stays
    assert np.abs(motion.joints_3d[motion.valid][:, [23, 24]].mean(axis=1)).max() < 1e-5
    for array in (motion.joints_3d, motion.keypoints_2d, motion.global_rot, motion.root):
        assert np.isnan(array[~motion.valid]).all()
        assert np.isfinite(array[motion.valid]).all()
    assert (motion.confidence[~motion.valid] == 0).all()


def test_a_filled_gap_lies_on_the_movement() -> None:
    found = np.ones(90, bool)
    found[40:46] = False
    truth = squat(90, 30)
    motion = motion_of(raw_of(truth, found), 0.0)
    assert np.abs(motion.joints_3d[40:46] - truth[40:46]).max() < 0.03


def test_a_jump_is_replaced_and_a_fast_movement_is_not() -> None:
    joints = squat(90, 30)
    raw = raw_of(joints)
    raw.joints[50, 15] += (0.3, 0.2, -0.4)
    motion = motion_of(raw, 0.1)
    assert np.linalg.norm(motion.joints_3d[50, 15] - joints[50, 15]) < 0.02
    t = np.arange(90) / 30
    fast = joints.copy()
    fast[:, 15, 1] += 0.3 * np.sin(2 * np.pi * 2.0 * t)  # a hand that pumps twice a second, 0.6 m
    assert not find_jumps(fast, [(0, 90)]).any()


def test_a_frame_that_is_somebody_else_becomes_a_miss_that_is_filled() -> None:
    joints = squat(90, 30)
    raw = raw_of(joints)
    raw.joints[50] = raw.joints[50] @ np.diag([-1.0, 1.0, -1.0]).astype(np.float32) * 1.7
    motion = motion_of(raw, 0.1)
    assert motion.valid[50]
    off = np.linalg.norm(motion.joints_3d - joints, axis=2).mean(axis=1)
    assert off[50] < off[[48, 49, 51, 52]].max() + 0.005  # as near to the truth as its neighbours


def test_smoothing_never_crosses_a_cut() -> None:
    joints = squat(90, 30)
    raw = raw_of(joints)
    other = raw_of(joints)
    turned = raw_of(squat(90, 30, yaw=2.0))
    other.joints[45:], other.keypoints[45:] = turned.joints[45:], turned.keypoints[45:]
    raw.keypoints[45:] += (250, 0)
    other.keypoints[45:] += (250, 0)
    a, b = motion_of(raw, 1.0), motion_of(other, 1.0)
    np.testing.assert_allclose(a.joints_3d[:45], b.joints_3d[:45], atol=0.03)  # only the bones' lengths are shared
    assert np.abs(np.diff(a.keypoints_2d[43:47], axis=0)).max() > 240


def test_nobody_anywhere() -> None:
    motion = motion_of(raw_of(squat(5, 30), np.zeros(5, bool)), 0.4)
    assert not motion.valid.any()
    assert np.isnan(motion.joints_3d).all()
