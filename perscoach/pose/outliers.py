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
    residual: Array = np.linalg.norm(joints[a:b] - np.median(joints[around].astype(np.float64), axis=0), axis=2)
    return residual
