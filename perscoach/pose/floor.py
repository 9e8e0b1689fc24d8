"""Where a body rests on the floor, and where that floor is, from the movement so far.

A part rests where its point in the picture stays in one place. It stands on the floor where it is also among the lowest parts of
the body, at the height of the other resting parts. Which way is up a standing body's own axis tells, whatever the camera's tilt; a body
that lies, kneels or planks is taken to be filmed by a level camera, corrected by the plane through its own contacts.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from perscoach.core.arrays import Array
from perscoach.motion import CONTACTS
from perscoach.pose.gaps import runs

REST_SPEED = 0.25
"""m/s across the view, under which a part rests; a stepping foot moves at 1 to 4."""

REST_PLACE = 0.03
"""Metres across the view within which a resting part stays: a heel that is lifted slowly leaves its place."""

SPEED_SECONDS = 0.1
"""Speeds and places are taken over this time to both sides: landmarks of a foot that rests jitter by a centimetre."""

REST_SECONDS = 0.15
"""A shorter rest is the turning point of a swing."""

ON_FLOOR, STANDS_ON = 0.1, 0.2
"""Metres above the floor within which a resting part lies on it, and a standing body's foot stands on it: in profile one camera
puts the far foot up to 20 cm too high. A leg held up does not rest on the floor."""

SUNK = 0.025
"""Half of how much farther below the floor than above it a resting part may be measured: nothing is under a floor."""

LEVEL = 0.1
"""Metres of spread (one deviation) up to which the resting parts lie at one height, so that there is one floor."""

LOWEST = 0.25
"""Metres above the body's lowest joint within which a part may rest on the floor: who hangs from a bar rests on nothing."""

UPRIGHT = np.cos(np.radians(40))
"""A body whose longest pose leans less than this in the picture stands, and its axis then tells where up is."""

STANDS = 0.85
"""Part of its whole length (shoulders to ankles, limb by limb) that a standing body reaches; a kneeling one has 0.75."""

STEEPEST = np.sin(np.radians(50))
"""How steeply the landmarks of a flat foot may point down."""

LEVEL_CAMERA = 0.17
"""Deviation (radians, about 10°) of a camera from level, where no standing body shows it."""

_RADIUS = {"heel": 0.0, "toe": 0.0, "knee": 0.05, "hand": 0.03, "elbow": 0.04, "hip": 0.1}
RADIUS = np.array([_RADIUS[part.partition("_")[2]] for part in CONTACTS])
"""(C,) metres between the joint and the skin that touches the floor; heel and toe landmarks lie on the sole."""

FEET = tuple((CONTACTS.index(f"{side}_heel"), CONTACTS.index(f"{side}_toe")) for side in ("left", "right"))
"""Heel and toe of the left and of the right foot, indices into ``CONTACTS``."""


@dataclass(frozen=True)
class Floor:
    """What a stretch rests on.

    Attributes:
        up: (3,) the floor's normal, camera space; height: metres along it.
        rest: (F, C) bool, which of ``CONTACTS`` rest on it.
        level: whether the resting parts lie at one height, so that it may be used.
        stands: whether ``up`` is a standing body's, so that feet may be laid flat on it.
    """

    up: Array
    height: float
    rest: Array
    level: bool
    stands: bool


def find_floor(
    x: Array,
    points: Array,
    sure: Array,
    rests: Array,
    torso: tuple[int, ...],
    fps: float,
    focal: float,
    known: Array | None = None,
) -> Floor | None:
    """The floor under a stretch; ``None`` where nothing rests.

    Args:
        x: (F, N, 3) metres, camera space; points: (F, N, 2) pixels from the picture's centre; sure: (F, N) bool, seen.
        rests, torso: as in ``solver.Body``.
        fps: frames a second; focal: pixels.
        known: (3,) up, where it is known already.
    """
    parts = x[:, rests]
    rest = resting(points[:, rests], parts[..., 2] / focal, fps) & sure[:, rests]
    axis = (
        known
        if known is not None
        else _axis(x, torso, knees=rests[[CONTACTS.index("left_knee"), CONTACTS.index("right_knee")]])
    )
    up = np.array([0.0, -1.0, 0.0]) if axis is None else axis
    for _ in range(1 if axis is not None else 2):  # without an axis: once more, about the contacts' own plane
        heights = _heights(parts, up, rest, axis is not None)
        low = np.where(sure, x @ up, np.inf).min(axis=1)
        near = rest & (heights - low[:, None] < LOWEST)
        if not near.any():
            return None
        ground = float(np.percentile(np.where(near, heights, np.inf).min(axis=1)[near.any(axis=1)], 35))
        on = near & (np.abs(heights - ground + SUNK) < (ON_FLOOR if axis is None else STANDS_ON) + SUNK)
        if axis is None and on.any():
            up = _plane(parts, on)
    if not on.any():
        return None
    found = (parts @ up - RADIUS)[on]
    height = float(np.median(found))
    spread = 1.4826 * float(np.median(np.abs(found - height)))
    return Floor(up, height, on, spread < LEVEL, axis is not None)


def _heights(parts: Array, up: Array, rest: Array, stands: bool) -> Array:
    """(F, C) metres along ``up``, one height for each rest. A foot that rests with both ends has one height, that of its higher end: landmarks let toes
    point down by 15 to 40° where the foot is flat. Of a body that does not stand, a foot that points down more is on its toes."""
    heights: Array = parts @ up - RADIUS
    for foot in FEET:
        ends = list(foot)
        drop = heights[:, foot[0]] - heights[:, foot[1]]
        sole = np.linalg.norm(parts[:, foot[0]] - parts[:, foot[1]], axis=1)
        both = rest[:, ends].all(axis=1) & (stands | (drop < STEEPEST * sole))
        heights[np.ix_(both, ends)] = heights[np.ix_(both, ends)].max(axis=1, keepdims=True)
    for part in range(rest.shape[1]):
        for start, stop in runs(rest[:, part]):
            heights[start:stop, part] = np.median(heights[start:stop, part])
    return heights


def resting(points: Array, scale: Array, fps: float) -> Array:
    """(F, C) bool: parts that are slow and stay in one place of the picture, for at least ``REST_SECONDS``.

    Args:
        points: (F, C, 2) pixels; scale: (F, C) metres per pixel at their depth; fps: frames a second.
    """
    reach = max(1, round(SPEED_SECONDS * fps))
    if len(points) <= 2 * reach:
        return np.zeros(points.shape[:2], bool)
    padded = np.pad(points, ((reach, reach), (0, 0), (0, 0)), mode="edge")
    speed = np.linalg.norm(padded[2 * reach :] - padded[: -2 * reach], axis=2) * fps / (2 * reach)
    slow = speed * scale < REST_SPEED
    sums = np.cumsum(np.pad(padded, ((1, 0), (0, 0), (0, 0))), axis=0)
    mean = (sums[2 * reach + 1 :] - sums[: -2 * reach - 1]) / (2 * reach + 1)
    result: Array = slow
    for part in range(points.shape[1]):
        for start, stop in runs(slow[:, part]):
            piece = slice(start, stop)
            away = np.linalg.norm(mean[piece, part] - np.median(mean[piece, part], axis=0), axis=1)
            slow[piece, part] = away * scale[piece, part] < REST_PLACE
        for start, stop in runs(slow[:, part]):
            slow[start:stop, part] = stop - start >= REST_SECONDS * fps
    return result


def _axis(x: Array, torso: tuple[int, ...], knees: Array) -> Array | None:
    """(3,) the direction from the ankles to the shoulders in the frames in which the body is longest: there it stands.

    ``None`` where that direction is not upright in the picture, or the body is not stretched: a person who lies, planks or
    kneels does not show where up is.
    """
    shoulders, ankles = x[:, list(torso[:2])].mean(axis=1), x[:, list(torso[4:])].mean(axis=1)
    axis = shoulders - ankles
    size = np.linalg.norm(axis, axis=1)
    tall = axis[size >= np.percentile(size, 70)]
    up = (tall / np.maximum(np.linalg.norm(tall, axis=1, keepdims=True), 1e-9)).mean(axis=0)
    up /= max(float(np.linalg.norm(up)), 1e-9)
    chain = [x[:, list(torso[i : i + 2])] for i in (0, 2)] + [x[:, knees], x[:, list(torso[4:])]]
    whole = sum(np.linalg.norm(b - a, axis=2).mean(axis=1) for a, b in itertools.pairwise(chain))
    stretched = float(np.percentile(size / np.maximum(whole, 1e-9), 70))
    return up if -up[1] > UPRIGHT and stretched > STANDS else None


def _plane(parts: Array, on: Array) -> Array:
    """(3,) the normal of the plane through the contacts' middle places, drawn towards a level camera's.

    y = a + b x + c z with b and c of deviation ``LEVEL_CAMERA`` beforehand, and places good to 5 cm.
    """
    used = np.flatnonzero(on.any(axis=0))
    places = np.stack([np.median(parts[on[:, c], c], axis=0) for c in used])
    places[:, 1] += RADIUS[used]  # y points down: the skin lies below the joint
    places = places - places.mean(axis=0)
    flat = places[:, [0, 2]]
    normal = flat.T @ flat / 0.05**2 + np.eye(2) / LEVEL_CAMERA**2
    b, c = np.linalg.solve(normal, flat.T @ places[:, 1] / 0.05**2)
    up = np.array([b, -1.0, c])
    result: Array = up / np.linalg.norm(up)
    return result
