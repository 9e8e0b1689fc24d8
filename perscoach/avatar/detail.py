"""Levels of detail: fewer vertices for a moving mesh of constant topology, chosen once on the body at rest.

A level's vertex is a fixed mix of three of the source's, so whatever moves the source (skinning, correctives, a stored
track) moves the level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perscoach.avatar.collapse import collapse
from perscoach.core.arrays import Array

#: Vertices per level; ``None`` is the mesh as it is.
LEVELS: dict[str, int | None] = {"small": 1000, "medium": 2500, "large": 4900, "full": None}


@dataclass(frozen=True)
class Detail:
    """A level of a mesh.

    Attributes:
        triangles: (V', 3) int32, the source vertices that each of the level's vertices is mixed from.
        shares: (V', 3) float32, how much of each; rows sum to 1.
        faces: (N', 3) int32 among the level's vertices, outward as the source's.
    """

    triangles: Array
    shares: Array
    faces: Array

    def __len__(self) -> int:
        return len(self.triangles)

    def apply(self, values: Array) -> Array:
        """What the source's vertices carry (…, V, k), places or weights, at the level's: (…, V', k), same type."""
        if (self.shares[:, 0] == 1).all():
            return np.ascontiguousarray(values[..., self.triangles[:, 0], :])
        out = sum(values[..., self.triangles[:, i], :] * self.shares[:, i, None] for i in range(3))
        return np.asarray(out, dtype=values.dtype)


def level(rest: Array, faces: Array, vertices: int | None) -> Detail:
    """Choose a level of about ``vertices`` vertices. Takes 2 to 3 seconds for a body of 18 439 vertices on one core; the
    same input gives the same level everywhere, so keep it by the topology's hash.

    Args:
        rest: (V, 3) float, the mesh at rest, metres.
        faces: (N, 3) int, outward.
        vertices: how many to keep (at least 4); ``None``, or as many as there are, keeps all.

    Returns:
        the level; its vertices are some of the source's own, in their order. Faces are never turned over or degenerate.

    Raises:
        ValueError: fewer than 4 vertices asked for.
    """
    if vertices is not None and vertices < 4:
        raise ValueError(f"level: expected at least 4 vertices, got {vertices}")
    if vertices is None or vertices >= len(rest):
        kept, chosen = np.arange(len(rest)), faces
    else:
        kept, chosen = collapse(rest, faces, vertices)
    place = np.zeros(len(rest), np.int32)
    place[kept] = np.arange(len(kept))
    shares = np.zeros((len(kept), 3), np.float32)
    shares[:, 0] = 1
    return Detail(
        np.repeat(kept.astype(np.int32)[:, None], 3, 1), shares, np.ascontiguousarray(place[chosen], np.int32)
    )
