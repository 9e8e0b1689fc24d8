"""``viewer.bin``: the small form of a movement that the browser scrubs without asking the server again.

Layout, all little endian:

====================  =================================================================================================
bytes 0..7            ``PCVIEW01``
bytes 8..11           uint32: length of the header in bytes (padded with spaces so that the data starts at a multiple of 8)
header                JSON in UTF-8, see below
sections              each at ``offset`` from the start of the file, a multiple of 8
====================  =================================================================================================

The header holds ``fps`` [numerator, denominator], ``frames``, ``width``, ``height``, ``engine``, ``mesh`` (name, counts,
``mean_error_mm``, ``max_error_mm``), ``skeleton`` (name, joints, edges), ``angles`` (name; joint, -1 for the trunk; off: degrees),
``up`` (a unit vector of ``Motion``'s axes, or null: the floor's normal where the floor is known, which ``floor`` is then
measured along), ``repetitions`` (first and last frame of each) and
``sections``: name to ``dtype`` (``int16`` …), ``shape``, ``offset`` and, for whole numbers that stand for real ones,
``scale`` (a number, or one per component). -32768 means "not known".

vertices of frame f = mean + sum over k of (coefficients[f, k] · coefficient scale k · basis scale k) · basis[k]
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.avatar.face import on_the_head
from perscoach.avatar.joint_angles import ANGLES, joint_angles
from perscoach.avatar.limbs import far_joints
from perscoach.avatar.reduce import UP, MovingMesh, Reduced, reduce_mesh
from perscoach.avatar.tracks import floor_of, no_body, sole
from perscoach.core.arrays import Array
from perscoach.core.errors import PerscoachError
from perscoach.core.files import atomic
from perscoach.motion import Motion

MAGIC = b"PCVIEW01"
MISSING = -32768
_MAX_HEADER = 1 << 20
_DTYPES = {"float32": "<f4", "int16": "<i2", "uint16": "<u2", "uint32": "<u4", "uint8": "|u1"}


def write_compact(
    path: Path, mesh: MovingMesh, motion: Motion, repetitions: Sequence[tuple[int, int]] = ()
) -> dict[str, Any]:
    """Write ``viewer.bin`` atomically, in constant memory for the mesh.

    Args:
        mesh: ``Mannequin(motion)``, or whatever gives ``faces`` and ``vertices(start, stop)``.
        repetitions: first and last frame of each repetition, where the movement has any.

    Returns:
        the header.

    Raises:
        PerscoachError: no frame of the movement has a body.
    """
    if not motion.valid.any():
        raise no_body()
    up, above = floor_of(motion)
    reduced = reduce_mesh(mesh, len(motion), UP if up is None else up)
    if up is not None:  # frames in which the floor is not known stand on their lowest point
        above += sole(motion, above, reduced.floor)
        lowest = np.where(np.isfinite(above), above, reduced.floor)
        reduced = dataclasses.replace(reduced, floor=np.where(reduced.valid, lowest, np.nan).astype(np.float32))
    blocks = _blocks(reduced, mesh, motion)
    header: dict[str, Any] = {
        "format": "perscoach-viewer",
        "version": 1,
        "fps": [motion.fps.numerator, motion.fps.denominator],
        "frames": len(motion),
        "width": motion.width,
        "height": motion.height,
        "engine": motion.engine,
        "mesh": {
            "name": str(getattr(mesh, "name", "mesh")),
            "vertices": len(reduced.mean),
            "faces": len(mesh.faces),
            "components": len(reduced.basis),
            "mean_error_mm": round(reduced.mean_error * 1000, 3),
            "max_error_mm": round(reduced.max_error * 1000, 3),
        },
        "skeleton": {
            "name": motion.skeleton.name,
            "joints": list(motion.skeleton.joints),
            "edges": [list(edge) for edge in motion.skeleton.edges],
        },
        "angles": [{"name": a.name, "joint": a.joint(motion.skeleton), "off": a.off} for a in ANGLES],
        "up": None if up is None else up.round(6).tolist(),
        "repetitions": [[int(start), int(stop)] for start, stop in repetitions],
    }
    return write_sections(path, header, blocks)


def write_sections(path: Path, header: dict[str, Any], blocks: dict[str, tuple[Array, Any]]) -> dict[str, Any]:
    """Write a file of this layout atomically.

    Args:
        header: gets its ``sections``.
        blocks: section name to (array, scale or ``None``).

    Returns:
        the header.
    """
    data = _place(header, blocks)
    with atomic(path) as part, part.open("wb") as file:
        for piece in data:
            file.write(piece)
    return header


def _blocks(reduced: Reduced, mesh: MovingMesh, motion: Motion) -> dict[str, tuple[Array, Any]]:
    """Section name to (array, scale or None)."""
    index_type = np.uint16 if len(reduced.mean) <= 1 << 16 else np.uint32
    valid = motion.valid[:, None]
    blocks: dict[str, tuple[Array, Any]] = {
        "mean": (reduced.mean, None),
        "basis": (reduced.basis, reduced.basis_scale.astype(float).tolist()),
        "coefficients": (reduced.coefficients, reduced.coefficient_scale.astype(float).tolist()),
        "faces": (mesh.faces.astype(index_type), None),
        "valid": (motion.valid.astype(np.uint8), None),
        "mesh_valid": (reduced.valid.astype(np.uint8), None),
        "floor": whole(reduced.floor),
        "joints_3d": whole(np.where(valid[..., None], on_the_head(mesh, motion), np.nan)),
        "keypoints_2d": whole(np.where(valid[..., None], motion.keypoints_2d, np.nan)),
        "confidence": (np.round(np.clip(np.nan_to_num(motion.confidence), 0, 1) * 255).astype(np.uint8), 1 / 255),
        "seen": (motion.seen, None),
        "far_joint": (far_joints(mesh, motion.skeleton), None),
        "angles": whole(joint_angles(motion)),
    }
    colours = getattr(mesh, "colours", None)
    if colours is not None:
        blocks["colours"] = (np.asarray(colours, np.uint8), None)
    return blocks


def whole(values: Array) -> tuple[Array, float]:
    """Real numbers as int16 steps; not finite becomes ``MISSING``."""
    known = np.isfinite(values)
    step = max(float(np.abs(values[known]).max(initial=0.0)), 1e-9) / 32767
    return np.where(known, np.round(np.where(known, values, 0) / step), MISSING).astype(np.int16), step


def _place(header: dict[str, Any], blocks: dict[str, tuple[Array, Any]]) -> list[bytes]:
    """Fill ``header["sections"]`` and return the file in pieces. Offsets depend on the header's length, which depends on
    the offsets' digits: lay out with room for the header's final length, growing until it fits."""
    room = 1028  # the data starts at 12 + room, a multiple of 8
    while True:
        offset = 12 + room
        sections: dict[str, Any] = {}
        for name, (array, scale) in blocks.items():
            sections[name] = {"dtype": array.dtype.name, "shape": list(array.shape), "offset": offset}
            if scale is not None:
                sections[name]["scale"] = scale
            offset += -(-array.nbytes // 8) * 8
        header["sections"] = sections
        text = json.dumps(header, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        if len(text) <= room:
            break
        room = -(-(len(text) + 64) // 8) * 8 + 4
    pieces = [MAGIC, room.to_bytes(4, "little"), text + b" " * (room - len(text))]
    for array, _ in blocks.values():
        raw = np.ascontiguousarray(array, _DTYPES[array.dtype.name]).tobytes()
        pieces.append(raw + b"\0" * (-len(raw) % 8))
    return pieces


def read_compact(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """The header and the sections as they are stored.

    Raises:
        PerscoachError: not such a file, or a damaged one.
    """
    raw = path.read_bytes()
    try:
        if raw[:8] != MAGIC:
            raise ValueError("it does not start with PCVIEW01")
        length = int.from_bytes(raw[8:12], "little")
        if not 2 <= length <= min(_MAX_HEADER, len(raw) - 12):
            raise ValueError(f"a header of {length} bytes does not fit into {len(raw)}")
        header = json.loads(raw[12 : 12 + length])
        return header, {name: _section(raw, section) for name, section in header["sections"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PerscoachError("avatar.bad_viewer_file", name=path.name, reason=str(error)) from error


def _section(raw: bytes, section: dict[str, Any]) -> Array:
    shape, offset = [int(n) for n in section["shape"]], int(section["offset"])
    dtype = np.dtype(_DTYPES[section["dtype"]])
    count = 1
    for n in shape:
        count *= n
    if min([0, *shape]) < 0 or offset < 12 or offset + count * dtype.itemsize > len(raw):
        raise ValueError("a section reaches past the end")
    return np.frombuffer(raw, dtype, count, offset).reshape(shape)


def rebuild(header: dict[str, Any], sections: dict[str, Array], frame: int) -> Array:
    """(V, 3) float32 vertices of a frame, as the browser makes them."""
    about = header["sections"]
    scale = np.asarray(about["coefficients"]["scale"]) * np.asarray(about["basis"]["scale"])
    weights = (sections["coefficients"][frame] * scale).astype(np.float32)
    result: Array = sections["mean"] + (weights @ sections["basis"].astype(np.float32)).reshape(-1, 3)
    return result


def real(header: dict[str, Any], sections: dict[str, Array], name: str) -> Array:
    """A section of whole numbers as real ones, NaN where not known."""
    stored = sections[name].astype(np.float64)
    values = stored * header["sections"][name]["scale"]
    return np.where(stored == MISSING, np.nan, values) if sections[name].dtype == np.int16 else values
