"""The bounding box of a matte: most of a frame is background, and work on it is wasted."""

from __future__ import annotations

from perscoach.core.arrays import Array

Part = tuple[slice, slice]


def part_of(alpha: Array, margin: int = 0) -> Part | None:
    """Rows and columns around what is not 0 in ``alpha`` (H, W) uint8, with a margin, cut to the picture.

    ``None`` where all is 0.
    """
    import cv2

    x, y, width, height = cv2.boundingRect(alpha)
    if not width:
        return None
    rows, columns = alpha.shape
    return (
        slice(max(0, y - margin), min(rows, y + height + margin)),
        slice(max(0, x - margin), min(columns, x + width + margin)),
    )


def joined(*parts: Part | None) -> Part | None:
    """The smallest part that holds all of them; ``None`` where there is none."""
    there = [part for part in parts if part is not None]
    if not there:
        return None
    rows = slice(min(p[0].start for p in there), max(p[0].stop for p in there))
    return rows, slice(min(p[1].start for p in there), max(p[1].stop for p in there))
