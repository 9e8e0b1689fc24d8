"""Everybody in a single frame, and where the person whom the coach clicked stood when the clip began."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.progress import Monitor
from perscoach.media import Clip
from perscoach.people.clothes import clothes_of, put_right
from perscoach.people.follow import CONFIDENCE
from perscoach.people.landmarker import box_of, image_of, open_landmarker
from perscoach.people.tracking import Box, centre, choose_trainer, distance_to

LOOKS_A_SECOND = 6.0
"""How often the way back to the clip's beginning is looked at: who walks across moves a third of their width meanwhile."""

MOST_LOOKS = 240
"""On the way back at most: a click at the end of a long clip is answered within half a minute."""

SLACK = 2
"""Looks that one look counts for in ``choose_trainer``: frames lie further apart here than in the pass."""


@dataclass(frozen=True)
class Person:
    """Somebody in a frame.

    Attributes:
        box: (x0, y0, x1, y1) in 0..1 of the picture.
        clothes: see ``clothes.clothes_of``.
    """

    box: Box
    clothes: Array


class Everyone:
    """Finds all people in single frames; the landmarker is opened with the first one.

    Args:
        model: the ``.task`` bundle.
    """

    def __init__(self, model: Path) -> None:
        self._model = model
        self._landmarker: Any = None

    def people(self, rgb: Array) -> list[Person]:
        """Everybody in the frame (H, W, 3) uint8, from left to right.

        Raises:
            EngineError: the bundle cannot be opened.
        """
        if self._landmarker is None:
            self._landmarker = open_landmarker(self._model, CONFIDENCE, video=False)
        found = []
        for pose in self._landmarker.detect(image_of(rgb)).pose_landmarks:
            points = np.array([(point.x, point.y) for point in pose], np.float64)
            found.append(Person(box_of(pose), clothes_of(rgb, points)))
        return sorted(found, key=lambda one: centre(one.box))

    def close(self) -> None:
        """Release memory and threads."""
        if self._landmarker is not None:
            self._landmarker.close()
        self._landmarker = None


def at_point(people: list[Person], point: tuple[float, float]) -> int | None:
    """The person under or nearest to ``point`` (x, y in 0..1); ``None`` where nobody is near."""
    if not people:
        return None
    ways = [(distance_to(one.box, point), abs(centre(one.box)[0] - point[0]), i) for i, one in enumerate(people)]
    way, _, index = min(ways)
    return index if way < 0.05 else None


def followed(start: Person, looks: Iterable[list[Person]]) -> Box:
    """Where ``start`` is in the last of ``looks`` in which they can be told: by place and, where that is unsure, by clothes."""
    box, lost = start.box, 0
    for people in looks:
        boxes = [one.box for one in people]
        index = choose_trainer(boxes, box, None, SLACK * (lost + 1))
        if len(people) > 1 or index is None:
            index = put_right(index, [one.clothes for one in people], start.clothes)
        if index is None:
            lost += 1
        else:
            box, lost = boxes[index], 0
    return box


def at_the_beginning(
    clip: Clip, index: int, person: Person, everyone: Everyone, monitor: Monitor
) -> tuple[float, float]:
    """The middle of ``person`` of frame ``index`` where the clip begins, (x, y) in 0..1: the pass starts there.

    Raises:
        Cancelled: by the monitor.
        ClipError, EngineError: the clip or the landmarker failed.
    """
    step = max(1, round(float(clip.fps) / LOOKS_A_SECOND), index // MOST_LOOKS)

    def looks() -> Iterable[list[Person]]:
        for at in dict.fromkeys([*range(index - step, 0, -step), 0] if index else []):
            monitor.check()
            yield everyone.people(clip.frame(at))

    x, y = centre(followed(person, looks()))
    return min(1.0, max(0.0, x)), min(1.0, max(0.0, y))
