"""One person has one shape and one set of bones: the clip's median, and the camera moved so that the picture stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from perscoach.core.arrays import Array
from perscoach.pose.sam3d.parameters import BodyParameters
from perscoach.skeleton import MHR70

BODY = [i for i in range(len(MHR70)) if not 21 <= i <= 61 or i == 41]  # all but the fingers
HIPS = list(MHR70.hips)

LENGTHS = slice(124, 130)
"""The shifts in ``body_pose``: lengths of spine, neck, arms and legs, widths of shoulders and hips; bones, not a pose."""


def lock(p: BodyParameters, good: Array) -> BodyParameters:
    """Shape, scale and the lengths in the pose replaced by their median over the good frames (all, where none is)."""
    among = good & p.valid if (good & p.valid).any() else p.valid
    if not among.any():
        return p
    seen = p.valid[:, None]

    def median(values: Array) -> Array:
        return np.where(seen, np.median(values[among], axis=0), np.float32(np.nan)).astype(np.float32)

    body = p.body_pose.copy()
    body[:, LENGTHS] = median(body[:, LENGTHS])
    return replace(p, shape=median(p.shape), scale=median(p.scale), body_pose=body)


def refit(joints: Array, measured: Array) -> Array:
    """Where the changed body must stand so that it covers the picture of the measured one (least squares).

    A body measured 2 % too large was measured 2 % too far away: the picture is what was seen.

    Args:
        joints: (F, 70, 3) of the changed body, the rig's origin. measured: (F, 70, 3) of the measured body in camera space.

    Returns:
        (F, 3) metres to add to ``joints``; NaN where either is, or where the equations have no solution.
    """
    out = np.full((len(joints), 3), np.nan)
    seen = np.isfinite(joints).all((1, 2)) & np.isfinite(measured).all((1, 2)) & (measured[..., 2] > 0.05).all(1)
    if not seen.any():
        return out
    p, q = joints[seen][:, BODY].astype(np.float64), measured[seen][:, BODY].astype(np.float64)
    rays = q[..., :2] / q[..., 2:]
    weight = 1 / q[..., 2]  # the equations are in metres at the joint's depth, the picture in metres over depth
    # (p + t).xy - ray (p + t).z = 0, linear in t
    rows = np.zeros((*rays.shape, 3))
    rows[..., 0, 0] = rows[..., 1, 1] = 1
    rows[..., 2] = -rays
    right = rays * p[..., 2:] - p[..., :2]
    rows, right = rows * weight[..., None, None], right * weight[..., None]
    a = np.einsum("fkij,fkil->fjl", rows, rows)
    b = np.einsum("fkij,fki->fj", rows, right)
    out[seen] = np.linalg.solve(a, b[..., None])[..., 0]
    return out
