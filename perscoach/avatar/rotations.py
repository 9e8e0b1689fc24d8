"""Rotations of many frames at once: matrices (…, 3, 3), quaternions (…, 4) as w, x, y, z; angles in radians.

The algebra is scipy's ``Rotation``; here are shapes with any number of leading axes, and directions that may be missing.
"""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array


def unit(vector: Array, fallback: Array | None = None) -> Array:
    """Vectors of length 1; the fallback (or x) where there is no direction."""
    size = np.linalg.norm(vector, axis=-1, keepdims=True)
    spare = np.array([1.0, 0, 0]) if fallback is None else fallback
    return np.where(size > 1e-9, vector / np.maximum(size, 1e-9), spare)


def frame(first: Array, second: Array) -> Array:
    """The right-handed frame whose first column is ``first`` and whose second leans towards ``second``."""
    a = unit(first)
    spare = np.where(np.abs(a[..., :1]) < 0.9, np.array([1.0, 0, 0]), np.array([0.0, 1, 0]))
    b = second - (second * a).sum(-1, keepdims=True) * a
    b = np.where(np.linalg.norm(b, axis=-1, keepdims=True) > 1e-9, b, spare - (spare * a).sum(-1, keepdims=True) * a)
    b = unit(b)
    return np.stack([a, b, np.cross(a, b)], -1)


def to_quaternion(m: Array) -> Array:
    """Rotation matrices as unit quaternions with w >= 0."""
    from scipy.spatial.transform import Rotation

    q = Rotation.from_matrix(m.reshape(-1, 3, 3)).as_quat(canonical=True)
    return np.asarray(q[:, [3, 0, 1, 2]].reshape(*m.shape[:-2], 4))


def about(axis: Array, angle: Array) -> Array:
    """Turns by ``angle`` about unit ``axis``, right-handed."""
    from scipy.spatial.transform import Rotation

    vectors = axis * np.asarray(angle)[..., None]
    return np.asarray(Rotation.from_rotvec(vectors.reshape(-1, 3)).as_matrix().reshape(*vectors.shape, 3))


def swing(start: Array, end: Array, limit: float = np.pi) -> Array:
    """The shortest turns that take direction ``start`` to ``end``, at most ``limit``."""
    a, b = unit(start), unit(end)
    normal = np.cross(a, b)
    spare = frame(np.broadcast_to(a, normal.shape), np.array([0.3, 0.5, 0.8]))[..., 1]
    sine = np.linalg.norm(normal, axis=-1)
    angle = np.arctan2(sine, (a * b).sum(-1))
    return about(unit(np.where(sine[..., None] > 1e-6, normal, spare)), np.minimum(angle, limit))


def between(a: Array, b: Array, part: float) -> Array:
    """The rotation ``part`` of the way from ``a`` to ``b`` (0..1), the short way, at an even speed."""
    from scipy.spatial.transform import Rotation

    way = np.swapaxes(a, -1, -2) @ b
    vectors = part * Rotation.from_matrix(way.reshape(-1, 3, 3)).as_rotvec()
    return np.asarray(a @ Rotation.from_rotvec(vectors).as_matrix().reshape(way.shape))


def twist_angle(m: Array, axis: Array) -> Array:
    """How far the rotations turn about the unit ``axis`` (the twist of a swing and twist), -pi..pi."""
    q = to_quaternion(m)
    angle = 2 * np.arctan2((q[..., 1:] * axis).sum(-1), q[..., 0])
    result: Array = np.arctan2(np.sin(angle), np.cos(angle))
    return result
