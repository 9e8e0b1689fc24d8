"""One window of the fit: Gauss-Newton over all of its frames at once (``perscoach.pose.fit`` says what is solved)."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solveh_banded

from perscoach.core.arrays import Array
from perscoach.motion import CONTACTS
from perscoach.pose.floor import FEET, RADIUS, Floor, find_floor
from perscoach.pose.views import PARTS, Body, Seen

DIRECTION = 0.5, 0.7
"""Deviation of a measured direction, radians: of limbs, and of feet, whose landmarks are worst."""

FLAT, HEIGHT, STILL = 0.15, 0.03, 0.002
"""Deviations of what rests on the floor: radians of a foot off its plane, metres off its height, metres a second of sliding."""

PIN = 0.001
"""Metres of deviation of pinned frames."""

LIMIT = 0.1
"""How far (sine of the angle) a knee or an elbow may bend backwards, and the deviation beyond that: knees give by 5 to 10°."""

OVERHEAD = -0.5
"""Cosine between an upper arm and the body's downward axis, under which it is raised too far to tell which way its elbow
turns."""

LONGER = 0.05
"""How much longer or shorter (logarithm) a bone may become in one step."""

_DAMPING = 100.0  # 1/m²: a step of 0.1 m in one iteration costs one unit (Levenberg)
_LEAST_DEPTH = 0.3


class Solver:
    """Gauss-Newton over one window; ``x`` (F, N, 3) is the answer so far, metres in camera space."""

    def __init__(self, seen: Seen, body: Body, lengths: Array) -> None:
        self.seen, self.body, self.lengths = seen, body, lengths.copy()
        self._first = lengths
        self.floor: Floor | None = None
        self._pinned = np.zeros((0, len(body.joints), 3)), np.zeros((0, len(CONTACTS)), bool)
        vectors = seen.joints[:, body.children] - seen.joints[:, body.parents]
        self._directions = vectors / np.maximum(np.linalg.norm(vectors, axis=2, keepdims=True), 1e-9)
        limb, foot = DIRECTION
        self._deviation = np.where(np.isin(body.group, [PARTS.index(p) for p in ("heel", "toe", "sole")]), foot, limb)
        self.x = seen.joints + _place(seen)[:, None]
        self.x[..., 2] = np.maximum(self.x[..., 2], _LEAST_DEPTH)

    def pin(self, x: Array, rest: Array) -> None:
        """Hold the first frames at ``x`` (P, N, 3), with (P, C) what rests in them."""
        self._pinned = x, rest
        self.x[: len(x)] = x

    def step(self, loose: float, proportions: Array | None = None) -> None:
        """One step; bones may be off their lengths by ``loose`` metres.

        Args:
            proportions: (G, G) how surely the logarithms of the lengths are known beforehand (inverse covariance). With it the
                lengths are unknowns like the joints' places; without it they stay.
        """
        frames, count, _ = self.x.shape
        blocks, slope = np.zeros((frames, count, 3, count, 3)), np.zeros((frames, count, 3))
        self._add_picture(blocks, slope)
        border, own, pull = self._add_bones(blocks, slope, loose)
        couple = self._add_motion(slope)
        if self.floor is not None:
            self._add_floor(blocks, slope)
        self._add_limits(blocks, slope)
        self._add_pins(blocks, slope)
        still = self._add_still(slope)
        right = slope.reshape(-1, 1) if proportions is None else np.column_stack([slope.reshape(-1), border])
        solved = _solve(blocks.reshape(frames, 3 * count, 3 * count), right, couple, still)
        move = -solved[:, 0]
        if proportions is not None:  # Schur's complement: the places are eliminated, the lengths remain
            own = own + proportions
            pull = pull + proportions @ np.log(self.lengths / self._first)
            longer = np.linalg.solve(own - border.T @ solved[:, 1:], border.T @ solved[:, 0] - pull)
            longer = np.clip(longer, -LONGER, LONGER)
            move -= solved[:, 1:] @ longer
            self.lengths *= np.exp(longer)
        self.x += (move * min(1.0, 0.5 / max(float(np.abs(move).max()), 1e-9))).reshape(self.x.shape)
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

    def _add_bones(self, blocks: Array, slope: Array, loose: float) -> tuple[Array, Array, Array]:
        """Also the part of the lengths' logarithms: (3FN, G) with the places, (G, G) with each other, (G,) their gradient."""
        a, b, length = self.body.parents, self.body.children, self.lengths[self.body.group]
        vectors = self.x[:, b] - self.x[:, a]
        size = np.linalg.norm(vectors, axis=2)
        along = vectors / np.maximum(size, 1e-9)[..., None]
        turned = vectors / length[:, None] - self._directions
        off = np.linalg.norm(turned, axis=2) / self._deviation
        weight = self.seen.prior[:, None] / (self._deviation**2 * np.maximum(off, 1.0))  # Huber
        stiff = 1.0 / loose**2
        matrix = np.einsum("fbi,fbk->fbik", along, along) * stiff
        matrix += np.eye(3) * (weight / length**2)[..., None, None]
        pull = along * ((size - length) * stiff)[..., None] + turned * (weight / length)[..., None]
        border, own, gradient = np.zeros((*self.x.shape, len(PARTS))), np.zeros(len(PARTS)), np.zeros(len(PARTS))
        scaled = vectors / length[:, None]
        cross = -along * (stiff * length)[:, None] - scaled * (weight / length)[..., None]
        for k, (i, j, g) in enumerate(zip(a, b, self.body.group, strict=True)):
            _join(blocks, slope, i, j, matrix[:, k], pull[:, k])
            border[:, j, :, g] += cross[:, k]
            border[:, i, :, g] -= cross[:, k]
            own[g] += len(size) * stiff * length[k] ** 2 + (weight[:, k] * (scaled[:, k] ** 2).sum(axis=1)).sum()
            gradient[g] -= stiff * length[k] * (size[:, k] - length[k]).sum()
            gradient[g] -= (weight[:, k] * (turned[:, k] * scaled[:, k]).sum(axis=1)).sum()
        return border.reshape(-1, len(PARTS)), np.diag(own), gradient

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
        for heel, toe in FEET if floor.stands else ():
            weight = (floor.rest[:, heel] & floor.rest[:, toe]) / (sole * FLAT) ** 2
            i, j = self.body.rests[[heel, toe]]
            tilt = (self.x[:, j] - self.x[:, i]) @ floor.up
            _join(blocks, slope, i, j, weight[:, None, None] * plane, (weight * tilt)[:, None] * floor.up)
        if floor.level:
            for part, joint in enumerate(self.body.rests):
                over = self.x[:, joint] @ floor.up - floor.height - RADIUS[part]
                weight = (floor.rest[:, part] | (over < 0)) / HEIGHT**2  # nothing lies under the floor
                blocks[:, joint, :, joint, :] += weight[:, None, None] * plane
                slope[:, joint] += (weight * over)[:, None] * floor.up

    def _add_limits(self, blocks: Array, slope: Array) -> None:
        """Knees and elbows that bend backwards are pushed back, with the way that they bend taken from the present answer."""
        for (_, middle, end), way in zip(self.body.hinges, self._ways(), strict=True):
            vector = self.x[:, end] - self.x[:, middle]
            size = np.maximum(np.linalg.norm(vector, axis=1), 1e-9)
            short = np.maximum(-LIMIT - (vector * way).sum(axis=1) / size, 0.0)
            weight = np.where(short > 0, 1.0 / (LIMIT * size) ** 2, 0.0)
            matrix = weight[:, None, None] * np.einsum("fi,fk->fik", way, way)
            _join(blocks, slope, middle, end, matrix, -(weight * short * size)[:, None] * way)

    def _add_pins(self, blocks: Array, slope: Array) -> None:
        pinned, _ = self._pinned
        own = np.arange(len(self.body.joints))
        blocks[: len(pinned), own, :, own, :] += np.eye(3) / PIN**2
        slope[: len(pinned)] += (self.x[: len(pinned)] - pinned) / PIN**2

    def _ways(self) -> list[Array]:
        """(F, 3) for each of the body's hinges: which way its lower limb goes when it bends.

        A shank goes to the back, square to the thigh and to the hips' axis. A forearm goes where the chest's front comes
        when an arm that hangs down is turned to where the upper arm is; an arm that is raised overhead has no such way (0).
        """
        left_shoulder, right_shoulder, left_hip, right_hip = (self.x[:, i] for i in self.body.torso[:4])
        left = _unit(left_hip - right_hip)
        down = _unit(left_hip + right_hip - left_shoulder - right_shoulder)
        front = _unit(np.cross(down, _unit(left_shoulder - right_shoulder)))
        ways = []
        for index, (upper, middle, _) in enumerate(self.body.hinges):
            limb = _unit(self.x[:, middle] - self.x[:, upper])
            if index >= 2:
                ways.append(_unit(np.cross(left, limb)))
                continue
            # the smallest turn from ``down`` to ``limb``, applied to ``front`` (Rodrigues)
            cosine, axis = (down * limb).sum(axis=1, keepdims=True), np.cross(down, limb)
            along = (axis * front).sum(axis=1, keepdims=True)
            turned = front * cosine + np.cross(axis, front) + axis * along / np.maximum(1 + cosine, 0.1)
            ways.append(_unit(turned) * (cosine > OVERHEAD))
        return ways

    def _add_still(self, slope: Array) -> Array:
        """(F, N) weights between a frame and the next for points that do not slide; their slope is added."""
        still = np.zeros(self.x.shape[:2])
        if self.floor is not None:
            both = self.floor.rest[:-1] & self.floor.rest[1:]
            still[:-1, self.body.rests] = both * (self.seen.fps / STILL) ** 2
            slide = (self.x[1:] - self.x[:-1]) * still[:-1, :, None]
            slope[1:] += slide
            slope[:-1] -= slide
        return still

    def find_floor(self, up: Array | None = None) -> None:
        """What rests on the floor now, and where that is; ``up`` (3,) where an earlier window has found it."""
        seen, body = self.seen, self.body
        self.floor = find_floor(self.x, seen.points, seen.sure, body.rests, body.torso, seen.fps, seen.focal, up)
        if self.floor is not None:
            rest = self._pinned[1]
            self.floor.rest[: len(rest)] = rest


def _unit(vectors: Array) -> Array:
    result: Array = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
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


def _solve(blocks: Array, right: Array, couple: Array, still: Array) -> Array:
    """(3FN, K): the answers to K right sides of one symmetric banded system over all frames.

    Args:
        blocks: (F, 3N, 3N) within a frame; couple: (3, F), see ``_add_motion``; still: (F, N), see ``_add_still``.
        right: (3FN, K).
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
    solved: Array = solveh_banded(band, right, overwrite_ab=True, check_finite=False)
    return solved
