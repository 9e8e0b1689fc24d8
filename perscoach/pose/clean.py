"""From what the engine saw to a ``Motion``: pure, without the engine."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from perscoach.core.arrays import Array
from perscoach.motion import Motion
from perscoach.pose.base import Raw
from perscoach.pose.gaps import fill_gaps, fill_joints, find_cuts, segments
from perscoach.pose.outliers import find_jumps, unswap
from perscoach.pose.rotation import global_rotations
from perscoach.pose.smoothing import constant_bones, smooth
from perscoach.skeleton import Skeleton

_LOST = 0.5
"""A frame in which this part of the joints jumped away at once is not this person: a miss."""


def to_motion(
    raw: Raw, skeleton: Skeleton, fps: Fraction, width: int, height: int, strength: float, engine: str
) -> Motion:
    """Clean, fill, smooth, centre.

    With strength 0 measured frames stay exactly as measured (only centred) and short gaps are filled. Otherwise, in
    this order: swaps of left and right undone, jumps replaced, short gaps filled, smoothed between gaps and cuts,
    bones of constant length.

    Args:
        raw: of all output frames, joints with any origin.
        fps: output frames per second.
        width, height: of the picture that the keypoints are measured in.
        strength: 0..1.
    """
    valid = raw.found.copy()
    arrays = {
        "joints": centred(raw.joints, skeleton),
        "keypoints": raw.keypoints.copy(),
        "confidence": raw.confidence.copy(),
        "root": raw.root + _offset(raw.joints, skeleton),
    }
    rate = float(fps)
    if strength > 0:
        valid = _reject(arrays, valid, skeleton, rate)
    cuts = find_cuts(arrays["keypoints"], valid, rate)
    valid, arrays = fill_gaps(valid, rate, arrays, cuts)
    parts = segments(valid, cuts)
    for name in ("joints", "keypoints", "root"):
        arrays[name] = smooth(arrays[name], parts, rate, strength)
    arrays["joints"] = constant_bones(arrays["joints"], valid, skeleton, strength)
    arrays["joints"] = centred(arrays["joints"], skeleton)
    for name in ("joints", "keypoints", "root"):
        arrays[name][~valid] = np.nan
    arrays["confidence"][~valid] = 0.0
    return Motion(
        fps=fps,
        width=width,
        height=height,
        skeleton=skeleton,
        joints_3d=arrays["joints"],
        keypoints_2d=arrays["keypoints"],
        confidence=arrays["confidence"],
        valid=valid,
        global_rot=global_rotations(arrays["joints"], skeleton),
        root=arrays["root"],
        engine=engine,
    )


def centred(joints: Array, skeleton: Skeleton) -> Array:
    """(F, J, 3) with the hips' middle at the origin."""
    return (joints - _offset(joints, skeleton)[:, None]).astype(np.float32)


def _offset(joints: Array, skeleton: Skeleton) -> Array:
    """(F, 3): the hips' middle."""
    offset: Array = joints[:, list(skeleton.hips)].mean(axis=1)
    return offset


def _reject(arrays: dict[str, Array], valid: Array, skeleton: Skeleton, fps: float) -> Array:
    """Undo swaps and replace jumps in ``arrays``; the frames that still hold this person."""
    unswap((arrays["joints"], arrays["keypoints"], arrays["confidence"]), valid, skeleton)
    jumps = find_jumps(arrays["joints"], valid)
    valid = valid & (jumps.mean(axis=1) < _LOST)
    jumps &= valid[:, None]
    for name in ("joints", "keypoints"):
        arrays[name] = fill_joints(arrays[name], valid, jumps, fps)
    arrays["joints"] = centred(arrays["joints"], skeleton)  # a replaced hip moves the middle
    return valid
