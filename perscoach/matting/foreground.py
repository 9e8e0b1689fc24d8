"""The foreground's colour: unmixed from the background in soft pixels, continued smoothly everywhere else.

A soft pixel is a mix, ``I = a F + (1 - a) B``. F and B are first found together at low resolution (multi-level estimation,
T. Germer et al., "Fast Multi-Level Foreground Estimation", ICPR 2020: ``multilevel``), then one fusion step at full
resolution puts the picture's own detail back (M. Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021):
``F = F0 + a (I - a F0 - (1 - a) B0)``.

Outside the person F0 goes on as a smooth fill (push-pull), which costs the encoder almost nothing; black or the
original background there more than doubles the file.
"""

# mypy: disable-error-code="no-untyped-def, call-arg"

from __future__ import annotations

import numpy as np
from numba import njit

from perscoach.core.arrays import Array
from perscoach.core.checks import check_array, check_choice
from perscoach.matting.boxes import part_of

_FACTOR = {"draft": 4, "standard": 4, "archive": 2}
"""By how much the first guess is smaller than the picture; 2 costs twice the time for a little less error."""

_MARGIN = 16
"""Pixels around the person's box that the first guess sees: it needs the old background beside the edge."""


def estimate_foreground(rgb: Array, alpha: Array, quality: str = "standard") -> Array:
    """The foreground's colour for every pixel.

    Args:
        rgb: (H, W, 3) uint8, the picture.
        alpha: (H, W) uint8, its matte.
        quality: ``draft``, ``standard`` or ``archive`` (a finer first guess).

    Returns:
        (H, W, 3) uint8: exactly ``rgb`` where alpha is 255, the unmixed colour where it is soft, a smooth continuation
        where it is 0. A picture without any person comes back as mid grey.
    """
    size = check_array("rgb", rgb, ("H", "W", 3), np.uint8)
    check_array("alpha", alpha, (size["H"], size["W"]), np.uint8)
    check_choice("quality", quality, tuple(_FACTOR))
    if not alpha.any():
        return np.full_like(rgb, 128)
    if alpha.all() and alpha.min() == 255:
        return rgb.copy()
    import cv2

    height, width = alpha.shape
    factor = _FACTOR[quality]
    low = (-(-width // factor), -(-height // factor))
    small = cv2.resize(rgb, low, interpolation=cv2.INTER_AREA)
    cover = cv2.resize(alpha, low, interpolation=cv2.INTER_AREA)
    part = part_of(cover, max(2, _MARGIN // factor))
    if part is None:  # less than a grey level is left of a few lone pixels
        part = (slice(0, 1), slice(0, 1))
    front, back = small.copy(), small.copy()
    front[part], back[part] = _guess(small[part], cover[part])
    filled = push_pull(front.astype(np.float32), cover.astype(np.float32) / 255.0)
    out = cv2.resize(np.rint(filled).astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
    part = part_of(alpha) or part
    behind = cv2.resize(back, (width, height), interpolation=cv2.INTER_LINEAR)[part]
    inner = np.ascontiguousarray(out[part])
    _fuse(inner, np.ascontiguousarray(rgb[part]), np.ascontiguousarray(alpha[part]), np.ascontiguousarray(behind))
    out[part] = inner
    return out


def _guess(rgb: Array, alpha: Array) -> tuple[Array, Array]:
    """F and B of a small picture, both (h, w, 3) uint8."""
    from perscoach.matting.multilevel import foreground_and_background

    front, back = foreground_and_background(rgb.astype(np.float32) / 255.0, alpha.astype(np.float32) / 255.0)
    return tuple(np.rint(part * 255.0).astype(np.uint8) for part in (front, back))


@njit(nogil=True, cache=True, boundscheck=False)
def _fuse(out, rgb, alpha, back):
    """One fusion step on the soft pixels, in place; opaque ones take the picture's colour."""
    for y in range(alpha.shape[0]):
        for x in range(alpha.shape[1]):
            if alpha[y, x] == 255:
                for c in range(3):
                    out[y, x, c] = rgb[y, x, c]
            elif alpha[y, x]:
                a = np.float32(alpha[y, x]) * np.float32(1 / 255)
                for c in range(3):
                    front, seen, behind = np.float32(out[y, x, c]), np.float32(rgb[y, x, c]), np.float32(back[y, x, c])
                    unmixed = front + a * (seen - behind - a * (front - behind))
                    out[y, x, c] = np.uint8(np.rint(min(max(unmixed, np.float32(0)), np.float32(255))))


def push_pull(colour: Array, weight: Array) -> Array:
    """Fill where ``weight`` is small from where it is large, ever smoother with distance.

    Averages down to one pixel and back up, each level keeping its known pixels (Gortler et al., "The Lumigraph", 1996).

    Args:
        colour: (h, w, 3) float32.
        weight: (h, w) float32, 0..1.

    Returns:
        (h, w, 3) float32; where all weights are 0 the mean of nothing: 0.
    """
    import cv2

    colours, weights = [colour * weight[..., None]], [weight]
    while max(weights[-1].shape) > 1:
        height, width = weights[-1].shape
        size = ((width + 1) // 2, (height + 1) // 2)
        colours.append(cv2.resize(colours[-1], size, interpolation=cv2.INTER_AREA))
        weights.append(cv2.resize(weights[-1], size, interpolation=cv2.INTER_AREA))
        if colours[-1].ndim == 2:
            colours[-1] = colours[-1][..., None]
    filled = colours[-1] / max(float(weights[-1].max()), 1e-12)
    for level in range(len(weights) - 2, -1, -1):
        height, width = weights[level].shape
        up = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, 3)
        known = np.minimum(1.0, weights[level] * 4.0)[..., None]  # a quarter of the weight counts as known
        own = colours[level] / np.maximum(weights[level], 1e-12)[..., None]
        filled = up + known * (own - up)
    result: Array = filled
    return result
