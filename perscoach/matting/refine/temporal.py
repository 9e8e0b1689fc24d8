"""A matte that holds still where the picture does.

The camera is fixed: where the picture did not change, the matte must not either. So alpha is averaged over time exactly
there, and follows at once where something moves; nothing is ever averaged over a moving edge, which would ghost.
"""

from __future__ import annotations

import numpy as np

KEEP = 0.9
"""Weight of the past where the picture stands still: noise goes down by a factor of 4, a wrong start is gone in a second."""

STILL, MOVING = 2.5, 6.0
"""Change, in standard deviations of the clip's own noise, below which a pixel stands still and above which it moves."""

BLIP = 20.0 / 255.0
"""A pixel further than this from both neighbours in time, which agree, is a blip (threshold used with MODNet's OFD)."""

CUT = 28.0
"""Mean change of a 32x32 thumbnail (0..255) from which two frames belong to different shots."""


class Motion:
    """Where the picture changes from frame to frame, measured against the clip's own noise."""

    def __init__(self) -> None:
        self._blurred: np.ndarray | None = None
        self._thumb: np.ndarray | None = None
        self._sigma = 2.0

    def is_cut(self, rgb: np.ndarray) -> bool:
        """Whether this frame starts another shot; called once per frame, before ``update``."""
        import cv2

        thumb = cv2.resize(rgb, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
        before, self._thumb = self._thumb, thumb
        return before is not None and bool(np.abs(thumb - before).mean() > CUT)

    def update(self, rgb: np.ndarray) -> np.ndarray:
        """(H, W) float32: 0 where the picture stands still since the last frame, 1 where it moves (first frame: all)."""
        import cv2

        blurred = cv2.blur(rgb, (3, 3))
        before, self._blurred = self._blurred, blurred
        if before is None or before.shape != rgb.shape:
            return np.ones(rgb.shape[:2], np.float32)
        diff = cv2.absdiff(blurred, before)
        change: np.ndarray = cv2.max(cv2.max(diff[..., 0], diff[..., 1]), diff[..., 2])
        middle = float(np.median(change[::4, ::4]))
        self._sigma = 0.9 * self._sigma + 0.1 * max(0.5, middle / 0.9)
        low, high = STILL * self._sigma, MOVING * self._sigma
        moving = cv2.dilate(change, np.ones((5, 5), np.uint8)).astype(np.float32)
        return cv2.blur(np.clip((moving - low) / (high - low), 0.0, 1.0), (5, 5))


class Steady:
    """The recursive average; feed it frames in order."""

    def __init__(self) -> None:
        self._alpha: np.ndarray | None = None

    def reset(self) -> None:
        """Forget the past: what follows is another shot."""
        self._alpha = None

    def update(self, alpha: np.ndarray, moving: np.ndarray) -> np.ndarray:
        """The steadied alpha (H, W) float32 0..1, given where the picture moved since the last frame."""
        if self._alpha is None or self._alpha.shape != alpha.shape:
            self._alpha = alpha
        else:
            self._alpha = alpha + (KEEP * (1.0 - moving)) * (self._alpha - alpha)
        return self._alpha


def without_blip(
    before: np.ndarray, now: np.ndarray, after: np.ndarray, moved_in: np.ndarray, moved_out: np.ndarray
) -> np.ndarray:
    """``now`` (H, W) float32 with pixels that only flashed for one frame set to their neighbours' mean.

    Only where the picture itself stands still before and after (``moved_in``, ``moved_out`` under one half): a thin bar
    that passes a pixel in a single frame looks the same in alpha alone, and must stay.
    """
    blip = np.abs(now - before) > BLIP
    blip &= (np.abs(before - after) <= BLIP) & (np.abs(now - after) > BLIP)
    blip &= (moved_in < 0.5) & (moved_out < 0.5)
    return np.where(blip, (before + after) * 0.5, now).astype(np.float32, copy=False)
