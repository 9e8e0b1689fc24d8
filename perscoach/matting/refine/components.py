"""Which parts of a matte belong to the trainer: islands, other people, reflections and small holes are sorted out."""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array
from perscoach.matting.boxes import part_of

SOLID = 0.25
"""Alpha from which a pixel counts as part of a piece."""

_SCALE = 2
"""Pieces are found at half resolution: four times cheaper, and a piece that vanishes there is noise."""

_NEAR = 0.012
"""A piece closer to the kept body than this part of the picture's height touches it (a hand behind a bar)."""

_STAYED = 0.3
"""A loose piece is kept when at least so much of it lay in the last kept matte (a barbell's plate behind the arm)."""

_TINY_HOLE = 0.0006
"""A hole smaller than this part of the picture is a fault; the gap between arm and body is larger."""


def clean(alpha: Array, previous: Array | None) -> Array:
    """Alpha (H, W) uint8 with foreign pieces taken out and tiny holes closed.

    Args:
        alpha: this frame's matte.
        previous: the last kept matte, or ``None`` at the start (then the largest piece leads).
    """
    import cv2

    height, width = alpha.shape
    size = (max(1, width // _SCALE), max(1, height // _SCALE))
    solid = _solid(alpha, size)
    keep = _kept_pieces(solid, None if previous is None else _solid(previous, size) > 0)
    holes = _tiny_holes(solid)
    out = alpha
    if keep is not None and (foreign := (solid > 0) & ~keep).any():
        out = np.rint(out * (1.0 - _grown(foreign, keep, alpha.shape))).astype(np.uint8)
    if holes.any():
        closed = cv2.dilate(holes.view(np.uint8) * 255, np.ones((3, 3), np.uint8))  # with its soft rim
        out = cv2.max(out, cv2.resize(closed, (width, height), interpolation=cv2.INTER_LINEAR))
    return out


def _solid(alpha: Array, size: tuple[int, int]) -> Array:
    import cv2

    small = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    return (small > SOLID * 255).view(np.uint8)


def _kept_pieces(solid: Array, before: Array | None) -> Array | None:
    """The pieces of ``solid`` that are the trainer's, or ``None`` where there is nothing to sort."""
    import cv2

    if cv2.connectedComponents(solid, connectivity=8)[0] <= 2:  # the common case, at a quarter of the cost
        return None
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
    sizes = stats[1:, cv2.CC_STAT_AREA].astype(np.float64)
    stayed = np.zeros(count - 1)
    if before is not None and before.any():
        stayed = np.bincount(labels[before], minlength=count)[1:].astype(np.float64)
    lead = int(np.argmax(stayed if stayed.any() else sizes)) + 1
    near = cv2.dilate((labels == lead).astype(np.uint8), _disc(max(1, round(_NEAR * solid.shape[0])))) > 0
    touching = np.bincount(labels[near], minlength=count)[1:] > 0
    keep = touching | (stayed >= _STAYED * sizes)
    keep[lead - 1] = True
    result: Array | None = np.concatenate(([False], keep))[labels]
    return result


def _tiny_holes(solid: Array) -> Array:
    import cv2

    holes = np.zeros(solid.shape, bool)
    part = part_of(solid, 1)
    if part is None:
        return holes
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - solid[part], connectivity=4)
    tiny = stats[:, cv2.CC_STAT_AREA] < _TINY_HOLE * solid.size
    tiny[0] = False  # label 0 is the body itself
    rows, columns = labels.shape
    at_border = (  # the room around the body, or a gap at the picture's edge
        (stats[:, cv2.CC_STAT_LEFT] == 0)
        | (stats[:, cv2.CC_STAT_TOP] == 0)
        | (stats[:, cv2.CC_STAT_LEFT] + stats[:, cv2.CC_STAT_WIDTH] == columns)
        | (stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT] == rows)
    )
    tiny &= ~at_border
    if count > 1 and tiny.any():
        holes[part] = tiny[labels]
    return holes


def _grown(foreign: Array, keep: Array, shape: tuple[int, ...]) -> Array:
    """How far each full-size pixel belongs to foreign pieces and their soft surroundings, never to kept ones."""
    import cv2

    disc = _disc(max(2, round(0.01 * foreign.shape[0])))
    grown = cv2.dilate(foreign.astype(np.uint8), disc)
    grown[keep] = 0
    return cv2.resize(grown.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)


def _disc(radius: int) -> Array:
    import cv2

    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
