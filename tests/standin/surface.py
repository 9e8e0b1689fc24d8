"""The stand-in's skin: capsules around the bones melted into one closed surface, or MHR's own topology; and its weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from assets.mannequin.surface import grid_points, project, surface_nets, triangles
from perscoach.avatar.normals import vertex_normals
from perscoach.pose.sam3d.joints import BONES

SKIP = ("_proc", "_null", "eye", "jaw", "teeth", "tongue")
"""Joints that hold no skin of their own."""

# from joint, to joint, radius at both ends (cm): enough for a figure that reads as a person
_CAPSULES = """
root c_spine1 14 13.5
c_spine1 c_spine2 13.5 13.5
c_spine2 c_spine3 13.5 14
c_spine3 c_neck 12 6.5
c_neck c_head 6 6.5
l_clavicle l_uparm 8 7
l_uparm l_lowarm 6.5 5
l_lowarm l_wrist 5 3.8
l_wrist l_middle_null 4.5 3
root l_upleg 13 11
l_upleg l_lowleg 10.5 6.5
l_lowleg l_foot 6.5 4.8
l_foot l_ball 5 4
"""


def capsules(places: np.ndarray) -> np.ndarray:
    """(N, 8): two ends, two radii, cm; the right side mirrored."""
    rows = []
    for line in _CAPSULES.strip().splitlines():
        start, end, r0, r1 = line.split()
        row = [*places[BONES.at(start)], *places[BONES.at(end)], float(r0), float(r1)]
        rows.append(row)
        if end.startswith("l_"):
            other = np.array(row) * [-1, 1, 1, -1, 1, 1, 1, 1]
            rows.append(other.tolist())
    head = places[BONES.at("c_head")]
    rows.append([0, head[1] + 4, head[2] + 3, 0, head[1] + 10, head[2] + 1, 7.5, 9])
    for x in (1, -1):  # the soles: ball to toes and heel
        ball, foot = places[BONES.at("l_ball")] * [x, 1, 1], places[BONES.at("l_foot")] * [x, 1, 1]
        rows.append([*ball, ball[0], 2.5, ball[2] + 6, 4, 2.5])
        rows.append([*foot, foot[0], 3.5, foot[2] - 3, 5, 3.5])
    return np.array(rows, float)


def distance(points: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """(N,) cm, negative inside; shapes melt where they meet."""
    a, b, r0, r1 = shapes[:, :3], shapes[:, 3:6], shapes[:, 6], shapes[:, 7]
    along = b - a
    square = np.maximum((along * along).sum(1), 1e-6)
    t = np.clip(((points[:, None] - a) * along).sum(-1) / square, 0, 1)
    each = np.linalg.norm(points[:, None] - a - t[..., None] * along, axis=-1) - (r0 + (r1 - r0) * t)
    soft = 1.5
    low = each.min(1)
    return low - soft * np.log(np.exp(-(each - low[:, None]) / soft).sum(1)) + soft * np.log(2)


def build(places: np.ndarray, vertices: int) -> tuple[np.ndarray, np.ndarray]:
    """About so many vertices (V, 3) cm and faces (N, 3) int32: one closed surface, counter-clockwise seen from outside.

    A coarse grid can pinch thin limbs; the grid nearest to what was asked is taken that does not.
    """
    shapes = capsules(places)
    for tries in range(40):
        step = 4.0 * np.sqrt(1500 / vertices) * (1 + 0.012 * (tries // 2 + 1) * (-1) ** tries)
        thick = shapes.copy()
        thick[:, 6:] = np.maximum(thick[:, 6:], 0.9 * step)
        half = np.arange(0, 80 + step, step)
        axes = (np.concatenate([-half[:0:-1], half]) + step / 2, np.arange(-8, 190, step), np.arange(-28, 44, step))
        values = distance(grid_points(axes), thick).reshape([len(a) for a in axes])
        points, quads, _ = surface_nets(values, axes)
        faces = triangles(points, quads)
        if _closed(faces, len(points)):
            return project(lambda p, t=thick: distance(p, t), points, 2, step / 2), faces  # type: ignore[misc]
    raise AssertionError(f"no closed surface of about {vertices} vertices")


def _closed(faces: np.ndarray, vertices: int) -> bool:
    """Every edge belongs to two faces and the surface is a ball's (Euler's characteristic 2)."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    _, count = np.unique(edges, axis=0, return_counts=True)
    return bool((count == 2).all()) and vertices - len(count) + len(faces) == 2


def read_topology(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """MHR's own rest mesh: vertices (18439, 3) cm and faces (36874, 3) int32."""
    data = (folder / "mhr_lod1_topology.ply").read_bytes()
    header, _, body = data.partition(b"end_header\n")
    lines = [line.split() for line in header.decode("ascii").splitlines()]
    counts = {line[1]: int(line[2]) for line in lines if line[0] == "element"}
    sizes = {"float": "<f4", "uchar": "u1", "double": "<f8", "int": "<i4", "uint": "<u4"}
    kinds = [(line[2], sizes[line[1]]) for line in lines if line[0] == "property" and line[1] != "list"]
    table = np.frombuffer(body, np.dtype(kinds), counts["vertex"])
    rest = body[table.nbytes :]
    faces = np.frombuffer(rest, np.dtype([("n", "u1"), ("v", "<i4", 3)]), counts["face"])
    assert (faces["n"] == 3).all()
    return np.stack([table[k] for k in "xyz"], 1).astype(np.float64), faces["v"].astype(np.int32)


def weights(points: np.ndarray, faces: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(V, 8) joints and their weights: by the distance to the bones that hang on each joint, the other side's left out,
    then evened out along the skin."""
    bones = [(p, j) for j, p in enumerate(BONES.parents) if p > 0 and not any(s in BONES.names[p] for s in SKIP)]
    bones = [(p, j) for p, j in bones if "_proc" not in BONES.names[j] and np.ptp(places[[p, j]], 0).max() > 0.3]
    bones = [(p, j) for p, j in bones if not any(s in BONES.names[j] for s in ("eye", "jaw"))]
    far = np.full((len(points), len(BONES)), 1e3)
    for parent, joint in bones:
        a, along = places[parent], places[joint] - places[parent]
        t = np.clip(((points - a) @ along) / (along @ along), 0, 1)
        gap = np.linalg.norm(points - a - t[:, None] * along, axis=1)
        side = {"l": 1, "r": -1}.get(BONES.names[parent][0], 0)
        gap = gap + np.where(points[:, 0] * side < -0.5, 12.0, 0.0)
        if BONES.names[parent] in ("root", "c_spine3") and side == 0 and BONES.names[joint][0] != "c":
            gap = gap + 4  # the way from the middle to a limb's start lies inside the trunk
        far[:, parent] = np.minimum(far[:, parent], gap)
    low = far.min(1, keepdims=True)
    share = np.exp(-(far - low) / (0.12 * low + 0.6))
    share = _evened(share / share.sum(1, keepdims=True), points, faces)
    order = np.argsort(-share, axis=1, kind="stable")[:, :8]
    kept = np.take_along_axis(share, order, 1)
    kept = np.where(kept < 0.02, 0, kept)
    return order.astype(np.int32), (kept / kept.sum(1, keepdims=True)).astype(np.float32)


def _evened(share: np.ndarray, points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Means over neighbours, as often as reaches some 3 cm."""
    from scipy.sparse import coo_matrix, diags

    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    length = np.median(np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1))
    near = coo_matrix((np.ones(len(edges)), edges.T), shape=(len(points),) * 2).tocsr()
    near = ((near + near.T) > 0).astype(np.float64)
    mean = diags(1 / np.maximum(near.sum(1).A1, 1)) @ near
    for _ in range(int(np.clip((3.0 / length) ** 2 / 2, 0, 10))):
        share = 0.5 * share + 0.5 * (mean @ share)
    return share


def shape_vectors(points: np.ndarray, faces: np.ndarray, seed: int) -> np.ndarray:
    """(45, V, 3) cm: smooth swellings along the normals, the first the largest."""
    rng = np.random.default_rng(seed)
    normals = vertex_normals(points, faces)
    waves = np.sin(points / 100 @ rng.normal(0, 4, (3, 45)) + rng.uniform(0, 6, 45))
    return (waves * 0.8 / (1 + np.arange(45)))[..., None].transpose(1, 0, 2) * normals


def swelling(points: np.ndarray, faces: np.ndarray, places: np.ndarray, joints: list[int]) -> np.ndarray:
    """(K, V, 3) cm: what a joint's bend adds around it."""
    near = np.exp(-(np.linalg.norm(points - places[joints][:, None], axis=-1) ** 2) / 60)
    return near[..., None] * vertex_normals(points, faces) * 0.8
