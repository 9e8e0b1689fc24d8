"""Where the body is: the hips' middle in camera space, steadied, and held by the feet that stand."""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array
from perscoach.pose.gaps import runs
from perscoach.pose.sam3d.steady import bandwidth
from perscoach.pose.sam3d.steady.pose import bridged
from perscoach.pose.sam3d.steady.whittaker import link, solve, stiffness

_QUIET = 3.0
"""Metres a second²: a depth that wanders by 3 cm twice a second seems to accelerate by that."""

_TIED, _TIED_DEPTH = (0.2, 0.15, 0.4), (0.06, 0.06, 0.12)
"""A standing foot follows what was measured of its place only slower than the first over the seconds that it stands, in
Hz, within the two others: on the picture, and along the line of sight. The picture is seen well, and shows it when body
and film part; depth is not."""

_EVEN = 1.0
"""Hz: what happens between two stands is spread as evenly as a low-pass at this would."""

_ROUNDS, _SLIDES = 3, 0.15
"""How often weights are found anew, and the metres a second at which a standing point counts half."""

_FILL = 0.4
_TINY = 1e-7


def smooth_root(hips: Array, good: Array, left: Array, fps: float, strength: float) -> Array:
    """(n, 3) the path of the hips' middle, in the picture's directions and in depth apart.

    Args:
        hips: (n, 3) metres, camera space; anything where not ``good``.
        left: (n,) what is left of the smoothing in fast turns.
        strength: 0 only fills.
    """
    safe = np.where(good[:, None], hips, hips[np.flatnonzero(good)[0]])
    typical = float(np.median(safe[good, 2]))
    seen = np.concatenate([safe[:, :2] / safe[:, 2:], np.log(safe[:, 2:])], 1)
    weights, used = good.astype(float), strength if strength > 0 else _FILL
    sideways = bandwidth.cutoffs(seen[:, :2], weights, fps, bandwidth.SIDEWAYS, used)
    depth = bandwidth.cutoffs(seen[:, 2:], weights, fps, bandwidth.DEPTH, used, quiet=_QUIET / typical)
    flat = solve(seen[:, :2], weights, np.maximum(stiffness(sideways, fps) * left, _TINY))
    far = solve(seen[:, 2:], weights, np.maximum(stiffness(depth, fps) * left, _TINY))
    smooth = np.concatenate([flat, far], 1)
    if strength == 0:
        smooth = bridged(seen, smooth, good)
    z = np.exp(smooth[:, 2:])
    out = np.concatenate([smooth[:, :2] * z, z], 1)
    return np.where(good[:, None], hips, out) if strength == 0 else out


def hold_feet(hips: Array, points: Array, weights: Array, fps: float, strength: float) -> Array:
    """(n, 3) the path moved so that standing feet stay: as little as possible, evenly from one stand to the next.

    Depth is moved first and the rest along the line of sight with it, so that the picture stays; then the rest. Where not
    all points can stay (feet that turn), those that agree count more: weights are found anew from what still slides.

    Args:
        hips: (n, 3) smoothed. points: (n, 4, 3) heels and toes about the hips' middle. weights: (n, 4) 0..1.
        strength: over 0; from 0.2 on feet are held wholly.
    """
    both = np.minimum(weights[1:], weights[:-1])
    if len(hips) < 3 or not both.any():
        return hips
    lasting, out = _lasting(both > 0, fps), hips
    for _ in range(_ROUNDS):
        slide = np.linalg.norm(np.diff(out, axis=0)[:, None] + np.diff(points, axis=0), axis=2) * fps
        doubted = both / (1 + (slide / _SLIDES) ** 2)
        far = _held(hips, points, doubted, slice(2, 3), lasting, _TIED_DEPTH, fps, strength)
        along = np.concatenate([hips[:, :2] * far / hips[:, 2:], far], 1)
        out = np.concatenate([_held(along, points, doubted, slice(0, 2), lasting, _TIED, fps, strength), far], 1)
    return out


def _held(
    path: Array,
    points: Array,
    both: Array,
    axes: slice,
    lasting: Array,
    tied: tuple[float, float, float],
    fps: float,
    strength: float,
) -> Array:
    total = both.sum(1)
    slide = np.diff(path[:, axes], axis=0)[:, None] + np.diff(points[..., axes], axis=0)
    steps = -(both[..., None] * slide).sum(1) / np.maximum(total, 1e-9)[:, None]
    firm = link(np.clip(tied[0] / lasting, tied[1], tied[2]), fps) * np.minimum(total, 1.0) * min(1.0, strength / 0.2)
    zero = np.zeros_like(path[:, axes])
    return np.asarray(path[:, axes] + solve(zero, np.ones(len(path)), stiffness(_EVEN, fps), firm, steps))


def _lasting(stands: Array, fps: float) -> Array:
    """(n,) seconds that the longest of the stands (n, 4) around each frame lasts in all; 1 where nothing stands."""
    out = np.zeros(len(stands))
    for column in stands.T:
        for start, stop in runs(column):
            out[start:stop] = np.maximum(out[start:stop], (stop - start) / fps)
    return np.where(out > 0, out, 1.0)
