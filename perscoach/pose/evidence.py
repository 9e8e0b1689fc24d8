"""What was seen of each joint in each frame: measured, filled or guessed (``Motion.seen``).

A landmarker gives every joint a place, also one that is behind the body or outside the picture. Two things tell them apart: whether
the point lies in the picture, and the landmarker's own confidence. On calibrated views its points were 10 pixels off at a
confidence over 0.9, 19 between 0.4 and 0.6, and 22 to 26 below 0.4.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perscoach.core.arrays import Array
from perscoach.motion import FILLED, GUESSED, MEASURED
from perscoach.pose.gaps import MAX_FILL, runs
from perscoach.skeleton import Skeleton

SURE, LOST = 0.5, 0.25
"""Confidence from which a joint counts as seen, and below which it does not. In between its neighbours decide, in time and
along the limb: a knee that dips to 0.4 for a moment is still the same knee."""

BORDER = 0.01
"""How far outside the picture a point may lie, in parts of the longer side: half a heel that is cut off is still seen."""


def find_seen(
    keypoints: Array,
    confidence: Array,
    size: tuple[int, int],
    parts: Sequence[tuple[int, int]],
    skeleton: Skeleton,
    fps: float,
    doubted: Array,
) -> Array:
    """(F, J) uint8, values of ``Motion.seen``; guessed in frames outside ``parts``.

    Args:
        keypoints: (F, J, 2) pixels; confidence: (F, J) 0..1, both before anything was filled or smoothed.
        size: (width, height) of the picture.
        parts: the stretches ``[start, stop)`` with a body, without a gap or a cut inside.
        fps: frames a second.
        doubted: (F, J) bool: what was measured and is not believed (jumps, a limb on the other one's place), and all joints
            of frames that were filled.
    """
    inside = is_inside(keypoints, size)
    seen = np.full(confidence.shape, GUESSED, np.uint8)
    for start, stop in parts:
        part = slice(start, stop)
        trust = np.where(inside[part] & ~doubted[part], confidence[part], 0.0)
        known = _settled(trust, skeleton)
        seen[part] = np.where(known, MEASURED, GUESSED)
        for joint in np.flatnonzero(~known.all(axis=0)):
            for a, b in runs(~known[:, joint]):
                if a > 0 and b < stop - start and (b - a) / fps <= MAX_FILL + 1e-9:
                    seen[start + a : start + b, joint] = FILLED
    return seen


def is_inside(keypoints: Array, size: tuple[int, int]) -> Array:
    """(F, J) bool: points that lie in the picture, or at most ``BORDER`` outside."""
    margin = BORDER * max(size)
    with np.errstate(invalid="ignore"):
        inside: Array = ((keypoints >= -margin) & (keypoints <= np.array(size) + margin)).all(axis=2)
    return inside


def _settled(trust: Array, skeleton: Skeleton) -> Array:
    """(F, J) bool: seen or not, with what lies between ``LOST`` and ``SURE`` decided by its neighbours."""
    known, open_ = trust >= SURE, (trust >= LOST) & (trust < SURE)
    near = [[b if a == joint else a for a, b in skeleton.edges if joint in (a, b)] for joint in range(trust.shape[1])]
    for joint in np.flatnonzero(open_.any(axis=0)):
        for a, b in runs(open_[:, joint]):
            beside = known[max(0, a - 1) : a, joint].any() or known[b : b + 1, joint].any()
            around = trust[a:b][:, near[joint]].mean() if near[joint] else 0.0
            known[a:b, joint] = beside or around >= SURE
    return known
