"""Scores a client's recording against a trainer offline: finds where the client starts, then follows both frame by frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import BundleError
from perscoach.core.files import read_json, regular_file
from perscoach.motion import Motion
from perscoach.score.choice import Choice
from perscoach.score.comparer import MEDIAPIPE, Comparer
from perscoach.score.geometry import angles_between, bones_of, circular_median, flattened, turned, yaw_of
from perscoach.score.judge import tells_rest
from perscoach.score.measures import from_one_side
from perscoach.score.plan import smoothed
from perscoach.score.report import Report, report_of
from perscoach.score.rules import rules
from perscoach.score.track import Track, prepare

SCHEMA = "perscoach.landmarks.1"
MOST_BYTES = 400 << 20
SEARCH = 8.0
"""Seconds before and after in which the start is looked for where nothing repeats."""
_MIRROR_GAIN = 3.0
"""Degrees by which a mirrored client must fit better to be taken for one: most movements have no side."""


class Client(NamedTuple):
    """A client's recording.

    Attributes:
        times: (N,) seconds, growing, the first at 0.
        world: (N, 33, 3) metres; NaN where nobody was seen.
        visibility: (N, 33) 0..1.
    """

    times: Array
    world: Array
    visibility: Array


class Scored(NamedTuple):
    """A report, where on the client's clock the trainer's start lies (seconds), and whether the client mirrored them."""

    report: Report
    offset: float
    mirror: bool

    @property
    def form(self) -> float | None:
        """0 to 100: how well the repetitions were done; ``None`` where nothing could be scored."""
        return self.report.form

    @property
    def timing(self) -> float | None:
        """0 to 100; ``None`` where unknown."""
        return self.report.timing

    @property
    def coverage(self) -> float:
        """0 to 100: the share of frames that could be scored."""
        return self.report.coverage

    @property
    def reps(self) -> int | None:
        """Complete repetitions of the client; ``None`` where the trainer does not repeat."""
        return self.report.reps

    @property
    def attempts(self) -> int | None:
        """Repetitions that did not go far enough to count; ``None`` where the trainer does not repeat."""
        return self.report.attempts

    @property
    def trainer_reps(self) -> int | None:
        """The trainer's repetitions in one round; ``None`` where the trainer does not repeat."""
        return self.report.trainer_reps

    @property
    def groups(self) -> dict[str, float | None]:
        """``depth``, ``trunk``, ``knees``, ``feet``, ``arms`` to 0..100; ``None`` for what is not judged."""
        return self.report.groups

    @property
    def limbs(self) -> dict[str, float | None]:
        """Name to form, 0 to 1; ``None`` for a limb that no measure speaks for."""
        return self.report.limbs


def client_of(motion: Motion) -> Client:
    """A ``Motion`` as a client's recording; landmarks that its skeleton does not have stay at the hips' middle, unseen."""
    slots, joints = rules().joints[MEDIAPIPE], rules().joints[motion.skeleton.name]
    world = np.zeros((len(motion), 33, 3))
    visibility = np.zeros((len(motion), 33))
    world[:, list(slots)] = motion.joints_3d[:, list(joints)]
    visibility[:, list(slots)] = motion.confidence[:, list(joints)]
    world[~motion.valid], visibility[~motion.valid] = np.nan, 0.0
    return Client(np.arange(len(motion)) / float(motion.fps), world, visibility)


def read_landmarks(path: Path) -> Client:
    """A recording that the mirror page saved.

    Raises:
        BundleError: it is something else.
    """
    regular_file(path, BundleError)
    try:
        value = read_json(path, MOST_BYTES)
        if value["schema"] != SCHEMA:
            raise ValueError(f"schema {value['schema']!r:.40}")
        rows = [_row(index, frame) for index, frame in enumerate(value["frames"])]
        times = np.array([t for t, _, _ in rows], np.float64)
        if not len(rows) or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
            raise ValueError("times must grow")
    except (OSError, ValueError, LookupError, TypeError, OverflowError) as error:
        raise BundleError("score.bad_landmarks", name=path.name, reason=f"{error!s:.200}") from error
    return Client(times - times[0], np.stack([w for _, w, _ in rows]), np.stack([v for _, _, v in rows]))


def _row(index: int, frame: Any) -> tuple[float, Array, Array]:
    if frame["world"] is None:
        return float(frame["t"]), np.full((33, 3), np.nan), np.zeros(33)
    world = np.array(frame["world"], np.float64).reshape(33, 3)
    visibility = np.array(frame["visibility"], np.float64).reshape(33)
    if not (np.isfinite(world).all() and np.isfinite(visibility).all() and np.abs(world).max() < 100):
        raise ValueError(f"frame {index}: numbers that are no landmarks")
    return float(frame["t"]), world, visibility


def score(trainer: Motion, client: Client, mirror: bool | None = None, offset: float | None = None,
          choice: dict[str, Choice] | None = None) -> Scored:  # fmt: skip
    """Score a client's recording against the trainer.

    Args:
        mirror: whether the client mirrors the trainer; ``None``: only where the limbs' directions fit clearly better so.
        offset: where on the client's clock the trainer's start lies, seconds; only the trainer's time is judged then.
            ``None``: where the repetitions match; the whole recording is judged.
        choice: the coach's own settings of the measures; see ``choice.with_choice``.

    Raises:
        BundleError: there is nothing to compare.
    """
    track = prepare(trainer, choice)
    if not np.isfinite(client.world).all((1, 2)).any():
        raise BundleError("score.nobody")
    sides = (False, True) if mirror is None else (mirror,)
    places = [_place(track, client, side, offset) for side in sides]
    best = len(places) - 1 if places[-1][1] < places[0][1] - _MIRROR_GAIN else 0
    found, side = places[best][0], sides[best]
    return Scored(_run(track, client, side, found, offset is None), found, side)


def _run(track: Track, client: Client, mirror: bool, offset: float, whole: bool) -> Report:
    comparer = Comparer(track, mirror)
    inside = np.ones(len(client.times), bool)
    if not (whole and track.plan.main):
        inside = (client.times >= offset - 1e-6) & (client.times <= offset + track.duration)
    seen = np.isfinite(client.world).all((1, 2))
    _learn_rest(comparer, client, inside & seen)
    for i in np.flatnonzero(inside):
        time, place = float(client.times[i]), float(client.times[i] - offset)
        rate = 1.0 if 0 <= place <= track.duration else 0.0  # before and after, the trainer stands
        place = min(max(place, 0.0), track.duration)
        comparer.step(time, place, client.world[i] if seen[i] else None, client.visibility[i], rate)
    return report_of(comparer)


def _learn_rest(comparer: Comparer, client: Client, use: Array) -> None:
    """A recording can be looked through beforehand: its calmest frames are the client's rest."""
    main, some = comparer.track.plan.main, np.flatnonzero(use)
    if not main or not len(some):
        return
    seen = np.stack([comparer.seen(client.visibility[i]) for i in some])
    points, known = from_one_side(np.stack([comparer.points(client.world[i]) for i in some]), seen)
    smooth = smoothed(points)[tells_rest(main, seen, known)]
    if len(smooth):
        chosen = np.linspace(0, len(smooth) - 1, min(len(smooth), 400)).astype(int)
        comparer.judge.finder.take([smooth[i] for i in chosen], lock=True)


def _place(track: Track, client: Client, mirror: bool, offset: float | None) -> tuple[float, float]:
    """Where the trainer's start lies on the client's clock, and the mean angle between the limbs there, degrees."""
    offsets = [offset] if offset is not None else _by_turns(track, client, mirror)
    if not offsets:
        offsets = list(np.arange(-SEARCH, min(float(client.times[-1]), SEARCH) + 0.05, 0.1))
    costs = _costs(track, client, mirror, offsets)
    best = int(np.argmin(costs))
    return round(float(offsets[best]), 2), float(costs[best])


def _by_turns(track: Track, client: Client, mirror: bool) -> list[float]:
    """Offsets under which the client's first repetitions are the trainer's; several where the client does more."""
    if not track.plan.main:
        return []
    comparer = Comparer(track, mirror)
    seen = np.isfinite(client.world).all((1, 2))
    _learn_rest(comparer, client, seen)
    for i in np.flatnonzero(seen):
        points, known = comparer.points(client.world[i]), comparer.seen(client.visibility[i])
        comparer.judge.step(float(client.times[i]), 0.0, 0.0, points, known)
    comparer.judge.finish()
    turns = [rep.turn for rep in comparer.judge.reps]
    first = track.plan.turns[0][1]
    return [turn - first for turn in turns[: max(1, len(turns) - len(track.plan.turns) + 1)]]


def _costs(track: Track, client: Client, mirror: bool, offsets: list[float]) -> Array:
    """The mean angle for each offset, over the time that both share; infinite where that is too short."""
    comparer = Comparer(track, mirror)
    seen = np.isfinite(client.world).all((1, 2))
    use = np.flatnonzero(seen)[:: max(1, int(seen.sum()) // 600)]
    points = np.stack([comparer.points(client.world[i]) for i in use])
    times = client.times[use]
    visible = np.stack([comparer.visible(client.visibility[i]) for i in use])
    _learn_rest(comparer, client, seen)
    rest = comparer.judge.finder.rest
    if rest is not None:
        points = points @ rest.level.T
    directions, _ = flattened(bones_of(points.transpose(1, 0, 2), rules().bones).transpose(1, 0, 2), 1.0)
    turn = _yaw(points) - _yaw(track.many(np.arange(len(track)) / track.fps)[0][track.valid])
    out = np.full(len(offsets), np.inf)
    for i, offset in enumerate(offsets):
        when = times - offset
        points_there, there = track.many(when)
        used = there & (when >= 0) & (when <= track.duration)
        if used.sum() < 0.4 * min(len(times), track.duration * len(times) / max(times[-1], 1e-6)):
            continue
        bones = bones_of(points_there.transpose(1, 0, 2), rules().bones).transpose(1, 0, 2)
        wanted, _ = flattened(turned(bones, turn), 1.0)
        weights = visible * used[:, None]
        out[i] = float((weights * angles_between(directions, wanted)).sum() / max(weights.sum(), 1e-9))
    return out


def _yaw(points: Array) -> float:
    """The median turn of a body about the vertical, radians."""
    found = [y for y in (yaw_of(p, rules().values["yaw"]["least_width"]) for p in points) if y is not None]
    return circular_median(found[:: max(1, len(found) // 200)])
