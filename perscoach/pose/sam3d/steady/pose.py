"""Smoothing and filling the pose in numbers without jumps: no angle is ever averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from perscoach.core.arrays import Array
from perscoach.pose.sam3d.parameters import (
    BodyParameters,
    from_continuous,
    network_angles,
    rotation_matrix,
    to_continuous,
)
from perscoach.pose.sam3d.steady import bandwidth
from perscoach.pose.sam3d.steady.bandwidth import Band
from perscoach.pose.sam3d.steady.whittaker import solve, stiffness

_SLOTS: tuple[tuple[Band, Sequence[int]], ...] = (
    (bandwidth.TRUNK, range(0, 18)),
    (bandwidth.TRUNK, range(18, 24)),
    (bandwidth.ARMS, range(24, 34)),
    (bandwidth.ARMS, range(34, 44)),
    (bandwidth.LEGS, (*range(44, 53), *range(120, 124))),
    (bandwidth.LEGS, (*range(53, 62), *range(116, 120))),
    (bandwidth.HANDS, (*range(62, 116), *range(124, 133))),
)
"""Entries of ``body_pose``: spine, neck and head, right and left arm, right and left leg; then the fingers' (0 here, see
``hand_pose``), the locked lengths and the jaw's. They follow ``mhr_model.pt``'s parameter names after the root's six."""

_FILL = 0.4
"""The strength at which a gap's curve is drawn where the rest is not smoothed."""

_PILOT = 4.0
"""Hz, at which the root's turning is measured."""

_TINY = 1e-7


@lru_cache(maxsize=1)
def groups() -> tuple[tuple[Band, Array], ...]:
    """The columns of the continuous body pose that belong to each part of the body."""
    base = np.linspace(0.1, 0.7, 133)[None]
    moved = base + 0.3 * np.eye(133)
    touched = np.abs(to_continuous(moved) - to_continuous(base)) > 1e-6
    return tuple((band, np.flatnonzero(touched[list(slots)].any(0))) for band, slots in _SLOTS)


def smooth_pose(
    p: BodyParameters, good: Array, parts: list[tuple[int, int]], fps: float, strength: float
) -> BodyParameters:
    """Every part [start, stop) filtered on its own; frames in it that are not ``good`` are drawn through.

    With strength 0 good frames stay as they are. Frames outside of the parts become NaN.

    Args:
        p: F frames; NaN where missed. good: (F,) bool. parts: stretches that nothing may cross.
    """
    out = BodyParameters.missing(len(p))
    arrays = {
        name: getattr(out, name).copy() for name in ("global_rot", "body_pose", "hand_pose", "scale", "shape", "cam_t")
    }
    for start, stop in parts:
        piece, ok = p.part(start, stop), good[start:stop]
        done = _smooth_part(piece, ok, fps, strength)
        for name, array in arrays.items():
            array[start:stop] = getattr(done, name)
    return BodyParameters(**arrays)


def turning(global_rot: Array, good: Array, fps: float) -> Array:
    """(n,) how fast the root turns, radians a second, steadied."""
    matrices = rotation_matrix(global_rot.astype(np.float64)).reshape(-1, 9)
    return _speed(_nearest(solve(matrices, good.astype(float), stiffness(_PILOT, fps))), fps)


def _smooth_part(p: BodyParameters, good: Array, fps: float, strength: float) -> BodyParameters:
    first = int(np.flatnonzero(good)[0])
    known = {"scale": p.scale[first], "shape": p.shape[first]}
    body = to_continuous(p.body_pose.astype(np.float64))
    root = rotation_matrix(p.global_rot.astype(np.float64)).reshape(-1, 9)
    hands = p.hand_pose.astype(np.float64)
    left = bandwidth.fade(turning(p.global_rot, good, fps))
    used = strength if strength > 0 else _FILL
    arguments = (good, left, fps, used, strength == 0)
    for band, columns in groups():
        body[:, columns] = _filtered(body[:, columns], band, *arguments)
    for columns in (np.arange(54), np.arange(54, 108)):
        hands[:, columns] = _filtered(hands[:, columns], bandwidth.HANDS, *arguments)
    root = _filtered(root, bandwidth.TURN, *arguments)
    filled = replace(
        p,
        global_rot=network_angles(_nearest(root)).astype(np.float32),
        body_pose=from_continuous(body).astype(np.float32),
        hand_pose=hands.astype(np.float32),
        cam_t=np.where(good[:, None], p.cam_t, 0).astype(np.float32),
        **{name: np.repeat(value[None], len(p), 0) for name, value in known.items()},
    )
    return _as_measured(filled, p, good) if strength == 0 else filled


def _as_measured(filled: BodyParameters, p: BodyParameters, good: Array) -> BodyParameters:
    """The measured frames bit by bit as they were."""
    keep = {
        n: np.where(good[:, None], getattr(p, n), getattr(filled, n)) for n in ("global_rot", "body_pose", "hand_pose")
    }
    return replace(filled, **keep)


def _filtered(
    values: Array, band: Band, good: Array, left: Array, fps: float, strength: float, only_gaps: bool
) -> Array:
    weights = good.astype(float)
    hz = bandwidth.cutoffs(values, weights, fps, band, strength)
    smooth = solve(values, weights, np.maximum(stiffness(hz, fps) * left, _TINY))
    return bridged(values, smooth, good) if only_gaps else smooth


def bridged(values: Array, smooth: Array, good: Array) -> Array:
    """``values`` where they are good; elsewhere the smooth curve, moved so that it meets them at both ends."""
    at = np.flatnonzero(good)
    if len(at) == len(good):
        return values.copy()
    away = values[at] - smooth[at]
    shift = np.stack([np.interp(np.arange(len(good)), at, away[:, k]) for k in range(values.shape[1])], 1)
    return np.where(good[:, None], values, smooth + shift)


def _nearest(nine: Array) -> Array:
    """(n, 3, 3) the rotations nearest to (n, 9) matrices: the mean of rotations in the chordal sense, biased to no axis."""
    u, _, vt = np.linalg.svd(nine.reshape(-1, 3, 3))
    sign = np.sign(np.linalg.det(u @ vt))
    u[..., 2] *= sign[:, None]
    return np.asarray(u @ vt)


def _speed(matrices: Array, fps: float) -> Array:
    if len(matrices) < 2:
        return np.zeros(len(matrices))
    step = np.einsum("fij,fij->f", matrices[1:], matrices[:-1])
    angle = np.arccos(np.clip((step - 1) / 2, -1, 1)) * fps
    return np.maximum(np.pad(angle, (1, 0), mode="edge"), np.pad(angle, (0, 1), mode="edge"))
