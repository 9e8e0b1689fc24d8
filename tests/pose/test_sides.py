"""Left and right over a whole clip."""

from __future__ import annotations

import numpy as np
import pytest

from perscoach.pose.sides import exchange, find_sides, orders
from perscoach.skeleton import MEDIAPIPE33, MHR70
from tests.pose.motion import project, squat

NO_CUTS = np.zeros(120, bool)
FOUND = np.ones(120, bool)
ALL, LEGS, ARMS = 1, 2, 3


def seen(yaw: float = 0.9) -> tuple[np.ndarray, np.ndarray]:
    """A turned person with the noise of a landmarker: 2 cm, more in depth."""
    rng = np.random.default_rng(1)
    joints = squat(120, 30, yaw)
    return joints + rng.normal(0, (0.015, 0.015, 0.03), joints.shape), project(joints) + rng.normal(0, 2, (120, 33, 2))


@pytest.mark.parametrize(
    ("state", "start", "stop"),
    [
        (ALL, 50, 51),  # a single frame
        (ALL, 40, 73),  # half a second and more, as real landmarkers do
        (LEGS, 30, 60),
        (ARMS, 60, 62),
        (ALL, 0, 20),  # at the start
        (ALL, 100, 120),
        (ALL, 10, 110),  # most of the clip: knees and ankles tell which part is right
        (LEGS, 20, 118),
    ],
)
def test_an_exchange_of_any_length_is_put_right(state: int, start: int, stop: int) -> None:
    joints, keypoints = seen()
    truth = joints.copy(), keypoints.copy()
    wrong = np.zeros(120, int)
    wrong[start:stop] = state
    exchange((joints, keypoints), wrong, MEDIAPIPE33)
    states = find_sides(joints, keypoints, FOUND, NO_CUTS, MEDIAPIPE33)
    assert np.array_equal(states, wrong)
    exchange((joints, keypoints), states, MEDIAPIPE33)
    assert np.array_equal(joints, truth[0]) and np.array_equal(keypoints, truth[1])


@pytest.mark.parametrize("yaw", [0.0, 0.8, 1.57, 3.14])
def test_a_clip_without_exchanges_is_left_alone(yaw: float) -> None:
    assert not find_sides(*seen(yaw), FOUND, NO_CUTS, MEDIAPIPE33).any()


def test_a_pirouette_is_no_exchange() -> None:
    """Two turns in four seconds: left and right change places in the picture, and nothing is exchanged."""
    turns = np.linspace(0, 4 * np.pi, 120)
    joints = np.concatenate([squat(120, 30, yaw)[i : i + 1] for i, yaw in enumerate(turns)])
    assert not find_sides(joints, project(joints), FOUND, NO_CUTS, MEDIAPIPE33).any()


def test_a_crossing_of_the_hands_is_no_exchange() -> None:
    """Both wrists swing past each other before the body and stay there for a second."""
    joints = squat(120, 30)
    share = np.clip(np.sin(np.arange(120) / 30 * np.pi) * 2, 0, 1)[:, None]
    left, right = joints[:, 15].copy(), joints[:, 16].copy()
    joints[:, 15] = left + (right - left) * share
    joints[:, 16] = right + (left - right) * share
    assert not find_sides(joints, project(joints), FOUND, NO_CUTS, MEDIAPIPE33).any()


def test_frames_without_a_body_are_stepped_over() -> None:
    joints, keypoints = seen()
    wrong = np.zeros(120, int)
    wrong[40:60] = ALL
    exchange((joints, keypoints), wrong, MEDIAPIPE33)
    found = FOUND.copy()
    found[36:44] = False
    states = find_sides(joints, keypoints, found, NO_CUTS, MEDIAPIPE33)
    assert (states[44:60] == ALL).all() and not states[found & (wrong == 0)].any()


def test_a_cut_separates_the_labels() -> None:
    """After a cut another person may face the other way: each shot is judged by its own legs."""
    joints, keypoints = seen()
    wrong = np.zeros(120, int)
    wrong[60:] = ALL
    exchange((joints, keypoints), wrong, MEDIAPIPE33)
    cuts = NO_CUTS.copy()
    cuts[60] = True
    assert np.array_equal(find_sides(joints, keypoints, FOUND, cuts, MEDIAPIPE33), wrong)


def test_legs_that_are_not_seen_tell_nothing() -> None:
    """A body whose legs are outside the picture, drawn by the landmarker with the knees bent backwards."""
    joints, keypoints = seen(0.3)
    knees = [MEDIAPIPE33.index[f"{side}_{part}"] for side in ("left", "right") for part in ("knee", "foot_index")]
    joints[:, knees, 2] += 0.5
    trust = np.full((120, 33), 0.9)
    assert (find_sides(joints, keypoints, FOUND, NO_CUTS, MEDIAPIPE33, trust) != 0).all()
    trust[:, 25:] = 0.05
    assert not find_sides(joints, keypoints, FOUND, NO_CUTS, MEDIAPIPE33, trust).any()


@pytest.mark.parametrize("skeleton", [MEDIAPIPE33, MHR70], ids=lambda s: str(s.name))
def test_an_exchange_twice_is_none(skeleton) -> None:  # type: ignore[no-untyped-def]
    for order in orders(skeleton):
        assert np.array_equal(order[order], np.arange(len(skeleton)))
