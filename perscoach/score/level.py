"""A person's own rest: their upright, their limbs' lengths and what they measure at rest. Takes off the camera's tilt.

A camera that looks up from the floor or hangs askew leans everybody in its picture. Who stands upright at rest tells by
how much: the line from the ankles to the shoulders is turned to the vertical, once for the person.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from perscoach.core.arrays import Array
from perscoach.score.geometry import matrix_between
from perscoach.score.measures import UP, Lengths, lengths_of, measure_all, signal_of
from perscoach.score.rules import rules


class Rest(NamedTuple):
    """A person at rest.

    Attributes:
        lengths: of their limbs.
        level: (3, 3) turns the camera's axes so that their upright is vertical; the identity where they are not upright.
        upright: whether they are.
        signal: of the movement that repeats, at rest.
        values: (M,) measures at rest.
        feet: metres between the ankles, at least 0.05.
    """

    lengths: Lengths
    level: Array
    upright: bool
    signal: float
    values: Array
    feet: float


class RestFinder:
    """Collects poses, ten a second, and takes as rest those in which the repeating movement is at its lower end.

    Args:
        main: the measure that repeats, or an empty text: then the first poses are the rest.
        travel: by how much the trainer's signal changes between rest and key pose; its sign tells where rest lies.
        samples: how many poses are kept.

    Attributes:
        rest: ``None`` until there is a pose.
    """

    def __init__(self, main: str, travel: float, samples: int | None = None) -> None:
        self._values = rules().values["rest"]
        self._main, self._travel = main, travel
        self._samples = samples or int(self._values["samples"])
        self._kept: list[tuple[float, Array]] = []
        self._locked = False
        self.rest: Rest | None = None

    def add(self, time: float, points: Array) -> None:
        """A pose: hip-centred points (P, 3), the camera's axes."""
        if self._locked or (self._kept and time - self._kept[-1][0] < self._values["every"] - 1e-6):
            return
        self._kept.append((time, points))
        if len(self._kept) > self._samples:
            self._kept.pop(0)
        self._update()

    def take(self, poses: list[Array], lock: bool) -> None:
        """Begin anew with these poses. ``lock``: nothing that comes later changes the rest.

        A client who was asked to stand may not have: unless locked, who stands straighter later corrects it.
        """
        self._kept = [(-math.inf, pose) for pose in poses]
        self._update()
        self._locked = lock

    def _update(self) -> None:
        points = np.stack([pose for _, pose in self._kept])
        lengths = Lengths(*(float(max(v, 0.05)) for v in np.median(lengths_of(points), axis=0)))
        if self._main:
            signal = signal_of(points, self._main, lengths)
            toward = signal if self._travel > 0 else -signal
            limit = np.percentile(toward, self._values["percentile"]) + self._values["within"] * abs(self._travel)
            chosen = points[toward <= limit + 1e-12][-int(self._values["used"]) :]
        else:
            chosen = points[: int(self._values["used"])]
        self.rest = rest_of(np.median(chosen, axis=0), lengths, self._main)


def rest_of(pose: Array, lengths: Lengths, main: str) -> Rest:
    """The rest from one pose (P, 3) that stands for it."""
    values = rules().values["rest"]
    line, trunk = _middle(pose, 0, 1) - _middle(pose, 10, 11), _middle(pose, 0, 1) - _middle(pose, 6, 7)
    legs = _middle(pose, 6, 7) - _middle(pose, 10, 11)
    upright = _degrees(line, UP) < values["upright"] and _degrees(trunk, legs) < values["straight"]
    level = matrix_between(line, UP) if upright else np.eye(3)
    levelled = pose @ level.T
    feet = max(math.hypot(*(levelled[10] - levelled[11])[[0, 2]]), 0.05)
    signal = float(signal_of(pose, main, lengths)) if main else 0.0
    return Rest(lengths, level, upright, signal, measure_all(levelled, lengths), feet)


def _middle(points: Array, a: int, b: int) -> Array:
    result: Array = (points[a] + points[b]) / 2
    return result


def _degrees(a: Array, b: Array) -> float:
    size = max(math.sqrt(float((a * a).sum() * (b * b).sum())), 1e-9)
    return math.degrees(math.acos(min(max(float((a * b).sum()) / size, -1.0), 1.0)))
