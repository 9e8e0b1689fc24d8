"""The trainer's box and mask in every frame, from the best that knows: the matte, MediaPipe, or a detector.

Only the box and the mask come from the matte. The network is shown the original frame: it was trained on people in rooms.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import EngineError
from perscoach.media.alpha import AlphaStore
from perscoach.people.landmarks import Landmarks
from perscoach.people.tracking import box_of_points, iou
from perscoach.pose.base import PersonCue, Take
from perscoach.pose.sam3d.boxes import reach_of, steadied

MIN_AREA = 0.01
"""Part of the picture: a matte that covers less has lost the trainer."""

_OPENING = 0.004  # of the shorter side: thinner bridges and specks do not belong to the body
_MARGIN = 0.1  # of the box's sides: landmarks end at the eyes, wrists and feet's joints
_SAME = 0.3  # overlap from which the mask and the landmarks mean the same person


class Person(NamedTuple):
    """Where the trainer is.

    Attributes:
        box: (4,) float64, x0, y0, x1, y1 in pixels.
        mask: what ``pack`` made of a (H, W) bool mask, or ``None``.
    """

    box: Array
    mask: Mask | None


class Mask(NamedTuple):
    """A mask in an eighth of the memory; see ``pack``, ``unpack``."""

    bits: Array
    x: int
    y: int
    width: int


class Source(Protocol):
    """One way to find the trainer.

    Attributes:
        name: ``matte``, ``mediapipe`` or ``vitdet``.
        warm_up: frames that it must have seen before its word counts, where a stopped pass goes on.
    """

    name: str
    warm_up: int

    def find(self, rgb: Array, index: int) -> Person | None:
        """In output frame ``index``, a picture (H, W, 3) uint8; in order."""

    def box_before(self, index: int) -> Array | None:
        """The box of an output frame that will not be shown, where that can be told."""

    def close(self) -> None:
        """Give back memory and threads."""


def people(frames: Iterable[Array], source: Source, fps: float, first: int) -> Iterator[tuple[Array, Person | None]]:
    """Each picture with the trainer's steady box and own mask, or ``None`` for a miss; in order, a little late."""
    reach = reach_of(fps)
    stream = iter(frames)
    head = next(stream, None)
    if head is None:
        return
    size = (float(head.shape[1]), float(head.shape[0]))

    def found() -> Iterator[tuple[tuple[Array, Person | None], Array | None]]:
        for index, rgb in enumerate(itertools.chain([head], stream), first):
            person = source.find(rgb, index)
            yield (rgb, person), None if person is None else person.box

    before = [source.box_before(i) for i in range(max(0, first - 2 * reach), first)]
    for (rgb, person), box in steadied(found(), size, reach, before):
        yield rgb, None if person is None or box is None else person._replace(box=box)


def person_of(alpha: Array) -> Person | None:
    """The largest piece of ``alpha`` (H, W) uint8 above one half, or ``None`` where it is too small."""
    import cv2

    side = 2 * max(1, round(_OPENING * min(alpha.shape))) + 1
    solid = cv2.morphologyEx((alpha > 127).astype(np.uint8), cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
    if len(stats) < 2:
        return None
    best = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    x, y, width, height, area = (int(v) for v in stats[best])
    if area < MIN_AREA * alpha.size:
        return None
    mask = pack(labels[y : y + height, x : x + width] == best, x, y)
    return Person(np.array([x, y, x + width, y + height], np.float64), mask)


def pack(part: Array, x: int, y: int) -> Mask:
    """The part (h, w) bool of a mask whose corner lies at (x, y)."""
    return Mask(np.packbits(part, axis=1), x, y, part.shape[1])


def unpack(mask: Mask, height: int, width: int) -> Array:
    """(height, width) uint8, 255 on the person."""
    full = np.zeros((height, width), np.uint8)
    part = np.unpackbits(mask.bits, axis=1, count=mask.width)
    full[mask.y : mask.y + len(part), mask.x : mask.x + mask.width] = part * np.uint8(255)
    return full


class MattePerson:
    """The matte; it follows one trainer already (``perscoach.matting``)."""

    name = "matte"
    warm_up = 0

    def __init__(self, cue: PersonCue, skip: int) -> None:
        self._cue, self._skip = cue, skip

    def find(self, rgb: Array, index: int) -> Person | None:
        alpha = self._cue.alpha(index * self._skip)
        if alpha.shape != rgb.shape[:2]:
            raise EngineError(
                "sam3d.matte_size",
                frame=index,
                matte=f"{alpha.shape[1]}x{alpha.shape[0]}",
                picture=f"{rgb.shape[1]}x{rgb.shape[0]}",
            )
        return person_of(alpha)

    def box_before(self, index: int) -> Array | None:
        person = person_of(self._cue.alpha(index * self._skip))
        return None if person is None else person.box

    def close(self) -> None:
        """Nothing is held."""


class LandmarkerPerson:
    """MediaPipe's landmarker, following the trainer among several people; its segmentation is the mask.

    Both come from the one pass over the clip (``perscoach.people.watch``), which the cut-out and another pose engine share.

    Args:
        take: what the engine is opened for; the pass begins with the first frame.
    """

    name = "mediapipe"
    warm_up = 0

    def __init__(self, take: Take) -> None:
        self._take = take
        self._watched: tuple[Landmarks, AlphaStore] | None = None

    def find(self, rgb: Array, index: int) -> Person | None:
        height, width = rgb.shape[:2]
        marks, masks = self._pass()
        at = index * self._take.settings.skip
        if not marks.found[at]:
            return None
        points = marks.image[at, :, :2].astype(np.float64)
        around = np.array(box_of_points(points)) * (width, height, width, height)
        mask = masks.alpha(at)
        if mask is not None:
            person = person_of((mask > 127).astype(np.uint8) * np.uint8(255))
            if person is not None and iou(tuple(person.box), tuple(around)) >= _SAME:
                return person
        pad = (around[2:] - around[:2]) * _MARGIN
        return Person(np.concatenate([around[:2] - pad, around[2:] + pad]), None)

    def _pass(self) -> tuple[Landmarks, AlphaStore]:
        if self._watched is None:
            people = self._take.watched(masks=True)
            self._watched = people.landmarks(self._take.monitor), people.masks
        return self._watched

    def box_before(self, index: int) -> Array | None:
        return None

    def close(self) -> None:
        """Nothing is held: the pass closes its landmarkers itself."""
