"""The body's turn in space: ``global_rot`` from the torso, and back.

The y-up frame is ``Motion``'s frame with y and z negated: x to the image's right, y up, z towards the viewer. The torso's
own axes are X to the person's left (hips and shoulders together), Y from the hips' to the shoulders' middle, Z to the
front; facing the camera upright they are the frame's axes, so R = [X Y Z] is the identity there. Angles: R = Rz·Ry·Rx.
"""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array
from perscoach.motion import FLIP
from perscoach.skeleton import Skeleton

_GIMBAL = 1e-6
_BLOCK = 1024  # frames: intermediate results of a long clip together would take several times its own memory


def torso_frames(joints: Array, skeleton: Skeleton) -> Array:
    """(F, 3, 3) rotation matrices of the torso in the y-up frame, columns X, Y, Z; NaN where a frame has no torso.

    Args:
        joints: (F, J, 3) metres, axes of ``Motion``, any origin.
    """
    up_frame = joints.astype(np.float64) * FLIP
    left_hip, right_hip = (up_frame[:, i] for i in skeleton.hips)
    left_shoulder, right_shoulder = (up_frame[:, i] for i in skeleton.shoulders)
    y = _unit((left_shoulder + right_shoulder) - (left_hip + right_hip))
    across = (left_shoulder - right_shoulder) + (left_hip - right_hip)
    x = _unit(across - np.sum(across * y, axis=1, keepdims=True) * y)
    return np.stack([x, y, np.cross(x, y)], axis=2)


def euler_of(matrices: Array) -> Array:
    """(F, 3) angles [rx, ry, rz] with R = Rz·Ry·Rx, radians, each within (-pi, pi].

    Every rotation has two such triples; the one with the smaller rx and rz is given, so that for an upright person ry
    is the whole turn about the vertical, also beyond a quarter. Near a quarter turn (a side view) rx and rz describe
    almost the same axis and their split is unsteady while R itself is not: compare R there, not the angles.
    """
    m = matrices
    cos_y = np.hypot(m[:, 0, 0], m[:, 1, 0])
    ry = np.arctan2(-m[:, 2, 0], cos_y)
    rx = np.arctan2(m[:, 2, 1], m[:, 2, 2])
    rz = np.arctan2(m[:, 1, 0], m[:, 0, 0])
    first = np.stack([rx, ry, rz], axis=1)
    other = np.stack([_wrap(rx + np.pi), _wrap(np.pi - ry), _wrap(rz + np.pi)], axis=1)
    sizes = [a[:, 0] ** 2 + a[:, 2] ** 2 for a in (first, other)]
    angles = np.where((sizes[1] < sizes[0])[:, None], other, first)
    locked = cos_y < _GIMBAL
    if locked.any():  # only rx - rz (or rx + rz) is defined: shared out evenly
        sign = np.sign(ry[locked])
        both = np.arctan2(sign * m[locked, 0, 1], m[locked, 1, 1])
        angles[locked, 0], angles[locked, 2] = both / 2, -sign * both / 2
    return angles


def matrix_of(angles: Array) -> Array:
    """(F, 3, 3) R = Rz·Ry·Rx from (F, 3) angles [rx, ry, rz], radians."""
    from scipy.spatial.transform import Rotation

    known = np.isfinite(angles).all(1)
    out = np.full((len(angles), 3, 3), np.nan)
    out[known] = Rotation.from_euler("xyz", angles[known]).as_matrix()
    return out


def global_rotations(joints: Array, skeleton: Skeleton) -> Array:
    """``Motion.global_rot`` (F, 3) float32 of the joints; NaN where a frame has no torso."""
    out = np.zeros((len(joints), 3), np.float32)
    with np.errstate(invalid="ignore"):
        for start in range(0, len(joints), _BLOCK):
            out[start : start + _BLOCK] = euler_of(torso_frames(joints[start : start + _BLOCK], skeleton))
    return out


def _unit(vectors: Array) -> Array:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(length > 1e-9, vectors / length, np.nan)


def _wrap(angle: Array) -> Array:
    return np.pi - (np.pi - angle) % (2 * np.pi)
