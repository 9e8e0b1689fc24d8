"""The trainer's movement as the score reads it: few points, how much each limb moves, and what repeats."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.checks import check_array
from perscoach.core.errors import BundleError
from perscoach.motion import Motion
from perscoach.score.rules import rules

SCHEMA = "perscoach.track.1"
STEP = 1e-4
"""Metres in which places are stored."""
MOST_FRAMES = 1_000_000


@dataclass(frozen=True)
class Reps:
    """What repeats in the movement.

    Attributes:
        axis: (B, 3), the first principal component of all bones' directions, away from the resting pose.
        mean: (B, 3), their mean.
        low, high: the projection's 10th and 90th percentile; the trainer rests at the low end.
        period: seconds of one repetition, 0 where there are too few to tell.
        count: how many the trainer does.
    """

    axis: Array
    mean: Array
    low: float
    high: float
    period: float
    count: int


@dataclass(frozen=True)
class Track:
    """The trainer.

    Attributes:
        fps: of the entries.
        width, height: pixels of the picture that ``pixels`` is measured in.
        points: (F, P, 3) float64 metres, the hips' middle at the origin, axes of ``Motion``; NaN where not valid.
        pixels: (F, P, 2) float64.
        valid: (F,) bool.
        motion: (F, B) 0..1, how much each bone moves around that time.
        reps: what repeats, or ``None``.
        skeleton: where the points come from.
    """

    fps: float
    width: int
    height: int
    points: Array
    pixels: Array
    valid: Array
    motion: Array
    reps: Reps | None
    skeleton: str

    def __post_init__(self) -> None:
        f, p, b = len(self.valid), len(rules().points), len(rules().bones)
        check_array("points", self.points, (f, p, 3), np.float64)
        check_array("pixels", self.pixels, (f, p, 2), np.float64)
        check_array("motion", self.motion, (f, b), np.float64)

    def __len__(self) -> int:
        return len(self.valid)

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self) / self.fps

    @property
    def window(self) -> float:
        """Seconds over which the form is judged: one repetition where the movement repeats."""
        values = rules().values["window"]
        if self.reps is None or self.reps.period == 0:
            return float(values["otherwise"])
        return float(min(max(self.reps.period, values["least"]), values["most"]))

    def many(self, times: Array) -> tuple[Array, Array]:
        """``at`` for many times at once: points (n, P, 3) and whether the trainer is there (n,)."""
        position = np.clip(times * self.fps, 0.0, len(self) - 1.0)
        first = np.floor(position).astype(int)
        second = np.minimum(first + 1, len(self) - 1)
        share = np.where(self.valid[second], position - first, 0.0)
        share = np.where(self.valid[first], share, 1.0)[:, None, None]
        there = self.valid[first] | self.valid[second]
        filled = np.nan_to_num(self.points)
        return filled[first] * (1 - share) + filled[second] * share, there

    def at(self, time: float) -> tuple[Array, Array] | None:
        """Points (P, 3) and motion (B,) at ``time`` seconds, between frames; ``None`` where the trainer is missing."""
        position = min(max(time * self.fps, 0.0), len(self) - 1.0)
        first = math.floor(position)
        second = min(first + 1, len(self) - 1)
        share = position - first
        if self.valid[first] and self.valid[second]:
            points = self.points[first] * (1 - share) + self.points[second] * share
            return points, self.motion[first] * (1 - share) + self.motion[second] * share
        for index in (first, second):
            if self.valid[index]:
                return self.points[index], self.motion[index]
        return None

    def to_json(self) -> dict[str, Any]:
        """For the browser: plain JSON, places as base64 of little-endian int16."""
        reps = self.reps
        return {
            "schema": SCHEMA,
            "rules": rules().values["version"],
            "fps": self.fps,
            "width": self.width,
            "height": self.height,
            "frames": len(self),
            "skeleton": self.skeleton,
            "step": STEP,
            "points": _packed(self.points / STEP),
            "pixels": _packed(self.pixels),
            "valid": base64.b64encode(self.valid.astype(np.uint8).tobytes()).decode(),
            "motion": base64.b64encode(np.round(np.nan_to_num(self.motion) * 255).astype(np.uint8).tobytes()).decode(),
            "reps": None
            if reps is None
            else {
                "axis": reps.axis.round(6).tolist(),
                "mean": reps.mean.round(6).tolist(),
                "low": round(reps.low, 6),
                "high": round(reps.high, 6),
                "period": round(reps.period, 4),
                "count": reps.count,
            },
        }

    @classmethod
    def from_json(cls, value: Any) -> Track:
        """Read what ``to_json`` wrote.

        Raises:
            BundleError: it is something else.
        """
        try:
            if value["schema"] != SCHEMA or value["rules"] != rules().values["version"]:
                raise ValueError("another schema")
            f, p, b = int(value["frames"]), len(rules().points), len(rules().bones)
            if not (0 < f <= MOST_FRAMES and 0 < float(value["fps"]) <= 1000 and value["step"] == STEP):
                raise ValueError("frames or rate")
            valid = np.frombuffer(base64.b64decode(value["valid"]), np.uint8).reshape(f).astype(bool)
            points = np.frombuffer(base64.b64decode(value["points"]), "<i2").reshape(f, p, 3).astype(np.float64) * STEP
            pixels = np.frombuffer(base64.b64decode(value["pixels"]), "<i2").reshape(f, p, 2).astype(np.float64)
            motion = np.frombuffer(base64.b64decode(value["motion"]), np.uint8).reshape(f, b) / 255.0
            points[~valid], pixels[~valid] = np.nan, np.nan
            raw = value["reps"]
            reps = None
            if raw is not None:
                axis, mean = (np.array(raw[k], np.float64).reshape(b, 3) for k in ("axis", "mean"))
                numbers = (float(raw["low"]), float(raw["high"]), float(raw["period"]))
                reps = Reps(axis, mean, *numbers, int(raw["count"]))
            size = (int(value["width"]), int(value["height"]))
            return cls(float(value["fps"]), *size, points, pixels, valid, motion, reps, str(value["skeleton"]))
        except (LookupError, TypeError, ValueError, OverflowError) as error:
            raise BundleError("score.bad_track", reason=str(error)) from error


def _packed(values: Array) -> str:
    whole = np.clip(np.nan_to_num(np.round(values)), -32767, 32767).astype("<i2")
    return base64.b64encode(whole.tobytes()).decode()


def prepare(motion: Motion) -> Track:
    """The trainer's ``Motion`` as a ``Track``; either skeleton.

    Raises:
        BundleError: no frame has a body, or the skeleton is not known here.
    """
    where = rules().joints.get(motion.skeleton.name)
    if where is None or not motion.valid.any():
        raise BundleError("score.nothing", skeleton=motion.skeleton.name, frames=int(motion.valid.sum()))
    points = motion.joints_3d[:, list(where)].astype(np.float64)
    points = np.round(points / STEP) * STEP  # as the browser reads it
    pixels = np.round(motion.keypoints_2d[:, list(where)].astype(np.float64))
    valid = motion.valid & np.isfinite(points).all((1, 2)) & np.isfinite(pixels).all((1, 2))
    points[~valid], pixels[~valid] = np.nan, np.nan
    fps = float(motion.fps)
    directions = _directions(points)
    moves = np.round(_motion(directions, valid, fps) * 255) / 255
    reps = _reps(directions, valid, fps)
    size = (motion.width, motion.height)
    return Track(fps, *size, points, pixels, valid, moves, reps, motion.skeleton.name)


def _directions(points: Array) -> Array:
    """(F, B, 3) of length 1, depth as it is."""
    bones = rules().bones
    vectors = np.stack([points[:, list(b.end)].mean(1) - points[:, list(b.start)].mean(1) for b in bones], 1)
    result: Array = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return result


def _motion(directions: Array, valid: Array, fps: float) -> Array:
    """(F, B) 0..1: the widest angle from the mean direction within the window around each frame."""
    values = rules().values["weight"]
    reach = max(1, round(values["motion_window"] * fps))
    out = np.zeros(directions.shape[:2])
    for frame in range(len(valid)):
        start, stop = max(0, frame - reach), min(len(valid), frame + reach + 1)
        near = directions[start:stop][valid[start:stop]]
        if not len(near):
            continue
        mean = near.mean(0)
        mean /= np.maximum(np.linalg.norm(mean, axis=-1, keepdims=True), 1e-9)
        angle = np.degrees(np.arccos(np.clip((near * mean).sum(-1), -1, 1)))
        out[frame] = np.minimum(angle.max(0) / values["full_motion"] * 2, 1)
    return out


def _reps(directions: Array, valid: Array, fps: float) -> Reps | None:
    """The first principal component, pointing away from where the trainer rests; ``None`` where nothing is repeated."""
    values = rules().values["reps"]
    known = directions[valid]
    if len(known) < values["shortest"] * fps:
        return None
    mean = known.mean(0).round(6)
    flat = (known - mean).reshape(len(known), -1)
    axis = np.linalg.svd(flat - flat.mean(0), full_matrices=False)[2][0].round(6)
    gone = flat @ axis
    low, high = np.percentile(gone, [10, 90])
    if high - low < values["least_range"]:
        return None
    if _pace(gone, gone >= high - (high - low) * values["low"]) < _pace(
        gone, gone <= low + (high - low) * values["low"]
    ):
        axis, gone, low, high = -axis, -gone, -high, -low
    counter = RepCounter(float(low.round(6)), float(high.round(6)))
    for frame, value in zip(np.flatnonzero(valid), gone, strict=True):
        counter(frame / fps, float(value))
    if not counter.count:
        return None
    period = _period(np.interp(np.arange(len(valid)), np.flatnonzero(valid), gone), fps)
    ends = (float(low.round(6)), float(high.round(6)))
    return Reps(axis.reshape(-1, 3), mean, *ends, round(period or 0.0, 4), counter.count)


def _pace(signal: Array, part: Array) -> float:
    """How fast the signal changes, on average, in a part of it: where people rest they hardly move."""
    return float(np.abs(np.gradient(signal))[part].mean()) if part.any() else math.inf


def _period(signal: Array, fps: float) -> float | None:
    """Seconds of the first clear peak of the autocorrelation."""
    values = rules().values["reps"]
    centred = signal - signal.mean()
    count = len(centred)
    spectrum = np.fft.rfft(centred, 2 * count)
    raw = np.fft.irfft(spectrum * np.conj(spectrum))[:count]
    overlap = np.arange(count, 0, -1) / count
    scaled = raw / max(raw[0], 1e-12) / overlap
    start, stop = round(values["shortest"] * fps), min(round(values["longest"] * fps), int(count * 0.75))
    for shift in range(max(1, start), stop - 1):
        here = scaled[shift]
        if here >= values["least_repeat"] and here >= scaled[shift - 1] and here > scaled[shift + 1]:
            return shift / fps
    return None


class RepCounter:
    """Counts movements away from rest and back, by hysteresis between two levels of a projection.

    Args:
        low, high: the ends of the trainer's range; rest is the low one.
    """

    def __init__(self, low: float, high: float) -> None:
        values = rules().values["reps"]
        self._down = low + (high - low) * values["low"]
        self._up = low + (high - low) * values["high"]
        self._least = values["least_seconds"]
        self._away = False
        self._since = -math.inf
        self.count = 0

    def __call__(self, time: float, value: float) -> int:
        """How many are complete at ``time`` seconds."""
        changes = value <= self._down if self._away else value >= self._up
        if changes and time - self._since >= self._least:
            self._away, self._since = not self._away, time
            self.count += not self._away
        return self.count
