"""Raw observations on disk, in chunks that appear atomically: a stopped pass goes on, a new smoothing needs no engine."""

from __future__ import annotations

import dataclasses
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from perscoach.core.checks import check_array
from perscoach.core.files import atomic
from perscoach.pose.base import Observation, Raw

CHUNK = 48
"""Observations per chunk: about two seconds of work are the most that a stop can cost."""


class RawStore:
    """The observations of one pass in ``folder``.

    Args:
        folder: created with the first chunk; a function where the folder moves (``core.store.Store.folder``).
        count: how many frames the pass looks at.
        joints: of the engine's skeleton.
        parameters: the engine's own numbers in each observation.
        chunk: observations per file.
    """

    def __init__(
        self, folder: Path | Callable[[], Path], count: int, joints: int, parameters: int = 0, chunk: int = CHUNK
    ) -> None:
        self._folder: Callable[[], Path] = (lambda: folder) if isinstance(folder, Path) else folder
        self.count, self.joints, self.parameters, self.chunk = count, joints, parameters, chunk
        self._known: dict[int, Raw] = {}
        self.scan()

    @property
    def folder(self) -> Path:
        """Where the chunks lie now."""
        return self._folder()

    def scan(self) -> None:
        """Read the chunks that are there and not known yet: another process may have made some."""
        for index in range(-(-self.count // self.chunk)):
            if index not in self._known and (stored := self._read(index)) is not None:
                self._known[index] = stored

    def span(self, index: int) -> tuple[int, int]:
        """The first observation of a chunk and the one after its last."""
        return index * self.chunk, min(self.count, (index + 1) * self.chunk)

    @property
    def done(self) -> int:
        """How many observations are stored."""
        return sum(len(held.found) for held in self._known.values())

    def missing(self) -> list[list[int]]:
        """The chunks that are not stored, neighbours together, in order."""
        groups: list[list[int]] = []
        for index in range(-(-self.count // self.chunk)):
            if index in self._known:
                continue
            if groups and groups[-1][-1] == index - 1:
                groups[-1].append(index)
            else:
                groups.append([index])
        return groups

    def write(self, index: int, seen: Sequence[Observation | None]) -> None:
        """Store one whole chunk.

        Raises:
            ValueError, TypeError: not as many observations as the chunk spans, or of other shapes.
        """
        start, stop = self.span(index)
        if len(seen) != stop - start:
            raise ValueError(f"chunk {index}: expected {stop - start} observations, got {len(seen)}")
        raw = pack(seen, self.joints, self.parameters)
        with atomic(self._path(index)) as part:
            np.savez(part, **vars(raw))
        self._known[index] = raw

    def load(self) -> Raw:
        """All observations; chunks that are missing count as misses."""
        parts = []
        for index in range(-(-self.count // self.chunk)):
            start, stop = self.span(index)
            parts.append(self._known.get(index) or pack([None] * (stop - start), self.joints, self.parameters))
        return Raw(*(np.concatenate([getattr(p, name) for p in parts]) for name in vars(parts[0])))

    def _path(self, index: int) -> Path:
        return self.folder / f"{index:05d}.npz"

    def _read(self, index: int) -> Raw | None:
        """A chunk from disk; one that is damaged is removed and counts as missing."""
        path = self._path(index)
        if not path.is_file():
            return None
        start, stop = self.span(index)
        n, j = stop - start, self.joints
        try:
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                raw = Raw(*(file[field.name] for field in dataclasses.fields(Raw)))
            check_array("found", raw.found, (n,), bool)
            check_array("joints", raw.joints, (n, j, 3), np.float32)
            check_array("keypoints", raw.keypoints, (n, j, 2), np.float32)
            check_array("confidence", raw.confidence, (n, j), np.float32)
            check_array("root", raw.root, (n, 3), np.float32)
            check_array("parameters", raw.parameters, (n, self.parameters), np.float32)
            seen = (raw.joints, raw.keypoints, raw.parameters)
            if not all(np.isfinite(array[raw.found]).all() for array in seen):
                raise ValueError("a found body with numbers that are not finite")
        except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile):
            path.unlink(missing_ok=True)
            return None
        return raw


def pack(seen: Sequence[Observation | None], joints: int, parameters: int = 0) -> Raw:
    """Observations as arrays. One with numbers that are not finite, or without the parameters, counts as a miss."""
    n = len(seen)
    raw = Raw(
        np.zeros(n, bool),
        np.full((n, joints, 3), np.nan, np.float32),
        np.full((n, joints, 2), np.nan, np.float32),
        np.zeros((n, joints), np.float32),
        np.full((n, 3), np.nan, np.float32),
        np.full((n, parameters), np.nan, np.float32),
    )
    for i, one in enumerate(seen):
        if one is None or not (np.isfinite(one.joints_3d).all() and np.isfinite(one.keypoints_2d).all()):
            continue
        if parameters:
            if one.parameters is None or not np.isfinite(one.parameters).all():
                continue
            raw.parameters[i] = one.parameters
        raw.found[i], raw.joints[i], raw.keypoints[i] = True, one.joints_3d, one.keypoints_2d
        raw.confidence[i] = np.clip(np.nan_to_num(one.confidence), 0.0, 1.0)
        if one.root is not None:
            raw.root[i] = one.root
    return raw
