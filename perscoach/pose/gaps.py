"""Frames without a body: short gaps are filled, long ones stay; where a movement may be smoothed in one go."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import numpy as np

MAX_FILL = 0.25
"""Seconds. A fast limb swings about 2 Hz: half a period, within which a straight line still tells the truth."""

FILLED_CONFIDENCE = 0.5
"""What is left of the neighbours' confidence in a filled frame."""


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """The stretches ``[start, stop)`` of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def fillable(valid: np.ndarray, fps: float) -> Iterator[tuple[int, int]]:
    """The gaps ``[start, stop)`` that lie between two bodies and last at most ``MAX_FILL`` seconds."""
    for start, stop in runs(~valid):
        if 0 < start and stop < len(valid) and (stop - start) / fps <= MAX_FILL + 1e-9:
            yield start, stop


def fill_gaps(
    valid: np.ndarray, fps: float, arrays: Mapping[str, np.ndarray], cuts: np.ndarray
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Fill short gaps by straight lines between the frames on both sides; never over a cut.

    Args:
        valid: (F,) bool.
        arrays: (F, …) each; ``confidence`` among them is lowered in filled frames.
        cuts: (F,) bool, true where a frame belongs to another shot than the last body before it.

    Returns:
        The new ``valid`` and the filled copies.
    """
    valid, out = valid.copy(), {name: a.copy() for name, a in arrays.items()}
    for start, stop in list(fillable(valid, fps)):
        if cuts[start : stop + 1].any():
            continue
        t = (np.arange(start, stop) - start + 1) / (stop - start + 1)
        for name, array in out.items():
            a, b = array[start - 1], array[stop]
            w = t.reshape(-1, *([1] * a.ndim)).astype(array.dtype)
            array[start:stop] = a + (b - a) * w
            if name == "confidence":
                array[start:stop] = np.minimum(a, b) * FILLED_CONFIDENCE
        valid[start:stop] = True
    return valid, out


def fill_joints(values: np.ndarray, valid: np.ndarray, bad: np.ndarray, fps: float) -> np.ndarray:
    """Replace single rejected joints by straight lines in time.

    Args:
        values: (F, J, D).
        valid: (F,) bool; frames outside are left alone.
        bad: (F, J) bool; a joint that is bad for longer than ``MAX_FILL``, or at an end of its stretch, keeps its value.
    """
    out = values.copy()
    for start, stop in runs(valid):
        for joint in np.flatnonzero(bad[start:stop].any(axis=0)):
            for a, b in fillable(~bad[start:stop, joint], fps):
                a, b = a + start, b + start
                t = ((np.arange(a, b) - a + 1) / (b - a + 1))[:, None]
                out[a:b, joint] = values[a - 1, joint] * (1 - t) + values[b, joint] * t
    return out


def find_cuts(keypoints: np.ndarray, valid: np.ndarray, fps: float) -> np.ndarray:
    """(F,) bool: frames where the body stands elsewhere or has another size than a person's movement explains.

    Args:
        keypoints: (F, J, 2) pixels. The middle of all joints may move by 0.9 body spans (the joints' own spread) at once
            at 30 frames a second, in proportion more at fewer; its size may change by 1.6.
    """
    cuts = np.zeros(len(valid), bool)
    found = np.flatnonzero(valid)
    if len(found) < 2:
        return cuts
    points = keypoints[found].astype(np.float64)
    centre = points.mean(axis=1)
    span = np.sqrt(((points - centre[:, None]) ** 2).sum(axis=2).mean(axis=1)) + 1e-6
    step = np.linalg.norm(np.diff(centre, axis=0), axis=1) / np.minimum(span[1:], span[:-1])
    growth = np.abs(np.diff(np.log(span)))
    seconds = np.diff(found) / fps
    slack = np.maximum(1.0, seconds * 30.0) ** 0.5
    cuts[found[1:]] = (step > 0.9 * slack) | (growth > np.log(1.6) * slack)
    return cuts


def segments(valid: np.ndarray, cuts: np.ndarray) -> list[tuple[int, int]]:
    """The stretches ``[start, stop)`` of bodies without a gap or a cut inside."""
    out: list[tuple[int, int]] = []
    for start, stop in runs(valid):
        edges = [start, *(int(i) for i in np.flatnonzero(cuts[start + 1 : stop]) + start + 1), stop]
        out.extend(itertools.pairwise(edges))
    return out
