"""Where the joints of the face lie on a mannequin's head, whose shape is not the person's."""

from __future__ import annotations

from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.motion import Motion

FACE = ("nose", "eye", "ear", "mouth")
_HEAD = "head"


def face_joints(motion: Motion) -> list[int]:
    """The skeleton's joints that belong to the face."""
    return [j for j, name in enumerate(motion.skeleton.joints) if any(part in name for part in FACE)]


def on_the_head(mesh: Any, motion: Motion) -> Array:
    """(F, J, 3) float32 the joints as they are shown: those of the face stand on the mannequin's head and turn with it.

    Each takes the place of the head's vertex that is nearest to where the joint is in most frames, seen from the head.
    Another body, which has the person's own face, keeps its joints.

    Args:
        mesh: a ``MovingBody``, or a mesh without bones.
    """
    if getattr(mesh, "name", "") != "mannequin" or not mesh.valid.any():
        return motion.joints_3d
    head, joints = mesh.bones.at(_HEAD), motion.joints_3d.copy()
    pose = mesh.posed(0, len(motion))
    turns, places, pivot = pose.rotations[:, head], pose.places[:, head], mesh.pivots[head]
    held = np.flatnonzero(mesh.weights[:, head] > 0.9)
    for joint in face_joints(motion):
        local = np.einsum("fji,fj->fi", turns, joints[:, joint] - places)[mesh.valid]
        away = np.linalg.norm(mesh.rest[held] - pivot - np.median(local, axis=0), axis=1)
        vertex = mesh.rest[held[away.argmin()]] - pivot
        joints[mesh.valid, joint] = (turns @ vertex + places)[mesh.valid]
    return joints
