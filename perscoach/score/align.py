"""The two slow unknowns: how the client is turned against the trainer, and how late they follow."""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

import numpy as np

from perscoach.core.arrays import Array
from perscoach.score.geometry import angles_between, bones_of, circular_median, flattened, turned
from perscoach.score.rules import rules
from perscoach.score.track import Track


class YawMedian:
    """The circular median of the last seconds' differences of yaw; one sample every tenth of a second is kept."""

    def __init__(self) -> None:
        self._kept: deque[tuple[float, float]] = deque()
        self.value = 0.0

    def add(self, time: float, difference: float) -> None:
        """A new difference, radians, at ``time`` seconds."""
        values = rules().values
        if self._kept and time - self._kept[-1][0] < values["sample_every"] - 1e-6:
            return
        self._kept.append((time, difference))
        while time - self._kept[0][0] > values["yaw"]["window"]:
            self._kept.popleft()
        self.value = circular_median([angle for _, angle in self._kept])


class Seen(NamedTuple):
    """The client at one moment: clocks, directions (B, 3) with their depth scaled, weights (B,)."""

    time: float
    trainer_time: float
    rate: float
    directions: Array
    weights: Array


class LagSearch:
    """The lag under which the last second and a half fits best. Once found it moves by a little at a time.

    Attributes:
        lag: seconds on the client's clock.
        ready: whether it was looked for at all; before, nothing should be judged.
    """

    def __init__(self, track: Track) -> None:
        self._track = track
        self._kept: deque[Seen] = deque()
        self._next = -math.inf
        self._free_until: float | None = None  # set when the first lag is found: a while longer it may move freely
        self.lag = 0.0
        self.ready = False

    def forget(self) -> None:
        """After a jump of the trainer's video."""
        self._kept.clear()

    def add(self, seen: Seen, segment: float, yaw: float) -> bool:
        """Take a moment of the client; whether the lag was looked for again.

        Args:
            segment: where on the trainer's clock the present stretch began.
            yaw: radians by which the trainer is turned to stand as the client does.
        """
        values = rules().values
        if seen.rate <= 0 or (self._kept and seen.time - self._kept[-1].time < values["sample_every"] - 1e-6):
            return False
        self._kept.append(seen)
        while seen.time - self._kept[0].time > values["lag"]["window"]:
            self._kept.popleft()
        if seen.time < self._next or seen.time - self._kept[0].time < values["lag"]["window"] * 0.9:
            return False
        self._next = seen.time + values["lag"]["every"]
        self.ready = True
        self._search(seen.time, segment, yaw)
        return True

    def _search(self, time: float, segment: float, yaw: float) -> None:
        values = rules().values["lag"]
        steps = round(values["most"] / values["step"])
        costs = self._costs(np.arange(steps + 1) * values["step"], segment, yaw)
        best = int(costs.argmin())
        now = min(steps, round(self.lag / values["step"]))
        if not math.isfinite(costs[best]) or costs[now] - costs[best] < values["least_gain"]:
            return
        wish = best * values["step"] - self.lag
        if self._free_until is None:
            self._free_until = time + values["free"]
        most = values["most"] if time <= self._free_until else values["change"]
        self.lag = self.lag + min(max(wish, -most), most)

    def _costs(self, lags: Array, segment: float, yaw: float) -> Array:
        """(L,) mean angle, degrees, over what is kept; infinite where a lag reaches before the stretch for most of it."""
        when = np.array([s.trainer_time for s in self._kept])
        rate = np.array([s.rate for s in self._kept])
        times = when - lags[:, None] * rate  # (L, K)
        points, there = self._track.many(times.ravel())
        used = (there & (times.ravel() >= segment - 1e-9)).reshape(times.shape)
        bones = bones_of(points.transpose(1, 0, 2), rules().bones).transpose(1, 0, 2)
        theirs, _ = flattened(turned(bones, yaw), rules().values["depth"])
        theirs = theirs.reshape(*times.shape, -1, 3)
        mine = np.stack([s.directions for s in self._kept])
        weights = np.stack([s.weights for s in self._kept]) * used[..., None]
        total, weight = (weights * angles_between(mine, theirs)).sum((1, 2)), weights.sum((1, 2))
        enough = (weight > 1e-9) & (used.sum(1) * 2 >= len(self._kept))
        return np.where(enough, total / np.maximum(weight, 1e-9), np.inf)
