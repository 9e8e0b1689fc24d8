"""Reading ``trainer.glb`` as a stranger's file: every number it points at is checked before it is used.

Written from the glTF 2.0 specification (Khronos, 2021: binary container 4.4, accessors 3.6.2, skins 3.7.3, animations
3.11), not from our writer, so that both must agree. Read is what a moving body needs: nodes, one skin, one animation and
the skinned mesh; extensions, sparse accessors and files beside it are refused.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import BundleError

MAX_BYTES = 256 << 20  # ten minutes at 60 frames a second of 127 bones are 91 MB
_MAX_JSON = 32 << 20
_MAX_NODES = 2000
_MAX_KEYS = 1_000_000
_MAX_VERTICES = 100_000
_KINDS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_PATHS = {"translation": 3, "rotation": 4, "scale": 3}
_REST = {"translation": (0.0, 0.0, 0.0), "rotation": (0.0, 0.0, 0.0, 1.0), "scale": (1.0, 1.0, 1.0)}


@dataclass(frozen=True)
class GlbBody:
    """A skinned, animated body as the file has it: metres, x to the image's right, y up, z to the viewer.

    Attributes:
        joints: the skin's joint names; nodes: their node indices.
        parents: of every node, -1 at the top; order: nodes, parents first.
        rest: node by node, path to its value without animation.
        tracks: (node, path) to (times (K,), values (K, n), step).
        inverse: (B, 4, 4) inverse bind matrices.
        vertices (V, 3), faces (N, 3), bones (V, k), weights (V, k): the mesh at rest.
    """

    joints: tuple[str, ...]
    nodes: tuple[int, ...]
    parents: tuple[int, ...]
    order: tuple[int, ...]
    rest: tuple[dict[str, Array], ...]
    tracks: dict[tuple[int, str], tuple[Array, Array, bool]]
    inverse: Array
    vertices: Array
    faces: Array
    bones: Array
    weights: Array

    @property
    def times(self) -> Array:
        """(K,) seconds: the longest track's; one 0 where nothing moves."""
        return max((t for t, _, _ in self.tracks.values()), key=len, default=np.zeros(1))

    def matrices(self, times: Array) -> Array:
        """(n, B, 4, 4) float64: the joints in space at some times (seconds, ascending)."""
        world: dict[int, Array] = {}
        for node in self.order:
            local = np.zeros((len(times), 4, 4))
            value = {path: self._sampled(node, path, times) for path in _PATHS}
            local[:, :3, :3] = _turns(value["rotation"]) * value["scale"][:, None]
            local[:, :3, 3], local[:, 3, 3] = value["translation"], 1
            above = self.parents[node]
            world[node] = local if above < 0 else world[above] @ local
        return np.stack([world[node] for node in self.nodes], 1)

    def skinned(self, matrices: Array) -> Array:
        """(n, V, 3): the mesh held by joints that stand as ``matrices`` (n, B, 4, 4) say."""
        held = (matrices @ self.inverse)[:, self.bones]  # (n, V, k, 4, 4)
        points = np.concatenate([self.vertices, np.ones((len(self.vertices), 1))], 1)
        moved = np.einsum("nvkij,vj->nvki", held[..., :3, :], points)
        out: Array = np.einsum("nvki,vk->nvi", moved, self.weights)
        return out

    def _sampled(self, node: int, path: str, times: Array) -> Array:
        track = self.tracks.get((node, path))
        if track is None:
            return np.broadcast_to(self.rest[node][path], (len(times), _PATHS[path]))
        keys, values, step = track
        after = np.clip(np.searchsorted(keys, times, side="right"), 1, len(keys) - 1) if len(keys) > 1 else 0 * times
        after = after.astype(int)
        before = np.maximum(after - 1, 0)
        width = np.maximum(keys[after] - keys[before], 1e-12)
        part = np.clip((times - keys[before]) / width, 0, 1)[:, None] * (not step)
        a, b = values[before], values[after]
        if step:
            return np.where((times >= keys[after])[:, None], b, a)
        if path != "rotation":
            out: Array = a + (b - a) * part
            return out
        b = np.where(
            (a * b).sum(1, keepdims=True) < 0, -b, b
        )  # the short way; between frames 1/30 s apart, lerp is slerp
        mixed = a + (b - a) * part
        return mixed / np.linalg.norm(mixed, axis=1, keepdims=True)


def read_glb(path: Path) -> GlbBody:
    """Read and check a ``trainer.glb``.

    Raises:
        BundleError: not a binary glTF of one skinned body with one animation; the sentence says what is wrong.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"over {MAX_BYTES >> 20} MB")
        return _Reader(path.read_bytes()).body()
    except (
        OSError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        RecursionError,
        OverflowError,
    ) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        if not isinstance(error, (OSError, ValueError)):
            why = f"{type(error).__name__}: {error}"
        raise BundleError(
            f"{path.name}: {why!s:.200}. Make the bundle again.",
            f"{path.name}: файл не соответствует формату ({why!s:.200}). Соберите набор заново.",
        ) from error


class _Reader:
    def __init__(self, data: bytes) -> None:
        if len(data) < 20 or data[:4] != b"glTF":
            raise ValueError("no binary glTF")
        version, length = struct.unpack_from("<II", data, 4)
        if version != 2 or length != len(data):
            raise ValueError(f"version {version} with {length} bytes, expected 2 with {len(data)}")
        size, kind = struct.unpack_from("<I4s", data, 12)
        if kind != b"JSON" or size > min(_MAX_JSON, len(data) - 20) or size % 4:
            raise ValueError("the first chunk is no JSON of its size")
        self.json = _plain_json(data[20 : 20 + size])
        at = 20 + size
        self.binary = b""
        if at < len(data):
            if len(data) - at < 8:
                raise ValueError("a chunk is cut off")
            length, kind = struct.unpack_from("<I4s", data, at)
            if kind != b"BIN\0" or at + 8 + length != len(data):
                raise ValueError("the second chunk is no data to the end of the file")
            self.binary = data[at + 8 :]

    def body(self) -> GlbBody:
        head = self.json
        if not isinstance(head, dict) or head.get("asset", {}).get("version") != "2.0":
            raise ValueError("asset: expected version 2.0")
        if head.get("extensionsRequired"):
            raise ValueError("it needs extensions")
        nodes = self._list("nodes", _MAX_NODES)
        parents, order = _tree(nodes)
        skin = self._one("skins")
        joints = tuple(_index(j, len(nodes), "a joint") for j in skin["joints"])
        if not joints or len(set(joints)) != len(joints):
            raise ValueError("skin: expected joints that differ")
        inverse = self._numbers(skin["inverseBindMatrices"], "MAT4", len(joints)).reshape(-1, 4, 4).swapaxes(1, 2)
        mesh = self._mesh(nodes, len(joints))
        return GlbBody(
            joints=tuple(str(nodes[j].get("name", j))[:100] for j in joints),
            nodes=joints,
            parents=parents,
            order=order,
            rest=tuple(_rest(node) for node in nodes),
            tracks=self._tracks(len(nodes)),
            inverse=inverse,
            **mesh,
        )

    # -- parts ------------------------------------------------------------------------------------------------------

    def _list(self, name: str, most: int) -> list[dict[str, Any]]:
        found = self.json.get(name, [])
        if not isinstance(found, list) or len(found) > most or not all(isinstance(f, dict) for f in found):
            raise ValueError(f"{name}: expected at most {most} objects")
        return found

    def _one(self, name: str) -> dict[str, Any]:
        found = self._list(name, 1)
        if len(found) != 1:
            raise ValueError(f"{name}: expected one")
        return found[0]

    def _mesh(self, nodes: list[dict[str, Any]], joints: int) -> dict[str, Array]:
        holders = [node for node in nodes if "mesh" in node]
        if len(holders) != 1 or holders[0].get("skin") != 0:
            raise ValueError("expected one node with a mesh and the skin")
        parts = self._one("meshes")["primitives"]
        if not isinstance(parts, list) or len(parts) != 1 or parts[0].get("mode", 4) != 4:
            raise ValueError("mesh: expected one set of triangles")
        at = parts[0]["attributes"]
        vertices = self._numbers(at["POSITION"], "VEC3")
        count = len(vertices)
        if not 0 < count <= _MAX_VERTICES:
            raise ValueError(f"mesh: expected 1 to {_MAX_VERTICES} vertices, got {count}")
        sets = [i for i in range(4) if f"JOINTS_{i}" in at]
        bones = np.concatenate([self._whole(at[f"JOINTS_{i}"], "VEC4", count) for i in sets], 1)
        weights = np.concatenate([self._numbers(at[f"WEIGHTS_{i}"], "VEC4", count) for i in sets], 1)
        if bones.max(initial=0) >= joints or weights.min(initial=0) < 0 or (np.abs(weights.sum(1) - 1) > 5e-3).any():
            raise ValueError("mesh: expected weights that sum to 1 on joints that exist")
        faces = self._whole(parts[0]["indices"], "SCALAR").ravel()
        if len(faces) % 3 or faces.max(initial=0) >= count:
            raise ValueError("mesh: expected triangles of existing vertices")
        return {"vertices": vertices, "faces": faces.reshape(-1, 3), "bones": bones, "weights": weights}

    def _tracks(self, nodes: int) -> dict[tuple[int, str], tuple[Array, Array, bool]]:
        out: dict[tuple[int, str], tuple[Array, Array, bool]] = {}
        if not self._list("animations", 1):  # a body that stands still
            return out
        animation = self._one("animations")
        samplers = animation["samplers"]
        for channel in animation["channels"]:
            node, path = _index(channel["target"]["node"], nodes, "a target"), channel["target"]["path"]
            sampler = samplers[_index(channel["sampler"], len(samplers), "a sampler")]
            kind = sampler.get("interpolation", "LINEAR")
            if path not in _PATHS or kind not in ("LINEAR", "STEP") or (node, path) in out:
                raise ValueError(f"animation: {path!r:.30} with {kind!r:.30} cannot be read, or stands twice")
            times = self._numbers(sampler["input"], "SCALAR").ravel()
            if not 0 < len(times) <= _MAX_KEYS or times[0] < 0 or (np.diff(times) <= 0).any():
                raise ValueError("animation: expected times that rise")
            values = self._numbers(sampler["output"], f"VEC{_PATHS[path]}", len(times))
            if path == "rotation" and (np.abs(np.linalg.norm(values, axis=1) - 1) > 1e-3).any():
                raise ValueError("animation: a rotation is no unit quaternion")
            out[node, path] = (times, values, kind == "STEP")
        return out

    # -- accessors --------------------------------------------------------------------------------------------------

    def _numbers(self, accessor: Any, kind: str, count: int | None = None) -> Array:
        """(n, width) float64 of an accessor of floats (or of normalised whole numbers)."""
        raw, about = self._accessor(accessor, kind, count)
        if raw.dtype.kind == "f":
            if not np.isfinite(raw).all():
                raise ValueError("a number is not finite")
            return raw.astype(np.float64)
        if about.get("normalized") is not True:
            raise ValueError("expected floats or normalised numbers")
        top = np.iinfo(raw.dtype).max
        return np.maximum(raw.astype(np.float64) / top, -1.0)

    def _whole(self, accessor: Any, kind: str, count: int | None = None) -> Array:
        raw, _ = self._accessor(accessor, kind, count)
        if raw.dtype.kind != "u":
            raise ValueError("expected whole numbers")
        return raw.astype(np.int64)

    def _accessor(self, accessor: Any, kind: str, count: int | None) -> tuple[Array, dict[str, Any]]:
        accessors = self._list("accessors", 20_000)
        about = accessors[_index(accessor, len(accessors), "an accessor")]
        if about.get("type") != kind or "sparse" in about or (count is not None and about.get("count") != count):
            raise ValueError(f"accessor {accessor}: expected {kind}{'' if count is None else f' × {count}'}")
        dtype, n = np.dtype(_KINDS[about["componentType"]]), _whole_number(about["count"], 1 << 30)
        views = self._list("bufferViews", 20_000)
        view = views[_index(about["bufferView"], len(views), "a view")]
        if _index(view["buffer"], 1, "a buffer") or "uri" in self._one("buffers"):
            raise ValueError("a buffer outside the file")
        offset, length = _whole_number(view.get("byteOffset", 0), 1 << 40), _whole_number(view["byteLength"], 1 << 40)
        width = _WIDTHS[kind] * dtype.itemsize
        stride, start = (
            _whole_number(view.get("byteStride", width), 252 + width),
            _whole_number(about.get("byteOffset", 0), 1 << 40),
        )
        if (
            stride < width
            or offset + length > len(self.binary)
            or start + max(0, n - 1) * stride + width * (n > 0) > length
        ):
            raise ValueError(f"accessor {accessor}: reaches past its data")
        data = np.frombuffer(self.binary, np.uint8, length, offset)[start:]
        rows = np.lib.stride_tricks.as_strided(data, (n, width), (stride, 1), writeable=False)
        return np.ascontiguousarray(rows).view(dtype).reshape(n, _WIDTHS[kind]), about


def _plain_json(data: bytes) -> dict[str, Any]:
    def refuse(word: str) -> None:
        raise ValueError(f"{word} is not JSON")

    found: dict[str, Any] = json.loads(data.decode("utf-8"), parse_constant=refuse)
    return found


def _index(value: Any, count: int, what: str) -> int:
    if type(value) is not int or not 0 <= value < count:
        raise ValueError(f"{what}: expected an index below {count}, got {value!r:.40}")
    return value


def _whole_number(value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"expected a whole number up to {most}, got {value!r:.40}")
    return value


def _tree(nodes: list[dict[str, Any]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(parent of every node, nodes with parents first)."""
    parents = [-1] * len(nodes)
    for index, node in enumerate(nodes):
        for child in node.get("children", ()):
            child = _index(child, len(nodes), "a child")
            if parents[child] >= 0:
                raise ValueError(f"node {child} has two parents")
            parents[child] = index
    order = [i for i, parent in enumerate(parents) if parent < 0]
    for index in order:  # grows on the way
        order.extend(nodes[index].get("children", ()))
    if len(order) != len(nodes):
        raise ValueError("the nodes run in a circle")
    return tuple(parents), tuple(order)


def _rest(node: dict[str, Any]) -> dict[str, Array]:
    if "matrix" in node:
        raise ValueError("a node has a matrix, expected translation, rotation and scale")
    out = {}
    for path, default in _REST.items():
        value = node.get(path, default)
        numbers = [float(v) for v in value if isinstance(v, (int, float)) and math.isfinite(v)]
        if len(numbers) != len(default) or len(value) != len(default):
            raise ValueError(f"a node's {path}: expected {len(default)} numbers")
        out[path] = np.array(numbers)
    return out


def _turns(q: Array) -> Array:
    """(n, 3, 3) of quaternions x y z w."""
    x, y, z, w = q.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)
