"""The guided filter with a colour guide, at half resolution and only where its result is used.

K. He and J. Sun, "Fast Guided Filter", arXiv:1505.00996: the linear model of every window is found in a small copy, its
coefficients are averaged and enlarged, and they are put to the picture at full resolution. ``cv2.ximgproc.guidedFilter``
computes the same, with the radius in pixels of the copy too, for every pixel of the box and at twice to three times the cost; a
matte needs the band around its edge.
"""

# mypy: disable-error-code="no-untyped-def, call-arg"

from __future__ import annotations

import numpy as np
from numba import njit

from perscoach.core.arrays import Array
from perscoach.matting.boxes import part_of

_MEANS = 13
"""Means of a window: the guide's 3 channels, alpha, the 3 products of both, the 6 products of the guide with itself."""

_ROWS = 64
"""Rows of the small copy that are worked on at a time: the means of a strip stay in a core's own cache."""


def guided(guide: Array, alpha: Array, radius: int, eps: float, used: Array, step: int = 2) -> Array:
    """``alpha`` (h, w) uint8 filtered where ``used`` is not 0, and as it was elsewhere.

    Args:
        guide: (h, w, 3) uint8.
        alpha: (h, w) uint8.
        radius: half the window's side in pixels of the small copy.
        eps: regularisation in (grey levels)².
        used: (h, w) uint8.
        step: the copy is this much smaller.
    """
    import cv2

    size = (-(-alpha.shape[1] // step), -(-alpha.shape[0] // step))
    small_guide, small, near = (
        picture if step == 1 else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        for picture in (guide, alpha, used)
    )
    model: Array = np.zeros((*small.shape, 4), np.float32)
    for top in range(0, len(small), _ROWS):
        part = part_of(np.ascontiguousarray(near[top : top + _ROWS]), 1)
        if part is not None:
            _into(model, small_guide, small, near, radius, eps, (top, part[1]))
    if step > 1:
        model = cv2.resize(model, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
    out = alpha.copy()
    _applied(guide, model, used, out)
    return out


def _into(
    model: Array, guide: Array, alpha: Array, near: Array, radius: int, eps: float, where: tuple[int, slice]
) -> None:
    """Write the averaged coefficients of one strip of rows, in the columns ``where`` names, into ``model`` (h, w, 4)."""
    import cv2

    (top, columns), margin = where, 2 * radius + 1
    rows = slice(max(0, top - 1 - margin), top + _ROWS + 1 + margin)
    wide = slice(max(0, columns.start - margin), columns.stop + margin)
    window = (2 * radius + 1, 2 * radius + 1)
    means: Array = np.empty((*alpha[rows, wide].shape, _MEANS), np.float32)
    _products(guide[rows, wide], alpha[rows, wide], means)
    means = cv2.boxFilter(means, -1, window, borderType=cv2.BORDER_REFLECT)
    around = cv2.dilate(near[rows, wide], np.ones((2 * radius + 3, 2 * radius + 3), np.uint8))
    found: Array = np.zeros((*around.shape, 4), np.float32)
    _models(means, around, np.float32(eps), found)
    found = cv2.boxFilter(found, -1, window, borderType=cv2.BORDER_REFLECT)
    first = max(0, top - 1)  # one row above and below belong to the enlargement of the strip's own
    inner = slice(first - rows.start, min(len(alpha), top + _ROWS + 1) - rows.start)
    left = columns.start - wide.start
    model[first : min(len(alpha), top + _ROWS + 1), columns] = found[inner, left : left + columns.stop - columns.start]


@njit(nogil=True, cache=True, boundscheck=False)
def _products(guide, alpha, means):
    for y in range(alpha.shape[0]):
        for x in range(alpha.shape[1]):
            p = np.float32(alpha[y, x])
            r, g, b = np.float32(guide[y, x, 0]), np.float32(guide[y, x, 1]), np.float32(guide[y, x, 2])
            out = means[y, x]
            out[0], out[1], out[2], out[3] = r, g, b, p
            out[4], out[5], out[6] = r * p, g * p, b * p
            out[7], out[8], out[9] = r * r, r * g, r * b
            out[10], out[11], out[12] = g * g, g * b, b * b


@njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")
def _models(means, near, eps, model):
    """Coefficients of the three channels and the constant: covariance of guide and alpha over that of the guide."""
    for y in range(near.shape[0]):
        for x in range(near.shape[1]):
            if not near[y, x]:
                continue
            m = means[y, x]
            r, g, b, p = m[0], m[1], m[2], m[3]
            rp, gp, bp = m[4] - r * p, m[5] - g * p, m[6] - b * p
            rr, rg, rb = m[7] - r * r + eps, m[8] - r * g, m[9] - r * b
            gg, gb, bb = m[10] - g * g + eps, m[11] - g * b, m[12] - b * b + eps
            # the inverse of the symmetric 3x3 matrix by its cofactors
            c00, c01, c02 = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
            c11, c12, c22 = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
            share = np.float32(1) / (rr * c00 + rg * c01 + rb * c02)
            a0 = (c00 * rp + c01 * gp + c02 * bp) * share
            a1 = (c01 * rp + c11 * gp + c12 * bp) * share
            a2 = (c02 * rp + c12 * gp + c22 * bp) * share
            model[y, x, 0], model[y, x, 1], model[y, x, 2] = a0, a1, a2
            model[y, x, 3] = p - a0 * r - a1 * g - a2 * b


@njit(nogil=True, cache=True, boundscheck=False)
def _applied(guide, model, used, out):
    for y in range(used.shape[0]):
        for x in range(used.shape[1]):
            if used[y, x]:
                m = model[y, x]
                value = m[0] * guide[y, x, 0] + m[1] * guide[y, x, 1] + m[2] * guide[y, x, 2] + m[3]
                out[y, x] = np.uint8(np.rint(min(max(value, np.float32(0)), np.float32(255))))
