"""The matte's edge at the picture's resolution: a guided filter in a band around the network's blurred edge."""

from __future__ import annotations

import numpy as np

from perscoach.matting.refine.edges import scale_of

RADIUS = 7.0
"""Radius of the filter's window in pixels at 720 lines: about the blur of a 256-pixel mask over a standing person."""

EPS = 2e-4
"""Regularisation in (0..1 colour)²: contrasts under about 1.5 % count as flat."""


def sharpen(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Alpha (H, W) float32 0..1 whose edge follows the picture's.

    Args:
        rgb: (H, W, 3) uint8.
        alpha: (H, W) float32 0..1, the network's matte.
    """
    import cv2

    solid = (alpha > 0.02).astype(np.uint8)
    if not solid.any():
        return alpha
    radius = max(2, round(RADIUS * scale_of(alpha.shape)))
    part = _bounds(solid, 3 * radius)
    inner = alpha[part]
    out = alpha.copy()
    filtered = cv2.ximgproc.guidedFilter(rgb[part], inner, radius, EPS * 255.0**2, scale=0.5)
    out[part] = np.clip(filtered * 1.06 - 0.03, 0.0, 1.0)  # a linear model never quite reaches 0 and 1
    return out


def _bounds(mask: np.ndarray, margin: int) -> tuple[slice, slice]:
    import cv2

    x, y, width, height = cv2.boundingRect(mask)
    rows, columns = mask.shape
    return (
        slice(max(0, y - margin), min(rows, y + height + margin)),
        slice(max(0, x - margin), min(columns, x + width + margin)),
    )
