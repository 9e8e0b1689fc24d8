"""From the uneven times of a source's frames to the constant rate it gets."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from perscoach.core.arrays import Array

#: The rates that cameras and editors mean.
RATES = tuple(
    Fraction(*rate)
    for rate in (
        (10, 1),
        (12, 1),
        (25, 2),
        (15, 1),
        (20, 1),
        (24000, 1001),
        (24, 1),
        (25, 1),
        (30000, 1001),
        (30, 1),
        (40, 1),
        (45, 1),
        (48, 1),
        (50, 1),
        (60000, 1001),
        (60, 1),
    )
)
MAX_FPS = Fraction(60)
_CLOSE = 0.01  # a rate within 1 % of a camera's rate is that rate
_SAME = 0.1  # intervals within 10 % of each other count as equal
_TICK = 0.0016  # seconds; containers with millisecond clocks (mkv, webm) round each time by up to half of one


@dataclass(frozen=True)
class Timing:
    """When frames are shown.

    Attributes:
        times: sorted presentation times without duplicates, seconds.
        duration: seconds from the first frame to the end of the last.
    """

    times: Array
    duration: float

    @property
    def start(self) -> float:
        """The first frame's time."""
        return float(self.times[0])

    @classmethod
    def of(cls, times: list[float], last: float) -> Timing:
        """From packet times in any order; ``last`` is how long the last frame stands (0 where unknown)."""
        sorted_times = np.unique(np.asarray(times, np.float64))
        if not last:
            last = typical_interval(sorted_times) or 1 / 30
        return cls(sorted_times, float(sorted_times[-1] - sorted_times[0]) + last)


def typical_interval(times: Array) -> float:
    """The most common distance between neighbours in seconds, averaged over those that are nearly equal; 0 for one frame."""
    gaps = np.sort(np.diff(times))
    gaps = gaps[gaps > 0]
    if not len(gaps):
        return 0.0
    ends = np.searchsorted(gaps, gaps + np.maximum(gaps * _SAME, _TICK), side="right")
    most = int(np.argmax(ends - np.arange(len(gaps))))
    return float(gaps[most : ends[most]].mean())


def nominal_rate(timing: Timing, stated: Fraction | None) -> tuple[Fraction, bool]:
    """The constant rate a clip gets, and whether its own rate varies.

    The rate is that of the most common interval, put on a camera's rate when within 1 % (the container's stated mean
    decides between close ones such as 29.97 and 30 where it agrees), and divided by the smallest whole number that
    brings it to 60 or less.
    """
    interval = typical_interval(timing.times)
    if not interval:
        rate = stated if stated and 1 <= stated <= MAX_FPS else Fraction(30)
        return snap(float(rate)), False
    gaps = np.diff(timing.times)
    uneven = np.abs(gaps - interval) > max(interval * _SAME, _TICK)
    variable = bool(uneven.mean() > 0.01 or (gaps > 1.6 * interval).any())
    measured = 1 / interval
    if not variable and len(gaps) > 1:
        measured = len(gaps) / float(timing.times[-1] - timing.times[0])
        if stated and abs(float(stated) / measured - 1) < 0.002:
            measured = float(stated)
    parts = -(-measured // (float(MAX_FPS) * (1 + _CLOSE / 2)))
    return snap(measured / max(1, parts), whole=variable), variable


def snap(rate: float, *, whole: bool = False) -> Fraction:
    """The nearest camera's rate within 1 %, else the rate itself as a fraction of small numbers; never over 60.

    ``whole`` leaves out rates such as 29.97: uneven times come from phones, and those mean 30.
    """
    best = min((r for r in RATES if not whole or r.denominator <= 2), key=lambda r: abs(float(r) / rate - 1))
    if abs(float(best) / rate - 1) <= _CLOSE:
        return best
    return min(MAX_FPS, max(Fraction(1), Fraction(rate).limit_denominator(1001)))
