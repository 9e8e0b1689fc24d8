"""A zero-phase low-pass as a small linear system: weights per frame, a cut-off per frame, gaps and edges for free.

Minimised is ``sum w (x - y)² + sum s (second difference of x)² + sum k (first difference of x - step)²``: Whittaker's
smoother (E. T. Whittaker, 1923; P. H. C. Eilers, "A perfect smoother", 2003). Away from the edges its gain is
``1 / (1 + s (2 sin(w/2))⁴)``, that of a second order Butterworth filter run forwards and backwards, which it replaces
because a frame without a value gets weight 0 (and a curve through both sides), because a short stretch needs no padding,
and because the cut-off may follow the movement.
"""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array

_HALF_POWER = np.sqrt(2.0) - 1.0
"""At the cut-off the gain is 1/sqrt(2) (-3 dB)."""

_LEAST = 1e-9
"""Keeps a stretch without any weight solvable."""


def stiffness(cutoff: Array | float, fps: float) -> Array:
    """What the second difference costs beside a weight of 1, for a cut-off in Hz; 0 from half the frame rate on."""
    angle = np.pi * np.minimum(np.asarray(cutoff, float) / fps, 0.5)
    cost = _HALF_POWER / (2 * np.sin(angle)) ** 4
    return np.where(np.asarray(cutoff) >= fps / 2, 0.0, cost)


def link(cutoff: Array | float, fps: float) -> Array:
    """What the first difference costs: steps are kept, values are followed only slower than ``cutoff`` Hz."""
    return np.asarray(_HALF_POWER / (2 * np.sin(np.pi * np.minimum(np.asarray(cutoff) / fps, 0.5))) ** 2)


def solve(
    values: Array,
    weights: Array,
    stiff: Array | float,
    links: Array | None = None,
    steps: Array | None = None,
) -> Array:
    """The smooth curve.

    Args:
        values: (n, K); what stands where the weight is 0 does not matter (also NaN).
        weights: (n,) at least 0.
        stiff: cost of the second difference around each frame, (n,) or one number.
        links, steps: (n - 1,) and (n - 1, K): how firmly, and to what, ``x[i + 1] - x[i]`` is tied.

    Returns:
        (n, K) float64.
    """
    from scipy.linalg import solveh_banded

    n = len(values)
    weights = weights + _LEAST
    rhs = np.where(weights[:, None] > 2 * _LEAST, values, 0.0) * weights[:, None]
    bands = np.zeros((3, n))  # the second and first upper diagonal, the diagonal
    bands[2] = weights
    if n > 2:
        cost = np.broadcast_to(np.asarray(stiff, float), (n,))[1:-1]
        bands[2, :-2] += cost
        bands[2, 1:-1] += 4 * cost
        bands[2, 2:] += cost
        bands[1, 1:-1] -= 2 * cost
        bands[1, 2:] -= 2 * cost
        bands[0, 2:] += cost
    if links is not None and steps is not None and n > 1:
        bands[2, :-1] += links
        bands[2, 1:] += links
        bands[1, 1:] -= links
        pull = links[:, None] * steps
        rhs[:-1] -= pull
        rhs[1:] += pull
    return np.asarray(solveh_banded(bands, rhs, check_finite=False))
