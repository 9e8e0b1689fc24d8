"""What happens to a frame before and after the network: upstream's image pipeline, in numpy and OpenCV.

Upstream (``demo/image_matting/colab/inference.py``) resizes with torch's ``area`` mode, which is adaptive average
pooling over whole pixels, not ``cv2.INTER_AREA``; so it is written out here. Pure functions.
"""

# mypy: disable-error-code="no-untyped-def, call-arg"

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numba import njit

from perscoach.core.arrays import Array
from perscoach.core.checks import check_array

SHORT_SIDE = {"best": 512, "fast": 416}
"""Upstream's reference size, and one that costs two thirds of it."""
MULTIPLE = 32
SAME_LEVEL = 0.5
"""Levels of 255 by which a 16x16 block may differ on average for a frame to count as a repetition of the last one."""


def net_size(width: int, height: int, size: str = "best") -> tuple[int, int]:
    """(width, height) of the network's input for a picture of ``width`` x ``height``.

    Upstream's rule: where the longer side is under the reference or the shorter one over it, the shorter one becomes
    the reference; then both sides go down to a multiple of 32 (so the aspect ratio shifts a little). One addition: a
    side never becomes 0, where upstream fails.

    Raises:
        ValueError: a side is not positive.
        KeyError: no such ``size``.
    """
    if width < 1 or height < 1:
        raise ValueError(f"picture: expected positive sides, got {width}x{height}")
    short = SHORT_SIDE[size]
    w, h = width, height
    if max(width, height) < short or min(width, height) > short:
        if width >= height:
            w, h = int(width / height * short), short
        else:
            w, h = short, int(height / width * short)
    return max(MULTIPLE, w - w % MULTIPLE), max(MULTIPLE, h - h % MULTIPLE)


def _bins(source: int, target: int) -> tuple[Array, Array]:
    """First and past-the-last source index of each target pixel: floor(i*s/t), ceil((i+1)*s/t)."""
    index = np.arange(target, dtype=np.int64)
    return index * source // target, -(-(index + 1) * source // target)


@njit(nogil=True, cache=True, boundscheck=False)
def _pool(picture, line, top, bottom, left, right, share, out):
    """Mean over rows top..bottom and columns left..right: (H, W, C) to ``out`` (C, h, w) float32.

    ``line`` (W * C,) sums up rows, in int32 for bytes (exact) and in float64 for floats; ``share`` (h, w) is one over the
    number of pixels.
    """
    channels = picture.shape[2]
    for i in range(len(top)):
        line[:] = 0
        for row in range(top[i], bottom[i]):
            one = picture[row].reshape(-1)
            for k in range(len(one)):
                line[k] += one[k]
        for j in range(len(left)):
            for c in range(channels):
                total = line[left[j] * channels + c]
                for column in range(left[j] + 1, right[j]):
                    total += line[column * channels + c]
                out[c, i, j] = np.float32(total) * share[i, j]


@lru_cache(maxsize=8)
def _places(source_h: int, source_w: int, height: int, width: int) -> tuple[Array, ...]:
    top, bottom = _bins(source_h, height)
    left, right = _bins(source_w, width)
    count = ((bottom - top)[:, None] * (right - left)[None, :]).astype(np.float32)
    return top, bottom, left, right, np.float32(1) / count


def area_resize(picture: Array, width: int, height: int) -> Array:
    """Mean over the source pixels that each target pixel touches; torch's ``F.interpolate(mode="area")``.

    Args:
        picture: (H, W) or (H, W, C), uint8 or float32.

    Returns:
        float32 (height, width) or, planes first, (C, height, width), in the source's range.
    """
    solid = np.ascontiguousarray(picture if picture.ndim == 3 else picture[:, :, None])
    source_h, source_w, channels = solid.shape
    # Sums of a few bytes are exact in int32; anything else is summed in double precision.
    line = np.empty(source_w * channels, np.int32 if solid.dtype == np.uint8 else np.float64)
    out = np.empty((channels, height, width), np.float32)
    top, bottom, left, right, share = _places(source_h, source_w, height, width)
    _pool(solid, line, top, bottom, left, right, share, out)
    return out if picture.ndim == 3 else out[0]


def to_network(rgb: Array, width: int, height: int) -> Array:
    """(H, W, 3) uint8 RGB to the network's input (3, height, width) float32 in -1..1.

    Raises:
        TypeError, ValueError: not such a picture.
    """
    check_array("frame", rgb, (None, None, 3), np.uint8)
    small = area_resize(rgb, width, height)
    small *= np.float32(1 / 127.5)
    small -= np.float32(1)
    return small


def to_picture(alpha: Array, width: int, height: int) -> Array:
    """The network's alpha (h, w) float32 at the picture's size, float32 in 0..1: upstream's way back."""
    return area_resize(np.ascontiguousarray(alpha, np.float32), width, height)


def to_bytes(alpha: Array) -> Array:
    """0..1 to uint8, rounded. (Upstream truncates, which makes every matte half a level thinner and 1.0 - 1e-7 a 254.)"""
    return cv2.convertScaleAbs(alpha, alpha=255).reshape(alpha.shape)


def repeats(x: Array, before: Array) -> bool:
    """Whether two inputs (3, H, W) in -1..1 show the same picture: no 16x16 block differs by ``SAME_LEVEL`` on average.

    A mean over the whole frame would miss a small thing that moves; a block does not.
    """
    return bool(_same_blocks(x, before, np.float32(SAME_LEVEL / 127.5)))


@njit(nogil=True, cache=True, fastmath=True, boundscheck=False)
def _same_blocks(x, before, limit):
    for top in range(0, x.shape[1], 16):
        for left in range(0, x.shape[2], 16):
            total = np.float32(0)
            for c in range(3):
                for i in range(top, top + 16):
                    for j in range(left, left + 16):
                        total += abs(x[c, i, j] - before[c, i, j])
            if total >= limit * 768:
                return False
    return True
