"""The key pose at a glance: whether a client does the trainer's movement at all. ``mirror/page/shape.mjs`` computes the same.

The measures judge how well a movement is done and take for granted that it is the movement: a lunge has its depth and its
upright trunk too. Good strangers' trunk and legs lie 25 degrees apart at the key pose of a squat, those of the worst of 230
labelled recordings, faults included, 72; their hips are alike within 62 degrees, a lunge's are 80 apart.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from perscoach.core.arrays import Array
from perscoach.score.geometry import angles_between, bones_of, turned, yaw_of
from perscoach.score.measures import hips_differ
from perscoach.score.rules import rules


class Shape(NamedTuple):
    """A key pose.

    Attributes:
        limbs: (L, 3) directions of trunk, thighs, shins and upper arms, of length 1, the person turned to the camera.
        uneven: degrees between both hips (``measures.hips_differ``).
        low: by how much the hips have come down, in leg lengths; NaN where unknown.
    """

    limbs: Array
    uneven: float
    low: float

    def to_json(self) -> list[float]:
        """Plain numbers; ``low`` is left out where unknown."""
        numbers = [*self.limbs.ravel(), self.uneven, *([] if math.isnan(self.low) else [self.low])]
        return [round(float(v), 6) for v in numbers]

    @classmethod
    def from_json(cls, value: list[float]) -> Shape:
        """Read what ``to_json`` wrote.

        Raises:
            ValueError, TypeError: it is something else.
        """
        size = 3 * len(rules().values["alike"]["bones"])
        numbers = np.array(value, np.float64)
        if numbers.ndim != 1 or len(numbers) not in (size + 1, size + 2) or not np.isfinite(numbers).all():
            raise ValueError("a shape")
        low = float(numbers[size + 1]) if len(numbers) > size + 1 else math.nan
        return cls(numbers[:size].reshape(-1, 3), float(numbers[size]), low)


def shape_of(pose: Array, key: Array, rest: Array) -> Shape | None:
    """The shape of a levelled key pose (P, 3); ``None`` where its limbs are not seen or its facing cannot be told.

    Args:
        key, rest: (M,) measures there and at rest, NaN where unknown.
    """
    at, values = rules().measure, rules().values
    yaw = yaw_of(pose, values["yaw"]["least_width"])
    if yaw is None or math.isnan(key[at["hip_bend"]]) or math.isnan(key[at["knee_bend"]]):
        return None
    chosen = tuple(rules().bones[i] for i in values["alike"]["bones"])
    limbs = turned(bones_of(pose, chosen), -yaw)
    limbs = limbs / np.maximum(np.sqrt((limbs * limbs).sum(-1)), 1e-9)[:, None]
    return Shape(limbs, float(hips_differ(pose)), float(key[at["hip_drop"]] - rest[at["hip_drop"]]))


def shapes_of(found: list[Shape | None], arms: bool) -> tuple[Shape, ...]:
    """The key poses that a trainer shows: one, or several where the sides take turns. None where one could not be told."""
    shapes: list[Shape] = []
    for one in found:
        if one is None:
            return ()
        if not any(alike(other, one, arms) for other in shapes):
            shapes.append(one)
    return tuple(shapes)


def alike(trainer: Shape, client: Shape, arms: bool) -> bool:
    """Whether both may be the same movement. ``arms``: what the arms do counts."""
    most = rules().values["alike"]
    apart = angles_between(trainer.limbs, client.limbs)
    squats = trainer.low < most["stands"] and client.low - trainer.low > most["lower"]
    uneven = abs(trainer.uneven - client.uneven) > most["uneven"]
    elsewhere = arms and float(apart[-2:].mean()) > most["arms"]
    return float(apart[:-2].mean()) <= most["apart"] and not (uneven or squats or elsewhere)
