"""Checks ``trainer.glb`` and ``trainer.bvh``: header, counts, duration, finite numbers, and that both fit the poses.

Where the bones stand and how the skin moves is held by the tests, which read both files with three.js and the GLB with
Khronos' validator as well.
"""

from __future__ import annotations

import itertools
import json
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from perscoach.bundles import layout
from perscoach.bundles.report import Report
from perscoach.core.errors import BundleError
from perscoach.core.npz import UNREADABLE
from perscoach.core.progress import Monitor
from perscoach.motion import Motion

MAX_BYTES = 256 << 20
"""Of either file: ten minutes at 60 frames a second of 127 bones are 91 MB as GLB."""

_MAX_HEAD = 4 << 20  # the JSON of a GLB, the hierarchy of a BVH
_BLOCK = 2000  # lines of a BVH that are read at once
_FLOAT = 5126  # componentType of float32, glTF 2.0, 3.6.2.2
_FAR = 1e6  # centimetres, degrees: no number of a body is larger


def check_exports(folder: Path, motion: Motion, figures: Mapping[str, Any], report: Report, monitor: Monitor) -> None:
    """Add to ``report`` what is wrong with the two files, where they are there.

    Args:
        folder: the bundle.
        motion: the movement of the poses' files.
        figures: those of ``bundle.json``; ``glb`` and ``bvh`` state the counts that were written.
    """
    for name, check in ((layout.GLB, _check_glb), (layout.BVH, _check_bvh)):
        monitor.check()
        path = folder / name
        if not path.is_file():
            continue
        stated = figures.get(path.suffix[1:])
        try:
            if path.stat().st_size > MAX_BYTES:
                raise ValueError(f"over {MAX_BYTES >> 20} MB")
            counts = check(path, motion)
        except UNREADABLE as error:
            reason = error.strerror if isinstance(error, OSError) else f"{error!s:.200}" or type(error).__name__
            report.failed(BundleError("bundles.bad_file", name=path.name, reason=reason))
            continue
        report.figures[path.name] = counts
        for key, count in counts.items():
            wanted = len(motion) if key == "frames" else stated.get(key, count) if isinstance(stated, dict) else count
            if count != wanted:
                report.error("bundles.count", name=path.name, what=key, found=count, expected=wanted)


def _check_glb(path: Path, motion: Motion) -> dict[str, int]:
    """``vertices``, ``faces``, ``bones`` and ``frames`` (where anything moves).

    Raises:
        ValueError, or one of ``UNREADABLE``: not a binary glTF 2.0 (chapter 4.4) with a skinned mesh, a number that is not
            finite, or an animation of another duration.
    """
    data = path.read_bytes()
    magic, version, length, size, kind = struct.unpack_from("<4sIIII", data)
    if (magic, version, length) != (b"glTF", 2, len(data)) or kind != 0x4E4F534A or not 2 <= size <= _MAX_HEAD:
        raise ValueError(f"expected a binary glTF 2 of {len(data)} bytes that begins with its JSON")
    scene = json.loads(data[20 : 20 + size])
    binary = data[28 + size :] if data[24 + size : 28 + size] == b"BIN\0" else b""
    accessors, views = scene["accessors"], scene["bufferViews"]
    for view in {int(a["bufferView"]) for a in accessors if a["componentType"] == _FLOAT}:
        start, count = int(views[view].get("byteOffset", 0)), int(views[view]["byteLength"]) // 4
        if not np.isfinite(np.frombuffer(binary, "<f4", count, start)).all():
            raise ValueError(f"buffer view {view}: a number that is not finite")
    primitive = scene["meshes"][0]["primitives"][0]
    found = {
        "vertices": int(accessors[primitive["attributes"]["POSITION"]]["count"]),
        "faces": int(accessors[primitive["indices"]]["count"]) // 3,
        "bones": len(scene["skins"][0]["joints"]),
    }
    clock = [accessors[s["input"]] for a in scene.get("animations", ()) for s in a["samplers"]]
    if clock:
        found["frames"] = int(clock[0]["count"])
        lasts, wanted = float(clock[0]["max"][0]), (len(motion) - 1) / float(motion.fps)
        if not abs(lasts - wanted) <= 0.5 / float(motion.fps):
            raise ValueError(f"the animation lasts {lasts:.3f} s, the movement {wanted:.3f} s")
    return found


def _check_bvh(path: Path, motion: Motion) -> dict[str, int]:
    """``joints`` and ``frames``.

    Raises:
        ValueError, or one of ``UNREADABLE``: no hierarchy and motion, a row of another length, a number that is not finite,
            or another time between frames.
    """
    with path.open("rb") as file:
        head = _head(file)
        joints = len(re.findall(rb"^\s*(?:ROOT|JOINT)\s", head, re.M))
        channels = sum(map(int, re.findall(rb"^\s*CHANNELS\s+([36])\s", head, re.M)))
        frames, step = _value(file, b"Frames:"), _value(file, b"Frame Time:")
        if not joints or not abs(step * float(motion.fps) - 1) <= 1e-4:
            raise ValueError(f"{joints} joints, {step:.6f} s between frames, expected {1 / float(motion.fps):.6f} s")
        rows = 0
        while lines := list(itertools.islice(file, _BLOCK)):
            block = np.loadtxt(lines, ndmin=2, comments=None)
            if block.size and (block.shape[1] != channels or not (np.abs(block) < _FAR).all()):
                raise ValueError(f"after frame {rows}: expected {channels} finite numbers in every line")
            rows += len(block)
        if rows != frames:
            raise ValueError(f"{rows} lines for {frames:g} frames")
    return {"joints": joints, "frames": rows}


def _head(file: IO[bytes]) -> bytes:
    """The hierarchy; the file is then behind the line ``MOTION``."""
    lines: list[bytes] = []
    size = 0
    while (line := file.readline(1000)).strip() != b"MOTION":
        size += len(line)
        if not line or size > _MAX_HEAD:
            raise ValueError("no line MOTION after the hierarchy")
        lines.append(line)
    if not lines or lines[0].strip() != b"HIERARCHY":
        raise ValueError("the first line is not HIERARCHY")
    return b"".join(lines)


def _value(file: IO[bytes], label: bytes) -> float:
    line = file.readline(1000).strip()
    if not line.startswith(label):
        raise ValueError(f"expected {label.decode()}")
    return float(line[len(label) :])
