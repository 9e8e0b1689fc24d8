"""The embedded engine: the segmentation mask of MediaPipe's pose landmarker, taken for the trainer only.

The network draws a 256x256 mask inside the person's own square, so a small person in a large picture still gets the
mask's full detail; refinement brings the edge to the picture's resolution. Equipment is not a person to it: the clean
plate brings that back (``perscoach.matting.plate``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import EngineError
from perscoach.matting.base import MattingSettings
from perscoach.people.landmarker import MODEL, TrainerLandmarker, image_of, open_landmarker

__all__ = ["HOLD_FRAMES", "MODEL", "MediaPipeEngine", "PeopleMask"]

HOLD_FRAMES = 3
"""A miss this short repeats the last matte (the body hardly moves in 0.1 s); a longer one gives empty mattes."""

MIN_CONFIDENCE = 0.4
"""Below MediaPipe's 0.5: a deep squat seen from the side is found a little less surely than a standing person."""


class MediaPipeEngine:
    """The trainer's mask, followed by ``perscoach.people.landmarker``; see the module."""

    name = "mediapipe"

    def __init__(self, model: Path, settings: MattingSettings, fps: float = 30.0) -> None:
        """
        Args:
            model: the ``.task`` bundle.
            settings: ``trainer`` is read.
            fps: frames per second.

        Raises:
            EngineError: the bundle cannot be opened.
        """
        self._landmarker = TrainerLandmarker(model, settings.trainer, fps, MIN_CONFIDENCE, masks=True)
        self._model = model.name
        self._last: Array | None = None

    def describe(self) -> dict[str, str]:
        try:
            runtime = f"mediapipe {version('mediapipe')}"
        except PackageNotFoundError:
            runtime = "mediapipe"
        return {"engine": self.name, "runtime": runtime, "weights": self._model, "input": "256x256 around the person"}

    def mattes(self, frames: Iterable[Array]) -> Iterator[Array]:
        """Alpha (H, W) uint8 per frame. A miss repeats the last matte up to ``HOLD_FRAMES`` times, then it is empty."""
        for frame in frames:
            yield self._matte(frame)

    def restart(self) -> None:
        """Forget the last frames: the next one is another place of the clip."""
        self._landmarker.restart()
        self._last = None

    def _matte(self, rgb: Array) -> Array:
        shape = rgb.shape[:2]
        try:
            result = self._landmarker.follow(rgb)
        except (RuntimeError, ValueError) as error:
            raise EngineError(
                f"MediaPipe failed on a frame of {shape[1]}x{shape[0]} pixels: {error}.",
                f"MediaPipe не справился с кадром {shape[1]}x{shape[0]}: {error}.",
            ) from error
        if result is not None and result.segmentation_masks:
            self._last = _alpha(result.segmentation_masks[0], shape)
        elif self._last is None or self._landmarker.lost > HOLD_FRAMES or self._last.shape != shape:
            return np.zeros(shape, np.uint8)
        return self._last

    def close(self) -> None:
        self._landmarker.close()


class PeopleMask:
    """All people of single frames together; opened with the first one."""

    def __init__(self, model: Path) -> None:
        self._model = model
        self._landmarker: Any = None

    def __call__(self, rgb: Array) -> Array:
        """(H, W) uint8 of everybody in the frame (H, W, 3) uint8.

        Raises:
            EngineError: the bundle cannot be opened.
        """
        if self._landmarker is None:
            self._landmarker = open_landmarker(self._model, MIN_CONFIDENCE, video=False, masks=True)
        shape = rgb.shape[:2]
        masks = self._landmarker.detect(image_of(rgb)).segmentation_masks or []
        return np.maximum.reduce([np.zeros(shape, np.uint8), *(_alpha(mask, shape) for mask in masks)])

    def close(self) -> None:
        """Give back memory and threads."""
        if self._landmarker is not None:
            self._landmarker.close()
        self._landmarker = None


def _alpha(mask: Any, shape: tuple[int, ...]) -> Array:
    values = np.asarray(mask.numpy_view(), np.float32).reshape(shape)
    return np.rint(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)
