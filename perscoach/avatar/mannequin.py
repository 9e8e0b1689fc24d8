"""The body that exists in every bundle: a smooth figure of constant topology, posed by the joints of a ``Motion``."""

from __future__ import annotations

import numpy as np

from perscoach.avatar.fit import Build, Fitted, fit, joints_by_name, measure
from perscoach.avatar.posing import pose_bones
from perscoach.avatar.rig import Rig, rig
from perscoach.avatar.skinning import Skin
from perscoach.body import Bones, Pose
from perscoach.core.arrays import Array
from perscoach.motion import Motion


class Mannequin:
    """A mesh that moves as the joints do (a ``MovingBody``).

    Attributes:
        faces: (N, 3) int32, counter-clockwise seen from outside.
        rig: bones, weights and topology; the same for every clip.
        build: the person's measures, from the clip's medians.
        body: the rest body with these measures in float64, with its landmarks.
        pose: rotations and places of the bones in every frame.
        bones, rest, pivots, weights, valid: what a ``MovingBody`` says of itself. The vertices are exactly the skinned
            rest body.

    Example:
        >>> mesh = Mannequin(motion)  # doctest: +SKIP
        >>> mesh.vertices(0, 10).shape  # doctest: +SKIP
        (10, 5396, 3)
    """

    name = "mannequin"

    def __init__(self, motion: Motion) -> None:
        joints = joints_by_name(motion)
        finite = np.isfinite(np.stack(list(joints.values()), 1)).all((1, 2))
        self.valid: Array = motion.valid & finite
        self.rig: Rig = rig()
        self.build: Build = measure(joints, self.valid)
        self.body: Fitted = fit(self.rig, self.build)
        self.pose: Pose = pose_bones(self.rig, self.body, joints, self.valid, float(motion.fps))
        self.faces: Array = self.rig.faces
        self.bones = Bones(self.rig.bones, self.rig.parents)
        self.rest: Array = self.body.vertices.astype(np.float32)
        self.pivots: Array = self.body.pivots.astype(np.float32)
        self.weights: Array = self.rig.weights.astype(np.float32)
        self._skin = Skin(self.body.vertices, self.body.pivots, self.rig.weights)

    def __len__(self) -> int:
        return len(self.valid)

    def vertices(self, start: int, stop: int) -> Array:
        """Frames ``start`` to ``stop`` (not included): (n, V, 3) float32 metres, centred on the hips' middle; NaN where
        there is no body. Made when asked for: ask for a few hundred frames at a time."""
        return self._skin.pose(self.pose.rotations[start:stop], self.pose.places[start:stop])

    def posed(self, start: int, stop: int) -> Pose:
        """The bones of these frames."""
        return Pose(self.pose.rotations[start:stop], self.pose.places[start:stop])
