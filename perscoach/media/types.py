"""``Clip`` and the settings of ingest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from perscoach.core.arrays import Array
from perscoach.core.checks import check_number
from perscoach.core.errors import SettingsError


@dataclass(frozen=True)
class IngestSettings:
    """What the coach asks of the clip on the way in.

    Attributes:
        trim_start, trim_end: seconds from the clip's start; ``None`` keeps that end.
        crop: (x, y, width, height) in pixels of the upright picture, or ``None``.
    """

    trim_start: float | None = None
    trim_end: float | None = None
    crop: tuple[int, int, int, int] | None = None

    def __post_init__(self) -> None:
        for name in ("trim_start", "trim_end"):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), 0, 1e6)
        if self.trim_start is not None and self.trim_end is not None and self.trim_end <= self.trim_start:
            raise SettingsError(
                f"The cut ends ({self.trim_end:g} s) before it starts ({self.trim_start:g} s).",
                f"Отрезок кончается ({self.trim_end:g} с) раньше, чем начинается ({self.trim_start:g} с).",
            )
        if self.crop is not None:
            if not isinstance(self.crop, (tuple, list)) or len(self.crop) != 4:
                raise SettingsError(
                    f"crop: expected four whole numbers x, y, width, height, got {self.crop!r:.60}.",
                    f"Кадрирование: нужны четыре целых числа x, y, ширина, высота, получено {self.crop!r:.60}.",
                )
            x, y, w, h = (int(check_number("crop", v, 0, 1e5)) for v in self.crop)
            if w < 16 or h < 16:
                raise SettingsError(
                    f"crop: expected at least 16x16 pixels, got {w}x{h}.",
                    f"Кадрирование: нужно не меньше 16x16 пикселей, получено {w}x{h}.",
                )
            object.__setattr__(self, "crop", (x, y, w, h))


@dataclass(frozen=True)
class Clip:
    """A normalised clip: upright, square pixels, even sides, constant frame rate, 8-bit 4:2:0 H.264 tagged BT.709.

    Attributes:
        path: the normalised file; nothing else is read after ingest.
        fps: frames per second, exact.
        width, height: pixels.
        frames: how many frames decode.
        audio: whether a sound track is there.
        changes: what ingest changed, as (English, Russian) sentences.
    """

    path: Path
    fps: Fraction
    width: int
    height: int
    frames: int
    audio: bool
    changes: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.fps <= 0 or self.width <= 0 or self.height <= 0 or self.frames <= 0:
            raise ValueError(
                f"clip: expected positive numbers, got {self.width}x{self.height}, {self.frames} frames at {self.fps}"
            )

    @property
    def duration(self) -> float:
        """Seconds."""
        return float(self.frames / self.fps)

    def read(self, start: int = 0, stop: int | None = None, step: int = 1) -> Iterator[Array]:
        """Frames ``start, start + step, …`` before ``stop`` as (H, W, 3) uint8 RGB; constant memory."""
        from perscoach.media.frames import read_frames

        return read_frames(self, start, self.frames if stop is None else stop, step)

    def frame(self, index: int) -> Array:
        """Frame ``index`` as (H, W, 3) uint8 RGB.

        Raises:
            IndexError: no such frame.
        """
        if not 0 <= index < self.frames:
            raise IndexError(f"frame {index}: the clip has frames 0..{self.frames - 1}")
        return next(self.read(index, index + 1))
