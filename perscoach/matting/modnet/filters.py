"""What ``winograd.convolve`` needs beside it: filters in its form, working memory, and the layers at the ends of ``fine``."""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np
from numba import njit

from perscoach.core.arrays import Array
from perscoach.matting.modnet.winograd import PAD, PANEL, TILES

_G = np.array(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ]
)
CONTEXT = 40
"""Channels of ``context``: 32, the picture's three, and zeros to fill a vector of eight."""


def pack(weight: Array) -> Array:
    """Filters (outputs, inputs, 3, 3) as ``convolve`` reads them: (36, outputs / 16, inputs, 16) float32.

    Raises:
        ValueError: another shape; outputs come in sixteens.
    """
    outputs, inputs = weight.shape[:2]
    panels = turned(weight).reshape(36, inputs, outputs // PANEL, PANEL).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(panels, dtype=np.float32)


def turned(weight: Array) -> Array:
    """Filters (outputs, inputs, 3, 3) as G w G': (36, inputs, outputs) float64.

    Raises:
        ValueError: another shape; outputs come in sixteens.
    """
    if weight.ndim != 4 or weight.shape[2:] != (3, 3) or weight.shape[0] % PANEL:
        raise ValueError(f"filters: expected (16 n, inputs, 3, 3), got {weight.shape}")
    outputs, inputs = weight.shape[:2]
    result: Array = np.einsum("ia,ocab,jb->ijco", _G, weight.astype(np.float64), _G).reshape(36, inputs, outputs)
    return result


def working_memory(depth: int, outputs: int) -> tuple[Array, Array, Array]:
    """``patch``, ``v`` and ``m`` for convolutions of ``depth`` input channels (a multiple of 8)."""
    margin = 6  # rows that the last products of a row of tiles may touch
    return (
        np.zeros((6, 4 * TILES + 2, depth), np.float32),
        np.zeros(36 * (TILES * depth + PAD) + margin * depth, np.float32),
        np.zeros(36 * (TILES * outputs + PAD) + margin * outputs, np.float32),
    )


def last_layer(y: Array, norm: Array, weight: Array, bias: np.float32, alpha: Array) -> None:
    """The last 1x1 convolution and the sigmoid: ``y`` (H, W, 4 * 16), phase by phase, to ``alpha`` (2 H, 2 W).

    Args:
        norm: (3, 16): scale, shift and floor.
        weight: (16,); bias: one number.
    """
    _sums(y, norm, -weight, -bias, alpha)
    np.exp(alpha, out=alpha)  # numpy's is a vector's, numba's one number at a time
    alpha += 1
    np.reciprocal(alpha, out=alpha)


@njit(nogil=True, cache=True, fastmath=True, boundscheck=False, error_model="numpy")
def _sums(y, norm, weight, bias, alpha):
    """The convolution; results are kept within what a float's exponential can hold."""
    scale, shift, floor = norm[0], norm[1], norm[2]
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            for phase in range(4):
                total = bias
                for c in range(PANEL):
                    total += max(y[i, j, phase * PANEL + c] * scale[c] + shift[c], floor[c]) * weight[c]
                alpha[2 * i + phase // 2, 2 * j + phase % 2] = min(max(total, np.float32(-80)), np.float32(80))


@njit(nogil=True, cache=True, boundscheck=False)
def fold_picture(image, out):
    """(3, H, W) to (H / 2, W / 2, 16): the pixels of each 2x2 square side by side, channel ``4 * colour + phase``; then zeros."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for c in range(3):
                for phase in range(4):
                    out[i, j, 4 * c + phase] = image[c, 2 * i + phase // 2, 2 * j + phase % 2]
            for c in range(12, 16):
                out[i, j, c] = 0


@njit(nogil=True, cache=True, boundscheck=False)
def context(branch, image, out):
    """What joins at a quarter of the size: ``branch`` (h, w, 32) enlarged to twice its size, the picture (3, H, W) made
    smaller by four, zeros; ``out`` (2 h, 2 w, CONTEXT). Both bilinear, edges repeated."""
    height, width, depth = branch.shape
    near, far = np.float32(0.75), np.float32(0.25)
    row = np.empty((width, depth), np.float32)
    for i in range(2 * height):
        own = branch[i // 2]
        other = branch[max(i // 2 - 1, 0) if i % 2 == 0 else min(i // 2 + 1, height - 1)]
        for j in range(width):
            for c in range(depth):
                row[j, c] = near * own[j, c] + far * other[j, c]
        for j in range(2 * width):
            beside = max(j // 2 - 1, 0) if j % 2 == 0 else min(j // 2 + 1, width - 1)
            for c in range(depth):
                out[i, j, c] = near * row[j // 2, c] + far * row[beside, c]
            for c in range(3):  # the middle of four by four pixels
                y, x = 4 * i + 1, 4 * j + 1
                total = image[c, y, x] + image[c, y, x + 1] + image[c, y + 1, x] + image[c, y + 1, x + 1]
                out[i, j, depth + c] = total * far
            for c in range(depth + 3, CONTEXT):
                out[i, j, c] = 0
