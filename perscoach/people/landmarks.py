"""Landmarks of a whole clip on disk, in chunks that appear atomically."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.checks import check_array
from perscoach.core.files import atomic
from perscoach.people.follow import POINTS, Sight


@dataclass(frozen=True)
class Landmarks:
    """The trainer's landmarks in consecutive observed frames; NaN where ``found`` is false.

    Attributes:
        found: (N,) bool.
        image: (N, 33, 5) float32: x, y in 0..1 of the picture, z, visibility, presence.
        world: (N, 33, 3) float32 metres about the hips' middle.
        cut: (N,) bool, where another shot begins; none unless given.

    Raises:
        TypeError, ValueError: from construction, with the expected and the actual shape.
    """

    found: Array
    image: Array
    world: Array
    cut: Array = None  # type: ignore[assignment]  # becomes an array in ``__post_init__``

    def __post_init__(self) -> None:
        count = check_array("found", self.found, ("N",), bool)["N"]
        check_array("image", self.image, (count, POINTS, 5), np.float32)
        check_array("world", self.world, (count, POINTS, 3), np.float32)
        if self.cut is None:
            object.__setattr__(self, "cut", np.zeros(count, bool))
        check_array("cut", self.cut, (count,), bool)

    def __len__(self) -> int:
        return len(self.found)

    @classmethod
    def of(cls, sights: Sequence[Sight]) -> Landmarks:
        """Frame by frame results as arrays. Numbers that are not finite count as a miss."""
        empty = cls.missing(len(sights))
        for i, sight in enumerate(sights):
            empty.cut[i] = sight.cut
            if sight.image is None or sight.world is None:
                continue
            if np.isfinite(sight.image).all() and np.isfinite(sight.world).all():
                empty.found[i], empty.image[i], empty.world[i] = True, sight.image, sight.world
        return empty

    @classmethod
    def missing(cls, count: int) -> Landmarks:
        """``count`` frames without anybody."""
        image = np.full((count, POINTS, 5), np.nan, np.float32)
        return cls(np.zeros(count, bool), image, np.full((count, POINTS, 3), np.nan, np.float32))

    @classmethod
    def joined(cls, parts: Sequence[Landmarks]) -> Landmarks:
        """One after the other."""
        return cls(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("found", "image", "world", "cut")))


class LandmarkStore:
    """Chunks of landmarks in a folder.

    Args:
        folder: where they lie now (``core.store.Store.folder``).
        span: chunk number to (first, one after the last) observed frame.
    """

    def __init__(self, folder: Callable[[], Path], span: Callable[[int], tuple[int, int]]) -> None:
        self._folder, self._span = folder, span

    def write(self, chunk: int, sights: Sequence[Sight]) -> None:
        """Store one whole chunk."""
        marks = Landmarks.of(sights)
        with atomic(self._folder() / f"{chunk:05d}.npz") as part:
            np.savez(part, found=marks.found, image=marks.image, world=marks.world, cut=marks.cut)

    def read(self, chunk: int) -> Landmarks | None:
        """A chunk, or ``None`` where it is missing or damaged (a damaged file is removed)."""
        start, stop = self._span(chunk)
        path = self._folder() / f"{chunk:05d}.npz"
        if not path.is_file():
            return None
        try:
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                marks = Landmarks(file["found"], file["image"], file["world"], file["cut"])
            if len(marks) != stop - start or not np.isfinite(marks.world[marks.found]).all():
                raise ValueError("another length, or numbers that are not finite")
        except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile):
            path.unlink(missing_ok=True)
            return None
        return marks
