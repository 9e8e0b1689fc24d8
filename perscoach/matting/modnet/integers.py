"""The integer form of the convolutions in ``winograd``: nearly twice the speed of floats, no calibration, no overflow.

The largest value of every input channel is known before a convolution reads it, because the convolution before sums up
its results anyway. So each frame gets levels of its own: a channel that is never negative has ``LEVELS`` of them above
zero, another one ``SIGNED`` to each side, which is as many as B' x B can enlarge within 16 bits. Filters are turned by G,
take the worth of their channel's level and are rounded to what 32 bits can sum up whatever comes in.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np
from llvmlite import binding
from numba import njit

from perscoach.core.arrays import Array
from perscoach.matting.modnet.filters import turned
from perscoach.matting.modnet.winograd import PAD, PANEL, TILES

LEVELS, SIGNED = 480, 327
"""B' x B adds up to 68 levels of a channel that is never negative and up to 100 of another one; 68 * 480 < 2^15."""
SUM = 65_400
"""Largest sum of a filter's absolute values over all channels: SUM * 2^15 < 2^31, rounding included."""
EVEN = np.array([4, 4, 4, 8, 8, 1], np.float64)
"""Brings the rows of G to about the same size, so that one scale serves all positions; ``winograd._outputs`` undoes it
(up to 1/16)."""


def possible() -> bool:
    """Whether this processor has the instructions."""
    return bool(binding.get_host_cpu_features().get("avx2"))


def pack_even(weight: Array) -> Array:
    """Filters (outputs, inputs, 3, 3) as ``filter_levels`` reads them: (36, outputs / 16, inputs, 16) float32.

    ``inputs`` is made even with zeros.

    Raises:
        ValueError: another shape; outputs come in sixteens.
    """
    u = turned(weight) * (EVEN[:, None] * EVEN[None, :]).reshape(36, 1, 1)
    inputs, outputs = u.shape[1:]
    panels = np.zeros((36, outputs // PANEL, inputs + inputs % 2, PANEL), np.float32)
    panels[:, :, :inputs] = u.reshape(36, inputs, outputs // PANEL, PANEL).transpose(0, 2, 1, 3)
    return panels


def working_memory(depth: int, outputs: int) -> tuple[Array, Array, Array]:
    """``patch``, ``v`` and ``m`` for convolutions of ``depth`` input channels."""
    deep = -(-depth // 16) * 16
    margin = 6  # as in ``filters.working_memory``
    return (
        np.zeros((6, 4 * TILES + 2, deep), np.int16),
        np.zeros(36 * (TILES * deep + PAD) + margin * deep, np.int16),
        np.zeros(36 * (TILES * outputs + PAD) + margin * outputs, np.int32),
    )


def levels_of(norm: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """(``norm`` of ``convolve`` in levels (4, C), what a level is worth (C,)) of channels within ``low`` .. ``high``.

    Args:
        norm: (3, C): scale, shift and floor.
        low, high: (C,) smallest and largest value after that.
    """
    most = np.where(low < 0, SIGNED, LEVELS).astype(np.float32)
    worth = np.maximum(np.maximum(high, -low), 1e-9).astype(np.float32) / most
    least = np.where(low < 0, -most, np.float32(0))
    return np.stack((norm[0] / worth, norm[1] / worth, least, most)).astype(np.float32), worth


@njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")
def filter_levels(u, worth, out, back):
    """Filters for inputs in levels: ``u`` from ``pack_even`` to ``out`` (36, panels, inputs / 2, 32) int16.

    ``back`` (outputs,) becomes what one in a convolution's result is worth.
    """
    positions, panels, inputs = u.shape[:3]
    total, most = np.empty(PANEL, np.float32), np.empty(PANEL, np.float32)
    for panel in range(panels):
        scale, single = np.zeros(PANEL, np.float32), np.zeros(PANEL, np.float32)
        for p in range(positions):
            total[:], most[:] = 0, 0
            for k in range(min(inputs, len(worth))):
                for o in range(PANEL):
                    size = abs(u[p, panel, k, o]) * worth[k]
                    total[o] += size
                    most[o] = max(most[o], size)
            for o in range(PANEL):
                scale[o], single[o] = max(scale[o], total[o]), max(single[o], most[o])
        for o in range(PANEL):
            scale[o] = min(SUM / max(scale[o], np.float32(1e-20)), 32_700 / max(single[o], np.float32(1e-20)))
            back[panel * PANEL + o] = np.float32(1 / 16) / scale[o]
        for p in range(positions):
            for k in range(0, inputs, 2):
                first = worth[k]
                second = worth[k + 1] if k + 1 < len(worth) else np.float32(0)
                for o in range(PANEL):
                    out[p, panel, k // 2, 2 * o] = np.int16(np.rint(u[p, panel, k, o] * first * scale[o]))
                    out[p, panel, k // 2, 2 * o + 1] = np.int16(np.rint(u[p, panel, k + 1, o] * second * scale[o]))


@njit(nogil=True, cache=True, boundscheck=False)
def limits(x, low, high):
    """The smallest and the largest value of every channel of ``x`` (H, W, C), which are written to (C,) each."""
    low[:], high[:] = np.inf, -np.inf
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            for c in range(x.shape[2]):
                value = x[i, j, c]
                low[c] = value if value < low[c] else low[c]
                high[c] = value if value > high[c] else high[c]
