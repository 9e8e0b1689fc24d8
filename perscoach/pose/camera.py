"""One camera for the whole clip.

SAM 3D Body is told the focal length twice (rays at every patch, and the crop's place in units of it), and its distance
is in proportion to it. A known lens beats upstream's assumption, and an estimate made frame by frame makes depth and size
breathe; so the lens is chosen once. The centre is the picture's: upstream's full mode projects with it in any case.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from perscoach.core.arrays import Array
from perscoach.pose.base import PoseSettings

DIAGONAL_35MM = 43.27
"""Millimetres: the diagonal of 24 x 36 mm, the frame that equivalent focal lengths refer to."""

PHONE_MM = 26.0
"""The usual main camera of a phone, 24 to 28 mm equivalent."""

WEBCAM_MM = 26.7
"""A webcam of 78 degrees from corner to corner, as Logitech states for the C920 family, the most common one:
43.27 / (2 tan 39°). Cameras built into laptops lie close to it (70 to 80 degrees)."""


@dataclass(frozen=True)
class Camera:
    """A pinhole without distortion.

    Attributes:
        focal: pixels, the same in both directions.
        width, height: of the picture, pixels; the principal point is its centre.
        lens: in words, for the manifest.
    """

    focal: float
    width: int
    height: int
    lens: str

    def matrix(self) -> Array:
        """(3, 3) float32 intrinsics."""
        return np.array([[self.focal, 0, self.width / 2], [0, self.focal, self.height / 2], [0, 0, 1]], np.float32)

    def project(self, points: Array) -> Array:
        """(…, 3) metres in camera space to (…, 2) pixels."""
        centre = np.array([self.width / 2, self.height / 2])
        pixels: Array = points[..., :2] / points[..., 2:] * self.focal + centre
        return pixels


def camera_of(settings: PoseSettings, width: int, height: int) -> Camera:
    """The camera that ``settings.lens`` stands for, for pictures of ``width`` x ``height``.

    An equivalent focal length is the one that gives the same angle from corner to corner on 24 x 36 mm, so
    f = diagonal in pixels x mm / 43.27. Upstream assumes f = sqrt(W² + H²) (``data/utils/prepare_batch.py``), a 43 mm lens.

    Example:
        >>> round(camera_of(PoseSettings(lens="upstream"), 720, 1280).focal)
        1469
    """
    diagonal = math.hypot(width, height)
    if settings.lens == "upstream":
        return Camera(diagonal, width, height, "upstream's assumption")
    mm = {"phone": PHONE_MM, "webcam": WEBCAM_MM}.get(settings.lens, settings.lens_mm)
    return Camera(diagonal * mm / DIAGONAL_35MM, width, height, f"{settings.lens}, {mm:g} mm equivalent")
