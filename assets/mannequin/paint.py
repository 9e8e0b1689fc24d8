"""What the mannequin wears, by place on the rest body: for the example clip and other pictures."""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array
from perscoach.motion import FLIP

SKIN, HAIR, SHIRT, TROUSERS, SHOES, SOLE = (
    (226, 176, 146), (62, 44, 36), (214, 84, 62), (44, 56, 84), (240, 240, 238), (70, 74, 82)
)  # fmt: skip
_EYE_WHITE, _IRIS, _BROW, _LIPS = (246, 244, 240), (52, 38, 32), (70, 50, 42), (186, 104, 96)


def colours(rest: Array) -> Array:
    """(N, 3) points on the rest body (``Rig.vertices``' axes, unfitted) -> (N, 3) float64 sRGB 0..255."""
    x, y, z = (rest * FLIP).T
    x = np.abs(x)
    out = np.empty((len(rest), 3))
    out[:] = SKIN

    def paint(where: Array, colour: tuple[int, int, int]) -> None:
        out[where] = colour

    sleeve_end = (x > 0.335) & (y > 0.42)
    collar = (x < 0.095) & (y > 0.556 - 0.30 * np.maximum(z, 0) - 0.35 * np.maximum(0.085 - x, 0))
    paint((y > -0.05) & (y < 0.62) & ~sleeve_end & ~collar, SHIRT)
    paint((y < 0.030) & (y > -0.80), TROUSERS)
    paint(y < -0.845, SHOES)
    paint(y < -0.903, SOLE)
    head = (y > 0.60) & (x < 0.12)
    ear = (x > 0.072) & (y > 0.668) & (y < 0.738) & (np.abs(z) < 0.025)
    paint(head & ~ear & (y + 0.9 * np.maximum(0.060 - z, 0) > 0.776), HAIR)
    face = head & (z > 0.05)
    paint(face & (((x - 0.032) / 0.0145) ** 2 + ((y - 0.716) / 0.0075) ** 2 < 1), _EYE_WHITE)
    paint(face & (((x - 0.032) / 0.0065) ** 2 + ((y - 0.716) / 0.0070) ** 2 < 1), _IRIS)
    paint(face & (x > 0.014) & (x < 0.052) & (np.abs(y - 0.7365 + 0.9 * np.maximum(x - 0.040, 0)) < 0.0036), _BROW)
    paint(face & ((x / 0.024) ** 2 + ((y - 0.6555) / 0.0060) ** 2 < 1), _LIPS)
    return out
