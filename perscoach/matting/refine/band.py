"""Alpha in the band around the edge, solved: with the room known, a mixed pixel is one equation with one unknown.

``I = a F + (1 - a) B``. B is the plate; F, the person's colour, is grown from inside; alpha is where the pixel lies on the
line between both. It is believed as far as the two colours differ by more than the clip's noise and the pixel lies near
the line; elsewhere the matte stays. A small guided filter then takes out the noise (K. He et al., "Guided Image Filtering",
ECCV 2010; the equation is that of background matting, S. Sengupta et al., CVPR 2020, solved instead of learnt).
"""

# mypy: disable-error-code="no-untyped-def, call-arg"

from __future__ import annotations

import numpy as np
from numba import njit

from perscoach.core.arrays import Array

WIDTH = 0.8
"""Pixels of the person's mask by which the band reaches into either side."""

INSIDE, OUTSIDE = 242, 13
"""Alpha from which a pixel is inside, up to which it is outside."""

NEAR, FAR = 1.5, 5.0
"""Standard deviations, in pixels of the mask, of the two blurs that grow the person's colour: the near one where it reaches."""

APART = 200.0
"""(Distance of person's and room's colour)² over the noise's variance at which the solution counts as much as the matte."""

OFF = 3.0
"""(Distance from the line)² over the noise's variance at which belief has fallen to 1/e."""

QUIET = 2.0
"""Least noise in grey levels: a codec's."""

FILTER, EPS = 4, 1e-4
"""Radius in pixels and regularisation of the guided filter, at a mask pixel of ``FILTER_AT``."""

FILTER_AT = 3.5

_STEP = 4


def solved(rgb: Array, alpha: Array, room: Array, known: Array, sigma: Array, pixel: float) -> Array:
    """``alpha`` (h, w) uint8 with the band around its edge solved.

    Args:
        rgb: (h, w, 3) uint8.
        alpha: (h, w) uint8, a matte that is right to about a pixel of the person's mask.
        room: (h, w, 3) uint8, the plate in this frame's place and light.
        known: (h, w) uint8, how far the plate is known.
        sigma: (h, w) float32, noise in grey levels.
        pixel: pixels of the picture per pixel of the person's mask.
    """
    import cv2

    reach = max(2, round(WIDTH * pixel))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    inside = cv2.erode((alpha > INSIDE).view(np.uint8), disc)
    band = cv2.dilate((alpha > OUTSIDE).view(np.uint8), disc) - inside
    if not band.any() or not inside.any():
        return alpha
    person = grown(rgb, inside, pixel)
    mixed = alpha.astype(np.float32) * np.float32(1 / 255)
    _project(rgb, room, person, known, sigma, band, mixed)
    radius = max(2, round(FILTER * pixel / FILTER_AT))
    smooth = cv2.ximgproc.guidedFilter(rgb, mixed, radius, EPS * 255.0**2)
    out = alpha.copy()
    where = band > 0
    out[where] = np.rint(np.clip(smooth[where], 0.0, 1.0) * 255.0)
    return out


def grown(rgb: Array, inside: Array, pixel: float) -> Array:
    """The person's colour (h, w, 3) uint8, continued outwards from where ``inside`` (h, w) uint8 is 1."""
    import cv2

    height, width = inside.shape
    size = (-(-width // _STEP), -(-height // _STEP))
    share = cv2.resize(inside * np.uint8(255), size, interpolation=cv2.INTER_AREA).astype(np.float32) * np.float32(
        1 / 255
    )
    colour = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32) * share[..., None]
    near, weight = _blurred(colour, share, NEAR * pixel / _STEP)
    far, _ = _blurred(colour, share, FAR * pixel / _STEP)
    trust = np.minimum(weight * 15.0, 1.0)[..., None]
    mixed = np.rint(np.clip(far + trust * (near - far), 0, 255)).astype(np.uint8)
    result: Array = cv2.resize(mixed, (width, height), interpolation=cv2.INTER_LINEAR)
    return result


def _blurred(colour: Array, share: Array, sigma: float) -> tuple[Array, Array]:
    import cv2

    weight = cv2.GaussianBlur(share, (0, 0), sigma)
    return cv2.GaussianBlur(colour, (0, 0), sigma) / np.maximum(weight, 1e-4)[..., None], weight


@njit(nogil=True, cache=True, boundscheck=False)
def _project(rgb, room, person, known, sigma, band, alpha):
    """Alpha (h, w) float32 in the band towards its solution, in place."""
    for y in range(band.shape[0]):
        for x in range(band.shape[1]):
            if not band[y, x] or known[y, x] < 128:
                continue
            dot = length = np.float32(0)
            for c in range(3):
                back = np.float32(room[y, x, c])
                way = np.float32(person[y, x, c]) - back
                dot += (np.float32(rgb[y, x, c]) - back) * way
                length += way * way
            share = min(max(dot / max(length, np.float32(1)), np.float32(0)), np.float32(1))
            rest = np.float32(0)
            for c in range(3):
                back = np.float32(room[y, x, c])
                off = np.float32(rgb[y, x, c]) - back - share * (np.float32(person[y, x, c]) - back)
                rest += off * off
            noise = np.float32(3) * max(sigma[y, x], np.float32(QUIET)) ** 2
            belief = length / (length + np.float32(APART) * noise) * np.exp(-rest / (np.float32(OFF) * noise))
            belief *= np.float32(known[y, x]) * np.float32(2 / 255) - np.float32(1)
            alpha[y, x] += belief * (share - alpha[y, x])
