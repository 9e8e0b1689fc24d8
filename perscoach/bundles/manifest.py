"""``bundle.json``: what made a bundle, so that it can be judged, repeated and checked later."""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import math
import platform
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from perscoach.bundles import layout
from perscoach.bundles.archive import bundle_files
from perscoach.core import files
from perscoach.core.errors import BundleError
from perscoach.core.messages import Message
from perscoach.core.names import SHA256
from perscoach.core.progress import Monitor
from perscoach.core.version import VERSION
from perscoach.media.types import FRAMES, Clip
from perscoach.motion import Motion

MAX_BYTES = 16 << 20

_LIBRARIES = (
    *("numpy", "opencv-python-headless", "opencv-contrib-python-headless", "opencv-contrib-python", "opencv-python"),
    *("av", "imageio-ffmpeg", "mediapipe", "onnxruntime", "openvino", "torch", "scipy"),
)


def write_manifest(
    folder: Path,
    *,
    name: str,
    clip: Clip,
    motion: Motion,
    recipe: Mapping[str, Any],
    matting: Mapping[str, Any],
    figures: Mapping[str, Any],
    timings: Mapping[str, float],
    notes: Sequence[Message],
    mesh: str,
    monitor: Monitor | None = None,
) -> dict[str, Any]:
    """Hash the files of ``folder`` and write its ``bundle.json``, last of all files.

    Args:
        folder: the bundle, otherwise complete.
        name: what the coach calls the clip.
        clip, motion: what it was made from.
        recipe: the settings of every stage, as JSON values.
        matting: the description of the matting engine that ran, and why it was chosen.
        figures: sizes and speeds of the stages.
        timings: seconds of each stage.
        notes: warnings.
        mesh: which body the vertices are, ``"mannequin"`` or ``"mhr"``.
        monitor: can stop the hashing.

    Returns:
        what was written.
    """
    value = {
        "schema": layout.BUNDLE_SCHEMA,
        "name": name,
        "made": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "versions": versions(),
        "clip": {
            "fps": str(clip.fps),
            "width": clip.width,
            "height": clip.height,
            "frames": clip.frames,
            "seconds": round(clip.duration, 3),
            "audio": clip.audio,
            "changes": _sentences(clip.changes),
        },
        "engines": {"matting": _plain(matting), "pose": motion.engine, "pose_model": _plain(motion.made_by)},
        "mesh": mesh,
        "motion": {
            "skeleton": motion.skeleton.name,
            "fps": str(motion.fps),
            "frames": len(motion),
            "frames_with_body": int(motion.valid.sum()),
        },
        "recipe": _plain(recipe),
        "figures": _plain(figures),
        "timings": _plain(timings),
        "warnings": [{"en": note.en, "ru": note.ru} for note in notes],
        "files": file_table(folder, monitor),
    }
    files.write_json(folder / layout.MANIFEST, value)
    return value


def versions() -> dict[str, str]:
    """perscoach, Python and the installed libraries that touch pixels or joints."""
    found = {"perscoach": VERSION, "python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            found[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def file_table(folder: Path, monitor: Monitor | None = None) -> dict[str, dict[str, Any]]:
    """Name to ``bytes`` and ``sha256``; the PNG frames are one entry, hashed over ``<name> <sha256>`` lines."""
    table: dict[str, dict[str, Any]] = {}
    frames = hashlib.sha256()
    count = size = 0
    for name in bundle_files(folder):
        if name == layout.MANIFEST:
            continue
        length, digest = (folder / name).stat().st_size, files.sha256_of(folder / name, monitor)
        if layout.is_frame(name):
            frames.update(f"{name} {digest}\n".encode())
            count, size = count + 1, size + length
        else:
            table[name] = {"bytes": length, "sha256": digest}
    if count:
        table[FRAMES] = {"bytes": size, "sha256": frames.hexdigest(), "count": count}
    return table


def read_manifest(path: Path) -> dict[str, Any]:
    """Read a ``bundle.json`` (or the one of a bundle's folder) and check what others rely on.

    The returned object has at least ``schema, name, clip`` (with ``fps`` as text, ``frames``), ``engines``, ``mesh``,
    ``recipe``, ``figures`` and ``files`` (plain names to ``bytes`` and ``sha256``).

    Raises:
        BundleError: too large, not JSON, or a part is missing or of another type.
    """
    path = path / layout.MANIFEST if path.is_dir() else path
    try:
        value = files.read_json(path, MAX_BYTES)
    except (OSError, ValueError) as error:
        raise _bad((error.strerror or "") if isinstance(error, OSError) else str(error)) from error
    if not isinstance(value, dict) or value.get("schema") != layout.BUNDLE_SCHEMA:
        got = value.get("schema") if isinstance(value, dict) else type(value).__name__
        raise _bad(f"schema: expected {layout.BUNDLE_SCHEMA!r}, got {got!r:.60}")
    for key, kind in (
        ("name", str),
        ("mesh", str),
        ("clip", dict),
        ("engines", dict),
        ("recipe", dict),
        ("files", dict),
        ("figures", dict),
    ):
        if not isinstance(value.get(key), kind):
            raise _bad(f"{key}: expected {kind.__name__}, got {type(value.get(key)).__name__}")
    clip_rate(value)
    for name, entry in value["files"].items():
        if not (layout.is_plain(name) and isinstance(entry, dict)):
            raise _bad(f"files: {name!r:.80} is no plain name with an object")
        size, digest = entry.get("bytes"), entry.get("sha256")
        if type(size) is not int or size < 0 or not isinstance(digest, str) or not SHA256.fullmatch(digest):
            raise _bad(f"files: {name}: expected bytes and sha256")
    return value


def clip_rate(value: Mapping[str, Any]) -> Fraction:
    """The clip's exact frame rate, from what ``read_manifest`` gives.

    Raises:
        BundleError: it is not a rate.
    """
    text, frames = value["clip"].get("fps"), value["clip"].get("frames")
    if type(frames) is not int or frames < 1:
        raise _bad(f"clip.frames: expected a whole number, got {frames!r:.60}")
    match = re.fullmatch(r"(\d{1,15})(?:/(\d{1,15}))?", text) if isinstance(text, str) else None
    rate = Fraction(int(match[1]), int(match[2] or 1)) if match and int(match[2] or 1) else Fraction(0)
    if not Fraction(1, 100) <= rate <= 1000:
        raise _bad(f"clip.fps: expected a rate such as 30000/1001, got {text!r:.60}")
    return rate


def _sentences(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{"en": each.en, "ru": each.ru} for each in messages]


def _plain(value: Any) -> Any:
    """JSON values only; of a path only the last part, so that no folder of the machine is published."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Path) or (isinstance(value, str) and PurePath(value).is_absolute()):
        return PurePath(value).name
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)


def _bad(what: str) -> BundleError:
    return BundleError("bundles.bad_file", name=layout.MANIFEST, reason=what)
