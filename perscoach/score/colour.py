"""Which limb is red: the slow mean of its difference, so that noise averages out, with a delay both ways."""

from __future__ import annotations

import math

import numpy as np

from perscoach.core.arrays import Array
from perscoach.score.rules import rules


class LimbColours:
    """The colours of all limbs of one client."""

    def __init__(self) -> None:
        count = len(rules().bones)
        self._mean = [np.zeros(3) for _ in range(count)]
        self._last: list[float | None] = [None] * count
        self._since: list[float | None] = [None] * count
        self._red = [False] * count

    def __call__(self, time: float, mine: Array, theirs: Array, seen: Array) -> list[str]:
        """``grey``, ``green``, ``amber`` or ``red`` for each bone from directions (B, 3) of length 1 and weights (B,)."""
        return [self._one(i, time, theirs[i] - mine[i], float(seen[i])) for i in range(len(self._red))]

    def _one(self, i: int, time: float, difference: Array, seen: float) -> str:
        values = rules().values["colour"]
        if seen <= 0:
            self._last[i] = self._since[i] = None
            self._red[i] = False
            return "grey"
        last = self._last[i]
        if last is None or time - last > 1.0:
            self._mean[i] = difference
        else:
            self._mean[i] = self._mean[i] + (1 - math.exp(-(time - last) / values["smoothing"])) * (
                difference - self._mean[i]
            )
        self._last[i] = time
        size = float(np.sqrt((self._mean[i] ** 2).sum()))
        angle = math.degrees(2 * math.asin(min(size / 2, 1.0)))
        self._switch(i, time, angle)
        if self._red[i]:
            return "red"
        return "green" if angle < values["red_off"] else "amber"

    def _switch(self, i: int, time: float, angle: float) -> None:
        """Red after half a second above one angle, back after a shorter time below a smaller one."""
        values = rules().values["colour"]
        wants = angle < values["red_off"] if self._red[i] else angle > values["red_on"]
        if not wants:
            self._since[i] = None
            return
        since = self._since[i]
        if since is None:
            self._since[i] = since = time
        if time - since >= (values["after_off"] if self._red[i] else values["after_on"]):
            self._red[i] = not self._red[i]
            self._since[i] = None
