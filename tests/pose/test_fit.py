"""The fitted body against a movement that is known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from perscoach.pose import fit
from perscoach.pose.clean import FOCAL
from perscoach.pose.fit import Fit, fit_body
from perscoach.pose.gaps import runs
from perscoach.pose.lengths import OVERLAP, WINDOW
from perscoach.pose.views import body_of
from perscoach.skeleton import MEDIAPIPE33, MHR70
from tests.pose.motion import project, squat

AT = MEDIAPIPE33.index
LIMBS = [
    AT[f"{side}_{part}"]
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    for side in ("left", "right")
]
BONES = [("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist")]


def noisy(truth: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """What a landmarker makes of it: 2D good to 3 px, 3D that breathes, shakes and is off in depth, slowly, as much as bones'
    directions were off on calibrated views (12 to 15 degrees)."""
    rng = np.random.default_rng(seed)
    frames = len(truth)
    slow = gaussian_filter1d(rng.normal(size=(frames, 33, 1)), 10, axis=0)
    slow *= 0.06 / max(float(slow.std()), 1e-9)
    joints = truth * (1 + 0.08 * np.sin(np.arange(frames) / 7))[:, None, None]
    joints = joints + rng.normal(0, (0.012, 0.012, 0.03), truth.shape)
    joints[..., 2:] += slow
    joints -= joints[:, [23, 24]].mean(axis=1, keepdims=True)
    return joints.astype(np.float32), (project(truth) + rng.normal(0, 3, (frames, 33, 2))).astype(np.float32)


def fitted(
    joints: np.ndarray, points: np.ndarray, strength: float = 0.4, parts: list[tuple[int, int]] | None = None
) -> Fit:
    trust = np.full(joints.shape[:2], 0.9, np.float32)
    focal = FOCAL * float(np.hypot(600, 800))
    return fit_body(joints, points, trust, parts or [(0, len(joints))], MEDIAPIPE33, 30.0, (600, 800), focal, strength)


def error(a: np.ndarray, truth: np.ndarray) -> float:
    centred = a - a[:, [23, 24]].mean(axis=1, keepdims=True)
    return float(np.linalg.norm(centred - truth, axis=2)[:, LIMBS].mean())


def turned(a: np.ndarray, truth: np.ndarray) -> float:
    """Mean angle between the limbs' bones, degrees."""
    angles = []
    for part, end in BONES:
        for side in ("left", "right"):
            i, j = AT[f"{side}_{part}"], AT[f"{side}_{end}"]
            u, v = (x[:, j] - x[:, i] for x in (a, truth))
            cosine = (u * v).sum(axis=1) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)
            angles.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean())
    return float(np.mean(angles))


@pytest.mark.parametrize("strength", [0.1, 0.2, 0.4, 0.6, 0.8])
@pytest.mark.parametrize("yaw", [0.0, 0.6, 1.2])
def test_it_is_nearer_to_the_truth_at_every_strength(yaw: float, strength: float) -> None:
    truth = squat(150, 30, yaw)
    joints, points = noisy(truth)
    out, *_ = fitted(joints, points, strength)
    assert error(out, truth) < 0.85 * error(joints, truth)
    assert turned(out, truth) < 0.95 * turned(joints, truth)


def test_bones_are_as_long_in_every_frame_and_on_both_sides() -> None:
    joints, points = noisy(squat(150, 30, 0.6))
    out, *_ = fitted(joints, points)
    for part, end in BONES:
        sizes = [
            np.linalg.norm(out[:, AT[f"{side}_{end}"]] - out[:, AT[f"{side}_{part}"]], axis=1)
            for side in ("left", "right")
        ]
        both = np.concatenate(sizes)
        assert both.std() / both.mean() < 0.005


def test_it_has_no_lag_and_keeps_the_depth_of_a_squat() -> None:
    truth = squat(150, 30, 0.3)
    out, *_ = fitted(*noisy(truth))
    for name in ("left_knee", "right_ankle"):
        height, found = truth[:, AT[name], 1], out[:, AT[name], 1]
        terms = np.stack([height, np.gradient(height), np.ones(150)], axis=1)
        scale, late, _ = np.linalg.lstsq(terms, found, rcond=None)[0]
        assert abs(late / scale) < 0.2  # frames: 7 ms
        assert abs(np.ptp(found) - np.ptp(height)) < 0.05


def test_resting_feet_are_flat_and_still() -> None:
    """The feet of a squat: both rest all the time; here the hips move, so the feet are given where they stand."""
    truth = squat(150, 30, 0.4)
    truth = truth - truth[:, [27, 28]].mean(axis=1, keepdims=True) + (0, 0.8, 0)  # the ankles stay
    for side in ("left", "right"):
        for end, forward, down in (("heel", -0.05, 0.06), ("foot_index", 0.16, 0.06)):
            c, s = np.cos(0.4), np.sin(0.4)
            truth[:, AT[f"{side}_{end}"]] = truth[:, AT[f"{side}_ankle"]] + np.array([-s * forward, down, -c * forward])
    joints, points = noisy(truth)
    joints[:, [AT["left_foot_index"], AT["right_foot_index"]], 1] += (
        0.08  # toes that point down, as landmarks have them
    )
    out, root, contacts, floor = fitted(joints, points)
    rest = contacts[:, :2] & contacts[:, 2:4]
    assert rest.mean() > 0.9 and not contacts[:, 4:].any()
    assert np.degrees(np.arccos(-floor[:, 1])).max() < 8, "the camera is level here"
    space = out + root[:, None]
    for i, side in enumerate(("left", "right")):
        heel, toe = space[:, AT[f"{side}_heel"]], space[:, AT[f"{side}_foot_index"]]
        pitch = np.degrees(np.arcsin((toe - heel)[:, 1] / np.linalg.norm(toe - heel, axis=1)))
        assert np.abs(pitch[rest[:, i]]).mean() < 10
        for start, stop in runs(rest[:, i]):
            assert np.ptp(heel[start:stop], axis=0).max() < 0.005


def test_nothing_crosses_from_one_stretch_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bones' lengths are the clip's; nothing else passes."""
    lengths = fit.find_lengths
    monkeypatch.setattr(fit, "find_lengths", lambda clip, parts: lengths(clip, parts[:1]))
    truth = squat(160, 30)
    joints, points = noisy(truth)
    parts = [(0, 80), (90, 160)]
    a, *_ = fitted(joints, points, 0.4, parts)
    other_joints, other_points = joints.copy(), points.copy()
    other_joints[90:], other_points[90:] = noisy(squat(160, 30, 0.5)[90:], seed=4)
    b, *_ = fitted(other_joints, other_points, 0.4, parts)
    assert np.array_equal(a[:80], b[:80])
    assert np.array_equal(a[80:90], joints[80:90])


def test_windows_fade_into_each_other() -> None:
    frames = 2 * WINDOW + 50
    truth = squat(frames, 30, 0.5)
    out, *_ = fitted(*noisy(truth))
    assert error(out, truth) < 0.04
    bend = np.linalg.norm(np.diff(out[:, LIMBS], 2, axis=0), axis=2).max(axis=1)
    assert bend.max() < 4 * np.median(bend) + 0.01, np.argmax(bend)
    assert OVERLAP < WINDOW


@pytest.mark.parametrize("frames", [1, 2, 3, 5, 9])
def test_short_stretches_come_out_finite(frames: int) -> None:
    truth = squat(frames, 30)
    out, root, *_ = fitted(*noisy(truth))
    assert np.isfinite(out).all() and np.isfinite(root).all()
    assert error(out, truth) < 0.15


def test_joints_that_are_out_of_the_picture_do_not_pull_the_others() -> None:
    """Legs that were never seen, at confidence 0, in absurd places of the picture."""
    truth = squat(90, 30, 0.3)
    joints, points = noisy(truth)
    trust = np.full((90, 33), 0.9, np.float32)
    trust[:, 25:] = 0.0
    points[:, 25:] += 300
    out, *_ = fit_body(joints, points, trust, [(0, 90)], MEDIAPIPE33, 30.0, (600, 800), FOCAL * 1000.0, 0.4)
    upper = [AT[f"{side}_{part}"] for part in ("shoulder", "elbow", "wrist") for side in ("left", "right")]
    assert np.linalg.norm(out - truth, axis=2)[:, upper].mean() < 0.08


@pytest.mark.parametrize("skeleton", [MEDIAPIPE33, MHR70], ids=lambda s: str(s.name))
def test_both_skeletons_have_a_body(skeleton) -> None:  # type: ignore[no-untyped-def]
    body = body_of(skeleton)
    assert len(set(body.joints.tolist())) == 16
    names = [skeleton.joints[i] for i in body.joints]
    for a, b in zip(body.parents, body.children, strict=True):
        assert names[a] != names[b]
