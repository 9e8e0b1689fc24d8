"""The room's types: the clip, the settings of ingest and export, and a source of frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from perscoach.core.arrays import Array
from perscoach.core.checks import check_choice, check_number
from perscoach.core.errors import SettingsError
from perscoach.core.messages import Message
from perscoach.media.frames import read_frames

#: The names of the delivered files.
WEBM = "trainer_transparent.webm"
MOV = "trainer_transparent.mov"
FRAMES = "trainer_frames"


@dataclass(frozen=True)
class IngestSettings:
    """How the clip is trimmed and cropped on the way in.

    Attributes:
        trim_start, trim_end: seconds from the clip's start; ``None`` keeps that end.
        crop: (x, y, width, height) in pixels of the upright picture, or ``None``.

    Raises:
        SettingsError: a cut that ends before it starts, a crop under 16x16 pixels, or values of other types.
    """

    trim_start: float | None = None
    trim_end: float | None = None
    crop: tuple[int, int, int, int] | None = None

    def __post_init__(self) -> None:
        for name in ("trim_start", "trim_end"):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), 0, 1e6)
        if self.trim_start is not None and self.trim_end is not None and self.trim_end <= self.trim_start:
            raise SettingsError("media.cut_order", start=self.trim_start, end=self.trim_end)
        if self.crop is not None:
            if not isinstance(self.crop, (tuple, list)) or len(self.crop) != 4:
                raise SettingsError("media.crop_numbers", found=f"{self.crop!r:.60}")
            x, y, w, h = (int(check_number("crop", v, 0, 1e5)) for v in self.crop)
            if w < 16 or h < 16:
                raise SettingsError("media.crop_small", size=f"{w}x{h}")
            object.__setattr__(self, "crop", (x, y, w, h))


@dataclass(frozen=True)
class Clip:
    """A normalised clip: upright, square pixels, even sides, constant frame rate, 8-bit 4:2:0 H.264 tagged BT.709.

    Attributes:
        path: the normalised file; nothing else is read after ingest.
        fps: frames per second, exact.
        width, height: pixels.
        frames: number of frames.
        audio: whether a sound track is there.
        changes: what ingest changed.
    """

    path: Path
    fps: Fraction
    width: int
    height: int
    frames: int
    audio: bool
    changes: tuple[Message, ...] = ()

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
        """Frames ``start, start + step, …`` before ``stop`` as (H, W, 3) uint8 RGB; constant memory.

        Raises:
            ClipError: the file is damaged or gone (while iterating).
        """
        return read_frames(self, start, self.frames if stop is None else stop, step)

    def frame(self, index: int) -> Array:
        """Frame ``index`` as (H, W, 3) uint8 RGB.

        Raises:
            IndexError: no such frame.
            ClipError: the file is damaged or gone.
        """
        if not 0 <= index < self.frames:
            raise IndexError(f"frame {index}: the clip has frames 0..{self.frames - 1}")
        return next(self.read(index, index + 1))


@dataclass(frozen=True)
class ExportSettings:
    """Which files are written, and how good.

    Attributes:
        quality: ``draft``, ``standard`` or ``archive``.
        mov: also the HEVC-with-alpha file for Safari, where this ffmpeg can write it.
        frames: also PNG frames.
        audio: keep the clip's sound.
    """

    quality: str = "standard"
    mov: bool = True
    frames: bool = False
    audio: bool = True

    def __post_init__(self) -> None:
        check_choice("quality", self.quality, ("draft", "standard", "archive"))


class RgbaSource(Protocol):
    """Finished frames, by range, so that pieces can be encoded side by side.

    Attributes:
        frames, width, height, fps: of the whole clip.
        ready: whether any range can be read at any time; when false, ranges must be read once and in order.
    """

    frames: int
    width: int
    height: int
    fps: Fraction
    ready: bool

    def rgba(self, start: int, stop: int) -> Iterator[Array]:
        """Frames ``start <= i < stop`` as (H, W, 4) uint8 RGBA, straight alpha, colour filled under alpha 0."""
