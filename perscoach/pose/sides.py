"""Which side is left: exchanged limbs are put right over the whole clip, on the raw landmarks, before any smoothing.

A landmarker that sees a body from behind or in profile may call its left side right for a second, at full confidence. No
frame alone tells; the way from frame to frame does, because a limb that is called the other one seems to jump across the
body. The cheapest labelling of all frames is found by dynamic programming (Viterbi) over four states a frame.

Which of the two labellings of a stretch is the right one, its anatomy tells: knees bend one way, and toes lie before the
ankle. Where left and right are exchanged the hinges of the legs seem to turn the other way, or not at all.
"""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array
from perscoach.skeleton import Skeleton

REACH_M = 0.10
"""Metres in 3D that cost one unit: the width of a limb; one frame's movement stays under it."""

REACH_SPAN = 0.10
"""The same in the picture, in parts of the body's span (root mean square distance of its joints from their middle)."""

MOST = 3.0
"""A joint's largest cost: one landmark that is lost altogether does not decide for the others."""

CHANGED = 0.02, 0.03, 0.03
"""Cost per frame of the states *both*, *legs* and *arms exchanged*: the landmarker is right most of the time, so where
nothing else tells the majority decides."""

HINGES, UNSURE = 0.3, 0.35
"""Cost per frame of legs whose hinges turn the wrong way; the mean hinge (``_hinges``) that tells nothing. It was 0.65 where
sides were right and 0.1 where they were exchanged, for all sizes of MediaPipe's landmarker."""

TWIST = 0.3
"""Cost per frame of shoulders that are turned against the hips by half a turn."""

_BLOCK = 512
"""Frames looked at together, so that a long clip takes no more memory than a short one."""

_LEGS = ("hip", "knee", "ankle", "heel", "foot", "toe")
_LIMBS = ("shoulder", "elbow", "wrist", *_LEGS)


def orders(skeleton: Skeleton) -> Array:
    """(4, J) int: the joints in the order of each state: as measured, everything, the legs, the rest exchanged."""
    pairs = {leg: [p for p in skeleton.pairs if is_leg(skeleton.joints[p[0]]) is leg] for leg in (True, False)}
    out = np.tile(np.arange(len(skeleton)), (4, 1))
    for state, chosen in enumerate(([], pairs[True] + pairs[False], pairs[True], pairs[False])):
        for a, b in chosen:
            out[state, [a, b]] = b, a
    return out


def is_leg(joint: str) -> bool:
    """Whether a joint belongs to the legs and hips."""
    return any(word in joint for word in _LEGS)


def find_sides(
    joints: Array, keypoints: Array, valid: Array, cuts: Array, skeleton: Skeleton, confidence: Array | None = None
) -> Array:
    """The state of every frame, (F,) int, an index into ``orders``; 0 where nothing is known.

    Args:
        joints: (F, J, 3) metres, centred on the hips' middle.
        keypoints: (F, J, 2) pixels.
        valid: (F,) bool; frames in between are stepped over.
        cuts: (F,) bool, true where another shot begins: the labels on both sides do not depend on each other.
        confidence: (F, J) 0..1; legs that are not seen tell nothing. 1 unless given.
    """
    states = np.zeros(len(valid), int)
    found = np.flatnonzero(valid)
    shots = np.split(found, np.flatnonzero(cuts[found])) if len(found) else []
    for shot in shots:
        if len(shot) > 1:
            span = _span(keypoints, shot)
            steps, own = np.zeros((len(shot) - 1, 4, 4)), np.zeros((len(shot), 4))
            for start in range(0, len(shot), _BLOCK):
                frames = shot[start : start + _BLOCK + 1]
                trust = np.ones(joints[frames].shape[:2]) if confidence is None else confidence[frames]
                own[start : start + len(frames)] = _own_costs(joints[frames], trust, skeleton)
                steps[start : start + len(frames) - 1] = _costs(joints[frames], keypoints[frames], span, skeleton)
            states[shot] = _cheapest(steps, own)
    return states


def _span(keypoints: Array, frames: Array) -> float:
    """Pixels: the median spread (root mean square distance of the joints from their middle) over ``frames``."""
    spread = np.zeros(len(frames))
    for start in range(0, len(frames), _BLOCK):
        points = keypoints[frames[start : start + _BLOCK]].astype(np.float64)
        spread[start : start + len(points)] = points.var(axis=1).sum(axis=1)
    return float(np.median(np.sqrt(spread))) + 1e-6


def exchange(arrays: tuple[Array, ...], states: Array, skeleton: Skeleton) -> None:
    """Reorder the joints of every (F, J, …) array in place, as ``find_sides`` says."""
    table = orders(skeleton)
    for frame in np.flatnonzero(states):
        for array in arrays:
            array[frame] = array[frame, table[states[frame]]]


def _costs(joints: Array, keypoints: Array, span: float, skeleton: Skeleton) -> Array:
    """(F - 1, 4, 4): what it costs to go from a state in one frame to a state in the next."""
    limbs = [i for i, name in enumerate(skeleton.joints) if any(part in name for part in _LIMBS)]
    table = orders(skeleton)[:, limbs]
    cost = np.zeros((len(joints) - 1, 4, 4))
    for values, unit in ((joints, REACH_M), (keypoints, REACH_SPAN * span)):
        for before in range(4):
            for after in range(4):
                step = values[1:, table[after]] - values[:-1, table[before]]
                cost[:, before, after] += np.minimum(np.linalg.norm(step, axis=2) / unit, MOST).mean(axis=1)
    return cost


def _own_costs(joints: Array, trust: Array, skeleton: Skeleton) -> Array:
    """(F, 4): what each state costs by itself."""
    hinges, sure = _hinges(joints, trust, skeleton)
    wrong = HINGES * sure * (0.5 - 0.5 * np.clip((hinges - UNSURE) / (1 - UNSURE) * 2, -1, 1))
    right = HINGES * sure - wrong
    across = [joints[:, a] - joints[:, b] for a, b in (skeleton.hips, skeleton.shoulders)]
    along = TWIST * 0.5 * (1 - (_unit(across[0]) * _unit(across[1])).sum(axis=1))
    against = TWIST - along
    # as measured, all, the legs, the rest exchanged
    cost: Array = np.stack([wrong + along, right + along, right + against, wrong + against], 1) + np.array(
        [0, *CHANGED]
    )
    return cost


def _hinges(joints: Array, trust: Array, skeleton: Skeleton) -> tuple[Array, Array]:
    """(F,) how far knees and ankles turn about the hips' axis the way they do, -1..1, and how surely they are seen, 0..1.

    With x to the body's left, a knee that bends turns about +x from thigh to shank, and an ankle about -x from shank to foot.
    """
    at = skeleton.index
    toe = "foot_index" if "left_foot_index" in at else "big_toe"
    axis = _unit(joints[:, skeleton.hips[0]] - joints[:, skeleton.hips[1]])
    turns, sure = [], []
    for side in ("left", "right"):
        hip, knee, ankle, heel, tip = (at[f"{side}_{part}"] for part in ("hip", "knee", "ankle", "heel", toe))
        thigh, shank, foot = (_unit(joints[:, b] - joints[:, a]) for a, b in ((hip, knee), (knee, ankle), (heel, tip)))
        turns += [(np.cross(thigh, shank) * axis).sum(axis=1), -(np.cross(shank, foot) * axis).sum(axis=1)]
        sure += [trust[:, i] for i in (knee, ankle, tip)]
    return np.mean(turns, axis=0), np.mean(sure, axis=0)


def _unit(vectors: Array) -> Array:
    result: Array = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return result


def _cheapest(cost: Array, own: Array) -> Array:
    """(F,) int: the states of the cheapest way through (F - 1, 4, 4) costs, each frame's (F, 4) own ones added."""
    total, best = own[0], np.zeros((len(cost), 4), int)
    for i, step in enumerate(cost):
        ways = total[:, None] + step
        best[i] = ways.argmin(axis=0)
        total = ways.min(axis=0) + own[i + 1]
    states = np.zeros(len(cost) + 1, int)
    states[-1] = int(total.argmin())
    for i in range(len(cost) - 1, -1, -1):
        states[i] = best[i, states[i + 1]]
    return states
