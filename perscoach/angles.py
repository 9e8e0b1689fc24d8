"""Joint angles in degrees, as a coach reads them."""

from __future__ import annotations

import numpy as np

from perscoach.motion import Motion

_TOE = {"mediapipe33": "foot_index", "mhr70": "big_toe"}

#: name: (joint before, the joint, joint after) on one side
_THREE = {
    "elbow": ("shoulder", "elbow", "wrist"),
    "shoulder": ("hip", "shoulder", "elbow"),
    "hip": ("shoulder", "hip", "knee"),
    "knee": ("hip", "knee", "ankle"),
    "ankle": ("knee", "ankle", "toe"),
}

ANGLES: tuple[str, ...] = (*(f"{side}_{name}" for name in _THREE for side in ("left", "right")), "trunk_lean")
"""The keys of ``joint_angles``, in order."""


def joint_angles(motion: Motion) -> dict[str, np.ndarray]:
    """Each (F,) float32 degrees, NaN where the frame is invalid.

    Elbow, hip, knee and ankle: the inner angle at the joint, 180 is straight. Shoulder: between the upper arm and the
    side of the trunk, 0 is an arm that hangs. ``trunk_lean``: the torso's axis against the vertical of the picture,
    0 is upright.
    """
    at, points = motion.skeleton.index, np.where(motion.valid[:, None, None], motion.joints_3d, np.nan)
    out: dict[str, np.ndarray] = {}
    for name, three in _THREE.items():
        for side in ("left", "right"):
            a, b, c = (
                points[:, at[f"{side}_{_TOE[motion.skeleton.name] if joint == 'toe' else joint}"]] for joint in three
            )
            out[f"{side}_{name}"] = _between(a - b, c - b)
    hips, shoulders = (points[:, list(pair)].mean(axis=1) for pair in (motion.skeleton.hips, motion.skeleton.shoulders))
    up = np.broadcast_to(np.array([0.0, -1.0, 0.0]), hips.shape)
    out["trunk_lean"] = _between(shoulders - hips, up)
    return {name: out[name] for name in ANGLES}


def _between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Degrees between (F, 3) vectors; by arctan2, which stays exact near 0 and 180; NaN for a vector of no length."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    sine, cosine = np.linalg.norm(np.cross(a, b), axis=1), np.sum(a * b, axis=1)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.where(lengths > 1e-12, np.degrees(np.arctan2(sine, cosine)), np.nan).astype(np.float32)
