"""Small synthetic sources."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from perscoach.media import ffmpeg


def disc(width: int, height: int, index: int) -> np.ndarray:
    """(H, W, 4): a soft disc that moves, textured, its colour all over the picture."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    cx, cy = width / 2 + width / 6 * np.sin(index / 9), height / 2 + height / 8 * np.cos(index / 7)
    alpha = np.clip(0.5 - (np.hypot(x - cx, y - cy) - min(width, height) / 4) / 6, 0, 1) * 255
    rgb = [130 + 50 * np.sin((x + index) / 17), 100 + 40 * np.cos(y / 13), 110 + 30 * np.sin((x + y) / 21), alpha]
    return np.stack(rgb, -1).round().astype(np.uint8)


class Source:
    """An ``RgbaSource`` that remembers which ranges were asked for and can fail at a frame."""

    def __init__(
        self,
        frames: int = 12,
        size: tuple[int, int] = (64, 48),
        fps: Fraction = Fraction(30),
        *,
        ready: bool = True,
        fail_at: int | None = None,
    ) -> None:
        self.frames, self.fps, self.ready, self.fail_at = frames, fps, ready, fail_at
        self.width, self.height = size
        self.asked: list[tuple[int, int]] = []

    def rgba(self, start: int, stop: int) -> Iterator[np.ndarray]:
        self.asked.append((start, stop))
        for index in range(start, stop):
            if index == self.fail_at:
                raise RuntimeError("the engine broke")
            yield disc(self.width, self.height, index)


def tone(path: Path, seconds: float) -> Path:
    """A file with a sine of that length."""
    args = ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=44100:duration={seconds}", "-c:a", "aac", "-y"]
    ffmpeg.run([*args, str(path)])
    return path
