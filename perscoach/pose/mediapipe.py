"""MediaPipe Pose Landmarker: the embedded pose engine, on the CPU, no account.

How one trainer is followed among several people: ``perscoach.people.landmarker``. Its tracker adds no lag; steadiness comes from
``perscoach.pose.smoothing``, which has none either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import EngineError
from perscoach.core.files import sha256_of
from perscoach.motion import Motion
from perscoach.people.landmarker import TrainerLandmarker
from perscoach.pose.base import Observation, Raw, Take
from perscoach.pose.clean import FOCAL, to_motion
from perscoach.skeleton import MEDIAPIPE33

CONFIDENCE = 0.5
"""MediaPipe's default for detection, presence and tracking."""


class MediaPipeEngine:
    """One pass over one clip; see the module."""

    name = "mediapipe"
    skeleton = MEDIAPIPE33
    parameters = 0
    warm_up = 12

    def __init__(self, model: Path, take: Take) -> None:
        """
        Args:
            model: the ``.task`` bundle.
            take: of the settings ``trainer`` and, to finish, ``smoothing`` are read.
        """
        self._model, self._take = model, take
        self._landmarker: TrainerLandmarker | None = None  # opened with the first frame
        self._count = 0

    def describe(self) -> dict[str, str]:
        try:
            runtime = f"mediapipe {version('mediapipe')}"
        except PackageNotFoundError:
            runtime = "mediapipe"
        weights = f"{self._model.name} sha256:{sha256_of(self._model)[:16]}"
        return {"engine": self.name, "runtime": runtime, "weights": weights, "device": "cpu"}

    def observe(self, frames: Iterable[Array], fps: float, first: int = 0) -> Iterator[Observation | None]:
        """One observation of the trainer, or ``None`` for a miss, per (H, W, 3) uint8 RGB frame, in order.

        Raises:
            EngineError: the bundle cannot be opened, or MediaPipe failed on a frame; the sentence names it.
        """
        for frame in frames:
            if self._landmarker is None:
                self._landmarker = TrainerLandmarker(self._model, self._take.settings.trainer, fps, CONFIDENCE)
            try:
                result = self._landmarker.follow(frame)
            except (RuntimeError, ValueError) as error:
                raise EngineError(
                    f"MediaPipe failed on frame {first + self._count}: {error}.",
                    f"MediaPipe не справился с кадром {first + self._count}: {error}.",
                ) from error
            self._count += 1
            height, width = frame.shape[:2]
            if result is None:
                yield None
            else:
                yield observation(result.pose_landmarks[0], result.pose_world_landmarks[0], width, height)

    def finish(self, raw: Raw, folder: Path) -> Motion:
        """The joints cleaned and smoothed; see ``perscoach.pose.clean``."""
        clip, settings = self._take.clip, self._take.settings
        rate = clip.fps / settings.skip
        return to_motion(raw, self.skeleton, rate, clip.width, clip.height, settings.smoothing, self.name)

    def close(self) -> None:
        """Close the landmarkers; they own threads."""
        if self._landmarker is not None:
            self._landmarker.close()
        self._landmarker = None


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


def camera_position(joints: Array, pixels: Array, trust: Array, width: int, height: int) -> Array | None:
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
