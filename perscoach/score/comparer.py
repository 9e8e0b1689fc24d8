"""Follows a client frame by frame: where their limbs should go, how late they are, and what the judge makes of each repetition.

The arrows compare bone directions with the trainer's, invariant to size, place, yaw and the tilt of both cameras, with one
slow lag, so that following half a second late is not punished. The form is the judge's alone (``judge``): good strangers'
arms and thighs differ too much for directions to tell right from wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from perscoach.core.arrays import Array
from perscoach.score.align import LagSearch, Seen, YawMedian
from perscoach.score.filter import OneEuro
from perscoach.score.geometry import angles_between, bones_of, flattened, rotate, rotation_between, turned, yaw_of
from perscoach.score.judge import Judge, Rep
from perscoach.score.rules import rules
from perscoach.score.track import Track

MEDIAPIPE = "mediapipe33"
_LATELY = 3
"""Repetitions whose mean is the form of the moment."""


@dataclass(frozen=True)
class Limb:
    """One of the client's own limbs in one frame.

    Attributes:
        angle: degrees between the client's and the trainer's direction, depth scaled down; NaN where not seen.
        form: 0..1 in the last repetition; NaN where nothing judges this limb.
        weight: 0 where not seen.
        colour: of ``form``: ``grey`` (not judged), ``green``, ``amber``, ``red``.
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
        form: 0..100 of the last repetitions; NaN before the first.
        lag: seconds; yaw: radians that the client is turned against the trainer.
        reps, attempts: full repetitions, and those that did not go far enough.
        limbs: in the order of ``rules().bones``, the client's own sides; empty unless scored.
        rep: the repetition that ends here.
    """

    state: str
    form: float
    lag: float
    yaw: float
    reps: int
    attempts: int
    limbs: tuple[Limb, ...] = ()
    rep: Rep | None = None


class Comparer:
    """Follows one client through one session.

    Args:
        track: the trainer.
        mirror: the client moves as a mirror image of the trainer.
        accepted: what the client's accepted repetitions measured; see ``Judge``.

    Attributes:
        judge: what it has judged so far, and the client's rest.
        lags: every lag that was found, seconds.
        scored, shown: frames that were scored, and those that could have been had the client been in the picture.
    """

    def __init__(self, track: Track, mirror: bool = False, accepted: dict[str, float] | None = None) -> None:
        self.track, self.mirror = track, mirror
        self.judge = Judge(track.plan, accepted)
        self._filter = OneEuro(rules().values["one_euro"])
        self._yaw = YawMedian()
        self._lag = LagSearch(track)
        self._bias = [np.zeros(3) for _ in rules().bones]
        self._limbs = np.full(len(rules().bones), np.nan)
        self._last: tuple[float, float] | None = None
        self._segment = 0.0
        self.lags: list[float] = []
        self.scored = self.shown = 0

    def calibrate(self, world: list[Array], trainer_time: float) -> bool:
        """Learn this client's rest, and how their limbs lie where the trainer's do: both hold the pose of ``trainer_time``.

        Args:
            world: the client's landmarks (33, 3) of about two seconds.

        Returns:
            Whether it could be used.
        """
        values = rules().values["calibration"]
        trainer = self.track.at(trainer_time)
        if trainer is None or len(world) < values["least_frames"]:
            return False
        poses = [self.points(one) for one in world]
        self.judge.finder.take(poses, lock=False)
        client = np.mean(poses, axis=0) @ self._level.T
        mine, theirs = yaw_of(client, rules().values["yaw"]["least_width"]), self._trainer_yaw(trainer)
        turn = 0.0 if mine is None or theirs is None else mine - theirs
        bones = rules().bones
        here, there = bones_of(client, bones), turned(bones_of(trainer, bones), turn)
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
        late = trainer_time - self._lag.lag * rate
        early = (rate > 0 and not self._lag.ready) or late < self._segment - 1e-9
        rep = None
        if self.track.plan.main or not early:
            rep = self.judge.step(time, late, rate, points, self.seen(visibility))
            if rep is not None:
                self._limbs = limbs_of(rep)
        seen = self.visible(visibility)
        levelled = points @ self._level.T
        vectors = bones_of(levelled, rules().bones)
        vectors = np.stack([rotate(v, b) for v, b in zip(vectors, self._bias, strict=True)])
        trainer_now = self.track.at(late)
        self._observe(time, trainer_time, rate, levelled, vectors, seen, trainer_now)
        if trainer_now is None:
            return self._frame("no trainer", rep=rep)
        if early:
            return self._frame("waiting", rep=rep)
        self.shown += 1
        self.scored += 1
        return self._frame("scored", self._own(vectors, seen, trainer_now), rep)

    def finish(self) -> None:
        """The end of the recording."""
        self.judge.finish()

    # what is seen ---------------------------------------------------------------------------------------------------

    def points(self, world: Array, chosen: bool = False) -> Array:
        """(P, 3) hip-centred points, mirrored where the client mirrors the trainer."""
        points = world if chosen else np.asarray(world, np.float64)[list(rules().joints[MEDIAPIPE])]
        points = points - (points[6] + points[7]) / 2
        result: Array = points
        if self.mirror:
            result = points[list(rules().other_side)] * np.array([-1.0, 1.0, 1.0])
        return result

    def visible(self, visibility: Array) -> Array:
        """(B,) the least visibility of each bone's points, 0 below the gate, in the trainer's order."""
        joints, gate = rules().joints[MEDIAPIPE], rules().values["visible"]
        own = [float(min(visibility[joints[i]] for i in (*b.start, *b.end))) for b in rules().bones]
        own = [v if v >= gate else 0.0 for v in own]
        return np.array([own[b.other_side] for b in rules().bones] if self.mirror else own)

    def seen(self, visibility: Array) -> Array:
        """(P,) whether each point is seen, in the trainer's order."""
        seen: Array = np.asarray(visibility)[list(rules().joints[MEDIAPIPE])] >= rules().values["visible"]
        result: Array = seen[list(rules().other_side)] if self.mirror else seen
        return result

    def _in_picture(self, visibility: Array) -> bool:
        joints, gate = rules().joints[MEDIAPIPE], rules().values["visible"]
        return all(visibility[joints[i]] >= gate for i in (0, 1, 6, 7))

    @property
    def _level(self) -> Array:
        rest = self.judge.finder.rest
        return np.eye(3) if rest is None else rest.level

    def _trainer_yaw(self, points: Array) -> float | None:
        return yaw_of(points, rules().values["yaw"]["least_width"])

    def _follow_clock(self, time: float, trainer_time: float, rate: float) -> None:
        """Notice a jump of the trainer's video: what lies before it tells nothing about how late the client follows."""
        if self._last is None:
            self._segment = trainer_time
        else:
            expected = self._last[1] + (time - self._last[0]) * rate
            if abs(trainer_time - expected) > rules().values["jump"]:
                self._segment = trainer_time
                self._lag.forget()
                if not self.track.plan.main:
                    self.judge.forget()
        self._last = (time, trainer_time)

    def _observe(self, time: float, trainer_time: float, rate: float, points: Array, vectors: Array,
                 seen: Array, trainer: Array | None) -> None:  # fmt: skip
        """Feed what is slow: the yaw and the lag."""
        mine = yaw_of(points, rules().values["yaw"]["least_width"])
        theirs = None if trainer is None else self._trainer_yaw(trainer)
        if mine is not None and theirs is not None:
            self._yaw.add(time, mine - theirs)
        directions, share = flattened(vectors, rules().values["depth"])
        if self._lag.add(Seen(time, trainer_time, rate, directions, seen * share), self._segment, self._yaw.value):
            self.lags.append(self._lag.lag)

    # what is shown --------------------------------------------------------------------------------------------------

    def _own(self, vectors: Array, seen: Array, trainer: Array) -> tuple[Limb, ...]:
        """The limbs in the client's own order of sides."""
        theirs = turned(bones_of(trainer, rules().bones), self._yaw.value)
        angles = angles_between(
            flattened(vectors, rules().values["depth"])[0], flattened(theirs, rules().values["depth"])[0]
        )
        out = []
        for bone_index, bone in enumerate(rules().bones):
            i = bone.other_side if self.mirror else bone_index
            arrow = (_unit(theirs[i]) - _unit(vectors[i])) @ self._level
            if self.mirror:
                arrow = arrow * np.array([-1.0, 1.0, 1.0])
            form = float(self._limbs[i]) if seen[i] > 0 else math.nan
            angle = float(angles[i]) if seen[i] > 0 else math.nan
            out.append(Limb(angle, form, float(seen[i]), self._colour(form), arrow))
        return tuple(out)

    def _colour(self, form: float) -> str:
        """Red needs the client's own accepted repetitions: against a stranger a difference is only *to check*."""
        values = rules().values["colour"]
        if math.isnan(form):
            return "grey"
        if form >= values["green"]:
            return "green"
        return "red" if form < values["red"] and self.judge.accepted else "amber"

    def _frame(self, state: str, limbs: tuple[Limb, ...] = (), rep: Rep | None = None) -> Frame:
        reps = self.judge.reps
        forms = [r.form for r in reps[-_LATELY:] if not math.isnan(r.form)]
        form = sum(forms) / len(forms) if forms else math.nan
        full, attempts = (sum(r.kind == kind for r in reps) for kind in ("full", "attempt"))
        return Frame(state, form, self._lag.lag, self._yaw.value, full, attempts, limbs, rep)


def limbs_of(rep: Rep) -> Array:
    """(B,) each limb's worst mark in a repetition, the trainer's sides; NaN where no measure speaks for it."""
    out = np.full(len(rules().bones), np.nan)
    for finding in rep.findings:
        for bone in rules().measures[rules().measure[finding.name]].bones:
            out[bone] = min(finding.mark, 1.0 if math.isnan(out[bone]) else out[bone])
    return out


def _unit(vector: Array) -> Array:
    unit: Array = vector / max(float(np.sqrt((vector * vector).sum())), 1e-9)
    return unit
