"""Judges a client's repetitions at their key poses. ``mirror/page/judge.mjs`` computes the same.

A repetition's form is half the mean over the groups (depth, trunk, knees, feet, arms) and half the worst of them. A travel
compares how far the client went from their own rest with how far the trainer went; a guard compares with the trainer's pose
*at the same depth*, so a shallow repetition is told as shallow and not also as leaning. Time plays no part.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from perscoach.core.arrays import Array
from perscoach.score.level import Rest, RestFinder
from perscoach.score.measures import from_one_side, measure_all, signal_of
from perscoach.score.plan import Moment, Plan, Target, judges_arms, known_median
from perscoach.score.rules import Measure, rules
from perscoach.score.shape import Shape, alike, shape_of
from perscoach.score.turns import Turn, TurnFinder


@dataclass(frozen=True)
class Finding:
    """One measure in one repetition.

    Attributes:
        off: by how many tolerances it is off in the worse direction; negative: better than the trainer.
        mark: 0..1.
        amount: the difference in words' units: centimetres or degrees, positive: too much, negative: too little.
    """

    name: str
    off: float
    mark: float
    amount: float


@dataclass(frozen=True)
class Rep:
    """What one repetition came to, or one that did not come.

    Attributes:
        kind: ``full``; ``attempt``: not far enough to count; ``missed``: the trainer moved and the client did not, or
            did something else;
            ``moment``: a stretch of a movement that does not repeat.
        start, turn, stop: seconds on the client's clock; at: those of ``start`` and ``stop`` on the trainer's.
        share: how far it went, 1 is as far as the trainer.
        form: 0..100; NaN where nothing could be judged.
        groups: name to 0..1.
        findings: the measures that could be judged.
    """

    kind: str
    start: float
    turn: float
    stop: float
    at: tuple[float, float]
    share: float
    form: float
    groups: dict[str, float]
    findings: tuple[Finding, ...]


class _Seen(NamedTuple):
    """One frame: both clocks, the share of the trainer's travel, measures (M,) with NaN for what was not seen, levelled points."""

    time: float
    trainer_time: float
    share: float
    values: Array
    pose: Array


def mark_of(off: float) -> float:
    """0..1 from tolerances: 0.9 at one, nothing at two and a half."""
    curve = rules().values["curve"]
    if off <= 1:
        return 1.0 - (1.0 - float(curve["at_tolerance"])) * max(off, 0.0)
    mark: float = max(0.0, curve["at_tolerance"] * (curve["nothing_at"] - off) / (curve["nothing_at"] - 1))
    return mark


def tolerances_of(more: float, free: float, beyond: float) -> float:
    """A difference in tolerances: the first is ``free`` wide, each further one ``beyond``."""
    return more / free if more <= free else 1.0 + (more - free) / beyond


class Judge:
    """Follows one client.

    Args:
        plan: the trainer's.
        accepted: measure to the tolerances that the client's accepted repetitions were off; these are judged against too.

    Attributes:
        reps: what has been judged so far.
        finder: of the client's rest.
    """

    def __init__(self, plan: Plan, accepted: dict[str, float] | None = None) -> None:
        self.plan = plan
        self.accepted = accepted or {}
        self.reps: list[Rep] = []
        self.finder = RestFinder(plan.main, plan.travel)
        self._turns = TurnFinder()
        self._kept: list[_Seen] = []
        self._idle = 0.0
        self._last: float | None = None
        self._moment: Moment | None = None

    def step(self, time: float, trainer_time: float, rate: float, points: Array, seen: Array) -> Rep | None:
        """One frame of the client; the repetition that ends with it.

        Args:
            time, trainer_time: seconds on both clocks; for a movement without repetitions the trainer's without the lag.
            rate: the trainer's playback rate.
            points: (P, 3) hip-centred metres, the camera's axes, the trainer's sides.
            seen: (P,) bool.
        """
        points, known = from_one_side(points, seen)
        rest = self._rest(time, points, seen, known)
        if rest is None:
            return None
        levelled = points @ rest.level.T
        values = np.where(known, measure_all(levelled, rest.lengths), np.nan)
        if not self.plan.main:
            return self._flow(time, trainer_time, values, rest)
        self._wait(time, trainer_time, rate)
        if not known[rules().measure[self.plan.main]]:
            return self._missing()
        share = (float(signal_of(points, self.plan.main, rest.lengths)) - rest.signal) / self.plan.travel
        self._kept.append(_Seen(time, trainer_time, share, values, levelled))
        found = self._turns(time, share)
        return self._repetition(found, rest) if found is not None else self._missing()

    def finish(self) -> Rep | None:
        """The end of the recording: the repetition that it cuts off; one missed where there was none at all."""
        rest = self.finder.rest
        if rest is None:
            return None
        if not self.plan.main:
            return self._moment_over(rest)
        found = self._turns.finish()
        if found is not None:
            return self._repetition(found, rest)
        if not self.reps and self._idle >= 0.6 * self.plan.period > 0:
            return self._miss()
        return None

    def forget(self) -> None:
        """The trainer's video has jumped or the client was away: an open repetition means nothing."""
        self._turns = TurnFinder()
        self._kept.clear()
        self._idle = 0.0
        self._last = self._moment = None

    # what happens between repetitions -------------------------------------------------------------------------------

    def _rest(self, time: float, points: Array, seen: Array, known: Array) -> Rest | None:
        if tells_rest(self.plan.main, seen, known).all():
            self.finder.add(time, points)
        return self.finder.rest

    def _wait(self, time: float, trainer_time: float, rate: float) -> None:
        """Add up the time in which the trainer moves."""
        if self._last is not None and rate > 0 and any(a <= trainer_time <= b for a, _, b in self.plan.turns):
            self._idle += min(max(time - self._last, 0.0), 0.5)
        self._last = time

    def _missing(self) -> Rep | None:
        values = rules().values["turns"]
        most = max(values["missed_after"] * self.plan.period, values["missed_least"])
        return self._miss() if self._idle >= most else None

    def _miss(self) -> Rep:
        seen = self._kept[-1] if self._kept else _Seen(self._last or 0.0, 0.0, 0.0, np.zeros(0), np.zeros(0))
        began, self._idle = seen.time - self._idle, 0.0
        at = (max(seen.trainer_time - (seen.time - began), 0.0), seen.trainer_time)
        return self._add(Rep("missed", began, seen.time, seen.time, at, 0.0, 0.0, {}, ()))

    def _add(self, rep: Rep) -> Rep:
        self.reps.append(rep)
        return rep

    # judging --------------------------------------------------------------------------------------------------------

    def _repetition(self, turn: Turn, rest: Rest) -> Rep:
        kept = [s for s in self._kept if turn.start <= s.time <= turn.stop]
        self._kept = self._kept[-1:]
        self._idle = 0.0
        near = turn.high - rules().values["turns"]["near"] * (turn.high - turn.low)
        there = [s for s in kept if s.share >= near - 1e-12]
        key = known_median(np.stack([s.values for s in there]))
        at = (kept[0].trainer_time, kept[-1].trainer_time)
        shape = shape_of(np.median([s.pose for s in there], axis=0), key, rest.values)
        if shape is not None and not self._same(shape, key):
            return self._add(Rep("missed", turn.start, turn.turn, turn.stop, at, turn.high, 0.0, {}, ()))
        findings = self._findings(key, turn.high, rest)
        form, groups = form_of(findings, self.plan.targets)
        kind = "full" if turn.high >= rules().values["turns"]["full"] else "attempt"
        return self._add(Rep(kind, turn.start, turn.turn, turn.stop, at, turn.high, form, groups, findings))

    def _same(self, shape: Shape, key: Array) -> bool:
        """Whether a key pose may be the trainer's movement."""
        arms = judges_arms(self.plan.targets) and not math.isnan(key[rules().measure["arms"]])
        return not self.plan.shapes or any(alike(one, shape, arms) for one in self.plan.shapes)

    def _findings(self, key: Array, high: float, rest: Rest) -> tuple[Finding, ...]:
        share = min(max(high, 0.0), 1.0)
        main = next((t for t in self.plan.targets if t.name == self.plan.main), None)
        if main is not None and not math.isnan(key[rules().measure[main.name]]):
            gone = float(key[rules().measure[main.name]] - rest.values[rules().measure[main.name]])
            share = min(max(gone / (main.key - main.rest), 0.0), 1.0)
        out = []
        for target in self.plan.targets:
            index = rules().measure[target.name]
            if not math.isnan(key[index]) and target.weight > 0:
                out.append(self._finding(target, rules().measures[index], float(key[index]), share, rest, index))
        return tuple(out)

    def _finding(self, target: Target, measure: Measure, value: float, share: float, rest: Rest, index: int) -> Finding:
        own = float(rest.values[index])
        if measure.kind == "travel":
            travel = target.key - target.rest
            more = (value - own) / travel - 1.0  # in shares of the trainer's travel
            amount = more * abs(travel)
            free, beyond = target.tolerance + target.room, max(target.tolerance - target.room, target.tolerance / 4)
        else:
            start = target.rest if measure.values.get("own_rest") else 0.0
            wanted = target.rest + (target.key - target.rest) * share - start
            more = amount = value - (own if measure.values.get("own_rest") else 0.0) - wanted
            free, beyond = target.tolerance + target.room * share, target.tolerance
        off = tolerances_of(abs(more) if target.worse == 0 else target.worse * more, free, beyond)
        if target.name in self.accepted:
            off = (off - self.accepted[target.name]) / rules().values["own"]
        return Finding(target.name, off, mark_of(off), amount * words_scale(measure, rest))

    # movements that do not repeat -----------------------------------------------------------------------------------

    def _flow(self, time: float, trainer_time: float, values: Array, rest: Rest) -> Rep | None:
        moment = next((m for m in self.plan.moments if m.start <= trainer_time < m.stop), None)
        rep = self._moment_over(rest) if moment is not self._moment else None
        self._moment = moment
        if moment is not None:
            self._kept.append(_Seen(time, trainer_time, 0.0, values, np.zeros(0)))
        return rep

    def _moment_over(self, rest: Rest) -> Rep | None:
        kept, moment = self._kept, self._moment
        self._kept = []
        if moment is None or len(kept) < 3:
            return None
        key = known_median(np.stack([s.values for s in kept]))
        findings = []
        for name in rules().values["moments"]["measures"]:
            index = rules().measure[name]
            wanted, measure = moment.values[index], rules().measures[index]
            if wanted is None or math.isnan(key[index]):
                continue
            tolerance = rules().values["moments"]["deg" if measure.unit == "deg" else "leg"]
            off = abs(float(key[index]) - wanted) / tolerance
            amount = (float(key[index]) - wanted) * words_scale(measure, rest)
            findings.append(Finding(name, off, mark_of(off), amount))
        form, groups = form_of(tuple(findings), ())
        if math.isnan(form):
            return None
        at = (kept[0].trainer_time, kept[-1].trainer_time)
        return self._add(
            Rep("moment", kept[0].time, kept[-1].time, kept[-1].time, at, 1.0, form, groups, tuple(findings))
        )


def tells_rest(main: str, seen: Array, known: Array) -> Array:
    """(…) bool, whether a pose tells of the rest: the trunk is seen and the repeating measure known.

    Args:
        seen: (…, P) points; known: (…, M) measures.
    """
    trunk: Array = seen[..., [0, 1, 6, 7]].all(-1)
    return trunk & known[..., rules().measure[main]] if main else trunk


def words_scale(measure: Measure, rest: Rest) -> float:
    """What turns a measure's unit into centimetres of this person, or 1 for degrees."""
    lengths = {"leg": rest.lengths.leg, "arm": rest.lengths.arm, "shank": rest.lengths.shank, "feet": rest.feet}
    return 1.0 if measure.unit == "deg" else 100.0 * lengths[measure.unit]


def _group(name: str) -> str:
    return rules().measures[rules().measure[name]].group


def form_of(findings: tuple[Finding, ...], targets: tuple[Target, ...]) -> tuple[float, dict[str, float]]:
    """The form 0..100 and each group's 0..1: its worst measure. A weight under 1 softens a measure."""
    weights = {t.name: t.weight for t in targets}
    groups: dict[str, float] = {}
    heavy: dict[str, float] = {}
    for finding in findings:
        group = _group(finding.name)
        weight = weights.get(finding.name, 1.0)
        mark = 1.0 - (1.0 - finding.mark) * min(weight, 1.0)
        groups[group] = min(groups.get(group, 1.0), mark)
        heavy[group] = max(heavy.get(group, 0.0), weight)
    if not groups:
        return math.nan, groups
    share = rules().values["curve"]["worst"]
    mean = sum(groups[g] * heavy[g] for g in groups) / sum(heavy.values())
    return 100.0 * ((1.0 - share) * mean + share * min(groups.values())), groups
