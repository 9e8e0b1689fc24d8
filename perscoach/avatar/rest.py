"""The mannequin's mesh at rest: built once from the distance field and kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from perscoach.avatar import figure
from perscoach.avatar.surface import grid_points, project, relax, surface_nets, triangles
from perscoach.core.arrays import Array


@dataclass(frozen=True)
class RestMesh:
    """The body at rest, in the body's own axes (``body``).

    Attributes:
        vertices: (V, 3) float64 metres.
        faces: (N, 3) int32, counter-clockwise seen from outside.
        mirror: (V,) the vertex on the other side.
    """

    vertices: Array
    faces: Array
    mirror: Array


@lru_cache(maxsize=1)
def rest_mesh() -> RestMesh:
    """The one rest mesh (about a second the first time)."""
    axes = figure.grid()
    shape = tuple(len(a) for a in axes)
    values = figure.distance(grid_points(axes)).reshape(shape)
    values = 0.5 * (values + values[::-1])  # exactly symmetric, so that cells pair up
    points, quads, cells = surface_nets(values, axes)
    mirror = _mirror(cells, shape[0] - 1)
    for _ in range(4):
        points = _even(relax(points, quads, 2, 0.4), mirror)
        points = _even(project(figure.distance, points, 2, 0.008), mirror)
    points = _even(relax(points, quads, 1, 0.25), mirror)  # takes the last roughness off thin parts
    return RestMesh(points, triangles(points, quads), mirror)


def _mirror(cells: Array, width: int) -> Array:
    key = {tuple(c): i for i, c in enumerate(cells.tolist())}
    return np.array([key[(width - 1 - x, y, z)] for x, y, z in cells.tolist()])


def _even(points: Array, mirror: Array) -> Array:
    """Make both sides equal to their mean."""
    return 0.5 * (points + points[mirror] * np.array([-1.0, 1, 1]))
