"""Finding the five numbers: least squares on the grade's smooth form, before it is clipped.

Shared by ``match`` and ``suggest``: both say what the graded pixels should be like, this module finds the sliders.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import numpy as np

from perscoach.grade import reference
from perscoach.grade.difference import to_lab
from perscoach.grade.params import NEUTRAL, RANGES, STEPS, Grade

Residuals = Callable[[np.ndarray], np.ndarray]
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

_EDGE = 1e-3  # how far from the limits a start must lie


def solve(
    pixels: np.ndarray,
    wrong: Residuals,
    *,
    keep: float,
    loss: str = "linear",
    scale: float = 1.0,
    starts: tuple[Grade, ...] = STARTS,
) -> Grade:
    """The grade for which ``wrong`` is least.

    Args:
        pixels: (n, 3) sRGB in 0..1.
        wrong: judges the graded pixels.
        keep: how wrong it counts to move a slider by its whole way; draws towards neutral.
        loss, scale: as for ``scipy.optimize.least_squares`` (``loss``, ``f_scale``).
        starts: where the search begins; the best end counts.

    Returns:
        The grade, on the sliders' steps.
    """
    from scipy.optimize import least_squares

    def cost(x: np.ndarray) -> np.ndarray:
        graded = reference.grade_unclipped(pixels, _grade(x))
        return np.concatenate((wrong(to_lab(graded)), keep * (x - _NEUTRAL) / _UNIT))

    best = None
    for start in starts:
        x = np.clip([getattr(start, name) for name in _NAMES], _LOW + _EDGE, _HIGH - _EDGE)
        found = least_squares(
            cost, x, bounds=(_LOW, _HIGH), x_scale=_UNIT, loss=loss, f_scale=scale, xtol=1e-4, ftol=1e-4, max_nfev=30
        )
        if best is None or found.cost < best.cost:
            best = found
    return on_steps(_grade(best.x)) if best is not None else NEUTRAL


def on_steps(grade: Grade) -> Grade:
    """The nearest grade that the sliders can say."""
    values = {name: round(round(value / STEPS[name]) * STEPS[name], 6) for name, value in asdict(grade).items()}
    return Grade(**values)


def moved(grade: Grade) -> list[str]:
    """Which sliders are away from neutral."""
    return [name for name in _NAMES if abs(getattr(grade, name) - getattr(NEUTRAL, name)) > STEPS[name] / 2]


def _grade(x: np.ndarray) -> Grade:
    return Grade(*(float(v) for v in np.clip(x, _LOW, _HIGH)))
