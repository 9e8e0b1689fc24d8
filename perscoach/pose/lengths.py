"""How long the bones of one body are, from the clip: unknowns of the same least squares as the joints' places.

The landmarker's own 3D gives first lengths, but not good ones: limbs that point at the lens come out short, legs long against the
trunk by 5 to 10 per cent, and near a straight knee one per cent of the leg is 16 degrees of the knee. The picture knows better:
a body that moves shows its bones at many slants, and lengths that are wrong leave errors in the picture that no pose removes.
So the proportions (legs, arms, trunk, hips, shoulders) are free, with the first ones as a weak prior. What a picture hardly tells
stays: how a limb splits into its two bones, the foot against the leg, and the size of the body as a whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from perscoach.core.arrays import Array
from perscoach.pose.solver import Solver
from perscoach.pose.views import PARTS, Body, Views

LEG, ARM = (0.506, 0.494), (0.507, 0.493)
"""Thigh and shank in parts of the leg, upper arm and forearm in parts of the arm: the means over the landmarker's three sizes and
four clips. One clip's own split is mostly noise (0.47 to 0.53), and its bones come out of it bent."""

FOOT = (0.102, 0.242, 0.285)
"""Ankle to heel, ankle to toe, heel to toe in parts of the leg (thigh and shank): from the four cameras' triangulation.
The landmarks' own feet are a third to a half too short (0.09 and 0.14 m where 0.22 m was measured)."""

PROPORTION, TRUNK, SPLIT, SOLE = 0.1, 0.05, 0.01, 0.02
"""Deviations of logarithms beforehand: of legs, arms, trunk, hips and shoulders against the first lengths (people's proportions differ
by 5 %, the landmarker is off by as much again); of the trunk's sides against its diagonals; of a limb's two bones
against each other; of a foot against its leg."""

TOGETHER = 0.25
"""Seconds over which the landmarker's errors go together: so many frames count as one against the prior."""

_SIZE = 1e6
"""Weight with which the body's size as a whole stays (the mean logarithm): one camera cannot tell it."""

WINDOW, OVERLAP, SAMPLES = 240, 48, 3
"""Frames solved together; frames that two windows share; windows from which the lengths are taken."""

FIXED, FREE = (0.1, 0.05, 0.03), (0.02, 0.01, 0.005, 0.005, 0.005)
"""Deviation of a bone from its length, metres, step by step: with the first lengths, then with free ones."""


def find_lengths(clip: Views, parts: Sequence[tuple[int, int]]) -> Array:
    """(G,) metres: one length for each of ``views.PARTS``, from a few windows spread over the clip.

    Args:
        parts: the stretches ``[start, stop)`` without a gap or a cut inside.
    """
    body, first = clip.body, first_lengths(clip.joints, parts, clip.body)
    long = [w for a, b in parts for w in windows(a, b) if w[1] - w[0] >= 8]
    if not long:
        return first
    known = _known() * (TOGETHER * clip.fps)
    known[:8, :8] += _SIZE
    found, weights = [], []
    for i in sorted({round(k) for k in np.linspace(0, len(long) - 1, SAMPLES)}):
        a, b = long[i]
        solver = Solver(clip[a:b], body, first)
        for loose in FIXED:
            solver.step(loose)
        for loose in FREE:
            solver.step(loose, known)
        found.append(np.log(solver.lengths))
        weights.append(b - a)
    lengths: Array = np.exp(np.average(found, axis=0, weights=weights))
    return lengths


def first_lengths(joints: Array, parts: Sequence[tuple[int, int]], body: Body) -> Array:
    """(G,) metres: medians over the clip's (F, J, 3) joints; limbs split as ``LEG`` and ``ARM`` say, feet by the leg."""
    lengths = np.zeros(len(PARTS))
    for group in range(len(PARTS)):
        ends = [body.joints[side[body.group == group]] for side in (body.parents, body.children)]
        bones = [np.linalg.norm(joints[a:b, ends[1]] - joints[a:b, ends[0]], axis=2).ravel() for a, b in parts]
        lengths[group] = np.median(np.concatenate(bones))
    for split, (first, second) in ((LEG, ("thigh", "shank")), (ARM, ("upper arm", "forearm"))):
        pair = [PARTS.index(first), PARTS.index(second)]
        lengths[pair] = lengths[pair].sum() * np.array(split)
    leg = lengths[PARTS.index("thigh")] + lengths[PARTS.index("shank")]
    lengths[[PARTS.index(part) for part in ("heel", "toe", "sole")]] = np.array(FOOT) * leg
    return np.maximum(lengths, 0.01)


def _known() -> Array:
    """(G, G): the inverse covariance of the lengths' logarithms beforehand."""
    rows: list[tuple[dict[str, float], float]] = [
        ({"hips": 1}, PROPORTION),
        ({"shoulders": 1}, PROPORTION),
        ({"side": 0.5, "diagonal": 0.5}, PROPORTION),
        ({"side": 1, "diagonal": -1}, TRUNK),
        ({"upper arm": 0.5, "forearm": 0.5}, PROPORTION),
        ({"upper arm": 1, "forearm": -1}, SPLIT),
        ({"thigh": 0.5, "shank": 0.5}, PROPORTION),
        ({"thigh": 1, "shank": -1}, SPLIT),
        *(({part: 1, "thigh": -0.5, "shank": -0.5}, SOLE) for part in ("heel", "toe", "sole")),
    ]
    matrix = np.array([[row.get(part, 0.0) / deviation for part in PARTS] for row, deviation in rows])
    known: Array = matrix.T @ matrix
    return known


def windows(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Stretches of about ``WINDOW`` frames that overlap by ``OVERLAP`` and together cover ``[start, stop)``."""
    count = max(1, -(-(stop - start - OVERLAP) // (WINDOW - OVERLAP)))
    edges = np.linspace(start, stop - OVERLAP if count > 1 else stop, count + 1).round().astype(int)
    for a, b in itertools.pairwise(edges):
        yield int(a), min(stop, int(b) + (OVERLAP if count > 1 else 0))
