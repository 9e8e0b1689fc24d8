"""``trainer.glb``: the moving body as binary glTF 2.0, one skinned mesh with an animation.

Format: Khronos, "glTF 2.0 Specification" (2021); chapter numbers below are its. Metres, y up; at rest it stands on
the floor and faces +z.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.avatar.detail import LEVELS, Detail, level
from perscoach.avatar.normals import vertex_normals
from perscoach.avatar.resting import rested
from perscoach.avatar.rigging import RigSettings, axes, chains
from perscoach.avatar.rotations import to_quaternion
from perscoach.avatar.tracks import Tracks, influences, make_tracks, stand
from perscoach.body import MovingBody
from perscoach.core.arrays import Array
from perscoach.core.files import atomic
from perscoach.core.progress import Monitor, Quiet
from perscoach.motion import FLIP, Motion

_FLOAT, _BYTE, _SHORT_SIGNED, _SHORT, _INT = 5126, 5121, 5122, 5123, 5125  # 3.6.2.2 accessor data types
_ARRAY, _ELEMENTS = 34962, 34963
_STILL = {
    "rotation": 2e-5,
    "translation": 5e-5,
}  # a track whose numbers all lie closer than this (metres) is a constant
_COLOUR = (0.58, 0.42, 0.33, 1.0)  # linear light: a matt, neutral skin
_KINDS = {np.dtype("<f4"): _FLOAT, np.dtype("u1"): _BYTE, np.dtype("<i2"): _SHORT_SIGNED, np.dtype("<u2"): _SHORT, np.dtype("<u4"): _INT}  # fmt: skip


def write_glb(
    path: Path,
    body: MovingBody,
    motion: Motion,
    detail: str | Detail = "large",
    monitor: Monitor | None = None,
    rig: RigSettings | None = None,
) -> dict[str, Any]:
    """Write the animated body atomically. Memory: the bones' tracks (about 60 kB a second for 127 bones) and some frames
    of vertices.

    Args:
        body: as many frames as ``motion``, whose ``fps`` and ``root`` it is moved with.
        detail: a name in ``LEVELS``, or a level made before for this body's mesh.
        rig: pose at rest, names and travel; the body's own unless given.

    Returns:
        figures: ``vertices``, ``faces``, ``bones``, ``frames``, ``tracks``, ``bytes``, ``mean_error_mm`` and
        ``max_error_mm`` (the skinned mesh against the body's own vertices; correctives are what is missing), ``travels``.

    Raises:
        PerscoachError: no frame has a body.
        ValueError: another number of frames, or an unknown level.
    """
    if len(body) != len(motion):
        raise ValueError(f"expected a body of {len(motion)} frames, got {len(body)}")
    if isinstance(detail, str):
        if detail not in LEVELS:
            raise ValueError(f"detail: expected one of {', '.join(LEVELS)}, got {detail!r:.40}")
        detail = level(body.rest, body.faces, LEVELS[detail])
    monitor, rig = monitor or Quiet(), rig or RigSettings()
    body = rested(body, rig.rest)
    bones, shares = influences(detail.apply(body.weights))
    weights = _dense(bones, shares, len(body.bones))
    floor = stand(body, motion, detail, weights, monitor=monitor, in_place=rig.in_place)
    tree, names = chains(body.bones, rig.names)
    tracks = make_tracks(body, floor, tree, axes(body, tree, names, rig.names))
    monitor.check()
    glb = _Glb()
    mesh = _mesh(glb, body, detail, bones, shares, floor.rest)
    binding = _bindings(glb, body, tracks.axes, floor.rest)
    times = (np.arange(len(motion)) * float(1 / motion.fps)).astype(np.float32)
    nodes, channels, samplers = _bones(glb, tracks, names, times)
    roots = [i for i, parent in enumerate(tree.parents) if parent < 0]
    skin: dict[str, Any] = {"inverseBindMatrices": binding, "joints": list(range(len(nodes)))}
    if len(roots) == 1:
        skin["skeleton"] = roots[0]
    scene: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "perscoach"},
        "scene": 0,
        "scenes": [{"nodes": [*roots, len(nodes)]}],
        "nodes": [*nodes, {"name": "trainer", "mesh": 0, "skin": 0}],
        "meshes": [mesh],
        "skins": [skin],
        "materials": [
            {"name": "skin", "pbrMetallicRoughness": {"baseColorFactor": list(_COLOUR), "metallicFactor": 0.0, "roughnessFactor": 0.75}}
        ],
        "animations": [{"name": "movement", "channels": channels, "samplers": samplers}],
    }  # fmt: skip
    size = glb.save(path, scene)
    return {
        "vertices": len(detail), "faces": len(detail.faces), "bones": len(nodes), "frames": len(motion),
        "tracks": len(channels), "bytes": size, "mean_error_mm": round(floor.mean_error * 1000, 3),
        "max_error_mm": round(floor.max_error * 1000, 3), "travels": floor.travels,
    }  # fmt: skip


class _Glb:
    """Collects accessors and the one binary buffer."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._views: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []

    def add(self, array: Array, kind: str, *, normalised: bool = False, bounds: bool = False, target: int = 0) -> int:
        """An accessor's index; ``kind`` is SCALAR, VEC3 …; rows must fill whole multiples of 4 bytes (3.6.2.4)."""
        raw = np.ascontiguousarray(array)
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self._data), "byteLength": raw.nbytes}
        if target:
            view["target"] = target
        accessor: dict[str, Any] = {
            "bufferView": len(self._views),
            "componentType": _KINDS[raw.dtype],
            "count": len(raw),
            "type": kind,
        }
        if normalised:
            accessor["normalized"] = True
        if bounds:
            rows = raw.reshape(len(raw), -1)
            accessor["min"], accessor["max"] = rows.min(0).tolist(), rows.max(0).tolist()
        self._views.append(view)
        self._accessors.append(accessor)
        self._data += raw.tobytes()
        self._data += b"\0" * (-len(self._data) % 4)
        return len(self._accessors) - 1

    def save(self, path: Path, scene: dict[str, Any]) -> int:
        """Write the file (4.4 "GLB file format"); returns its size in bytes."""
        scene = scene | {
            "buffers": [{"byteLength": len(self._data)}],
            "bufferViews": self._views,
            "accessors": self._accessors,
        }
        text = json.dumps(scene, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        total = 12 + 8 + len(text) + 8 + len(self._data)

        def word(*numbers: int) -> bytes:
            return b"".join(n.to_bytes(4, "little") for n in numbers)

        with atomic(path) as part, part.open("wb") as file:
            file.write(b"glTF" + word(2, total, len(text)) + b"JSON" + text)
            file.write(word(len(self._data)) + b"BIN\0" + self._data)
        return total


def _dense(bones: Array, shares: Array, count: int) -> Array:
    """(V, B) of what the file will hold."""
    out = np.zeros((len(bones), count), np.float32)
    np.add.at(out, (np.arange(len(bones))[:, None], bones), shares)
    return out


def _mesh(glb: _Glb, body: MovingBody, detail: Detail, bones: Array, shares: Array, hips: Array) -> dict[str, Any]:
    rest = body.rest.astype(np.float64)
    normals = detail.apply(vertex_normals(rest, body.faces))  # of the full mesh: smoother than the level's own
    spare = vertex_normals(detail.apply(rest), detail.faces)
    size = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(size > 0.1, normals / np.maximum(size, 0.1), spare)
    normals = np.where(np.linalg.norm(normals, axis=1, keepdims=True) > 0.5, normals, [0.0, 0.0, -1.0])
    attributes = {
        "POSITION": glb.add((detail.apply(rest) * FLIP + hips).astype("<f4"), "VEC3", bounds=True, target=_ARRAY),
        "NORMAL": glb.add((normals * FLIP).astype("<f4"), "VEC3", target=_ARRAY),
    }
    whole = np.round(shares * 65535).astype(np.int64)
    whole[:, 0] += 65535 - whole.sum(1)  # rows sum to 1 exactly (3.7.3.3)
    kind = "u1" if len(body.bones) <= 256 else "<u2"
    for i in range(0, bones.shape[1], 4):
        attributes[f"JOINTS_{i // 4}"] = glb.add(bones[:, i : i + 4].astype(kind), "VEC4", target=_ARRAY)
        attributes[f"WEIGHTS_{i // 4}"] = glb.add(
            whole[:, i : i + 4].astype("<u2"), "VEC4", normalised=True, target=_ARRAY
        )
    corners = detail.faces.ravel().astype("<u2" if len(detail) < 65536 else "<u4")
    faces = glb.add(corners, "SCALAR", target=_ELEMENTS)
    return {"name": body.name, "primitives": [{"attributes": attributes, "indices": faces, "material": 0}]}


def _bindings(glb: _Glb, body: MovingBody, axes: Array, hips: Array) -> int:
    """Inverse bind matrices, column by column: at rest a bone stands at its pivot, turned by its axes."""
    matrices = np.tile(np.eye(4), (len(body.bones), 1, 1))
    matrices[:, :3, :3] = axes  # the inverse is the transposed matrix, and its columns are written as rows
    matrices[:, 3, :3] = -np.einsum("bji,bj->bi", axes, body.pivots * FLIP + hips)
    return glb.add(matrices.reshape(-1, 16).astype("<f4"), "MAT4")


def _bones(
    glb: _Glb, tracks: Tracks, names: list[str], times: Array
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Nodes, animation channels and samplers. A constant track is left out, as the node itself states it; the first
    bone's stay, so that a clip that stands still or has one frame is an animation of its length too."""
    nodes: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []
    samplers: list[dict[str, Any]] = []
    parents = tracks.bones.parents
    above = np.where((np.array(parents) < 0)[:, None, None], np.eye(3), tracks.axes[np.maximum(parents, 0)])
    at_rest = to_quaternion(np.swapaxes(above, -1, -2) @ tracks.axes)
    clock = glb.add(times.astype("<f4"), "SCALAR", bounds=True)
    for index, name in enumerate(names):
        node: dict[str, Any] = {"name": name, "translation": tracks.rest[index].astype(float).tolist()}
        if children := [i for i, parent in enumerate(parents) if parent == index]:
            node["children"] = children
        if at_rest[index, 0] < 1 - 1e-9:
            node["rotation"] = at_rest[index, [1, 2, 3, 0]].tolist()
        turn, shift = tracks.turns[:, index][:, [1, 2, 3, 0]], tracks.shifts[:, index]
        for way, values, kind in (("rotation", turn, "VEC4"), ("translation", shift, "VEC3")):
            if index and float(np.ptp(values, axis=0).max()) < _STILL[way]:
                middle = (values.max(0).astype(float) + values.min(0)) / 2
                node[way] = (middle / np.linalg.norm(middle) if way == "rotation" else middle).tolist()
                continue
            raw = np.round(values * 32767).astype("<i2") if way == "rotation" else values.astype("<f4")
            output = glb.add(raw, kind, normalised=way == "rotation")
            channels.append({"sampler": len(samplers), "target": {"node": index, "path": way}})
            samplers.append({"input": clock, "output": output, "interpolation": "LINEAR"})
        nodes.append(node)
    return nodes, channels, samplers
