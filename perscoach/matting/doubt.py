"""Which frames of a finished matte deserve a look: it flickers there, or mask, matte and landmarks do not agree.

Every figure is a share of the person's area, so that a small and a large picture count alike; all are taken from small
pictures, as what matters can be seen in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from perscoach.core.arrays import Array

FLICKER, DISAGREE, OUTSIDE = 0.05, 0.15, 0.2
"""Figures from which a frame is worth a look: of the person's area that is there in one frame and in neither neighbour (or the
other way round); of area in which mask and matte differ; of landmarks that are surely seen and lie outside the matte."""

SEEN = 0.7
"""Visibility from which a landmark is surely seen."""

REASONS = ("flicker", "disagree", "outside")


@dataclass(frozen=True)
class Look:
    """One frame as the doubts see it.

    Attributes:
        alpha: (h, w) uint8, the finished matte, small.
        mask: (h, w) uint8, the engine's raw mask of the same size, or ``None``.
        points: (33, 5) float32 landmarks (x, y in 0..1, z, visibility, presence), or ``None`` for a miss.
        cut: whether another shot begins.
    """

    alpha: Array
    mask: Array | None = None
    points: Array | None = None
    cut: bool = False


def doubts(looks: Iterable[Look]) -> Iterator[tuple[float, str]]:
    """How doubtful each frame is, and the strongest reason; 1 and more is worth a look. Holds three frames."""
    before: Look | None = None
    now: Look | None = None
    for after in looks:
        if now is not None:
            yield _doubt(before, now, after)
        before, now = now, after
    if now is not None:
        yield _doubt(before, now, None)


def _doubt(before: Look | None, now: Look, after: Look | None) -> tuple[float, str]:
    shares = (
        _flicker(before, now, after) / FLICKER,
        _disagreement(now) / DISAGREE,
        _outside(now) / OUTSIDE,
    )
    worst = int(np.argmax(shares))
    return shares[worst], REASONS[worst]


def _flicker(before: Look | None, now: Look, after: Look | None) -> float:
    """What both neighbours agree on and this frame does not: a movement changes a pixel once, a flash twice."""
    if before is None or after is None or now.cut or after.cut:
        return 0.0
    first, here, last = (one.alpha > 127 for one in (before, now, after))
    area = max(int(first.sum()), int(here.sum()), int(last.sum()))
    return float(((first == last) & (here != first)).sum() / area) if area else 0.0


def _disagreement(now: Look) -> float:
    if now.mask is None:
        return 0.0
    matte, mask = now.alpha > 127, now.mask > 127
    union = int((matte | mask).sum())
    return float((matte != mask).sum() / union) if union else 0.0


def _outside(now: Look) -> float:
    if now.points is None or not np.isfinite(now.points).all():
        return 0.0
    import cv2

    height, width = now.alpha.shape
    at = now.points[:, :2] * (width, height)
    inside = (at >= 0).all(axis=1) & (at < (width, height)).all(axis=1)
    seen = inside & (now.points[:, 3] > SEEN)
    if seen.sum() < 8:
        return 0.0
    side = 2 * max(1, round(0.02 * height)) + 1  # a landmark is off by that much on a good frame too
    near = cv2.dilate((now.alpha > 64).view(np.uint8), np.ones((side, side), np.uint8))
    x, y = at[seen].astype(int).T
    return float((near[y, x] == 0).mean())
