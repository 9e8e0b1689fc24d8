"""The embedded engine: the segmentation mask of MediaPipe's pose landmarker, taken for the trainer only.

The network draws a 256x256 mask inside the person's own square, so a small person in a large picture still gets the
mask's full detail; refinement brings the edge to the picture's resolution. Equipment is not a person to it: the clean
plate brings that back (``perscoach.matting.plate``).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.errors import EngineError
from perscoach.matting.base import MattingSettings
from perscoach.tracking import Box, TrainerTracker, box_of_points

MODEL = "pose_landmarker_full"

MAX_PEOPLE = 3
"""The trainer, a client and somebody behind them; every further one costs a detector pass and a mask per frame."""

HOLD_FRAMES = 3
"""A miss this short repeats the last matte (the body hardly moves in 0.1 s); a longer one gives empty mattes."""

MIN_CONFIDENCE = 0.4
"""Below MediaPipe's 0.5: a deep squat seen from the side is found a little less surely than a standing person."""


class MediaPipeEngine:
    """MediaPipe Pose Landmarker in VIDEO mode with segmentation masks; see the module."""

    name = "mediapipe"

    def __init__(self, model: Path, settings: MattingSettings, fps: float = 30.0, people: int = MAX_PEOPLE) -> None:
        """
        Args:
            model: the ``.task`` bundle.
            settings: ``trainer`` is read.
            fps: frames per second, for the tracker's own clock.
            people: how many people are told apart.

        Raises:
            EngineError: the bundle cannot be opened.
        """
        os.environ.setdefault("GLOG_minloglevel", "2")  # before the import: its start-up lines are not for users
        from mediapipe.tasks.python import BaseOptions, vision

        options = vision.PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(model)),
            running_mode=vision.RunningMode.VIDEO,
            num_poses=people,
            min_pose_detection_confidence=MIN_CONFIDENCE,
            min_pose_presence_confidence=MIN_CONFIDENCE,
            min_tracking_confidence=MIN_CONFIDENCE,
            output_segmentation_masks=True,
        )
        try:
            self._landmarker: Any = vision.PoseLandmarker.create_from_options(options)
        except (RuntimeError, ValueError, OSError) as error:
            raise EngineError(
                f"MediaPipe cannot open {model.name}: {error}. Fetch it again with: perscoach models.",
                f"MediaPipe не открывает {model.name}: {error}. Скачайте модель снова: perscoach models.",
            ) from error
        self._model = model.name
        self._step = 1000.0 / fps
        self._count = 0
        self._tracker = TrainerTracker(settings.trainer)
        self._last: np.ndarray | None = None

    def describe(self) -> dict[str, str]:
        try:
            runtime = f"mediapipe {version('mediapipe')}"
        except PackageNotFoundError:
            runtime = "mediapipe"
        return {"engine": self.name, "runtime": runtime, "weights": self._model, "input": "256x256 around the person"}

    def mattes(self, frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Alpha (H, W) uint8 per frame. A miss repeats the last matte up to ``HOLD_FRAMES`` times, then it is empty."""
        for frame in frames:
            yield self._matte(frame)

    def everybody(self, rgb: np.ndarray) -> np.ndarray:
        """(H, W) uint8 of all people in the next frame together."""
        _, masks = self._detect(rgb)
        return np.maximum.reduce([np.zeros(rgb.shape[:2], np.uint8), *(_alpha(m, rgb.shape[:2]) for m in masks)])

    def _detect(self, rgb: np.ndarray) -> tuple[list[Box], list[Any]]:
        import mediapipe

        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))
        result = self._landmarker.detect_for_video(image, round(self._count * self._step))
        self._count += 1
        masks = result.segmentation_masks or []
        return [_box(pose) for pose in result.pose_landmarks[: len(masks)]], masks

    def _matte(self, rgb: np.ndarray) -> np.ndarray:
        boxes, masks = self._detect(rgb)
        index = self._tracker.update(boxes)
        if index is None:
            if self._last is None or self._tracker.lost > HOLD_FRAMES or self._last.shape != rgb.shape[:2]:
                return np.zeros(rgb.shape[:2], np.uint8)
            return self._last
        self._last = _alpha(masks[index], rgb.shape[:2])
        return self._last

    def close(self) -> None:
        if self._landmarker is not None:
            self._landmarker.close()
            self._landmarker = None


def _box(pose: Any) -> Box:
    return box_of_points(np.array([(point.x, point.y) for point in pose], np.float64))


def _alpha(mask: Any, shape: tuple[int, ...]) -> np.ndarray:
    values = np.asarray(mask.numpy_view(), np.float32).reshape(shape)
    return np.rint(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)
