"""The One Euro filter (Casiez, Roussel and Vogel, CHI 2012): steady when still, quick when fast."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from perscoach.core.arrays import Array


class OneEuro:
    """One filter for an array of coordinates.

    Args:
        values: ``min_cutoff`` (Hz), ``beta`` (Hz per unit per second), ``derivative_cutoff`` (Hz) and ``reset_after``
            (seconds without a value after which it starts anew).
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values
        self._time: float | None = None
        self._last: Array | None = None
        self._speed: Array | None = None

    def reset(self) -> None:
        """Forget everything."""
        self._time = self._last = self._speed = None

    def __call__(self, time: float, value: Array) -> Array:
        """The filtered value at ``time`` (seconds, growing)."""
        value = np.asarray(value, np.float64)
        stale = self._time is None or time - self._time > self._values["reset_after"] or time <= self._time
        if stale or self._last is None or self._speed is None or self._time is None:
            self._time, self._last, self._speed = time, value, np.zeros_like(value)
            return value
        step = time - self._time
        share = _share(self._values["derivative_cutoff"], step)
        speed = self._speed + share * ((value - self._last) / step - self._speed)
        cutoff = self._values["min_cutoff"] + self._values["beta"] * np.abs(speed)
        last = self._last + _share(cutoff, step) * (value - self._last)
        self._time, self._last, self._speed = time, last, speed
        result: Array = last
        return result


def _share(cutoff: Any, step: float) -> Any:
    return 1.0 / (1.0 + 1.0 / (2.0 * math.pi * cutoff * step))
