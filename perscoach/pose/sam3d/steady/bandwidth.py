"""How much each part of the body is smoothed, when, and at which strength.

A fixed cut-off has to choose between a tremble while standing and a blunt hit. Here every part has two, and moves between
them with its own movement: the cut-off that balances what noise is left against what movement is lost grows with the
movement's acceleration over the noise (the rule for local bandwidths: J. Fan and I. Gijbels, 1996), to the power 2/5.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from perscoach.core.arrays import Array
from perscoach.pose.sam3d.steady.whittaker import solve, stiffness


class Band(NamedTuple):
    """Hz at strength 0+ and at 1, logarithmic in between: while (nearly) still, and in fast movement."""

    still: tuple[float, float]
    fast: tuple[float, float]

    def at(self, strength: float) -> tuple[float, float]:
        """The two cut-offs at a strength over 0."""
        slow, quick = (a * (b / a) ** strength for a, b in (self.still, self.fast))
        return slow, max(slow, quick)


TRUNK = Band((9.0, 0.8), (14.0, 4.0))
LEGS = Band((9.0, 0.8), (16.0, 5.0))
ARMS = Band((10.0, 0.9), (24.0, 8.0))
HANDS = Band((6.0, 0.6), (12.0, 4.0))
TURN = Band((9.0, 0.8), (16.0, 5.0))
SIDEWAYS = Band((8.0, 0.8), (16.0, 4.0))
"""The root in the picture's plane."""
DEPTH = Band((3.0, 0.5), (8.0, 2.5))
"""The root along the line of sight: a single camera sees it worst, and what it sees wanders."""

_PILOT = 6.0
"""Hz, at which movement is looked at before its cut-off is known."""

_AROUND = 0.12
"""Seconds to each side over which the movement is averaged: smoothing is lifted before a hit begins and after it ends."""

_DOUBT = 2.0
"""Movement is what accelerates by more than this times what the noise does behind the pilot filter (squares)."""

_BALANCE = 0.55
"""Times (acceleration² · fps / noise²)^(1/5) is the cut-off in Hz; measured on synthetic movements."""

FADE = (np.radians(300.0), np.radians(600.0))
"""Turning of the root, radians a second, over which smoothing fades to none (450, or 15 degrees a frame at 30 frames a
second, is the middle): what is averaged over a fast turn is a smaller, blunter body."""


def cutoffs(values: Array, weights: Array, fps: float, band: Band, strength: float, quiet: float = 0.0) -> Array:
    """(n,) Hz for one part of the body.

    Args:
        values: (n, K) the part's numbers.
        weights: (n,) 0 where nothing was measured.
        band: between which cut-offs.
        strength: over 0 to 1.
        quiet: an acceleration (units of ``values`` per second²) that counts as noise.
    """
    slow, quick = band.at(strength)
    known = weights > 0
    if len(values) < 5 or known.sum() < 5:
        return np.full(len(values), slow)
    pilot = solve(values, weights, stiffness(_PILOT, fps))
    taken, shaken = _white(_PILOT, fps)
    residual = np.where(known[:, None], values - pilot, np.nan)
    noise = float(((1.4826 * np.nanmedian(np.abs(residual), axis=0)) ** 2).sum()) / taken
    acceleration = ((pilot[2:] - 2 * pilot[1:-1] + pilot[:-2]) ** 2).sum(1) * fps**4
    three = (known[2:] & known[1:-1] & known[:-2]).astype(float)  # a curve across a gap tells nothing of the movement
    doubt = _DOUBT * noise * shaken * fps**4
    moved = np.maximum(_average(np.pad(acceleration, 1), np.pad(three, 1), _AROUND * fps) - doubt - quiet**2, 0.0)
    return np.clip(_BALANCE * (moved * fps / max(noise, 1e-12)) ** 0.2, slow, quick)


@lru_cache(maxsize=8)
def _white(hz: float, fps: float) -> tuple[float, float]:
    """Of white noise of variance 1: the variance of what a low-pass at ``hz`` takes away, and that of the second difference
    of what it leaves."""
    w = np.linspace(0, np.pi, 2049)
    gain = 1 / (1 + float(stiffness(hz, fps)) * (2 * np.sin(w / 2)) ** 4)
    return max(float(((1 - gain) ** 2).mean()), 0.01), float((gain**2 * (2 * np.sin(w / 2)) ** 4).mean())


def _average(values: Array, weights: Array, reach: float) -> Array:
    """A weighted mean over ``reach`` frames to each side, less and less towards both ends (a raised cosine)."""
    half = max(1, round(reach))
    window = np.hanning(2 * half + 3)[1:-1]
    both = [np.convolve(np.pad(a, half), window, mode="valid") for a in (values * weights, weights)]
    return np.asarray(both[0] / np.maximum(both[1], 1e-9))


def fade(turning: Array) -> Array:
    """(n,) 1 .. 0: what is left of the smoothing, from the root's turning in radians a second."""
    low, high = FADE
    part = np.clip((turning - low) / (high - low), 0.0, 1.0)
    result: Array = 1.0 - part * part * (3 - 2 * part)
    return result
