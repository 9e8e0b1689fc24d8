"""The score, frame by frame: bone directions against the trainer's, invariant to size, place and yaw, with one slow lag.

Method: each bone's direction with its depth scaled down, in the client's own camera frame; the trainer is turned about
the vertical by the slow median of the difference of the torsos' yaw, and looked at one slow lag earlier, so that
following half a second late is not punished. The form of a limb is the root mean square of its angle over a window (one
repetition where the movement repeats), weighted by what the trainer moves. A limb that the trainer moves and the client
does not has no form, however near its one direction lies: standing still is not half right.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from perscoach.core.arrays import Array
from perscoach.score.align import LagSearch, Seen, YawMedian
from perscoach.score.colour import LimbColours
from perscoach.score.filter import OneEuro
from perscoach.score.geometry import angles_between, bones_of, flattened, rotate, rotation_between, turned, yaw_of
from perscoach.score.rules import rules
from perscoach.score.track import RepCounter, Track

MEDIAPIPE = "mediapipe33"


@dataclass(frozen=True)
class Limb:
    """One of the client's own limbs in one frame.

    Attributes:
        angle: degrees between the client's and the trainer's direction, depth scaled down; NaN where not seen.
        form: 0..1 over the window; NaN where there is nothing to judge.
        weight: 0 where not seen.
        colour: ``grey`` (not seen), ``green``, ``amber``, ``red``.
        arrow: (3,) from the client's direction to the trainer's, camera axes, depth as it is.
    """

    angle: float
    form: float
    weight: float
    colour: str
    arrow: Array


@dataclass(frozen=True)
class Frame:
    """What one frame of the client gives.

    Attributes:
        state: ``scored``; ``out`` (not in the picture), ``waiting`` (how late they follow is not known yet, or reaches before the start), ``no trainer``.
        form: 0..100 over the window; NaN where nothing is scored yet.
        lag: seconds; yaw: radians that the client is turned against the trainer.
        reps: complete repetitions.
        limbs: in the order of ``rules().bones``, the client's own sides; empty unless scored.
    """

    state: str
    form: float
    lag: float
    yaw: float
    reps: int
    limbs: tuple[Limb, ...] = ()


@dataclass
class Window:
    """A finished stretch of the session: ``start`` and ``stop`` on the trainer's clock, per-limb form, its weight."""

    start: float
    stop: float
    form: float
    weight: float
    limbs: list[float]


_COLUMNS = 8  # weight, weight x angle², weight x the client's direction (3), weight x the trainer's (3)


def _zeros() -> Array:
    return np.zeros((len(rules().bones), _COLUMNS))


class Comparer:
    """Follows one client through one session.

    Args:
        track: the trainer.
        mirror: the client moves as a mirror image of the trainer.

    Attributes:
        windows: finished stretches; lags: every lag that was found, seconds.
        scored, shown: frames that were scored, and those that could have been had the client been in the picture.
    """

    def __init__(self, track: Track, mirror: bool = False) -> None:
        self.track, self.mirror = track, mirror
        values = rules().values
        self._filter = OneEuro(values["one_euro"])
        self._yaw = YawMedian()
        self._lag = LagSearch(track)
        self._colours = LimbColours()
        self._bias = [np.zeros(3) for _ in rules().bones]
        self._reps = None if track.reps is None else RepCounter(track.reps.low, track.reps.high)
        self._recent: deque[tuple[float, Array]] = deque()
        self._window = _zeros()
        self._window_start: float | None = None
        self._last: tuple[float, float] | None = None
        self._segment = 0.0
        self.windows: list[Window] = []
        self.lags: list[float] = []
        self.scored = self.shown = 0

    def calibrate(self, world: list[Array], trainer_time: float) -> bool:
        """Learn how this client's limbs lie where the trainer's do: both hold the pose of ``trainer_time``.

        Args:
            world: the client's landmarks (33, 3) of about two seconds.

        Returns:
            Whether it could be used.
        """
        values = rules().values["calibration"]
        trainer = self.track.at(trainer_time)
        if trainer is None or len(world) < values["least_frames"]:
            return False
        client = np.mean([self.points(one) for one in world], axis=0)
        mine, theirs = yaw_of(client, rules().values["yaw"]["least_width"]), self._trainer_yaw(trainer[0])
        turn = 0.0 if mine is None or theirs is None else mine - theirs
        bones = rules().bones
        here, there = bones_of(client, bones), turned(bones_of(trainer[0], bones), turn)
        self._bias = [rotation_between(_unit(a), _unit(b), values["most"]) for a, b in zip(here, there, strict=True)]
        return True

    def step(self, time: float, trainer_time: float, world: Array | None, visibility: Array,
             rate: float = 1.0) -> Frame:  # fmt: skip
        """One frame of the client.

        Args:
            time: seconds on the client's clock, growing.
            trainer_time: seconds on the trainer's video at that moment.
            world: (33, 3) MediaPipe world landmarks, metres, or ``None`` where nobody is seen.
            visibility: (33,) 0..1.
            rate: the trainer's playback rate; 0 where it stands and waits.
        """
        self._follow_clock(time, trainer_time, rate)
        if world is None or not self._in_picture(visibility):
            self.shown += 1
            return self._frame("out")
        points = self.points(self._filter(time, np.asarray(world, np.float64)[list(rules().joints[MEDIAPIPE])]), True)
        seen = self.visible(visibility)
        vectors = bones_of(points, rules().bones)
        vectors = np.stack([rotate(v, b) for v, b in zip(vectors, self._bias, strict=True)])
        trainer_now = self.track.at(trainer_time - self._lag.lag * rate)
        self._observe(time, trainer_time, rate, points, vectors, seen, trainer_now)
        if trainer_now is None:
            return self._frame("no trainer")
        if (rate > 0 and not self._lag.ready) or trainer_time - self._lag.lag * rate < self._segment - 1e-9:
            return self._frame("waiting")
        return self._score(time, trainer_time, vectors, seen, trainer_now)

    def finish(self) -> None:
        """Close the last window if it is at least half full."""
        if self._window_start is not None and self._last is not None:
            if self._last[1] - self._window_start >= self.track.window / 2:
                self._close(self._last[1])
            self._window_start = None

    @property
    def reps(self) -> int:
        """Complete repetitions of the client."""
        return 0 if self._reps is None else self._reps.count

    # what is seen ---------------------------------------------------------------------------------------------------

    def points(self, world: Array, chosen: bool = False) -> Array:
        """(P, 3) hip-centred points, mirrored where the client mirrors the trainer."""
        points = world if chosen else np.asarray(world, np.float64)[list(rules().joints[MEDIAPIPE])]
        points = points - (points[6] + points[7]) / 2
        if self.mirror:
            points = points[list(rules().other_side)] * np.array([-1.0, 1.0, 1.0])
        result: Array = points
        return result

    def _in_picture(self, visibility: Array) -> bool:
        where = rules().joints[MEDIAPIPE]
        return all(visibility[where[i]] >= rules().values["visible"] for i in (0, 1, 6, 7))

    def visible(self, visibility: Array) -> Array:
        """(B,) the least visibility of each bone's points, 0 below the gate; in the trainer's order."""
        where, gate = rules().joints[MEDIAPIPE], rules().values["visible"]
        own = [min(float(visibility[where[i]]) for i in (*b.start, *b.end)) for b in rules().bones]
        own = [v if v >= gate else 0.0 for v in own]
        return np.array([own[b.other_side] for b in rules().bones] if self.mirror else own)

    def _trainer_yaw(self, points: Array) -> float | None:
        return yaw_of(points, rules().values["yaw"]["least_width"])

    def _follow_clock(self, time: float, trainer_time: float, rate: float) -> None:
        """Notice a jump of the trainer's video: what lies before it tells nothing about what comes."""
        if self._last is None:
            self._segment = trainer_time
        else:
            expected = self._last[1] + (time - self._last[0]) * rate
            if abs(trainer_time - expected) > rules().values["jump"]:
                self._segment = trainer_time
                self._lag.forget()
                self.finish()
                self._recent.clear()
        self._last = (time, trainer_time)

    def _observe(self, time: float, trainer_time: float, rate: float, points: Array, vectors: Array,
                 seen: Array, trainer: tuple[Array, Array] | None) -> None:  # fmt: skip
        """Feed what is slow: the yaw, the lag, the repetitions."""
        mine = yaw_of(points, rules().values["yaw"]["least_width"])
        theirs = None if trainer is None else self._trainer_yaw(trainer[0])
        if mine is not None and theirs is not None:
            self._yaw.add(time, mine - theirs)
        directions, share = flattened(vectors, rules().values["depth"])
        if self._lag.add(Seen(time, trainer_time, rate, directions, seen * share), self._segment, self._yaw.value):
            self.lags.append(self._lag.lag)
        if self._reps is not None and self.track.reps is not None:
            units = np.stack([_unit(v) for v in turned(vectors, -self._yaw.value)])
            gone = float(((units - self.track.reps.mean) * self.track.reps.axis).sum())
            self._reps(time, gone)

    # the score ------------------------------------------------------------------------------------------------------

    def _score(self, time: float, trainer_time: float, vectors: Array, seen: Array,
               trainer: tuple[Array, Array]) -> Frame:  # fmt: skip
        values = rules().values
        theirs = turned(bones_of(trainer[0], rules().bones), self._yaw.value)
        mine_flat, _ = flattened(vectors, values["depth"])
        their_flat, their_share = flattened(theirs, values["depth"])
        angles = angles_between(mine_flat, their_flat)
        floor = values["weight"]["floor"]
        # the trainer's foreshortening alone: a limb must not weigh less for being wrong
        weights = seen * their_share * (floor + (1 - floor) * trainer[1])
        self.shown += 1
        self.scored += 1
        part = np.concatenate([np.stack([weights, weights * angles * angles], 1), weights[:, None] * mine_flat,
                               weights[:, None] * their_flat], 1)  # fmt: skip
        self._add(time, trainer_time, part)
        form, limbs = form_of(self._sums(time))
        colours = self._colours(
            time,
            flattened(vectors, values["colour"]["depth"])[0],
            flattened(theirs, values["colour"]["depth"])[0],
            seen,
        )
        whole_mine = np.stack([_unit(v) for v in vectors])
        whole_theirs = np.stack([_unit(v) for v in theirs])
        arrows = whole_theirs - whole_mine
        return self._frame("scored", form, self._own(angles, limbs, weights, colours, arrows, seen))

    def _add(self, time: float, trainer_time: float, part: Array) -> None:
        self._recent.append((time, part))
        if self._window_start is None:
            self._window_start, self._window = trainer_time, _zeros()
        self._window = self._window + part
        if trainer_time - self._window_start >= self.track.window:
            self._close(trainer_time)

    def _close(self, trainer_time: float) -> None:
        form, limbs = form_of(self._window)
        weight = float(self._window[:, 0].sum())
        if self._window_start is not None and weight > 0:
            self.windows.append(Window(self._window_start, trainer_time, form, weight, [float(v) for v in limbs]))
        self._window_start, self._window = None, _zeros()

    def _sums(self, time: float) -> Array:
        """Over the last window's length, on the client's clock."""
        while self._recent and time - self._recent[0][0] > self.track.window:
            self._recent.popleft()
        result: Array = np.sum([part for _, part in self._recent], axis=0)
        return result

    def _own(self, angles: Array, limbs: Array, weights: Array, colours: list[str], arrows: Array,
             seen: Array) -> tuple[Limb, ...]:  # fmt: skip
        """In the client's own order of sides."""
        out = []
        for bone_index, bone in enumerate(rules().bones):
            i = bone.other_side if self.mirror else bone_index
            arrow = arrows[i] * np.array([-1.0, 1.0, 1.0]) if self.mirror else arrows[i]
            angle = float(angles[i]) if seen[i] > 0 else math.nan
            out.append(Limb(angle, float(limbs[i]), float(weights[i]), colours[i], arrow))
        return tuple(out)

    def _frame(self, state: str, form: float = math.nan, limbs: tuple[Limb, ...] = ()) -> Frame:
        return Frame(state, form, self._lag.lag, self._yaw.value, self.reps, limbs)


def _unit(vector: Array) -> Array:
    unit: Array = vector / max(float(np.sqrt((vector * vector).sum())), 1e-9)
    return unit


def form_of(sums: Array) -> tuple[float, Array]:
    """The form over a stretch: 0..100, and of each bone 0..1; NaN where nothing was seen.

    Args:
        sums: (B, 8) over the frames of the stretch: weight, weight x angle² (degrees), weight x the client's direction,
            weight x the trainer's.
    """
    bones, values = rules().bones, rules().values["taking_part"]
    ok, bad = (np.array([getattr(b, name) for b in bones]) for name in ("ok", "bad"))
    known = sums[:, 0] > 1e-9
    weights = np.where(known, sums[:, 0], 1.0)
    angle = np.sqrt(sums[:, 1] / weights)
    mine, theirs = _spread(sums[:, 2:5], weights), _spread(sums[:, 5:8], weights)
    asked = np.clip((theirs - values["least_range"]) / (values["full_range"] - values["least_range"]), 0.0, 1.0)
    given = np.clip(mine / np.maximum(theirs, 1e-9) / values["enough"], 0.0, 1.0)
    limbs = np.clip((bad - angle) / (bad - ok), 0.0, 1.0) * (1 - asked * (1 - given))
    total = float(sums[:, 0].sum())
    if total <= 1e-9:
        return math.nan, np.where(known, limbs, np.nan)
    form = float((np.where(known, limbs, 0.0) * sums[:, 0]).sum() / total * 100)
    return form, np.where(known, limbs, np.nan)


def _spread(directions: Array, weights: Array) -> Array:
    """(B,) how far directions of length 1 lie from their mean (root mean square), from their weighted sums (B, 3)."""
    mean = directions / weights[:, None]
    spread: Array = np.sqrt(np.maximum(1 - (mean * mean).sum(-1), 0.0))
    return spread
