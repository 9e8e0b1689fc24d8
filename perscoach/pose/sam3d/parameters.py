"""MHR's parameters as SAM 3D Body gives them: packing, checks, and the continuous form that may be averaged and filtered.

Angles are radians. A triple [x, y, z] stands for R = Rz·Ry·Rx in the rig's y-up axes (x to the image's right, y up, z to
the viewer), for the root as for the joints. Sources: upstream's ``models/heads/mhr_head.py`` (what the network gives)
and ``models/modules/mhr_utils.py`` (which of the numbers belong together), at the pinned commit.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.checks import check_array
from perscoach.pose.rotation import matrix_of

SIZES = {"global_rot": 3, "body_pose": 133, "hand_pose": 108, "scale": 28, "shape": 45, "cam_t": 3}
"""What a frame is made of, in the order of ``pack``."""

BODY_SIZE = sum(SIZES.values())

POSE_SLOTS = 130
"""The entries of ``body_pose`` that the rig reads; the last three, the jaw, are left out by upstream."""

HAND_ENTRIES = slice(62, 116)
"""The entries of ``body_pose`` that belong to the fingers: upstream sets them to 0 and reads ``hand_pose`` instead."""

_TRIPLES = np.array(
    "0 2 4 6 8 10 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 34 35 36 37 38 39 44 45 46 53 54 55 64 65 66 85 69 "
    "73 86 70 79 87 71 82 88 72 76 91 92 93 112 96 100 113 97 106 114 98 109 115 99 103 130 131 132".split(),
    int,
).reshape(-1, 3)
"""Joints with three angles: where x, y and z stand in ``body_pose``."""

_LENGTHS = np.arange(124, 130)
"""Entries that are shifts, not angles."""

_SINGLES = np.setdiff1d(np.arange(133), np.concatenate([_TRIPLES.ravel(), _LENGTHS]))
"""Joints with one angle."""

CONTINUOUS_SIZE = 6 * len(_TRIPLES) + 2 * len(_SINGLES) + len(_LENGTHS)

_HAND_DEGREES = (3, 1, 1, 3, 1, 1, 3, 1, 1, 3, 1, 1, 2, 3, 1, 1)
"""Angles per joint of one hand, in the order of its code: 27 angles, twice as many numbers."""

_GIMBAL = 1e-6


@dataclass(frozen=True)
class BodyParameters:
    """The parameters of F frames, float32; a frame that was missed is NaN in every number.

    Attributes:
        global_rot: (F, 3) the root's angles [rx, ry, rz]; zero is upright, facing the camera.
        body_pose: (F, 133) angles and six shifts of the body's joints.
        hand_pose: (F, 108) left and right hand as 54 components of their continuous code.
        scale: (F, 28) components of the bones' lengths.
        shape: (F, 45) components of the identity.
        cam_t: (F, 3) metres, what is added to the rig's output for camera space (x right, y down, z away).

    Raises:
        TypeError, ValueError: another shape or type, an infinite number, or a frame that is only partly NaN.
    """

    global_rot: Array
    body_pose: Array
    hand_pose: Array
    scale: Array
    shape: Array
    cam_t: Array

    def __post_init__(self) -> None:
        frames = len(self.global_rot)
        for name, size in SIZES.items():
            check_array(name, getattr(self, name), (frames, size), np.float32)
        packed = self.pack()
        if np.isinf(packed).any():
            raise ValueError(f"frame {int(np.isinf(packed).any(1).argmax())}: a parameter is infinite")
        missing = np.isnan(packed)
        partly = missing.any(1) & ~missing.all(1)
        if partly.any():
            raise ValueError(f"frame {int(partly.argmax())}: some parameters are missing (NaN) and others are not")

    def __len__(self) -> int:
        return len(self.global_rot)

    @property
    def valid(self) -> Array:
        """(F,) bool: the frames that have a body."""
        result: Array = ~np.isnan(self.global_rot[:, 0])
        return result

    def pack(self) -> Array:
        """(F, 320) float32 in the order of ``SIZES``."""
        return np.concatenate([getattr(self, name) for name in SIZES], axis=1)

    @classmethod
    def unpack(cls, values: Array) -> BodyParameters:
        """The inverse of ``pack``.

        Args:
            values: (F, 320) float32.
        """
        check_array("parameters", values, ("F", BODY_SIZE), np.float32)
        cuts = np.cumsum(list(SIZES.values()))[:-1]
        return cls(*(np.ascontiguousarray(part) for part in np.split(values, cuts, axis=1)))

    @classmethod
    def missing(cls, frames: int) -> BodyParameters:
        """So many frames without a body."""
        return cls.unpack(np.full((frames, BODY_SIZE), np.nan, np.float32))

    def part(self, start: int, stop: int) -> BodyParameters:
        """The frames start..stop - 1."""
        return BodyParameters(*(getattr(self, f.name)[start:stop] for f in fields(self)))

    def take(self, which: Array) -> BodyParameters:
        """The frames that an index or a mask picks."""
        return BodyParameters(*(getattr(self, f.name)[which] for f in fields(self)))


def rotation_matrix(angles: Array) -> Array:
    """(…, 3, 3) R = Rz·Ry·Rx of (…, 3) angles [x, y, z]; float64, NaN stays NaN."""
    return matrix_of(angles.reshape(-1, 3)).reshape(*angles.shape[:-1], 3, 3)


def network_angles(matrices: Array) -> Array:
    """(…, 3) angles [x, y, z] with R = Rz·Ry·Rx and y within a quarter turn: the triple that the network's parameters hold."""
    m = matrices
    cos_y = np.hypot(m[..., 0, 0], m[..., 1, 0])
    locked = cos_y < _GIMBAL  # x and z turn about one axis: all of it is given to x
    x = np.where(locked, np.arctan2(-m[..., 1, 2], m[..., 1, 1]), np.arctan2(m[..., 2, 1], m[..., 2, 2]))
    z = np.where(locked, 0.0, np.arctan2(m[..., 1, 0], m[..., 0, 0]))
    return np.stack([x, np.arctan2(-m[..., 2, 0], cos_y), z], -1)


def six_of(angles: Array) -> Array:
    """(…, 6) the first and the second column of R for (…, 3) angles (the continuous form of Zhou et al., CVPR 2019)."""
    m = rotation_matrix(angles)
    return np.concatenate([m[..., :, 0], m[..., :, 1]], -1)


def matrix_of_six(six: Array) -> Array:
    """(…, 3, 3) the rotation nearest in Gram and Schmidt's sense to two columns of any length; the inverse of ``six_of``."""
    first = _unit(six[..., :3].astype(np.float64))
    third = _unit(np.cross(first, six[..., 3:].astype(np.float64)))
    return np.stack([first, np.cross(third, first), third], -1)


def to_continuous(body_pose: Array) -> Array:
    """``body_pose`` in numbers that have no jumps: 6 per three-angle joint, sine and cosine per angle, shifts as they are.

    The order is that of the network's own output (``pred_pose_raw`` after its first 6).

    Args:
        body_pose: (F, 133).

    Returns:
        (F, 260) of the same type; NaN rows stay NaN.
    """
    check_array("body_pose", body_pose, ("F", 133))
    frames = len(body_pose)
    single = body_pose[:, _SINGLES].astype(np.float64)
    parts = [
        six_of(body_pose[:, _TRIPLES]).reshape(frames, -1),
        np.stack([np.sin(single), np.cos(single)], -1).reshape(frames, -1),
        body_pose[:, _LENGTHS],
    ]
    result: Array = np.concatenate(parts, 1).astype(body_pose.dtype)
    return result


def from_continuous(values: Array) -> Array:
    """The inverse of ``to_continuous``, also of filtered values (columns and sine pairs need no length of 1).

    Angles come back within -pi..pi and the y of a triple within a quarter turn, as the network gives them.

    Args:
        values: (F, 260).

    Returns:
        (F, 133) of the same type.
    """
    check_array("continuous body pose", values, ("F", CONTINUOUS_SIZE))
    frames = len(values)
    first, second = 6 * len(_TRIPLES), 6 * len(_TRIPLES) + 2 * len(_SINGLES)
    pose = np.empty((frames, 133), np.float64)
    six = values[:, :first].reshape(frames, -1, 6)
    pose[:, _TRIPLES.ravel()] = network_angles(matrix_of_six(six)).reshape(frames, -1)
    pairs = values[:, first:second].astype(np.float64).reshape(frames, -1, 2)
    pose[:, _SINGLES] = np.arctan2(pairs[..., 0], pairs[..., 1])
    pose[:, _LENGTHS] = values[:, second:]
    return pose.astype(values.dtype)


def hand_angles(code: Array) -> Array:
    """(F, 27) angles of one hand's (F, 54) continuous code, both ordered by joint (``_HAND_DEGREES``)."""
    check_array("hand code", code, ("F", 54))
    angles = np.empty((len(code), 27), np.float64)
    at = 0
    for degrees in _HAND_DEGREES:
        part = code[:, 2 * at : 2 * (at + degrees)].astype(np.float64)
        if degrees == 3:
            angles[:, at : at + 3] = network_angles(matrix_of_six(part))
        else:
            angles[:, at : at + degrees] = np.arctan2(part[:, 0::2], part[:, 1::2])
        at += degrees
    return angles


def hand_code(angles: Array) -> Array:
    """(F, 54) continuous code of one hand's (F, 27) angles; the inverse of ``hand_angles``."""
    check_array("hand angles", angles, ("F", 27))
    parts = []
    at = 0
    for degrees in _HAND_DEGREES:
        part = angles[:, at : at + degrees].astype(np.float64)
        pairs = np.stack([np.sin(part), np.cos(part)], -1).reshape(len(angles), -1)
        parts.append(six_of(part) if degrees == 3 else pairs)
        at += degrees
    return np.concatenate(parts, 1)


def _unit(vectors: Array) -> Array:
    result: Array = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    return result
