"""The body at rest, fitted to a person: bones as long as the clip's median, girth scaled with the stature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perscoach.avatar.rig import SIDES, Rig, centre_pivots, joint_of, landmarks
from perscoach.avatar.rotations import unit
from perscoach.avatar.skinning import blend_affine
from perscoach.core.arrays import Array
from perscoach.motion import Motion
from perscoach.skeleton import Skeleton

# Names of the same place in the skeletons; several names mean their middle.
ALIASES: dict[str, tuple[tuple[str, ...], ...]] = {
    "toe": (("{s}_foot_index",), ("{s}_big_toe", "{s}_small_toe")),
    "index": (("{s}_index",), ("{s}_forefinger_third_joint",)),
    "pinky": (("{s}_pinky",), ("{s}_pinky_finger_third_joint",)),
}
_SIDED = ("shoulder", "elbow", "wrist", "index", "pinky", "hip", "knee", "ankle", "heel", "toe", "ear")
_CHAINS = (
    ("upper_arm", "shoulder", "elbow"),
    ("forearm", "elbow", "wrist"),
    ("thigh", "hip", "knee"),
    ("shin", "knee", "ankle"),
)


def joints_by_name(motion: Motion) -> dict[str, Array]:
    """(F, 3) float64 tracks by the rig's names, whatever the skeleton calls them; NaN where the frame is not valid."""
    tracks = motion.joints_3d.astype(np.float64)
    return {name: tracks[:, which].mean(1) for name, which in joints_of(motion.skeleton).items()}


def joints_of(skeleton: Skeleton) -> dict[str, list[int]]:
    """The skeleton's joints by the rig's names; where there are several, the place is their middle.

    Raises:
        ValueError: the skeleton lacks one.
    """
    index = skeleton.index
    out = {"nose": [index["nose"]]}
    for side in SIDES:
        for name in _SIDED:
            for names in ALIASES.get(name, (("{s}_" + name,),)):
                found = [index[n.format(s=side)] for n in names if n.format(s=side) in index]
                if len(found) == len(names):
                    out[f"{side}_{name}"] = found
                    break
            else:
                raise ValueError(f"skeleton {skeleton.name}: expected a joint for {side}_{name}")
    return out


@dataclass(frozen=True)
class Build:
    """A person's measures, metres. ``length`` by chain (``thigh`` …), the same for both sides; ``scale`` against the rest body."""

    length: dict[str, float]
    hips: float
    shoulders: float
    torso: float
    scale: float


def measure(joints: dict[str, Array], valid: Array) -> Build:
    """Medians over the valid frames, held within what a body can be; the rest body's own where nothing is valid."""
    rest = landmarks()

    def span(points: dict[str, Array], a: str, b: str) -> Array:
        result: Array = np.linalg.norm(points[a] - points[b], axis=-1)
        return result

    def torso(points: dict[str, Array]) -> Array:
        top = points["left_shoulder"] + points["right_shoulder"]
        result: Array = np.linalg.norm(top - points["left_hip"] - points["right_hip"], axis=-1) / 2
        return result

    seen = {name: track[valid] for name, track in joints.items()}

    def middle(values: Array, own: float) -> float:
        values = values[np.isfinite(values)]
        return float(np.median(values)) if len(values) else own

    own = {c: float(span(rest, f"left_{a}", f"left_{b}")) for c, a, b in _CHAINS}
    found = {
        c: middle(np.concatenate([span(seen, f"{s}_{a}", f"{s}_{b}") for s in SIDES]), own[c]) for c, a, b in _CHAINS
    }
    own_torso = float(torso(rest))
    found_torso = middle(torso(seen), own_torso)
    ratios = [found_torso / own_torso, *(found[c] / own[c] for c in own)]
    scale = float(np.clip(np.median(ratios), 0.2, 3.0))

    def hold(value: float, own_value: float, low: float = 0.7, high: float = 1.4) -> float:
        return float(np.clip(value, low * scale * own_value, high * scale * own_value))

    own_hips, own_shoulders = (float(span(rest, f"left_{n}", f"right_{n}")) for n in ("hip", "shoulder"))
    return Build(
        {c: hold(found[c], own[c]) for c in own},
        hold(middle(span(seen, "left_hip", "right_hip"), own_hips), own_hips),
        hold(middle(span(seen, "left_shoulder", "right_shoulder"), own_shoulders), own_shoulders),
        hold(found_torso, own_torso),
        scale,
    )


@dataclass(frozen=True)
class Fitted:
    """The rest body with a person's measures: vertices (V, 3), pivots (B, 3), landmarks by name."""

    vertices: Array
    pivots: Array
    marks: dict[str, Array]


def fit(rig: Rig, build: Build) -> Fitted:
    """Move the joints to the person's lengths and stretch the skin between them (girth follows ``scale``)."""
    marks = _fitted_marks(build)
    old_top, top = _top(landmarks()), _top(marks)
    s = build.scale
    side = np.clip([build.hips / _width("hip"), build.shoulders / _width("shoulder")], 0.85 * s, 1.25 * s)
    tall = build.torso / float(np.linalg.norm(old_top))
    stretch = {
        "pelvis": np.diag([side[0], tall, s]),
        "spine": np.diag([side.mean(), tall, s]),
        "chest": np.diag([side[1], tall, s]),
    }
    centre = centre_pivots(marks, top)
    chain = {c: (a, b) for c, a, b in _CHAINS}
    rest = landmarks()
    matrices, pivots = [], []
    for name in rig.bones:
        if name in centre:
            matrices.append(stretch.get(name, np.eye(3) * s))
            pivots.append(centre[name])
            continue
        which, part = name.split("_", 1)
        part = part.removesuffix("_mid").removesuffix("_end")
        pivots.append(marks[joint_of(name)])
        matrix = np.eye(3) * s
        if part in chain:
            a, b = (rest[f"{which}_{n}"] for n in chain[part])
            axis = unit(b - a)
            matrix += np.outer(axis, axis) * (build.length[part] / float(np.linalg.norm(b - a)) - s)
        matrices.append(matrix)
    places = np.array(pivots)
    return Fitted(blend_affine(rig.vertices, rig.pivots, np.array(matrices), places, rig.weights), places, marks)


def _top(points: dict[str, Array]) -> Array:
    return (points["left_shoulder"] + points["right_shoulder"]) / 2


def _width(name: str) -> float:
    rest = landmarks()
    return float(np.linalg.norm(rest[f"left_{name}"] - rest[f"right_{name}"]))


def _fitted_marks(build: Build) -> dict[str, Array]:
    rest = landmarks()
    s = build.scale
    top = _top(rest) * build.torso / float(np.linalg.norm(_top(rest)))
    out = {"neck": top + (rest["neck"] - _top(rest)) * s}
    for name in ("skull", "nose"):
        out[name] = out["neck"] + (rest[name] - rest["neck"]) * s
    for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
        out[f"{side}_ear"] = out["neck"] + (rest[f"{side}_ear"] - rest["neck"]) * s
        out[f"{side}_hip"] = np.array([sign * build.hips / 2, 0, 0])
        out[f"{side}_shoulder"] = top + np.array([sign * build.shoulders / 2, 0, 0])
        for part, a, b in _CHAINS:
            along = unit(rest[f"{side}_{b}"] - rest[f"{side}_{a}"])
            out[f"{side}_{b}"] = out[f"{side}_{a}"] + along * build.length[part]
        for end, start in (("knuckles", "wrist"), ("heel", "ankle"), ("toe", "ankle")):
            out[f"{side}_{end}"] = out[f"{side}_{start}"] + (rest[f"{side}_{end}"] - rest[f"{side}_{start}"]) * s
    return out
