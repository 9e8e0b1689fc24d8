"""The embedded engine: the segmentation mask of MediaPipe's pose landmarker, of the trainer only.

The network draws a 256x256 mask inside the person's own square, so a small person in a large picture still gets the
mask's full detail; refinement brings the edge to the picture's resolution. Equipment does not belong to a person for this
network: the clean plate restores it (``perscoach.matting.plate``).

A whole clip is not matted here: its masks come from the one pass of ``perscoach.people.watch``. This module serves single
frames: previews and the clean plate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.matting.base import MattingSettings
from perscoach.people.follow import CONFIDENCE, HOLD_FRAMES, Follower, describe, to_bytes
from perscoach.people.landmarker import image_of, open_landmarker

__all__ = ["HOLD_FRAMES", "MediaPipeEngine", "PeopleMask"]


class MediaPipeEngine:
    """The trainer's mask in consecutive frames.

    Args:
        model: the ``.task`` bundle.
        settings: ``trainer`` is read.
        fps: frames per second.

    Raises:
        EngineError: the bundle cannot be opened.
    """

    name = "mediapipe"

    def __init__(self, model: Path, settings: MattingSettings, fps: float = 30.0) -> None:
        self._follower = Follower(model, settings.trainer, fps, masks=True)
        self._model = model

    def describe(self) -> dict[str, str]:
        """See ``MattingEngine``."""
        return {**describe(self._model), "input": "256x256 around the person"}

    def mattes(self, frames: Iterable[Array]) -> Iterator[Array]:
        """Alpha (H, W) uint8 per frame. A miss repeats the last matte up to ``HOLD_FRAMES`` times, then it is empty."""
        for frame in frames:
            mask = self._follower.look(frame).mask
            yield np.zeros(frame.shape[:2], np.uint8) if mask is None else mask

    def restart(self) -> None:
        """Forget the last frames: the next one is from another place of the clip."""
        self._follower.restart()

    def close(self) -> None:
        """Release memory and threads."""
        self._follower.close()


class PeopleMask:
    """The mask of all people in single frames; the landmarker is opened with the first one."""

    def __init__(self, model: Path) -> None:
        self._model = model
        self._landmarker: Any = None

    def __call__(self, rgb: Array) -> Array:
        """(H, W) uint8 of everybody in the frame (H, W, 3) uint8.

        Raises:
            EngineError: the bundle cannot be opened.
        """
        if self._landmarker is None:
            self._landmarker = open_landmarker(self._model, CONFIDENCE, video=False, masks=True)
        shape = rgb.shape[0], rgb.shape[1]
        masks = self._landmarker.detect(image_of(rgb)).segmentation_masks or []
        result: Array = np.maximum.reduce([np.zeros(shape, np.uint8), *(to_bytes(mask, shape) for mask in masks)])
        return result

    def close(self) -> None:
        """Release memory and threads."""
        if self._landmarker is not None:
            self._landmarker.close()
        self._landmarker = None
