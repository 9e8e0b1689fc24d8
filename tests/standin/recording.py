"""A recording as SAM 3D Body's outputs would be stored: a squat of the stand-in, for a clip of any size.

    path = write_recording(tmp_path / "squat.npz", clip.frames, clip.width, clip.height, float(clip.fps))
    os.environ["PERSCOACH_RECORDING"] = str(path)

With ``topology`` (the folder of MHR's ``.ply``) it is a body of MHR's own 18 439 vertices, else one of about 600.
"""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from perscoach.pose.sam3d.parameters import BodyParameters
from perscoach.pose.sam3d.rig import Rig, keypoints_2d
from tests.standin.movement import squat
from tests.standin.rig import read_buffers, write_standin

LENS = 26 / 43.27
"""A phone's main camera: focal length in picture diagonals."""
TALL = 0.7
"""The standing body's share of the picture's height."""


def write_recording(
    path: Path,
    frames: int,
    width: int,
    height: int,
    fps: float = 30.0,
    *,
    topology: Path | None = None,
    misses: tuple[int, ...] = (),
    faces: bool = True,
    parameters: bool = True,
    turn: float = 0.25,
) -> Path:
    """Write a recording and return ``path``.

    Args:
        path: ``something.npz`` for one file with stacked frames; any other name is a folder with one file per frame.
        frames, width, height, fps: of the clip it belongs to.
        topology: the folder with MHR's ``.ply`` for the full body.
        misses: frames without a person.
        faces: whether the recording says which vertices make the triangles (upstream's outputs do not).
        parameters: whether the rig's parameters are in it.
        turn: of the body to and fro, radians.
    """
    whole = recorded(frames, width, height, fps, topology=topology, turn=turn)
    if not parameters:
        for name in ("body_pose_params", "hand_pose_params", "scale_params", "shape_params", "mhr_model_params"):
            del whole[name]
    clip = {"faces": rig(topology).faces} if faces else {}
    if path.suffix == ".npz":
        path.parent.mkdir(parents=True, exist_ok=True)
        for value in whole.values():
            value[list(misses)] = np.nan
        np.savez(path, **whole, **clip)
        return path
    path.mkdir(parents=True, exist_ok=True)
    for index in range(frames):
        person = {name: value[index] for name, value in whole.items()}
        if index in misses:
            person = {name: np.zeros((0, *value.shape), np.float32) for name, value in person.items()}
        np.savez(path / f"frame_{index}.npz", **person, **clip)
    return path


def recorded(
    frames: int, width: int, height: int, fps: float, *, topology: Path | None = None, turn: float = 0.25
) -> dict[str, np.ndarray]:
    """Name to (F, …) float32, as upstream's body mode gives them."""
    focal = LENS * float(np.hypot(width, height))
    p = movement(frames, fps, focal, height, turn)
    posed = rig(topology).forward(p)
    points = keypoints_2d(posed, p.cam_t, focal, width, height)
    return {
        "bbox": np.concatenate([points.min(1), points.max(1)], 1),
        "focal_length": np.full(frames, focal, np.float32),
        "pred_keypoints_3d": posed.keypoints,
        "pred_keypoints_2d": points,
        "pred_vertices": posed.vertices,
        "pred_cam_t": p.cam_t.copy(),
        "pred_joint_coords": posed.joints,
        "pred_global_rots": posed.rotations,
        "global_rot": p.global_rot.copy(),
        "body_pose_params": p.body_pose.copy(),
        "hand_pose_params": p.hand_pose.copy(),
        "scale_params": p.scale.copy(),
        "shape_params": p.shape.copy(),
        "mhr_model_params": posed.model_params,
    }


def movement(frames: int, fps: float, focal: float, height: int, turn: float = 0.25) -> BodyParameters:
    """The stand-in's squat, so far away that it fills ``TALL`` of the picture, its middle in the picture's."""
    p = squat(frames, fps, turn=turn, travel=0.1)
    away = focal * 1.75 / (TALL * height)
    p.cam_t[:] += np.float32([-0.05, -0.15, away - 4.0])
    return p


@lru_cache(maxsize=2)
def rig(topology: Path | None = None) -> Rig:
    """The stand-in, opened."""
    with tempfile.TemporaryDirectory() as folder:
        files = write_standin(Path(folder), "real" if topology else 600, topology=topology)
        return Rig.open(files.mhr, read_buffers(files))
