"""What happens to a frame before and after the network: upstream's image pipeline, in numpy and OpenCV.

Upstream (``demo/image_matting/colab/inference.py``) resizes with torch's ``area`` mode, which is adaptive average
pooling over whole pixels, not ``cv2.INTER_AREA``; so it is written out here. Pure functions.
"""

from __future__ import annotations

import cv2
import numpy as np

from perscoach.checks import check_array

SHORT_SIDE = {"best": 512, "fast": 416}
"""Upstream's reference size, and one that costs two thirds of it."""
MULTIPLE = 32


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


def _bins(source: int, target: int) -> tuple[np.ndarray, np.ndarray]:
    """First and past-the-last source index of each target pixel: floor(i*s/t), ceil((i+1)*s/t)."""
    index = np.arange(target, dtype=np.int64)
    return index * source // target, -(-(index + 1) * source // target)


def _area_plane(plane: np.ndarray, width: int, height: int) -> np.ndarray:
    source_h, source_w = plane.shape
    # Sums of bytes are exact in int32 up to 8.4 megapixels; anything else is summed in double precision.
    exact = plane.dtype == np.uint8 and source_h * source_w * 255 < 2**31
    table = cv2.integral(plane, sdepth=cv2.CV_32S if exact else cv2.CV_64F)
    top, bottom = _bins(source_h, height)
    left, right = _bins(source_w, width)
    rows = table[bottom]
    rows -= table[top]
    # Rows are gathered several times faster than columns: turn, gather, turn back.
    turned = cv2.transpose(rows)
    sums = turned[right]
    sums -= turned[left]
    mean = cv2.transpose(sums).astype(np.float32)
    mean *= np.float32(1) / ((bottom - top)[:, None] * (right - left)[None, :]).astype(np.float32)
    return mean


def area_resize(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """Mean over the source pixels that each target pixel touches; torch's ``F.interpolate(mode="area")``.

    Args:
        picture: (H, W) or (H, W, C), uint8 or float32.

    Returns:
        float32 (height, width) or, planes first, (C, height, width), in the source's range.
    """
    if picture.ndim == 2:
        return _area_plane(picture, width, height)
    return np.stack([_area_plane(plane, width, height) for plane in cv2.split(picture)])


def to_network(rgb: np.ndarray, width: int, height: int) -> np.ndarray:
    """(H, W, 3) uint8 RGB to the network's input (3, height, width) float32 in -1..1.

    Raises:
        TypeError, ValueError: not such a picture.
    """
    check_array("frame", rgb, (None, None, 3), np.uint8)
    small = area_resize(rgb, width, height)
    small *= np.float32(1 / 127.5)
    small -= np.float32(1)
    return small


def to_picture(alpha: np.ndarray, width: int, height: int) -> np.ndarray:
    """The network's alpha (h, w) float32 at the picture's size, float32 in 0..1: upstream's way back."""
    return area_resize(np.ascontiguousarray(alpha, np.float32), width, height)


def to_bytes(alpha: np.ndarray) -> np.ndarray:
    """0..1 to uint8, rounded. (Upstream truncates, which makes every matte half a level thinner and 1.0 - 1e-7 a 254.)"""
    return np.clip(np.rint(alpha * np.float32(255)), 0, 255).astype(np.uint8)
