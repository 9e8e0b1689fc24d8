"""Body measures of a pose: the numbers that the score judges. ``mirror/page/measures.mjs`` computes the same.

Points are hip-centred, in the order of ``rules().points``, axes x right, y down, z away, and *levelled*: the person's own
upright stands along -y (``level``). Lengths are shares of the person's own limbs, so neither size nor distance matters,
and no measure depends on the turn about the vertical.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from perscoach.core.arrays import Array
from perscoach.score.rules import rules

_CHAINS = (((2,), (3,), (0, 1)), ((4,), (5,), (0, 1)), ((8, 10), (9, 11), (6, 7)), ((13, 15), (14, 16), (10, 11)))
"""Joints of the left limb, of the right one, and where each of them begins: elbow, wrist, knee and ankle, heel and toes."""
_NEEDED = np.array([[p in m.points for p in range(len(rules().points))] for m in rules().measures])
"""(M, P) which points each measure needs."""
_EITHER = np.array([bool(m.values.get("either")) for m in rules().measures])
"""(M,) measures of both sides at once, for which the side that is seen stands where the other is hidden."""
UP = np.array([0.0, -1.0, 0.0])


class Lengths(NamedTuple):
    """Metres of one person's limbs, the mean of both sides."""

    leg: float
    arm: float
    shank: float


def lengths_of(points: Array) -> Array:
    """(…, P, 3) to (…, 3): leg (hip to knee to ankle), arm (shoulder to elbow to wrist) and shank, metres."""
    thigh = (_size(points, 6, 8) + _size(points, 7, 9)) / 2
    shank = (_size(points, 8, 10) + _size(points, 9, 11)) / 2
    upper = (_size(points, 0, 2) + _size(points, 1, 3)) / 2
    fore = (_size(points, 2, 4) + _size(points, 3, 5)) / 2
    return np.stack([thigh + shank, upper + fore, shank], -1)


def measure_all(points: Array, lengths: Lengths) -> Array:
    """(…, P, 3) levelled points to (…, M) measures, in the order of ``rules().measures``.

    Units as in the table: degrees, or shares of ``lengths``. Distances that grow as the person goes down are negated, so
    that a larger value is always further away from standing.
    """
    hips, shoulders = _middle(points, 6, 7), _middle(points, 0, 1)
    ankles, wrists = _middle(points, 10, 11), _middle(points, 4, 5)
    trunk = shoulders - hips
    knee = [_bend(points, 6 + s, 8 + s, 10 + s) for s in (0, 1)]
    elbow = [_bend(points, s, 2 + s, 4 + s) for s in (0, 1)]
    hip = [_bend(points, s, 6 + s, 8 + s) for s in (0, 1)]
    arm = [_angle(points[..., 2 + s, :] - points[..., s, :], -trunk) for s in (0, 1)]
    apart = np.maximum(_flat_size(points, 10, 11), 0.05)
    rises = [(points[..., 15 + s, 1] - points[..., 13 + s, 1]) / lengths.shank for s in (0, 1)]
    tilts = [(points[..., 15 + s, 1] - points[..., 10 + s, 1]) / lengths.shank for s in (0, 1)]
    found = {
        "hip_drop": -(ankles - hips)[..., 1] / lengths.leg,
        "chest_drop": -(wrists - shoulders)[..., 1] / lengths.arm,
        "left_elbow": elbow[0],
        "right_elbow": elbow[1],
        "left_arm": arm[0],
        "right_arm": arm[1],
        "elbows": (elbow[0] + elbow[1]) / 2,
        "arms": (arm[0] + arm[1]) / 2,
        "knee_bend": (knee[0] + knee[1]) / 2,
        "hip_bend": (hip[0] + hip[1]) / 2,
        "feet_apart": _norm(points[..., 10, :] - points[..., 11, :]) / lengths.leg,
        "trunk_lean": _angle(trunk, np.broadcast_to(UP, trunk.shape)),
        "body_line": np.abs(_rise(trunk) - _rise(hips - ankles)),
        "knees_apart": _flat_size(points, 8, 9) / apart,
        "heels": (rises[0] + rises[1]) / 2,
        "ankles": (tilts[0] + tilts[1]) / 2,
        "shin_lean": (_forward_lean(points, 8, 10) + _forward_lean(points, 9, 11)) / 2,
    }
    return np.stack([found[m.name] for m in rules().measures], -1)


def from_one_side(points: Array, seen: Array) -> tuple[Array, Array]:
    """Filmed from the side, the near limbs hide the far ones: these are taken to do what the near ones do.

    Args:
        points: (…, P, 3); seen: (…, P) bool.

    Returns:
        The points with hidden limbs put beside the seen ones, and (…, M) which measures are known. A measure of one side,
        or of the distance between both, is known only where all its own points are seen.
    """
    points, usable, own = points.copy(), seen.copy(), seen.copy()
    for left, right, roots in _CHAINS:
        for far, near, (a, b) in ((left, right, roots), (right, left, roots[::-1])):
            hidden = ~seen[..., far].all(-1) & seen[..., near].all(-1)
            across = points[..., a, :] - points[..., b, :]
            for to, source in zip(far, near, strict=True):
                beside = points[..., source, :] + across
                points[..., to, :] = np.where(hidden[..., None], beside, points[..., to, :])
                usable[..., to] |= hidden
                own[..., to] &= ~hidden
    known = ~((_NEEDED & ~usable[..., None, :]).any(-1) | ~_EITHER & (_NEEDED & ~own[..., None, :]).any(-1))
    return points, known


def signal_of(points: Array, name: str, lengths: Lengths) -> Array:
    """(…,) a measure from which repetitions are told; the camera's tilt does not change it, so it needs no levelling."""
    if name == "hip_drop":
        result: Array = -_norm(_middle(points, 10, 11) - _middle(points, 6, 7)) / lengths.leg
        return result
    return measure_all(points, lengths)[..., rules().measure[name]]


def knees_differ(points: Array) -> Array:
    """(…,) degrees between the bends of both knees."""
    result: Array = np.abs(_bend(points, 6, 8, 10) - _bend(points, 7, 9, 11))
    return result


def hips_differ(points: Array) -> Array:
    """(…,) degrees between both hips: the mean of how differently they bend and of the thighs' angle seen from the person's side.

    Much in a lunge, little in a squat. A camera at the side tells the first better, the second knows front from back.
    """
    trunk = _middle(points, 0, 1) - _middle(points, 6, 7)
    across = points[..., 0, :] - points[..., 1, :] + points[..., 6, :] - points[..., 7, :]
    forward = np.cross(trunk, across)
    forward = forward / np.maximum(_norm(forward), 1e-9)[..., None] * _norm(trunk)[..., None]
    left, right = (points[..., 8 + s, :] - points[..., 6 + s, :] for s in (0, 1))
    swings = [np.degrees(np.arctan2((t * forward).sum(-1), -(t * trunk).sum(-1))) for t in (left, right)]
    apart = np.abs(swings[0] - swings[1])
    bends = np.abs(_bend(points, 0, 6, 8) - _bend(points, 1, 7, 9))
    result: Array = (np.minimum(apart, 360.0 - apart) + bends) / 2
    return result


def _middle(points: Array, a: int, b: int) -> Array:
    result: Array = (points[..., a, :] + points[..., b, :]) / 2
    return result


def _norm(vectors: Array) -> Array:
    result: Array = np.sqrt((vectors * vectors).sum(-1))
    return result


def _size(points: Array, a: int, b: int) -> Array:
    return _norm(points[..., a, :] - points[..., b, :])


def _flat_size(points: Array, a: int, b: int) -> Array:
    result: Array = np.hypot(points[..., a, 0] - points[..., b, 0], points[..., a, 2] - points[..., b, 2])
    return result


def _angle(a: Array, b: Array) -> Array:
    """Degrees between two directions."""
    size = np.maximum(_norm(a) * _norm(b), 1e-9)
    result: Array = np.degrees(np.arccos(np.clip((a * b).sum(-1) / size, -1.0, 1.0)))
    return result


def _rise(vectors: Array) -> Array:
    """Degrees above the horizontal. What a camera sees worst, the depth, changes it least where the person lies across its view."""
    result: Array = np.degrees(np.arctan2(-vectors[..., 1], np.hypot(vectors[..., 0], vectors[..., 2])))
    return result


def _bend(points: Array, a: int, joint: int, b: int) -> Array:
    """Degrees by which a joint is bent; 0 is straight."""
    result: Array = 180.0 - _angle(points[..., a, :] - points[..., joint, :], points[..., b, :] - points[..., joint, :])
    return result


def _forward_lean(points: Array, knee: int, ankle: int) -> Array:
    """Degrees by which the shin leans to the front, across the line of shoulders and hips."""
    across = points[..., 0, :] - points[..., 1, :] + points[..., 6, :] - points[..., 7, :]
    x, z = across[..., 0], across[..., 2]
    size = np.maximum(np.hypot(x, z), 1e-9)
    shin = points[..., knee, :] - points[..., ankle, :]
    forward = (shin[..., 0] * z - shin[..., 2] * x) / size
    result: Array = np.degrees(np.arctan2(forward, -shin[..., 1]))
    return result
