"""The coach's edge sliders, put on whenever a matte is read. Pure; in their neutral place exactly the identity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.checks import check_array

if TYPE_CHECKING:
    from perscoach.matting.base import MattingSettings

SOFTEST = 6.0
"""Standard deviation in pixels at 720 lines of the blur at ``edge_softness = 1``."""


def scale_of(shape: tuple[int, ...]) -> float:
    """Pixels of this picture per pixel of a 720-line one; lines are counted along the short side."""
    return min(shape[0], shape[1]) / 720.0


def finish_alpha(alpha: Array, settings: MattingSettings) -> Array:
    """Alpha (H, W) uint8 with ``edge_shift`` and ``edge_softness`` applied; the same array where both are 0."""
    check_array("alpha", alpha, ("H", "W"), np.uint8)
    scale = scale_of(alpha.shape)
    if settings.edge_shift:
        alpha = shift_edge(alpha, settings.edge_shift * scale)
    if settings.edge_softness:
        import cv2

        alpha = cv2.GaussianBlur(alpha, (0, 0), max(0.1, settings.edge_softness * SOFTEST * scale))
    return alpha


def shift_edge(alpha: Array, pixels: float) -> Array:
    """Grow (positive) or shrink (negative) by a distance in pixels, fractions by mixing the two whole steps around it."""
    low, part = math.floor(abs(pixels)), abs(pixels) % 1.0
    near = _morph(alpha, low, pixels > 0)
    if part < 1e-3:
        return near
    far = _morph(alpha, low + 1, pixels > 0)
    return np.rint(near * (1.0 - part) + far * part).astype(np.uint8)


def _morph(alpha: Array, radius: int, grow: bool) -> Array:
    if radius == 0:
        return alpha
    import cv2

    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cv2.dilate(alpha, kernel) if grow else cv2.erode(alpha, kernel)
