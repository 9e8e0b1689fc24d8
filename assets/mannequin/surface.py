"""A closed triangle mesh from an implicit surface: naive surface nets on a grid whose planes need not be evenly spaced.

Method: S. F. Gibson, "Constrained Elastic Surface Nets" (1998), in the unconstrained form: one vertex in every cell
that the surface crosses, one quad for every grid edge that it crosses.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from perscoach.core.arrays import Array

Field = Callable[[Array], Array]  # (N, 3) points -> (N,) signed distance, negative inside


def grid_points(axes: tuple[Array, Array, Array]) -> Array:
    """(nx·ny·nz, 3) corners of the grid with the given planes, x slowest."""
    return np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)


def surface_nets(values: Array, axes: tuple[Array, Array, Array]) -> tuple[Array, ...]:
    """Polygonise the zero level.

    Args:
        values: (nx, ny, nz) signed distances at the grid's corners, positive on the whole border.
        axes: the grid's planes, metres, rising.

    Returns:
        vertices (V, 3) float64, quads (Q, 4) int64 turning counter-clockwise seen from outside, cells (V, 3) int64: the
        grid cell each vertex lies in.
    """
    inside = values < 0
    shape = tuple(n - 1 for n in values.shape)
    total, count = np.zeros((*shape, 3)), np.zeros(shape)
    crossings: list[tuple[int, Array, Array]] = []
    for axis in range(3):
        low, high = _take(values, axis, 0), _take(values, axis, 1)
        cross = (low < 0) != (high < 0)
        at = np.argwhere(cross)
        a, b = low[cross], high[cross]
        point = np.stack([axes[k][at[:, k]] for k in range(3)], -1)
        step = np.diff(axes[axis])[at[:, axis]]
        point[:, axis] += step * a / (a - b)
        crossings.append((axis, at, a < 0))
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for du in (0, 1):
            for dv in (0, 1):
                cell = at.copy()
                cell[:, u] -= du
                cell[:, v] -= dv
                np.add.at(total, tuple(cell.T), point)
                np.add.at(count, tuple(cell.T), 1)
    used = count > 0
    index = np.full(shape, -1)
    index[used] = np.arange(int(used.sum()))
    quads = []
    for axis, at, outwards in crossings:
        u, v = (axis + 1) % 3, (axis + 2) % 3
        corners = []
        for du, dv in ((1, 1), (0, 1), (0, 0), (1, 0)):
            cell = at.copy()
            cell[:, u] -= du
            cell[:, v] -= dv
            corners.append(index[tuple(cell.T)])
        quad = np.stack(corners, -1)
        quads.append(np.where(outwards[:, None], quad, quad[:, ::-1]))
    assert not (inside[[0, -1]].any() or inside[:, [0, -1]].any() or inside[:, :, [0, -1]].any())
    return total[used] / count[used][:, None], np.concatenate(quads), np.argwhere(used)


def _take(values: Array, axis: int, shift: int) -> Array:
    part = [slice(None)] * 3
    part[axis] = slice(1, None) if shift else slice(None, -1)
    return values[tuple(part)]


def gradient(field: Field, points: Array, step: float = 1e-4) -> Array:
    """(N, 3) central differences of the field."""
    shifts = np.eye(3) * step
    return np.stack([(field(points + s) - field(points - s)) / (2 * step) for s in shifts], -1)


def project(field: Field, points: Array, rounds: int, limit: float) -> Array:
    """Move points onto the surface by Newton's steps along the gradient, each at most ``limit`` metres."""
    for _ in range(rounds):
        slope = gradient(field, points)
        square = np.maximum((slope * slope).sum(-1), 1e-6)
        move = -(field(points) / square)[:, None] * slope
        size = np.linalg.norm(move, axis=-1, keepdims=True)
        points = points + move * np.minimum(1, limit / np.maximum(size, 1e-12))
    return points


def relax(points: Array, quads: Array, rounds: int, strength: float = 0.5) -> Array:
    """Pull every vertex towards the mean of its quads' other corners (even spacing; shrinks a little)."""
    pairs = np.concatenate([quads[:, [i, (i + 1) % 4]] for i in range(4)])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    a, b = pairs[:, 0], pairs[:, 1]
    degree = np.bincount(pairs.ravel(), minlength=len(points))[:, None]
    for _ in range(rounds):
        total = np.zeros_like(points)
        np.add.at(total, a, points[b])
        np.add.at(total, b, points[a])
        points = points + strength * (total / degree - points)
    return points


def triangles(points: Array, quads: Array) -> Array:
    """(2Q, 3) int32: every quad cut along its shorter diagonal."""
    a, b, c, d = (points[quads[:, i]] for i in range(4))
    first = np.linalg.norm(a - c, axis=1) <= np.linalg.norm(b - d, axis=1) + 1e-9
    one = np.where(first[:, None], quads[:, [0, 1, 2]], quads[:, [0, 1, 3]])
    two = np.where(first[:, None], quads[:, [0, 2, 3]], quads[:, [1, 2, 3]])
    return np.concatenate([one, two]).astype(np.int32)
