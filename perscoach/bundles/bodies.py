"""The files under ``poses/``: a movement and its body, each at the detail it is read at."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.avatar.bvh import write_bvh
from perscoach.avatar.detail import LEVELS, Detail, level
from perscoach.avatar.gltf import write_glb
from perscoach.avatar.mannequin import Mannequin
from perscoach.body import MovingBody, Pose
from perscoach.bundles import layout, poses
from perscoach.core.arrays import Array
from perscoach.core.files import atomic, key_of
from perscoach.core.progress import Monitor
from perscoach.motion import Motion

SHOWN = "large"
"""What the viewer and the files for 3D programs show of an engine's body."""


class Level:
    """A ``MovingBody`` at a level of detail, which asks before every block of frames whether to go on."""

    def __init__(self, body: MovingBody, detail: Detail, monitor: Monitor) -> None:
        self._body, self._detail, self._monitor = body, detail, monitor
        self.name, self.bones, self.pivots, self.valid = body.name, body.bones, body.pivots, body.valid
        self.faces: Array = detail.faces
        self.rest: Array = detail.apply(body.rest)
        self.weights: Array = detail.apply(body.weights)

    def __len__(self) -> int:
        return len(self._body)

    def vertices(self, start: int, stop: int) -> Array:
        """(n, V', 3) float32 metres."""
        self._monitor.check()
        return self._detail.apply(self._body.vertices(start, stop))

    def posed(self, start: int, stop: int) -> Pose:
        """The bones of these frames."""
        self._monitor.check()
        return self._body.posed(start, stop)


def body_of(motion: Motion) -> MovingBody:
    """The engine's own body where it has one, else the mannequin in the movement's pose."""
    return motion.body if motion.body is not None else Mannequin(motion)


def detail_of(body: MovingBody, name: str, cache: Path) -> Detail:
    """One of ``body.detail.LEVELS`` for a body; the mannequin is light and keeps its own mesh.

    Args:
        cache: a folder that keeps chosen levels by topology: choosing one takes seconds.
    """
    count = None if isinstance(body, Mannequin) else LEVELS[name]
    if count is None or count >= len(body.rest):
        return level(body.rest, body.faces, None)
    topology = hashlib.sha256(np.ascontiguousarray(body.faces, "<i4").tobytes()).hexdigest()
    path = cache / f"level-{key_of(1, topology, count)}.npz"
    detail = _read(path, len(body.rest))
    if detail is None:
        detail = level(body.rest, body.faces, count)
        with atomic(path) as part:
            np.savez(part, triangles=detail.triangles, shares=detail.shares, faces=detail.faces)
    return detail


def _read(path: Path, vertices: int) -> Detail | None:
    """A level that was kept; ``None`` where there is none, or a damaged one."""
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            detail = Detail(file["triangles"], file["shares"], file["faces"])
        count = len(detail.triangles)
        fits = detail.triangles.shape == detail.shares.shape == (count, 3) and detail.faces.shape[1:] == (3,)
        inside = detail.triangles.max(initial=0) < vertices and detail.faces.max(initial=0) < count
        return detail if fits and inside and min(detail.triangles.min(), detail.faces.min()) >= 0 else None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def write_bodies(
    folder: Path, motion: Motion, detail: str, cache: Path, monitor: Monitor
) -> tuple[Level, dict[str, Any]]:
    """Write ``trainer_poses.json``, ``trainer_poses.npz``, ``trainer.glb`` and ``trainer.bvh``.

    Args:
        folder: gets the files.
        detail: the level of the vertices in ``trainer_poses.npz``.
        cache: where chosen levels are kept.

    Returns:
        the body as it is shown; figures: ``vertices`` of the body, the npz and what is shown, and ``glb``.
    """
    body = body_of(motion)
    folder.mkdir(parents=True, exist_ok=True)
    poses.write_json(folder / Path(layout.POSES_JSON).name, motion)
    monitor.check()
    told = Level(body, detail_of(body, detail, cache), monitor)
    poses.write_npz(folder / Path(layout.POSES_NPZ).name, motion, told)
    chosen = detail_of(body, SHOWN, cache)
    figures = {"glb": write_glb(folder / Path(layout.GLB).name, body, motion, chosen, monitor)}
    figures["bvh"] = write_bvh(folder / Path(layout.BVH).name, body, motion, monitor)
    shown = Level(body, chosen, monitor)
    vertices = {"body": len(body.rest), "npz": len(told.rest), "shown": len(shown.rest)}
    return shown, {"vertices": vertices, **figures}
