"""Rotations of many frames at once: matrices (…, 3, 3), quaternions (…, 4) as w, x, y, z; angles in radians."""

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


def to_matrix(q: Array) -> Array:
    """Unit quaternions as matrices."""
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def to_quaternion(m: Array) -> Array:
    """Rotation matrices as unit quaternions with w >= 0 (each by its largest component: never divides by little)."""
    t = np.stack(
        [
            1 + m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2],
            1 + m[..., 0, 0] - m[..., 1, 1] - m[..., 2, 2],
            1 - m[..., 0, 0] + m[..., 1, 1] - m[..., 2, 2],
            1 - m[..., 0, 0] - m[..., 1, 1] + m[..., 2, 2],
        ],
        -1,
    )
    a, b, c = m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]
    d, e, f = m[..., 1, 0] + m[..., 0, 1], m[..., 0, 2] + m[..., 2, 0], m[..., 2, 1] + m[..., 1, 2]
    forms = np.stack(
        [
            np.stack([t[..., 0], a, b, c], -1),
            np.stack([a, t[..., 1], d, e], -1),
            np.stack([b, d, t[..., 2], f], -1),
            np.stack([c, e, f, t[..., 3]], -1),
        ],
        -2,
    )
    q = np.take_along_axis(forms, t.argmax(-1)[..., None, None], -2)[..., 0, :]
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    return np.where(q[..., :1] < 0, -q, q)


def about(axis: Array, angle: Array) -> Array:
    """Turns by ``angle`` about unit ``axis``, right-handed."""
    half = np.asarray(angle)[..., None] / 2
    return to_matrix(np.concatenate([np.cos(half), np.sin(half) * axis], -1))


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
    q = to_quaternion(np.swapaxes(a, -1, -2) @ b)
    size = np.linalg.norm(q[..., 1:], axis=-1)
    angle = 2 * np.arctan2(size, q[..., 0])
    return a @ about(unit(q[..., 1:]), angle * part)


def twist_angle(m: Array, axis: Array) -> Array:
    """How far the rotations turn about the unit ``axis`` (the twist of a swing and twist), -pi..pi."""
    q = to_quaternion(m)
    angle = 2 * np.arctan2((q[..., 1:] * axis).sum(-1), q[..., 0])
    result: Array = np.arctan2(np.sin(angle), np.cos(angle))
    return result
