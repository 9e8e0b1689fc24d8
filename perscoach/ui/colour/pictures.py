"""Pictures for the Colour step: which part of a frame is shown, and its way to the browser without loss.

A picture travels as planes of bytes, each the difference to the pixel above, deflated: about as small as a PNG, several
times faster to make, and the page gets the very bytes back (a PNG drawn on a canvas may pass a colour profile or a
browser's protection against fingerprints on its way).
"""

from __future__ import annotations

import base64
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.checks import check_choice, check_number

MAX_PIXELS = 600_000
"""The most pixels of a preview: what a browser grades well inside one video frame's time or two."""
MIN_PIXELS = 10_000


@dataclass(frozen=True)
class View:
    """What is looked at.

    Attributes:
        mode: ``fit`` (all of it, smaller where needed) or ``pixels`` (a part of it, one to one).
        pixels: the most pixels wanted.
        width, height: the part's size in pixels, with ``pixels``.
        x, y: the part's middle in 0..1 of the picture, with ``pixels``.
    """

    mode: str = "fit"
    pixels: int = MAX_PIXELS
    width: int = 800
    height: int = 600
    x: float = 0.5
    y: float = 0.5

    @classmethod
    def read(cls, value: Any) -> View:
        """From the page's own words.

        Raises:
            SettingsError: a value that cannot be used.
        """
        raw = value if isinstance(value, dict) else {}
        return cls(
            check_choice("view", raw.get("mode", "fit"), ("fit", "pixels")),
            int(check_number("pixels", raw.get("pixels", MAX_PIXELS), 1, 1e9)),
            int(check_number("width", raw.get("width", 800), 1, 1e6)),
            int(check_number("height", raw.get("height", 600), 1, 1e6)),
            check_number("x", raw.get("x", 0.5), 0, 1),
            check_number("y", raw.get("y", 0.5), 0, 1),
        )

    def part(self, width: int, height: int) -> tuple[int, int, int, int]:
        """(x, y, width, height) of the part of a ``width`` x ``height`` picture that is shown."""
        if self.mode == "fit":
            return 0, 0, width, height
        w, h = min(max(self.width, 16), width), min(max(self.height, 16), height)
        shrink = min(1.0, (MAX_PIXELS / (w * h)) ** 0.5)
        w, h = max(1, int(w * shrink)), max(1, int(h * shrink))
        x = min(max(round(self.x * width - w / 2), 0), width - w)
        y = min(max(round(self.y * height - h / 2), 0), height - h)
        return x, y, w, h

    def size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) that a ``width`` x ``height`` part is sent with."""
        most = min(max(self.pixels, MIN_PIXELS), MAX_PIXELS) if self.mode == "fit" else MAX_PIXELS
        shrink = min(1.0, (most / (width * height)) ** 0.5)
        return max(1, round(width * shrink)), max(1, round(height * shrink))

    def cut(self, picture: Array) -> Array:
        """What is sent of a picture (H, W) or (H, W, C) uint8."""
        height, width = picture.shape[:2]
        x, y, w, h = self.part(width, height)
        shown = picture[y : y + h, x : x + w]
        size = self.size(w, h)
        if size == (w, h):
            return np.ascontiguousarray(shown)
        import cv2

        return cv2.resize(shown, size, interpolation=cv2.INTER_AREA)


def pack(planes: Array) -> str:
    """(H, W) or (H, W, C) uint8 as text: planes one after the other, row differences, zlib, base64."""
    stacked = planes[None] if planes.ndim == 2 else planes.transpose(2, 0, 1)
    rows = np.array(stacked, order="C")  # a copy: the picture itself may be kept and used again
    rows[:, 1:] = np.diff(stacked, axis=1)  # uint8 arithmetic wraps, and wraps back in the page
    return base64.b64encode(zlib.compress(rows.tobytes(), 1)).decode("ascii")


def unpack(text: str, width: int, height: int) -> Array:
    """The (C, H, W) planes of ``pack``; the page does the same in JavaScript."""
    rows = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8).reshape(-1, height, width)
    return np.add.accumulate(rows, axis=1, dtype=np.uint8)


class Kept:
    """A few values that were dear to make, the latest used kept, bounded in bytes."""

    def __init__(self, limit: int = 96 << 20) -> None:
        self._limit = limit
        self._values: OrderedDict[Hashable, tuple[Array, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], tuple[Array, ...]]) -> tuple[Array, ...]:
        """The arrays under ``key``, made where they are not there; two callers may make them twice."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > 1 and sum(a.nbytes for v in self._values.values() for a in v) > self._limit:
                self._values.popitem(last=False)
        return value
