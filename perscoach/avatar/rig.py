"""The mannequin's bones: names, parents, pivots at rest, and how far each vertex follows each.

Everything here is in ``Motion``'s axes (x right in the picture = the person's left, y down, z away from the camera); at
rest the figure faces the camera with arms stretched sideways.

Besides the bones an anatomist would name there are *helpers* (``…_shoulder``, ``…_elbow``, ``…_hip``, ``…_knee``,
``…_ankle``), which turn half as far as their joint and keep its volume, and *twist* bones (``…_mid``, ``…_end``), which
spread a limb's turn about itself along its length.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from perscoach.core.arrays import Array
from perscoach.motion import FLIP

# The joints at rest: metres, x to the person's left, y up, z to the front, from the middle of the hips.
HIP = np.array([0.092, 0.0, 0.0])
KNEE = np.array([0.138, -0.430, 0.012])
ANKLE = np.array([0.172, -0.832, -0.010])
SOLE = -0.920
SHOULDER = np.array([0.178, 0.500, -0.005])
ELBOW = np.array([0.463, 0.500, -0.012])
WRIST = np.array([0.715, 0.500, -0.002])
NECK = np.array([0.0, 0.530, -0.012])  # where the neck leaves the chest
SKULL = np.array([0.0, 0.640, 0.005])  # where the head turns on the neck
EAR = np.array([0.078, 0.705, 0.004])
NOSE = np.array([0.0, 0.690, 0.128])
HEEL = np.array([0.172, -0.885, -0.058])
TOE = np.array([0.172, -0.892, 0.165])
KNUCKLES = np.array([0.805, 0.497, 0.002])

SIDES = ("left", "right")

MESH = Path(__file__).with_name("mannequin.npz")
"""The mesh at rest, made by ``assets/make_mannequin.py``: ``vertices`` (V, 3) float32 metres in ``Motion``'s axes, ``faces``
(N, 3) uint16, and for each vertex ``bones`` (V, K) uint8 with ``shares`` (V, K) uint16, 65535 being all."""

_CENTRE = (("pelvis", None), ("spine", "pelvis"), ("chest", "spine"), ("neck", "chest"), ("head", "neck"))
_SIDED = (
    ("shoulder", "chest"),
    ("upper_arm", "chest"),
    ("upper_arm_mid", "upper_arm"),
    ("upper_arm_end", "upper_arm"),
    ("elbow", "upper_arm_end"),
    ("forearm", "upper_arm_end"),
    ("forearm_mid", "forearm"),
    ("forearm_end", "forearm"),
    ("hand", "forearm_end"),
    ("hip", "pelvis"),
    ("thigh", "pelvis"),
    ("thigh_end", "thigh"),
    ("knee", "thigh_end"),
    ("shin", "thigh_end"),
    ("ankle", "shin"),
    ("foot", "shin"),
)
_TURNS_AT = {
    "upper_arm": "shoulder", "forearm": "elbow", "hand": "wrist", "thigh": "hip", "shin": "knee", "foot": "ankle",
}  # fmt: skip
SPINE_AT, CHEST_AT = 0.24, 0.54  # parts of the way from the hips' middle to the shoulders' middle


@dataclass(frozen=True)
class Rig:
    """The body at rest with its bones, in ``Motion``'s axes, metres.

    Attributes:
        bones: names.
        parents: index of each bone's parent, -1 for the root; a parent stands before its children.
        pivots: (B, 3) where each bone turns.
        weights: (V, B) float64, each row sums to 1.
        vertices: (V, 3); faces: (N, 3) int32, counter-clockwise seen from outside.
    """

    bones: tuple[str, ...]
    parents: tuple[int, ...]
    pivots: Array
    weights: Array
    vertices: Array
    faces: Array

    def at(self, bone: str) -> int:
        """The index of a bone."""
        return self.bones.index(bone)


def landmarks() -> dict[str, Array]:
    """The rest pose's joints in ``Motion``'s axes, (3,) metres: ``left_knee`` …, ``nose``."""
    out = {"nose": NOSE * FLIP, "neck": NECK * FLIP, "skull": SKULL * FLIP}
    sided = {
        "hip": HIP, "knee": KNEE, "ankle": ANKLE, "heel": HEEL, "toe": TOE, "ear": EAR,
        "shoulder": SHOULDER, "elbow": ELBOW, "wrist": WRIST, "knuckles": KNUCKLES,
    }  # fmt: skip
    for name, point in sided.items():
        for side, sign in zip(SIDES, (1, -1), strict=True):
            out[f"{side}_{name}"] = point * FLIP * np.array([sign, 1, 1])
    return out


def bone_names() -> tuple[list[str], list[int]]:
    """Names and parents, a parent before its children."""
    names: list[str] = [name for name, _ in _CENTRE]
    parents = [-1 if parent is None else names.index(parent) for _, parent in _CENTRE]
    for side in SIDES:
        for name, parent in _SIDED:
            names.append(f"{side}_{name}")
            parents.append(names.index(parent if parent in ("chest", "pelvis") else f"{side}_{parent}"))
    return names, parents


@lru_cache(maxsize=1)
def rig() -> Rig:
    """The one rig: bones from this module, mesh and weights from ``mannequin.npz``."""
    names, parents = bone_names()
    with np.load(MESH, allow_pickle=False) as mesh:
        vertices, faces = mesh["vertices"].astype(np.float64), mesh["faces"].astype(np.int32)
        weights = np.zeros((len(vertices), len(names)))
        np.put_along_axis(weights, mesh["bones"].astype(np.int64), mesh["shares"].astype(np.float64), 1)
    weights /= weights.sum(1, keepdims=True)
    return Rig(tuple(names), tuple(parents), _pivots(names), weights, vertices, faces)


def joint_of(bone: str) -> str:
    """The joint that a sided bone turns at, by its landmark's name: ``left_thigh_end`` turns at ``left_hip``."""
    side, part = bone.split("_", 1)
    part = part.removesuffix("_mid").removesuffix("_end")
    return f"{side}_{_TURNS_AT.get(part, part)}"


def centre_pivots(marks: dict[str, Array], top: Array) -> dict[str, Array]:
    """Where the unsided bones turn, by landmarks and the shoulders' middle."""
    return {
        "pelvis": top * 0,
        "spine": top * SPINE_AT,
        "chest": top * CHEST_AT,
        "neck": marks["neck"],
        "head": marks["skull"],
    }


def _pivots(names: list[str]) -> Array:
    at = landmarks()
    centre = centre_pivots(at, (at["left_shoulder"] + at["right_shoulder"]) / 2)
    return np.array([centre[name] if name in centre else at[joint_of(name)] for name in names])
