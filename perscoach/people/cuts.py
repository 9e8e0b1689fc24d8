"""Where a clip is cut: the one detector of shot boundaries, used by the people pass."""

from __future__ import annotations

from collections import deque

import numpy as np

from perscoach.core.arrays import Array

SIDE = 32
"""Side in pixels of the small copies that are compared: they keep the layout of a picture and lose noise and small motion."""

LEAST = 8.0
"""Mean change (0..255) under which two frames belong to one shot. A person who fills the picture and dances changes it by 7."""

ALIKE, RELATED = 0.6, 0.9
"""Correlation of the two small copies: under the first they show other things, over the second the same thing in another light."""

JUMP = 5.0
"""Times the usual change of the last frames from which related pictures are a jump cut within one room."""

_MEMORY = 8


class CutDetector:
    """Compares each frame with the one before it; feed it all frames in order."""

    def __init__(self) -> None:
        self._last: Array | None = None
        self._usual: deque[float] = deque(maxlen=_MEMORY)

    def is_cut(self, rgb: Array) -> bool:
        """Whether this frame (H, W, 3) uint8 begins another shot; the first frame does not."""
        import cv2

        small = cv2.resize(rgb, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
        last, self._last = self._last, small
        if last is None:
            return False
        change = float(np.abs(small - last).mean())
        usual = float(np.median(self._usual)) if self._usual else change
        alike = _correlation(small, last)
        cut = change > LEAST and (alike < ALIKE or (alike < RELATED and change > JUMP * usual))
        if cut:
            self._usual.clear()
        else:
            self._usual.append(change)
        return cut


def _correlation(a: Array, b: Array) -> float:
    """Of two small pictures, each colour without its mean; 0 where one of them is flat."""
    x, y = a - a.mean((0, 1)), b - b.mean((0, 1))
    return float((x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum() + 1e3))
