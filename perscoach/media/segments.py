"""Where a clip is cut into pieces that are encoded side by side and kept for a resume."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perscoach.core import files
from perscoach.media.encoders import KEY_EVERY
from perscoach.media.export_types import ExportSettings, RgbaSource

#: A key frame is worth about this many other frames (45-frame pieces of a 90-frame cut-out: +22 % for one).
KEY_COST = 20
_MAX_WORKERS = 8  # a VP9 encoder with alpha holds some 100 MB at 1080p


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cut(frames: int, workers: int) -> tuple[tuple[int, int], ...]:
    """Cut ``frames`` into ranges of nearly equal length.

    There are as many pieces as there would be key frames anyway, which costs nothing; a few more where that keeps
    ``workers`` equally busy to the end and costs under 2 % of the size.

    Example:
        >>> cut(254, 2)
        ((0, 127), (127, 254))
    """
    least = -(-frames // KEY_EVERY)
    most = least + frames // (50 * KEY_COST)
    count = min(range(least, most + 1), key=lambda n: (-(-n // workers) / n, n))
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
    limit = min(available, _MAX_WORKERS) if source.ready else 1
    segments = cut(source.frames, limit)
    workers = min(limit, len(segments))
    return Plan(segments, workers, max(1, available // workers))


def kept_plan(work: Path, source: RgbaSource, settings: ExportSettings, available: int) -> Plan:
    """The plan that ``work`` was begun with, so that its finished pieces fit; or a new one, written there.

    Pieces of another size, rate, length or quality are removed.
    """
    what: dict[str, Any] = {
        "frames": source.frames,
        "width": source.width,
        "height": source.height,
        "fps": str(source.fps),
        "quality": settings.quality,
    }
    path = work / "plan.json"
    _sweep(work)
    fresh = make_plan(source, available)
    old = _read(path)
    if old is not None and old[0] == what:
        workers = min(fresh.workers if source.ready else 1, len(old[1]))
        return Plan(old[1], workers, max(1, available // workers))
    forget(work)
    files.write_json(path, {"of": what, "segments": fresh.segments})
    return fresh


def forget(work: Path) -> None:
    """Remove every piece in ``work``."""
    for path in work.glob("*"):
        _remove(path)


def _sweep(work: Path) -> None:
    """Remove what a killed process left half-written."""
    for path in work.glob(".*.part*"):
        _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _read(path: Path) -> tuple[dict[str, Any], tuple[tuple[int, int], ...]] | None:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        segments = tuple((int(a), int(b)) for a, b in value["segments"])
        edges = [0, *(b for _, b in segments)]
        whole = all(a == e < b for (a, b), e in zip(segments, edges, strict=False))
        return (value["of"], segments) if whole and edges[-1] == value["of"]["frames"] else None
    except (OSError, ValueError, TypeError, KeyError):
        return None
