"""How far apart two colours look: sRGB to CIE Lab, and the CIEDE2000 difference."""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array
from perscoach.grade import reference

_GREY = 1e-9  # chroma below which a colour has no hue
_HALF = 1e-8
"""Degrees within which two hues count as half a circle apart. The formula jumps there, and arctangents of different CPUs
differ in their last bits (1e-14 degrees); the published pairs next to the jump are 2e-3 degrees away from it."""
_FAR = 25.0**7  # the formula's own constant: chroma at which its corrections are half of their most


def to_lab(rgb: Array) -> Array:
    """CIE Lab (D65) of sRGB.

    Args:
        rgb: (..., 3), floats in 0..1 (values beyond are continued smoothly) or uint8.

    Returns:
        (..., 3) float64: L in 0..100, a, b.
    """
    rgb = np.asarray(rgb)
    values = rgb / 255.0 if rgb.dtype == np.uint8 else rgb
    f = reference.lab_curve(reference.srgb_to_linear(values) @ reference.RGB_TO_XYZ.T)
    return np.stack((116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])), axis=-1)


def ciede2000(first: Array, second: Array) -> Array:
    """The CIEDE2000 colour difference with all weights 1.

    Source: G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 Color-Difference Formula: Implementation Notes, Supplementary
    Test Data, and Mathematical Observations", Color Research and Application 30 (2005) 21-30, equations 2 to 22.

    Args:
        first, second: (..., 3) Lab; their shapes broadcast.

    Returns:
        (...) float64; 0 for equal colours, about 1 where a difference begins to be seen.
    """
    l1, a1, b1 = np.moveaxis(np.asarray(first, np.float64), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(second, np.float64), -1, 0)
    c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(c7 / (c7 + _FAR)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    grey = np.minimum(c1, c2) < _GREY
    turn = np.where(grey, 0.0, (h2 - h1 + 180) % 360 - 180)
    half = np.abs(np.abs(h2 - h1) - 180) < _HALF
    turn = np.where(~grey & half, np.copysign(180.0, h2 - h1), turn)  # half a circle counts with its own sign
    dl, dc = l2 - l1, c2 - c1
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    middle, c = (l1 + l2) / 2, (c1 + c2) / 2
    h = np.where(grey, h1 + h2, _middle_hue(h1, h2))
    t = (
        1
        - 0.17 * np.cos(np.radians(h - 30))
        + 0.24 * np.cos(np.radians(2 * h))
        + 0.32 * np.cos(np.radians(3 * h + 6))
        - 0.20 * np.cos(np.radians(4 * h - 63))
    )
    s_l = 1 + 0.015 * (middle - 50) ** 2 / np.sqrt(20 + (middle - 50) ** 2)
    s_c, s_h = 1 + 0.045 * c, 1 + 0.015 * c * t
    spin = 2 * np.sqrt(c**7 / (c**7 + _FAR)) * np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2))))
    dl, dc, dh = dl / s_l, dc / s_c, dh / s_h
    result: Array = np.sqrt(np.maximum(dl**2 + dc**2 + dh**2 - spin * dc * dh, 0.0))
    return result


def _middle_hue(h1: Array, h2: Array) -> Array:
    """The hue half way between two, the short way round (equation 14)."""
    total = h1 + h2
    wrapped = np.where(total < 360, total + 360, total - 360)
    return np.where(np.abs(h1 - h2) <= 180 + _HALF, total, wrapped) / 2


def tolerance(lab: Array) -> Array:
    """(n, 3): what counts as one difference in L, a and b near each colour; S_L and S_C of CIEDE2000."""
    from_grey = (lab[:, 0] - 50) ** 2
    light = 1 + 0.015 * from_grey / np.sqrt(20 + from_grey)
    chroma = 1 + 0.045 * np.hypot(lab[:, 1], lab[:, 2])
    return np.stack((light, chroma, chroma), axis=-1)
