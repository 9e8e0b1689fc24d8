"""The angles a coach reads off a body, per frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perscoach.avatar.fit import joints_by_name, joints_of
from perscoach.core.arrays import Array
from perscoach.motion import GUESSED, Motion
from perscoach.skeleton import Skeleton


@dataclass(frozen=True)
class Angle:
    """The angle at ``corner`` between ``first`` and ``second`` (names of the rig); no corner: the trunk's lean.

    ``off`` is how far it is off, degrees: the root mean square of MediaPipe's finished movement against two calibrated views
    (``docs/movement.md``).
    """

    name: str
    off: float
    first: str = ""
    corner: str = ""
    second: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The three joints; none for the trunk."""
        return (self.first, self.corner, self.second) if self.corner else ()

    def joint(self, skeleton: Skeleton) -> int:
        """The skeleton's joint at the corner, -1 for the trunk."""
        return skeleton.index.get(self.corner, -1)


_TRUNK = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
_CORNERS = (
    ("elbow", "shoulder", "wrist", 17),
    ("shoulder", "hip", "elbow", 7),
    ("hip", "shoulder", "knee", 10),
    ("knee", "hip", "ankle", 13),
    ("ankle", "knee", "toe", 16),
)
ANGLES: tuple[Angle, ...] = (
    *(
        Angle(f"{s}_{c}", off, f"{s}_{a}", f"{s}_{c}", f"{s}_{b}")
        for c, a, b, off in _CORNERS
        for s in ("left", "right")
    ),
    Angle("trunk", 4),
)


def joint_angles(motion: Motion) -> Array:
    """(F, A) float32 degrees in the order of ``ANGLES``; NaN where there is no body, or a joint of the angle is guessed.

    An inner angle is 180 for a straight limb. The trunk's is its lean from the vertical: 0 upright.
    """
    at, which = joints_by_name(motion), joints_of(motion.skeleton)
    out = np.full((len(motion), len(ANGLES)), np.nan, np.float32)
    for i, angle in enumerate(ANGLES):
        if angle.corner:
            a, b = at[angle.first] - at[angle.corner], at[angle.second] - at[angle.corner]
        else:
            a = at["left_shoulder"] + at["right_shoulder"] - at["left_hip"] - at["right_hip"]
            b = np.broadcast_to(np.array([0.0, -1.0, 0.0]), a.shape)
        size = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
        used = [j for name in (angle.parts or _TRUNK) for j in which[name]]
        known = motion.valid & np.isfinite(size) & (size > 1e-9) & (motion.seen[:, used] != GUESSED).all(1)
        out[known, i] = np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), (a * b).sum(-1)))[known]
    return out
