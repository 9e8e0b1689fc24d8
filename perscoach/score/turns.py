"""Finds repetitions in a signal: there and back again, however far the person goes."""

from __future__ import annotations

import math
from typing import NamedTuple

from perscoach.score.rules import rules


class Turn(NamedTuple):
    """One way there and back: seconds at its beginning, at its furthest point and when it was told; how far it went.

    ``low`` and ``high`` are shares of the trainer's travel, 0 at rest, 1 at the trainer's key pose.
    """

    start: float
    turn: float
    stop: float
    low: float
    high: float


class TurnFinder:
    """Tells a repetition as soon as the way back has begun.

    Its thresholds are shares of the trainer's travel on the way there, and of the person's own way on the way back, so
    shallow and incomplete repetitions are told as well as full ones.
    """

    def __init__(self) -> None:
        self._away = False
        self._low = self._high = math.nan
        self._start = self._turn = self._last = 0.0

    def __call__(self, time: float, share: float) -> Turn | None:
        """The repetition that ends with this value; ``share`` of the trainer's travel at ``time`` seconds, growing."""
        values = rules().values["turns"]
        self._last = time
        if not self._away:
            if not self._low <= share:
                self._low, self._start = share, time
            if share - self._low >= values["rise"]:
                self._away, self._high, self._turn = True, share, time
            return None
        if share > self._high:
            self._high, self._turn = share, time
        back = max(values["least_fall"], values["fall"] * (self._high - self._low))
        if self._high - share < back:
            return None
        return self._told(time, share)

    def finish(self) -> Turn | None:
        """The repetition that the end of the recording cuts off, where it has gone there."""
        return self._told(self._last, math.nan) if self._away else None

    def _told(self, time: float, share: float) -> Turn | None:
        found = Turn(self._start, self._turn, time, self._low, self._high)
        self._away, self._low, self._start = False, share, time
        return found if time - found.start >= rules().values["turns"]["least_seconds"] else None
