"""Finding the five numbers: least squares on the grade's smooth form, before it is clipped.

Shared by ``match`` and ``suggest``: both say what the graded pixels should be like, this module finds the sliders.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, replace

import numpy as np

from perscoach.core.arrays import Array
from perscoach.grade import reference
from perscoach.grade.advice.difference import to_lab
from perscoach.grade.params import NEUTRAL, RANGES, STEPS, Grade

Residuals = Callable[[Array], Array]
"""From the graded pixels' Lab (n, 3) to what is still wrong, in units that count alike."""

_NAMES = tuple(RANGES)
_LOW, _HIGH = (np.array([RANGES[name][i] for name in _NAMES]) for i in (0, 1))
_NEUTRAL = np.array([getattr(NEUTRAL, name) for name in _NAMES])
_UNIT = np.array([0.3, 1.0, 100.0, 0.3, 0.3])
"""A slider's whole way from neutral to its limit, so that all five count alike."""

STARTS = (
    NEUTRAL,
    Grade(0.10, 1.40, 0.0, 1.0, 1.0),
    Grade(-0.10, 0.85, 0.0, 1.0, 1.0),
    Grade(-0.05, 1.50, 20.0, 1.0, 1.0),
)
"""As filmed, too dark, too bright, flat: a few places to begin, so that no poor valley is taken for the best one."""

CHOICES: tuple[tuple[str, ...], ...] = (
    (),
    ("red_boost", "blue_reduce"),
    ("brightness_boost", "contrast"),
    ("brightness_boost", "contrast", "lab_lift"),
    ("brightness_boost", "contrast", "red_boost", "blue_reduce"),
    _NAMES,
)
"""Sets of sliders that make sense together, the fewest first."""

_EDGE = 1e-3  # how far from the limits a start must lie


def solve(
    pixels: Array,
    wrong: Residuals,
    *,
    keep: float,
    free: Collection[str] = _NAMES,
    starts: Sequence[Grade] = STARTS,
    patience: int = 30,
) -> Grade:
    """The grade for which ``wrong`` is least, in the sum of squares.

    Args:
        pixels: (n, 3) sRGB in 0..1.
        wrong: judges the graded pixels.
        keep: how wrong it counts to move a slider by its whole way; draws towards neutral.
        free: the sliders that may move; the others stay neutral.
        starts: where the search begins; the best end counts.
        patience: how many steps a search takes at most.
    """
    from scipy.optimize import least_squares

    chosen = [i for i, name in enumerate(_NAMES) if name in free]
    if not chosen:
        return NEUTRAL

    def all_of(x: Array) -> Array:
        values = _NEUTRAL.copy()
        values[chosen] = x
        return values

    def cost(x: Array) -> Array:
        graded = reference.grade_unclipped(pixels, _grade(all_of(x)))
        return np.concatenate((wrong(to_lab(graded)), keep * (x - _NEUTRAL[chosen]) / _UNIT[chosen]))

    low, high = _LOW[chosen], _HIGH[chosen]
    ends = []
    for start in starts:
        x = np.clip(np.array([getattr(start, _NAMES[i]) for i in chosen]), low + _EDGE, high - _EDGE)
        ends.append(
            least_squares(cost, x, bounds=(low, high), x_scale=_UNIT[chosen], xtol=1e-4, ftol=1e-4, max_nfev=patience)
        )
    return _grade(all_of(min(ends, key=lambda end: float(end.cost)).x))


def simplest(
    pixels: Array, wrong: Residuals, apart: Callable[[Grade], float], start: Grade, *, keep: float, worth: float
) -> Grade:
    """The grade that moves the fewest sliders and is at most ``worth`` farther ``apart`` than the best one.

    Args:
        pixels, wrong, keep: as for ``solve``.
        apart: a grade's remaining difference.
        start: where the searches begin.
        worth: what a slider must gain to be moved.
    """
    ends = [solve(pixels, wrong, keep=keep, free=free, starts=(start,), patience=12) for free in CHOICES]
    left = [apart(end) for end in ends]
    grade = on_steps(next(end for end, value in zip(ends, left, strict=True) if value <= min(left) + worth))
    for name in moved(grade):  # moves that nobody would see
        without = replace(grade, **{name: getattr(NEUTRAL, name)})
        if apart(without) <= apart(grade) + worth / 4:
            grade = without
    return grade


def soften(apart: Array, scale: float) -> Array:
    """Vectors (..., k), shortened so that their squares count in full up to ``scale`` and only linearly beyond.

    The Charbonnier (pseudo-Huber) loss on the length of each vector, as residuals.
    """
    squared = (apart**2).sum(axis=-1, keepdims=True) / scale**2
    return np.asarray(apart * np.sqrt(2 / (1 + np.sqrt(1 + squared))))


def graded_lab(pixels: Array, grade: Grade) -> Array:
    """Lab (n, 3) of sRGB pixels (n, 3) after a grade, as they are shown: clipped."""
    return to_lab(np.clip(reference.grade_unclipped(pixels, grade), 0, 1))


def on_steps(grade: Grade) -> Grade:
    """The nearest grade that the sliders can say."""
    values = {name: round(round(value / STEPS[name]) * STEPS[name], 6) for name, value in asdict(grade).items()}
    return Grade(**values)


def moved(grade: Grade) -> list[str]:
    """Which sliders are away from neutral."""
    return [name for name in _NAMES if abs(getattr(grade, name) - getattr(NEUTRAL, name)) > STEPS[name] / 2]


def _grade(x: Array) -> Grade:
    return Grade(*(float(v) for v in np.clip(x, _LOW, _HIGH)))
