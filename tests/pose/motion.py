"""A synthetic person whose movement is known exactly: squats with arm raises, turned by a yaw."""

from __future__ import annotations

import numpy as np

from perscoach.pose.base import Raw
from perscoach.pose.clean import FOCAL
from perscoach.skeleton import MEDIAPIPE33

PLACE = (0.1, 0.0, 3.0)


def squat(frames: int, fps: float, yaw: float = 0.0) -> np.ndarray:
    """(F, 33, 3) float64 metres, hips' middle at the origin, Motion's axes, bones of constant length.

    ``yaw`` in radians about the vertical: 0 faces the camera, positive turns the chest towards the image's right.
    """
    t = np.arange(frames) / fps
    bend = (1 - np.cos(2 * np.pi * 0.5 * t)) / 2  # 0.5 Hz squats
    raise_ = (1 - np.cos(2 * np.pi * 0.8 * t)) / 2
    lean = 0.7 * bend
    at = MEDIAPIPE33.index
    p = np.zeros((frames, 33, 3))  # here: x to the person's left, y up, z to the front

    def put(name: str, x: float, y: np.ndarray | float, z: np.ndarray | float) -> None:
        for side, sign in (("left", 1), ("right", -1)):
            p[:, at[f"{side}_{name}"]] = np.stack(np.broadcast_arrays(sign * x, y, z), -1)

    def limb(start: str, name: str, length: float, angle: np.ndarray) -> None:
        """From ``start`` down and to the front by ``angle`` (0 hangs)."""
        for side in ("left", "right"):
            step = np.stack([0 * angle, -np.cos(angle), np.sin(angle)], -1) * length
            p[:, at[f"{side}_{name}"]] = p[:, at[f"{side}_{start}"]] + step

    put("hip", 0.11, 0.0, 0.0)
    put("shoulder", 0.17, 0.48 * np.cos(lean), 0.48 * np.sin(lean))
    limb("hip", "knee", 0.40, 1.5 * bend)
    limb("knee", "ankle", 0.38, -0.6 * bend)
    limb("ankle", "heel", 0.05, np.full(frames, -0.6))
    limb("ankle", "foot_index", 0.16, np.full(frames, 1.3))
    limb("shoulder", "elbow", 0.28, 1.4 * raise_)
    limb("elbow", "wrist", 0.25, 1.4 * raise_ + 0.4)
    for finger in ("pinky", "index", "thumb"):
        limb("wrist", finger, 0.08, 1.4 * raise_ + 0.5)
    middle = (p[:, at["left_shoulder"]] + p[:, at["right_shoulder"]]) / 2
    for i, name in enumerate(MEDIAPIPE33.joints[:11]):
        sign = 1 if "left" in name else -1 if "right" in name else 0
        p[:, i] = middle + np.array([0.04 * sign, 0.22, 0.1])
    c, s = np.cos(yaw), np.sin(yaw)
    turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return (p @ turn.T) * np.array([1.0, -1.0, -1.0])


def project(joints: np.ndarray) -> np.ndarray:
    """(F, J, 2) pixels of (F, J, 3) metres."""
    space = joints + PLACE
    return space[..., :2] / space[..., 2:] * FOCAL * np.hypot(600, 800) + (300, 400)


def raw_of(joints: np.ndarray, found: np.ndarray | None = None) -> Raw:
    """As an engine would have seen it through the assumed lens, 600x800 pixels, the hips 3 m away; misses are NaN."""
    n = len(joints)
    found = np.ones(n, bool) if found is None else found
    raw = Raw(
        found,
        joints.astype(np.float32),
        project(joints).astype(np.float32),
        np.full((n, 33), 0.9, np.float32),
        np.tile(np.float32(PLACE), (n, 1)),
        np.zeros((n, 0), np.float32),
    )
    for array in (raw.joints, raw.keypoints, raw.root):
        array[~found] = np.nan
    raw.confidence[~found] = 0
    return raw
