"""Boxes of one person through time: steady in place and slow in size, without lag, and never over a cut.

Pure. A box is (4,) float64: x0, y0, x1, y1 in pixels. A crop that jumps makes depth and size jump with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from perscoach.core.arrays import Array
from perscoach.people.tracking import choose_trainer

T = TypeVar("T")
Sized = tuple[float, float]

REACH_SECONDS, MAX_REACH = 0.2, 6
"""How far the size looks ahead and back, twice over, and the most frames that may be."""

_MIDDLE = 2  # frames to each side whose median is the place


def reach_of(fps: float) -> int:
    """Frames for ``fps`` frames a second."""
    return max(1, min(MAX_REACH, round(REACH_SECONDS * fps)))


def steadied(
    items: Iterable[tuple[T, Array | None]], size: Sized, reach: int, before: Sequence[Array | None] = ()
) -> Iterator[tuple[T, Array | None]]:
    """The same items in order, each with its steady box; a miss (``None``) stays one. Looks ``2 * reach`` items ahead.

    Args:
        items: anything with its own box.
        size: (width, height) of the picture.
        before: the boxes of the frames before the first item, where they are known.
    """
    span = 2 * reach
    boxes = list(before)[-span:]
    at = len(boxes)  # of the first waiting thing
    waiting: deque[T] = deque()
    for thing, box in items:
        waiting.append(thing)
        boxes.append(box)
        if len(waiting) > span:
            yield waiting.popleft(), steady_box(boxes, at, size, reach)
            at += 1
            del boxes[: max(0, at - span)]
            at = min(at, span)
    for i, thing in enumerate(waiting, at):
        yield thing, steady_box(boxes, i, size, reach)


def steady_box(boxes: Sequence[Array | None], at: int, size: Sized, reach: int) -> Array | None:
    """The steady box of ``boxes[at]`` from its neighbours in the same shot; ``None`` where there is none.

    The place is the median over two frames to each side. Half the width and height are the largest over ``reach`` frames to
    each side, then the mean of that over as many: smooth, and never smaller than what the frame itself needs.
    """
    if boxes[at] is None:
        return None
    first, last = _shot(boxes, at, size, 2 * reach)
    run = [(i, box) for i in range(first, last + 1) if (box := boxes[i]) is not None]
    index = np.array([i for i, _ in run])
    own = np.array([box for _, box in run])
    centres = (own[:, :2] + own[:, 2:]) / 2
    places = np.array([_median(centres, index, i) for i in index])
    half = np.maximum(own[:, 2:] - places, places - own[:, :2])
    largest = np.array([half[np.abs(index - i) <= reach].max(axis=0) for i in index])
    here = largest[np.abs(index - at) <= reach].mean(axis=0)
    place = places[np.flatnonzero(index == at)[0]]
    result: Array | None = np.concatenate([place - here, place + here])
    return result


def _median(centres: Array, index: Array, at: int) -> Array:
    """Over as many frames to one side as to the other: else the place would lag at the ends of a shot."""
    width = min(_MIDDLE, at - int(index[0]), int(index[-1]) - at)
    near: Array = np.median(centres[np.abs(index - at) <= width], axis=0)
    return near


def _shot(boxes: Sequence[Array | None], at: int, size: Sized, span: int) -> tuple[int, int]:
    """The first and the last frame around ``at`` within ``span`` that go on with the same person in the same shot."""
    ends = []
    for step, stop in ((-1, max(-1, at - span - 1)), (1, min(len(boxes), at + span + 1))):
        last, end, lost = boxes[at], at, 0
        for i in range(at + step, stop, step):
            box = boxes[i]
            if box is None:
                lost += 1
                continue
            assert last is not None
            if not follows(last, box, size, lost):
                break
            last, end, lost = box, i, 0
        ends.append(end)
    return ends[0], ends[1]


def follows(previous: Array, box: Array, size: Sized, lost: int = 0) -> bool:
    """Whether ``box`` can be the same person a moment later: no cut in between."""
    scale = np.array([*size, *size])
    a, b = (tuple(float(v) for v in x / scale) for x in (previous, box))
    return choose_trainer([b], a, None, lost) is not None  # type: ignore[list-item, arg-type]
