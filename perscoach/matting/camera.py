"""Where the camera points in each frame of a shot, relative to one reference frame: a hand-held camera never stands still."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perscoach.core.arrays import Array

POINTS = 200
"""Corners of the room that are followed."""

LEAST_POINTS = 12
"""Fewer than these say nothing about the camera."""

REACH = 0.7
"""Pixels by which a corner may miss the common movement; others belong to something that moves by itself."""

AGREE = 0.25
"""Share of the corners that must follow the common movement: the person hides some."""

STILL = 0.25
"""Pixels of movement up to which the camera counts as fixed: what a corner's position is uncertain by."""

LINES = 960
"""Pictures with more lines are followed at half their size, at a quarter of the cost."""


@dataclass(frozen=True)
class Camera:
    """The corners of one reference frame.

    Attributes:
        grey: (h, w) uint8, the reference frame as it is compared.
        points: (n, 1, 2) float32, corners of the room in it.
        step: pixels of the picture per pixel of ``grey``.
    """

    grey: Array
    points: Array
    step: int

    @classmethod
    def of(cls, rgb: Array, person: Array) -> Camera | None:
        """The reference ``rgb`` (H, W, 3) uint8, whose corners lie outside ``person`` (H, W) bool; ``None`` for a plain room."""
        import cv2

        step = 2 if rgb.shape[0] > LINES else 1
        grey = _grey(rgb, step)
        free = (
            ~cv2.resize(person.view(np.uint8), grey.shape[::-1], interpolation=cv2.INTER_NEAREST).astype(bool)
        ).view(np.uint8)
        points = cv2.goodFeaturesToTrack(grey, POINTS, 0.01, 12 // step, mask=free, blockSize=5)
        return None if points is None or len(points) < LEAST_POINTS else cls(grey, points, step)

    def move(self, rgb: Array) -> Array | None:
        """(2, 3) float64 that takes points of the reference to points of ``rgb``, or ``None`` where the room is not recognised."""
        import cv2

        found, state, _ = cv2.calcOpticalFlowPyrLK(
            self.grey,
            _grey(rgb, self.step),
            self.points,
            None,
            winSize=(15, 15),
            maxLevel=2,  # type: ignore[call-overload]
        )
        good = state[:, 0] > 0
        if good.sum() < LEAST_POINTS:
            return None
        reach = REACH / self.step
        matrix, agree = cv2.estimateAffinePartial2D(
            self.points[good], found[good], method=cv2.RANSAC, ransacReprojThreshold=reach, maxIters=500
        )
        if matrix is None or agree.mean() < AGREE:
            return None
        half = (self.step - 1) / 2.0  # the middle of the first pixel lies at half a step in the larger picture
        shift = matrix[:, :2] @ np.array([half, half]) - half
        matrix[:, 2] = matrix[:, 2] * self.step - shift
        result: Array = matrix
        return result


def travel(matrix: Array, width: int, height: int) -> float:
    """How many pixels the picture's corners move at most by ``matrix`` (2, 3)."""
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], np.float64)
    return float(np.hypot(*(corners @ matrix.T - corners[:, :2]).T).max())


def _grey(rgb: Array, step: int) -> Array:
    import cv2

    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    if step == 1:
        return grey
    return cv2.resize(grey, (grey.shape[1] // step, grey.shape[0] // step), interpolation=cv2.INTER_AREA)
