"""From what the engine saw to a ``Motion``: pure, without the engine."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np

from perscoach.core.arrays import Array
from perscoach.motion import Motion
from perscoach.pose.base import Raw
from perscoach.pose.evidence import find_seen
from perscoach.pose.fit import find_rest, fit_body
from perscoach.pose.gaps import fill_gaps, fill_joints, find_cuts, segments
from perscoach.pose.outliers import find_jumps, find_merged
from perscoach.pose.rotation import global_rotations
from perscoach.pose.sides import exchange, find_sides
from perscoach.pose.smoothing import smooth
from perscoach.skeleton import Skeleton

FOCAL = 0.7
"""Assumed focal length in picture diagonals: a 30 mm equivalent lens (diagonal 43.3 mm), a phone's main camera with the
usual crop of its video mode. Bones and angles hardly depend on it (by a few per cent between 0.5 and 1.2); the depth of
``root`` is in proportion to it."""

_LOST = 0.5
"""A frame in which this part of the joints jumped away at once is not this person: a miss."""


def to_motion(
    raw: Raw,
    skeleton: Skeleton,
    fps: Fraction,
    width: int,
    height: int,
    strength: float,
    engine: str,
    focal: float | None = None,
) -> Motion:
    """Clean, fill, fit, centre.

    With strength 0 measured frames stay exactly as measured (only centred) and short gaps are filled. Otherwise, in
    this order: exchanged sides put right, jumps replaced, short gaps filled, and between gaps and cuts one body of
    constant bones fitted to the picture (``perscoach.pose.fit``).

    Args:
        raw: of all output frames, joints with any origin.
        fps: output frames per second.
        width, height: of the picture that the keypoints are measured in.
        strength: 0..1.
        focal: of the lens, pixels; without it ``FOCAL`` of the picture's diagonal.
    """
    valid, size = raw.found.copy(), (width, height)
    arrays = {
        "joints": centred(raw.joints, skeleton),
        "keypoints": raw.keypoints.copy(),
        "confidence": raw.confidence.copy(),
        "root": raw.root + _offset(raw.joints, skeleton),
    }
    rate = float(fps)
    exchanged, doubted = np.zeros(len(valid), bool), np.zeros(raw.confidence.shape, bool)
    if strength > 0:
        valid, exchanged, doubted = _reject(arrays, valid, skeleton, rate)
    measured, cuts = valid, find_cuts(arrays["keypoints"], valid, rate)
    valid = fill_gaps(valid, rate, arrays, cuts)
    parts = segments(valid, cuts)
    doubted |= ~measured[:, None]
    seen = find_seen(arrays["keypoints"], arrays["confidence"], size, parts, skeleton, rate, doubted)
    lens = focal or FOCAL * float(np.hypot(width, height))
    if strength > 0:
        given = (arrays["joints"], arrays["keypoints"], arrays["confidence"])
        arrays["joints"], arrays["root"], contacts, floor = fit_body(
            *given, parts, skeleton, rate, size, lens, strength, seen, exchanged
        )
        arrays["keypoints"] = smooth(arrays["keypoints"], parts, rate, strength)
    else:
        space = arrays["joints"] + arrays["root"][:, None]
        contacts, floor = find_rest(space, arrays["keypoints"], seen, parts, skeleton, rate, size, lens)
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
        seen=seen,
        contacts=contacts,
        floor=floor,
    )


def with_evidence(motion: Motion, raw: Raw, focal: float) -> Motion:
    """``motion`` with ``seen``, ``contacts`` and ``floor``, for an engine that finishes its movement by itself.

    Args:
        motion: what was made of ``raw``, frame for frame.
        focal: pixels.
    """
    rate, size = float(motion.fps), (motion.width, motion.height)
    parts = segments(motion.valid, find_cuts(motion.keypoints_2d, motion.valid, rate))
    doubted = np.repeat(~raw.found[:, None], len(motion.skeleton), axis=1)
    points, skeleton = motion.keypoints_2d, motion.skeleton
    seen = find_seen(points, raw.confidence, size, parts, skeleton, rate, doubted)
    space = motion.joints_3d + motion.root[:, None]
    contacts, floor = find_rest(space, points, seen, parts, skeleton, rate, size, focal)
    return dataclasses.replace(motion, seen=seen, contacts=contacts, floor=floor)


def centred(joints: Array, skeleton: Skeleton) -> Array:
    """(F, J, 3) with the hips' middle at the origin."""
    result: Array = (joints - _offset(joints, skeleton)[:, None]).astype(np.float32, copy=False)
    return result


def _offset(joints: Array, skeleton: Skeleton) -> Array:
    """(F, 3): the hips' middle."""
    offset: Array = joints[:, list(skeleton.hips)].mean(axis=1)
    return offset


def _reject(arrays: dict[str, Array], valid: Array, skeleton: Skeleton, fps: float) -> tuple[Array, Array, Array]:
    """Put exchanged sides right and replace jumps in ``arrays``.

    Returns:
        (F,) bool, frames that still hold this person; (F,) bool, frames whose sides were exchanged; (F, J) bool, joints that
        are not where they were measured.
    """
    cuts = find_cuts(arrays["keypoints"], valid, fps)
    states = find_sides(arrays["joints"], arrays["keypoints"], valid, cuts, skeleton, arrays["confidence"])
    exchange((arrays["joints"], arrays["keypoints"], arrays["confidence"]), states, skeleton)
    parts = segments(valid, cuts)
    jumps = find_jumps(arrays["joints"], parts)
    merged = find_merged(arrays["keypoints"], parts, skeleton, fps)
    valid = valid & (jumps.mean(axis=1) < _LOST)
    jumps = (jumps | merged) & valid[:, None]
    for name in ("joints", "keypoints"):
        fill_joints(arrays[name], segments(valid, cuts), jumps, fps)
    arrays["joints"] = centred(arrays["joints"], skeleton)  # a replaced hip moves the middle
    return valid, states != 0, jumps
