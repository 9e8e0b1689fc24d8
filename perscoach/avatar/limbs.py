"""Which joint tells whether a piece of a body's skin was seen: the one at the far end of the bone that holds it."""

from __future__ import annotations

from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.skeleton import Skeleton

NONE = 255
"""A vertex of the trunk or the head."""

_ENDS = {
    "elbow": ("upper_arm", "shoulder", "uparm"),
    "wrist": ("forearm", "elbow", "hand", "lowarm", "wrist", "index", "middle", "ring", "pinky", "thumb"),
    "knee": ("thigh", "hip", "upleg"),
    "ankle": ("shin", "knee", "foot", "ankle", "lowleg", "talocrural", "subtalar", "transversetarsal", "ball"),
}
"""Joint to parts of bones' names, the mannequin's and MHR's, without their side."""


def far_joints(mesh: Any, skeleton: Skeleton) -> Array:
    """(V,) uint8, for each vertex an index of the skeleton's joints, or ``NONE``.

    Args:
        mesh: a ``MovingBody``, or a mesh without bones, which gets ``NONE`` everywhere.
    """
    if not hasattr(mesh, "bones"):
        return np.full(mesh.vertices(0, 1).shape[1], NONE, np.uint8)
    ends = np.full(len(mesh.bones), NONE, np.uint8)
    for index, name in enumerate(mesh.bones.names):
        letter, _, part = name.partition("_")
        side = {"left": "left", "l": "left", "right": "right", "r": "right"}.get(letter)
        for joint, parts in _ENDS.items():
            if side and part.startswith(parts):
                ends[index] = skeleton.index[f"{side}_{joint}"]
    return np.asarray(ends[mesh.weights.argmax(1)])
