"""From the uneven times of a source's frames to the constant rate it gets."""

from __future__ import annotations

import math
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
_GRID_SHORTEST = 1 / 2000  # seconds; no camera that people film with is faster
_GRID_LEAST = 8  # intervals; below, chance looks like a clock
_GRID_PHASE = 16  # frames whose mean phase is the clock's at the start: the first one may itself be late
_GRID_ROUGH = 120  # frames on which an interval is tried before all of them
_FOLLOW = 0.1  # share of a frame's lateness that moves the clock's phase: slow against jitter, quick against drift
_DROPPED = 0.05  # more empty places than this, and the clip's rate counts as variable
_WRONG = 0.01  # share of frames that may be nearer to another's place than to their own
_OFF = 0.45  # of an interval: beyond, a frame could belong to the next place
_STATED = 0.002  # a stated mean rate this near to the measured one is the exact form of it
_SURE = 3.0  # standard errors
_CLOCK = 2e-4  # recorders' clocks differ by less; 29.97 and 30 differ by five times as much
_TICK = 0.0016  # seconds; containers with millisecond clocks (mkv, webm) round each time by up to half of one


@dataclass(frozen=True)
class Grid:
    """An even clock under uneven times: frame ``i`` was taken at ``start + interval * places[i]``.

    Attributes:
        start, interval: seconds, from the least-squares line through all times.
        places: (n,) whole numbers that ascend; a number left out is a frame that was dropped.
        spread: standard deviation of the times about the line, seconds.
    """

    start: float
    interval: float
    places: Array
    spread: float

    @property
    def doubt(self) -> float:
        """Standard error of the rate, as a share of it (of a fitted line's slope; the places count as evenly spread)."""
        count = len(self.places)
        steps = float(self.places[-1] - self.places[0])
        return self.spread * math.sqrt(12 / count) / (self.interval * steps) if steps else 1.0


def find_grid(times: Array) -> Grid | None:
    """The even clock behind times that jitter about it, or ``None`` where frames really come at uneven distances.

    Recorders stamp a frame when they get to it, some milliseconds late, and containers round to ticks. The intervals
    tried are the cameras' and the times' own; the longest on which every frame has a place of its own is the clock.

    Args:
        times: (n,) ascending, seconds.
    """
    gaps = np.diff(times)
    if len(gaps) < _GRID_LEAST:
        return None
    own = [typical_interval(times), float(np.median(gaps)), float(gaps.mean())]
    cameras = [1 / float(rate * factor) for rate in RATES for factor in (1, 2, 4, 8, 16)]
    shortest, longest = float(np.quantile(gaps, 0.1)), 2 * max(own)
    tried = sorted({t for t in own + cameras if max(0.5 * shortest, _GRID_SHORTEST) < t < longest}, reverse=True)
    rough = times[:_GRID_ROUGH]
    for interval in tried:
        if _grid_of(rough, interval) is None:
            continue
        grid = _grid_of(times, interval)
        if grid is not None:
            return grid
    return None


def _grid_of(times: Array, interval: float) -> Grid | None:
    """The grid of about this interval, or ``None`` where the times do not keep to it."""
    places = np.zeros(len(times), np.int64)
    turns = np.exp(2j * np.pi / interval * (times[:_GRID_PHASE] - times[0]))
    at, place = float(times[0]) + float(np.angle(turns.sum())) / (2 * math.pi) * interval, 0
    wrong = 0
    for i, time in enumerate(times[1:].tolist(), 1):  # follows the clock, so that a rate slightly off never adds up
        steps = round((time - at) / interval)
        if steps < 1:  # two frames in one place: one of them was early or late by half an interval
            wrong += 1
            if wrong > 1 + _WRONG * i:
                return None  # the clock runs faster
            if i > 1 and places[i - 1] - places[i - 2] > 1:
                places[i - 1] -= 1
            else:
                steps = 1
        place += steps
        at += steps * interval
        if abs(time - at) < interval / 2:
            at += _FOLLOW * (time - at)
        places[i] = place
    if place > (1 + _DROPPED) * (len(times) - 1):
        return None
    slope, start = np.polyfit(places, times, 1)
    off = times - (start + slope * places)
    if np.quantile(np.abs(off), 1 - _WRONG) > _OFF * slope or np.abs(off).max() > slope:
        return None
    return Grid(float(start), float(slope), places, float(off.std()))


@dataclass(frozen=True)
class Timing:
    """When frames are shown.

    Attributes:
        times: sorted presentation times without duplicates, seconds; on the grid where there is one.
        duration: seconds from the first frame to the end of the last.
        grid: the even clock that the times were taken from, or ``None``.
    """

    times: Array
    duration: float
    grid: Grid | None = None

    @property
    def start(self) -> float:
        """The first frame's time."""
        return float(self.times[0])

    @classmethod
    def of(cls, times: list[float], last: float) -> Timing:
        """From packet times in any order; ``last`` is how long the last frame stands (0 where unknown)."""
        sorted_times = np.unique(np.asarray(times, np.float64))
        grid = find_grid(sorted_times)
        if grid is not None:
            placed = np.round(np.unique(grid.start + grid.interval * grid.places), 9)
            return cls(placed, float(placed[-1] - placed[0]) + grid.interval, grid)
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
    if timing.grid is not None:
        return _grid_rate(timing.grid, stated)
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
        if stated and abs(float(stated) / measured - 1) < _STATED:
            measured = float(stated)
    parts = -(-measured // (float(MAX_FPS) * (1 + _CLOSE / 2)))
    return snap(measured / max(1, parts), whole=variable), variable


def _grid_rate(grid: Grid, stated: Fraction | None) -> tuple[Fraction, bool]:
    """The rate of an even clock, and whether frames were dropped from it.

    Where the line cannot tell two camera rates apart, the container's statement decides if it is one of them, else the
    whole one is meant.
    """
    rate = 1 / grid.interval
    parts = max(1, int(-(-rate // (float(MAX_FPS) * (1 + _CLOSE / 2)))))
    rate /= parts
    doubt = max(_SURE * grid.doubt, _CLOCK)
    told = stated / parts if stated else Fraction(0)
    near, whole = snap(rate), snap(rate, whole=True)
    for best in (told, whole):
        if best in RATES and abs(float(best) / rate - 1) <= doubt:
            near = best
            break
    if near not in RATES and abs(float(told) / rate - 1) <= max(doubt, _STATED):
        near = snap(float(told))
    return near, int(grid.places[-1]) + 1 > len(grid.places)


def snap(rate: float, *, whole: bool = False) -> Fraction:
    """The nearest camera's rate within 1 %, else the rate itself as a fraction of small numbers; never over 60.

    ``whole`` leaves out rates such as 29.97: uneven times come from phones, and those mean 30.
    """
    best = min((r for r in RATES if not whole or r.denominator <= 2), key=lambda r: abs(float(r) / rate - 1))
    if abs(float(best) / rate - 1) <= _CLOSE:
        return best
    return min(MAX_FPS, max(Fraction(1), Fraction(rate).limit_denominator(1001)))
