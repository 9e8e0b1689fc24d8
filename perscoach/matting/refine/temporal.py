"""A matte that does not flash: what appears or vanishes for a single frame, where the picture stands still, is a fault.

Nothing is averaged over time: a recursive average smears hair and arms and keeps ghosts of what has gone.
"""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array
from perscoach.matting.boxes import joined, part_of

STILL, MOVING = 2.0, 4.0
"""Change, in standard deviations of the clip's own noise, below which a pixel stands still and above which it moves."""

FLOOR = 0.5
"""Least standard deviation, in grey levels at half resolution: below it sits the rounding of 8 bits."""

BLIP = 20
"""A pixel further than this from both neighbours in time, which agree, is a blip (threshold used with MODNet's OFD)."""


class Motion:
    """Where the picture changes from frame to frame, measured against the clip's own noise."""

    def __init__(self) -> None:
        self._blurred: Array | None = None
        self._sigma = 2.0

    def update(self, rgb: Array) -> Array:
        """(H, W) uint8: 0 where the picture stands still since the last frame, 255 where it moves (first frame: all).

        Found at half resolution: averaging four pixels takes the same noise out that a blur would.
        """
        import cv2

        height, width = rgb.shape[:2]
        half = (-(-width // 2), -(-height // 2))
        blurred = cv2.blur(cv2.resize(rgb, half, interpolation=cv2.INTER_AREA), (3, 3))
        before, self._blurred = self._blurred, blurred
        if before is None or before.shape != blurred.shape:
            return np.full((height, width), 255, np.uint8)
        red, green, blue = cv2.split(cv2.absdiff(blurred, before))
        change = cv2.max(cv2.max(red, green), blue)
        middle = float(np.median(change[::2, ::2]))
        self._sigma = 0.9 * self._sigma + 0.1 * max(FLOOR, middle / 0.9)
        low, high = STILL * self._sigma, MOVING * self._sigma
        share = np.clip((np.arange(256, dtype=np.float32) - low) * (255.0 / (high - low)), 0, 255).astype(np.uint8)
        moving = cv2.blur(cv2.LUT(cv2.dilate(change, np.ones((3, 3), np.uint8)), share), (3, 3))
        return cv2.resize(moving, (width, height), interpolation=cv2.INTER_LINEAR)


def without_blip(before: Array, now: Array, after: Array, moved_in: Array, moved_out: Array) -> Array:
    """``now`` (H, W) uint8 with pixels that only flashed for one frame set to their neighbours' mean.

    Only where the picture itself stands still before and after (``moved_in``, ``moved_out`` under one half): a thin bar
    that passes a pixel in a single frame looks the same in alpha alone, and must stay.
    """
    import cv2

    part = joined(part_of(before), part_of(now), part_of(after))
    if part is None:
        return now
    first, here, last = before[part], now[part], after[part]
    blip = cv2.min(cv2.absdiff(here, first), cv2.absdiff(here, last)) > BLIP
    blip &= cv2.absdiff(first, last) <= BLIP
    blip &= cv2.max(moved_in[part], moved_out[part]) < 128
    if not blip.any():
        return now
    fixed = now.copy()
    fixed[part][blip] = cv2.addWeighted(first, 0.5, last, 0.5, 0.0)[blip]
    return fixed
