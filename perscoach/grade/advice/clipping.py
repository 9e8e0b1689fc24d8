"""How much of a person a grade clips: pixels with a channel that has reached 0 or 255, as the Colour step's instruments count."""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array
from perscoach.grade import reference
from perscoach.grade.advice.fit import on_steps
from perscoach.grade.params import NEUTRAL, Grade

ALLOWED = 0.015
"""Share of the person's pixels that a grade which nobody chose may clip beyond those that the source clips already: a shine on
skin and a seam of a white shoe stay below it, a burnt face does not. Two points are promised; the share of a sample of 4000
pixels is uncertain by half a point (two standard deviations at 3 %)."""

_HALF_CODE = 0.5 / 255  # a channel within half a code of an end is written as the end
_TRIES = 7  # bisections: the strength is found to a hundredth


def clipped(rgb: Array, grade: Grade = NEUTRAL) -> float:
    """The share (0..1) of pixels that have a clipped channel after ``grade``.

    Args:
        rgb: (n, 3) sRGB in 0..1.
    """
    graded = reference.grade_unclipped(rgb, grade)
    ends = (graded >= 1 - _HALF_CODE) | (graded <= _HALF_CODE)
    return float(ends.any(axis=-1).mean()) if len(rgb) else 0.0


def burns(rgb: Array, grade: Grade) -> bool:
    """Whether ``grade`` clips more of the person than ``ALLOWED`` beyond the source."""
    return clipped(rgb, grade) > clipped(rgb) + ALLOWED


def restrained(rgb: Array, grade: Grade) -> Grade:
    """``grade``, moved towards neutral until it no longer burns; neutral burns nothing by definition."""
    if not burns(rgb, grade):
        return grade
    low, high = 0.0, 1.0
    best = NEUTRAL
    for _ in range(_TRIES):
        middle = (low + high) / 2
        part = _part(grade, middle)
        if burns(rgb, part):
            high = middle
        else:
            low, best = middle, part
    return best


def _part(grade: Grade, strength: float) -> Grade:
    ends = {name: getattr(NEUTRAL, name) for name in Grade.__dataclass_fields__}
    return on_steps(Grade(**{name: end + strength * (getattr(grade, name) - end) for name, end in ends.items()}))


def share(part: float) -> int:
    """A share as the whole percent that a sentence shows."""
    return int(np.rint(100 * part))
