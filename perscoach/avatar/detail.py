"""Levels of detail: fewer vertices for a moving mesh of constant topology, chosen once on the body at rest.

A level's vertex lies at a fixed place on one of the source's triangles, so whatever moves the source (skinning,
correctives, a stored track) moves the level.
"""

from __future__ import annotations

from dataclasses import dataclass

import fast_simplification
import numpy as np

from perscoach.core.arrays import Array

LEVELS: dict[str, int | None] = {"small": 1000, "medium": 2500, "large": 4900, "full": None}
"""Vertices per level; ``None`` is the mesh as it is."""

_CARE = (3, 4, 5, 6, 7)  # the library's aggressiveness: the least that reaches the count keeps the shape best
_NEAR = 12  # triangles among which the nearest place is looked for


@dataclass(frozen=True)
class Detail:
    """A level of a mesh.

    Attributes:
        triangles: (V', 3) int32, the source's triangle on which each of the level's vertices lies.
        shares: (V', 3) float32, its barycentric coordinates there; rows sum to 1.
        faces: (N', 3) int32 among the level's vertices, outward as the source's.
    """

    triangles: Array
    shares: Array
    faces: Array

    def __len__(self) -> int:
        return len(self.triangles)

    @property
    def whole(self) -> bool:
        """Whether this is the mesh as it is."""
        return bool((self.shares[:, 0] == 1).all())

    def apply(self, values: Array) -> Array:
        """What the source's vertices carry (…, V, k), places or weights, at the level's: (…, V', k), same type."""
        if self.whole:
            return np.ascontiguousarray(values[..., self.triangles[:, 0], :])
        out = sum(values[..., self.triangles[:, i], :] * self.shares[:, i, None] for i in range(3))
        return np.asarray(out, dtype=values.dtype)


def level(rest: Array, faces: Array, vertices: int | None) -> Detail:
    """Choose a level of about ``vertices`` vertices (0.2 s for a body of 18 439; the same input gives the same level).

    Method: M. Garland and P. S. Heckbert, "Surface Simplification Using Quadric Error Metrics" (1997), as the library
    fast-simplification has it; each vertex that is left is then attached to the nearest place of the source.

    Args:
        rest: (V, 3) float, the mesh at rest, metres.
        faces: (N, 3) int, outward.
        vertices: how many to keep (at least 4); ``None``, or as many as there are, keeps all.

    Raises:
        ValueError: fewer than 4 vertices asked for.
    """
    if vertices is not None and vertices < 4:
        raise ValueError(f"level: expected at least 4 vertices, got {vertices}")
    if vertices is None or vertices >= len(rest):
        shares = np.zeros((len(rest), 3), np.float32)
        shares[:, 0] = 1
        own = np.repeat(np.arange(len(rest), dtype=np.int32)[:, None], 3, 1)
        return Detail(own, shares, np.ascontiguousarray(faces, np.int32))
    points = np.ascontiguousarray(rest, np.float64)
    triangles = np.ascontiguousarray(faces, np.int64)
    count = min(len(faces), 2 * (vertices - 2))  # of triangles: Euler, for a closed surface in one piece
    for care in _CARE:
        left, chosen = fast_simplification.simplify(
            points, triangles, target_count=count, agg=care, preserve_border=True
        )
        if len(chosen) <= count:
            break
    return Detail(*_attached(left, points, triangles), np.ascontiguousarray(chosen, np.int32))


def _attached(places: Array, points: Array, faces: Array) -> tuple[Array, Array]:
    """(P, 3) int32 source vertices and (P, 3) float32 barycentric coordinates of the nearest place of the surface."""
    import trimesh  # slow to import, and most runs reduce nothing
    from scipy.spatial import cKDTree

    corners = points[faces]
    near = cKDTree(corners.mean(1)).query(places, k=min(_NEAR, len(faces)))[1].reshape(len(places), -1)
    repeated = np.repeat(places, near.shape[1], 0)
    found = trimesh.triangles.closest_point(corners[near.ravel()], repeated)  # type: ignore[no-untyped-call]
    best = np.linalg.norm(found - repeated, axis=1).reshape(near.shape).argmin(1)
    at = np.arange(len(places)), best
    which = near[at]
    shares = trimesh.triangles.points_to_barycentric(corners[which], found.reshape(*near.shape, 3)[at])  # type: ignore[no-untyped-call]
    shares = np.clip(np.nan_to_num(shares, nan=1 / 3), 0, 1)  # a triangle without an area has no coordinates
    return faces[which].astype(np.int32), (shares / shares.sum(1, keepdims=True)).astype(np.float32)
