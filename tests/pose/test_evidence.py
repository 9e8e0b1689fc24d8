"""What counts as measured, filled and guessed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from perscoach.motion import FILLED, GUESSED, MEASURED
from perscoach.pose.base import Raw
from perscoach.pose.clean import to_motion
from perscoach.pose.evidence import find_seen
from perscoach.skeleton import MEDIAPIPE33
from tests.pose.motion import project, raw_of, squat

AT = MEDIAPIPE33.index
SIZE, FRAMES = (600, 800), 60
LEGS = [i for i, name in enumerate(MEDIAPIPE33.joints) if any(p in name for p in ("knee", "ankle", "heel", "foot"))]


def seen(keypoints: np.ndarray, confidence: np.ndarray, doubted: np.ndarray | None = None) -> np.ndarray:
    nothing = np.zeros(confidence.shape, bool)
    given = nothing if doubted is None else doubted
    return find_seen(keypoints, confidence, SIZE, [(0, len(keypoints))], MEDIAPIPE33, 30.0, given)


@pytest.fixture
def body() -> tuple[np.ndarray, np.ndarray]:
    return project(squat(FRAMES, 30, 0.3)), np.full((FRAMES, 33), 0.9, np.float32)


def test_what_is_in_the_picture_and_sure_is_measured(body: tuple[np.ndarray, np.ndarray]) -> None:
    assert (seen(*body) == MEASURED).all()


def test_what_lies_outside_the_picture_is_guessed_however_sure(body: tuple[np.ndarray, np.ndarray]) -> None:
    keypoints, confidence = body
    keypoints[:, LEGS, 1] += 700
    found = seen(keypoints, confidence)
    assert (found[:, LEGS] == GUESSED).all() and (np.delete(found, LEGS, axis=1) == MEASURED).all()


@pytest.mark.parametrize(("frames", "value"), [(1, FILLED), (7, FILLED), (8, GUESSED), (20, GUESSED)])
def test_a_short_absence_is_filled_a_long_one_guessed(
    body: tuple[np.ndarray, np.ndarray], frames: int, value: int
) -> None:
    """A quarter of a second, the longest gap that is drawn through, is seven frames here."""
    keypoints, confidence = body
    confidence[20 : 20 + frames, AT["left_wrist"]] = 0.1
    found = seen(keypoints, confidence)
    assert (found[20 : 20 + frames, AT["left_wrist"]] == value).all()
    assert (found != MEASURED).sum() == frames


def test_an_absence_at_an_end_has_nothing_to_be_filled_from(body: tuple[np.ndarray, np.ndarray]) -> None:
    keypoints, confidence = body
    confidence[:3, AT["left_wrist"]] = confidence[-3:, AT["left_wrist"]] = 0.1
    found = seen(keypoints, confidence)[:, AT["left_wrist"]]
    assert (found[:3] == GUESSED).all() and (found[-3:] == GUESSED).all()


def test_doubtful_confidence_is_judged_by_its_neighbours(body: tuple[np.ndarray, np.ndarray]) -> None:
    keypoints, confidence = body
    confidence[:, AT["left_knee"]] = 0.35  # hip and ankle are sure
    found = seen(keypoints, confidence)
    assert (found[:, AT["left_knee"]] == MEASURED).all()
    confidence[:, LEGS] = 0.35  # the whole leg is not
    confidence[:, [AT["left_hip"], AT["right_hip"]]] = 0.3
    found = seen(keypoints, confidence)
    assert (found[:, AT["left_ankle"]] == GUESSED).all()


def test_what_is_not_believed_is_not_measured(body: tuple[np.ndarray, np.ndarray]) -> None:
    doubted = np.zeros((FRAMES, 33), bool)
    doubted[30, AT["right_elbow"]] = True
    assert seen(*body, doubted)[30, AT["right_elbow"]] == FILLED


def _moved(raw: Raw, strength: float = 0.4):  # type: ignore[no-untyped-def]
    return to_motion(raw, MEDIAPIPE33, Fraction(30), *SIZE, strength, "test")


@pytest.mark.parametrize("strength", [0.0, 0.4])
def test_a_movement_tells_it_at_every_strength(strength: float) -> None:
    """A gap that is drawn through is filled, one that is not is guessed; legs outside the picture are guessed."""
    found = np.ones(FRAMES, bool)
    found[10:13] = found[30:45] = False
    raw = raw_of(squat(FRAMES, 30, 0.3), found)
    raw.keypoints[:, LEGS, 1] += 700
    motion = _moved(raw, strength)
    arms = [AT["left_elbow"], AT["right_wrist"]]
    assert (motion.seen[10:13][:, arms] == FILLED).all()
    assert (motion.seen[30:45] == GUESSED).all() and not motion.valid[30:45].any()
    assert (motion.seen[:, LEGS] == GUESSED).all()
    assert (motion.seen[:10, arms] == MEASURED).all()


def test_guessed_feet_rest_on_nothing() -> None:
    raw = raw_of(squat(FRAMES, 30, 0.3))
    raw.keypoints[:, LEGS, 1] += 700
    motion = _moved(raw)
    assert not motion.contacts[:, :6].any()
