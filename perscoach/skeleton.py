"""The named joint sets that a ``Motion`` can be in."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Skeleton:
    """A named set of joints.

    Attributes:
        name: ``"mediapipe33"`` or ``"mhr70"``.
        joints: the joints' names, in order.
        edges: pairs of joint indices to draw as bones.
        pairs: (left, right) joint indices.
        hips, shoulders: (left, right) indices of the torso's corners; the hips' middle is the origin of a ``Motion``.
        upstream: where the order of the joints comes from.
    """

    name: str
    joints: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]
    pairs: tuple[tuple[int, int], ...]
    hips: tuple[int, int]
    shoulders: tuple[int, int]
    upstream: str

    @cached_property
    def index(self) -> dict[str, int]:
        """Joint name to index."""
        return {name: i for i, name in enumerate(self.joints)}

    def __len__(self) -> int:
        return len(self.joints)


def _by_side(joints: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    at = {name: i for i, name in enumerate(joints)}
    return tuple((i, at[n.replace("left", "right")]) for n, i in at.items() if "left" in n)


def _edges(joints: tuple[str, ...], text: str) -> tuple[tuple[int, int], ...]:
    at = {name: i for i, name in enumerate(joints)}
    chains = [line.split() for line in text.strip().splitlines()]
    return tuple((at[a], at[b]) for chain in chains for a, b in itertools.pairwise(chain))


_MEDIAPIPE33 = tuple(
    """nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer left_ear right_ear
    mouth_left mouth_right left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_pinky
    right_pinky left_index right_index left_thumb right_thumb left_hip right_hip left_knee right_knee left_ankle
    right_ankle left_heel right_heel left_foot_index right_foot_index""".split()
)

MEDIAPIPE33 = Skeleton(
    name="mediapipe33",
    joints=_MEDIAPIPE33,
    edges=_edges(
        _MEDIAPIPE33,
        """left_shoulder right_shoulder right_hip left_hip left_shoulder left_elbow left_wrist left_index left_pinky left_wrist left_thumb
        right_shoulder right_elbow right_wrist right_index right_pinky right_wrist right_thumb
        left_hip left_knee left_ankle left_heel left_foot_index left_ankle
        right_hip right_knee right_ankle right_heel right_foot_index right_ankle
        left_ear left_eye nose right_eye right_ear
        mouth_left mouth_right""",
    ),
    pairs=_by_side(_MEDIAPIPE33),
    hips=(23, 24),
    shoulders=(11, 12),
    upstream="MediaPipe Pose Landmarker, 33 landmarks",
)

_FINGER = ("4", "3", "2", "_third_joint")
_HAND = tuple(
    f"{finger}{part}"
    for finger in ("thumb", "forefinger", "middle_finger", "ring_finger", "pinky_finger")
    for part in _FINGER
)
_MHR70 = (
    tuple(
        """nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow left_hip
        right_hip left_knee right_knee left_ankle right_ankle left_big_toe left_small_toe left_heel right_big_toe
        right_small_toe right_heel""".split()
    )
    + tuple(f"right_{part}" for part in _HAND)
    + ("right_wrist",)
    + tuple(f"left_{part}" for part in _HAND)
    + ("left_wrist",)
    + tuple(
        "left_olecranon right_olecranon left_cubital_fossa right_cubital_fossa left_acromion right_acromion neck".split()
    )
)

MHR70 = Skeleton(
    name="mhr70",
    joints=_MHR70,
    edges=_edges(
        _MHR70,
        "left_shoulder right_shoulder right_hip left_hip left_shoulder left_elbow left_wrist\nright_shoulder right_elbow right_wrist\n"
        "left_hip left_knee left_ankle left_heel left_big_toe left_ankle\nleft_big_toe left_small_toe\n"
        "right_hip right_knee right_ankle right_heel right_big_toe right_ankle\nright_big_toe right_small_toe\n"
        "left_ear left_eye nose right_eye right_ear\nnose neck\n"
        + "\n".join(
            f"{side}_wrist " + " ".join(f"{side}_{finger}{part}" for part in reversed(_FINGER))
            for side in ("left", "right")
            for finger in ("thumb", "forefinger", "middle_finger", "ring_finger", "pinky_finger")
        ),
    ),
    pairs=_by_side(_MHR70),
    hips=(9, 10),
    shoulders=(5, 6),
    upstream="SAM 3D Body, the first 70 MHR keypoints (sam_3d_body/metadata/mhr70.py)",
)

SKELETONS: dict[str, Skeleton] = {s.name: s for s in (MEDIAPIPE33, MHR70)}
