"""Raw against finished on a movement that is known exactly: noise, exchanged sides, gaps and a cut, at every strength."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from perscoach.motion import GUESSED, Motion
from perscoach.pose import fit
from perscoach.pose.base import Raw
from perscoach.pose.clean import to_motion, with_evidence
from perscoach.pose.sides import exchange
from perscoach.skeleton import MEDIAPIPE33
from tests.pose.motion import raw_of, squat
from tests.pose.test_fit import LIMBS, error, noisy, turned

SHOT, FRAMES = 90, 180
EXCHANGED, GAPS = slice(20, 40), [(50, 54), (120, 126)]


def filmed(second_yaw: float = 0.8) -> tuple[np.ndarray, Raw]:
    """Two shots of a squat with a cut between them, and what a landmarker makes of it."""
    truth = np.concatenate([squat(SHOT, 30, 0.3), squat(FRAMES - SHOT, 30, second_yaw)])
    joints, points = np.concatenate([noisy(truth[:SHOT])[0], noisy(truth[SHOT:], 1)[0]]), noisy(truth)[1]
    points[SHOT:] = (points[SHOT:] - 300) * 0.35 + 300  # the second camera stands farther away
    found = np.ones(FRAMES, bool)
    for start, stop in GAPS:
        found[start:stop] = False
    raw = raw_of(joints, found)
    raw.keypoints[found] = points[found]
    states = np.zeros(FRAMES, int)
    states[EXCHANGED] = 1
    exchange((raw.joints, raw.keypoints), states, MEDIAPIPE33)
    return truth, raw


def finished(raw: Raw, strength: float) -> Motion:
    return to_motion(raw, MEDIAPIPE33, Fraction(30), 600, 800, strength, "test")


@pytest.mark.parametrize("strength", [0.1, 0.4, 0.7, 1.0])
def test_it_is_nearer_to_the_truth_than_what_was_observed(strength: float) -> None:
    truth, raw = filmed()
    motion, seen = finished(raw, strength), raw.found
    assert motion.valid.all(), "short gaps are filled"
    found = motion.joints_3d[seen]
    assert error(found, truth[seen]) < 0.8 * error(raw.joints[seen], truth[seen])
    assert turned(found, truth[seen]) < 0.92 * turned(raw.joints[seen], truth[seen])
    assert error(motion.joints_3d[~seen], truth[~seen]) < error(raw.joints[seen], truth[seen])
    own = np.linalg.norm(motion.joints_3d - truth, axis=2)[:, LIMBS].mean(axis=1)
    other = np.linalg.norm(motion.joints_3d[:, _mirror()] - truth, axis=2)[:, LIMBS].mean(axis=1)
    assert (own < other).all(), "no frame is exchanged"


def _mirror() -> list[int]:
    order = list(range(33))
    for a, b in MEDIAPIPE33.pairs:
        order[a], order[b] = b, a
    return order


def test_at_strength_0_it_is_what_was_observed() -> None:
    _, raw = filmed()
    motion = finished(raw, 0.0)
    centred = raw.joints - raw.joints[:, [23, 24]].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(motion.joints_3d[raw.found], centred[raw.found], atol=1e-6)


@pytest.mark.parametrize("strength", [0.2, 1.0])
def test_nothing_crosses_the_cut(strength: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another second shot leaves the first one as it is; only bones' lengths are the whole clip's."""
    first = fit.find_lengths
    monkeypatch.setattr(fit, "find_lengths", lambda clip, parts: first(clip, parts[:1]))
    a, b = (finished(filmed(yaw)[1], strength).joints_3d[: SHOT - 1] for yaw in (0.8, 1.4))
    np.testing.assert_allclose(a, b, atol=1e-5)


def test_an_engine_of_its_own_gets_the_same_evidence() -> None:
    """What SAM 3D Body finishes by itself is told measured, filled and guessed by the same rules."""
    _, raw = filmed()
    raw.confidence[:, 25] = 0.05
    ours = finished(raw, 0.0)
    bare = Motion(**{name: getattr(ours, name) for name in (
        "fps", "width", "height", "skeleton", "joints_3d", "keypoints_2d", "confidence", "valid", "global_rot", "root",
        "engine")})  # fmt: skip
    told = with_evidence(bare, raw, 700.0)
    assert (told.seen[:, 25] == GUESSED).all()
    assert np.array_equal(told.seen, ours.seen)
