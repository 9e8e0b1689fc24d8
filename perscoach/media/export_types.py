"""What encoding is asked for and what it reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from perscoach.core.arrays import Array
from perscoach.core.checks import check_choice

#: The names of the delivered files.
WEBM = "trainer_transparent.webm"
MOV = "trainer_transparent.mov"
FRAMES = "trainer_frames"


@dataclass(frozen=True)
class ExportSettings:
    """What is written.

    Attributes:
        quality: ``draft``, ``standard`` or ``archive``.
        mov: also the HEVC-with-alpha file for Safari, where the encoder can.
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
    """Finished frames, by range, so that segments can be encoded side by side.

    Attributes:
        frames, width, height, fps: of the whole clip.
        ready: whether any range can be read at any time; when false, ranges must be asked for once and in order.
    """

    frames: int
    width: int
    height: int
    fps: Fraction
    ready: bool

    def rgba(self, start: int, stop: int) -> Iterator[Array]:
        """Frames ``start <= i < stop`` as (H, W, 4) uint8 RGBA, straight alpha, colour filled under alpha 0."""
