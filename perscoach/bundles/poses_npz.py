"""``trainer_poses.npz``: all of a ``Motion`` and the mesh's vertices, as plain ``.npy`` members.

Vertices are rounded to ``VERTEX_STEP`` (at most 0.061 mm off), which lets deflate take two fifths of them; as measured it
takes a tenth. All else is stored as it is. Written and read in pieces; nothing in the file is a pickle.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.lib import format as npy

from perscoach.bundles.layout import POSES_SCHEMA
from perscoach.core.arrays import Array
from perscoach.core.errors import BundleError
from perscoach.core.files import atomic, regular_file
from perscoach.core.npz import UNREADABLE, Header, NpzError, read_header, read_rows
from perscoach.core.zips import open_zip
from perscoach.motion import CONTACTS, GUESSED, Motion
from perscoach.skeleton import SKELETONS

if TYPE_CHECKING:
    from perscoach.avatar.detail import Detail

MAX_FRAMES = 1_000_000
MAX_VERTICES = 100_000
MAX_FACES = 400_000
_MAX_MEMBERS = 64
_MAX_IN_MEMORY = 2 << 30  # what read_npz(vertices=True) is ready to hold
_MAX_VERTEX_BYTES = 16 << 30  # ten minutes of the full mesh at 60 frames a second are 8 GB
_MAX_EXTRAS = 256 << 20
_BLOCK = 64  # frames of vertices that are made at once
VERTEX_STEP = 2.0**-13
"""Metres: what vertices are rounded to. A power of two, so that the float32 numbers end in zeros."""
_LEVEL = 1  # of deflate: higher ones take eight times as long and save a fiftieth
_DATE = (1980, 1, 1, 0, 0, 0)


_KNOWN = frozenset(
    """schema fps fps_num fps_den width height skeleton joint_names engine joints_3d keypoints_2d confidence valid global_rot
    root seen contacts contact_names floor faces vertices vertex_triangles vertex_shares""".split()
)


class Mesh(Protocol):
    """A body that can be asked for its vertices."""

    @property
    def faces(self) -> Array:
        """(N, 3) int32."""

    def vertices(self, start: int, stop: int) -> Array:
        """(stop - start, V, 3) float32, metres."""


class _Stored:
    """The mesh that a ``Motion`` carries itself."""

    def __init__(self, vertices: Array, faces: Array) -> None:
        self._vertices, self.faces = vertices, faces

    def vertices(self, start: int, stop: int) -> Array:
        return self._vertices[start:stop]


def write_npz(path: Path, motion: Motion, mesh: Mesh | None = None, detail: Detail | None = None) -> None:
    """Write ``motion`` with its ``extras`` and, frame block by frame block, the vertices of ``mesh`` (or of the motion itself).

    Args:
        detail: where ``mesh`` is a level of a larger one, the places of its vertices on that one: vertex ``i`` lies on the
            triangle ``vertex_triangles[i]`` (V, 3) int32 at the barycentric coordinates ``vertex_shares[i]`` (V, 3) float32.

    Raises:
        BundleError: the mesh changes its number of vertices.
        ValueError: an extra has the name of something else in the file.
    """
    if mesh is None and motion.vertices is not None and motion.faces is not None:
        mesh = _Stored(motion.vertices, motion.faces)
    small: dict[str, Any] = {
        "schema": POSES_SCHEMA,
        "fps": np.float64(motion.fps),
        "fps_num": np.int64(motion.fps.numerator),
        "fps_den": np.int64(motion.fps.denominator),
        "width": np.int64(motion.width),
        "height": np.int64(motion.height),
        "skeleton": motion.skeleton.name,
        "joint_names": list(motion.skeleton.joints),
        "engine": motion.engine,
        "joints_3d": motion.joints_3d,
        "keypoints_2d": motion.keypoints_2d,
        "confidence": motion.confidence,
        "valid": motion.valid,
        "global_rot": motion.global_rot,
        "root": motion.root,
        "seen": motion.seen,
        "contacts": motion.contacts,
        "contact_names": list(CONTACTS),
        "floor": motion.floor,
    }
    taken = _KNOWN & set(motion.extras)
    if taken:
        raise ValueError(f"extras: {sorted(taken)[0]} is a name of the format's own")
    small |= motion.extras
    if detail is not None and not detail.whole:
        small |= {"vertex_triangles": detail.triangles, "vertex_shares": detail.shares}
    with atomic(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, value in small.items():
            with _member(archive, name) as file:
                npy.write_array(file, np.asanyarray(value), allow_pickle=False)  # type: ignore[no-untyped-call]
        if mesh is not None:
            with _member(archive, "faces") as file:
                npy.write_array(file, np.ascontiguousarray(mesh.faces, np.int32), allow_pickle=False)  # type: ignore[no-untyped-call]
            with archive.open("vertices.npy", "w", force_zip64=True) as file:  # by its name: packed
                _write_vertices(file, mesh, len(motion))


@contextmanager
def _member(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    """A member that is not packed."""
    info = zipfile.ZipInfo(f"{name}.npy", _DATE)
    info.external_attr = 0o644 << 16
    with archive.open(info, "w", force_zip64=True) as file:
        yield file


def _write_vertices(file: IO[bytes], mesh: Mesh, frames: int) -> None:
    count = mesh.vertices(0, min(1, frames)).shape[1]
    header = {"descr": "<f4", "fortran_order": False, "shape": (frames, count, 3)}
    npy.write_array_header_2_0(file, header)  # type: ignore[no-untyped-call]
    for start in range(0, frames, _BLOCK):
        stop = min(frames, start + _BLOCK)
        block = mesh.vertices(start, stop)
        if block.shape != (stop - start, count, 3):
            want = (stop - start, count, 3)
            raise BundleError("bundles.mesh_changes", frame=start, found=block.shape, expected=want)
        rounded = np.round(block / VERTEX_STEP) * VERTEX_STEP
        file.write(np.ascontiguousarray(rounded, "<f4").tobytes())


def read_npz(path: Path, vertices: bool = False) -> Motion:
    """Read and check a ``trainer_poses.npz``; every member's header is checked before its data is read.

    Args:
        path: the file.
        vertices: also read the vertices (they can be large; ``read_vertices`` gives them in blocks).

    Raises:
        BundleError: not what the format asks for, or larger than it may be.
    """
    with _open(path) as (archive, headers):
        name = path.name
        text = {k: _text(archive, name, headers, k) for k in ("schema", "skeleton", "engine")}
        if text["schema"] != POSES_SCHEMA:
            raise _bad(name, f"schema: expected {POSES_SCHEMA!r}, got {text['schema']!r:.60}")
        skeleton = SKELETONS.get(text["skeleton"])
        if skeleton is None:
            raise _bad(name, f"skeleton: expected one of {', '.join(SKELETONS)}, got {text['skeleton']!r:.60}")
        joints = len(skeleton)
        names = _load(archive, name, headers, "joint_names", (joints,), "U")
        if tuple(names.tolist()) != skeleton.joints:
            raise _bad(name, f"joint_names: expected the {joints} names of {skeleton.name} in their order")
        frames = _frames(name, headers)
        arrays = {
            "joints_3d": (frames, joints, 3),
            "keypoints_2d": (frames, joints, 2),
            "confidence": (frames, joints),
            "global_rot": (frames, 3),
            "root": (frames, 3),
        }
        loaded: dict[str, Any] = {k: _load(archive, name, headers, k, s, np.float32) for k, s in arrays.items()}
        for key, array in loaded.items():
            if np.isinf(array).any():
                raise _bad(name, f"{key}: an infinite number")
        if not ((loaded["confidence"] >= 0) & (loaded["confidence"] <= 1)).all():
            raise _bad(name, "confidence: expected numbers from 0 to 1")
        valid = _load(archive, name, headers, "valid", (frames,), np.bool_)
        loaded |= _later(archive, name, headers, frames, joints)
        if "vertices" in headers or "faces" in headers:
            mesh = _mesh(archive, name, headers, frames, vertices)
            loaded |= mesh if vertices else {}
        loaded["extras"] = _extras(archive, name, headers)
        return Motion(
            fps=_rate(archive, name, headers),
            width=_whole(archive, name, headers, "width", 100_000),
            height=_whole(archive, name, headers, "height", 100_000),
            skeleton=skeleton,
            valid=valid,
            engine=text["engine"],
            **loaded,
        )


def _later(
    archive: zipfile.ZipFile, name: str, headers: dict[str, Header], frames: int, joints: int
) -> dict[str, Array]:
    """What packages of earlier versions do not have: ``seen``, ``contacts`` and ``floor``."""
    loaded = {}
    if "seen" in headers:
        loaded["seen"] = _load(archive, name, headers, "seen", (frames, joints), np.uint8)
        if loaded["seen"].max(initial=0) > GUESSED:
            raise _bad(name, f"seen: expected 0 to {GUESSED}, got {loaded['seen'].max()}")
    if "contacts" in headers:
        names = _load(archive, name, headers, "contact_names", (len(CONTACTS),), "U")
        if tuple(names.tolist()) != CONTACTS:
            raise _bad(name, f"contact_names: expected {', '.join(CONTACTS)}")
        loaded["contacts"] = _load(archive, name, headers, "contacts", (frames, len(CONTACTS)), np.bool_)
    if "floor" in headers:
        loaded["floor"] = _load(archive, name, headers, "floor", (frames, 4), np.float32)
        if np.isinf(loaded["floor"]).any():
            raise _bad(name, "floor: an infinite number")
    return loaded


def read_faces(path: Path) -> Array | None:
    """(N, 3) int32, or ``None`` where the file has no mesh.

    Raises:
        BundleError: not what the format asks for.
    """
    with _open(path) as (archive, headers):
        if "faces" not in headers and "vertices" not in headers:
            return None
        return _mesh(archive, path.name, headers, _frames(path.name, headers), False)["faces"]


def read_vertices(path: Path, block: int = _BLOCK) -> Iterator[Array]:
    """The vertices in blocks of at most ``block`` frames, (n, V, 3) float32; nothing where the file has no mesh.

    Raises:
        BundleError: not what the format asks for.
    """
    with _open(path) as (archive, headers):
        if "vertices" not in headers:
            return
        frames = _frames(path.name, headers)
        _mesh(archive, path.name, headers, frames, False)
        header = headers["vertices"]
        with archive.open("vertices.npy") as file:
            file.read(header.start)
            for start in range(0, frames, block):
                count = min(block, frames - start)
                yield read_rows(file, "vertices", (count, header.shape[1], 3), np.dtype("<f4"))


@contextmanager
def _open(path: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, Header]]]:
    """The zip and every member's header. Whatever the bytes are, only ``BundleError`` is raised."""
    regular_file(path, BundleError)
    try:
        with open_zip(path, _MAX_MEMBERS) as archive:
            infos = archive.infolist()
            names = [i.filename.removesuffix(".npy") for i in infos]
            if len(set(names)) != len(names):
                raise _bad(path.name, "two members of the same name")
            yield archive, {n: read_header(archive, i) for n, i in zip(names, infos, strict=True)}
    except NpzError as error:
        raise _bad(path.name, str(error)) from error
    except UNREADABLE as error:
        raise _bad(path.name, f"cannot be read ({type(error).__name__}: {error!s:.100})") from error


def _load(
    archive: zipfile.ZipFile, name: str, headers: dict[str, Header], key: str, shape: tuple[int, ...], kind: Any
) -> Array:
    """One member whose shape and type are known beforehand."""
    header = headers.get(key)
    if header is None:
        raise _bad(name, f"{key} is missing")
    right = header.dtype.kind == "U" and header.dtype.itemsize <= 4000 if kind == "U" else header.dtype == kind
    if header.shape != shape or not right or (header.fortran and len(shape) > 1):
        want = "text" if kind == "U" else np.dtype(kind).name
        raise _bad(name, f"{key}: expected {want} of shape {shape}, got {header.dtype} of shape {header.shape}")
    size = math.prod(shape) * header.dtype.itemsize
    if size > _MAX_IN_MEMORY:
        raise _bad(name, f"{key}: {size >> 20} MB do not fit into memory")
    with archive.open(f"{key}.npy") as file:
        file.read(header.start)
        return read_rows(file, key, shape, header.dtype)


def _text(archive: zipfile.ZipFile, name: str, headers: dict[str, Header], key: str) -> str:
    return str(_load(archive, name, headers, key, (), "U"))


def _whole(archive: zipfile.ZipFile, name: str, headers: dict[str, Header], key: str, high: int) -> int:
    number = int(_load(archive, name, headers, key, (), np.int64))
    if not 1 <= number <= high:
        raise _bad(name, f"{key}: expected a whole number from 1 to {high}, got {number}")
    return number


def _rate(archive: zipfile.ZipFile, name: str, headers: dict[str, Header]) -> Fraction:
    fps = float(_load(archive, name, headers, "fps", (), np.float64))
    exact = Fraction(_whole(archive, name, headers, "fps_num", 2**53), _whole(archive, name, headers, "fps_den", 2**53))
    if not 0.01 <= fps <= 1000 or not math.isclose(float(exact), fps, rel_tol=1e-6):
        raise _bad(name, f"fps: expected 0.01 to 1000 and fps_num / fps_den ({float(exact):g}), got {fps:g}")
    return exact


def _frames(name: str, headers: dict[str, Header]) -> int:
    header = headers.get("joints_3d")
    if header is None or len(header.shape) != 3 or header.shape[0] > MAX_FRAMES:
        raise _bad(name, "joints_3d: expected shape (F, J, 3)")
    return header.shape[0]


def _mesh(
    archive: zipfile.ZipFile, name: str, headers: dict[str, Header], frames: int, vertices: bool
) -> dict[str, Array]:
    """``faces`` with indices that exist, and ``vertices`` where asked for."""
    points, triangles = headers.get("vertices"), headers.get("faces")
    if points is None or triangles is None:
        raise _bad(name, "vertices and faces: expected both or neither")
    if len(points.shape) != 3 or points.shape[0] != frames or points.shape[2] != 3 or points.shape[1] > MAX_VERTICES:
        raise _bad(name, f"vertices: expected shape ({frames}, V, 3), got {points.shape}")
    if math.prod(points.shape) * 4 > _MAX_VERTEX_BYTES:
        raise _bad(name, f"vertices: over {_MAX_VERTEX_BYTES >> 30} GB")
    if points.dtype != np.dtype("<f4") or points.fortran:
        raise _bad(name, f"vertices: expected float32, got {points.dtype}")
    if len(triangles.shape) != 2 or triangles.shape[0] > MAX_FACES:
        raise _bad(name, f"faces: expected shape (N, 3), got {triangles.shape}")
    faces = _load(archive, name, headers, "faces", (triangles.shape[0], 3), np.int32)
    count = points.shape[1]
    if len(faces) and not (int(faces.min()) >= 0 and int(faces.max()) < count):
        raise _bad(name, f"faces: expected indices 0..{count - 1}, got {faces.min()}..{faces.max()}")
    read = {"faces": faces}
    if vertices:
        read["vertices"] = _load(archive, name, headers, "vertices", points.shape, np.float32)
    return read


def _extras(archive: zipfile.ZipFile, name: str, headers: dict[str, Header]) -> dict[str, Array]:
    """The members that the format does not know: an engine's own numbers."""
    own = {k: h for k, h in headers.items() if k not in _KNOWN}
    size = sum(math.prod(h.shape) * h.dtype.itemsize for h in own.values())
    if size > _MAX_EXTRAS:
        raise _bad(name, f"{', '.join(sorted(own))!s:.80}: {size >> 20} MB, expected at most {_MAX_EXTRAS >> 20}")
    out = {}
    for key, header in own.items():
        if header.fortran and len(header.shape) > 1:
            raise _bad(name, f"{key}: expected the first axis to be the slowest")
        with archive.open(f"{key}.npy") as file:
            file.read(header.start)
            out[key] = read_rows(file, key, header.shape, header.dtype)
    return out


def _bad(name: str, what: str) -> BundleError:
    return BundleError("bundles.bad_file", name=name, reason=what)
