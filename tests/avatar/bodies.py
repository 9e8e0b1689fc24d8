"""Moving bodies to export: the mannequin in handmade poses, and a stand-in for MHR in a squat that travels."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from perscoach.avatar.mannequin import Mannequin
from perscoach.avatar.stored import BodyWriter, StoredBody
from perscoach.motion import Motion
from perscoach.pose.sam3d.rig import Rig, centre, turns_from_rest
from perscoach.skeleton import MHR70
from tests.avatar.poses import exercise, motion_of
from tests.standin.movement import squat
from tests.standin.rig import read_buffers, write_standin

FLIP = np.array([1.0, -1.0, -1.0])


def mannequin(frames: int = 60, gaps: tuple[int, ...] = (0, 20, 21)) -> tuple[Mannequin, Motion]:
    """In the common poses, with frames without a body; the travel is not known."""
    valid = np.ones(frames, bool)
    valid[list(gaps)] = False
    motion = motion_of(exercise(frames), valid=valid)
    return Mannequin(motion), motion


def standin(
    folder: Path, frames: int = 60, vertices: int | str = 600, topology: Path | None = None
) -> tuple[StoredBody, Motion]:
    """A squat by the stand-in rig, stored as the product stores it."""
    files = write_standin(folder / "files", vertices, topology=topology)
    rig = Rig.open(files.mhr, read_buffers(files))
    p = squat(frames, turn=0.6, travel=0.5)
    rest, posed = rig.rest(p.shape[0], p.scale[0]), rig.forward(p)
    there = centre(posed, p.cam_t)
    valid = np.ones(frames, bool)
    valid[frames // 3] = False
    middle = rest.keypoints[list(MHR70.hips)].mean(0)
    with BodyWriter(
        folder / "body",
        "mhr",
        rig.bones,
        rest.vertices - middle,
        rest.joints - middle,
        rig.weights(),
        rig.faces,
        frames,
    ) as out:
        out.write(0, there.vertices, turns_from_rest(posed.rotations, rest.rotations), there.places, valid)

    def known(values: np.ndarray) -> np.ndarray:
        return np.where(valid.reshape(-1, *(1,) * (values.ndim - 1)), values, np.nan).astype(np.float32)

    motion = Motion(
        Fraction(30000, 1001), 1000, 1000, MHR70, known(there.joints_3d), known(there.joints_3d[..., :2]),
        np.repeat(valid[:, None], 70, 1).astype(np.float32), valid, known(np.zeros((frames, 3))), known(there.root), "sam3d",
    )  # fmt: skip
    return StoredBody(folder / "body"), motion


def world(body: Mannequin | StoredBody, motion: Motion, points: np.ndarray) -> np.ndarray:
    """(F, P, 3): points about the hips (``Motion``'s axes) moved by what is known of the travel, y up, up to one constant."""
    root = np.where(np.isfinite(motion.root), motion.root, 0)[:, None]
    return (points + root) * FLIP
