"""A session in numbers: form, timing, coverage, repetitions, limbs, the best and worst moments."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from perscoach.score.comparer import Comparer, Window
from perscoach.score.rules import rules

SCHEMA = "perscoach.report.1"


@dataclass(frozen=True)
class Report:
    """What a session came to.

    Attributes:
        form: 0..100, how near the limbs lay to the trainer's; ``None`` where nothing could be scored.
        timing: 0..100: full up to a third of a second late and steady.
        late, unsteady: seconds, the median lag and the spread of its middle 80 %; ``None`` where unknown.
        coverage: 0..100, the share of frames that could be scored.
        reps, trainer_reps: complete repetitions of the client, and of the trainer in one round; ``None`` where the
            trainer does not repeat.
        limbs: name to form 0..1 over the session, ``None`` where it was never seen.
        windows: in order of time.
    """

    form: float | None
    timing: float | None
    late: float | None
    unsteady: float | None
    coverage: float
    reps: int | None
    trainer_reps: int | None
    limbs: dict[str, float | None]
    windows: tuple[Window, ...]

    def moments(self, count: int = 3) -> tuple[list[Window], list[Window]]:
        """The best and the worst windows, at most ``count`` each, none in both."""
        ranked = sorted(self.windows, key=lambda w: (-w.form, w.start))
        half = min(count, len(ranked) // 2) if len(ranked) > 1 else 0
        return ranked[:half], ranked[::-1][:half]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        best, worst = self.moments()
        return {
            "schema": SCHEMA,
            "form": _rounded(self.form, 1),
            "timing": _rounded(self.timing, 1),
            "late_s": _rounded(self.late, 2),
            "unsteady_s": _rounded(self.unsteady, 2),
            "coverage": round(self.coverage, 1),
            "reps": self.reps,
            "trainer_reps": self.trainer_reps,
            "limbs": {name: _rounded(value, 3) for name, value in self.limbs.items()},
            "windows": [_window(w) for w in self.windows],
            "best": [round(w.start, 2) for w in best],
            "worst": [round(w.start, 2) for w in worst],
        }


def report_of(comparer: Comparer) -> Report:
    """The session so far."""
    comparer.finish()
    values = rules().values["timing"]
    weights = np.array([w.weight for w in comparer.windows])
    form = None
    limbs: dict[str, float | None] = {bone.name: None for bone in rules().bones}
    if weights.sum() > 0:
        form = float(sum(w.form * w.weight for w in comparer.windows) / weights.sum())
        for index, bone in enumerate(rules().bones):
            own = bone.other_side if comparer.mirror else index
            known = [(w.limbs[own], w.weight) for w in comparer.windows if not math.isnan(w.limbs[own])]
            if known:
                limbs[bone.name] = sum(v * w for v, w in known) / sum(w for _, w in known)
    late = unsteady = timing = None
    if comparer.lags:
        late = float(np.median(comparer.lags))
        unsteady = max(0.0, float(np.subtract(*np.percentile(comparer.lags, [90, 10]))))
        lost = max(0.0, late - values["free"]) / values["late"] + unsteady / values["unsteady"]
        timing = 100 * min(max(1 - lost, 0.0), 1.0)
    coverage = 100 * comparer.scored / comparer.shown if comparer.shown else 0.0
    reps = comparer.track.reps
    mine, theirs = (None, None) if reps is None else (comparer.reps, reps.count)
    return Report(form, timing, late, unsteady, coverage, mine, theirs, limbs, tuple(comparer.windows))


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None or math.isnan(value) else round(value, digits)


def _window(window: Window) -> dict[str, Any]:
    return {
        "start": round(window.start, 2),
        "stop": round(window.stop, 2),
        "form": _rounded(window.form, 1),
        "limbs": [_rounded(v, 3) for v in window.limbs],
    }
