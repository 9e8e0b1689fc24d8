"""``trainer_poses.json``: one object with a header and ``poses``, one entry per output frame, misses included.

Metres have 4 decimals, pixels 1, radians 4, confidence 3, seconds 6. An unknown number is ``null``; the arrays keep their
shape, so that no key is ever missing.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from perscoach.bundles.layout import POSES_SCHEMA
from perscoach.core import files
from perscoach.core.arrays import Array
from perscoach.core.errors import BundleError
from perscoach.core.files import atomic, regular_file
from perscoach.motion import CONTACTS, GUESSED, SEEN, Motion
from perscoach.skeleton import SKELETONS, Skeleton

UNITS = {"joints_3d": "m", "keypoints_2d": "px", "global_rot": "rad", "root": "m", "t": "s"}
AXES = "x to the picture's right, y down, z away from the camera"
ORIGIN = "the middle of the hips in every frame; root is its place in camera space"
ROTATION = "R = Rz Ry Rx with x right, y up, z towards the viewer; zero is upright and facing the camera"

MAX_BYTES = 192 << 20  # ten minutes at 60 frames a second with 70 joints are about 100 MB
MAX_FRAMES = 1_000_000
_LARGEST = 1e6  # metres, pixels, radians: nothing real is beyond
_PLAIN = {int, float, type(None)}
_TABLES = {"joints_3d", "keypoints_2d", "confidence", "global_rot", "root", "seen", "floor"}
_LATER = {"seen", "contacts", "floor"}  # packages of earlier versions have none of them


def write_json(path: Path, motion: Motion) -> None:
    """Write ``motion`` frame by frame; memory does not grow with its length.

    Raises:
        BundleError: an infinite number.
    """
    with atomic(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        head = json.dumps(_header(motion), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        file.write(head[:-1] + ',"poses":[\n')
        _write_poses(file, motion)
        file.write("\n]}\n")


def _header(motion: Motion) -> dict[str, Any]:
    return {
        "schema": POSES_SCHEMA,
        "fps": float(motion.fps),
        "fps_num": motion.fps.numerator,
        "fps_den": motion.fps.denominator,
        "width": motion.width,
        "height": motion.height,
        "total_frames": len(motion),
        "skeleton": motion.skeleton.name,
        "joint_names": list(motion.skeleton.joints),
        "edges": [list(e) for e in motion.skeleton.edges],
        "units": UNITS,
        "axes": AXES,
        "origin": ORIGIN,
        "rotation": ROTATION,
        "seen_values": list(SEEN),
        "contact_names": list(CONTACTS),
        "engine": motion.engine,
    }


def _write_poses(file: TextIO, motion: Motion) -> None:
    for index in range(len(motion)):
        pose = {
            "frame": index,
            "t": round(float(index / motion.fps), 6),
            "valid": bool(motion.valid[index]),
            "joints_3d": _rounded(motion.joints_3d[index], 4),
            "keypoints_2d": _rounded(motion.keypoints_2d[index], 1),
            "global_rot": _rounded(motion.global_rot[index], 4),
            "confidence": _rounded(motion.confidence[index], 3),
            "root": _rounded(motion.root[index], 4),
            "seen": motion.seen[index].tolist(),
            "contacts": [name for name, rests in zip(CONTACTS, motion.contacts[index], strict=True) if rests],
            "floor": _rounded(motion.floor[index], 4),
        }
        try:
            text = json.dumps(pose, separators=(",", ":"), allow_nan=False)
        except ValueError as error:
            raise BundleError("bundles.infinite", frame=index) from error
        file.write((",\n" if index else "") + text)


def _rounded(values: Array, decimals: int) -> Any:
    """Nested lists; rounded in float64, because a rounded float32 prints 16 digits; NaN becomes ``None``, -0 becomes 0."""
    wide = np.round(values.astype(np.float64), decimals) + 0.0
    unknown = np.isnan(wide)
    if not unknown.any():
        return wide.tolist()
    plain = wide.astype(object)
    plain[unknown] = None
    return plain.tolist()


def read_json(path: Path) -> Motion:
    """Read and check a ``trainer_poses.json``.

    Raises:
        BundleError: too large, not JSON, or not what the format asks for; the sentence names the frame and the key.
    """
    name = path.name
    regular_file(path, BundleError)
    try:
        value = files.read_json(path, MAX_BYTES, _packed)
    except (OSError, ValueError) as error:
        raise _bad(name, (error.strerror or "") if isinstance(error, OSError) else str(error)) from error
    return _motion(name, value)


def _packed(pose: dict[str, Any]) -> dict[str, Any]:
    """Turns a pose's tables into arrays as soon as it is parsed: as lists ten minutes would take 300 MB."""
    for key in _TABLES & pose.keys():
        table = _table(pose[key])
        if table is not None:
            pose[key] = table
    return pose


def _table(value: Any) -> Array | None:
    """Nested lists of plain numbers or ``null``, none beyond ``_LARGEST``, as float32 with NaN; ``None`` for the rest."""
    if not isinstance(value, list) or not value:
        return None
    shape: tuple[int, ...] = (len(value),)
    flat = value
    if isinstance(value[0], list):
        if not all(isinstance(row, list) and len(row) == len(value[0]) for row in value):
            return None
        shape = (len(value), len(value[0]))
        flat = list(chain.from_iterable(value))
    if not set(map(type, flat)) <= _PLAIN or any(n is not None and not -_LARGEST <= n <= _LARGEST for n in flat):
        return None
    return np.array([np.nan if n is None else n for n in flat], np.float32).reshape(shape)


def _motion(name: str, value: Any) -> Motion:
    if not isinstance(value, dict):
        raise _bad(name, f"expected an object, got {type(value).__name__}")
    if value.get("schema") != POSES_SCHEMA:
        raise _bad(name, f"schema: expected {POSES_SCHEMA!r}, got {value.get('schema')!r:.60}")
    skeleton = _skeleton(name, value)
    poses = value.get("poses")
    if not isinstance(poses, list) or len(poses) > MAX_FRAMES:
        raise _bad(name, "poses: expected a list")
    total = _whole(name, value, "total_frames", 0, MAX_FRAMES)
    if total != len(poses):
        raise _bad(name, f"total_frames is {total}, but there are {len(poses)} poses")
    engine = value.get("engine")
    if not isinstance(engine, str) or len(engine) > 200:
        raise _bad(name, f"engine: expected a short text, got {engine!r:.60}")
    joints = len(skeleton)
    valid = np.zeros(len(poses), bool)
    shapes = {"joints_3d": (joints, 3), "keypoints_2d": (joints, 2), "confidence": (joints,)}
    shapes |= {"global_rot": (3,), "root": (3,)}
    later = _LATER & poses[0].keys() if poses and isinstance(poses[0], dict) else set()
    shapes |= {key: shape for key, shape in (("seen", (joints,)), ("floor", (4,))) if key in later}
    contacts = np.zeros((len(poses), len(CONTACTS)), bool)
    arrays = {key: np.empty((len(poses), *shape), np.float32) for key, shape in shapes.items()}
    for index, pose in enumerate(poses):
        if not isinstance(pose, dict) or not isinstance(pose.get("valid"), bool) or pose.get("frame") != index:
            raise _bad(name, f"pose {index}: expected an object with frame {index} and valid true or false")
        valid[index] = pose["valid"]
        for key, shape in shapes.items():
            arrays[key][index] = _numbers(name, index, key, pose.get(key), shape)
        if "contacts" in later:
            contacts[index] = _contacts(name, index, pose.get("contacts"))
        poses[index] = None  # taken: ten minutes of small arrays would be held twice
    if np.isnan(arrays["confidence"]).any() or (np.abs(arrays["confidence"] - 0.5) > 0.5).any():
        raise _bad(name, "confidence: expected numbers from 0 to 1")
    return Motion(
        fps=_rate(name, value),
        width=_whole(name, value, "width", 1, 100_000),
        height=_whole(name, value, "height", 1, 100_000),
        skeleton=skeleton,
        valid=valid,
        engine=engine,
        joints_3d=arrays["joints_3d"],
        keypoints_2d=arrays["keypoints_2d"],
        confidence=arrays["confidence"],
        global_rot=arrays["global_rot"],
        root=arrays["root"],
        contacts=contacts,
        seen=_seen(name, arrays["seen"]) if "seen" in later else np.empty(0),
        floor=arrays["floor"] if "floor" in later else np.empty(0),
    )


def _seen(name: str, values: Array) -> Array:
    if not np.isin(values, range(GUESSED + 1)).all():
        raise _bad(name, f"seen: expected 0 to {GUESSED}")
    return values.astype(np.uint8)


def _contacts(name: str, index: int, value: Any) -> Array:
    """(C,) bool of the names of the parts that rest."""
    if not isinstance(value, list) or not all(isinstance(part, str) and part in CONTACTS for part in value):
        raise _bad(name, f"pose {index}, contacts: expected names out of {', '.join(CONTACTS)}, got {value!r:.60}")
    return np.isin(CONTACTS, value)


def _skeleton(name: str, value: dict[str, Any]) -> Skeleton:
    which = value.get("skeleton")
    if not isinstance(which, str) or which not in SKELETONS:
        raise _bad(name, f"skeleton: expected one of {', '.join(SKELETONS)}, got {which!r:.60}")
    skeleton = SKELETONS[which]
    if value.get("joint_names") != list(skeleton.joints):
        raise _bad(name, f"joint_names: expected the {len(skeleton)} names of {which} in their order")
    edges = value.get("edges")
    if edges is not None and edges != [list(e) for e in skeleton.edges]:
        raise _bad(name, f"edges: expected those of {which}")
    return skeleton


def _rate(name: str, value: dict[str, Any]) -> Fraction:
    fps = value.get("fps")
    if isinstance(fps, bool) or not isinstance(fps, (int, float)) or not 0.01 <= fps <= 1000:
        raise _bad(name, f"fps: expected a number from 0.01 to 1000, got {fps!r:.60}")
    if "fps_num" not in value and "fps_den" not in value:
        return Fraction(fps).limit_denominator(10_000)
    exact = Fraction(_whole(name, value, "fps_num", 1, 2**53), _whole(name, value, "fps_den", 1, 2**53))
    if not math.isclose(float(exact), fps, rel_tol=1e-6):
        raise _bad(name, f"fps is {fps:g}, but fps_num / fps_den is {float(exact):g}")
    return exact


def _whole(name: str, value: dict[str, Any], key: str, low: int, high: int) -> int:
    number = value.get(key)
    if type(number) is not int or not low <= number <= high:
        raise _bad(name, f"{key}: expected a whole number from {low} to {high}, got {number!r:.60}")
    return int(number)


def _numbers(name: str, index: int, key: str, value: Any, shape: tuple[int, ...]) -> Array:
    """What ``_table`` made of nested lists, of exactly ``shape``."""
    if not isinstance(value, np.ndarray) or value.shape != shape:
        raise _bad(name, f"pose {index}, {key}: expected numbers (or null) of shape {shape}, none beyond {_LARGEST:g}")
    return value


def _bad(name: str, what: str) -> BundleError:
    return BundleError("bundles.bad_file", name=name, reason=what)
