"""What the empty room of a shot says about a frame's matte: which of the mask is room, and how soft its edge is.

The plate may take away wherever the mask's rim is room. It may add only where a person's mask is known to fall short: near
the mask, and near the hands (fingers, things that are held); never near the feet, where shadows lie. Then the band around
the edge is solved (``perscoach.matting.refine.band``).
"""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array
from perscoach.matting.boxes import Part, joined, part_of
from perscoach.matting.plate import Difference, joined_matte, rim
from perscoach.matting.plate_build import Plate
from perscoach.matting.refine.band import QUIET, grown, solved
from perscoach.matting.refine.edges import scale_of
from perscoach.matting.refine.spatial import mask_pixel
from perscoach.matting.shot_plate import ShotPlates
from perscoach.people.landmarks import Landmarks

WRISTS = (15, 16)
FEET = (27, 28, 29, 30, 31, 32)
"""MediaPipe's landmarks: ankles, heels and toes."""

HAND = 0.22
"""Radius around a wrist, in body heights, in which the plate may add: a hand's length and what it grips."""

FOOT = 0.07
"""Radius around the feet, in body heights, in which the plate adds nothing: a cast shadow differs from the room too."""

NEAR = 2.0
"""Pixels of the person's mask around it within which the plate may add."""

LIKE_ROOM = 0.1
"""Certainty of not being the room under which a pixel inside the mask counts as room."""

CONTRAST = 40.0
"""(Distance of the person's colour from the room's)² over the noise's variance from which both can be told apart."""

SOFT = 0.8
"""Standard deviation, in pixels at 720 lines, of the blur of a lens and a codec. A solved edge follows each pixel's noise; the
person's edge in the picture is never sharper than this."""

LEAST_SOFT = 0.3
"""Pixels of a blur below which it changes nothing that can be seen."""

MARGIN = 16
"""Pixels at 720 lines around the mask that are looked at."""


class ShotCue:
    """Corrects the matte of any frame of a clip; feed it frames in order, as one plate is held at a time.

    Args:
        plates: of the clip.
        landmarks: of every frame.
        width, height: of the clip.
    """

    def __init__(self, plates: ShotPlates, landmarks: Landmarks, width: int, height: int) -> None:
        self._plates = plates
        self._points = landmarks.image[:, :, :2] * np.array([width, height], np.float32)
        self._shot: tuple[int, int] | None = None
        self._tall = 0.0

    def correct(self, index: int, rgb: Array, alpha: Array) -> Array:
        """Frame ``index``'s alpha (H, W) uint8, corrected; as it was, with a soft edge, where its shot has no plate."""
        plate = self._plates.of(index)
        if not alpha.any():
            return alpha
        if plate is None:
            return soft(alpha, SOFT * scale_of(alpha.shape))
        points = self._points[index] if np.isfinite(self._points[index]).all() else None
        part = self._part(index, alpha, points)
        seen = plate.at(rgb, part)
        if seen is None:
            return soft(alpha, SOFT * scale_of(alpha.shape))
        room, known, sigma = seen
        picture, cut = np.ascontiguousarray(rgb[part]), np.ascontiguousarray(alpha[part])
        room = in_this_light(room, picture, cut, known)
        share = known.astype(np.float32) / 255.0
        moved = Difference(Plate(room, share, sigma, True, None, "shot")).matte(picture)
        pixel = mask_pixel(alpha)
        allowed = self._allowed(cut, points, part, pixel)
        cut = without_gaps(cut, picture, room, moved, known, sigma, pixel)
        kept = limited(cut, moved, share, allowed, scale_of(alpha.shape))
        out = alpha.copy()
        out[part] = soft(solved(picture, kept, room, known, sigma, pixel), SOFT * scale_of(alpha.shape))
        return out

    def _part(self, index: int, alpha: Array, points: Array | None) -> Part:
        shot = self._plates.shot(index)
        if shot != self._shot:
            tall = np.ptp(self._points[shot[0] : shot[1], :, 1], axis=1)
            tall = tall[np.isfinite(tall)]
            self._shot, self._tall = shot, float(np.percentile(tall, 90)) if len(tall) else 0.0
        margin = max(4, round(MARGIN * scale_of(alpha.shape)))
        part = part_of((alpha > 5).view(np.uint8), margin)
        hands = None
        if points is not None:
            reach, (height, width) = HAND * self._tall + margin, alpha.shape
            x, y = np.clip(points[list(WRISTS)].T, 0, [[width], [height]])
            hands = (
                slice(max(0, int(y.min() - reach)), min(height, int(y.max() + reach) + 1)),
                slice(max(0, int(x.min() - reach)), min(width, int(x.max() + reach) + 1)),
            )
        return joined(part, hands) or (slice(0, 1), slice(0, 1))

    def _allowed(self, alpha: Array, points: Array | None, part: Part, pixel: float) -> Array:
        """Where the plate may add, (h, w) uint8 0 or 255."""
        import cv2

        radius = max(1, round(NEAR * pixel))
        allowed: Array = cv2.dilate((alpha > 127).view(np.uint8) * np.uint8(255), _disc(radius))
        if points is not None:
            at = np.rint(np.clip(points - (part[1].start, part[0].start), -9999, 9999)).astype(int)
            for k in WRISTS:
                cv2.circle(allowed, at[k].tolist(), max(1, round(HAND * self._tall)), (255,), -1)
            for k in FEET:
                cv2.circle(allowed, at[k].tolist(), max(1, round(FOOT * self._tall)), (0,), -1)
        return allowed


def soft(alpha: Array, sigma: float) -> Array:
    """``alpha`` (h, w) uint8 blurred by ``sigma`` pixels; a small picture's edge, which a blur would only wash out, stays."""
    import cv2

    return alpha if sigma < LEAST_SOFT else cv2.GaussianBlur(alpha, (0, 0), sigma)


def limited(alpha: Array, moved: Array, known: Array, allowed: Array, scale: float) -> Array:
    """``alpha`` (h, w) uint8 less the rim that is room, and more what differs from the room where that is allowed.

    Args:
        alpha: the matte.
        moved: (h, w) float32 0..1, how certainly a pixel is not the room.
        known: (h, w) float32 0..1, how far the room was seen.
        allowed: (h, w) uint8, 255 where something may be added.
        scale: pixels per pixel of a 720-line picture.
    """
    import cv2

    body = alpha.astype(np.float32) * np.float32(1 / 255)
    more = joined_matte(moved * known, body, scale)
    band = rim(body, max(2, round(6 * scale)))
    limit = cv2.dilate(moved, np.ones((3, 3), np.uint8))
    kept = body - np.maximum(body - limit, 0.0) * (cv2.blur(band.astype(np.float32), (3, 3)) * known)
    if more is not None:
        kept = np.maximum(kept, more * (cv2.blur(allowed, (3, 3)).astype(np.float32) * np.float32(1 / 255)))
    result: Array = np.rint(kept * 255.0).astype(np.uint8)
    return result


def without_gaps(
    alpha: Array, rgb: Array, room: Array, moved: Array, known: Array, sigma: Array, pixel: float
) -> Array:
    """``alpha`` (h, w) uint8 without the gaps that the mask has filled: between an arm and the body, between the legs.

    A gap equals the room while the person beside it has another colour, and it opens to the outside. Clothes of the room's
    colour equal the room too; there the person beside them has that colour as well, and nothing is taken.
    """
    import cv2

    radius = max(1, round(pixel))
    like_room = (moved < LIKE_ROOM) & (known > 250) & (alpha > 127)
    like_room = cv2.morphologyEx(like_room.view(np.uint8), cv2.MORPH_OPEN, _disc(radius)) > 0
    if not like_room.any():
        return alpha
    person = cv2.erode(((alpha > 242) & (moved > 0.5)).view(np.uint8), _disc(1))
    if not person.any():
        return alpha
    apart = rgb_distance(grown(rgb, person, pixel), room) > CONTRAST * 3.0 * np.maximum(sigma, QUIET) ** 2
    gaps = cv2.morphologyEx((like_room & apart).view(np.uint8), cv2.MORPH_OPEN, _disc(radius))
    count, labels = cv2.connectedComponents(gaps, connectivity=8)
    if count < 2:
        return alpha
    outside = cv2.dilate((alpha < 127).view(np.uint8), _disc(2 * radius)) > 0
    open_ones = np.bincount(labels[outside], minlength=count) > 0
    open_ones[0] = False
    taken = cv2.blur(open_ones[labels].astype(np.uint8) * np.uint8(255), (3, 3))
    left: Array = cv2.min(alpha, 255 - taken)
    return left


def rgb_distance(a: Array, b: Array) -> Array:
    """Squared distance of two pictures (h, w, 3) uint8, (h, w) float32."""
    import cv2

    off = cv2.absdiff(a, b).astype(np.float32)
    squared: Array = np.einsum("hwc,hwc->hw", off, off)
    return squared


def in_this_light(room: Array, rgb: Array, alpha: Array, known: Array) -> Array:
    """The room (h, w, 3) uint8 with the frame's exposure: what the room beside the person shares of change, per channel."""
    grid = (slice(None, None, 4), slice(None, None, 4))
    free = (alpha[grid] == 0) & (known[grid] > 250)
    if free.sum() < 100:
        return room
    off = np.median(rgb[grid][free].astype(np.int16) - room[grid][free], axis=0)
    if np.abs(off).max() < 1 or np.abs(off).max() > 30:
        return room
    lit: Array = np.clip(room + off, 0, 255).astype(np.uint8)
    return lit


def _disc(radius: int) -> Array:
    import cv2

    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
