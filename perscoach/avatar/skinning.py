"""Linear blend skinning of many frames as one matrix product."""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array


class Skin:
    """Vertices that follow bones.

    A vertex is ``sum over bones of weight · (R_b · (v - pivot_b) + place_b)``, which is linear in the bones' 3 x 4
    matrices: everything that does not change with time is multiplied out once.
    """

    def __init__(self, vertices: Array, pivots: Array, weights: Array) -> None:
        """vertices (V, 3), pivots (B, 3), weights (V, B), all at rest."""
        local = vertices[None] - pivots[:, None]  # (B, V, 3)
        held = np.concatenate([local, np.ones((*local.shape[:2], 1))], -1) * weights.T[..., None]
        self._basis = np.ascontiguousarray(held.transpose(0, 2, 1).reshape(-1, len(vertices)).astype(np.float32))

    def pose(self, rotations: Array, places: Array) -> Array:
        """rotations (n, B, 3, 3), places (n, B, 3) -> (n, V, 3) float32."""
        n = len(rotations)
        bones = np.concatenate([rotations, places[..., None]], -1)  # (n, B, 3, 4)
        rows = np.ascontiguousarray(bones.transpose(0, 2, 1, 3).reshape(3 * n, -1), dtype=np.float32)
        return np.ascontiguousarray((rows @ self._basis).reshape(n, 3, -1).transpose(0, 2, 1))


def blend_affine(vertices: Array, pivots: Array, matrices: Array, places: Array, weights: Array) -> Array:
    """One blend with any 3 x 3 matrices (B, 3, 3), float64: for fitting the body at rest to a person's lengths."""
    local = np.einsum("bij,bvj->bvi", matrices, vertices[None] - pivots[:, None]) + places[:, None]
    result: Array = np.einsum("vb,bvi->vi", weights, local)
    return result
