"""Where a movement is not one movement: cuts of the film, and frames that show no body that was there.

A pair of neighbouring measurements *breaks* where no body could have moved so. What lies between two breaks for a short
time and is not needed to get from one side to the other is an outlier; two long stretches that do not join are two shots.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from perscoach.core.arrays import Array
from perscoach.pose.gaps import find_cuts
from perscoach.skeleton import MHR70

_AT = MHR70.index
CORE = [_AT[n] for n in MHR70.joints[:15]] + [_AT["neck"]]
ENDS = [_AT[f"{s}_{n}"] for s in ("left", "right") for n in ("wrist", "big_toe", "heel")]
_ALL = CORE + ENDS
_SWAPPED = [{a: b for p in MHR70.pairs for a, b in (p, p[::-1])}.get(i, i) for i in _ALL]

_FASTEST = np.array([9.0] * len(CORE) + [15.0] * len(ENDS))
"""Metres a second about the hips: 30 cm a frame at 30 frames a second, and what a punch or a kick reaches."""

_LARGEST = np.array([0.7] * len(CORE) + [1.4] * len(ENDS))
"""Metres, however long it took."""

_NOISE = 0.06
"""Metres that the measurement itself may jump."""

_SPIKE, _SPIKE_ACCELERATION = 0.10, 120.0
"""A single frame is off when a joint lies farther from the middle of its neighbours than this many metres and than this
acceleration (m/s²; the wrist of a boxer reaches some 100) explains."""

_FLIP_GAIN, _FLIP_LEAST = 0.5, 0.10
"""Left and right are exchanged when exchanging them back at least halves a step of at least so many metres."""

_SHORT = 0.25
"""Seconds: what a break must be worth. A shorter stretch that joins neither side is an outlier, a longer one a shot."""

_BACK = 12
"""So many blocks are looked back for one that joins."""

_MOST = 0.34
"""When more of the frames than this would be dropped, it is the rule that does not fit: none is."""

_ODD = 10.0
"""Shape, bone lengths or depth this many robust deviations off are not this person's."""


class Breaks(NamedTuple):
    """``good`` (F,) bool: frames to use; ``parts``: stretches [start, stop) that nothing may cross; their frames are good,
    dropped or missed."""

    good: Array
    parts: list[tuple[int, int]]


def find_breaks(
    joints: Array,
    flat: Array,
    identity: Array,
    depth: Array,
    valid: Array,
    fps: float,
    longest: float,
) -> Breaks:
    """Cuts and outliers.

    Args:
        joints: (F, 70, 3) metres about the hips' middle. flat: (F, 70, 2) the joints on the picture, any unit.
        identity: (F, K) shape and scale. depth: (F,) metres. valid: (F,) bool.
        longest: seconds without a body that are not bridged.
    """
    body = joints[:, _ALL].astype(np.float64)
    mirrored = joints[:, _SWAPPED].astype(np.float64)
    good = valid & ~_odd(identity, depth, valid, find_cuts(flat[:, _ALL], valid, fps), fps)
    filmed = find_cuts(flat[:, _ALL], good, fps)
    dropped = _outliers(body, mirrored, good, filmed, fps)
    if dropped.sum() <= _MOST * max(1, good.sum()):
        good = good & ~dropped
    filmed = find_cuts(flat[:, _ALL], good, fps)
    return Breaks(good, _parts(body, mirrored, good, filmed, fps, longest))


def _breaks(a: Array, b: Array, swapped: Array, seconds: float) -> bool:
    """Whether body ``a`` cannot have become ``b`` in this time; ``swapped`` is ``b`` with left and right exchanged."""
    step = np.linalg.norm(b - a, axis=1)
    if (step > np.minimum(_NOISE + _FASTEST * seconds, _LARGEST)).any():
        return True
    mean, other = float(step.mean()), float(np.linalg.norm(swapped - a, axis=1).mean())
    return mean > _FLIP_LEAST and other < _FLIP_GAIN * mean


def _outliers(body: Array, mirrored: Array, good: Array, filmed: Array, fps: float) -> Array:
    """(F,) bool: what lies off the way that most frames can go, and single spikes."""
    out = np.zeros(len(good), bool)
    blocks: list[list[int]] = []

    def joins(a: int, b: int) -> bool:
        return not filmed[a + 1 : b + 1].any() and not _breaks(body[a], body[b], mirrored[b], (b - a) / fps)

    for i in (int(i) for i in np.flatnonzero(good)):
        if blocks and joins(blocks[-1][-1], i):
            blocks[-1].append(i)
        else:
            blocks.append([i])
    for block in _passed_over(blocks, joins, max(1, round(_SHORT * fps))):
        out[block] = True
    for block in blocks:
        out[_spikes(body, [i for i in block if not out[i]], fps)] = True
    return out


def _passed_over(blocks: list[list[int]], joins: Callable[[int, int], bool], price: int) -> list[list[int]]:
    """The blocks that are not on the best way through the clip: the one with the most frames, less ``price`` frames for
    every step between blocks that do not join (dynamic programming over the blocks)."""
    best: list[tuple[float, int]] = []
    for i, block in enumerate(blocks):
        ways = [(0.0, -1)]
        for j in range(max(0, i - _BACK), i):
            ways.append((best[j][0] - (0 if joins(blocks[j][-1], block[0]) else price), j))
        score, before = max(ways)
        best.append((score + len(block), before))
    kept: set[int] = set()
    at = max(range(len(best)), key=lambda i: best[i][0], default=-1)
    while at >= 0:
        kept.add(at)
        at = best[at][1]
    return [block for i, block in enumerate(blocks) if i not in kept]


def _spikes(body: Array, frames: list[int], fps: float) -> list[int]:
    """Frames of one unbroken stretch in which a joint has left the line of its neighbours and comes back at once."""
    if len(frames) < 5:
        return []
    limit = np.clip(_SPIKE_ACCELERATION / fps**2 / 2, _SPIKE, 0.4)
    time, part = np.array(frames, float), body[frames]
    share = ((time[1:-1] - time[:-2]) / (time[2:] - time[:-2]))[:, None, None]
    off = np.linalg.norm(part[1:-1] - part[:-2] * (1 - share) - part[2:] * share, axis=2)
    close = (time[2:] - time[:-2])[:, None] <= 3
    bad = ((off > np.maximum(limit, 8 * np.median(off, axis=0))) & close).any(axis=1)
    worst = off.max(axis=1)
    # the neighbours of one that is off are off by half of it: only the worst of them goes
    return [frames[i + 1] for i in np.flatnonzero(bad) if worst[i] >= worst[max(0, i - 1) : i + 2].max()]


def _odd(identity: Array, depth: Array, valid: Array, filmed: Array, fps: float) -> Array:
    """(F,) bool: frames with somebody else's body, or a depth that neither the frames before nor those after have."""
    out = np.zeros(len(valid), bool)
    seen = np.flatnonzero(valid)
    if len(seen) < 8:
        return out
    values = identity[seen].astype(np.float64)
    middle = np.median(values, axis=0)
    spread = 1.4826 * np.median(np.abs(values - middle), axis=0) + 1e-6
    away = np.sqrt((((values - middle) / spread) ** 2).mean(1))
    out[seen] = away > _ODD / 2 * np.maximum(1.0, np.median(away))
    shots = np.cumsum(filmed[seen])
    for shot in np.unique(shots):
        inside = seen[shots == shot]
        out[inside] |= _off_depth(depth[inside], fps)
    return out if out.sum() <= _MOST * len(seen) else np.zeros(len(valid), bool)


def _off_depth(depth: Array, fps: float) -> Array:
    """(n,) bool: depths far from the median of those around."""
    logs = np.log(np.maximum(depth.astype(np.float64), 1e-3))
    reach = max(2, round(0.12 * fps))
    around = np.lib.stride_tricks.sliding_window_view(np.pad(logs, reach, mode="edge"), 2 * reach + 1)
    residual = np.abs(logs - np.median(around, axis=1))
    return np.asarray(residual > np.maximum(0.10, _ODD * 1.4826 * np.median(residual)))


def _parts(
    body: Array, mirrored: Array, good: Array, filmed: Array, fps: float, longest: float
) -> list[tuple[int, int]]:
    """[first good frame, last one + 1) of stretches without a cut or a long gap."""
    found = [int(i) for i in np.flatnonzero(good)]
    if not found:
        return []
    edges = [0]
    for k, (a, b) in enumerate(itertools.pairwise(found)):
        gap = (b - a - 1) / fps
        apart = gap > longest + 1e-9 or filmed[b] or filmed[a + 1 : b].any()
        if apart or _breaks(body[a], body[b], mirrored[b], (b - a) / fps):
            edges.append(k + 1)
    edges.append(len(found))
    return [(found[i], found[j - 1] + 1) for i, j in itertools.pairwise(edges)]
