"""The matting protocol and its settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from perscoach.core.arrays import Array
from perscoach.core.checks import check_choice, check_flag, check_number, check_point
from perscoach.core.device import check_device
from perscoach.matting import options

ENGINE_NAMES = options.ENGINES


@dataclass(frozen=True)
class MattingSettings:
    """Everything that decides a matte.

    Attributes:
        engine: which engine finds the person; ``auto`` takes the first that can run here.
        model: MODNet's checkpoint: ``video`` (webcam) or ``photo`` (photographic portraits).
        size: MODNet's input: ``best`` (upstream's rule, short side 512) or ``fast`` (short side 416).
        precision: ``auto`` (half precision on a GPU) or ``fp32``; ``int8``, from earlier versions, becomes ``auto``.
        device: ``auto``, ``cpu`` or ``cuda`` (``cuda:N``).
        plate: use of the empty room as a cue: ``auto`` (each shot's own, where it can be used, limited to where a mask falls
            short), ``off``, ``median`` (the clip's own per-pixel median, unlimited) or ``picture``.
        plate_picture: file name of the empty-room picture inside the job, with ``plate="picture"``.
        refine: full-resolution edges, temporal stability, cleaned holes and islands.
        edge_softness: 0 (as found) .. 1 (very soft), applied when the matte is used.
        edge_shift: pixels at 720 lines, negative shrinks, -8 .. 8, applied when the matte is used.
        paint: file name inside the job of the painted mask (8-bit grey PNG: 0 nothing, 255 keep, 128 drop), or ``None``.
        trainer: (x, y) in 0..1 of the picture, a point on the trainer where several people are in it, or ``None``.
    """

    engine: str = "auto"
    model: str = "video"
    size: str = "best"
    precision: str = "auto"
    device: str = "auto"
    plate: str = "auto"
    plate_picture: str | None = None
    refine: bool = True
    edge_softness: float = 0.0
    edge_shift: float = 0.0
    paint: str | None = None
    trainer: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        check_choice("matting engine", self.engine, ENGINE_NAMES)
        check_choice("matting model", self.model, options.MODELS)
        check_choice("matting size", self.size, options.SIZES)
        check_choice("matting precision", self.precision, options.PRECISIONS)
        if self.precision == "int8":
            object.__setattr__(self, "precision", "auto")
        check_choice("plate", self.plate, options.PLATES)
        check_number("edge_softness", self.edge_softness, 0, 1)
        check_number("edge_shift", self.edge_shift, -8, 8)
        check_device("device", self.device)
        check_flag("refine", self.refine)
        if self.trainer is not None:
            object.__setattr__(self, "trainer", check_point("trainer", self.trainer))


class MattingEngine(Protocol):
    """One way to find the person. State (a tracker, the last frames) lives in the object: one object per pass."""

    name: str

    def describe(self) -> dict[str, str]:
        """What ran, for ``bundle.json``: runtime, precision, input size, weights."""

    def mattes(self, frames: Iterable[Array]) -> Iterator[Array]:
        """Alpha (H, W) uint8 for each (H, W, 3) uint8 RGB frame, in order, one for one; bounded memory."""

    def close(self) -> None:
        """Give back memory and threads."""
