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

import numpy as np

from perscoach.avatar import figure
from perscoach.avatar.rest import rest_mesh
from perscoach.core.arrays import Array

FLIP = np.array([1.0, -1.0, -1.0])  # body axes to Motion axes
SIDES = ("left", "right")

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
# Where along a limb each bone holds the skin: metres from the body's middle (arms) or below the hips (legs); between
# two rows the hold passes evenly from one to the other. ``None`` is the torso.
_ARM = (
    (0.100, None), (0.165, "shoulder"), (0.235, "upper_arm"), (0.320, "upper_arm_mid"), (0.400, "upper_arm_end"),
    (0.420, "upper_arm_end"), (0.463, "elbow"), (0.506, "forearm"), (0.540, "forearm"), (0.610, "forearm_mid"),
    (0.685, "forearm_end"), (0.735, "hand"),
)  # fmt: skip
_LEG = (
    (-0.080, None), (0.000, "hip"), (0.085, "thigh"), (0.340, "thigh_end"), (0.370, "thigh_end"), (0.430, "knee"),
    (0.490, "shin"), (0.775, "shin"), (0.825, "ankle"), (0.868, "foot"),
)  # fmt: skip
_TORSO = ((0.030, "pelvis"), (0.140, "spine"), (0.300, "chest"), (0.525, "chest"), (0.570, "neck"), (0.595, "neck"), (0.645, "head"))  # fmt: skip

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
        vertices: (V, 3); faces: (N, 3) int32, outward counter-clockwise; mirror: (V,) the vertex on the other side.
    """

    bones: tuple[str, ...]
    parents: tuple[int, ...]
    pivots: Array
    weights: Array
    vertices: Array
    faces: Array
    mirror: Array

    def at(self, bone: str) -> int:
        """The index of a bone."""
        return self.bones.index(bone)


def landmarks() -> dict[str, Array]:
    """The rest pose's joints in ``Motion``'s axes, (3,) metres: ``left_knee`` …, ``nose``."""
    out = {"nose": figure.NOSE * FLIP, "neck": figure.NECK * FLIP, "skull": figure.SKULL * FLIP}
    sided = {
        "hip": figure.HIP, "knee": figure.KNEE, "ankle": figure.ANKLE, "heel": figure.HEEL, "toe": figure.TOE, "ear": figure.EAR,
        "shoulder": figure.SHOULDER, "elbow": figure.ELBOW, "wrist": figure.WRIST, "knuckles": figure.KNUCKLES,
    }  # fmt: skip
    for name, point in sided.items():
        for side, sign in zip(SIDES, (1, -1), strict=True):
            out[f"{side}_{name}"] = point * FLIP * np.array([sign, 1, 1])
    return out


@lru_cache(maxsize=1)
def rig() -> Rig:
    """The one rig."""
    mesh = rest_mesh()
    names: list[str] = [name for name, _ in _CENTRE]
    parents = [-1 if parent is None else names.index(parent) for _, parent in _CENTRE]
    for side in SIDES:
        for name, parent in _SIDED:
            names.append(f"{side}_{name}")
            parents.append(names.index(parent if parent in ("chest", "pelvis") else f"{side}_{parent}"))
    weights = _weights(mesh.vertices, names)
    return Rig(tuple(names), tuple(parents), _pivots(names), weights, mesh.vertices * FLIP, mesh.faces, mesh.mirror)


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


def _spread(at: Array, table: tuple[tuple[float, str | None], ...]) -> list[tuple[str | None, Array]]:
    """The hold of every row of a table at the given places; adds up to 1."""
    stops = np.array([t for t, _ in table])
    return [(name, np.interp(at, stops, np.eye(len(table))[i])) for i, (_, name) in enumerate(table)]


def _weights(v: Array, names: list[str]) -> Array:
    """(V, B) from where a vertex lies at rest (body axes: x to the person's left, y up, z to the front)."""
    w = np.zeros((len(v), len(names)))
    x, y, z = v.T
    left = np.clip(0.5 + x / 0.07, 0, 1)
    left = left * left * (3 - 2 * left)
    rest = np.ones(len(v))
    # The arm pits slope: below the shoulder the flank stays with the torso.
    reach = np.abs(x) - 0.8 * np.maximum(0, 0.45 - y) * (np.abs(x) < 0.26)
    # Between the legs the skin stays with the pelvis; there is no leg skin near the middle further down.
    depth = -y - 1.6 * np.maximum(0, 0.05 - np.abs(x))
    for place, table, among in ((reach, _ARM, y > 0.25), (depth, _LEG, y < 0.15)):
        for bone, hold in _spread(np.where(among, place, -1.0), table):
            if bone is None:
                torso = hold
                continue
            w[:, names.index(f"left_{bone}")] += hold * left
            w[:, names.index(f"right_{bone}")] += hold * (1 - left)
        rest = rest * torso
    for bone, hold in _spread(y + 0.5 * np.maximum(0, z - 0.035) * (y > 0.55), _TORSO):
        w[:, names.index(str(bone))] += hold * rest
    return w / w.sum(1, keepdims=True)
