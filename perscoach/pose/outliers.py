"""Measurements that no body makes: one-frame swaps of left and right, single joints that jump away and back."""

from __future__ import annotations

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

_SWAP_GAIN = 0.5
"""A swap is undone when it at least halves the distance to the neighbours."""


def unswap(arrays: tuple[Array, ...], valid: Array, skeleton: Skeleton) -> Array:
    """Undo swaps of left and right that last one frame, in place, for arms with the head and for legs separately.

    A swap is a frame whose pairs lie much nearer to both neighbouring frames when exchanged.

    Args:
        arrays: (F, J, …) each; the first, joints in metres, decides, the others follow.

    Returns:
        (F,) bool: the frames that were changed.
    """
    changed = np.zeros(len(valid), bool)
    for want in (True, False):
        pairs = np.array([p for p in skeleton.pairs if _is_leg(skeleton.joints[p[0]]) is want])
        order, other = pairs.reshape(-1), pairs[:, ::-1].reshape(-1)
        for start, stop in runs(valid):
            for i in range(start + 1, stop - 1):
                if _swapped(arrays[0][i - 1 : i + 2], order, other):
                    for array in arrays:
                        array[i, order] = array[i, other]
                    changed[i] = True
    return changed


def _is_leg(joint: str) -> bool:
    return any(word in joint for word in ("hip", "knee", "ankle", "heel", "toe", "foot"))


def _swapped(three: Array, order: Array, other: Array) -> bool:
    before, here, after = three
    expected = (before[order] + after[order]) / 2
    apart = float(np.linalg.norm(after[order] - before[order], axis=1).mean())
    as_is = float(np.linalg.norm(here[order] - expected, axis=1).mean())
    exchanged = float(np.linalg.norm(here[other] - expected, axis=1).mean())
    return as_is > _LEAST and exchanged < _SWAP_GAIN * as_is and apart < as_is


def find_jumps(joints: Array, valid: Array) -> Array:
    """(F, J) bool: joints that lie far from the median of the frames around them (a Hampel filter per joint).

    Both conditions must hold: ``_SPREADS`` robust deviations of that joint's residuals, and ``_LEAST`` metres.
    """
    bad = np.zeros(joints.shape[:2], bool)
    for start, stop in runs(valid):
        if stop - start < 2 * _HALF + 1:
            continue
        part = joints[start:stop].astype(np.float64)
        padded = np.concatenate([part[:1]] * _HALF + [part] + [part[-1:]] * _HALF)
        windows = np.stack([padded[k : k + len(part)] for k in range(2 * _HALF + 1)])
        residual = np.linalg.norm(part - np.median(windows, axis=0), axis=2)
        spread = 1.4826 * np.median(residual, axis=0) + 1e-6
        bad[start:stop] = (residual > _SPREADS * spread) & (residual > _LEAST)
    return bad
