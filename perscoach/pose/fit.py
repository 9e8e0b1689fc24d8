"""One body for the whole clip: constant bones that reproject onto the picture, feet on the floor, no lag.

A landmarker guesses depth anew in every frame; its 2D points are good to about a centimetre, its 3D is not. Here the limbs'
joints of all frames of a stretch are found together, as the least-squares answer to

* the 2D points, under the lens' perspective (Huber's loss: a point far off counts in proportion, not squared);
* the landmarks' own 3D directions of the bones, as a weak prior;
* one length for each bone, the same left and right, over the whole clip (``perscoach.pose.lengths``);
* small accelerations, which is what smooths: it looks both ways in time, so it has no lag;
* feet at rest: both ends on the floor, flat and still.

Gauss-Newton steps over all frames at once; each is one banded system (``scipy.linalg.solveh_banded``), since a frame
touches only the two on each side. Long clips go in windows, each held to the end of the one before, so memory does not grow with length.

The constants were chosen by their meaning and checked on two calibrated views of one person (truth triangulated from four
cameras): results change by a few per cent when any of them is doubled or halved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from perscoach.core.arrays import Array
from perscoach.motion import CONTACTS, GUESSED
from perscoach.pose.floor import find_floor
from perscoach.pose.lengths import WINDOW, find_lengths, windows
from perscoach.pose.solver import Solver
from perscoach.pose.views import Body, Views, body_of
from perscoach.skeleton import Skeleton

ACCELERATION = 120.0, 20.0, 4.0
"""m/s²: deviation at strength 0, 0.4 and 1. A walking person's joints have 6 on average, a jump's push-off 30."""

PINNED = 24
"""How many of the frames that two windows share the second one takes as they are."""

LOOSE = (0.1, 0.05, 0.03, 0.02, 0.01)
TIGHT = (0.005, 0.003, 0.002, 0.002, 0.002, 0.002)
"""Deviation of a bone from its length, metres, step by step: first loose, so that a body turned inside out can unfold."""


class Fit(NamedTuple):
    """A fitted movement.

    Attributes:
        joints: (F, J, 3) float32 metres, centred on the hips' middle.
        root: (F, 3) float32 metres, the hips' middle in camera space.
        contacts: (F, C) bool, which of ``motion.CONTACTS`` rest on the floor.
        floor: (F, 4) float32, as in ``Motion``.
    """

    joints: Array
    root: Array
    contacts: Array
    floor: Array


def fit_body(
    joints: Array,
    keypoints: Array,
    confidence: Array,
    parts: Sequence[tuple[int, int]],
    skeleton: Skeleton,
    fps: float,
    size: tuple[int, int],
    focal: float,
    strength: float,
    seen: Array | None = None,
    doubt: Array | None = None,
) -> Fit:
    """The joints of every stretch, fitted.

    Args:
        joints: (F, J, 3) metres, centred on the hips' middle; keypoints: (F, J, 2) pixels; confidence: (F, J) 0..1.
        parts: the stretches ``[start, stop)`` of frames with a body, without a gap or a cut inside.
        fps: frames a second; size: (width, height) of the picture; focal: pixels.
        strength: over 0 to 1, how steady.
        seen: (F, J) as in ``Motion``; guessed joints do not pull and do not rest. All measured unless given.
        doubt: (F,) bool, frames whose 3D directions are doubtful. None unless given.

    Returns:
        The fit. Joints that are not fitted (head, hands) keep their place against the shoulders and wrists. Frames outside
        ``parts`` are unchanged, their place is NaN.
    """
    fit = _nothing(joints)
    if not parts:
        return fit
    body = body_of(skeleton)
    acceleration = _acceleration(strength)
    clip = Views(body, joints, keypoints, confidence, seen, doubt, size, fps, focal, acceleration)
    with threadpool_limits(1, user_api="blas"):  # the systems are too narrow for threads to pay
        lengths = find_lengths(clip, parts)
        for start, stop in parts:
            for part, solved, contacts, floor in _stretch(clip, start, stop, lengths):
                fit.joints[part] = _carry(joints[part], solved, body, skeleton)
                fit.root[part] = solved[:, list(body.torso[2:4])].mean(axis=1)
                fit.contacts[part], fit.floor[part] = contacts, floor
    return fit


def find_rest(
    space: Array,
    keypoints: Array,
    seen: Array,
    parts: Sequence[tuple[int, int]],
    skeleton: Skeleton,
    fps: float,
    size: tuple[int, int],
    focal: float,
) -> tuple[Array, Array]:
    """(F, C) contacts and (F, 4) floor, as in ``Fit``, of a movement that is not fitted here.

    Args:
        space: (F, J, 3) metres, camera space; the others as for ``fit_body``. Stretches without a place (NaN) are left out.
    """
    body = body_of(skeleton)
    contacts, floor = np.zeros((len(space), len(CONTACTS)), bool), np.full((len(space), 4), np.nan, np.float32)
    x, points = space[:, body.joints].astype(np.float64), keypoints[:, body.joints] - np.array(size) / 2
    for start, stop in parts:
        up = None
        for a in range(start, stop, WINDOW):
            part = slice(a, min(stop, a + WINDOW))
            if not np.isfinite(x[part]).all():
                continue
            sure = seen[part][:, body.joints] != GUESSED
            found = find_floor(x[part], points[part], sure, body.rests, body.torso, fps, focal, up)
            if found is not None:
                contacts[part], up = found.rest, found.up if found.stands else up
                if found.level:
                    floor[part] = [*found.up, found.height]
    return contacts, floor


def _nothing(joints: Array) -> Fit:
    frames = len(joints)
    contacts = np.zeros((frames, len(CONTACTS)), bool)
    return Fit(
        joints.astype(np.float32),
        np.full((frames, 3), np.nan, np.float32),
        contacts,
        np.full((frames, 4), np.nan, np.float32),
    )


def _acceleration(strength: float) -> float:
    low, middle, high = np.log(ACCELERATION)
    return float(np.exp(np.interp(strength, (0.0, 0.4, 1.0), (low, middle, high))))


def _stretch(clip: Views, start: int, stop: int, lengths: Array) -> Iterator[tuple[slice, Array, Array, Array]]:
    """Window after window: its frames, (n, N, 3) metres in camera space, (n, C) contacts and the floor (4,) or NaN.

    Each window begins with ``PINNED`` frames that are held where the window before has put them, ``PINNED`` frames or more
    from its own end: so what rests on the floor rests in one place through all windows.
    """
    body, up = clip.body, None
    before: tuple[Array, Array] | None = None
    edges = list(windows(start, stop))
    for (a, b), after in zip(edges, [*[a for a, _ in edges[1:]], None], strict=True):
        solver = Solver(clip[a:b], body, lengths)
        if before is not None:
            solver.pin(*before)
        for loose in LOOSE:
            solver.step(loose)
        for loose in TIGHT:
            solver.find_floor(up)
            solver.step(loose)
        kept = 0 if before is None else PINNED
        last = b - a if after is None else after - a + PINNED
        contacts, floor = np.zeros((b - a, len(CONTACTS)), bool), np.full(4, np.nan)
        if solver.floor is not None:
            contacts = solver.floor.rest
            if solver.floor.stands:
                up = solver.floor.up
            if solver.floor.level:
                floor = np.array([*solver.floor.up, solver.floor.height])
        yield slice(a + kept, a + last), solver.x[kept:last], contacts[kept:last], floor
        if after is not None:
            before = solver.x[after - a : last], contacts[after - a : last]


def _carry(joints: Array, solved: Array, body: Body, skeleton: Skeleton) -> Array:
    """(F, J, 3): the fitted joints, centred; all others at their old place against the nearest fitted ones."""
    at = skeleton.index
    fitted = joints.copy()
    fitted[:, body.joints] = solved - solved[:, list(body.torso[2:4])].mean(axis=1, keepdims=True)
    for i, name in enumerate(skeleton.joints):
        if i in set(body.joints.tolist()):
            continue
        side = "left" if "left" in name else "right" if "right" in name else ""
        hand = any(word in name for word in ("pinky", "index", "thumb", "finger"))
        elbow = any(word in name for word in ("olecranon", "cubital"))
        bases = [at[f"{side}_wrist"]] if hand else [at[f"{side}_elbow"]] if elbow else list(skeleton.shoulders)
        fitted[:, i] = joints[:, i] + (fitted[:, bases] - joints[:, bases]).mean(axis=1)
    return fitted
