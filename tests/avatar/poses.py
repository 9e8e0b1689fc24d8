"""Handmade poses as ``mediapipe33`` joints, metres, in ``Motion``'s axes, facing the camera."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from perscoach.motion import Motion
from perscoach.skeleton import MEDIAPIPE33, Skeleton

UPPER, FORE, THIGH, SHIN, TRUNK = 0.285, 0.25, 0.43, 0.40, 0.50


def _unit(v) -> np.ndarray:
    v = np.asarray(v, float)
    return v / np.linalg.norm(v)


def body(trunk, thigh, shin, upper, fore, foot=((0, 0, -1), (0, 0, -1))) -> np.ndarray:
    """(33, 3) joints from directions; pairs are (left, right)."""
    joints, index = np.zeros((33, 3)), MEDIAPIPE33.index
    left, up = np.array([1.0, 0, 0]), _unit(trunk)
    front = np.cross(left, up)
    top = TRUNK * up
    ear = top + 0.2 * up
    joints[index["nose"]] = ear + 0.12 * front - 0.02 * up
    for i, (side, sign) in enumerate((("left", 1.0), ("right", -1.0))):
        hip = left * 0.095 * sign
        knee = hip + THIGH * _unit(thigh[i])
        ankle = knee + SHIN * _unit(shin[i])
        shoulder = top + left * 0.18 * sign
        elbow = shoulder + UPPER * _unit(upper[i])
        wrist = elbow + FORE * _unit(fore[i])
        along = _unit(fore[i])
        across = _unit(front - (front @ along) * along + 1e-3 * left)
        ahead = _unit(foot[i])
        for name, point in {
            "hip": hip, "knee": knee, "ankle": ankle, "shoulder": shoulder, "elbow": elbow, "wrist": wrist,
            "index": wrist + 0.09 * along + 0.03 * across, "pinky": wrist + 0.08 * along - 0.03 * across,
            "thumb": wrist + 0.05 * along + 0.05 * across, "ear": ear + left * 0.075 * sign,
            "heel": ankle + np.array([0, 0.05, 0]) - 0.05 * ahead, "foot_index": ankle + np.array([0, 0.06, 0]) + 0.17 * ahead,
            "eye": ear + 0.1 * front, "eye_inner": ear + 0.1 * front, "eye_outer": ear + 0.1 * front,
        }.items():  # fmt: skip
            joints[index[f"{side}_{name}"]] = point
        joints[index[f"mouth_{side}"]] = ear + 0.1 * front - 0.05 * up
    return joints


def _both(x: float, y: float, z: float):
    return ((x, y, z), (-x, y, z))


DOWN = ((0, 1, 0), (0, 1, 0))
POSES = {
    "t": body((0, -1, 0), DOWN, DOWN, _both(1, 0, 0), _both(1, 0, 0)),
    "stand": body((0, -1, 0), _both(0.05, 1, 0), DOWN, _both(0.15, 1, 0), _both(0.05, 1, -0.15)),
    "up": body((0, -1, 0), DOWN, DOWN, _both(0.15, -1, -0.05), _both(0.02, -1, -0.05)),
    "squat": body((0, -0.85, -0.5), _both(0.35, 0.05, -1), _both(0, 1, 0.45), _both(0, 0.1, -1), _both(-0.05, 0, -1)),
    "lunge": body(
        (0.1, -1, -0.2), ((0.9, 0.75, -0.35), (-0.75, 1, 0)), ((0.05, 1, 0.1), (-0.75, 1, 0)), _both(0.4, 0.8, -0.2), _both(-0.6, -0.3, -0.8)
    ),
    "press": body((0, -1, 0), _both(0.3, 1, 0), DOWN, _both(1, 0.1, -0.1), ((0, -1, 0), (0, -1, 0))),
    "run": body(
        (0, -1, -0.2), ((0, 0.3, -1), (0, 1, 0.4)), ((0, 1, 0.3), (0, 0.3, 1)), ((0.2, 0.8, 0.5), (-0.2, 0.8, -0.3)), ((0, 0.3, -1), (0.2, -0.5, -1))
    ),
}  # fmt: skip


def motion_of(
    joints: np.ndarray, fps: int = 30, valid: np.ndarray | None = None, skeleton: Skeleton = MEDIAPIPE33
) -> Motion:
    """A motion around joints (F, J, 3); NaN where not valid."""
    frames, count = joints.shape[:2]
    valid = np.ones(frames, bool) if valid is None else valid
    joints = np.where(valid[:, None, None], joints, np.nan).astype(np.float32)
    flat = 300 + 200 * joints[..., :2]
    return Motion(
        Fraction(fps), 640, 720, skeleton, joints, flat.astype(np.float32),
        np.where(valid[:, None], np.full((frames, count), 0.9), 0).astype(np.float32), valid,
        np.where(valid[:, None], np.zeros((frames, 3)), np.nan).astype(np.float32), np.full((frames, 3), np.nan, np.float32), "test",
    )  # fmt: skip


def exercise(frames: int, period: int = 30, noise: float = 0.0) -> np.ndarray:
    """(F, 33, 3): all poses, one turning into the next every ``period`` frames, in an order in which no limb has to pass
    through its own joint."""
    keys = np.stack([POSES[name] for name in ("stand", "t", "up", "press", "squat", "lunge", "run")])
    at = np.arange(frames) / period
    i, part = at.astype(int), (at % 1)[:, None, None]
    part = part * part * (3 - 2 * part)
    out = keys[i % len(keys)] * (1 - part) + keys[(i + 1) % len(keys)] * part
    return out + np.random.default_rng(0).normal(0, noise, out.shape) if noise else out


def mirrored(joints: np.ndarray) -> np.ndarray:
    """The same movement seen in a mirror."""
    out = joints.copy()
    for a, b in MEDIAPIPE33.pairs:
        out[:, [a, b]] = out[:, [b, a]]
    return out * np.array([-1.0, 1, 1])
