"""One body for the whole clip: constant bones that reproject onto the picture, feet on the floor, no lag.

A landmarker guesses depth anew in every frame; its 2D points are good to about a centimetre, its 3D is not. Here the limbs'
joints of all frames of a stretch are found together, as the least-squares answer to

* the 2D points, under the lens' perspective (Huber's loss: a point far off counts in proportion, not squared);
* the landmarks' own 3D directions of the bones, as a weak prior;
* one length for each bone, the same left and right, over the whole clip;
* small accelerations, which is what smooths: it looks both ways in time, so it has no lag;
* feet at rest: both ends on the floor, flat and still.

Gauss-Newton steps over all frames at once; each is one banded system (``scipy.linalg.solveh_banded``), since a frame
touches only the two on each side. Long clips go in windows that fade into each other, so memory does not grow with length.

The constants were chosen by their meaning and checked on two calibrated views of one person (truth triangulated from four
cameras): results change by a few per cent when any of them is doubled or halved.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from perscoach.core.arrays import Array
from perscoach.pose.solver import PARTS, Body, Seen, Solver, body_of
from perscoach.skeleton import Skeleton

PIXELS = 12.0
"""Deviation of a 2D point, pixels on a picture with the diagonal of 1920 x 1080."""

LEAST_TRUST = 0.03
"""A point's weight is its confidence squared; what the landmarker does not see at all keeps a thousandth, to stay somewhere."""

ACCELERATION = 120.0, 30.0, 4.0
"""m/s²: deviation at strength 0, 0.4 and 1. A walking person's joints have 6 on average, a jump's push-off 30."""

LEG, ARM = (0.245, 0.246), (0.186, 0.146)
"""Thigh and shank, upper arm and forearm in parts of the stature (D. A. Winter, Biomechanics and Motor Control of Human
Movement, after Drillis and Contini)."""

ANTHROPOMETRY = 0.5
"""Weight of Winter's ratios against the clip's own median lengths, which are too short where a limb points at the lens."""

FOOT = (0.102, 0.242, 0.285)
"""Ankle to heel, ankle to toe, heel to toe in parts of the leg (thigh and shank): from the four cameras' triangulation.
The landmarks' own feet are a third to a half too short (0.09 and 0.14 m where 0.22 m was measured)."""

WINDOW, OVERLAP, SAMPLES = 240, 48, 3
"""Frames solved together; frames in which two windows fade into each other; windows from which the lengths are taken."""

LOOSE = (0.1, 0.05, 0.03, 0.02, 0.01)
TIGHT = (0.005, 0.003, 0.002, 0.002, 0.002, 0.002)
"""Deviation of a bone from its length, metres, step by step: first loose, so that a body turned inside out can unfold."""


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
) -> tuple[Array, Array, Array]:
    """The joints of every stretch, fitted.

    Args:
        joints: (F, J, 3) metres, centred on the hips' middle; keypoints: (F, J, 2) pixels; confidence: (F, J) 0..1.
        parts: the stretches ``[start, stop)`` of frames with a body, without a gap or a cut inside.
        fps: frames a second; size: (width, height) of the picture; focal: pixels.
        strength: over 0 to 1, how steady.

    Returns:
        (F, J, 3) float32 metres, centred; (F, 3) float32 metres, the hips' middle in camera space; (F, 2) bool, left and
        right foot at rest. Joints that are not fitted (head, hands) keep their place against the shoulders and wrists.
        Frames outside ``parts`` are unchanged, their place is NaN.
    """
    if not parts:
        return joints.copy(), np.full((len(joints), 3), np.nan, np.float32), np.zeros((len(joints), 2), bool)
    body = body_of(skeleton)
    centre = np.array(size) / 2
    seen = Seen(
        joints[:, body.joints].astype(np.float64),
        keypoints[:, body.joints].astype(np.float64) - centre,
        np.clip(confidence[:, body.joints], LEAST_TRUST, 1.0).astype(np.float64) ** 2,
        fps,
        focal,
        PIXELS * float(np.hypot(*size)) / float(np.hypot(1920, 1080)),
        _acceleration(strength),
    )
    out, rest = joints.astype(np.float64), np.zeros((len(joints), 2), bool)
    root = np.full((len(joints), 3), np.nan)
    with threadpool_limits(1, user_api="blas"):  # the systems are too narrow for threads to pay
        lengths = _lengths(seen, parts, body)
        for start, stop in parts:
            solved, still = _stretch(seen[slice(start, stop)], body, lengths)
            out[start:stop] = _carry(out[start:stop], solved, body, skeleton)
            root[start:stop] = solved[:, list(body.torso[2:4])].mean(axis=1)
            rest[start:stop] = still
    return out.astype(np.float32), root.astype(np.float32), rest


def _acceleration(strength: float) -> float:
    low, middle, high = np.log(ACCELERATION)
    return float(np.exp(np.interp(strength, (0.0, 0.4, 1.0), (low, middle, high))))


def _lengths(seen: Seen, parts: Sequence[tuple[int, int]], body: Body) -> Array:
    """(G,) metres: one length for each group of bones, from a few windows spread over the clip."""
    frames = np.concatenate([np.arange(a, b) for a, b in parts])
    first = _first_lengths(seen.joints[frames], body)
    windows = [w for a, b in parts for w in _windows(a, b) if w[1] - w[0] >= 8]
    if not windows:
        return first
    chosen = [windows[i] for i in sorted({round(k) for k in np.linspace(0, len(windows) - 1, SAMPLES)})]
    found, weights = [], []
    for a, b in chosen:
        solver = Solver(seen[slice(a, b)], body, first)
        for loose in LOOSE:
            solver.step(loose)
            solver.follow(first)
        found.append(np.log(solver.lengths))
        weights.append(b - a)
    lengths: Array = np.exp(np.average(found, axis=0, weights=weights))
    return lengths


def _first_lengths(joints: Array, body: Body) -> Array:
    """(G,) metres: medians over the clip, drawn half-way to Winter's ratios; feet by the leg."""
    size = np.linalg.norm(joints[:, body.children] - joints[:, body.parents], axis=2)
    lengths = np.array([np.median(size[:, body.group == g]) for g in range(len(PARTS))])
    at = {part: i for i, part in enumerate(PARTS)}
    leg = lengths[at["thigh"]] + lengths[at["shank"]]
    for part, share in zip(("thigh", "shank", "upper arm", "forearm"), (*LEG, *ARM), strict=True):
        typical = share / sum(LEG) * leg
        lengths[at[part]] = lengths[at[part]] ** (1 - ANTHROPOMETRY) * typical**ANTHROPOMETRY
    for part, share in zip(("heel", "toe", "sole"), FOOT, strict=True):
        lengths[at[part]] = share * leg
    return np.maximum(lengths, 0.01)


def _windows(start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Stretches of about ``WINDOW`` frames that overlap by ``OVERLAP`` and together cover ``[start, stop)``."""
    count = max(1, -(-(stop - start - OVERLAP) // (WINDOW - OVERLAP)))
    edges = np.linspace(start, stop - OVERLAP if count > 1 else stop, count + 1).round().astype(int)
    for a, b in itertools.pairwise(edges):
        yield int(a), min(stop, int(b) + (OVERLAP if count > 1 else 0))


def _stretch(seen: Seen, body: Body, lengths: Array) -> tuple[Array, Array]:
    """(F, N, 3) metres in camera space and (F, 2) resting feet; windows fade into each other."""
    frames = len(seen.joints)
    total, weight = np.zeros((frames, len(body.joints), 3)), np.zeros(frames)
    rest = np.zeros((frames, 2), bool)
    for a, b in _windows(0, frames):
        solver = Solver(seen[slice(a, b)], body, lengths)
        for loose in LOOSE:
            solver.step(loose)
        for loose in TIGHT:
            solver.find_floor()
            solver.step(loose)
        ramp = np.ones(b - a)
        if a > 0:
            ramp[:OVERLAP] = np.linspace(0, 1, OVERLAP + 2)[1:-1]
        if b < frames:
            ramp[-OVERLAP:] *= np.linspace(1, 0, OVERLAP + 2)[1:-1]
        total[a:b] += solver.x * ramp[:, None, None]
        weight[a:b] += ramp
        if solver.floor is not None:
            rest[a:b] |= solver.floor.rest
    solved: Array = total / weight[:, None, None]
    return solved, rest


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
