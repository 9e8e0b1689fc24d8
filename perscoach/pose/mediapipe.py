"""MediaPipe Pose Landmarker: the embedded pose engine, on the CPU, no account.

Two landmarkers share the work. The tracker (VIDEO mode, one person) follows the trainer from frame to frame, which is
steadier and twice as fast as finding people anew. The scout (IMAGE mode, several people) looks about at the start, once
a second and whenever the trainer is lost; while it sees more than one person, the tracker is shown only the
surroundings of the trainer.

The tracker is told that its frames lie half a minute apart. Time feeds nothing in it but its One Euro filters
(``pose_landmark_filtering.pbtxt``), which drag half a frame to two frames behind the movement; at that distance they let
everything through, and steadiness comes from ``perscoach.pose.smoothing``, which has no lag.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.errors import EngineError
from perscoach.files import sha256_of
from perscoach.pose.base import Observation, PoseSettings
from perscoach.quiet import quiet_start
from perscoach.skeleton import MEDIAPIPE33
from perscoach.tracking import Box, box_of_points, choose_trainer

MAX_PEOPLE = 4
"""How many people the scout tells apart."""

SCOUT_SECONDS = 1.0
"""Time between two looks about."""

PATIENCE = 3.0
"""Seconds without the trainer after which whoever is there may be taken for them."""

SURROUNDINGS = 0.35
"""How far around the trainer's box the tracker sees while others are in the picture, in parts of the box's sides."""

CONFIDENCE = 0.5
"""MediaPipe's default for detection, presence and tracking."""

FOCAL = 0.7
"""Assumed focal length in picture diagonals: a 30 mm equivalent lens (diagonal 43.3 mm), a phone's main camera with the
usual crop of its video mode. Only ``root`` depends on it; its depth is in proportion to it."""

_CLOCK_MS = 30_000


class MediaPipeEngine:
    """One pass over one clip; see the module."""

    name = "mediapipe"
    skeleton = MEDIAPIPE33

    def __init__(self, model: Path, settings: PoseSettings) -> None:
        """
        Args:
            model: the ``.task`` bundle.
            settings: ``trainer`` is read.
        """
        self._model = model
        self._wish = settings.trainer
        self._scout: Any = None  # both are opened with the first frame
        self._tracker: Any = None
        self._count = 0
        self._box: Box | None = None
        self._lost = 0
        self._next_look = 0
        self._several = False

    def describe(self) -> dict[str, str]:
        try:
            runtime = f"mediapipe {version('mediapipe')}"
        except PackageNotFoundError:
            runtime = "mediapipe"
        weights = f"{self._model.name} sha256:{sha256_of(self._model)[:16]}"
        return {"engine": self.name, "runtime": runtime, "weights": weights, "device": "cpu"}

    def observe(self, frames: Iterable[np.ndarray], fps: float) -> Iterator[Observation | None]:
        """One observation of the trainer, or ``None`` for a miss, per (H, W, 3) uint8 RGB frame, in order.

        Raises:
            EngineError: the bundle cannot be opened, or MediaPipe failed on a frame; the sentence names it.
        """
        for frame in frames:
            if self._tracker is None:
                with quiet_start():
                    self._scout = _open(self._model, video=False)
                    self._tracker = _open(self._model, video=True)
                    seen = self._guarded(frame, fps)
            else:
                seen = self._guarded(frame, fps)
            yield seen

    def _guarded(self, frame: np.ndarray, fps: float) -> Observation | None:
        try:
            return self._observe(frame, fps)
        except (RuntimeError, ValueError) as error:
            raise EngineError(
                f"MediaPipe failed on frame {self._count} of this pass: {error}.",
                f"MediaPipe не справился с кадром {self._count}: {error}.",
            ) from error

    def close(self) -> None:
        """Close both landmarkers; they own threads."""
        for landmarker in (self._tracker, self._scout):
            if landmarker is not None:
                landmarker.close()
        self._tracker = self._scout = None

    def _observe(self, rgb: np.ndarray, fps: float) -> Observation | None:
        at = self._count
        self._count += 1
        if at >= self._next_look or self._box is None or self._lost:
            self._look_about(rgb, fps)
            self._next_look = at + max(1, round(SCOUT_SECONDS * fps))
        if self._box is None:
            return None
        seen = _only_around(rgb, self._box) if self._several else rgb
        result = self._tracker.detect_for_video(_image(seen), at * _CLOCK_MS)
        if result.pose_landmarks:
            box = _box(result.pose_landmarks[0])
            if choose_trainer([box], self._box, None, self._lost) is not None:
                self._box, self._lost = box, 0
                height, width = rgb.shape[:2]
                return observation(result.pose_landmarks[0], result.pose_world_landmarks[0], width, height)
        self._lost += 1
        return None

    def _look_about(self, rgb: np.ndarray, fps: float) -> None:
        boxes = [_box(pose) for pose in self._scout.detect(_image(rgb)).pose_landmarks]
        self._several = len(boxes) > 1
        index = choose_trainer(boxes, self._box, self._wish, self._lost)
        if index is None and self._lost > PATIENCE * fps:
            index = choose_trainer(boxes, None, self._wish)
        if index is not None and (self._box is None or self._lost or self._several):
            self._box = boxes[index]


def observation(image_points: Any, world_points: Any, width: int, height: int) -> Observation:
    """MediaPipe's two lists of 33 landmarks as an ``Observation``.

    World landmarks have ``Motion``'s axes already (x right, y down, z away, metres). Confidence is visibility times
    presence: both must hold for a joint that one can trust.
    """
    joints = np.array([(p.x, p.y, p.z) for p in world_points], np.float32)
    pixels = np.array([(p.x * width, p.y * height) for p in image_points], np.float32)
    trust = np.array([(p.visibility or 0.0) * (p.presence or 0.0) for p in image_points], np.float32)
    trust = np.clip(trust, 0.0, 1.0)
    return Observation(joints, pixels, trust, camera_position(joints, pixels, trust, width, height))


def camera_position(
    joints: np.ndarray, pixels: np.ndarray, trust: np.ndarray, width: int, height: int
) -> np.ndarray | None:
    """Where the joints' origin stands in camera space, (3,) float32 metres, or ``None`` where that cannot be told.

    The pose's turn is known, so perspective leaves three unknowns: with u = x - cx and t the position,
    u (Z + tz) = f (X + tx) is linear in t. Solved for all trusted joints by least squares.

    Args:
        joints: (J, 3) metres in camera axes; pixels: (J, 2); trust: (J,) weights.
    """
    focal = FOCAL * float(np.hypot(width, height))
    use = trust > 0.3
    if int(use.sum()) < 6:
        return None
    x, y, z = joints[use].astype(np.float64).T
    u, v = (pixels[use].astype(np.float64) - (width / 2, height / 2)).T
    ones, none = np.ones_like(u), np.zeros_like(u)
    left = np.concatenate([np.stack([focal * ones, none, -u], 1), np.stack([none, focal * ones, -v], 1)])
    right = np.concatenate([u * z - focal * x, v * z - focal * y])
    weight = np.sqrt(np.tile(trust[use], 2).astype(np.float64))
    position, _, rank, _ = np.linalg.lstsq(left * weight[:, None], right * weight, rcond=None)
    if rank < 3 or not 0.2 < position[2] < 100:
        return None
    return position.astype(np.float32)


def _open(model: Path, *, video: bool) -> Any:
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)),
        running_mode=vision.RunningMode.VIDEO if video else vision.RunningMode.IMAGE,
        num_poses=1 if video else MAX_PEOPLE,
        min_pose_detection_confidence=CONFIDENCE,
        min_pose_presence_confidence=CONFIDENCE,
        min_tracking_confidence=CONFIDENCE,
    )
    try:
        return vision.PoseLandmarker.create_from_options(options)
    except (RuntimeError, ValueError, OSError) as error:
        raise EngineError(
            f"MediaPipe cannot open {model.name}: {error}. Delete it and fetch it again: perscoach models fetch.",
            f"MediaPipe не открывает {model.name}: {error}. Удалите файл и скачайте снова: perscoach models fetch.",
        ) from error


def _image(rgb: np.ndarray) -> Any:
    import mediapipe

    return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))


def _box(pose: Any) -> Box:
    return box_of_points(np.array([(point.x, point.y) for point in pose], np.float64))


def _only_around(rgb: np.ndarray, box: Box) -> np.ndarray:
    """A copy of the picture that is grey outside the box's surroundings; coordinates stay."""
    height, width = rgb.shape[:2]
    pad_x, pad_y = SURROUNDINGS * (box[2] - box[0]), SURROUNDINGS * (box[3] - box[1])
    x0, x1 = max(0, int((box[0] - pad_x) * width)), min(width, int((box[2] + pad_x) * width) + 1)
    y0, y1 = max(0, int((box[1] - pad_y) * height)), min(height, int((box[3] + pad_y) * height) + 1)
    out = np.full_like(rgb, 127)
    out[y0:y1, x0:x1] = rgb[y0:y1, x0:x1]
    return out
