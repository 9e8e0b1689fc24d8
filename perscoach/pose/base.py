"""The pose protocol and its settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from perscoach.checks import check_choice, check_number
from perscoach.skeleton import Skeleton

ENGINE_NAMES = ("auto", "sam3d", "mediapipe")


@dataclass(frozen=True)
class PoseSettings:
    """Everything that decides the movement.

    Attributes:
        engine: which engine; ``auto`` takes the first that can run here.
        model: MediaPipe's size: ``lite``, ``full`` or ``heavy``.
        skip: every N-th frame is processed and the result has ``fps / N``.
        smoothing: 0 (as measured) .. 1 (very steady); zero phase, never across a gap.
        device: ``auto``, ``cpu`` or ``cuda`` (``cuda:N``).
        trainer: (x, y) in 0..1 of the picture, a point on the trainer where several people are in it, or ``None``.
    """

    engine: str = "auto"
    model: str = "full"
    skip: int = 1
    smoothing: float = 0.4
    device: str = "auto"
    trainer: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        check_choice("pose engine", self.engine, ENGINE_NAMES)
        check_choice("pose model", self.model, ("lite", "full", "heavy"))
        object.__setattr__(self, "skip", int(check_number("skip", self.skip, 1, 60)))
        check_number("smoothing", self.smoothing, 0, 1)
        if self.trainer is not None:
            x, y = self.trainer
            object.__setattr__(
                self, "trainer", (check_number("trainer x", x, 0, 1), check_number("trainer y", y, 0, 1))
            )


@dataclass(frozen=True)
class Observation:
    """What an engine saw of the trainer in one frame.

    Attributes:
        joints_3d: (J, 3) float32 metres, the axes of ``Motion``, any origin (the stage centres it).
        keypoints_2d: (J, 2) float32 pixels.
        confidence: (J,) float32 0..1.
        root: (3,) float32 metres in camera space, or ``None``.
    """

    joints_3d: np.ndarray
    keypoints_2d: np.ndarray
    confidence: np.ndarray
    root: np.ndarray | None = None


class PoseEngine(Protocol):
    """One way to find the body. State (the tracker) lives in the object: one object per pass."""

    name: str
    skeleton: Skeleton

    def describe(self) -> dict[str, str]:
        """What ran, for ``bundle.json``: model, runtime, weights."""

    def observe(self, frames: Iterable[np.ndarray], fps: float) -> Iterator[Observation | None]:
        """One observation of the trainer, or ``None`` for a miss, for each (H, W, 3) uint8 RGB frame, in order."""

    def close(self) -> None:
        """Give back memory and threads."""
