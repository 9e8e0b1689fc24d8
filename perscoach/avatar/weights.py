"""Skin weights for a body whose rig is not here: first from its shape alone, then, if wanted, fitted to recorded frames.

Methods: I. Baran and J. Popović, "Automatic Rigging and Animation of 3D Characters" (2007), 4 "Skin Attachment" (heat
that flows along the surface from the nearest bone); B. H. Le and Z. Deng, "Smooth Skinning Decomposition with Rigid
Bones" (2012), the weights' half of it (least squares on the simplex).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from perscoach.avatar.normals import vertex_normals
from perscoach.avatar.skinning import Skin
from perscoach.body import Bones, Pose
from perscoach.core.arrays import Array

MOST = 8  # bones that may hold a vertex: what two sets of four in glTF carry
_HEAT = 1.5  # how fast heat passes from bone to skin, against along the skin: more is sharper
_LEAST = 0.01  # a smaller weight is dropped
_BEHIND = -0.2  # a bone counts as inside where the cosine of "bone to vertex" and the outward normal is above
_STEPS = 300
_PRIOR = 2e-6  # m²: what a wholly different weight costs beside the mean squared distance, where the frames say nothing

_HELPER, _TIP = "_proc", "_null"
_INNER = ("c_teeth", "c_tongue", "l_eye", "r_eye")  # inside the head: its bone holds what lies around them


class Segment(NamedTuple):
    """A piece of a bone that holds skin: bone's index, and its ends (3,)."""

    bone: int
    start: Array
    end: Array


def skin_weights(rest: Array, faces: Array, bones: Bones, pivots: Array) -> Array:
    """How far each vertex follows each bone, judged by the body at rest alone.

    Args:
        rest: (V, 3) metres. faces: (N, 3), outward. bones, pivots (B, 3): as in ``MovingBody``. Bones called ``…_proc``
            spread a limb's twist and hold the piece of it they lie at; ``…_null`` are tips and hold nothing.

    Returns:
        (V, B) float32, at most ``MOST`` per row, rows sum to 1.
    """
    from scipy.sparse import diags
    from scipy.sparse.linalg import splu

    points = rest.astype(np.float64)
    pieces = segments(bones, pivots.astype(np.float64))
    if not pieces:
        out = np.zeros((len(rest), len(bones)), np.float32)
        out[:, 0] = 1
        return out
    owner, away = _nearest(points, vertex_normals(points, faces), pieces)
    laplacian, area = _cotangents(points, faces)
    heat = _HEAT * area / np.maximum(away, 1e-3) ** 2
    start = np.zeros((len(points), len(bones)))
    start[np.arange(len(points)), owner] = heat
    used = np.unique(owner)
    solver = splu((laplacian + diags(heat)).tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    start[:, used] = solver.solve(np.ascontiguousarray(start[:, used]))
    return strongest(start)


def fit_weights(weights: Array, rest: Array, pivots: Array, pose: Pose, vertices: Array) -> Array:
    """Weights that bring the skinned rest body closest to recorded vertices, over the bones that hold each vertex already.

    Args:
        weights: (V, B), a start that names the bones in question (``skin_weights``).
        rest: (V, 3). pivots: (B, 3). pose: n frames. vertices: (n, V, 3) the same frames as recorded, all finite.

    Returns:
        (V, B) float32, at most ``MOST`` per row, not negative, rows sum to 1.
    """
    which = np.argsort(-weights, axis=1, kind="stable")[:, :MOST]
    first = np.take_along_axis(weights, which, 1).astype(np.float64)
    first /= first.sum(1, keepdims=True)
    count = which.shape[1]
    square, right = np.zeros((len(rest), count, count)), np.zeros((len(rest), count))
    local = rest[:, None].astype(np.float64) - pivots[which]
    for rotations, places, wanted in zip(pose.rotations, pose.places, vertices, strict=True):
        moved = np.einsum("vkij,vkj->vki", rotations[which], local) + places[which] - wanted[:, None]
        square += np.einsum("vki,vli->vkl", moved, moved) / len(vertices)
    square += _PRIOR * np.eye(count)
    right += _PRIOR * first
    step = 1 / np.trace(square, axis1=1, axis2=2)[:, None]
    found, ahead, t = first, first, 1.0
    for _ in range(_STEPS):  # accelerated projected gradient (Beck and Teboulle 2009)
        new = _to_simplex(ahead - step * (np.einsum("vkl,vl->vk", square, ahead) - right))
        later = (1 + np.sqrt(1 + 4 * t * t)) / 2
        ahead, found, t = new + (t - 1) / later * (new - found), new, later
    out = np.zeros(weights.shape)
    np.put_along_axis(out, which, found * (first > 0), 1)
    return strongest(out)


def skin_error(weights: Array, rest: Array, pivots: Array, pose: Pose, vertices: Array) -> tuple[float, float]:
    """(mean, largest) distance in metres of the skinned rest body from the true vertices (n, V, 3) of the same frames."""
    away = np.linalg.norm(Skin(rest, pivots, weights).pose(pose.rotations, pose.places) - vertices, axis=-1)
    return float(away.mean()), float(away.max())


def strongest(weights: Array, most: int = MOST) -> Array:
    """(V, B) float32: the ``most`` largest of each row without the very small ones, scaled to sum to 1."""
    kept = np.maximum(weights, 0.0)
    if kept.shape[1] > most:
        limit = -np.partition(-kept, most - 1, axis=1)[:, most - 1 : most]
        kept = np.where(kept >= limit, kept, 0)
    kept = np.where(kept >= _LEAST * kept.max(1, keepdims=True), kept, 0)
    result: Array = (kept / kept.sum(1, keepdims=True)).astype(np.float32)
    return result


def segments(bones: Bones, pivots: Array) -> list[Segment]:
    """The pieces of bones that hold skin, in the order of the bones they hang on."""
    children: list[list[int]] = [[] for _ in bones.names]
    for index, parent in enumerate(bones.parents):
        if parent >= 0:
            children[parent].append(index)
    out: list[Segment] = []
    for index, name in enumerate(bones.names):
        world = bones.parents[index] < 0 and len(children[index]) == 1 and len(bones) > 2
        if world or name.endswith((_HELPER, _TIP)) or name.startswith(_INNER):
            continue
        helpers = [c for c in children[index] if bones.names[c].endswith(_HELPER)]
        ends = [pivots[c] for c in children[index] if c not in helpers and not bones.names[c].startswith(_INNER)]
        if not ends and bones.parents[index] >= 0:  # a leaf without a tip goes on half as far as its parent
            ends = [pivots[index] + 0.5 * (pivots[index] - pivots[bones.parents[index]])]
        for end in ends or [pivots[index]]:
            out += _stations(index, pivots[index], end, helpers, pivots)
    return out


def _stations(bone: int, start: Array, end: Array, helpers: list[int], pivots: Array) -> list[Segment]:
    """One bone's way from ``start`` to ``end``, shared with the helpers that lie on it, each up to the middle of the next."""
    along = end - start
    size = float(along @ along)
    held = []
    for helper in helpers:
        part = float((pivots[helper] - start) @ along) / max(size, 1e-12)
        off = float(np.linalg.norm(pivots[helper] - start - part * along))
        if -0.1 <= part <= 1.1 and off < 0.1 * np.sqrt(size):
            held.append((part, helper))
    if not held or min(held)[0] > 0.1:
        held.append((0.0, bone))
    held.sort()
    at = np.array([part for part, _ in held])
    borders = np.concatenate([[0.0], (at[1:] + at[:-1]) / 2, [1.0]]).clip(0, 1)
    return [Segment(b, start + along * borders[i], start + along * borders[i + 1]) for i, (_, b) in enumerate(held)]


def _nearest(points: Array, normals: Array, pieces: list[Segment]) -> tuple[Array, Array]:
    """(V,) the bone nearest to each vertex among those that lie behind its skin, and (V,) how far it is."""
    owner, inside = np.zeros(len(points), np.int64), np.full(len(points), np.inf)
    spare, any_side = np.zeros(len(points), np.int64), np.full(len(points), np.inf)
    for bone, start, end in pieces:
        along = end - start
        part = np.clip((points - start) @ along / max(float(along @ along), 1e-12), 0, 1)
        out = points - start - part[:, None] * along
        away = np.linalg.norm(out, axis=1)
        behind = (out * normals).sum(1) > _BEHIND * away
        for better, best, who in ((behind & (away < inside), inside, owner), (away < any_side, any_side, spare)):
            best[better], who[better] = away[better], bone
    lost = inside > 2.5 * any_side  # nothing near lies behind it: lips, eyelids, between the fingers
    return np.where(lost, spare, owner), np.where(lost, any_side, inside)


def _cotangents(points: Array, faces: Array) -> tuple[Array, Array]:
    """The cotangent Laplacian (V, V) sparse, positive, and (V,) areas."""
    from scipy.sparse import coo_matrix, diags

    rows, columns, values = [], [], []
    area = np.full(len(points), 1e-12)
    for i in range(3):
        tip, a, b = (faces[:, (i + k) % 3] for k in range(3))
        u, v = points[a] - points[tip], points[b] - points[tip]
        double = np.linalg.norm(np.cross(u, v), axis=1)
        cotangent = np.clip((u * v).sum(1) / np.maximum(double, 1e-15), 0.01, 20) / 2
        rows += [a, b]
        columns += [b, a]
        values += [cotangent, cotangent]
        np.add.at(area, tip, double / 6)
    joined = tuple(np.concatenate(x) for x in (rows, columns, values))
    weights = coo_matrix((joined[2], (joined[0], joined[1])), (len(points),) * 2).tocsr()
    return diags(np.asarray(weights.sum(1)).ravel()) - weights, area


def _to_simplex(values: Array) -> Array:
    """Rows (V, K) moved to the nearest rows that are not negative and sum to 1 (J. Duchi et al. 2008)."""
    down = -np.sort(-values, axis=1)
    total = np.cumsum(down, axis=1) - 1
    count = np.arange(1, values.shape[1] + 1)
    last = (down - total / count > 0).sum(1, keepdims=True)
    result: Array = np.maximum(values - np.take_along_axis(total, last - 1, 1) / last, 0)
    return result
