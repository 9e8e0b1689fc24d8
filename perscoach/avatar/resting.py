"""A moving body with another pose at rest: the same movement and skin, bound to the bones in a T, an A or as filmed."""

from __future__ import annotations

import numpy as np

from perscoach.avatar.rig import SIDES
from perscoach.avatar.rotations import between, swing
from perscoach.avatar.skinning import Skin
from perscoach.body import MovingBody, Pose
from perscoach.core.arrays import Array

_ARMS = {"t": np.array([1.0, 0.0, 0.0]), "a": np.array([1.0, 1.0, 0.0]) / np.sqrt(2)}
"""Direction of the left arm in ``Motion``'s axes: the person's left at rest, and down."""
_LEGS = np.array([0.0, 1.0, 0.0])

_CHAINS = {
    "mannequin": (("{s}_upper_arm", "{s}_forearm", "{s}_hand"), ("{s}_thigh", "{s}_shin", "{s}_foot")),
    "mhr": (("{s}_uparm", "{s}_lowarm", "{s}_wrist"), ("{s}_upleg", "{s}_lowleg", "{s}_foot")),
}
_HALFWAY = {
    "shoulder": ("chest", "{s}_upper_arm"),
    "elbow": ("{s}_upper_arm_end", "{s}_forearm"),
    "hip": ("pelvis", "{s}_thigh"),
    "knee": ("{s}_thigh_end", "{s}_shin"),
    "ankle": ("{s}_shin", "{s}_foot"),
}
"""The mannequin's helpers and the bones between which they turn (see ``rig``)."""


class Rested:
    """A ``MovingBody`` as another one moves, at rest in another pose.

    Attributes:
        body: the other one.
        pose: one frame of its bones: the new pose at rest.
        rest: its skin in that pose.
    """

    def __init__(self, body: MovingBody, pose: Pose) -> None:
        self.body, self.pose = body, pose
        self.name, self.bones, self.faces = body.name, body.bones, body.faces
        self.weights, self.valid = body.weights, body.valid
        self.rest: Array = Skin(body.rest, body.pivots, body.weights).pose(pose.rotations, pose.places)[0]
        self.pivots: Array = pose.places[0].astype(np.float32)

    def __len__(self) -> int:
        return len(self.body)

    def vertices(self, start: int, stop: int) -> Array:
        """The same as the other body's."""
        return self.body.vertices(start, stop)

    def posed(self, start: int, stop: int) -> Pose:
        """The bones of these frames, turned since the new pose at rest."""
        pose = self.body.posed(start, stop)
        return Pose(pose.rotations @ np.swapaxes(self.pose.rotations, -1, -2), pose.places)


def rested(body: MovingBody, rest: str) -> MovingBody:
    """The body at rest in one of ``options.RESTS``; ``own``, and an unknown rig, change nothing."""
    if rest == "filmed" and body.valid.any():
        first = int(np.flatnonzero(body.valid)[0])
        return Rested(body, body.posed(first, first + 1))
    return Rested(body, _straight(body, rest)) if rest in _ARMS and body.name in _CHAINS else body


def _straight(body: MovingBody, rest: str) -> Pose:
    """One frame: straight limbs in given directions, the feet as they are; all else goes with its parent."""
    aims = _aims(body, rest)
    names, parents = body.bones.names, body.bones.parents
    pivots = body.pivots.astype(np.float64)
    turns, places = np.tile(np.eye(3), (len(names), 1, 1)), pivots.copy()
    for index, parent in enumerate(parents):
        if parent < 0:
            continue
        turns[index] = turns[parent]
        places[index] = places[parent] + turns[parent] @ (pivots[index] - pivots[parent])
        if names[index] not in aims:
            continue
        end, direction = aims[names[index]]
        if end:
            along = turns[index] @ (pivots[body.bones.at(end)] - pivots[index])
            turns[index] = swing(along, direction) @ turns[index]
        else:
            turns[index] = np.eye(3)
    if body.name == "mannequin":
        for side in SIDES:
            for helper, (above, below) in _HALFWAY.items():
                start, end = (turns[body.bones.at(name.format(s=side))] for name in (above, below))
                turns[body.bones.at(f"{side}_{helper}")] = between(start, end, 0.5)
    return Pose(turns[None].astype(np.float32), places[None].astype(np.float32))


def _aims(body: MovingBody, rest: str) -> dict[str, tuple[str, Array]]:
    """Limb's bone to (the bone in whose pivot it ends, where it points); no end: it keeps the direction that it has."""
    out: dict[str, tuple[str, Array]] = {}
    for side, sign in zip(("left", "right") if body.name == "mannequin" else ("l", "r"), (1.0, -1.0), strict=True):
        for chain, direction in zip(_CHAINS[body.name], (_ARMS[rest], _LEGS), strict=True):
            names = [name.format(s=side) for name in chain]
            aim = direction * np.array([sign, 1, 1])
            out[names[0]], out[names[1]] = (names[1], aim), (names[2], aim)
        out[names[2]] = ("", _LEGS)
    return {name: aim for name, aim in out.items() if name in body.bones.names}
