"""A limb that jumps onto the other one."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from perscoach.motion import FILLED, GUESSED, MEASURED
from perscoach.pose.clean import to_motion
from perscoach.pose.outliers import find_merged
from perscoach.skeleton import MEDIAPIPE33
from tests.pose.motion import project, raw_of, squat

AT = MEDIAPIPE33.index
LEG = ("knee", "ankle", "heel", "foot_index")
FRAMES = 90


def merged(keypoints: np.ndarray) -> np.ndarray:
    return find_merged(keypoints, [(0, len(keypoints))], MEDIAPIPE33, 30.0)


def lose(values: np.ndarray, start: int, stop: int, parts: tuple[str, ...] = LEG) -> None:
    """The left limb is where the right one is."""
    for part in parts:
        values[start:stop, AT[f"left_{part}"]] = values[start:stop, AT[f"right_{part}"]]


@pytest.mark.parametrize(("start", "stop"), [(40, 41), (40, 47), (30, 55)])
def test_a_leg_on_the_other_one_s_place_is_found(start: int, stop: int) -> None:
    points = project(squat(FRAMES, 30, 0.4)) + np.random.default_rng(0).normal(0, 2, (FRAMES, 33, 2))
    lose(points, start, stop)
    bad = merged(points)
    expected = np.zeros((FRAMES, 33), bool)
    expected[start:stop, [AT[f"left_{part}"] for part in LEG]] = True
    assert np.array_equal(bad, expected)


@pytest.mark.parametrize("yaw", [0.0, 0.8, 1.57, 3.14])
def test_limbs_that_lie_before_each_other_are_left_alone(yaw: float) -> None:
    """In profile both legs are in one place all the time, and nothing has jumped."""
    points = project(squat(FRAMES, 30, yaw)) + np.random.default_rng(0).normal(0, 3, (FRAMES, 33, 2))
    assert not merged(points).any()


def test_the_leg_is_drawn_through_or_guessed() -> None:
    truth = squat(FRAMES, 30, 0.4)
    raw = raw_of(truth)
    for start, stop in ((20, 25), (50, 70)):
        lose(raw.joints, start, stop)
        lose(raw.keypoints, start, stop)
    motion = to_motion(raw, MEDIAPIPE33, Fraction(30), 600, 800, 0.4, "test")
    knee = AT["left_knee"]
    assert (motion.seen[20:25, knee] == FILLED).all() and (motion.seen[50:70, knee] == GUESSED).all()
    assert (motion.seen[30:45, knee] == MEASURED).all()
    off = np.linalg.norm(motion.joints_3d - truth, axis=2)[:, knee]
    there = np.linalg.norm(raw.joints - truth, axis=2)[:, knee]
    assert off[20:25].mean() < 0.4 * there[20:25].mean()
