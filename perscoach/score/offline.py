"""Scores a client's recording against a trainer offline: finds where the client starts, then follows both frame by frame."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import BundleError
from perscoach.core.files import read_json, regular_file
from perscoach.motion import Motion
from perscoach.score.comparer import MEDIAPIPE, Comparer
from perscoach.score.geometry import angles_between, bones_of, circular_median, flattened, turned, yaw_of
from perscoach.score.report import Report, report_of
from perscoach.score.rules import rules
from perscoach.score.track import Track, prepare

SCHEMA = "perscoach.landmarks.1"
MOST_BYTES = 400 << 20
SEARCH = 8.0
"""Seconds before and after in which the client's start is looked for."""


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
        """0 to 100: how near the limbs were to the trainer's; ``None`` where nothing could be scored."""
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
    def limbs(self) -> dict[str, float | None]:
        """Name to form, 0 to 1; ``None`` for a limb that was never visible."""
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


def score(trainer: Motion, client: Client, mirror: bool | None = None, offset: float | None = None) -> Scored:
    """Score a client's recording against the trainer.

    Args:
        mirror: whether the client mirrors the trainer; ``None``: whichever fits better.
        offset: where on the client's clock the trainer's start lies, seconds; ``None``: where it fits best.

    Raises:
        BundleError: there is nothing to compare.
    """
    track = prepare(trainer)
    sides = (False, True) if mirror is None else (mirror,)
    tried = []
    for side in sides:
        found = find_offset(track, client, side) if offset is None else offset
        tried.append(Scored(_run(track, client, side, found), found, side))
    return max(tried, key=lambda s: (s.report.form or 0.0, not s.mirror))


def _run(track: Track, client: Client, mirror: bool, offset: float) -> Report:
    comparer = Comparer(track, mirror)
    inside = (client.times >= offset - 1e-6) & (client.times <= offset + track.duration)
    first = np.flatnonzero(inside & np.isfinite(client.world).all((1, 2)))[:1]
    if (
        len(first) and client.times[first[0]] - offset < 0.5
    ):  # the pose in which both begin; a recording has no two seconds of it
        many = [client.world[first[0]]] * rules().values["calibration"]["least_frames"]
        comparer.calibrate(many, float(client.times[first[0]] - offset))
    for time, world, seen in zip(client.times[inside], client.world[inside], client.visibility[inside], strict=True):
        comparer.step(float(time), float(time - offset), world if np.isfinite(world).all() else None, seen)
    return report_of(comparer)


def find_offset(track: Track, client: Client, mirror: bool) -> float:
    """Where on the client's clock the trainer's start lies best, to a tenth of a second: the least mean angle.

    Without lag: what is left of it is the timing.
    """
    comparer = Comparer(track, mirror)
    seen = np.isfinite(client.world).all((1, 2))
    use = np.flatnonzero(seen)[:: max(1, int(seen.sum()) // 600)]
    if not len(use):
        raise BundleError("score.nobody")
    points = np.stack([comparer.points(client.world[i]) for i in use])
    times = client.times[use]
    visible = np.stack([comparer.visible(client.visibility[i]) for i in use])
    directions, _ = flattened(bones_of(points.transpose(1, 0, 2), rules().bones).transpose(1, 0, 2), 1.0)
    yaws = [yaw_of(p, rules().values["yaw"]["least_width"]) for p in points]
    theirs = [yaw_of(p, rules().values["yaw"]["least_width"]) for p in track.points[track.valid]]
    mine = [y for y in yaws if y is not None]
    other = [y for y in theirs if y is not None]
    turn = circular_median(mine[:: max(1, len(mine) // 200)]) - circular_median(other[:: max(1, len(other) // 200)])
    best, least = 0.0, math.inf
    for offset in np.arange(-SEARCH, min(float(times[-1]), SEARCH) + 0.05, 0.1):
        when = times - offset
        points_there, there = track.many(when)
        used = there & (when >= 0) & (when <= track.duration)
        if used.sum() < 0.4 * min(len(times), track.duration * len(times) / max(times[-1], 1e-6)):
            continue
        bones = bones_of(points_there.transpose(1, 0, 2), rules().bones).transpose(1, 0, 2)
        wanted, _ = flattened(turned(bones, turn), 1.0)
        weights = visible * used[:, None]
        cost = float((weights * angles_between(directions, wanted)).sum() / max(weights.sum(), 1e-9))
        if cost < least - 1e-9:
            best, least = round(float(offset), 1), cost
    return best
