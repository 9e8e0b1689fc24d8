"""Frames without a body: short gaps are filled, long ones stay; where a movement may be smoothed in one go."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from perscoach.core.arrays import Array

MAX_FILL = 0.25
"""Seconds. A fast limb swings about 2 Hz: half a period, within which a curve through both sides tells the truth."""

_BLOCK = 1024  # frames read at once

FILLED_CONFIDENCE = 0.5
"""What is left of the neighbours' confidence in a filled frame."""


def runs(flags: Array) -> list[tuple[int, int]]:
    """The stretches ``[start, stop)`` of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def fillable(valid: Array, fps: float) -> Iterator[tuple[int, int]]:
    """The gaps ``[start, stop)`` that lie between two bodies and last at most ``MAX_FILL`` seconds."""
    for start, stop in runs(~valid):
        if 0 < start and stop < len(valid) and (stop - start) / fps <= MAX_FILL + 1e-9:
            yield start, stop


def fill_gaps(valid: Array, fps: float, arrays: Mapping[str, Array], cuts: Array) -> Array:
    """Fill short gaps in place, by cubics that go on with the movement of both sides; never over a cut.

    Args:
        valid: (F,) bool; it stays.
        arrays: (F, …) each; ``confidence`` among them is lowered in filled frames.
        cuts: (F,) bool, true where a frame belongs to another shot than the last body before it.

    Returns:
        The new ``valid``.
    """
    valid = valid.copy()
    for start, stop in list(fillable(valid, fps)):
        if cuts[start : stop + 1].any():
            continue
        for name, array in arrays.items():
            if name == "confidence":
                array[start:stop] = np.minimum(array[start - 1], array[stop]) * FILLED_CONFIDENCE
            else:
                array[start:stop] = _bridge(array, valid & ~cuts, start, stop)
        valid[start:stop] = True
    return valid


def _bridge(array: Array, known: Array, start: int, stop: int) -> Array:
    """(stop - start, …): a cubic Hermite curve from ``start - 1`` to ``stop``.

    The speed at each end is the mean over two frames where they are known: over one, noise would bend the curve.
    """
    a, b, width = array[start - 1], array[stop], stop - start + 1
    before = 2 if start >= 3 and known[start - 3 : start].all() else 0
    after = 2 if stop + 2 < len(array) and known[stop : stop + 3].all() else 0
    speed_a = (a - array[start - 1 - before]) / before if before else (b - a) / width
    speed_b = (array[stop + after] - b) / after if after else (b - a) / width
    t = ((np.arange(start, stop) - start + 1) / width).reshape(-1, *([1] * a.ndim))
    curve = a * (1 + 2 * t) * (1 - t) ** 2 + speed_a * width * t * (1 - t) ** 2
    curve += b * t**2 * (3 - 2 * t) + speed_b * width * t**2 * (t - 1)
    result: Array = curve.astype(array.dtype)
    return result


def fill_joints(values: Array, parts: Sequence[tuple[int, int]], bad: Array, fps: float) -> None:
    """Replace single rejected joints by curves in time, in place.

    Args:
        values: (F, J, D).
        parts: the stretches ``[start, stop)`` without a gap or a cut inside; frames outside are left alone.
        bad: (F, J) bool; a joint that is bad for longer than ``MAX_FILL``, or at an end of its stretch, keeps its value.
    """
    for start, stop in parts:
        for joint in np.flatnonzero(bad[start:stop].any(axis=0)):
            track, good = values[start:stop, joint], ~bad[start:stop, joint]
            for a, b in fillable(good, fps):
                track[a:b] = _bridge(track, good, a, b)


def find_cuts(keypoints: Array, valid: Array, fps: float) -> Array:
    """(F,) bool: frames where the body stands elsewhere or has another size than a person's movement explains.

    Args:
        keypoints: (F, J, 2) pixels. The middle of all joints may move by 0.9 body spans (the joints' own spread) at once
            at 30 frames a second, in proportion more at fewer; its size may change by 1.6.
    """
    cuts = np.zeros(len(valid), bool)
    found = np.flatnonzero(valid)
    if len(found) < 2:
        return cuts
    centre, span = np.zeros((len(found), 2)), np.zeros(len(found))
    for start in range(0, len(found), _BLOCK):
        points = keypoints[found[start : start + _BLOCK]].astype(np.float64)
        centre[start : start + _BLOCK] = points.mean(axis=1)
        span[start : start + _BLOCK] = np.sqrt(points.var(axis=1).sum(axis=1)) + 1e-6
    step = np.linalg.norm(np.diff(centre, axis=0), axis=1) / np.minimum(span[1:], span[:-1])
    growth = np.abs(np.diff(np.log(span)))
    seconds = np.diff(found) / fps
    slack = np.maximum(1.0, seconds * 30.0) ** 0.5
    cuts[found[1:]] = (step > 0.9 * slack) | (growth > np.log(1.6) * slack)
    return cuts


def segments(valid: Array, cuts: Array) -> list[tuple[int, int]]:
    """The stretches ``[start, stop)`` of bodies without a gap or a cut inside."""
    out: list[tuple[int, int]] = []
    for start, stop in runs(valid):
        edges = [start, *(int(i) for i in np.flatnonzero(cuts[start + 1 : stop]) + start + 1), stop]
        out.extend(itertools.pairwise(edges))
    return out
