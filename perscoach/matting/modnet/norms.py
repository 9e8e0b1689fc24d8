"""What is done to a map on its way into a convolution: (5, channels) float32 with the lines scale, shift, floor, and the
smallest and the largest value that come out."""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array


def plain_norm(channels: int, low: float = 0, high: float = 0) -> Array:
    """A norm that leaves ``channels`` as they are; the smallest and the largest value that come."""
    norm = np.zeros((5, channels), np.float32)
    norm[0], norm[2], norm[3], norm[4] = 1, -np.inf, low, high
    return norm


def norm_of(sums: Array, count: int, split: int, eps: float) -> Array:
    """Nothing below ``split``, instance norm from there on, ReLU everywhere; (5, channels) float32.

    Scale, shift, floor and, where ``sums`` has the largest values, the limits of what comes out.
    """
    norm = np.zeros((5, sums.shape[1]))
    norm[0] = 1
    mean = sums[0, split:] / count
    variance = np.maximum(sums[1, split:] / count - mean * mean, 0)
    norm[0, split:] = 1 / np.sqrt(variance + eps)
    norm[1, split:] = -mean * norm[0, split:]
    if len(sums) > 2:
        norm[4] = np.maximum(sums[2] * norm[0] + norm[1], 0)
    return norm.astype(np.float32)
