"""The trainer's movement as the score reads it: few points, and the plan of what is judged."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.checks import check_array
from perscoach.core.errors import BundleError
from perscoach.motion import GUESSED, Motion
from perscoach.score.choice import Choice, with_choice
from perscoach.score.plan import Plan, plan_of
from perscoach.score.rules import rules

SCHEMA = "perscoach.track.2"
STEP = 1e-4
"""Metres in which places are stored."""
MOST_FRAMES = 1_000_000


@dataclass(frozen=True)
class Track:
    """The trainer.

    Attributes:
        fps: of the entries.
        width, height: pixels of the picture that ``pixels`` is measured in.
        points: (F, P, 3) float64 metres, the hips' middle at the origin, axes of ``Motion``; NaN where not valid.
        pixels: (F, P, 2) float64.
        valid: (F,) bool.
        plan: what is judged, and against which numbers.
        skeleton: where the points come from.
        guessed: (F, P) bool, points that nobody saw (``Motion.seen``): drawn as a guess.
    """

    fps: float
    width: int
    height: int
    points: Array
    pixels: Array
    valid: Array
    plan: Plan
    skeleton: str
    guessed: Array

    def __post_init__(self) -> None:
        f, p = len(self.valid), len(rules().points)
        check_array("points", self.points, (f, p, 3), np.float64)
        check_array("pixels", self.pixels, (f, p, 2), np.float64)
        check_array("guessed", self.guessed, (f, p), bool)

    def __len__(self) -> int:
        return len(self.valid)

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self) / self.fps

    def many(self, times: Array) -> tuple[Array, Array]:
        """``at`` for many times at once: levelled points (n, P, 3) and whether the trainer is there (n,)."""
        position = np.clip(times * self.fps, 0.0, len(self) - 1.0)
        first = np.floor(position).astype(int)
        second = np.minimum(first + 1, len(self) - 1)
        share = np.where(self.valid[second], position - first, 0.0)
        share = np.where(self.valid[first], share, 1.0)[:, None, None]
        there = self.valid[first] | self.valid[second]
        filled = np.nan_to_num(self.points)
        return (filled[first] * (1 - share) + filled[second] * share) @ self.plan.level.T, there

    def at(self, time: float) -> Array | None:
        """Points (P, 3) at ``time`` seconds, between frames and levelled; ``None`` where the trainer is missing."""
        position = min(max(time * self.fps, 0.0), len(self) - 1.0)
        first = math.floor(position)
        second = min(first + 1, len(self) - 1)
        share = position - first
        if self.valid[first] and self.valid[second]:
            points = self.points[first] * (1 - share) + self.points[second] * share
        elif self.valid[first] or self.valid[second]:
            points = self.points[first if self.valid[first] else second]
        else:
            return None
        levelled: Array = points @ self.plan.level.T
        return levelled

    def to_json(self) -> dict[str, Any]:
        """For the browser: plain JSON, places as base64 of little-endian int16."""
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
            "guessed": base64.b64encode(self.guessed.astype(np.uint8).tobytes()).decode(),
            "plan": self.plan.to_json(),
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
            f, p = int(value["frames"]), len(rules().points)
            if not (0 < f <= MOST_FRAMES and 0 < float(value["fps"]) <= 1000 and value["step"] == STEP):
                raise ValueError("frames or rate")
            valid = np.frombuffer(base64.b64decode(value["valid"]), np.uint8).reshape(f).astype(bool)
            points = np.frombuffer(base64.b64decode(value["points"]), "<i2").reshape(f, p, 3).astype(np.float64) * STEP
            pixels = np.frombuffer(base64.b64decode(value["pixels"]), "<i2").reshape(f, p, 2).astype(np.float64)
            guessed = np.frombuffer(base64.b64decode(value["guessed"]), np.uint8).reshape(f, p).astype(bool)
            points[~valid], pixels[~valid] = np.nan, np.nan
            size = (int(value["width"]), int(value["height"]))
            plan = Plan.from_json(value["plan"])
            return cls(float(value["fps"]), *size, points, pixels, valid, plan, str(value["skeleton"]), guessed)
        except (LookupError, TypeError, ValueError, OverflowError) as error:
            raise BundleError("score.bad_track", reason=str(error)) from error


def _packed(values: Array) -> str:
    whole = np.clip(np.nan_to_num(np.round(values)), -32767, 32767).astype("<i2")
    return base64.b64encode(whole.tobytes()).decode()


def prepare(motion: Motion, choice: dict[str, Choice] | None = None) -> Track:
    """The trainer's ``Motion`` as a ``Track``; either skeleton. ``choice``: the coach's own settings of the measures.

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
    plan = with_choice(plan_of(points, _known(motion, where, pixels), fps), choice or {})
    size = (motion.width, motion.height)
    guessed = motion.seen[:, list(where)] == GUESSED
    return Track(fps, *size, points, pixels, valid, plan, motion.skeleton.name, guessed)


def _known(motion: Motion, where: tuple[int, ...], pixels: Array) -> Array:
    """(F, P) whether a point was measured: not guessed, of sufficient confidence, and inside the picture."""
    chosen = list(where)
    edge = 0.02 * np.array([motion.width, motion.height])
    inside = ((pixels >= -edge) & (pixels <= np.array([motion.width, motion.height]) + edge)).all(-1)
    sure = motion.confidence[:, chosen] >= rules().values["visible"]
    known: Array = inside & sure & (motion.seen[:, chosen] != GUESSED)
    return known
