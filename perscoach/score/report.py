"""A session in numbers: form, groups, repetitions and attempts, timing, coverage, limbs, the best and worst moments."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from perscoach.score.comparer import Comparer, limbs_of
from perscoach.score.judge import Rep
from perscoach.score.plan import Plan
from perscoach.score.rules import rules

SCHEMA = "perscoach.report.2"


@dataclass(frozen=True)
class Report:
    """What a session came to.

    Attributes:
        form: 0..100, the mean over repetitions, attempts and repetitions missed; ``None`` where nothing was judged.
        groups: ``depth``, ``trunk``, ``knees``, ``feet``, ``arms`` to 0..100; ``None`` where no measure of it counts or
            was seen.
        measures: name to what it was off, the median over the repetitions: ``mark`` 0..1, ``amount`` in ``unit``
            (``cm`` or ``deg``; positive: too much), ``cue``: the coach's own words.
        timing: 0..100: full up to a third of a second late, steady, and at the trainer's pace.
        late, unsteady: seconds, the median lag and the spread of its middle 80 %; ``None`` where unknown.
        tempo: the trainer's seconds for a repetition over the client's; ``None`` where unknown.
        coverage: 0..100, the share of frames that could be scored.
        reps: full repetitions of the client; attempts: those that did not go far enough; trainer_reps: in one round of
            the trainer. ``None`` where the trainer does not repeat.
        limbs: name to form 0..1, the client's own sides; ``None`` where no measure speaks for it.
        repetitions: in order of time.
    """

    form: float | None
    groups: dict[str, float | None]
    measures: dict[str, dict[str, Any]]
    timing: float | None
    late: float | None
    unsteady: float | None
    tempo: float | None
    coverage: float
    reps: int | None
    attempts: int | None
    trainer_reps: int | None
    limbs: dict[str, float | None]
    repetitions: tuple[Rep, ...]

    def worst(self, count: int = 2) -> list[str]:
        """The measures to work on first: the worst of each of the worst groups, only those that are really off."""
        of_group: dict[str, str] = {}
        for name, found in sorted(self.measures.items(), key=lambda item: float(item[1]["mark"])):
            if found["mark"] < rules().values["curve"]["at_tolerance"]:
                of_group.setdefault(rules().measures[rules().measure[name]].group, name)
        return list(of_group.values())[:count]

    def moments(self, count: int = 3) -> tuple[list[Rep], list[Rep]]:
        """The best and the worst repetitions, at most ``count`` each, none in both."""
        known = [rep for rep in self.repetitions if not math.isnan(rep.form)]
        ranked = sorted(known, key=lambda r: (-r.form, r.start))
        half = min(count, len(ranked) // 2) if len(ranked) > 1 else 0
        return ranked[:half], ranked[::-1][:half]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        best, worst = self.moments()
        return {
            "schema": SCHEMA,
            "form": _rounded(self.form, 1),
            "groups": {name: _rounded(value, 1) for name, value in self.groups.items()},
            "measures": self.measures,
            "timing": _rounded(self.timing, 1),
            "late_s": _rounded(self.late, 2),
            "unsteady_s": _rounded(self.unsteady, 2),
            "tempo": _rounded(self.tempo, 2),
            "coverage": round(self.coverage, 1),
            "reps": self.reps,
            "attempts": self.attempts,
            "trainer_reps": self.trainer_reps,
            "limbs": {name: _rounded(value, 3) for name, value in self.limbs.items()},
            "repetitions": [_repetition(rep) for rep in self.repetitions],
            "best": [round(rep.at[0], 2) for rep in best],
            "worst": [round(rep.at[0], 2) for rep in worst],
        }


def report_of(comparer: Comparer) -> Report:
    """The session so far."""
    comparer.finish()
    reps, plan = comparer.judge.reps, comparer.track.plan
    forms = [rep.form for rep in reps if not math.isnan(rep.form)]
    groups: dict[str, float | None] = {}
    for group in rules().values["groups"]:
        known = [rep.groups[group] for rep in reps if group in rep.groups]
        groups[group] = 100.0 * sum(known) / len(known) if known else None
    late = unsteady = None
    if comparer.lags:
        late = float(np.median(comparer.lags))
        unsteady = max(0.0, float(np.subtract(*np.percentile(comparer.lags, [90, 10]))))
    tempo = _tempo(reps, plan)
    coverage = 100 * comparer.scored / comparer.shown if comparer.shown else 0.0
    full, attempts = (sum(r.kind == kind for r in reps) if plan.main else None for kind in ("full", "attempt"))
    measures = {_own(name, comparer.mirror): value for name, value in _measures(reps, plan).items()}
    return Report(
        sum(forms) / len(forms) if forms else None, groups, measures, _timing(late, unsteady, tempo), late, unsteady,
        tempo, coverage, full, attempts, len(plan.turns) if plan.main else None, _limbs(reps, comparer.mirror), tuple(reps),
    )  # fmt: skip


def _timing(late: float | None, unsteady: float | None, tempo: float | None) -> float | None:
    """0..100; ``None`` where nothing is known."""
    values = rules().values["timing"]
    if late is None and tempo is None:
        return None
    lost = max(0.0, (late or 0.0) - values["free"]) / values["late"] + (unsteady or 0.0) / values["unsteady"]
    if tempo is not None:
        lost += max(0.0, abs(math.log(tempo)) - values["free_tempo"]) / values["tempo"]
    return float(100 * min(max(1 - lost, 0.0), 1.0))


def _tempo(reps: list[Rep], plan: Plan) -> float | None:
    """How many times the trainer's pace: from turning point to turning point where nothing was missed between."""
    done = [rep for rep in reps if rep.kind in ("full", "attempt")]
    if len(done) < 2 or len(plan.turns) < 2 or len(done) < len(reps):
        return None
    mine = float(np.median(np.diff([rep.turn for rep in done])))
    theirs = float(np.median(np.diff([turn for _, turn, _ in plan.turns])))
    return theirs / mine if mine > 0 and theirs > 0 else None


def _measures(reps: list[Rep], plan: Plan) -> dict[str, dict[str, Any]]:
    cues = {target.name: target.cue for target in plan.targets}
    found: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(f.name for rep in reps for f in rep.findings):
        mine = [f for rep in reps for f in rep.findings if f.name == name]
        unit = "deg" if rules().measures[rules().measure[name]].unit == "deg" else "cm"
        mark, amount = (float(np.median([getattr(f, key) for f in mine])) for key in ("mark", "amount"))
        found[name] = {"mark": round(mark, 3), "amount": round(amount, 1), "unit": unit, "cue": cues.get(name, "")}
    return found


def _own(name: str, mirror: bool) -> str:
    """The measure of the client's own side."""
    other: str = rules().measures[rules().measure[name]].values.get("other_side", name)
    return other if mirror else name


def _limbs(reps: list[Rep], mirror: bool) -> dict[str, float | None]:
    """Each limb's form over the session, the client's own sides."""
    table = np.array([limbs_of(rep) for rep in reps if rep.findings]).reshape(-1, len(rules().bones))
    limbs: dict[str, float | None] = {}
    for index, bone in enumerate(rules().bones):
        column = table[:, bone.other_side if mirror else index]
        known = column[np.isfinite(column)]
        limbs[bone.name] = float(known.mean()) if len(known) else None
    return limbs


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None or math.isnan(value) else round(value, digits)


def _repetition(rep: Rep) -> dict[str, Any]:
    return {
        "kind": rep.kind,
        "start": round(rep.start, 2),
        "stop": round(rep.stop, 2),
        "trainer": [round(v, 2) for v in rep.at],
        "share": round(rep.share, 3),
        "form": _rounded(rep.form, 1),
        "groups": {name: round(value, 3) for name, value in rep.groups.items()},
        "measures": {f.name: [round(f.mark, 3), round(f.amount, 1)] for f in rep.findings},
    }
