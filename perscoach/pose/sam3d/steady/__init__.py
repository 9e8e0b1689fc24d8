"""From what SAM 3D Body saw frame by frame to the movement of one person.

In this order: cuts and outliers found, shape and bone lengths locked to the clip's median (and the camera moved so that
the picture stays), pose smoothed and short gaps drawn through, the root smoothed, standing feet held still. Everything
runs without lag, and nothing crosses a cut or a long gap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from perscoach.core.arrays import Array
from perscoach.pose.sam3d.parameters import BodyParameters
from perscoach.pose.sam3d.steady import bandwidth, feet, measures
from perscoach.pose.sam3d.steady.breaks import Breaks, find_breaks
from perscoach.pose.sam3d.steady.identity import HIPS, lock, refit
from perscoach.pose.sam3d.steady.pose import smooth_pose, turning
from perscoach.pose.sam3d.steady.root import hold_feet, smooth_root

LONGEST = 0.5
"""Seconds without a body that are drawn through; a longer gap stays."""

JointsOf = Callable[[BodyParameters], Array]
"""(F, 70, 3) float32 metres in camera axes about the rig's origin, of parameters without missing frames; ``cam_t`` is not added."""


@dataclass(frozen=True)
class Steadied:
    """The result of ``steady``.

    Attributes:
        parameters: F frames, one shape and scale for the clip; NaN where there is no body.
        valid: (F,) bool, frames with a body, measured or drawn through.
        filled: (F,) bool, frames of these that were not measured, or whose measurement was dropped.
        parts: stretches [start, stop) that nothing crosses.
        contacts: (F, 4) 0..1: how firmly ``feet.POINTS`` stand.
        measures: numbers for the manifest, see ``measures``.
    """

    parameters: BodyParameters
    valid: Array
    filled: Array
    parts: list[tuple[int, int]]
    contacts: Array
    measures: dict[str, float]


def steady(p: BodyParameters, valid: Array, fps: float, strength: float, joints_of: JointsOf, focal: float) -> Steadied:
    """Clean, lock, smooth and place one clip.

    Strength 0 keeps the pose of every measured frame as it was measured (outliers too); shape and bone lengths are locked
    and short gaps are filled at every strength.

    Args:
        p: what was measured, F frames.
        valid: (F,) bool, the frames in which it was.
        fps: frames a second.
        strength: 0..1.
        joints_of: the rig.
        focal: the camera's, pixels; only the measure of what moved in the picture needs it.
    """
    count = len(p)
    valid = valid & p.valid
    measured = _camera_space(p, valid, joints_of)
    broken = _breaks_of(p, measured, valid, fps)
    good = broken.good if strength > 0 else valid
    parts = broken.parts if strength > 0 else _parts_at_zero(broken, valid, fps)
    locked = lock(p, broken.good)
    fitted = _fit_camera(locked, measured, good, joints_of)
    posed = smooth_pose(locked, good, parts, fps, strength)
    kept = posed.valid
    joints = np.full((count, 70, 3), np.nan)
    if kept.any():
        joints[kept] = joints_of(posed.take(kept))
    middle = joints[:, HIPS].mean(1)
    about = joints - middle[:, None]
    hips = np.full((count, 3), np.nan)
    for start, stop in parts:
        left = bandwidth.fade(turning(p.global_rot[start:stop], good[start:stop], fps))
        hips[start:stop] = smooth_root(fitted[start:stop], good[start:stop], left, fps, strength)
    contacts, hips = _held(hips, about, parts, fps, strength)
    result = replace(posed, cam_t=(hips - middle).astype(np.float32))
    filled = kept & ~good
    numbers = _measures(measured, about + hips[:, None], contacts, parts, good, fps, focal)
    numbers |= {
        "frames_dropped": float((valid & ~good).sum()),
        "frames_filled": float(filled.sum()),
        "frames_missing": float((~kept).sum()),
        "parts": float(len(parts)),
    }
    return Steadied(result, kept, filled, parts, contacts, numbers)


def _camera_space(p: BodyParameters, valid: Array, joints_of: JointsOf) -> Array:
    """(F, 70, 3) as measured; NaN where nothing was."""
    out = np.full((len(p), 70, 3), np.nan)
    if valid.any():
        some = p.take(valid)
        out[valid] = joints_of(some) + some.cam_t[:, None]
    return out


def _breaks_of(p: BodyParameters, measured: Array, valid: Array, fps: float) -> Breaks:
    seen = np.where(valid[:, None, None], measured, 1.0)
    middle = seen[:, HIPS].mean(1, keepdims=True)
    flat = seen[..., :2] / np.maximum(seen[..., 2:], 0.05)
    identity = np.concatenate([p.shape, p.scale], 1)
    return find_breaks(seen - middle, flat, identity, middle[:, 0, 2], valid, fps, LONGEST)


def _parts_at_zero(broken: Breaks, valid: Array, fps: float) -> list[tuple[int, int]]:
    """The same cuts where nothing is dropped: each part grows over the dropped frames beside it."""
    parts = [list(part) for part in broken.parts]
    for k, (start, stop) in enumerate(broken.parts):
        low = broken.parts[k - 1][1] if k else 0
        high = broken.parts[k + 1][0] if k + 1 < len(broken.parts) else len(valid)
        while stop < high and valid[stop]:
            stop += 1
        if k:
            low = parts[k - 1][1]
        while start > low and valid[start - 1]:
            start -= 1
        parts[k] = [start, stop]
    return [(a, b) for a, b in parts]


def _fit_camera(locked: BodyParameters, measured: Array, good: Array, joints_of: JointsOf) -> Array:
    """(F, 3) the hips' middle of the locked body where it covers what was measured."""
    out = np.full((len(locked), 3), np.nan)
    if good.any():
        joints = np.full(measured.shape, np.nan)
        joints[good] = joints_of(locked.take(good))
        out = joints[:, HIPS].mean(1) + refit(joints, measured)
        lost = good & ~np.isfinite(out).all(1)
        out[lost] = measured[lost][:, HIPS].mean(1)
    return out


def _held(hips: Array, about: Array, parts: list[tuple[int, int]], fps: float, strength: float) -> tuple[Array, Array]:
    """Contacts (F, 4) and the root's path with standing feet held."""
    contacts, out = np.zeros((len(hips), 4)), hips.copy()
    if not parts:
        return contacts, out
    space = about + hips[:, None]
    for start, stop in parts:
        contacts[start:stop] = weights = feet.find_contacts(space[start:stop], fps)
        if strength > 0:
            out[start:stop] = hold_feet(hips[start:stop], about[start:stop, feet.POINTS], weights, fps, strength)
    return contacts, out


def _measures(
    before: Array,
    after: Array,
    contacts: Array,
    parts: list[tuple[int, int]],
    good: Array,
    fps: float,
    focal: float,
) -> dict[str, float]:
    """The same frames before and after: those that were measured and kept."""
    inside = np.zeros(len(good), bool)
    for start, stop in parts:
        inside[start:stop] = True
    seen = good & inside
    return {
        "jitter_before": measures.jitter(before, parts, seen, fps),
        "jitter_after": measures.jitter(after, parts, seen, fps),
        "bone_spread_before": measures.bone_spread(before, seen),
        "bone_spread_after": measures.bone_spread(after, seen),
        "foot_slide_before": measures.slide(before[:, feet.POINTS], contacts, seen, fps),
        "foot_slide_after": measures.slide(after[:, feet.POINTS], contacts, seen, fps),
        "feet_standing": float((contacts[inside].max(1) > 0).mean()) if inside.any() else 0.0,
        "picture_moved": measures.picture_error(after, before, seen, focal),
    }
