"""When a foot stands on the ground: it is still, and it is where the lowest of the body is."""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array
from perscoach.pose.gaps import runs
from perscoach.skeleton import MHR70

_AT = MHR70.index
POINTS = [_AT["left_heel"], _AT["left_big_toe"], _AT["right_heel"], _AT["right_big_toe"]]
_BODY = [*range(21), _AT["left_wrist"], _AT["right_wrist"], _AT["neck"]]

_SLOW, _FAST = 0.15, 0.40
"""Metres a second: a point slower than this stands, one faster does not (Butterworth-filtered feet of walkers: 0.1 to 0.5)."""

_DEPTH_COUNTS = 0.4
"""Speed along the line of sight counts by this: what a single camera sees of it is mostly its wander."""

_LOW, _HIGH = 0.05, 0.12
"""Metres over the floor within which a point can stand."""

_AROUND = 1.5
"""Seconds to each side in which the body's lowest point is the floor; a flight is shorter, a step onto a box longer."""

_LEAST = 0.12
"""Seconds that a contact lasts at least, and a break in one."""

_RAMP = 0.07
"""Seconds over which a contact takes hold and lets go."""

_STRAIGHT = np.cos(np.radians(25.0))
_TILT = 30.0
"""Degrees that the camera may look up or down."""

_LEAST_HEIGHT = 0.25
"""The hips' height over the feet, in lengths of the leg, under which the feet carry nobody."""


def standing(joints: Array) -> Array:
    """(n,) bool: legs and trunk in one line, hips high, and no more than the camera's tilt from the picture's upright."""
    hips, neck = joints[:, MHR70.hips].mean(1), joints[:, _AT["neck"]]
    ankles = joints[:, [_AT["left_ankle"], _AT["right_ankle"]]].mean(1)
    thighs = [joints[:, _AT[f"{s}_knee"]] - joints[:, _AT[f"{s}_hip"]] for s in ("left", "right")]
    shins = [joints[:, _AT[f"{s}_ankle"]] - joints[:, _AT[f"{s}_knee"]] for s in ("left", "right")]
    straight = np.all([_cosine(a, b) > _STRAIGHT for a, b in zip(thighs, shins, strict=True)], axis=0)
    return np.asarray(
        straight
        & (_cosine(neck - hips, hips - ankles) > _STRAIGHT)
        & (_cosine(neck - ankles, np.array([0.0, -1.0, 0.0])) > np.cos(np.radians(_TILT)))
    )


def upright(joints: Array, fps: float) -> tuple[Array, bool]:
    """Which way is up in camera space as standing frames tell, and whether there are any (0.2 s of them); else the picture's up.

    Args:
        joints: (n, 70, 3) metres, camera space, the frames with a body.
    """
    stands = standing(joints) if len(joints) else np.zeros(0, bool)
    if stands.sum() < max(3, 0.2 * fps):
        return np.array([0.0, -1.0, 0.0]), False
    body = joints[stands]
    axis = np.median(_unit(body[:, _AT["neck"]] - body[:, [_AT["left_ankle"], _AT["right_ankle"]]].mean(1)), axis=0)
    return axis / np.linalg.norm(axis), True


def find_contacts(joints: Array, fps: float) -> Array:
    """(n, 4) 0..1, how firmly each of ``POINTS`` stands, in one stretch without gaps.

    Where nobody ever stands up no foot is said to carry: floor exercises, sitting and lying are left alone.

    Args:
        joints: (n, 70, 3) metres, camera space, smoothed.
    """
    n = len(joints)
    up, stands = upright(joints, fps)
    if n < max(4, _LEAST * fps) or not stands:
        return np.zeros((n, 4))
    legs = _leg_length(joints)
    heights = joints @ up
    feet = heights[:, POINTS]
    over = heights[:, MHR70.hips].mean(1) - feet.min(1)
    floor = _lowest(heights[:, _BODY].min(1), round(_AROUND * fps))
    offset = np.minimum(np.percentile(feet - floor[:, None], 5, axis=0), 0.05)  # a heel's point is higher than a toe's
    clear = feet - floor[:, None] - np.maximum(offset, 0)
    likely = _falls(_point_speed(joints[:, POINTS], fps), _SLOW, _FAST) * _falls(clear, _LOW, _HIGH)
    likely *= (over > _LEAST_HEIGHT * legs)[:, None]
    return np.stack([_firm(likely[:, k], fps) for k in range(4)], 1)


def _leg_length(joints: Array) -> float:
    chains = [[_AT[f"{s}_{n}"] for n in ("hip", "knee", "ankle", "heel")] for s in ("left", "right")]
    return float(np.mean([np.median(np.linalg.norm(np.diff(joints[:, c], axis=1), axis=2).sum(1)) for c in chains]))


def _point_speed(points: Array, fps: float) -> Array:
    """(n, 4) metres a second over a tenth of a second, depth counting less."""
    reach = max(1, round(0.05 * fps))
    ends = (
        np.pad(points, ((reach, reach), (0, 0), (0, 0)), mode="reflect", reflect_type="odd")
        if len(points) > reach
        else None
    )
    if ends is None:
        return np.zeros(points.shape[:2])
    velocity = (ends[2 * reach :] - ends[: -2 * reach]) * fps / (2 * reach)
    ray = _unit(points)
    along = (velocity * ray).sum(-1, keepdims=True)
    across = velocity - along * ray
    return np.asarray(np.sqrt((across**2).sum(-1) + (_DEPTH_COUNTS * along[..., 0]) ** 2))


def _lowest(heights: Array, reach: int) -> Array:
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    lowest = minimum_filter1d(heights, 2 * reach + 1, mode="nearest")
    return np.asarray(uniform_filter1d(lowest, max(3, reach // 2), mode="nearest"))


def _falls(values: Array, low: float, high: float) -> Array:
    part = np.clip((high - values) / (high - low), 0.0, 1.0)
    return part * part * (3 - 2 * part)


def _firm(likely: Array, fps: float) -> Array:
    """(n,) 0..1: contacts without flicker, taken and let go over a few frames."""
    least = max(2, round(_LEAST * fps))
    on = likely > 0.5
    for start, stop in runs(~on):  # a break that is too short
        if 0 < start and stop < len(on) and stop - start < least:
            on[start:stop] = True
    for start, stop in runs(on):
        if stop - start < least:
            on[start:stop] = False
    ramp = max(1, round(_RAMP * fps))
    window = np.hanning(2 * ramp + 3)[1:-1]
    inside = np.convolve(np.pad(on.astype(float), ramp, mode="edge"), window / window.sum(), mode="valid")
    return np.asarray(np.where(on, np.clip(2 * inside - 1, 0, 1), 0.0))  # wholly firm inside, nothing outside


def _cosine(a: Array, b: Array) -> Array:
    return np.asarray((_unit(a) * _unit(b)).sum(-1))


def _unit(v: Array) -> Array:
    return np.asarray(v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9))
