"""MediaPipe Pose Landmarker: the embedded pose engine, on the CPU, no account.

The landmarks come from the one pass over the clip (``perscoach.people.watch``), which the cut-out shares. Its tracker adds
no lag; steadiness comes from ``perscoach.pose.smoothing``, which adds none either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from perscoach.core.arrays import Array
from perscoach.motion import Motion
from perscoach.people.watch import People
from perscoach.pose.base import Observation, Raw, Take
from perscoach.pose.camera import camera_of
from perscoach.pose.clean import FOCAL, to_motion
from perscoach.skeleton import MEDIAPIPE33

_USUAL = ("phone", "upstream")
"""Lenses for which ``clean.FOCAL`` stands: a phone's main camera with the crop of its video mode, and one that is not known."""


class MediaPipeEngine:
    """The landmarks of the one pass as observations; see the module.

    Args:
        take: of the settings ``skip`` and, to finish, ``smoothing`` are read.

    Raises:
        ModelError: the landmarker's model is missing or damaged.
    """

    name = "mediapipe"
    skeleton = MEDIAPIPE33
    parameters = 0
    warm_up = 0
    pictures = False
    keeps_body = False

    def __init__(self, take: Take) -> None:
        self._take = take
        self._people: People = take.watched()

    def describe(self) -> dict[str, str]:
        """See ``PoseEngine``."""
        return {**self._people.describe(), "pass": self._people.key}

    def observe(self, frames: Iterable[Array], fps: float, first: int = 0) -> Iterator[Observation | None]:
        """One observation of the trainer, or ``None`` for a miss, per output frame, in order.

        Args:
            frames: counted only.

        Raises:
            EngineError, ClipError: the landmarker or the clip failed; the sentence names the frame.
            Cancelled: by the take's monitor; finished chunks stay.
        """
        clip, skip, monitor = self._take.clip, self._take.settings.skip, self._take.monitor
        ratio, count = skip // self._people.settings.step, -(-clip.frames // skip)

        def report(done: int, _: int) -> None:
            monitor.report("pose", min(count, -(-done // ratio)), count)

        marks = self._people.landmarks(monitor, report)
        for index, _ in enumerate(frames, first):
            at = index * ratio
            yield observation(marks.image[at], marks.world[at], clip.width, clip.height) if marks.found[at] else None

    def finish(self, raw: Raw, folder: Path) -> Motion:
        """The joints cleaned and smoothed; see ``perscoach.pose.clean``."""
        clip, settings = self._take.clip, self._take.settings
        rate, size = clip.fps / settings.skip, (clip.width, clip.height)
        focal = None if settings.lens in _USUAL else camera_of(settings, *size).focal
        return to_motion(raw, self.skeleton, rate, *size, settings.smoothing, self.name, focal)

    def close(self) -> None:
        """Nothing is held: the pass closes its landmarkers itself."""


def observation(image: Array, world: Array, width: int, height: int) -> Observation:
    """MediaPipe's landmarks of one frame as an ``Observation``.

    World landmarks have ``Motion``'s axes already (x right, y down, z away, metres). Confidence is visibility times
    presence: both must hold for a joint to be trusted.

    Args:
        image: (33, 5) float32: x, y in 0..1 of the picture, z, visibility, presence.
        world: (33, 3) float32 metres.
        width, height: of the picture, pixels.
    """
    pixels = image[:, :2] * np.array([width, height], np.float32)
    trust = np.clip(image[:, 3] * image[:, 4], 0.0, 1.0)
    return Observation(world, pixels, trust, camera_position(world, pixels, trust, width, height))


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
    result: Array | None = position.astype(np.float32)
    return result
