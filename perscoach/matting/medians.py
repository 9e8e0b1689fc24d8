"""The per-pixel median of the frames in which the person is elsewhere, in compiled code."""

# mypy: disable-error-code="no-untyped-def, call-arg"

from __future__ import annotations

import numpy as np
from numba import njit

from perscoach.core.arrays import Array

SHAKE = 20
"""Grey levels off the median that noise does not explain."""


def medians(frames: Array, masks: Array) -> tuple[Array, Array, Array, int, int]:
    """Median, spread and restlessness of the unmasked samples of each pixel.

    Args:
        frames: (n, H, W, 3) uint8, at most 255 of them.
        masks: (n, H, W) bool, true where the person is.

    Returns:
        The median (H, W, 3) uint8, 255 where no sample is free; 1.4826 times the median of the largest channel's distance
        from it (H, W) float32; whether the upper quarter of the distances lies over ``SHAKE`` (H, W) bool; how many of all
        free samples do; how many free samples there are.
    """
    height, width = masks.shape[1:]
    middle = np.full((height, width, 3), 255, np.uint8)
    spread = np.zeros((height, width), np.float32)
    restless = np.zeros((height, width), np.bool_)
    shaken, seen = _medians(frames, masks.view(np.uint8), middle, spread, restless)
    return middle, spread, restless, shaken, seen


@njit(nogil=True, cache=True, boundscheck=False)
def _sort(values, count):
    for i in range(1, count):
        one = values[i]
        j = i - 1
        while j >= 0 and values[j] > one:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = one


@njit(nogil=True, cache=True, boundscheck=False)
def _medians(frames, masks, middle, spread, restless):
    count, height, width = masks.shape
    free = np.empty(count, np.int64)
    values = np.empty(count, np.uint8)
    shaken = seen = 0
    for y in range(height):
        for x in range(width):
            n = 0
            for k in range(count):
                if not masks[k, y, x]:
                    free[n] = k
                    n += 1
            if n == 0:
                continue
            for c in range(3):
                for i in range(n):
                    values[i] = frames[free[i], y, x, c]
                _sort(values, n)
                middle[y, x, c] = values[(n - 1) // 2]
            for i in range(n):
                most = np.int64(0)
                for c in range(3):
                    off = abs(np.int64(frames[free[i], y, x, c]) - np.int64(middle[y, x, c]))
                    most = off if off > most else most
                values[i] = most
                if most > SHAKE:
                    shaken += 1
            _sort(values, n)
            seen += n
            spread[y, x] = np.float32(1.4826) * values[(n - 1) // 2]
            restless[y, x] = values[((n - 1) * 3) // 4] > SHAKE
    return shaken, seen
