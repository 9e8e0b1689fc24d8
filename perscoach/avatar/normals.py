"""What a triangle mesh's faces say: normals and areas."""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array


def cross_products(points: Array, faces: Array) -> Array:
    """(N, 3): along each face's normal, as long as twice its area."""
    a, b, c = (points[faces[:, i]] for i in range(3))
    result: Array = np.cross(b - a, c - a)
    return result


def vertex_normals(points: Array, faces: Array) -> Array:
    """(V, 3) of length 1, the area-weighted mean of the faces around each vertex; zeros where there is none."""
    cross = cross_products(points, faces)
    out = np.zeros(points.shape)
    for i in range(3):
        np.add.at(out, faces[:, i], cross)
    size = np.linalg.norm(out, axis=1, keepdims=True)
    return np.divide(out, size, out=np.zeros_like(out), where=size > 1e-30)
