"""5x5 convolutions of a map enlarged to twice its size, without ever making the enlarged map.

Each of the 25 taps is a 1x1 convolution, and a 1x1 convolution and an enlargement may change places: a quarter of the
products. What follows is sums of neighbours, here first along rows and then along columns: the enlargement (bilinear,
edges repeated) and the taps' displacement (zeros outside) in one.
"""

# mypy: disable-error-code="no-untyped-def, call-arg"

from __future__ import annotations

import numpy as np
from numba import njit

from perscoach.core.arrays import Array
from perscoach.matting.modnet.winograd import PANEL, _products6

TAPS = 5
RING = 6
"""Rows of taps that are held: a row of results takes from five."""
MARGIN = 6
"""Places that the last products of a row may touch."""


def pack_taps(weight: Array) -> Array:
    """Filters (outputs, inputs, 5, 5) as ``convolve_enlarged`` reads them: (25 * outputs / 16, inputs, 16) float32.

    Raises:
        ValueError: another shape; outputs come in sixteens.
    """
    outputs, inputs = weight.shape[:2]
    if weight.shape[2:] != (TAPS, TAPS) or outputs % PANEL:
        raise ValueError(f"filters: expected (16 n, inputs, 5, 5), got {weight.shape}")
    flat = weight.transpose(2, 3, 0, 1).reshape(-1, PANEL, inputs)
    return np.ascontiguousarray(flat.transpose(0, 2, 1), dtype=np.float32)


def working_memory(width: int, inputs: int, outputs: int) -> tuple[Array, Array]:
    """``v`` and ``taps`` for a map of this width."""
    return (
        np.zeros((width + MARGIN, inputs), np.float32),
        np.zeros((RING, width + MARGIN, TAPS * TAPS * outputs), np.float32),
    )


@njit(nogil=True, cache=True, boundscheck=False)
def convolve_enlarged(x, norm, filters, v, taps, bias, y, sums):
    """``y`` = the convolution (zeros around) of ``x`` normalised and enlarged.

    Args:
        x: (h, w, C), C a multiple of 8.
        norm: (3, C): scale, shift and floor of every channel.
        filters: from ``pack_taps``.
        v, taps: from ``working_memory``.
        bias: (outputs,).
        y: (2 h, 2 w, outputs).
        sums: (3, outputs) float64: the sum, the sum of squares and the largest value of every channel are added.
    """
    height, width = x.shape[:2]
    line = np.empty((width, TAPS * y.shape[2]), np.float32)
    ready = 0
    for row in range(2 * height):
        while ready < min(height, row // 2 + 3):
            _row_of_taps(x[ready], norm, filters, v, taps[ready % RING])
            ready += 1
        _sum_rows(taps, RING, row, height, line)
        _sum_columns(line, bias, y[row], sums)


@njit(nogil=True, cache=True, boundscheck=False)
def sum_enlarged(taps, bias, y, sums):
    """The same from the taps' 1x1 convolutions: (h, w, 25 * outputs), tap by tap."""
    height, width = taps.shape[:2]
    line = np.empty((width, TAPS * y.shape[2]), np.float32)
    for row in range(2 * height):
        _sum_rows(taps, height, row, height, line)
        _sum_columns(line, bias, y[row], sums)


@njit(nogil=True, cache=True, boundscheck=False)
def _row_of_taps(x, norm, filters, v, taps):
    width, depth = x.shape
    for j in range(width):
        for c in range(depth):
            v[j, c] = max(x[j, c] * norm[0, c] + norm[1, c], norm[2, c])
    flat_v, flat_u, flat = v.reshape(-1), filters.reshape(-1), taps.reshape(-1)
    span = taps.shape[1]
    for start in range(0, width, 48):  # so many places stay in the first-level cache
        for panel in range(filters.shape[0]):
            for t in range(start, min(start + 48, width), 6):
                at, u, to = t * depth, panel * depth * PANEL, t * span + panel * PANEL
                _products6(flat_v, at, depth, flat_u, u, flat, to, span, depth)


@njit(nogil=True, cache=True, boundscheck=False, fastmath=True)
def _sum_rows(taps, ring, row, height, line):
    """The taps of one row of results, summed over the taps' rows: ``line`` (w, 5 * outputs)."""
    width, span = line.shape
    near, far = np.float32(0.75), np.float32(0.25)
    line[:] = 0
    for a in range(TAPS):
        place = row + a - TAPS // 2
        if 0 <= place < 2 * height:
            own = place // 2
            other = max(own - 1, 0) if place % 2 == 0 else min(own + 1, height - 1)
            first, second = taps[own % ring], taps[other % ring]
            for j in range(width):
                for k in range(span):
                    line[j, k] += near * first[j, a * span + k] + far * second[j, a * span + k]


@njit(nogil=True, cache=True, boundscheck=False, fastmath=True)
def _sum_columns(line, bias, y, sums):
    """The same over the taps' columns: ``y`` (2 w, outputs)."""
    width, outputs = line.shape[0], y.shape[1]
    near, far = np.float32(0.75), np.float32(0.25)
    total, squares = np.zeros(outputs, np.float32), np.zeros(outputs, np.float32)
    top = np.full(outputs, -np.inf, np.float32)
    for j in range(2 * width):
        y[j, :] = bias
        for b in range(TAPS):
            place = j + b - TAPS // 2
            if 0 <= place < 2 * width:
                own = place // 2
                other = max(own - 1, 0) if place % 2 == 0 else min(own + 1, width - 1)
                for c in range(outputs):
                    y[j, c] += near * line[own, b * outputs + c] + far * line[other, b * outputs + c]
        for c in range(outputs):
            value = y[j, c]
            total[c] += value
            squares[c] += value * value
            top[c] = max(top[c], value)
    for c in range(outputs):
        sums[0, c] += total[c]
        sums[1, c] += squares[c]
        sums[2, c] = max(sums[2, c], top[c])
