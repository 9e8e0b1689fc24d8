"""What is judged in one trainer's movement, and against which numbers: made once, from their own key poses.

``rules.json`` holds one table of anatomy for all exercises. A *travel* counts where the trainer goes far enough; a *guard*
counts where their pose fits its conditions. Nothing names an exercise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.score.level import Rest, RestFinder
from perscoach.score.measures import Lengths, from_one_side, knees_differ, lengths_of, measure_all, signal_of
from perscoach.score.rules import Measure, rules
from perscoach.score.shape import Shape, shape_of, shapes_of
from perscoach.score.turns import Turn, TurnFinder


@dataclass(frozen=True)
class Target:
    """One measure that is judged.

    Attributes:
        rest, key: the trainer's, in the measure's unit.
        tolerance: travel: share of the trainer's travel; guard: in the unit.
        worse: 1: more is worse; -1: less is worse; 0: both.
        weight: 1, or what the coach set; 0: found in the movement, and not judged. cue: the coach's own words, or an empty text.
        room: how much further from the trainer than ``tolerance`` is still well, in the tolerance's own unit: the trainer may go
            deeper than deep, or hold themselves straighter than most people can.
    """

    name: str
    rest: float
    key: float
    tolerance: float
    worse: int
    weight: float = 1.0
    cue: str = ""
    room: float = 0.0


@dataclass(frozen=True)
class Moment:
    """A stretch of a movement that does not repeat: seconds, and the trainer's measures there (``None`` where unknown)."""

    start: float
    stop: float
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Plan:
    """All that the judge needs to know about the trainer.

    Attributes:
        main: the measure that repeats, or an empty text.
        travel: by how much its signal changes from rest to key pose.
        period: seconds of one repetition, 0 where unknown.
        turns: the trainer's repetitions: start, turning point, end in seconds.
        targets: what is judged at the turning points.
        moments: what is judged where nothing repeats.
        rest: seconds at which the trainer is at rest: there a client takes up the starting pose.
        level: (3, 3) takes the tilt of the trainer's camera off.
        shapes: of the key poses, several where the sides take turns; empty where not known.
    """

    main: str
    travel: float
    period: float
    turns: tuple[tuple[float, float, float], ...]
    targets: tuple[Target, ...]
    moments: tuple[Moment, ...]
    level: Array
    rest: float = 0.0
    shapes: tuple[Shape, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "main": self.main,
            "travel": round(self.travel, 6),
            "period": round(self.period, 4),
            "turns": [[round(v, 4) for v in turn] for turn in self.turns],
            "targets": [{k: _plain(v) for k, v in vars(t).items()} for t in self.targets],
            "moments": [[m.start, m.stop, list(m.values)] for m in self.moments],
            "level": [round(float(v), 9) for v in self.level.ravel()],
            "rest": round(self.rest, 4),
            "shapes": [shape.to_json() for shape in self.shapes],
        }

    @classmethod
    def from_json(cls, value: Any) -> Plan:
        """Read what ``to_json`` wrote.

        Raises:
            LookupError, TypeError, ValueError: it is something else.
        """
        names = rules().measure
        targets = tuple(_target(t) for t in value["targets"])
        main = str(value["main"])
        if (main and main not in names) or any(t.name not in names for t in targets):
            raise ValueError("a measure that is not known")
        turns = tuple((float(a), float(b), float(c)) for a, b, c in value["turns"])
        moments = tuple(
            Moment(float(a), float(b), tuple(None if v is None else float(v) for v in values))
            for a, b, values in value["moments"]
        )
        if any(len(m.values) != len(names) for m in moments):
            raise ValueError("moments")
        level = np.array(value["level"], np.float64).reshape(3, 3)
        rest = float(value["rest"])
        numbers = [float(value["travel"]), float(value["period"]), rest, *level.ravel(), *np.ravel(turns)]
        if not np.isfinite(numbers).all():
            raise ValueError("numbers")
        shapes = tuple(Shape.from_json(one) for one in value.get("shapes", ()))
        return cls(main, numbers[0], numbers[1], turns, targets, moments, level, rest, shapes)


def _plain(value: Any) -> Any:
    return round(value, 6) if isinstance(value, float) else value


def _target(value: Any) -> Target:
    numbers = [
        float(value.get(k, 0.0) if k == "room" else value[k]) for k in ("rest", "key", "tolerance", "weight", "room")
    ]
    rest, key, tolerance, weight, room = numbers
    if not np.isfinite(numbers).all() or tolerance <= 0 or room < 0 or value["worse"] not in (-1, 0, 1):
        raise ValueError("a target")
    return Target(str(value["name"]), rest, key, tolerance, int(value["worse"]), weight, str(value["cue"])[:200], room)


def plan_of(points: Array, known: Array, fps: float) -> Plan:
    """The plan for a trainer.

    Args:
        points: (F, P, 3) hip-centred metres; NaN where there is no body.
        known: (F, P) whether a point was measured: not guessed, inside the picture, of sufficient confidence.
    """
    body = np.flatnonzero(np.isfinite(points).all((1, 2)))
    used = body[known[body][:, :12].mean(1) >= 0.5] if len(body) else body
    if len(used) < 3:
        return Plan("", 0.0, 0.0, (), (), (), np.eye(3))
    sided, seen = from_one_side(points[used], known[used])
    smooth = smoothed(sided)
    times = used / fps
    lengths = Lengths(*(float(max(v, 0.05)) for v in np.median(lengths_of(smooth), axis=0)))
    for name, travel in _candidates(smooth, seen, lengths):
        found = _repeating(name, travel, smooth, seen, times)
        if found is not None:
            return found
    return _flowing(smooth, seen, times, len(points) / fps)


def smoothed(points: Array) -> Array:
    """(F, P, 3), the mean of five neighbouring frames; at the ends the first and last count more than once."""
    padded = np.pad(points, ((2, 2), (0, 0), (0, 0)), mode="edge")
    result: Array = np.stack([padded[i : i + len(points)] for i in range(5)]).mean(0)
    return result


def _candidates(points: Array, seen: Array, lengths: Lengths) -> list[tuple[str, float]]:
    """Measures that may repeat, the one that goes furthest first, with the signed range of their signal."""
    trunk = (points[:, 0] + points[:, 1] - points[:, 6] - points[:, 7]) / 2
    steep = -trunk[:, 1] / np.maximum(np.sqrt((trunk * trunk).sum(-1)), 1e-9)
    pose = "upright" if np.percentile(steep, 75) > 0.7 else "lying"
    found = []
    for index, measure in enumerate(rules().measures):
        main = measure.values.get("main")
        here = seen[:, index]
        if main is None or measure.values.get("pose", pose) != pose or here.mean() < 0.5:
            continue
        signal = signal_of(points[here], measure.name, lengths)
        low, high = np.percentile(signal, [4, 96])
        if high - low < measure.values["least"]:
            continue
        edge = max(1, len(signal) // 12)
        ends = np.median(np.concatenate([signal[:edge], signal[-edge:]]))
        toward = ends - low <= high - ends or measure.values.get("from_straight", False)
        away = high - low if toward else low - high
        found.append(((high - low) / main, measure.name, float(away)))
    return [(name, away) for _, name, away in sorted(found, reverse=True)]


def _repeating(name: str, away: float, points: Array, seen: Array, times: Array) -> Plan | None:
    """The plan of a movement in which ``name`` repeats; ``None`` where it does not."""
    index = rules().measure[name]
    here = seen[:, index]
    rest = _rest(name, away, points[here], times[here])
    signal = signal_of(points, name, rest.lengths)
    signal[~here] = np.interp(times[~here], times[here], signal[here]) if not here.all() else signal[~here]
    turns = _turns((signal - rest.signal) / away, times)
    if not turns:
        return None
    travel = float(np.median([t.high for t in turns])) * away
    share = (signal - rest.signal) / travel
    turns = _turns(share, times)
    turns = [t for t in turns if t.high - t.low >= 0.5]
    if not turns:
        return None
    levelled = points @ rest.level.T
    values = measure_all(levelled, rest.lengths)
    values[~seen] = np.nan
    keys = np.array([_key(values, share, times, turn) for turn in turns])
    period = float(np.median(np.diff([t.turn for t in turns]))) if len(turns) > 1 else turns[0].stop - turns[0].start
    deepest = np.any([key_frames(share, times, turn) for turn in turns], 0)
    even = float(np.median(knees_differ(points[deepest]))) < rules().values["even_knees"]
    targets = _targets(name, rest, known_median(keys), keys, even)
    whole = tuple((t.start, t.turn, _back(share, times, t, turns[i + 1 :])) for i, t in enumerate(turns))
    standing = np.flatnonzero(share <= rules().values["rest"]["within"])
    stands = float(times[standing[0] if len(standing) else int(share.argmin())])
    poses = [np.median(levelled[key_frames(share, times, turn)], axis=0) for turn in turns]
    seen_shapes = [shape_of(pose, key, rest.values) for pose, key in zip(poses, keys, strict=True)]
    shapes = shapes_of(seen_shapes, judges_arms(targets))
    return Plan(name, travel, period, whole, targets, (), rest.level, stands, shapes)


def _rest(name: str, travel: float, points: Array, times: Array) -> Rest:
    finder = RestFinder(name, travel, 10**9)
    chosen = np.linspace(0, len(points) - 1, min(len(points), 400)).astype(int)
    finder.take([points[i] for i in chosen], lock=True)
    assert finder.rest is not None
    return finder.rest


def _turns(share: Array, times: Array) -> list[Turn]:
    finder = TurnFinder()
    found = [finder(float(t), float(s)) for t, s in zip(times, share, strict=True)]
    return [turn for turn in (*found, finder.finish()) if turn is not None]


def _back(share: Array, times: Array, turn: Turn, later: list[Turn]) -> float:
    """When the person is back at rest after a turning point, at the latest where the next repetition begins."""
    limit = later[0].start if later else float(times[-1])
    there = times[(times > turn.turn) & (share <= turn.low + 0.1 * (turn.high - turn.low))]
    return min(float(there[0]), limit) if len(there) else limit


def key_frames(share: Array, times: Array, turn: Turn) -> Array:
    """Which frames (F,) bool are the key pose of a repetition: those near its furthest point."""
    near = turn.high - rules().values["turns"]["near"] * (turn.high - turn.low)
    result: Array = (times >= turn.start) & (times <= turn.stop) & (share >= near - 1e-12)
    return result


def _key(values: Array, share: Array, times: Array, turn: Turn) -> Array:
    return known_median(values[key_frames(share, times, turn)])


def known_median(values: Array) -> Array:
    """(N, M) to (M,): the median of what is known; NaN where less than a third is."""
    out = np.full(values.shape[1], np.nan)
    for i, column in enumerate(values.T):
        good = column[np.isfinite(column)]
        if len(good) * 3 >= len(column) and len(good):
            out[i] = np.median(good)
    return out


def _targets(main: str, rest: Rest, key: Array, keys: Array, even: bool) -> tuple[Target, ...]:
    """The measures of the table that count here. ``even``: both legs do the same, else their guards mean nothing."""
    counted: dict[str, Target] = {}
    for i, measure in enumerate(rules().measures):
        start = float(rest.values[i])
        if np.isnan(key[i]) or any(other in counted for other in measure.values.get("unless", ())):
            continue
        if (
            measure.values.get("pose", "upright") != ("upright" if rest.upright else "lying")
            and "pose" in measure.values
        ):
            continue
        target = _travel(measure, main, start, float(key[i]), keys[:, i]) if measure.kind == "travel" else None
        legs = measure.values.get("legs", False)
        if measure.kind == "guard" and (even or not legs) and _stands(measure, counted, start, float(key[i])):
            target = _guard(measure, counted, start, float(key[i]))
        if target is not None:
            counted[measure.name] = target
    return tuple(counted.values())


def judges_arms(targets: tuple[Target, ...]) -> bool:
    """Whether what the arms do counts."""
    return any(rules().measures[rules().measure[t.name]].group == "arms" and t.weight > 0 for t in targets)


def _travel(measure: Measure, main: str, rest: float, key: float, keys: Array) -> Target | None:
    travel = key - rest
    known = (keys - rest)[np.isfinite(keys)]
    if abs(travel) < measure.values["least"] or (known * np.sign(travel)).min() < 0.6 * abs(travel):
        return None
    own = measure.name == main or main in measure.values.get("with", ())
    tolerance = measure.tolerance if own else max(measure.tolerance, measure.values.get("floor", 0) / abs(travel))
    judged = own or abs(travel) >= measure.values.get("judged_from", 0)
    enough, most = measure.values.get("enough", np.inf), measure.values.get("room", 0.0)
    room = float(min(max(1.0 - enough / abs(travel) - tolerance, 0.0), most))
    return Target(measure.name, rest, key, tolerance, -1, 1.0 if judged else 0.0, room=room)


def _guard(measure: Measure, counted: dict[str, Target], rest: float, key: float) -> Target:
    room, trust = _natural(measure, counted, key), float(measure.values.get("trust", 1.0))
    return Target(measure.name, trust * rest, trust * key, measure.tolerance, int(measure.values["worse"]), room=room)


def _natural(measure: Measure, counted: dict[str, Target], key: float) -> float:
    """By how much the trainer's key pose is better than what is natural in a squat: nobody has to match that."""
    natural = measure.values.get("natural")
    if natural is None or "hip_drop" not in counted:
        return 0.0
    return max(float(measure.values["worse"]) * (float(natural) - key), 0.0)


def _stands(measure: Measure, counted: dict[str, Target], rest: float, key: float) -> bool:
    """Whether the conditions of a guard hold in the trainer's own poses."""
    values = measure.values
    if values.get("legs") and not {"hip_drop", "knee_bend"} & set(counted):
        return False
    if "straight" in values and max(rest, key) > values["straight"]:
        return False
    return not ("stays" in values and abs(key - rest) > values["stays"])


def _flowing(points: Array, seen: Array, times: Array, duration: float) -> Plan:
    """The plan of a movement that does not repeat: its measures in stretches of two seconds."""
    values = rules().values["moments"]
    rest = _rest("", 0.0, points[: max(1, int(np.searchsorted(times, times[0] + 1.0)))], times)
    found = measure_all(points @ rest.level.T, rest.lengths)
    found[~seen] = np.nan
    moments = []
    for start in np.arange(0.0, max(duration - values["seconds"] / 2, 1e-6), values["seconds"]):
        inside = (times >= start) & (times < start + values["seconds"])
        if inside.any():
            middle = known_median(found[inside])
            numbers = tuple(None if np.isnan(v) else round(float(v), 6) for v in middle)
            moments.append(Moment(float(start), float(start + values["seconds"]), numbers))
    return Plan("", 0.0, 0.0, (), (), tuple(moments), rest.level, float(times[0]))
