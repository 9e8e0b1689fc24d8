"""What tells two people apart when their boxes cross: the colours between shoulders and hips."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perscoach.core.arrays import Array

SHOULDERS, HIPS = (11, 12), (23, 24)
"""MediaPipe's landmarks."""

BINS = 6
"""Steps of each colour: coarse enough for folds and shadows of one shirt."""

CLEARER = 0.15
"""By how much another person must be more alike before the follower is put right: folds and light change one person's own
likeness by less."""


def clothes_of(rgb: Array, points: Array) -> Array:
    """Shares of the colours between shoulders and hips, (BINS³,) float32 with sum 1, or 0 where that is out of the picture.

    Args:
        rgb: (H, W, 3) uint8.
        points: (33, 2) in 0..1 of the picture.
    """
    height, width = rgb.shape[:2]
    four = points[[*SHOULDERS, *HIPS]] * (width, height)
    (x0, y0), (x1, y1) = four.min(axis=0), four.max(axis=0)
    wide = max(x1 - x0, 0.3 * (y1 - y0))  # seen from the side the four lie in a line
    x0, x1 = (x0 + x1 - wide) / 2, (x0 + x1 + wide) / 2
    rows, columns = slice(max(0, int(y0)), max(0, int(y1) + 1)), slice(max(0, int(x0)), max(0, int(x1) + 1))
    cut = rgb[rows, columns].reshape(-1, 3)
    if len(cut) < 4:
        return np.zeros(BINS**3, np.float32)
    at = cut.astype(np.int32) * BINS // 256
    counts = np.bincount(at @ (BINS * BINS, BINS, 1), minlength=BINS**3)
    return (counts / len(cut)).astype(np.float32)


def alike(a: Array, b: Array) -> float:
    """Bhattacharyya's coefficient of two shares: 0 for no common colour, 1 for the same clothes."""
    return float(np.sqrt(a * b).sum())


def put_right(index: int | None, clothes: Sequence[Array], trainer: Array) -> int | None:
    """The trainer among several people: ``index`` by place, unless another one's clothes are clearly theirs.

    Args:
        index: of the person at the trainer's place, or ``None``.
        clothes: of every person, as ``clothes_of`` gives them.
        trainer: the trainer's clothes.

    Example:
        >>> red, blue = np.eye(2, BINS**3, dtype=np.float32)
        >>> put_right(0, [blue, red], red)
        1
    """
    if not len(clothes) or not trainer.any():
        return index
    scores = [alike(one, trainer) for one in clothes]
    best = int(np.argmax(scores))
    if index is None:
        others = sorted(scores)[:-1]
        return best if scores[best] > 0.5 and (not others or scores[best] > others[-1] + CLEARER) else None
    return best if scores[best] > scores[index] + CLEARER else index
