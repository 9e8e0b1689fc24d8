"""How far a mesh is from another, for judging levels of detail."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree


def volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (vertices[faces[:, i]].astype(float) for i in range(3))
    return float((a * np.cross(b, c)).sum() / 6)


def is_closed(faces: np.ndarray) -> bool:
    """Whether every directed edge stands once and its opposite too."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)
    size = edges.max() + 1
    forth, back = edges[:, 0] * size + edges[:, 1], edges[:, 1] * size + edges[:, 0]
    return len(np.unique(forth)) == len(forth) and np.array_equal(np.sort(forth), np.sort(back))


def turns(vertices: np.ndarray, faces: np.ndarray, source: np.ndarray, among: np.ndarray) -> np.ndarray:
    """(N,) the smallest cosine between each face's normal and the source's normals at its corners, which are vertices of
    the source: below 0 a face has turned over."""
    normals = np.zeros(source.shape)
    cross = np.cross(source[among[:, 1]] - source[among[:, 0]], source[among[:, 2]] - source[among[:, 0]])
    for i in range(3):
        np.add.at(normals, among[:, i], cross)
    at = normals[cKDTree(source).query(vertices)[1]]
    own = np.cross(vertices[faces[:, 1]] - vertices[faces[:, 0]], vertices[faces[:, 2]] - vertices[faces[:, 0]])
    size = np.linalg.norm(own, axis=1)[:, None] * np.linalg.norm(at[faces], axis=2)
    return (np.einsum("ni,nci->nc", own, at[faces]) / size).min(1)


def distances(points: np.ndarray, vertices: np.ndarray, faces: np.ndarray, near: int = 32) -> np.ndarray:
    """(P,) metres from points to the nearest place of a surface, exact among the ``near`` faces with the nearest middles.

    Method: C. Ericson, "Real-Time Collision Detection" (2005), 5.1.5.
    """
    corners = vertices[faces].astype(float)
    tree = cKDTree(corners.mean(1))
    out = []
    for part in np.array_split(points.astype(float), max(1, len(points) // 4000)):
        t = corners[tree.query(part, k=min(near, len(faces)))[1]]
        out.append(_to_triangles(part[:, None], t[:, :, 0], t[:, :, 1], t[:, :, 2]).min(1))
    return np.concatenate(out)


def _to_triangles(p: np.ndarray, a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    def dot(x, y):
        return (x * y).sum(-1)

    ab, ac = b - a, c - a
    d1, d2, d3, d4, d5, d6 = (dot(e, p - o) for o in (a, b, c) for e in (ab, ac))
    va, vb, vc = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2
    whole = np.maximum(va + vb + vc, 1e-30)
    flat = a + ab * (vb / whole)[..., None] + ac * (vc / whole)[..., None]
    best = np.where((va >= 0) & (vb >= 0) & (vc >= 0), np.linalg.norm(p - flat, axis=-1), np.inf)
    for start, along in ((a, ab), (a, ac), (b, c - b)):
        t = np.clip(dot(p - start, along) / np.maximum(dot(along, along), 1e-30), 0, 1)
        best = np.minimum(best, np.linalg.norm(p - start - t[..., None] * along, axis=-1))
    return best
