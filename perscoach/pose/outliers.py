"""Measurements that no body makes: single joints that jump away and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perscoach.core.arrays import Array

_HALF = 2
"""Frames to each side of the window that a joint is compared with."""

_SPREADS = 4.0
"""How many robust standard deviations (of the joint's own noise over the whole stretch) off is a jump …"""

_LEAST = 0.08
"""… and how many metres at least: MediaPipe's own frame noise stays well under it."""


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
        part = joints[start:stop].astype(np.float64)
        padded = np.concatenate([part[:1]] * _HALF + [part] + [part[-1:]] * _HALF)
        windows = np.stack([padded[k : k + len(part)] for k in range(2 * _HALF + 1)])
        residual = np.linalg.norm(part - np.median(windows, axis=0), axis=2)
        spread = 1.4826 * np.median(residual, axis=0) + 1e-6
        bad[start:stop] = (residual > _SPREADS * spread) & (residual > _LEAST)
    return bad
