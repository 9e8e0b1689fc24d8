"""Making a closed triangle mesh coarser by edge collapses that keep a subset of its vertices.

Method: M. Garland and P. S. Heckbert, "Surface Simplification Using Quadric Error Metrics" (1997), with half-edge
collapses (a vertex moves onto a neighbour, so that whatever the source's vertices carry is kept as it is). Instead of one
collapse at a time, every round takes an independent set of the cheapest ones, which is as good and runs as array operations.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from perscoach.avatar.normals import cross_products, vertex_normals
from perscoach.core.arrays import Array

_CHEAPEST = 0.20  # part of the vertices whose cheapest collapse sets a round's limit
_TURN = 0.35  # cosine of the most that one collapse may turn a face
_SHAPE = 0.12  # a face may be this thin (4·√3·area / sum of squared sides; 1 is equilateral)
_PASSES = 3


class _Ring(NamedTuple):
    """The faces around the first vertex of some half-edges: ``edge`` and ``face`` (M,), pair by pair."""

    edge: Array
    face: Array


def collapse(points: Array, faces: Array, count: int, regular: float = 2e-3) -> tuple[Array, Array]:
    """Collapse edges until ``count`` vertices are left, or until nothing can go without folding the surface.

    Args:
        points: (V, 3) float, in whatever unit.
        faces: (N, 3) int, outward. Vertices at an edge that does not lie in exactly two faces stay where they are.
        count: vertices to keep, at least 4.
        regular: how much an edge's length counts beside the distance from the surface (both squared).

    Returns:
        kept (V',) int64 rising indices of vertices, faces (N', 3) int64 indices of *source* vertices.
    """
    points, live = points.astype(np.float64), faces.astype(np.int64)
    normals = vertex_normals(points, live)
    quadrics, areas = _quadrics(points, live)
    left = len(np.unique(live))
    limit = _CHEAPEST
    while left > count:
        gone, onto = _round(points, live, quadrics, areas, normals, limit, left - count, regular)
        if not len(gone):
            if limit >= 1:
                break
            limit = min(1.0, limit * 2)
            continue
        limit = _CHEAPEST
        quadrics[onto] += quadrics[gone]
        areas[onto] += areas[gone]
        moved = np.arange(len(points))
        moved[gone] = onto
        live = moved[live]
        live = live[(live != np.roll(live, 1, axis=1)).all(1)]
        left -= len(gone)
    return np.unique(live), live


def _quadrics(points: Array, faces: Array) -> tuple[Array, Array]:
    """(V, 4, 4) area-weighted sums of the planes around each vertex, and (V,) areas."""
    cross = cross_products(points, faces)
    double = np.linalg.norm(cross, axis=1)
    normal = cross / np.maximum(double, 1e-30)[:, None]
    plane = np.concatenate([normal, -(normal * points[faces[:, 0]]).sum(1, keepdims=True)], 1)
    share = double / 6
    out, areas = np.zeros((len(points), 4, 4)), np.zeros(len(points))
    for i in range(3):
        np.add.at(out, faces[:, i], plane[:, :, None] * plane[:, None] * share[:, None, None])
        np.add.at(areas, faces[:, i], share)
    return out, areas


def _half_edges(faces: Array, size: int) -> Array:
    """(E, 2) directed edges whose collapse keeps the surface a surface: the ends have exactly two neighbours in common,
    and those have more than three (the link condition on a closed mesh)."""
    from scipy.sparse import csr_matrix

    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    near = csr_matrix((np.ones(len(start), np.int32), (start, end)), (size, size))
    near.sort_indices()
    common = near.multiply(near @ near.T).tocsr()
    common.sort_indices()
    pairs = common.tocoo()
    edges = np.stack([pairs.row, pairs.col], 1)[pairs.data == 2]
    open_ends = np.unique((near != near.T).tocoo().row)  # at the rim of a hole, or where more than two faces meet
    edges = edges[~np.isin(edges[:, 0], open_ends)]
    valence = np.bincount(start, minlength=size)
    opposite = np.roll(faces, -2, axis=1).ravel()
    low = np.zeros(size, bool)
    low[valence <= 3] = True
    keys = start * size + end
    blocked = np.sort(np.concatenate([keys[low[opposite]], (end * size + start)[low[opposite]]]))
    return edges[~np.isin(edges[:, 0].astype(np.int64) * size + edges[:, 1], blocked)].astype(np.int64)


def _round(
    points: Array,
    faces: Array,
    quadrics: Array,
    areas: Array,
    normals: Array,
    limit: float,
    most: int,
    regular: float,
) -> tuple[Array, Array]:
    """One independent set of collapses: (vertices that go, vertices they move onto)."""
    edges = _half_edges(faces, len(points))
    if not len(edges):
        return edges[:, 0], edges[:, 1]
    cost = _costs(points, quadrics, areas, edges, regular)
    best = np.full(len(points), np.inf)
    np.minimum.at(best, edges[:, 0], cost)
    cheap = cost <= np.quantile(best[np.isfinite(best)], limit)
    order = np.lexsort((edges[cheap, 1], edges[cheap, 0], cost[cheap]))
    edges = edges[cheap][order]
    ring = _rings(edges[:, 0], faces, len(points))
    good = _keeps_shape(points, faces, normals, edges, ring)
    rank = np.cumsum(good) - 1
    among = good[ring.edge]
    edges = edges[good]
    return _independent(edges, _Ring(rank[ring.edge[among]], ring.face[among]), faces, len(points), most)


def _costs(points: Array, quadrics: Array, areas: Array, edges: Array, regular: float) -> Array:
    start, end = edges.T
    q = quadrics[start] + quadrics[end]
    p = points[end]
    away = np.einsum("ei,eij,ej->e", p, q[:, :3, :3], p) + 2 * (q[:, :3, 3] * p).sum(1) + q[:, 3, 3]
    long = ((points[start] - p) ** 2).sum(1)
    return np.maximum(away, 0) + regular * (areas[start] + areas[end]) * long


def _rings(starts: Array, faces: Array, size: int) -> _Ring:
    corners = faces.ravel()
    order = np.argsort(corners, kind="stable")
    first = np.searchsorted(corners[order], np.arange(size + 1))
    counts = (first[1:] - first[:-1])[starts]
    edge = np.repeat(np.arange(len(starts)), counts)
    within = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts)
    return _Ring(edge, order[first[starts][edge] + within] // 3)


def _keeps_shape(points: Array, faces: Array, normals: Array, edges: Array, ring: _Ring) -> Array:
    """(E,) whether no face around the start turns over or becomes a sliver when the start moves onto the end."""
    start, end = edges[ring.edge].T
    old = faces[ring.face]
    stays = (old != end[:, None]).all(1)
    old, start, end, edge = old[stays], start[stays], end[stays], ring.edge[stays]
    new = np.where(old == start[:, None], end[:, None], old)
    before, after = cross_products(points, old), cross_products(points, new)
    size = np.linalg.norm(after, axis=1)
    a, b, c = (points[new[:, i]] for i in range(3))
    sides = ((a - b) ** 2).sum(1) + ((b - c) ** 2).sum(1) + ((c - a) ** 2).sum(1)
    was = np.stack([(normals[old[:, i]] * before).sum(1) for i in range(3)]).min(0) >= 0
    turns = (before * after).sum(1) < _TURN * np.linalg.norm(before, axis=1) * size
    for i in range(3):
        turns |= (normals[new[:, i]] * after).sum(1) < 0
    thin = 2 * np.sqrt(3) * size < _SHAPE * sides
    bad = np.zeros(len(edges), bool)
    bad[edge[(turns & was) | thin | (size <= 0)]] = True  # what is folded in the source may unfold
    return ~bad


def _independent(edges: Array, ring: _Ring, faces: Array, size: int, most: int) -> tuple[Array, Array]:
    """The cheapest collapses (``edges`` are in order of cost) whose surroundings do not touch."""
    taken = np.zeros(0, np.int64)
    busy = np.zeros(size, bool)
    edge, vertex = np.repeat(ring.edge, 3), faces[ring.face].ravel()
    for _ in range(_PASSES):
        if not len(edge):
            break
        owner = np.full(size, -1, np.int64)
        back = np.argsort(-edge, kind="stable")
        owner[vertex[back]] = edge[back]  # of several that write, the last, which is the cheapest, stays
        lost = np.zeros(len(edges), bool)
        lost[edge[owner[vertex] != edge]] = True
        won = np.unique(edge[~lost[edge]])
        taken = np.concatenate([taken, won])
        busy[vertex[~lost[edge]]] = True
        out = np.zeros(len(edges), bool)
        out[edge[busy[vertex]]] = True
        edge, vertex = edge[~out[edge]], vertex[~out[edge]]
    taken = np.sort(taken)[:most]
    return edges[taken, 0], edges[taken, 1]
