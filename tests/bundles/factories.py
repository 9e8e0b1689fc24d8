"""Small synthetic movements, meshes and whole bundles."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.bundles.manifest import write_manifest
from perscoach.bundles.poses import write_json, write_npz
from perscoach.core.files import write_json as write_plain
from perscoach.core.messages import Message
from perscoach.core.progress import Quiet
from perscoach.grade import cube
from perscoach.grade.params import Grade
from perscoach.media.export import export_video
from perscoach.media.types import Clip, ExportSettings
from perscoach.motion import Motion
from perscoach.recipe import Recipe
from perscoach.skeleton import MEDIAPIPE33, Skeleton
from tests.media.exports import Source

#: A standing person, metres, y down, hips' middle at the origin; right is the left half of the picture.
_PLACES = {
    "nose": (0, -0.65, -0.1),
    "eye": (0.03, -0.68, -0.08),
    "ear": (0.07, -0.66, 0),
    "mouth": (0.03, -0.6, -0.08),
    "shoulder": (0.18, -0.48, 0),
    "elbow": (0.22, -0.2, 0),
    "wrist": (0.24, 0.05, -0.02),
    "hip": (0.1, 0, 0),
    "knee": (0.11, 0.42, -0.02),
    "ankle": (0.11, 0.82, 0),
    "heel": (0.11, 0.86, 0.05),
    "foot": (0.12, 0.87, -0.12),
    "toe": (0.12, 0.87, -0.12),
    "neck": (0, -0.5, 0),
    "olecranon": (0.22, -0.2, 0.02),
    "cubital": (0.22, -0.2, -0.02),
    "acromion": (0.18, -0.5, 0),
}


def standing(skeleton: Skeleton) -> np.ndarray:
    """(J, 3) metres."""
    joints = np.zeros((len(skeleton), 3), np.float32)
    for index, name in enumerate(skeleton.joints):
        part = next((p for p in _PLACES if p in name), "wrist")
        x, y, z = _PLACES[part]
        joints[index] = (-x if "right" in name else x, y, z)
    return joints


def motion(
    frames: int = 6,
    skeleton: Skeleton = MEDIAPIPE33,
    fps: Fraction = Fraction(30),
    size: tuple[int, int] = (64, 48),
    misses: tuple[int, ...] = (),
    **changes: Any,
) -> Motion:
    """A person who sways; ``misses`` are frames without a body."""
    sway = 0.01 * np.sin(np.arange(frames, dtype=np.float32))[:, None]
    joints = np.repeat(standing(skeleton)[None], frames, 0).astype(np.float32)
    joints[..., 0] += sway * joints[..., 1]
    joints -= joints[:, list(skeleton.hips)].mean(1, keepdims=True)
    width, height = size
    points = (joints[..., :2] * 0.4 * height + np.array([width / 2, height / 2])).astype(np.float32)
    values: dict[str, Any] = {
        "joints_3d": joints,
        "keypoints_2d": points,
        "confidence": np.full((frames, len(skeleton)), 0.9, np.float32),
        "global_rot": np.tile(np.float32([0.1, -0.2, 0.3]), (frames, 1)),
        "root": np.tile(np.float32([0.1, 0.2, 3]), (frames, 1)),
    }
    valid = np.ones(frames, bool)
    for miss in misses:
        valid[miss] = False
        for name, array in values.items():
            array[miss] = 0 if name == "confidence" else np.nan
    return dataclasses.replace(
        Motion(fps=fps, width=width, height=height, skeleton=skeleton, valid=valid, engine="synthetic", **values),
        **changes,
    )


class Blob:
    """A mesh of small pyramids, one on every joint."""

    def __init__(self, source: Motion) -> None:
        self._joints = source.joints_3d
        joints = len(source.skeleton)
        corners = np.array([[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 3, 2]], np.int32)
        self.faces = (corners[None] + 4 * np.arange(joints, dtype=np.int32)[:, None, None]).reshape(-1, 3)
        self._around = np.float32([[0, -0.03, 0], [0.03, 0.02, 0], [-0.02, 0.02, 0.02], [-0.02, 0.02, -0.02]])
        self.asked: list[tuple[int, int]] = []

    def vertices(self, start: int, stop: int) -> np.ndarray:
        self.asked.append((start, stop))
        block = self._joints[start:stop, :, None] + self._around
        return block.reshape(len(block), 4 * block.shape[1], 3).astype(np.float32)


def bundle(folder: Path, frames: int = 6, skip: int = 1, extra: bool = False, **changes: Any) -> Path:
    """A whole sound bundle in ``folder/out``; ``changes`` go to the movement."""
    out = folder / "out"
    fps = Fraction(30000, 1001)
    source = Source(frames, (64, 48), fps)
    settings = ExportSettings(quality="draft", mov=extra, frames=extra)
    figures = export_video(source, folder / "work", out, settings, None, Quiet())
    moved = motion(-(-frames // skip), fps=fps / skip, **changes)
    (out / "poses").mkdir()
    write_json(out / "poses/trainer_poses.json", moved)
    write_npz(out / "poses/trainer_poses.npz", moved, Blob(moved))
    grade = Grade()
    write_plain(out / "grade.json", dataclasses.asdict(grade))
    cube.write(out / "grade.cube", grade)
    describe(out, moved, frames, fps, figures)
    return out


def describe(out: Path, moved: Motion, frames: int, fps: Fraction, figures: dict[str, Any] | None = None) -> None:
    """Write the manifest of ``out`` as it is now."""
    write_manifest(
        out,
        name="Присед",
        clip=Clip(Path("/secret/place/clip.mp4"), fps, 64, 48, frames, False),
        motion=moved,
        recipe=Recipe().to_json(),
        matting={"engine": "mediapipe", "model": Path("/secret/place/model.onnx")},
        figures={"video": figures or {}},
        timings={"encode": 1.5},
        notes=[Message("A note.", "Заметка.")],
        mesh="mannequin",
    )
