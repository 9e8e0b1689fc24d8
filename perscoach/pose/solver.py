"""One window of the fit: Gauss-Newton over all of its frames at once (``perscoach.pose.fit`` says what is solved)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import solveh_banded

from perscoach.core.arrays import Array
from perscoach.skeleton import Skeleton

DIRECTION = 0.4, 0.7
"""Deviation of a measured direction, radians: of limbs, and of feet, whose landmarks are worst."""

FLAT, HEIGHT, STILL = 0.15, 0.03, 0.005
"""Deviations of a foot at rest: radians off the floor's plane, metres off its height, metres a second of sliding."""

REST_SPEED = 0.25
"""m/s across the view, under which both ends of a foot rest; a stepping foot moves at 1 to 4."""

SPEED_SECONDS = 0.1
"""Speeds are taken over this time to both sides: landmarks of a foot that rests jitter by a centimetre."""

REST_SECONDS = 0.15
"""A shorter rest is the turning point of a swing."""

ON_FLOOR = 0.1
"""Metres above the lowest resting points within which a resting foot stands on the floor; a leg held up does not."""

UPRIGHT = np.cos(np.radians(40))
"""A body whose longest pose leans less than this in the picture stands, and its axis then tells where up is."""

FOLLOW = 0.8
"""How far a length moves from its first value towards what the picture asks for."""

_DAMPING = 100.0  # 1/m²: a step of 0.1 m in one iteration costs one unit (Levenberg)
_LEAST_DEPTH = 0.3


@dataclass(frozen=True)
class Body:
    """Which joints are fitted and the bones between them.

    Attributes:
        joints: (N,) indices into the skeleton; hips, shoulders, arms, legs, feet.
        parents, children: (B,) indices into ``joints``; group: (B,) which length each bone has.
        feet: ((ankle, heel, toe), …) left and right, indices into ``joints``; empty where the skeleton has none.
        torso: indices of left and right shoulder, left and right hip, left and right ankle in ``joints``.
    """

    joints: Array
    parents: Array
    children: Array
    group: Array
    feet: tuple[tuple[int, int, int], ...]
    torso: tuple[int, ...]


PARTS = ("hips", "shoulders", "side", "diagonal", "upper arm", "forearm", "thigh", "shank", "heel", "toe", "sole")


def body_of(skeleton: Skeleton) -> Body:
    """The fitted part of ``skeleton``."""
    toe = "foot_index" if "left_foot_index" in skeleton.index else "big_toe"
    names = [
        f"{side}_{part}"
        for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", toe)
        for side in ("left", "right")
    ]
    at = {name: i for i, name in enumerate(names)}
    bones = [
        ("left_hip", "right_hip", "hips"),
        ("left_shoulder", "right_shoulder", "shoulders"),
        ("left_shoulder", "right_hip", "diagonal"),
        ("right_shoulder", "left_hip", "diagonal"),
    ]
    for s in ("left", "right"):
        chain = ("shoulder", "hip", "side"), ("shoulder", "elbow", "upper arm"), ("elbow", "wrist", "forearm")
        legs = ("hip", "knee", "thigh"), ("knee", "ankle", "shank")
        foot = ("ankle", "heel", "heel"), ("ankle", toe, "toe"), ("heel", toe, "sole")
        bones += [(f"{s}_{a}", f"{s}_{b}", part) for a, b, part in (*chain, *legs, *foot)]
    return Body(
        np.array([skeleton.index[name] for name in names]),
        np.array([at[a] for a, _, _ in bones]),
        np.array([at[b] for _, b, _ in bones]),
        np.array([PARTS.index(part) for _, _, part in bones]),
        tuple((at[f"{s}_ankle"], at[f"{s}_heel"], at[f"{s}_{toe}"]) for s in ("left", "right")),
        tuple(at[f"{s}_{part}"] for part in ("shoulder", "hip", "ankle") for s in ("left", "right")),
    )


@dataclass(frozen=True)
class Seen:
    """What a stretch is fitted to.

    Attributes:
        joints: (F, N, 3) metres, centred on the hips' middle; points: (F, N, 2) pixels from the picture's centre.
        trust: (F, N) weights 0..1; fps: frames a second; focal: pixels; pixel: the deviation of a point, pixels.
        acceleration: m/s².
    """

    joints: Array
    points: Array
    trust: Array
    fps: float
    focal: float
    pixel: float
    acceleration: float

    def __getitem__(self, part: slice) -> Seen:
        return replace(self, joints=self.joints[part], points=self.points[part], trust=self.trust[part])


@dataclass(frozen=True)
class Floor:
    """Where the feet of a stretch rest.

    Attributes:
        up: (3,) the floor's normal; height: metres along it.
        rest: (F, 2) bool, left and right foot.
        level: whether the resting points lie at one height, so that it may be used.
    """

    up: Array
    height: float
    rest: Array
    level: bool


class Solver:
    """Gauss-Newton over one window; ``x`` (F, N, 3) is the answer so far, metres in camera space."""

    def __init__(self, seen: Seen, body: Body, lengths: Array) -> None:
        self.seen, self.body, self.lengths = seen, body, lengths.copy()
        self.floor: Floor | None = None
        vectors = seen.joints[:, body.children] - seen.joints[:, body.parents]
        self._directions = vectors / np.maximum(np.linalg.norm(vectors, axis=2, keepdims=True), 1e-9)
        limb, foot = DIRECTION
        self._deviation = np.where(np.isin(body.group, [PARTS.index(p) for p in ("heel", "toe", "sole")]), foot, limb)
        self.x = seen.joints + _place(seen)[:, None]
        self.x[..., 2] = np.maximum(self.x[..., 2], _LEAST_DEPTH)

    def follow(self, first: Array) -> None:
        """Move the lengths towards what the present answer has; the body's size as a whole stays (one camera cannot tell
        it), and so do the feet."""
        size = np.linalg.norm(self.x[:, self.body.children] - self.x[:, self.body.parents], axis=2)
        free = [i for i, part in enumerate(PARTS) if part not in ("heel", "toe", "sole")]
        for g in free:
            measured = np.median(size[:, self.body.group == g])
            self.lengths[g] = first[g] * (measured / first[g]) ** FOLLOW
        self.lengths[free] *= np.exp(-np.log(self.lengths[free] / first[free]).mean())

    def step(self, loose: float) -> None:
        """One step; bones may be off their lengths by ``loose`` metres."""
        frames, count, _ = self.x.shape
        blocks, slope = np.zeros((frames, count, 3, count, 3)), np.zeros((frames, count, 3))
        self._add_picture(blocks, slope)
        self._add_bones(blocks, slope, loose)
        couple = self._add_motion(slope)
        if self.floor is not None:
            self._add_floor(blocks, slope)
        move = _solve(blocks.reshape(frames, 3 * count, 3 * count), slope, couple, self._add_still(slope))
        self.x += move * min(1.0, 0.5 / max(float(np.abs(move).max()), 1e-9))
        self.x[..., 2] = np.maximum(self.x[..., 2], _LEAST_DEPTH)

    def _add_picture(self, blocks: Array, slope: Array) -> None:
        seen, depth = self.seen, self.x[..., 2]
        seen_at = seen.focal * self.x[..., :2] / depth[..., None]
        error = (seen_at - seen.points) / seen.pixel
        weight = seen.trust / np.maximum(np.linalg.norm(error, axis=2), 1.0)  # Huber
        jacobian = np.zeros((*error.shape, 3))
        jacobian[..., 0, 0] = jacobian[..., 1, 1] = seen.focal / depth
        jacobian[..., 2] = -seen_at / depth[..., None]
        jacobian /= seen.pixel
        own = np.arange(len(self.body.joints))
        blocks[:, own, :, own, :] += np.einsum("fjri,fjrk,fj->jfik", jacobian, jacobian, weight)
        slope += np.einsum("fjri,fjr,fj->fji", jacobian, error, weight)

    def _add_bones(self, blocks: Array, slope: Array, loose: float) -> None:
        a, b, length = self.body.parents, self.body.children, self.lengths[self.body.group]
        vectors = self.x[:, b] - self.x[:, a]
        size = np.linalg.norm(vectors, axis=2)
        along = vectors / np.maximum(size, 1e-9)[..., None]
        turned = vectors / length[:, None] - self._directions
        off = np.linalg.norm(turned, axis=2) / self._deviation
        weight = 1.0 / (self._deviation**2 * np.maximum(off, 1.0))  # Huber
        stiff = 1.0 / loose**2
        matrix = np.einsum("fbi,fbk->fbik", along, along) * stiff
        matrix += np.eye(3) * (weight / length**2)[..., None, None]
        pull = along * ((size - length) * stiff)[..., None] + turned * (weight / length)[..., None]
        for k, (i, j) in enumerate(zip(a, b, strict=True)):
            _join(blocks, slope, i, j, matrix[:, k], pull[:, k])

    def _add_motion(self, slope: Array) -> Array:
        """(3, F): the diagonal and two side diagonals of the accelerations' part, the same for every coordinate."""
        weight = (self.seen.fps**2 / self.seen.acceleration) ** 2
        couple = np.zeros((3, len(self.x)))
        if len(self.x) >= 3:
            bend = (self.x[2:] - 2 * self.x[1:-1] + self.x[:-2]) * weight
            slope[2:] += bend
            slope[1:-1] -= 2 * bend
            slope[:-2] += bend
            couple[0, :-2] += weight
            couple[0, 1:-1] += 4 * weight
            couple[0, 2:] += weight
            couple[1, :-2] -= 2 * weight
            couple[1, 1:-1] -= 2 * weight
            couple[2, :-2] += weight
        return couple

    def _add_floor(self, blocks: Array, slope: Array) -> None:
        floor = self.floor
        if floor is None:
            return
        plane = np.outer(floor.up, floor.up)
        sole = self.lengths[PARTS.index("sole")]
        for foot, (_, heel, toe) in enumerate(self.body.feet):
            rest = floor.rest[:, foot].astype(np.float64)
            weight = rest / (sole * FLAT) ** 2
            tilt = (self.x[:, toe] - self.x[:, heel]) @ floor.up
            _join(blocks, slope, heel, toe, weight[:, None, None] * plane, (weight * tilt)[:, None] * floor.up)
            if floor.level:
                for end in (heel, toe):
                    weight = rest / HEIGHT**2
                    blocks[:, end, :, end, :] += weight[:, None, None] * plane
                    slope[:, end] += (weight * (self.x[:, end] @ floor.up - floor.height))[:, None] * floor.up

    def _add_still(self, slope: Array) -> Array:
        """(F, N) weights between a frame and the next for points that do not slide; their slope is added."""
        still = np.zeros(self.x.shape[:2])
        if self.floor is not None:
            weight = (self.seen.fps / STILL) ** 2
            for foot, (_, heel, toe) in enumerate(self.body.feet):
                both = self.floor.rest[:-1, foot] & self.floor.rest[1:, foot]
                still[:-1, heel] = still[:-1, toe] = both * weight
            slide = (self.x[1:] - self.x[:-1]) * still[:-1, :, None]
            slope[1:] += slide
            slope[:-1] -= slide
        return still

    def find_floor(self) -> None:
        """Where the feet rest now, and where up is; nothing where the person does not stand or no foot rests."""
        up = _up(self.x, self.body)
        rest = np.stack([self._resting(heel, toe) for _, heel, toe in self.body.feet], axis=1)
        if up is None or not rest.any():
            self.floor = None
            return
        ends = [self.x[:, [heel, toe]] @ up for _, heel, toe in self.body.feet]
        heights = np.stack([e.max(axis=1) for e in ends], axis=1)
        ground = float(np.percentile(heights[rest], 20))
        rest &= np.abs(heights - ground) < ON_FLOOR
        if not rest.any():
            self.floor = None
            return
        points = np.concatenate([e[rest[:, i]].reshape(-1) for i, e in enumerate(ends)])
        height = float(np.median(points))
        spread = 1.4826 * float(np.median(np.abs(points - height)))
        self.floor = Floor(up, height, rest, spread < 2 * HEIGHT)

    def _resting(self, heel: int, toe: int) -> Array:
        """(F,) bool: both ends of a foot move slower than ``REST_SPEED``, for at least ``REST_SECONDS``."""
        fps, points = self.seen.fps, self.seen.points[:, [heel, toe]]
        reach = max(1, round(SPEED_SECONDS * fps))
        if len(points) <= 2 * reach:
            return np.zeros(len(points), bool)
        padded = np.pad(points, ((reach, reach), (0, 0), (0, 0)), mode="edge")
        speed = np.linalg.norm(padded[2 * reach :] - padded[: -2 * reach], axis=2) * fps / (2 * reach)
        slow = (speed * self.x[:, [heel, toe], 2] / self.seen.focal).max(axis=1) < REST_SPEED
        edges = np.flatnonzero(np.diff(np.concatenate([[0], slow.astype(np.int8), [0]])))
        for start, stop in edges.reshape(-1, 2):
            if stop - start < REST_SECONDS * fps:
                slow[start:stop] = False
        result: Array = slow
        return result


def _join(blocks: Array, slope: Array, i: int, j: int, matrix: Array, pull: Array) -> None:
    """Add a term in the difference of joints ``j`` and ``i``: matrix (F, 3, 3), gradient (F, 3)."""
    blocks[:, i, :, i, :] += matrix
    blocks[:, j, :, j, :] += matrix
    blocks[:, i, :, j, :] -= matrix
    blocks[:, j, :, i, :] -= matrix
    slope[:, j] += pull
    slope[:, i] -= pull


def _place(seen: Seen) -> Array:
    """(F, 3): where the body's origin stands in camera space, so that its joints fall on their points.

    With u = f (X + tx) / (Z + tz) for a known body, u (Z + tz) = f (X + tx) is linear in t: least squares in each frame.
    """
    rows = np.zeros((*seen.points.shape, 3))
    rows[..., 0, 0] = rows[..., 1, 1] = seen.focal
    rows[..., 2] = -seen.points
    right = seen.points * seen.joints[..., 2:] - seen.focal * seen.joints[..., :2]
    normal = np.einsum("fjri,fjrk,fj->fik", rows, rows, seen.trust)
    normal += np.eye(3) * 1e-6 * np.trace(normal, axis1=1, axis2=2)[:, None, None]
    place: Array = np.linalg.solve(normal, np.einsum("fjri,fjr,fj->fi", rows, right, seen.trust)[..., None])[..., 0]
    return place


def _up(x: Array, body: Body) -> Array | None:
    """(3,) the direction from the ankles to the shoulders in the frames in which the body is longest: there it stands.

    ``None`` where that direction is not upright in the picture: a person who lies or planks does not show where up is.
    """
    shoulders, ankles = x[:, list(body.torso[:2])].mean(axis=1), x[:, list(body.torso[4:])].mean(axis=1)
    axis = shoulders - ankles
    size = np.linalg.norm(axis, axis=1)
    tall = axis[size >= np.percentile(size, 70)]
    up = (tall / np.linalg.norm(tall, axis=1, keepdims=True)).mean(axis=0)
    up /= max(float(np.linalg.norm(up)), 1e-9)
    return up if -up[1] > UPRIGHT else None


def _solve(blocks: Array, slope: Array, couple: Array, still: Array) -> Array:
    """The step (F, N, 3): one symmetric banded system over all frames.

    Args:
        blocks: (F, 3N, 3N) within a frame; couple: (3, F), see ``_add_motion``; still: (F, N), see ``_add_still``.
        slope: (F, N, 3).
    """
    frames, size, _ = blocks.shape
    hold = np.repeat(still, 3, axis=1)
    own = np.arange(size)
    blocks[:, own, own] += couple[0][:, None] + _DAMPING + hold
    blocks[1:, own, own] += hold[:-1]
    band = np.zeros((2 * size + 1, frames * size))
    rows = band.reshape(2 * size + 1, frames, size)
    for offset in range(size):
        rows[2 * size - offset, :, offset:] = blocks[:, own[: size - offset], own[offset:]]
    rows[size, 1:] = couple[1][:-1, None] - hold[:-1]
    rows[0, 2:] = couple[2][:-2, None]
    step: Array = solveh_banded(band, -slope.reshape(-1), overwrite_ab=True, overwrite_b=True, check_finite=False)
    return step.reshape(slope.shape)
