"""The bones' lengths come from the picture, not from the landmarker's own proportions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from perscoach.pose.lengths import windows
from perscoach.skeleton import MEDIAPIPE33
from tests.pose.motion import squat
from tests.pose.test_fit import fitted, noisy

AT = MEDIAPIPE33.index


def leg(joints: np.ndarray) -> float:
    return sum(
        float(np.median(np.linalg.norm(joints[:, AT[f"{side}_{b}"]] - joints[:, AT[f"{side}_{a}"]], axis=1)))
        for side in ("left", "right")
        for a, b in (("hip", "knee"), ("knee", "ankle"))
    )


def trunk(joints: np.ndarray) -> float:
    return float(np.median(np.linalg.norm(joints[:, AT["left_shoulder"]] - joints[:, AT["left_hip"]], axis=1)))


def knees(joints: np.ndarray) -> np.ndarray:
    out = []
    for side in ("left", "right"):
        hip, knee, ankle = (joints[:, AT[f"{side}_{part}"]].astype(float) for part in ("hip", "knee", "ankle"))
        u, v = hip - knee, ankle - knee
        cosine = (u * v).sum(axis=1) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)
        out.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return np.stack(out)


def long_legged(share: float, yaw: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A squat, and what a landmarker makes of it that believes in longer legs; the points in the picture are right."""
    truth = squat(150, 30, yaw)
    joints, points = noisy(truth)
    longer = joints.copy()
    for side in ("left", "right"):
        hip = AT[f"{side}_hip"]
        for part in ("knee", "ankle", "heel", "foot_index"):
            at = AT[f"{side}_{part}"]
            longer[:, at] = joints[:, hip] + (1 + share) * (joints[:, at] - joints[:, hip])
    return truth, longer, points


@pytest.mark.parametrize("yaw", [0.4, 1.0])
def test_legs_that_the_landmarker_sees_too_long_come_out_right(yaw: float) -> None:
    truth, joints, points = long_legged(0.1, yaw)
    out = fitted(joints, points)
    true = leg(truth) / trunk(truth)
    seen, found = leg(joints) / trunk(joints) / true, leg(out.joints) / trunk(out.joints) / true
    assert abs(found - 1) < 0.4 * abs(seen - 1)
    assert np.abs(knees(out.joints) - knees(truth)).mean() < 9  # 13 with the legs' length as the landmarker has it


@pytest.mark.parametrize("frames", [1, 7, 48, 240, 241, 1000])
def test_windows_cover_every_frame(frames: int) -> None:
    edges = list(windows(5, 5 + frames))
    assert edges[0][0] == 5 and edges[-1][1] == 5 + frames
    assert all(a < c < b for (a, b), (c, _) in itertools.pairwise(edges)), "each begins inside the one before"
