"""Foreground and background of a small picture found together, from coarse to fine.

The energy of T. Germer et al., "Fast Multi-Level Foreground Estimation" (ICPR 2020): both colours mix to the picture and
are smooth, less so where alpha changes. On every level of a pyramid each pixel's two colours are solved for in turn, with
those of its four neighbours held. pymatting has this too; its version starts threads for every level, which costs as
much CPU again where the other cores are busy with other frames. This one stays in its thread.
"""

# mypy: disable-error-code="no-untyped-def, call-arg"

from __future__ import annotations

import numpy as np
from numba import njit

from perscoach.core.arrays import Array

SMOOTH = 1e-5
"""Weight of smoothness where alpha does not change; where it does, its change is added."""
SMALL, SWEEPS_SMALL, SWEEPS = 32, 10, 2
"""Levels with both sides up to the first number take so many sweeps, larger ones take the last."""


def foreground_and_background(rgb: Array, alpha: Array) -> tuple[Array, Array]:
    """F and B, (h, w, 3) float32 in 0..1 each.

    Args:
        rgb: (h, w, 3) float32 in 0..1.
        alpha: (h, w) float32 in 0..1.
    """
    height, width = alpha.shape
    levels = max(1, int(np.ceil(np.log2(max(width, height)))))
    front, back = (_mean(rgb, where)[None, None] for where in (alpha > 0.9, alpha < 0.1))
    for level in range(levels + 1):
        size = tuple(max(1, round(side ** (level / levels))) for side in (height, width))
        rows, columns = (np.arange(n) * side // n for n, side in zip(size, (height, width), strict=True))
        part = (rows[:, None], columns[None, :])
        front, back = (_grown(colours, size) for colours in (front, back))
        sweeps = SWEEPS_SMALL if max(size) <= SMALL else SWEEPS
        _solve(np.ascontiguousarray(rgb[part]), np.ascontiguousarray(alpha[part]), front, back, sweeps)
    return front, back


def _mean(rgb: Array, where: Array) -> Array:
    return rgb[where].mean(0, dtype=np.float32) if where.any() else np.zeros(3, np.float32)


def _grown(colours: Array, size: tuple[int, ...]) -> Array:
    rows, columns = (np.arange(n) * side // n for n, side in zip(size, colours.shape, strict=False))
    return np.ascontiguousarray(colours[rows[:, None], columns[None, :]])


@njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")
def _solve(rgb, alpha, front, back, sweeps):
    """``sweeps`` times over all pixels in reading order, in place."""
    height, width = alpha.shape
    f, b = np.empty(3, np.float32), np.empty(3, np.float32)
    one = np.float32(1)
    for _ in range(sweeps):
        for y in range(height):
            up, down = max(y - 1, 0), min(y + 1, height - 1)
            for x in range(width):
                left, right = max(x - 1, 0), min(x + 1, width - 1)
                a = alpha[y, x]
                w0 = np.float32(SMOOTH) + abs(a - alpha[up, x])
                w1 = np.float32(SMOOTH) + abs(a - alpha[down, x])
                w2 = np.float32(SMOOTH) + abs(a - alpha[y, left])
                w3 = np.float32(SMOOTH) + abs(a - alpha[y, right])
                w, rest = w0 + w1 + w2 + w3, one - a
                # the 2x2 system [a*a + w, a*rest; a*rest, rest*rest + w] for F and B
                share = one / (w * (a * a + rest * rest + w))
                ff, fb, bb = (rest * rest + w) * share, -a * rest * share, (a * a + w) * share
                for c in range(3):
                    f[c] = (
                        w0 * front[up, x, c] + w1 * front[down, x, c] + w2 * front[y, left, c] + w3 * front[y, right, c]
                    )
                    b[c] = w0 * back[up, x, c] + w1 * back[down, x, c] + w2 * back[y, left, c] + w3 * back[y, right, c]
                    f[c] += a * rgb[y, x, c]
                    b[c] += rest * rgb[y, x, c]
                    front[y, x, c] = min(max(ff * f[c] + fb * b[c], np.float32(0)), one)
                    back[y, x, c] = min(max(fb * f[c] + bb * b[c], np.float32(0)), one)
