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


class Steady:
    """The filter; feed it frames in order."""

    def __init__(self) -> None:
        self._alpha: np.ndarray | None = None
        self._blurred: np.ndarray | None = None
        self._thumb: np.ndarray | None = None
        self._sigma = 2.0

    def is_cut(self, rgb: np.ndarray) -> bool:
        """Whether this frame starts another shot; called once per frame, before ``update``."""
        import cv2

        thumb = cv2.resize(rgb, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
        before, self._thumb = self._thumb, thumb
        return before is not None and bool(np.abs(thumb - before).mean() > CUT)

    def reset(self) -> None:
        """Forget the past: what follows is another shot."""
        self._alpha = self._blurred = None

    def update(self, rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
        """The steadied alpha (H, W) float32 0..1."""
        import cv2

        blurred = cv2.blur(rgb, (3, 3))
        if self._alpha is None or self._blurred is None or self._alpha.shape != alpha.shape:
            self._alpha, self._blurred = alpha, blurred
            return alpha
        change = cv2.absdiff(blurred, self._blurred).max(axis=2).astype(np.float32)
        self._sigma = 0.9 * self._sigma + 0.1 * max(0.5, float(np.median(change)) / 0.9)
        moving = np.clip((change / self._sigma - STILL) / (MOVING - STILL), 0.0, 1.0)
        moving = cv2.blur(cv2.dilate(moving, np.ones((5, 5), np.uint8)), (5, 5))
        past = KEEP * (1.0 - moving)
        self._alpha = alpha + past * (self._alpha - alpha)
        self._blurred = blurred
        return self._alpha


def without_blip(before: np.ndarray, now: np.ndarray, after: np.ndarray) -> np.ndarray:
    """``now`` (H, W) float32 with pixels that only flashed for one frame set to their neighbours' mean."""
    blip = (np.abs(before - after) <= BLIP) & (np.abs(now - before) > BLIP) & (np.abs(now - after) > BLIP)
    return np.where(blip, (before + after) * 0.5, now).astype(np.float32, copy=False)
