"""The empty room of each shot, made from the shot itself: the default cut-out's knowledge of the background.

One plate per shot, from a few of its frames in which the trainer stands elsewhere. Where the camera shakes the frames are
brought to the shot's middle frame first, and the plate is brought to each frame again. A shot without a usable plate (the
camera travels, the room changes, the shot is short) has none, and its matte is made without.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import ClipError
from perscoach.core.files import atomic, key_of
from perscoach.core.progress import Monitor
from perscoach.core.store import Store
from perscoach.matting.boxes import Part, part_of
from perscoach.matting.camera import STILL, Camera, travel
from perscoach.matting.plate_build import KIND, median_plate

if TYPE_CHECKING:
    from perscoach.media import Clip
    from perscoach.media.alpha import AlphaStore

VERSION = 1
"""Raise when the same shot gives another plate than before."""

SAMPLES = 20
"""Frames of a shot that are looked at."""

LEAST = 12
"""Frames of a shot below which there is no plate: the person has hardly moved, and nothing of the room behind is seen."""

BUDGET = 256 * 2**20
"""Bytes of sampled frames held at once; a 4K clip is sampled more thinly."""

GROWTH = 0.02
"""By how much of the picture's height the mask is grown before the rest counts as room."""

WIDEST = 0.25
"""Part of the picture's height by which the camera may move within a shot; more is a pan, whose room is seen too rarely."""

AROUND = 0.12
"""Part of the picture's height around everything that the person reaches in the shot, for which the plate is made."""

_FILE = "shot.npz"


@dataclass(frozen=True)
class ShotPlate:
    """The room of one shot, in its reference frame.

    Attributes:
        rgb: (H, W, 3) uint8.
        known: (H, W) uint8, 0..255, how far the room was seen there.
        sigma: (H, W) float32, noise in grey levels.
        camera: follows the room where the camera moves; ``None`` for a fixed camera.
    """

    rgb: Array
    known: Array
    sigma: Array
    camera: Camera | None

    def at(self, rgb: Array, part: Part) -> tuple[Array, Array, Array] | None:
        """``rgb``, ``known`` and ``sigma`` in a part of the frame ``rgb`` (H, W, 3); ``None`` where the room is not recognised."""
        if self.camera is None:
            return tuple(np.ascontiguousarray(one[part]) for one in (self.rgb, self.known, self.sigma))  # type: ignore[return-value]
        import cv2

        matrix = self.camera.move(rgb)
        if matrix is None:
            return None
        left, top = part[1].start, part[0].start
        size = (part[1].stop - left, part[0].stop - top)
        matrix[:, 2] -= (left, top)
        room, known, sigma = (
            cv2.warpAffine(one, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
            for one, how in (
                (self.rgb, cv2.INTER_CUBIC),
                (self.known, cv2.INTER_LINEAR),
                (self.sigma, cv2.INTER_LINEAR),
            )
        )
        return room, known, sigma


class ShotPlates:
    """The plates of a clip, one shot at a time in memory; made when a shot is first asked for, and stored.

    Args:
        clip: normalised.
        masks: the trainer's stored masks of every frame.
        key: of the masks.
        cuts: (F,) bool, where shots begin.
        store: where plates are kept.
        monitor: can cancel.
    """

    def __init__(self, clip: Clip, masks: AlphaStore, key: str, cuts: Array, store: Store, monitor: Monitor) -> None:
        self._clip, self._masks, self._key, self._store, self._monitor = clip, masks, key, store, monitor
        self._starts = np.concatenate(([0], np.flatnonzero(cuts[1:]) + 1, [clip.frames]))
        self._shot: tuple[int, int] | None = None
        self._plate: ShotPlate | None = None

    def shot(self, index: int) -> tuple[int, int]:
        """First frame, and the one after the last, of the shot that holds frame ``index``."""
        at = int(np.searchsorted(self._starts, index, side="right")) - 1
        return int(self._starts[at]), int(self._starts[at + 1])

    def of(self, index: int) -> ShotPlate | None:
        """The plate for frame ``index``, or ``None`` where its shot has no usable one."""
        shot = self.shot(index)
        if shot != self._shot:
            self._shot, self._plate = shot, self._load(*shot)
        return self._plate

    def _load(self, start: int, stop: int) -> ShotPlate | None:
        if stop - start < LEAST:
            return None
        key = key_of("shot", VERSION, self._key, start, stop)
        for _ in range(2):
            place = self._store.make(KIND, key, lambda folder: self._make(folder, start, stop), self._monitor)
            try:
                return _read(place / _FILE)
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
                self._store.reopen(KIND, key)  # the file was damaged
        return None

    def _make(self, place: Path, start: int, stop: int) -> dict[str, Any]:
        plate = self._build(start, stop)
        arrays: dict[str, Any] = {"usable": plate is not None}
        if plate is not None:
            arrays |= {"rgb": plate.rgb, "known": plate.known, "sigma": plate.sigma}
            if plate.camera is not None:
                camera = plate.camera
                arrays |= {"grey": camera.grey, "points": camera.points, "step": camera.step}
        with atomic(place / _FILE) as part, part.open("wb") as file:
            np.savez(file, **arrays)
        return {"usable": plate is not None, "camera": "moves" if plate is not None and plate.camera else "fixed"}

    def _build(self, start: int, stop: int) -> ShotPlate | None:
        indices = self._sampled(start, stop)
        frames, masks = self._samples(indices)
        middle = len(indices) // 2
        camera = Camera.of(frames[middle], masks[middle])
        height, width = masks.shape[1:]
        part = part_of(masks.any(axis=0).view(np.uint8), round(AROUND * height))
        if part is None:  # nobody is there
            return None
        moves = [None if camera is None else camera.move(frame) for frame in frames]
        if camera is not None:
            ways = [travel(move, width, height) for move in moves if move is not None]
            if len(ways) < 0.8 * len(moves) or max(ways) > WIDEST * height:
                return None  # nothing is recognised: the camera travels
            if max(ways) > STILL:
                _bring_home(frames, masks, moves)
            else:
                camera = None
        plate = median_plate(
            np.ascontiguousarray(frames[:, part[0], part[1]]), np.ascontiguousarray(masks[:, part[0], part[1]])
        )
        if not plate.usable:
            return None
        rgb, known = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.uint8)
        sigma = np.full((height, width), 2.0, np.float32)
        rgb[part], known[part], sigma[part] = plate.rgb, np.rint(plate.known * 255), plate.sigma
        return ShotPlate(rgb, known, sigma, camera)

    def _sampled(self, start: int, stop: int) -> range:
        size = self._clip.width * self._clip.height * 3
        step = max(1, (stop - start) // min(SAMPLES, max(9, BUDGET // size)))
        return range(start + step // 2, stop, step)

    def _samples(self, indices: range) -> tuple[Array, Array]:
        """Frames (n, H, W, 3) uint8 and where the person is in them, with a margin (n, H, W) bool."""
        import cv2

        frames = np.empty((len(indices), self._clip.height, self._clip.width, 3), np.uint8)
        masks = np.empty(frames.shape[:3], bool)
        side = 2 * max(1, round(self._clip.height * GROWTH / 2)) + 1
        grow = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        for at, (index, frame) in enumerate(zip(indices, self._read(indices), strict=True)):
            self._monitor.check()
            mask = self._masks.alpha(index)
            if mask is None:
                raise ClipError("matting.vanished", frame=index)
            frames[at] = frame
            masks[at] = cv2.dilate((mask > 25).view(np.uint8), grow) > 0
        return frames, masks

    def _read(self, indices: range) -> Iterator[Array]:
        """The frames: in one go where they lie close together, else each from its own key frame."""
        if indices.step > 40:
            return (self._clip.frame(index) for index in indices)
        return self._clip.read(indices.start, indices[-1] + 1, indices.step)


def _bring_home(frames: Array, masks: Array, moves: list[Array | None]) -> None:
    """Bring all samples to the reference frame, in place; what is not recognised, and what lies outside, is masked."""
    import cv2

    height, width = masks.shape[1:]
    for at, move in enumerate(moves):
        if move is None:
            masks[at] = True
            continue
        back = cv2.WARP_INVERSE_MAP
        frames[at] = cv2.warpAffine(
            frames[at], move, (width, height), flags=cv2.INTER_CUBIC | back, borderMode=cv2.BORDER_REPLICATE
        )
        mask = cv2.warpAffine(
            masks[at].view(np.uint8),
            move,
            (width, height),
            flags=cv2.INTER_NEAREST | back,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(1,),
        )
        masks[at] = mask > 0


def _read(path: Path) -> ShotPlate | None:
    with np.load(path, allow_pickle=False) as kept:
        if not bool(kept["usable"]):
            return None
        camera = Camera(kept["grey"], kept["points"], int(kept["step"])) if "grey" in kept.files else None
        return ShotPlate(kept["rgb"], kept["known"], kept["sigma"], camera)
