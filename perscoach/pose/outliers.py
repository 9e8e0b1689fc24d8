"""Measurements that no body makes: single joints that jump away and back, a limb that jumps onto the other one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perscoach.core.arrays import Array
from perscoach.pose.gaps import runs
from perscoach.skeleton import Skeleton

_HALF = 2
"""Frames to each side of the window that a joint is compared with."""

_SPREADS = 4.0
"""How many robust standard deviations (of the joint's own noise over the whole stretch) off is a jump …"""

_LEAST = 0.08
"""… and how many metres at least: MediaPipe's own frame noise stays well under it."""


_MERGED, _LEAP, _LONGEST = 0.08, 0.2, 1.0
"""A limb lies on the other one where their joints are this near (in parts of the body's spread in the picture); it jumped there
where it moved this far from one frame to the next, at 30 a second, while the other one hardly moved; seconds that it may last.
Limbs that come together by moving, as in a profile view, are left alone."""

_BLOCK = 1024  # frames: the windows of a long clip together would take as much memory as all else


def find_jumps(joints: Array, parts: Sequence[tuple[int, int]]) -> Array:
    """(F, J) bool: joints that lie far from the median of the frames around them (a Hampel filter per joint).

    Both conditions must hold: ``_SPREADS`` robust deviations of that joint's residuals, and ``_LEAST`` metres.

    Args:
        joints: (F, J, 3) metres; parts: the stretches ``[start, stop)`` without a gap or a cut inside.
    """
    bad = np.zeros(joints.shape[:2], bool)
    for start, stop in parts:
        if stop - start < 2 * _HALF + 1:
            continue
        residual = np.concatenate(
            [_residual(joints, a, min(stop, a + _BLOCK), start, stop) for a in range(start, stop, _BLOCK)]
        )
        spread = 1.4826 * np.median(residual, axis=0) + 1e-6
        bad[start:stop] = (residual > _SPREADS * spread) & (residual > _LEAST)
    return bad


def _residual(joints: Array, a: int, b: int, start: int, stop: int) -> Array:
    """(b - a, J) metres between the joints of frames ``a`` to ``b`` and the median around each, within [start, stop)."""
    around = np.clip(np.arange(a, b)[None] + np.arange(-_HALF, _HALF + 1)[:, None], start, stop - 1)
    median = np.median(joints[around].astype(np.float64), axis=0)
    residual: Array = np.linalg.norm(joints[a:b] - median, axis=2).astype(np.float32)
    return residual


def find_merged(keypoints: Array, parts: Sequence[tuple[int, int]], skeleton: Skeleton, fps: float) -> Array:
    """(F, J) bool: the joints of an arm or a leg that jumped onto the other one and back: the landmarker lost it.

    Args:
        keypoints: (F, J, 2) pixels; parts: the stretches ``[start, stop)`` without a gap or a cut inside; fps: frames a second.
    """
    bad = np.zeros(keypoints.shape[:2], bool)
    leap = _LEAP * max(1.0, 30.0 / fps)
    limbs = []
    for words in (("elbow", "wrist"), ("knee", "ankle", "heel", "foot")):
        pairs = [p for p in skeleton.pairs if any(word in skeleton.joints[p[0]] for word in words)]
        limbs.append([[pair[side] for pair in pairs] for side in (0, 1)])
    for start, stop in parts:
        measures = [
            _apart(keypoints[a : min(stop, a + _BLOCK + 1)].astype(np.float64), limbs)
            for a in range(start, stop, _BLOCK)
        ]
        # blocks share a frame, so that no step between two frames is lost
        span = float(np.median(np.concatenate([m[0][:_BLOCK] for m in measures]))) + 1e-6
        for i, sides in enumerate(limbs):
            apart = np.concatenate([m[1][i][:_BLOCK] for m in measures]) / span
            moved = [np.concatenate([m[2][i][side] for m in measures]) / span for side in (0, 1)]
            for a, b in runs(apart < _MERGED):
                for own, this, other in ((sides[0], moved[0], moved[1]), (sides[1], moved[1], moved[0])):
                    came = a > 0 and this[a - 1] > leap and other[a - 1] < leap / 3
                    went = b < stop - start and this[b - 1] > leap and other[b - 1] < leap / 3
                    if came and went and (b - a) / fps <= _LONGEST:
                        bad[start + a : start + b, own] = True
    return bad


def _apart(points: Array, limbs: list[list[list[int]]]) -> tuple[Array, list[Array], list[list[Array]]]:
    """Pixels: (n,) the spread of the (n, J, 2) joints; for each pair of limbs (n,) how far apart they are, and (n - 1,) how far
    each of the two moves."""
    spread = np.sqrt(points.var(axis=1).sum(axis=1))
    apart = [np.linalg.norm(points[:, left] - points[:, right], axis=2).mean(axis=1) for left, right in limbs]
    steps = np.diff(points, axis=0)
    moved = [[np.linalg.norm(steps[:, own], axis=2).mean(axis=1) for own in sides] for sides in limbs]
    return spread, apart, moved
