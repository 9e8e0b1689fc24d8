"""The foreground's colour: unmixed from the background in soft pixels, continued smoothly everywhere else.

A soft pixel is a mix, ``I = a F + (1 - a) B``. F and B are first found together at low resolution (multi-level estimation,
T. Germer et al., "Fast Multi-Level Foreground Estimation", ICPR 2020: ``multilevel``), then one fusion step at full
resolution puts the picture's own detail back (M. Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021):
``F = F0 + a (I - a F0 - (1 - a) B0)``.

Where the empty room is known (``Room``), it is B. The fusion step is then weighted by what each part may be off (a Kalman
gain: the person's colour about F0, the picture's noise, alpha's error times the distance of both colours), with an alpha
that is blurred a little: a matte is wrong by about a pixel at its edge, and a pixel that it takes for opaque there still holds
some of the room.

Outside the person F0 goes on as a smooth fill (push-pull) that fades to one grey, which costs the encoder almost nothing; black
or the original background there more than doubles the file. A fill without end changes everywhere in every frame: it
costs VP9 two fifths and HEVC a sixth more CPU, and a twentieth more file, than one that fades (measured in a grainy gym).
"""

# mypy: disable-error-code="no-untyped-def, call-arg"

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from perscoach.core.arrays import Array
from perscoach.core.checks import check_array, check_choice
from perscoach.matting.boxes import Part, part_of
from perscoach.matting.refine.edges import scale_of

_FACTOR = {"draft": 4, "standard": 4, "archive": 2}
"""By how much the first guess is smaller than the picture; 2 costs twice the time for a little less error."""

_FINER = {"draft": 4, "standard": 2, "archive": 2}
"""The same where the room is known: F0 then counts for more."""

SPREAD = 1.6
"""Standard deviation, in pixels at 720 lines, of the blur of the alpha that colours are unmixed with where the room is known."""

OWN, NOISE, ALPHA_OFF = 15.0, 4.0, 0.1
"""Standard deviations of the person's colour about the first guess and of the picture's noise, in grey levels, and of alpha."""

GREY = 128
"""Colour of what is far from the person."""

FADE = (8, 64)
"""Pixels from the person at which the fill begins to fade, and at which only grey is left. What a player's scaling mixes into
the edge lies nearer than the first."""

_MARGIN = 16
"""Pixels around the person's box that the first guess sees: it needs the old background beside the edge."""


class Room(NamedTuple):
    """The empty room in the box around a matte (``boxes.part_of``).

    Attributes:
        rgb: (h, w, 3) uint8.
        known: (h, w) uint8, 255 where it was seen.
    """

    rgb: Array
    known: Array


def estimate_foreground(rgb: Array, alpha: Array, quality: str = "standard", room: Room | None = None) -> Array:
    """The foreground's colour for every pixel.

    Args:
        rgb: (H, W, 3) uint8, the picture.
        alpha: (H, W) uint8, its matte.
        quality: ``draft``, ``standard`` or ``archive`` (a finer first guess).
        room: what is behind the person, where that is known.

    Returns:
        (H, W, 3) uint8: ``rgb`` where alpha is 255 (with ``room`` a few pixels further inside), the unmixed colour where it is
        soft, a smooth continuation where it is 0, which fades to mid grey. A picture without any person comes back as mid grey.
    """
    size = check_array("rgb", rgb, ("H", "W", 3), np.uint8)
    check_array("alpha", alpha, (size["H"], size["W"]), np.uint8)
    check_choice("quality", quality, tuple(_FACTOR))
    if not alpha.any():
        return np.full_like(rgb, GREY)
    if alpha.min() == 255:
        return rgb.copy()
    import cv2

    factor = (_FACTOR if room is None else _FINER)[quality]
    seen = part_of(alpha)
    # of the alpha as it is: a faint pixel far away, which the blur takes out, still lies in the box that ``room`` covers
    near = _aligned(part_of(alpha, FADE[1]) or (slice(0, 1), slice(0, 1)), factor)
    if room is not None:
        check_array("room", room.rgb, (*alpha[seen].shape, 3) if seen else (0, 0, 3), np.uint8)
        spread = cv2.GaussianBlur(alpha, (0, 0), SPREAD * scale_of(alpha.shape))
        room, alpha = (room, spread) if spread.any() else (None, alpha)
    out = np.full_like(rgb, GREY)
    rgb, alpha = rgb[near], np.ascontiguousarray(alpha[near])
    height, width = alpha.shape
    low = (-(-width // factor), -(-height // factor))
    small = cv2.resize(rgb, low, interpolation=cv2.INTER_AREA)
    cover = cv2.resize(alpha, low, interpolation=cv2.INTER_AREA)
    part = part_of(cover, max(2, _MARGIN // factor))
    if part is None:  # less than a grey level is left of a few lone pixels
        part = (slice(0, 1), slice(0, 1))
    front, back = small.copy(), small.copy()
    front[part], back[part] = _guess(small[part], cover[part])
    filled = push_pull(front.astype(np.float32), cover.astype(np.float32) / 255.0)
    filled = _faded(filled, cv2.max(cv2.resize(alpha, low, interpolation=cv2.INTER_NEAREST), cover), factor)
    inner = cv2.resize(np.rint(filled).astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
    behind = cv2.resize(back, (width, height), interpolation=cv2.INTER_LINEAR)
    if room is None or seen is None:
        _fuse(inner, rgb, alpha, behind)
    else:
        here = tuple(slice(one.start - by.start, one.stop - by.start) for one, by in zip(seen, near, strict=True))
        behind[here] = np.where(room.known[..., None] == 255, room.rgb, behind[here])
        _unmix(inner, rgb, alpha, behind)
    out[near] = inner
    return out


def _aligned(part: Part, factor: int) -> Part:
    """The part, begun at whole pixels of the small picture."""
    return tuple(slice(side.start // factor * factor, side.stop) for side in part)  # type: ignore[return-value]


def _faded(filled: Array, cover: Array, factor: int) -> Array:
    """The fill (h, w, 3) of a small picture, fading to grey with the distance from where ``cover`` (h, w) is not 0."""
    import cv2

    far = cv2.distanceTransform((cover == 0).view(np.uint8), cv2.DIST_L2, 3) * factor
    weight = np.clip((FADE[1] - far) * np.float32(1 / (FADE[1] - FADE[0])), 0.0, 1.0)[..., None]
    result: Array = GREY + weight * (filled - GREY)
    return result


def _guess(rgb: Array, alpha: Array) -> tuple[Array, Array]:
    """F and B of a small picture, both (h, w, 3) uint8."""
    from perscoach.matting.multilevel import foreground_and_background

    front, back = foreground_and_background(rgb.astype(np.float32) / 255.0, alpha.astype(np.float32) / 255.0)
    return tuple(np.rint(part * 255.0).astype(np.uint8) for part in (front, back))


@njit(nogil=True, cache=True, boundscheck=False)
def _fuse(out, rgb, alpha, back):
    """One fusion step on the soft pixels, in place; opaque ones take the picture's colour."""
    for y in range(alpha.shape[0]):
        for x in range(alpha.shape[1]):
            if alpha[y, x] == 255:
                for c in range(3):
                    out[y, x, c] = rgb[y, x, c]
            elif alpha[y, x]:
                a = np.float32(alpha[y, x]) * np.float32(1 / 255)
                for c in range(3):
                    front, seen, behind = np.float32(out[y, x, c]), np.float32(rgb[y, x, c]), np.float32(back[y, x, c])
                    unmixed = front + a * (seen - behind - a * (front - behind))
                    out[y, x, c] = np.uint8(np.rint(min(max(unmixed, np.float32(0)), np.float32(255))))


@njit(nogil=True, cache=True, boundscheck=False)
def _unmix(out, rgb, alpha, back):
    """One weighted fusion step wherever there is alpha, in place; opaque pixels take the picture's colour."""
    own, noise, off = np.float32(OWN) ** 2, np.float32(NOISE) ** 2, np.float32(ALPHA_OFF) ** 2 / np.float32(3)
    for y in range(alpha.shape[0]):
        for x in range(alpha.shape[1]):
            if alpha[y, x] == 255:
                for c in range(3):
                    out[y, x, c] = rgb[y, x, c]
            elif alpha[y, x]:
                a = np.float32(alpha[y, x]) * np.float32(1 / 255)
                apart = np.float32(0)
                for c in range(3):
                    apart += (np.float32(out[y, x, c]) - np.float32(back[y, x, c])) ** 2
                gain = a * own / (a * a * own + noise + off * apart)
                for c in range(3):
                    front, seen, behind = np.float32(out[y, x, c]), np.float32(rgb[y, x, c]), np.float32(back[y, x, c])
                    unmixed = front + gain * (seen - behind - a * (front - behind))
                    out[y, x, c] = np.uint8(np.rint(min(max(unmixed, np.float32(0)), np.float32(255))))


def push_pull(colour: Array, weight: Array) -> Array:
    """Fill where ``weight`` is small from where it is large, ever smoother with distance.

    Averages down to one pixel and back up, each level keeping its known pixels (Gortler et al., "The Lumigraph", 1996).

    Args:
        colour: (h, w, 3) float32.
        weight: (h, w) float32, 0..1.

    Returns:
        (h, w, 3) float32; where all weights are 0 the mean of nothing: 0.
    """
    import cv2

    colours, weights = [colour * weight[..., None]], [weight]
    while max(weights[-1].shape) > 1:
        height, width = weights[-1].shape
        size = ((width + 1) // 2, (height + 1) // 2)
        colours.append(cv2.resize(colours[-1], size, interpolation=cv2.INTER_AREA))
        weights.append(cv2.resize(weights[-1], size, interpolation=cv2.INTER_AREA))
        if colours[-1].ndim == 2:
            colours[-1] = colours[-1][..., None]
    filled = colours[-1] / max(float(weights[-1].max()), 1e-12)
    for level in range(len(weights) - 2, -1, -1):
        height, width = weights[level].shape
        up = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, 3)
        known = np.minimum(1.0, weights[level] * 4.0)[..., None]  # a quarter of the weight counts as known
        own = colours[level] / np.maximum(weights[level], 1e-12)[..., None]
        filled = up + known * (own - up)
    result: Array = filled
    return result
