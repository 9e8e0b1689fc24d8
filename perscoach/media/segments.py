"""Where a clip is cut into pieces that are encoded side by side and kept for a resume."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass

from perscoach.media.encoders import KEY_EVERY
from perscoach.media.types import RgbaSource

#: A key frame is worth about this many other frames (45-frame pieces of a 90-frame cut-out: +22 % for one).
KEY_COST = 20
_MAX_WORKERS = 8  # a VP9 encoder with alpha holds some 100 MB at 1080p


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cut(frames: int) -> tuple[tuple[int, int], ...]:
    """Cut ``frames`` into ranges of nearly equal length, on every machine the same.

    There are as many pieces as there would be key frames anyway, which costs nothing; a few more where that keeps
    eight workers (and so two or four) equally busy to the end and costs under 2 % of the size.

    Example:
        >>> cut(254)
        ((0, 127), (127, 254))
    """
    least = -(-frames // KEY_EVERY)
    most = least + frames // (50 * KEY_COST)
    count = min(range(least, most + 1), key=lambda n: (-(-n // _MAX_WORKERS) / n, n))
    edges = [frames * i // count for i in range(count + 1)]
    return tuple(itertools.pairwise(edges))


@dataclass(frozen=True)
class Plan:
    """How an export is divided.

    Attributes:
        segments: (start, stop) frame ranges, together the whole clip.
        workers: how many are encoded at the same time.
        threads: of each encoder.
    """

    segments: tuple[tuple[int, int], ...]
    workers: int
    threads: int


def make_plan(source: RgbaSource, available: int) -> Plan:
    """Divide ``source`` for ``available`` cores; a source that must be read in order has one encoder with all cores."""
    segments = cut(source.frames)
    workers = min(available, _MAX_WORKERS, len(segments)) if source.ready else 1
    return Plan(segments, workers, max(1, available // workers))
