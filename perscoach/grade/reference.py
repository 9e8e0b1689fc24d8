"""The V11 grade in its exact form. Everything else (fast path, ``.cube``, browser) is measured against this module.

The picture is sRGB (IEC 61966-2-1), channels in 0..1. The steps, in this order, all in floating point:

1. brightness    ``c = c + brightness_boost``                       offset in sRGB units
2. contrast      ``c = 0.5 + (c - 0.5) * contrast``                 gain about mid grey
3. lift          CIE Lab (D65): ``L = L + lift(L)``, a and b kept   L is 0..100
4. gains         ``r = r * red_boost``, ``b = b * blue_reduce``     factors in sRGB units
5. clip          ``c = min(max(c, 0), 1)``                          once, at the end

With ``x = L / 100`` the lift is ``lift(L) = 100 * LIFT_PEAK * (lab_lift / 100) * bump(x) / max(bump)`` where
``bump(x) = x^2 (1 - x)^5`` between black and white and 0 outside. So black and white stay where they are, the tones
around L = 29 rise most, and the slope at black is 1: noise in black is not lifted into fog. ``L + lift(L)`` rises with
``L`` for every allowed ``lab_lift`` (its slope stays above 0.4).

Values outside 0..1 live until step 5: the sRGB curve is continued with its sign (``-f(-c)``) and above 1, the Lab curve
below 0 by its own straight part, so step 3 can be undone exactly for any colour and steps 1 and 2 lose nothing.
A step whose parameter is neutral is left out, so the neutral grade returns its input bit for bit.
"""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array
from perscoach.grade.params import Grade

# Linear sRGB to XYZ (D65), each row divided by the white point, so white is (1, 1, 1): IEC 61966-2-1.
_RGB_TO_XYZ = np.array(
    [[0.4123908, 0.35758434, 0.18048079], [0.21263901, 0.71516868, 0.07219232], [0.01933082, 0.11919478, 0.95053215]]
)
RGB_TO_XYZ = _RGB_TO_XYZ / _RGB_TO_XYZ.sum(axis=1, keepdims=True)
XYZ_TO_RGB = np.linalg.inv(RGB_TO_XYZ)

# CIE 15: the Lab curve is a cube root above (6/29)^3 and a straight line below.
LAB_EDGE = (6 / 29) ** 3
LAB_SLOPE = (29 / 6) ** 2 / 3
LAB_OFFSET = 4 / 29

LIFT_PEAK = 0.20
"""How far ``lab_lift = 100`` raises the tone that rises most, as a part of the way from black to white."""
_BUMP_MAX = (2 / 7) ** 2 * (5 / 7) ** 5


def srgb_to_linear(c: Array) -> Array:
    """sRGB to linear light, continued with its sign below 0 and by its own curve above 1."""
    a = np.abs(c)
    return np.copysign(np.where(a <= 0.04045, a / 12.92, ((a + 0.055) / 1.055) ** 2.4), c)


def linear_to_srgb(c: Array) -> Array:
    """The inverse of ``srgb_to_linear``."""
    a = np.abs(c)
    return np.copysign(np.where(a <= 0.04045 / 12.92, a * 12.92, 1.055 * a ** (1 / 2.4) - 0.055), c)


def lab_curve(t: Array) -> Array:
    """The Lab curve ``f`` of XYZ relative to white; ``L = 116 f(Y) - 16``."""
    return np.where(t > LAB_EDGE, np.cbrt(t), LAB_SLOPE * t + LAB_OFFSET)


def lab_curve_inverse(f: Array) -> Array:
    """The inverse of ``lab_curve``."""
    return np.where(f > 6 / 29, f**3, (f - LAB_OFFSET) / LAB_SLOPE)


def lift(lightness: Array, strength: float) -> Array:
    """How much is added to Lab lightness (0..100) at ``lab_lift = strength``; 0 at and beyond black and white."""
    x = np.clip(lightness / 100, 0, 1)
    return 100 * lift_gain(strength) * x**2 * (1 - x) ** 5


def lift_gain(strength: float) -> float:
    """The factor ``k`` in ``lift(L) / 100 = k * x^2 (1 - x)^5``."""
    return LIFT_PEAK * strength / 100 / _BUMP_MAX


def _lifted(rgb: Array, strength: float) -> Array:
    """Step 3 on sRGB of shape (..., 3)."""
    f = lab_curve(srgb_to_linear(rgb) @ RGB_TO_XYZ.T)
    # The same amount on all three curves moves L alone: a is a multiple of f(X) - f(Y), b of f(Y) - f(Z).
    rise = lift(116 * f[..., 1:2] - 16, strength) / 116
    lifted = linear_to_srgb(lab_curve_inverse(f + rise) @ XYZ_TO_RGB.T)
    return np.where(rise > 0, lifted, rgb)


def grade_unclipped(rgb: Array, grade: Grade) -> Array:
    """Steps 1 to 4 in float64 on (..., 3) sRGB; may leave 0..1."""
    out = np.array(rgb, dtype=np.float64)
    if grade.brightness_boost != 0:
        out += grade.brightness_boost
    if grade.contrast != 1:
        out = 0.5 + (out - 0.5) * grade.contrast
    if grade.lab_lift != 0:
        out = _lifted(out, grade.lab_lift)
    if grade.red_boost != 1:
        out[..., 0] *= grade.red_boost
    if grade.blue_reduce != 1:
        out[..., 2] *= grade.blue_reduce
    return out


def apply(rgb: Array, grade: Grade) -> Array:
    """Grade a picture.

    Args:
        rgb: (..., 3) sRGB, floats in 0..1 or uint8.
        grade: the five parameters.

    Returns:
        The same shape and type; floats clipped to 0..1, uint8 rounded to the nearest.

    Raises:
        ValueError: the last axis is not 3.
        TypeError: neither floats nor uint8.
    """
    rgb = np.asarray(rgb)
    if rgb.ndim == 0 or rgb.shape[-1] != 3:
        raise ValueError(f"grade: expected a picture of shape (..., 3), got {rgb.shape}")
    if rgb.dtype == np.uint8:
        out = np.clip(grade_unclipped(rgb / 255.0, grade), 0, 1)
        result: Array = np.floor(out * 255 + 0.5).astype(np.uint8)
        return result
    if not np.issubdtype(rgb.dtype, np.floating):
        raise TypeError(f"grade: expected floats in 0..1 or uint8, got {rgb.dtype}")
    return np.clip(grade_unclipped(rgb, grade), 0, 1).astype(rgb.dtype)
