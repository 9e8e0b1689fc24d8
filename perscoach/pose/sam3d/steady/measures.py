"""How steady a movement is, in numbers."""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array
from perscoach.pose.sam3d.steady.identity import BODY
from perscoach.skeleton import MHR70

_AT = MHR70.index
_LIMBS = [
    (_AT[f"{s}_{a}"], _AT[f"{s}_{b}"])
    for s in ("left", "right")
    for a, b in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"), ("heel", "big_toe"))
]


def jitter(joints: Array, parts: list[tuple[int, int]], seen: Array, fps: float) -> float:
    """Mean acceleration of the joints (fingers left out), m/s², over three neighbouring frames that are all ``seen``.

    Args:
        joints: (F, 70, 3) metres, camera space or any other that the same frames share.
    """
    sums, count = 0.0, 0
    for start, stop in parts:
        body = joints[start:stop, BODY].astype(np.float64)
        ok = seen[start:stop]
        three = ok[2:] & ok[1:-1] & ok[:-2]
        if three.any():
            acceleration = np.linalg.norm(body[2:] - 2 * body[1:-1] + body[:-2], axis=2)[three] * fps**2
            sums, count = sums + float(acceleration.sum()), count + acceleration.size
    return sums / count if count else 0.0


def bone_spread(joints: Array, seen: Array) -> float:
    """Standard deviation of a limb's length over its mean, in per cent, the mean over ten limbs."""
    if not seen.any():
        return 0.0
    body = joints[seen].astype(np.float64)
    lengths = np.stack([np.linalg.norm(body[:, a] - body[:, b], axis=1) for a, b in _LIMBS], 1)
    return float((lengths.std(0) / np.maximum(lengths.mean(0), 1e-9)).mean() * 100)


def slide(points: Array, weights: Array, seen: Array, fps: float) -> float:
    """Mean speed, m/s, of heels and toes while they stand.

    Args:
        points: (F, 4, 3) metres, camera space. weights: (F, 4) 0..1. seen: (F,) bool.
    """
    both = np.minimum(weights[1:], weights[:-1]) * (seen[1:] & seen[:-1])[:, None]
    if not both.any():
        return 0.0
    moved = np.linalg.norm(np.diff(np.where(seen[:, None, None], points, 0.0), axis=0), axis=2) * fps
    return float((moved * both).sum() / both.sum())


def picture_error(joints: Array, measured: Array, seen: Array, focal: float) -> float:
    """Root mean square distance, pixels, between the pictures of two bodies in camera space (fingers left out)."""
    if not seen.any():
        return 0.0
    a, b = (x[seen][:, BODY].astype(np.float64) for x in (joints, measured))
    apart = focal * (a[..., :2] / a[..., 2:] - b[..., :2] / b[..., 2:])
    return float(np.sqrt((apart**2).sum(-1).mean()))
