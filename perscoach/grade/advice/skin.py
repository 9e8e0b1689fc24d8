"""Which of a person's pixels are skin, light or dark, also under coloured light.

Under another light the channels are multiplied, so in the logarithms ``u = log(R / G)`` and ``v = log(B / G)`` of linear
light a cast is one shift of everything, and exposure changes nothing. Blood and melanin take blue away more than green
and green more than red, so of the places on one body the bare ones have the highest ``u - v / 2``, whatever the cast.
The places come from the body's landmarks (cheeks, forearms, hands, shins); the pixels that are coloured alike are skin.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from perscoach.core.arrays import Array
from perscoach.grade import reference

Seeds = dict[str, Array]
"""Pixels (n, 3) in 0..1 sRGB by place of the body."""

# Landmarks of MediaPipe's pose (BlazePose): lines along which a place's pixels are taken, as (from, to, start, end).
_LINES: dict[str, tuple[tuple[int, int, float, float], ...]] = {
    "face": (
        (7, 9, 0.3, 0.8),
        (8, 10, 0.3, 0.8),
        (7, 0, 0.3, 0.7),
        (8, 0, 0.3, 0.7),
        (3, 9, 0.3, 0.7),
        (6, 10, 0.3, 0.7),
    ),
    "left arm": ((13, 15, 0.3, 0.9),),
    "right arm": ((14, 16, 0.3, 0.9),),
    "left hand": ((15, 19, 0.1, 0.8),),
    "right hand": ((16, 20, 0.1, 0.8),),
    "left leg": ((25, 27, 0.1, 0.7),),
    "right leg": ((26, 28, 0.1, 0.7),),
}
_STEPS = 9  # places along a line
_SEEN = 0.3  # MediaPipe's visibility below which a limb is taken as hidden
_FLOOR = 0.004  # linear light added before the logarithm, about one code of 255 in the dark
_BURNT = 0.98  # a channel from here on may be clipped: its ratio tells nothing
_FEWEST = 24  # pixels that make a place count
_FACE_FIRST = 0.3  # the face is believed unless another place is barer by this much: then it is turned away
_BARE = 0.12  # of u - v / 2, below which a place is too grey to be skin; skin in white light has 0.6 to 1.3
_LOCUS = (0.62, -0.55, 0.16, 0.22)  # u, v and their spread for skin in about white light, where no landmark helps
_LEAST_SHARE = 0.01


def seeds_of(rgb: Array, inside: Array, points: Array) -> Seeds:
    """The pixels of places that may be bare.

    Args:
        rgb: (H, W, 3) uint8.
        inside: (H, W) bool, the person.
        points: (33, 3): x and y in pixels, and visibility in 0..1.
    """
    out: Seeds = {}
    for place, lines in _LINES.items():
        found = [
            _along(rgb, inside, points[a, :2], points[b, :2], start, end)
            for a, b, start, end in lines
            if place == "face" or min(points[a, 2], points[b, 2]) >= _SEEN
        ]
        pixels = np.concatenate(found) if found else np.zeros((0, 3))
        if len(pixels):
            out[place] = pixels
    return out


def _along(rgb: Array, inside: Array, a: Array, b: Array, start: float, end: float) -> Array:
    """(n, 3) pixels of small squares along a line, 0..1."""
    half = max(1, round(0.06 * float(np.hypot(*(b - a)))))
    height, width = inside.shape
    taken = []
    for t in np.linspace(start, end, _STEPS):
        if not np.isfinite(a + b).all():
            continue
        x, y = (round(float(v)) for v in a + (b - a) * t)
        rows, columns = (
            slice(max(0, y - half), min(height, y + half + 1)),
            slice(max(0, x - half), min(width, x + half + 1)),
        )
        if rows.start < rows.stop and columns.start < columns.stop:
            taken.append(rgb[rows, columns][inside[rows, columns]])
    return np.concatenate(taken) / 255.0 if taken else np.zeros((0, 3))


def join(parts: list[Seeds]) -> Seeds:
    """The seeds of several frames together."""
    places = {place for part in parts for place in part}
    return {place: np.concatenate([part[place] for part in parts if place in part]) for place in sorted(places)}


def skin_of(pixels: Array, seeds: Mapping[str, Array]) -> Array:
    """Which pixels are skin.

    Args:
        pixels: (n, 3) sRGB in 0..1, the person's.
        seeds: what ``seeds_of`` found; empty where no landmarks are known, then skin in about white light is looked for.

    Returns:
        (n,) bool; nothing true where there is no skin to be seen.
    """
    ratios, light = ratios_of(pixels)
    whole = {place: values[(values < _BURNT).all(axis=1)] for place, values in seeds.items()}
    bare = _barest({place: ratios_of(values) for place, values in whole.items() if len(values) >= _FEWEST})
    if bare is None:
        if seeds:
            return np.zeros(len(pixels), bool)
        u, v, su, sv = _LOCUS
        found = np.hypot((ratios[:, 0] - u) / su, (ratios[:, 1] - v) / sv) < 2
        found &= light > 0.02
    else:
        middle, spread, at = bare
        found = np.hypot(*((ratios - middle) / spread).T) < 3
        found &= (light > 0.12 * at) & (light < 8 * at)
    return found if found.mean() >= _LEAST_SHARE else np.zeros(len(pixels), bool)


def ratios_of(pixels: Array) -> tuple[Array, Array]:
    """(n, 2) of u and v, and (n,) linear green light, of (n, 3) sRGB."""
    linear = reference.srgb_to_linear(np.clip(pixels, 0, 1)) + _FLOOR
    logs = np.log(linear)
    return np.stack((logs[:, 0] - logs[:, 1], logs[:, 2] - logs[:, 1]), axis=-1), linear[:, 1]


def _barest(places: dict[str, tuple[Array, Array]]) -> tuple[Array, Array, float] | None:
    """The skin's middle (2,) and spread (2,) in u and v, and its light, from the place that is most surely bare."""
    middles = {place: np.median(ratios, axis=0) for place, (ratios, _) in places.items()}
    bareness = {place: float(m[0] - m[1] / 2) for place, m in middles.items()}
    if not bareness:
        return None
    best = max(bareness, key=lambda place: bareness[place])
    if bareness[best] < _BARE:
        return None
    if "face" in bareness and bareness["face"] >= bareness[best] - _FACE_FIRST:
        best = "face"
    alike = [p for p in places if np.hypot(*(middles[p] - middles[best])) < 0.25]
    ratios = np.concatenate([places[p][0] for p in alike])
    light = np.concatenate([places[p][1] for p in alike])
    middle = np.median(ratios, axis=0)
    spread = np.clip(1.4826 * np.median(np.abs(ratios - middle), axis=0), 0.07, 0.2)
    return middle, spread, float(np.median(light))
