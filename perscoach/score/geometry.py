"""Directions, turns about the vertical and the difference of two directions; float64, the browser's arithmetic."""

from __future__ import annotations

import math

import numpy as np

from perscoach.core.arrays import Array
from perscoach.score.rules import Bone


def bones_of(points: Array, bones: tuple[Bone, ...]) -> Array:
    """(P, …, 3) points to (B, …, 3) vectors, metres."""
    return np.stack([points[list(b.end)].mean(axis=0) - points[list(b.start)].mean(axis=0) for b in bones])


def yaw_of(points: Array, least_width: float) -> float | None:
    """The turn of shoulders and hips about the vertical, radians; ``None`` where they are too narrow to tell."""
    across = (points[0] - points[1]) + (points[6] - points[7])
    if math.hypot(across[0], across[2]) < least_width:
        return None
    return math.atan2(across[2], across[0])


def turned(vectors: Array, angle: float) -> Array:
    """(…, 3) turned about the vertical so that ``yaw_of`` grows by ``angle``."""
    c, s = math.cos(angle), math.sin(angle)
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    return np.stack([x * c - z * s, y, x * s + z * c], -1)


def wrap(angle: float) -> float:
    """To -pi … pi."""
    return math.atan2(math.sin(angle), math.cos(angle))


def circular_median(angles: list[float]) -> float:
    """Of the angles the one with the least sum of distances to all; the earliest of equals."""
    best, least = 0.0, math.inf
    for one in angles:
        total = sum(abs(wrap(other - one)) for other in angles)
        if total < least - 1e-12:
            best, least = one, total
    return best


def flattened(vectors: Array, depth: float) -> tuple[Array, Array]:
    """Directions with their depth scaled by ``depth``, of length 1, and how much of each vector's length that leaves.

    Depth is what a single camera sees worst; scaled down it counts, but less.

    Returns:
        (…, 3) and (…) 0..1.
    """
    flat = vectors * np.array([1.0, 1.0, depth])
    length = np.sqrt((flat * flat).sum(-1))
    whole = np.sqrt((vectors * vectors).sum(-1))
    return flat / np.maximum(length, 1e-9)[..., None], length / np.maximum(whole, 1e-9)


def angles_between(a: Array, b: Array) -> Array:
    """(…, 3) and (…, 3) of length 1 to (…) degrees; exact for small angles too."""
    across = np.sqrt(((a - b) ** 2).sum(-1))
    result: Array = np.degrees(2 * np.arcsin(np.minimum(across / 2, 1.0)))
    return result


def rotation_between(a: Array, b: Array, most: float) -> Array:
    """The shortest rotation that brings direction ``a`` to ``b``, at most ``most`` degrees of it, as axis times radians (3,)."""
    axis = np.cross(a, b)
    size = float(np.sqrt((axis * axis).sum()))
    if size < 1e-9:
        return np.zeros(3)
    angle = math.atan2(size, float((a * b).sum()))
    return axis / size * min(angle, math.radians(most))


def rotate(vector: Array, turn: Array) -> Array:
    """``vector`` (3,) rotated by axis times radians (3,); Rodrigues' formula."""
    angle = float(np.sqrt((turn * turn).sum()))
    if angle < 1e-12:
        return vector
    axis = turn / angle
    c, s = math.cos(angle), math.sin(angle)
    result: Array = vector * c + np.cross(axis, vector) * s + axis * float((axis * vector).sum()) * (1 - c)
    return result


def matrix_between(a: Array, b: Array) -> Array:
    """(3, 3), the shortest rotation that brings the direction of ``a`` to that of ``b``; Rodrigues' formula."""
    a, b = a / max(float(np.sqrt((a * a).sum())), 1e-9), b / max(float(np.sqrt((b * b).sum())), 1e-9)
    x, y, z = np.cross(a, b)
    cosine = float((a * b).sum())
    if cosine < -1 + 1e-9:
        return np.diag([-1.0, -1.0, 1.0])  # about z: half a turn has no shortest way
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    result: Array = np.eye(3) + cross + cross @ cross / (1 + cosine)
    return result
