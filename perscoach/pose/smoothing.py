"""Zero-phase smoothing of a movement, with one strength.

A Butterworth low-pass run forwards and backwards (D. A. Winter, Biomechanics and Motor Control of Human Movement: the
usual filter of gait laboratories, at 4 to 8 Hz): no lag, a flat pass band, so a squat's lowest point stays where and
as deep as it was. Then bones get their own median length: a camera guesses depth anew in every frame, bones do not grow.
"""

from __future__ import annotations

import itertools

import numpy as np

from perscoach.core.arrays import Array
from perscoach.skeleton import Skeleton

FASTEST, SLOWEST = 12.0, 1.5
"""Hz. The cut-off (-3 dB) as strength goes to 0 and at 1, on a logarithmic scale in between: 5.2 Hz at 0.4."""

FULL_BONES = 0.4
"""From this strength on bones are wholly constant; below, their change in length shrinks in proportion."""

_ORDER = 2
_PASSES = 0.802
"""Two passes of a second order filter lower the cut-off by (sqrt(2) - 1)^(1/4) (Winter); it is raised before by that."""


def cutoff(strength: float) -> float:
    """Hz, for a strength over 0."""
    return FASTEST * (SLOWEST / FASTEST) ** strength


def smooth(values: Array, segments: list[tuple[int, int]], fps: float, strength: float) -> Array:
    """(F, …) smoothed along time inside each segment ``[start, stop)``; frames outside, and strength 0, unchanged.

    A cut-off at or over 0.9 of the half frame rate leaves the values as they are: there is nothing above it to remove.
    """
    nyquist = fps / 2
    design = cutoff(strength) / _PASSES if strength > 0 else np.inf
    if design >= 0.9 * nyquist:
        return values.copy()
    from scipy.signal import butter, sosfiltfilt

    sections = butter(_ORDER, design / nyquist, output="sos")
    reach = max(4, int(np.ceil(1.5 * fps / design)))  # edges are continued by reflection over one and a half periods
    out = values.copy()
    for start, stop in segments:
        part = values[start:stop].astype(np.float64)
        if stop - start < 3 or not np.isfinite(part).all():
            continue
        padded = min(reach, stop - start - 1)
        out[start:stop] = sosfiltfilt(sections, part, axis=0, padtype="odd", padlen=padded)
    return out


def bone_tree(skeleton: Skeleton) -> list[tuple[int, int, int]]:
    """Bones from the hips outwards as (parent, child, mirror of the child), in the order in which they can be laid.

    Parent -1 is the hips' middle, -2 the shoulders'. Joints of the head, hands and feet hang on the nearest limb joint.
    """
    at, joints = skeleton.index, skeleton.joints
    mirror = {a: b for pair in skeleton.pairs for a, b in (pair, pair[::-1])}
    bones: list[tuple[int, int, int]] = []

    def add(parent: int, child: int) -> None:
        bones.append((parent, child, mirror.get(child, child)))

    for i in skeleton.hips:
        add(-1, i)
    for i in skeleton.shoulders:
        add(-2, i)
    for side in ("left", "right"):
        for chain in (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist")):
            for a, b in itertools.pairwise(chain):
                add(at[f"{side}_{a}"], at[f"{side}_{b}"])
    laid = {child for _, child, _ in bones}
    for i, name in enumerate(joints):
        if i in laid:
            continue
        side = "left" if "left" in name else "right" if "right" in name else ""
        if any(word in name for word in ("heel", "foot", "toe")):
            add(at[f"{side}_ankle"], i)
        elif any(word in name for word in ("pinky", "index", "thumb", "finger")):
            add(at[f"{side}_wrist"], i)
        elif any(word in name for word in ("olecranon", "cubital")):
            add(at[f"{side}_elbow"], i)
        else:
            add(-2, i)
    return bones


def constant_bones(joints: Array, valid: Array, skeleton: Skeleton, strength: float) -> Array:
    """(F, J, 3) with every bone as long as its median over the clip, the directions kept.

    Left and right share one length (the median over both sides): the far side of a side view is the worse guess.
    Joints must be centred on the hips' middle; they stay so.
    """
    share = min(1.0, strength / FULL_BONES)
    if share <= 0 or not valid.any():
        return joints.copy()
    source = joints[valid].astype(np.float64)
    hips, shoulders = (source[:, list(pair)].mean(axis=1) for pair in (skeleton.hips, skeleton.shoulders))
    bones = bone_tree(skeleton)
    start = {-1: hips, -2: shoulders}
    vectors = {c: source[:, c] - (start[p] if p < 0 else source[:, p]) for p, c, _ in bones}
    vectors[-2] = shoulders - hips
    lengths = {c: np.linalg.norm(v, axis=1) for c, v in vectors.items()}
    placed = {-1: hips, -2: hips + _with_length(vectors[-2], lengths[-2], lengths[-2], share)}
    for parent, child, twin in bones:
        both = np.concatenate([lengths[child], lengths[twin]])
        placed[child] = placed[parent] + _with_length(vectors[child], lengths[child], both, share)
    out = joints.copy()
    out[valid] = np.stack([placed[j] for j in range(len(skeleton))], axis=1)
    return out


def _with_length(vector: Array, length: Array, among: Array, share: float) -> Array:
    """``vector`` (F, 3) with its length moved by ``share`` towards the median of ``among``."""
    wanted = length + (np.median(among) - length) * share
    return vector * (wanted / np.maximum(length, 1e-9))[:, None]
