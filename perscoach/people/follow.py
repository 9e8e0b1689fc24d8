"""The trainer's landmarks and mask, frame after frame: what MediaPipe's result holds, as arrays."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import EngineError
from perscoach.core.files import known_sha256
from perscoach.people.cuts import CutDetector
from perscoach.people.landmarker import TrainerLandmarker

POINTS = 33
"""MediaPipe's landmarks of one person."""

CONFIDENCE = 0.4
"""For detection, presence and tracking. Below MediaPipe's 0.5: a deep squat seen from the side is found a little less surely
than a standing person."""

HOLD_FRAMES = 3
"""A miss this short repeats the last mask (the body hardly moves in 0.1 s); a longer one gives empty masks."""


class Sight(NamedTuple):
    """The trainer in one frame.

    Attributes:
        image: (33, 5) float32: x, y in 0..1 of the picture, z, visibility, presence; ``None`` for a miss.
        world: (33, 3) float32 metres about the hips' middle; ``None`` for a miss.
        mask: (H, W) uint8, 255 on the trainer; after a miss the last one for ``HOLD_FRAMES`` frames, then 0; ``None`` where
            masks are not computed.
        cut: whether the frame begins another shot.
    """

    image: Array | None
    world: Array | None
    mask: Array | None
    cut: bool = False


class Follower:
    """Follows one trainer through consecutive frames of a clip.

    Args:
        model: the ``.task`` bundle.
        trainer: a point on the trainer in 0..1 of the picture, or ``None``.
        fps: frames per second of what will be passed in.
        masks: whether the segmentation mask is computed too.

    Raises:
        EngineError: the bundle cannot be opened.
    """

    def __init__(self, model: Path, trainer: tuple[float, float] | None, fps: float, masks: bool) -> None:
        self._landmarker = TrainerLandmarker(model, trainer, fps, CONFIDENCE, masks=masks)
        self._masks = masks
        self._last: Array | None = None
        self._cuts = CutDetector()

    def look(self, rgb: Array, index: int | None = None) -> Sight:
        """The trainer in the next frame (H, W, 3) uint8; ``index`` names it in an error.

        Raises:
            EngineError: MediaPipe failed.
        """
        height, width = rgb.shape[:2]
        cut = self._cuts.is_cut(rgb)
        if cut:
            self.restart(new_clip=False)
        try:
            result = self._landmarker.follow(rgb)
        except (RuntimeError, ValueError) as error:
            raise EngineError(
                "people.failed",
                frame="–" if index is None else index,
                width=width,
                height=height,
                error=str(error)[:200],
            ) from error
        mask = self._mask(result, (height, width)) if self._masks else None
        if result is None:
            return Sight(None, None, mask, cut)
        image = [(p.x, p.y, p.z, p.visibility or 0.0, p.presence or 0.0) for p in result.pose_landmarks[0]]
        world = [(p.x, p.y, p.z) for p in result.pose_world_landmarks[0]]
        return Sight(np.array(image, np.float32), np.array(world, np.float32), mask, cut)

    def _mask(self, result: Any | None, shape: tuple[int, int]) -> Array:
        if result is not None and result.segmentation_masks:
            self._last = to_bytes(result.segmentation_masks[0], shape)
        elif self._last is None or self._landmarker.lost > HOLD_FRAMES or self._last.shape != shape:
            return np.zeros(shape, np.uint8)
        return self._last

    def restart(self, new_clip: bool = True) -> None:
        """Forget the last frames: the next one is from another shot, or (``new_clip``) from another place of the clip."""
        self._landmarker.restart()
        self._last = None
        if new_clip:
            self._cuts = CutDetector()

    def close(self) -> None:
        """Release memory and threads."""
        self._landmarker.close()


def to_bytes(mask: Any, shape: tuple[int, int]) -> Array:
    """MediaPipe's mask as (H, W) uint8."""
    import cv2

    values = np.asarray(mask.numpy_view(), np.float32).reshape(shape)
    return cv2.addWeighted(values, 255.0, values, 0.0, 0.0, dtype=cv2.CV_8U)  # rounds, and keeps to 0..255


def describe(model: Path) -> dict[str, str]:
    """What runs, for keys and for ``made.json``."""
    try:
        runtime = f"mediapipe {version('mediapipe')}"
    except PackageNotFoundError:
        runtime = "mediapipe"
    weights = f"{model.name} sha256:{known_sha256(model)[:16]}"
    return {"engine": "mediapipe", "runtime": runtime, "weights": weights, "device": "cpu"}
