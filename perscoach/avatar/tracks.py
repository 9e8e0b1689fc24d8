"""A moving body's bones as an animation: turns and shifts against the parent, y up, standing on the floor.

Axes here are those of glTF and BVH: x as in ``Motion``, y up, z towards the viewer, metres; the figure faces +z at rest.
At rest every bone's axes are the world's, so a turn is the turn away from the rest pose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perscoach.avatar.detail import Detail
from perscoach.avatar.reduce import UP
from perscoach.avatar.rotations import swing, to_quaternion
from perscoach.avatar.skinning import Skin
from perscoach.avatar.weights import strongest
from perscoach.body import Bones, MovingBody, Pose
from perscoach.core.arrays import Array
from perscoach.core.errors import PerscoachError
from perscoach.core.progress import Monitor, Quiet
from perscoach.motion import FLIP, Motion

_BLOCK = 60
_FLOOR = 5.0  # percent: so many of the frames may have a foot below the floor of a clip that travels


@dataclass(frozen=True)
class Tracks:
    """Bones through time; frames without a body hold the nearest earlier one (the first, at the start).

    Attributes:
        bones: names and parents.
        rest: (B, 3) float32 metres, each bone from its parent at rest, in the parent's axes; a root's from the floor below
            the hips' middle.
        axes: (B, 3, 3) each bone's axes at rest in the world, as columns.
        turns: (F, B, 4) float32 unit quaternions w, x, y, z against the parent, without jumps of sign.
        shifts: (F, B, 3) float32 metres, each bone from its parent in the parent's axes; a root's in the world.
    """

    bones: Bones
    rest: Array
    axes: Array
    turns: Array
    shifts: Array

    def __len__(self) -> int:
        return len(self.turns)


@dataclass(frozen=True)
class Floor:
    """Where the hips' middle is in the world, and what was measured on the way.

    Attributes:
        hips: (F, 3) float64 metres, y up; NaN without a body.
        rest: (3,) the same for the body at rest, standing.
        mean_error, max_error: metres, the skinned rest body against the true vertices, where it was measured.
        travels: whether the camera-space root is known, so that the body moves through the world.
        turn: (3, 3) from the camera's axes (y up) to the world's: what makes the floor level, where the floor is known.
    """

    hips: Array
    rest: Array
    mean_error: float
    max_error: float
    travels: bool
    turn: Array


def no_body() -> PerscoachError:
    """What to say when no frame has a body."""
    return PerscoachError("avatar.no_body")


def stand(
    body: MovingBody,
    motion: Motion,
    detail: Detail | None,
    weights: Array | None,
    at_most: int = 600,
    monitor: Monitor | None = None,
    in_place: bool = False,
) -> Floor:
    """Put the body on the floor.

    Where ``motion.root`` is known, the world is the camera's, shifted so that the first frame stands over the origin. Its
    floor (y = 0) is ``motion.floor``, which is turned level; where that is not known, it lies where the lowest points of
    nearly all frames are. Without the root the body stands over the origin in every frame, its lowest point on the floor.

    Args:
        detail: the level whose vertices are looked at; ``None`` for all of the body's.
        weights: (V', B) of the level's vertices, to measure the skinned rest body against the truth with, or ``None`` (errors are 0).
        at_most: frames to measure that in, evenly spread.
        in_place: the hips stay over the origin, whatever is known of the travel, and go up and down.

    Raises:
        PerscoachError: no frame has a body.
    """
    frames, monitor = len(body), monitor or Quiet()
    if not body.valid.any():
        raise no_body()
    rest = body.rest if detail is None else detail.apply(body.rest)
    skin = None if weights is None else Skin(rest, body.pivots, weights)
    measured = np.zeros(frames, bool)
    measured[np.linspace(0, frames - 1, min(frames, at_most)).round().astype(int)] = True
    up = floor_of(motion)[0]
    lowest, total, count, worst = np.full(frames, np.nan), 0.0, 0, 0.0
    for start in range(0, frames, _BLOCK):
        monitor.check()
        stop = min(frames, start + _BLOCK)
        true = body.vertices(start, stop)
        true = true if detail is None else detail.apply(true)
        use = body.valid[start:stop]
        lowest[start:stop][use] = (true[use] @ (UP if up is None else up)).min(1)
        use = use & measured[start:stop]
        if skin is not None and use.any():
            pose = body.posed(start, stop)
            away = np.linalg.norm(skin.pose(pose.rotations[use], pose.places[use]) - true[use], axis=-1)
            total, count, worst = total + float(away.sum()), count + away.size, max(worst, float(away.max()))
    hips, travels, turn = _hips(motion, body.valid, lowest)
    if in_place:
        hips[:, [0, 2]] *= 0.0  # NaN stays where there is no body
    at_rest = np.array([0.0, float(rest[:, 1].max()), 0.0])
    return Floor(hips, at_rest, total / max(1, count), worst, travels and not in_place, turn)


def _hips(motion: Motion, valid: Array, lowest: Array) -> tuple[Array, bool, Array]:
    known = valid & np.isfinite(motion.root).all(1)
    hips = np.full((len(valid), 3), np.nan)
    if not known.any():
        hips[valid] = 0.0
        hips[valid, 1] = -lowest[valid]
        return hips, False, np.eye(3)
    up, above = floor_of(motion)
    turn = np.eye(3) if up is None else swing(up * FLIP, np.array([0.0, 1.0, 0.0]))
    root = motion.root.astype(np.float64) * FLIP @ turn.T
    root -= root[np.flatnonzero(known)[0]]
    for axis in range(3):
        hips[valid, axis] = np.interp(np.flatnonzero(valid), np.flatnonzero(known), root[known, axis])
    stands = valid & np.isfinite(above)
    if up is None:
        hips[valid, 1] -= np.percentile((hips[:, 1] + lowest)[valid], _FLOOR)
    else:
        above += sole(motion, above, -lowest)
        hips[valid, 1] = np.interp(np.flatnonzero(valid), np.flatnonzero(stands), above[stands])
    return hips, True, turn


def make_tracks(body: MovingBody, floor: Floor, bones: Bones | None = None, axes: Array | None = None) -> Tracks:
    """The body's bones (or, lighter, some of them: ``bones`` with names among the body's) against their parents.

    Args:
        axes: (B, 3, 3) each bone's axes at rest, as columns; the world's unless given.
    """
    bones = bones or body.bones
    axes = np.tile(np.eye(3), (len(bones), 1, 1)) if axes is None else axes
    which = np.array([body.bones.at(name) for name in bones.names])
    parents = np.array(bones.parents)
    frames, count = len(body), len(bones)
    turns, shifts = np.zeros((frames, count, 4), np.float32), np.zeros((frames, count, 3), np.float32)
    for start in range(0, frames, _BLOCK):
        stop = min(frames, start + _BLOCK)
        use = np.flatnonzero(body.valid[start:stop])
        pose = body.posed(start, stop)
        part = Pose(pose.rotations[use][:, which], pose.places[use][:, which])
        turns[start + use], shifts[start + use] = _against_parents(
            part, parents, floor.hips[start:stop][use], axes, floor.turn
        )
    held = held_frames(body.valid)
    turns, shifts = turns[held], shifts[held]
    flips = np.cumprod(np.where((turns[1:] * turns[:-1]).sum(-1) < 0, -1, 1), axis=0)
    turns[1:] *= flips[..., None]
    pivots = body.pivots[which].astype(np.float64) * FLIP
    offset = np.einsum("bji,bj->bi", axes[np.maximum(parents, 0)], pivots - pivots[np.maximum(parents, 0)])
    rest = np.where((parents < 0)[:, None], pivots + floor.rest, offset)
    return Tracks(bones, rest.astype(np.float32), axes, turns, shifts)


def _against_parents(pose: Pose, parents: Array, hips: Array, axes: Array, turn: Array) -> tuple[Array, Array]:
    """(n, B, 4) quaternions and (n, B, 3) shifts against the parents, y up."""
    rotations = turn @ (FLIP[:, None] * pose.rotations.astype(np.float64) * FLIP) @ axes
    places = pose.places.astype(np.float64) * FLIP @ turn.T + hips[:, None]
    root = parents < 0
    back = np.swapaxes(rotations[:, np.maximum(parents, 0)], -1, -2).copy()
    back[:, root] = np.eye(3)
    offset = places - np.where(root[None, :, None], 0.0, places[:, np.maximum(parents, 0)])
    return to_quaternion(back @ rotations), (back @ offset[..., None])[..., 0]


def floor_of(motion: Motion) -> tuple[Array | None, Array]:
    """(3,) float64 the floor's normal, up, in ``Motion``'s axes, ``None`` where no floor is known; and (F,) float64 metres of
    the hips' middle above it, NaN where it or the root is not known."""
    planes = motion.floor.astype(np.float64)
    known = motion.valid & np.isfinite(planes).all(1) & np.isfinite(motion.root).all(1)
    if not known.any():
        return None, np.full(len(motion), np.nan)
    normal = np.median(planes[known, :3], axis=0)
    above = (planes[:, :3] * motion.root).sum(1) - planes[:, 3]
    return normal / np.linalg.norm(normal), np.where(known, above, np.nan)


def sole(motion: Motion, above: Array, lowest: Array) -> float:
    """Metres by which this body's skin reaches below the joints that rest on the floor: constant, so that what sinks or
    hovers in some frames still shows.

    Args:
        above: (F,) of ``floor_of``. lowest: (F,) metres of the skin's lowest point below the hips' middle.
    """
    away = (lowest - above)[motion.contacts.any(1)]
    return float(np.median(away[np.isfinite(away)])) if np.isfinite(away).any() else 0.0


def held_frames(valid: Array) -> Array:
    """(F,) for every frame the nearest earlier valid one, or the first."""
    at = np.where(valid, np.arange(len(valid)), -1)
    at = np.maximum.accumulate(at)
    return np.where(at < 0, np.flatnonzero(valid)[0], at)


def influences(weights: Array, most: int = 8) -> tuple[Array, Array]:
    """(V, 4 or 8) bones and their shares, the strongest first (some readers take only four), rows sum to 1.

    Args:
        weights: (V, B).
    """
    kept = strongest(weights, most)
    width = 4 if (kept > 0).sum(1).max() <= 4 else 8
    kept = np.pad(kept, ((0, 0), (0, max(0, width - kept.shape[1]))))
    order = np.argsort(-kept, axis=1, kind="stable")[:, :width]
    shares = np.take_along_axis(kept, order, 1)
    return np.where(shares > 0, order, 0), shares
