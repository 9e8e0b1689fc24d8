"""Against a known truth with realistic noise: nearer than what was measured, without lag, fast hits and still feet kept."""

from __future__ import annotations

import numpy as np
import pytest

from perscoach.pose.base import PoseSettings
from perscoach.pose.sam3d.steady import feet, steady
from perscoach.pose.sam3d.steady.identity import lock, refit
from tests.pose.sam3d.steady_scores import camera_space, lag, scores
from tests.pose.sam3d.steady_truth import HIPS, MOVEMENTS, joints_of, seen_as

FPS, FRAMES = 30.0, 150
DEFAULT = PoseSettings().smoothing


@pytest.mark.parametrize("name", sorted(MOVEMENTS))
def test_nearer_to_the_truth_at_every_strength_up_to_the_default(name: str) -> None:
    truth = MOVEMENTS[name](FRAMES, FPS, 1)
    seen = seen_as(truth, FPS, 1)
    for strength in (0.0, 0.1, DEFAULT):
        got = scores(truth, seen, steady(seen.p, seen.valid, FPS, strength, joints_of, 1500.0), FPS)
        assert got["hip_after"] < 0.95 * got["hip_before"], strength
        assert got["camera_after"] < got["camera_before"] * (1 if strength else 1.01), (
            strength
        )  # 0 leaves the depth alone
        assert got["picture_after"] < got["picture_before"] * 1.02, strength
        assert got["jitter_after"] < 0.75 * got["jitter_before"], strength
    assert got["jitter_after"] < 0.25 * got["jitter_before"]
    assert got["slide_after"] <= 0.25 * got["slide_before"]


@pytest.mark.parametrize("name", sorted(MOVEMENTS))
def test_no_lag_and_fast_movements_keep_their_speed(name: str) -> None:
    truth = MOVEMENTS[name](FRAMES, FPS, 0)
    seen = seen_as(truth, FPS, 0, level=0.1, odd=False, gaps=False)
    for strength in (0.1, DEFAULT):
        got = scores(truth, seen, steady(seen.p, seen.valid, FPS, strength, joints_of, 1500.0), FPS)
        assert abs(got["lag"]) < 0.1 and got["peak_kept"] > 0.9, strength


def test_lag_is_seen_where_there_is_one() -> None:
    truth = MOVEMENTS["punches"](FRAMES, FPS, 0)
    true = camera_space(truth, np.ones(FRAMES, bool))
    assert lag(true, np.roll(true, 1, axis=0)) == pytest.approx(1, abs=0.2)


def test_one_identity_and_the_picture_stays() -> None:
    truth = MOVEMENTS["squat"](FRAMES, FPS, 0)
    seen = seen_as(truth, FPS, 0, odd=False, gaps=False)
    done = steady(seen.p, seen.valid, FPS, 0.0, joints_of, 1500.0)
    for name in ("shape", "scale"):
        values = getattr(done.parameters, name)
        assert np.array_equal(values, np.repeat(values[:1], FRAMES, 0))
        assert np.array_equal(values[0], np.median(getattr(seen.p, name), axis=0).astype(np.float32))
    assert done.measures["bone_spread_after"] < 0.3 * done.measures["bone_spread_before"]
    assert done.measures["picture_moved"] < 5  # pixels, of a body some 600 high
    unfitted = lock(seen.p, seen.valid)
    moved = (joints_of(unfitted) + unfitted.cam_t[:, None]).astype(np.float64)
    assert picture_gap(moved, seen.p) > 1.3 * picture_gap(camera_space(done.parameters, done.valid), seen.p)


def picture_gap(joints: np.ndarray, p) -> float:  # type: ignore[no-untyped-def]
    measured = camera_space(p, np.ones(len(p), bool))
    apart = joints[..., :2] / joints[..., 2:] - measured[..., :2] / measured[..., 2:]
    return float(np.linalg.norm(apart[:, :21], axis=2).mean() * 1500)


def test_refit_finds_the_distance_of_a_larger_body() -> None:
    truth = MOVEMENTS["walk"](20, FPS, 0)
    joints = joints_of(truth).astype(np.float64)
    measured = joints + truth.cam_t[:, None]
    moved = refit(1.05 * joints, measured)
    placed = 1.05 * joints + moved[:, None]
    np.testing.assert_allclose(placed[..., :2] / placed[..., 2:], measured[..., :2] / measured[..., 2:], atol=1e-6)
    np.testing.assert_allclose(placed[:, HIPS].mean(1), 1.05 * measured[:, HIPS].mean(1), rtol=1e-6)


def test_feet_are_held_where_somebody_stands_and_nowhere_else() -> None:
    standing = {}
    for name in ("squat", "walk", "jump", "floor"):
        truth = MOVEMENTS[name](FRAMES, FPS, 0)
        seen = seen_as(truth, FPS, 0, level=0.5)
        standing[name] = steady(seen.p, seen.valid, FPS, DEFAULT, joints_of, 1500.0)
    assert standing["squat"].measures["feet_standing"] > 0.95
    assert 0.3 < standing["jump"].measures["feet_standing"] < 0.9
    assert standing["floor"].measures["feet_standing"] == 0 and not standing["floor"].contacts.any()
    for name in ("squat", "walk", "jump"):
        measures = standing[name].measures
        assert measures["foot_slide_after"] < 0.25 * measures["foot_slide_before"], name


def test_who_lies_down_after_standing_has_no_feet_that_carry() -> None:
    stands, lies = MOVEMENTS["squat"](60, FPS, 0), MOVEMENTS["floor"](1, FPS, 0)
    there, down = (camera_space(p, np.ones(len(p), bool)) for p in (stands, lies))
    contacts = feet.find_contacts(np.concatenate([there, np.repeat(down, 60, 0)]), FPS)
    assert contacts[5:55].max(1).min() > 0.9 and not contacts[61:].any()


def test_up_is_seen_from_a_tilted_camera() -> None:
    truth = MOVEMENTS["squat"](90, FPS, 0)
    tilt = np.radians(12)
    turn = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    up, stands = feet.upright(camera_space(truth, np.ones(90, bool)) @ turn.T, FPS)
    assert stands and np.degrees(np.arccos(up @ (turn @ [0, -1, 0]))) < 8  # the squatter leans by that
    lying = camera_space(MOVEMENTS["floor"](60, FPS, 0), np.ones(60, bool))
    assert not feet.upright(lying, FPS)[1]


def test_in_flight_no_foot_stands() -> None:
    truth = MOVEMENTS["jump"](FRAMES, FPS, 0)
    lowest = camera_space(truth, np.ones(FRAMES, bool))[:, :21, 1].max(1)
    seen = seen_as(truth, FPS, 0, level=0.3, odd=False, gaps=False)
    done = steady(seen.p, seen.valid, FPS, DEFAULT, joints_of, 1500.0)
    assert not done.contacts[lowest < 0.9].any()  # the floor is a metre under the camera
    assert done.contacts[lowest > 0.999].max(1).mean() > 0.6
