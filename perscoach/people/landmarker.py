"""MediaPipe's pose landmarker, following one trainer among several people; shared by the mask and the skeleton.

Two landmarkers share the work. The tracker (VIDEO mode, one person) follows the trainer from frame to frame, which is
steadier and nearly twice as fast as finding people anew: with more than one person asked for, MediaPipe looks for
them in every frame. The scout (IMAGE mode, several people) looks about at the start, once a second and whenever the trainer
is lost; while it sees more than one person, the tracker is shown only the surroundings of the trainer. Where the coach has
said who the trainer is, their clothes tell after a crossing whether the tracker still follows the same person (``clothes``).

The tracker is told that its frames lie half a minute apart. Time feeds nothing in it but its One Euro filters
(``pose_landmark_filtering.pbtxt``), which drag half a frame to two frames behind the movement; at that distance they let
everything through. The mask does not depend on it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import EngineError
from perscoach.core.quiet import quiet_start
from perscoach.people.clothes import clothes_of, put_right
from perscoach.people.tracking import Box, box_of_points, choose_trainer

MODEL = "pose_landmarker_full"

MAX_PEOPLE = 4
"""How many people the scout tells apart."""

SCOUT_SECONDS = 1.0
"""Time between two looks about."""

CROSSING_SECONDS = 0.25
"""The same while several people are there and the coach has said who the trainer is: somebody may just be crossing."""

PATIENCE = 3.0
"""Seconds without the trainer after which whoever is there may be taken for them."""

SURROUNDINGS = 0.35
"""How far around the trainer's box the tracker sees while others are in the picture, in parts of the box's sides."""

_CLOCK_MS = 30_000


class TrainerLandmarker:
    """One pass over one clip; see the module."""

    def __init__(
        self, model: Path, wish: tuple[float, float] | None, fps: float, confidence: float, masks: bool = False
    ) -> None:
        """
        Args:
            model: the ``.task`` bundle.
            wish: a point on the trainer in 0..1, or ``None``.
            fps: frames per second of what will be shown.
            confidence: for detection, presence and tracking, 0..1.
            masks: whether results carry the segmentation mask.

        Raises:
            EngineError: the bundle cannot be opened.
        """
        self._wish, self._fps = wish, fps
        self._scout = open_landmarker(model, confidence, video=False)
        try:
            self._tracker = open_landmarker(model, confidence, video=True, masks=masks)
        except EngineError:
            self._scout.close()
            raise
        self.count = 0
        self.lost = 0
        self._box: Box | None = None
        self._next_look = 0
        self._several = False
        self._fresh, self._elsewhere = True, False
        self._clothes: Array | None = None

    def restart(self) -> None:
        """Forget where the trainer was: the next frame is another place of the clip."""
        self._box, self.lost, self._next_look, self._several = None, 0, 0, False
        self._elsewhere = not self._fresh

    def follow(self, rgb: Array) -> Any | None:
        """MediaPipe's result for the trainer in the next frame (H, W, 3) uint8, or ``None`` for a miss."""
        if not self._fresh:
            return self._follow(rgb)
        with quiet_start():  # the first frame loads the networks
            self._fresh = False
            return self._follow(rgb)

    def _follow(self, rgb: Array) -> Any | None:
        if self._elsewhere:  # a picture without anybody: the tracker lets go of its last place
            self._elsewhere = False
            self._tracker.detect_for_video(image_of(np.full_like(rgb, 127)), self.count * _CLOCK_MS)
            self.count += 1
        at = self.count
        self.count += 1
        if at >= self._next_look or self._box is None or self.lost:
            self._look_about(rgb)
            wait = CROSSING_SECONDS if self._several and self._wish is not None else SCOUT_SECONDS
            self._next_look = at + max(1, round(wait * self._fps))
        if self._box is None:
            self.lost += 1
            return None
        seen = _only_around(rgb, self._box) if self._several else rgb
        result = self._tracker.detect_for_video(image_of(seen), at * _CLOCK_MS)
        if result.pose_landmarks:
            box = box_of(result.pose_landmarks[0])
            if choose_trainer([box], self._box, None, self.lost) is not None:
                self._box, self.lost = box, 0
                return result
        self.lost += 1
        return None

    def _look_about(self, rgb: Array) -> None:
        poses = self._scout.detect(image_of(rgb)).pose_landmarks
        boxes = [box_of(pose) for pose in poses]
        self._several = len(boxes) > 1
        index = choose_trainer(boxes, self._box, self._wish, self.lost)
        if index is None and self.lost > PATIENCE * self._fps:
            index = choose_trainer(boxes, None, self._wish)
        if self._wish is not None:
            index = self._by_clothes(rgb, poses, index)
        if index is not None and (self._box is None or self.lost or self._several):
            self._box = boxes[index]

    def _by_clothes(self, rgb: Array, poses: Any, index: int | None) -> int | None:
        """``index``, put right where the tracker went on with somebody else after a crossing."""
        points = [np.array([(point.x, point.y) for point in pose], np.float64) for pose in poses]
        clothes = [clothes_of(rgb, one) for one in points]
        if self._clothes is not None and self._several:
            index = put_right(index, clothes, self._clothes)
        elif self._clothes is None and index is not None:
            self._clothes = clothes[index]
        return index

    def close(self) -> None:
        """Close both landmarkers; they own threads."""
        for landmarker in (self._tracker, self._scout):
            if landmarker is not None:
                landmarker.close()
        self._tracker = self._scout = None


def open_landmarker(
    model: Path, confidence: float, *, video: bool, masks: bool = False, people: int | None = None
) -> Any:
    """A landmarker of MediaPipe Tasks: for one person in VIDEO mode, for several in IMAGE mode, unless told otherwise.

    Raises:
        EngineError: the bundle cannot be opened.
    """
    with quiet_start():
        from mediapipe.tasks.python import BaseOptions, vision

        options = vision.PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(model)),
            running_mode=vision.RunningMode.VIDEO if video else vision.RunningMode.IMAGE,
            num_poses=people or (1 if video else MAX_PEOPLE),
            min_pose_detection_confidence=confidence,
            min_pose_presence_confidence=confidence,
            min_tracking_confidence=confidence,
            output_segmentation_masks=masks,
        )
        try:
            return vision.PoseLandmarker.create_from_options(options)
        except (RuntimeError, ValueError, OSError) as error:
            raise EngineError("people.model_unusable", name=model.name, error=str(error)[:200]) from error


def image_of(rgb: Array) -> Any:
    """The picture (H, W, 3) uint8 as MediaPipe takes it."""
    import mediapipe

    return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))


def box_of(pose: Any) -> Box:
    """The box around MediaPipe's 33 landmarks of one person."""
    return box_of_points(np.array([(point.x, point.y) for point in pose], np.float64))


def _only_around(rgb: Array, box: Box) -> Array:
    """A copy of the picture that is grey outside the box's surroundings; coordinates stay."""
    height, width = rgb.shape[:2]
    pad_x, pad_y = SURROUNDINGS * (box[2] - box[0]), SURROUNDINGS * (box[3] - box[1])
    x0, x1 = max(0, int((box[0] - pad_x) * width)), min(width, int((box[2] + pad_x) * width) + 1)
    y0, y1 = max(0, int((box[1] - pad_y) * height)), min(height, int((box[3] + pad_y) * height) + 1)
    out = np.full_like(rgb, 127)
    out[y0:y1, x0:x1] = rgb[y0:y1, x0:x1]
    return out
