"""Writes the files under ``poses/``: a movement, and its body at the level of detail that each file needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from perscoach.avatar.bvh import write_bvh
from perscoach.avatar.detail import LEVELS, Detail, level
from perscoach.avatar.gltf import write_glb
from perscoach.avatar.mannequin import Mannequin
from perscoach.avatar.rigging import RigSettings
from perscoach.body import MovingBody, Pose
from perscoach.bundles import layout, poses
from perscoach.core.arrays import Array
from perscoach.core.progress import Monitor
from perscoach.motion import Motion

SHOWN = "large"
"""The level of a body in the viewer and in the files for 3D programs."""

MANNEQUIN_LEVELS: dict[str, int | None] = {"small": 2000, "medium": 3500, "large": None, "full": None}
"""Vertices of the mannequin's levels, out of 5194. ``small`` keeps ``trainer_poses.npz`` of three minutes under 50 MB."""


class Level:
    """A ``MovingBody`` at a level of detail. Reading a block of frames can be stopped by the monitor."""

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


def detail_of(body: MovingBody, name: str) -> Detail:
    """A level of the body by its name: of ``MANNEQUIN_LEVELS`` for the mannequin, else of ``avatar.detail.LEVELS``."""
    return level(body.rest, body.faces, (MANNEQUIN_LEVELS if isinstance(body, Mannequin) else LEVELS)[name])


def write_bodies(
    folder: Path, motion: Motion, detail: str, monitor: Monitor, rig: RigSettings | None = None
) -> tuple[Level, dict[str, Any]]:
    """Write ``trainer_poses.json``, ``trainer_poses.npz``, ``trainer.glb`` and ``trainer.bvh``.

    Args:
        folder: gets the files.
        detail: the level of the vertices in ``trainer_poses.npz``.
        rig: pose at rest, names and travel in the files for 3D programs; the body's own unless given.

    Returns:
        the body as it is shown; figures: ``vertices`` of the body, the npz and what is shown, and ``glb``.
    """
    body = body_of(motion)
    folder.mkdir(parents=True, exist_ok=True)
    poses.write_json(folder / Path(layout.POSES_JSON).name, motion)
    monitor.check()
    kept = detail_of(body, detail)
    exported = Level(body, kept, monitor)
    poses.write_npz(folder / Path(layout.POSES_NPZ).name, motion, exported, kept)
    chosen = detail_of(body, SHOWN)
    figures = {"glb": write_glb(folder / Path(layout.GLB).name, body, motion, chosen, monitor, rig)}
    figures["bvh"] = write_bvh(folder / Path(layout.BVH).name, body, motion, monitor, rig)
    shown = Level(body, chosen, monitor)
    vertices = {"body": len(body.rest), "npz": len(exported.rest), "shown": len(shown.rest)}
    return shown, {"vertices": vertices, **figures}
