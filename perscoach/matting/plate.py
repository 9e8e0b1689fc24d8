"""The clean plate: what differs from the empty room belongs to the trainer, held equipment included.

Alone it is the engine ``plate``; as a cue (``settings.plate``) it corrects another engine's matte: it brings back what is
joined to the person and differs from the room (a barbell, a shoe), and removes a rim that belongs to the room.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import EngineError
from perscoach.core.progress import Monitor, Quiet
from perscoach.matting.base import MattingSettings
from perscoach.matting.plate_build import Plate, build_plate, rough_matte
from perscoach.matting.refine.edges import scale_of
from perscoach.people.tracking import TrainerTracker

if TYPE_CHECKING:
    from perscoach.core.store import Store
    from perscoach.matting.mediapipe import MediaPipeEngine
    from perscoach.media import Clip

Pair = tuple[Array, Array]

LOW, HIGH = 3.0, 9.0
"""Difference, in standard deviations of the clip's noise, where the matte of the difference starts and is full."""

_LEAST = 4.0
"""... and never less than this many units of CIE Lab: two JPEG blocks of the same wall differ by about 2."""

_SHADOW = (0.45, 0.98)
"""Lightness against the plate's between which a spot of the same tint may be a shadow."""

_TINT = 7.0
"""Lab units of tint that a shadow may change: it also hides the wall's reflected colour."""

_NEAR = 7
"""Side in pixels of the window that must hold some unmixed pixel of the person: the width of a clip's soft edge, twice."""

_CONTRAST = 12.0
"""Lab units of lightness that are enough to tell an edge by lightness alone."""

_CORE = 7
"""Side in pixels by which the engine's filled outline is drawn in before it is taken as solid: a bar never is."""

_MAX_GROWTH = 1.0
"""Joined objects larger than the person himself are a fault of the plate (a light was switched on)."""


def plate_of(
    clip: Clip, settings: MattingSettings, folder: Path, monitor: Monitor | None = None, store: Store | None = None
) -> Plate:
    """The plate that these settings ask for, made once per clip; its note goes to the monitor.

    Raises:
        SettingsError: the picture of the empty room is missing or cannot be used.
    """
    monitor = monitor or Quiet()
    rough, close = rough_matte()
    try:
        plate = build_plate(clip, settings, folder, monitor, rough, store)
    finally:
        close()
    if plate.note is not None:
        monitor.note(plate.note)
    return plate


class Difference:
    """Measures frames against a plate."""

    def __init__(self, plate: Plate) -> None:
        import cv2

        self.plate = plate
        self._lab = _to_lab(plate.rgb)
        floor = np.maximum(plate.sigma * (1 / 2.55), _LEAST / LOW)  # grey levels to units of L
        self._scale = 1.0 / floor
        self._grid = (slice(None, None, 8), slice(None, None, 8))
        self._known_grid = plate.known[self._grid] > 0.99
        self._three = (3, 3)
        self._blur = cv2.blur

    def matte(self, rgb: Array) -> Array:
        """How certainly each pixel is not the room, (H, W) float32 0..1; shadows on the room count as room."""
        lab = _to_lab(rgb)
        light = self._light(lab)
        delta = lab - self._lab
        delta[..., 0] -= light
        crisp = np.abs(delta[..., 0])
        delta = self._blur(delta, self._three)
        ratio = (lab[..., 0] - light + 4.0) / (self._lab[..., 0] + 4.0)
        tint = np.hypot(delta[..., 1], delta[..., 2])
        shadow = ((ratio > _SHADOW[0]) & (ratio < _SHADOW[1])).astype(np.float32)
        shadow *= np.clip(1.0 - (tint - 0.5 * _TINT) / (0.5 * _TINT), 0.0, 1.0)
        strength = np.clip((ratio - _SHADOW[0]) / 0.2, 0.0, 1.0)  # the darker, the less likely a mere shadow
        lightness = np.abs(delta[..., 0]) * (1.0 - 0.85 * shadow * strength)
        distance = np.sqrt(lightness * lightness + tint * tint)
        sure = np.clip((distance * self._scale - LOW) / (HIGH - LOW), 0.0, 1.0)
        return self._soft(distance, crisp, sure)

    def _soft(self, distance: Array, crisp: Array, sure: Array) -> Array:
        """Alpha at the edge of what is surely not the room.

        A mixed pixel lies ``|I - B| = a |F - B|`` from the plate, and the largest distance close by is ``|F - B|``, so their
        ratio is alpha; of the lightness alone where that differs, as the clip's tint has half the resolution. Only at
        the edge: inside, a patterned shirt is nearer to the wall in one place than in another.
        """
        import cv2

        window = np.ones((_NEAR, _NEAR), np.uint8)
        most = cv2.dilate(crisp, window)
        share = np.where(
            most > _CONTRAST,
            crisp / np.maximum(most, 1e-3),
            (distance / np.maximum(cv2.dilate(distance, window), 1e-3) - 0.15) / 0.8,
        )
        soft = np.maximum(cv2.erode(sure, window), np.minimum(sure, np.clip(share, 0.0, 1.0)))
        closed = cv2.morphologyEx(soft, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        return np.maximum(soft, np.minimum(closed, sure))  # a rim lighter than the body behind it is no gap

    def _light(self, lab: Array) -> float:
        """The change of lightness that the whole room shares (automatic exposure)."""
        off = (lab[self._grid] - self._lab[self._grid])[..., 0][self._known_grid]
        if off.size < 50:
            return 0.0
        middle = float(np.median(off))
        return middle if abs(middle) < 12.0 else 0.0


class PlateCue:
    """Corrects another engine's matte; see the module. Where the plate is unknown the engine's alpha stays."""

    def __init__(self, plate: Plate) -> None:
        self._difference = Difference(plate) if plate.usable else None
        self._known = plate.known

    def corrected(self, pairs: Iterable[Pair]) -> Iterator[Pair]:
        """The same frames with the corrected alpha (H, W) uint8, one for one."""
        for rgb, alpha in pairs:
            yield rgb, self.correct(rgb, alpha)

    def correct(self, rgb: Array, alpha: Array) -> Array:
        """One frame's alpha (H, W) uint8, corrected."""
        if self._difference is None or not alpha.any():
            return alpha
        import cv2

        moved = self._difference.matte(rgb)
        body = alpha.astype(np.float32) / 255.0
        scale = scale_of(alpha.shape)
        joined = joined_matte(moved * self._known, body, scale)
        band = rim(body, max(2, round(6 * scale)))
        limit = cv2.dilate(moved, np.ones((3, 3), np.uint8))
        over = np.maximum(body - limit, 0.0) * (cv2.blur(band.astype(np.float32), (3, 3)) * self._known)
        kept = body - over
        if joined is not None:
            kept = np.maximum(kept, joined)
        result: Array = np.rint(kept * 255.0).astype(np.uint8)
        return result


def joined_matte(moved: Array, body: Array, scale: float) -> Array | None:
    """The matte of what differs from the room and is joined to the body, or ``None`` where it cannot be trusted."""
    import cv2

    half = (max(1, body.shape[1] // 2), max(1, body.shape[0] // 2))
    differs = cv2.resize(moved, half, interpolation=cv2.INTER_AREA) > 0.4
    person = cv2.resize(body, half, interpolation=cv2.INTER_AREA) > 0.5
    opened = cv2.morphologyEx(differs.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, labels = cv2.connectedComponents(opened | person.astype(np.uint8), connectivity=8)
    own = np.bincount(labels[person], minlength=count)
    own[0] = 0
    if not own.any():
        return None
    joined = own > 0.02 * own.sum()
    grown = joined[labels]
    if int(grown.sum()) - int((person & grown).sum()) > _MAX_GROWTH * max(1, int(person.sum())):
        return None
    soft = cv2.dilate(grown.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
    return moved * cv2.resize(soft, (body.shape[1], body.shape[0]), interpolation=cv2.INTER_LINEAR)


def rim(body: Array, radius: int) -> Array:
    """The band inside the body's edge, where an engine's mask runs over into the room."""
    import cv2

    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return (body > 0.0) & (cv2.erode(body, disc) < 0.5)


def _to_lab(rgb: Array) -> Array:
    """(H, W, 3) float32 CIE Lab: L 0..100, a and b about -100..100; from 8 bits, as the clip has no more."""
    import cv2

    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 0] *= 100.0 / 255.0
    return lab


class PlateEngine:
    """The difference alone, the trainer's piece of it followed; see the module.

    Where the plate cannot be used (the camera moves), MediaPipe's mask takes its place and ``describe`` says so.

    Args:
        plate: the room.
        settings: ``trainer`` is read.
        fps: frames per second.
        weights: the landmarker's model (``perscoach.models``), should the plate not be usable; the default size unless given.

    Attributes:
        unusable: whether MediaPipe's mask takes the plate's place; a whole clip takes it from ``perscoach.people.watch``.
    """

    name = "plate"

    def __init__(self, plate: Plate, settings: MattingSettings, fps: float = 30.0, weights: str | None = None) -> None:
        self._plate, self._settings, self._fps, self._weights = plate, settings, fps, weights
        self._tracker = TrainerTracker(settings.trainer)
        self._difference = Difference(plate) if plate.usable else None
        self._instead: MediaPipeEngine | None = None

    @property
    def unusable(self) -> bool:
        return self._difference is None

    def describe(self) -> dict[str, str]:
        """See ``MattingEngine``."""
        description = {"engine": self.name, "runtime": "opencv", "plate": self._plate.kind}
        if self.unusable:
            description |= {"fallback": "mediapipe", "reason": self._plate.note.en if self._plate.note else ""}
        return description

    def mattes(self, frames: Iterable[Array]) -> Iterator[Array]:
        """Alpha (H, W) uint8 per frame; empty where nobody differs from the room.

        Raises:
            EngineError: the plate cannot be used and MediaPipe cannot run here either.
        """
        if self.unusable:
            yield from self._mediapipe().mattes(frames)
            return
        for frame in frames:
            yield self._matte(frame)

    def _mediapipe(self) -> MediaPipeEngine:
        if self._instead is None:
            from perscoach.matting.mediapipe import MediaPipeEngine
            from perscoach.models import path_of
            from perscoach.people.watch import PeopleSettings

            self._instead = MediaPipeEngine(
                path_of(self._weights or PeopleSettings().weights), self._settings, self._fps
            )
        return self._instead

    def restart(self) -> None:
        """Forget the last frames: the next one is from another place of the clip."""
        self._tracker = TrainerTracker(self._tracker.wish)
        if self._instead is not None:
            self._instead.restart()

    def _matte(self, rgb: Array) -> Array:
        if self._difference is None:
            raise EngineError("matting.plate_unusable")
        import cv2

        moved = self._difference.matte(rgb)
        half = (max(1, rgb.shape[1] // 2), max(1, rgb.shape[0] // 2))
        solid: Array = (cv2.resize(moved, half, interpolation=cv2.INTER_AREA) > 0.35).astype(np.uint8)
        reach = 2 * max(1, round(3 * scale_of(solid.shape))) + 1
        solid = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
        count, labels, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
        people = [c for c in range(1, count) if stats[c, cv2.CC_STAT_AREA] > 0.004 * solid.size]
        boxes = [_box(stats[c], half) for c in people]
        index = self._tracker.update(boxes)
        if index is None:
            return np.zeros(rgb.shape[:2], np.uint8)
        own = _filled(np.asarray(labels == people[index], np.uint8))
        grown: Array = cv2.dilate(own, np.ones((3, 3), np.uint8)).astype(np.float32)
        inside: Array = cv2.resize(grown, (rgb.shape[1], rgb.shape[0]), interpolation=cv2.INTER_LINEAR)
        core = cv2.erode(inside, np.ones((_CORE, _CORE), np.uint8))
        result: Array = np.rint(np.maximum(moved * inside, core) * 255.0).astype(np.uint8)
        return result

    def close(self) -> None:
        if self._instead is not None:
            self._instead.close()


def _box(stat: Array, size: tuple[int, int]) -> tuple[float, float, float, float]:
    x, y, width, height = (int(v) for v in stat[:4])
    return x / size[0], y / size[1], (x + width) / size[0], (y + height) / size[1]


def _filled(mask: Array) -> Array:
    """The mask with holes closed that are smaller than a hundredth of it: clothes of the wall's colour leave such."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    limit = 0.01 * max(1, int(mask.sum()))
    small = [c for c in range(1, count) if stats[c, cv2.CC_STAT_AREA] < limit]
    return (mask.astype(bool) | np.isin(labels, small)).astype(np.uint8)
