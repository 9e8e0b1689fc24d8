"""Which of several people is the trainer, and the same one in the next frame. Pure functions over boxes.

A box is ``(x0, y0, x1, y1)`` in 0..1 of the picture. Used by the matting and the pose engines alike, so that the matte
and the skeleton belong to the same person.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from perscoach.core.arrays import Array

Box = tuple[float, float, float, float]

MIN_IOU = 0.1
"""Two boxes of neighbouring frames that overlap less than this are the same person only when their centres are close."""

MAX_STEP = 0.35
"""How far a centre may jump between neighbouring frames, in diagonals of the box (a jump squat moves under 0.1)."""

MAX_GROWTH = 2.5
"""How much a box's height may change at once; a hand before the lens or a passer-by close to it changes more."""


def box_of_points(points: Array, margin: float = 0.0) -> Box:
    """The box around ``points`` (N, 2) in 0..1, grown by ``margin`` of its own sides, cut to the picture."""
    low, high = points.min(axis=0), points.max(axis=0)
    pad = (high - low) * margin
    x0, y0 = np.clip(low - pad, 0.0, 1.0)
    x1, y1 = np.clip(high + pad, 0.0, 1.0)
    return float(x0), float(y0), float(x1), float(y1)


def area(box: Box) -> float:
    """Area in 0..1 of the picture; 0 for an empty or upside-down box."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def centre(box: Box) -> tuple[float, float]:
    """The middle of the box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def iou(a: Box, b: Box) -> float:
    """Intersection over union, 0..1."""
    shared = area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
    union = area(a) + area(b) - shared
    return shared / union if union > 0 else 0.0


def distance_to(box: Box, point: tuple[float, float]) -> float:
    """How far ``point`` is from the box: 0 inside it, else the way to its nearest edge."""
    dx = max(box[0] - point[0], 0.0, point[0] - box[2])
    dy = max(box[1] - point[1], 0.0, point[1] - box[3])
    return math.hypot(dx, dy)


def _first_choice(boxes: Sequence[Box], wish: tuple[float, float] | None) -> int:
    """Without a history: the person under the wished point, else the one who is large and central."""
    if wish is not None:

        def nearness(i: int) -> tuple[float, float]:
            cx, cy = centre(boxes[i])
            return distance_to(boxes[i], wish), math.hypot(cx - wish[0], cy - wish[1])

        return min(range(len(boxes)), key=nearness)

    def weight(i: int) -> float:
        off = abs(centre(boxes[i])[0] - 0.5)  # people stand beside each other: only the sideways offset tells
        return area(boxes[i]) * (1.0 - off)

    return max(range(len(boxes)), key=weight)


def _likeness(previous: Box, box: Box, slack: float) -> float | None:
    """How well ``box`` continues ``previous`` (higher is better), or ``None`` where it cannot be the same person."""
    shared = iou(previous, box)
    (ax, ay), (bx, by) = centre(previous), centre(box)
    diagonal = math.hypot(previous[2] - previous[0], previous[3] - previous[1]) or 1e-6
    step = math.hypot(ax - bx, ay - by) / diagonal
    heights = (previous[3] - previous[1], box[3] - box[1])
    growth = max(heights) / max(min(heights), 1e-6)
    if growth > MAX_GROWTH * slack or (shared < MIN_IOU and step > MAX_STEP * slack):
        return None
    return shared - step - 0.1 * math.log(growth)


def choose_trainer(
    boxes: Sequence[Box], previous: Box | None, wish: tuple[float, float] | None, lost: int = 0
) -> int | None:
    """The index of the trainer among ``boxes``, or ``None`` for a miss.

    Args:
        boxes: the people in this frame.
        previous: the trainer's last known box; ``None`` at the start.
        wish: a point on the trainer, used at the start; later the box is followed.
        lost: how many frames ago ``previous`` was seen, less one; the trainer may have gone further meanwhile.

    Example:
        >>> choose_trainer([(0.1, 0.1, 0.3, 0.9), (0.6, 0.1, 0.8, 0.9)], (0.59, 0.1, 0.79, 0.9), None)
        1
    """
    if not boxes:
        return None
    if previous is None:
        return _first_choice(boxes, wish)
    slack = 1.0 + min(lost, 60) * 0.1
    scored = [(score, i) for i, box in enumerate(boxes) if (score := _likeness(previous, box, slack)) is not None]
    return max(scored)[1] if scored else None


@dataclass
class TrainerTracker:
    """Follows the trainer from frame to frame.

    Attributes:
        wish: a point on the trainer in 0..1, or ``None``.
        patience: after so many frames without the trainer anybody may be chosen anew.
        box: the trainer's last known box.
        lost: frames since then.
    """

    wish: tuple[float, float] | None = None
    patience: int = 90
    box: Box | None = field(default=None)
    lost: int = field(default=0)

    def update(self, boxes: Sequence[Box]) -> int | None:
        """The trainer's index among this frame's ``boxes``, or ``None`` for a miss. Call once a frame, in order."""
        index = choose_trainer(boxes, self.box, self.wish, self.lost)
        if index is None and boxes and self.lost >= self.patience:
            index = choose_trainer(boxes, None, self.wish)
        if index is None:
            self.lost += 1
        else:
            self.box, self.lost = boxes[index], 0
        return index
