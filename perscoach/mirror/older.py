"""What a bundle of an earlier perscoach lacks for the page: made from its poses when somebody asks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from perscoach.avatar.reduce import MovingMesh
from perscoach.bundles import layout, poses_npz
from perscoach.bundles.mirror import write_mirror
from perscoach.bundles.poses_json import read_json
from perscoach.core.arrays import Array
from perscoach.core.errors import BundleError
from perscoach.core.files import sweep

MADE = (layout.MIRROR_TRACK, layout.MIRROR_BODY)
_making = threading.Lock()


def make(bundle: Path, cache: Path, body: Path | None = None) -> None:
    """Write ``mirror/track.json`` and ``mirror/body.bin`` of a bundle into ``cache``, unless they are there.

    Args:
        body: the bundle's compact body, where the app has it already.

    Raises:
        BundleError: the bundle's poses cannot be read, or hold no body.
    """
    with _making:  # the page asks for both at once; one at a time also bounds the memory
        if all((cache / name).is_file() for name in MADE):
            return
        cache.mkdir(parents=True, exist_ok=True)
        sweep(cache)
        motion = read_json(bundle / layout.POSES_JSON)
        write_mirror(cache, motion, body or _mesh(bundle) or _mannequin(bundle))


def _mesh(bundle: Path) -> MovingMesh | None:
    path = bundle / layout.POSES_NPZ
    faces = poses_npz.read_faces(path) if path.is_file() else None
    return None if faces is None else Stored(path, faces)


def _mannequin(bundle: Path) -> MovingMesh:
    from perscoach.avatar.mannequin import Mannequin

    return Mannequin(read_json(bundle / layout.POSES_JSON))


class Stored:
    """The mesh in a ``trainer_poses.npz``, read forwards; asked for an earlier frame it begins anew."""

    def __init__(self, path: Path, faces: Array) -> None:
        self.faces = faces
        self._path = path
        self._at = 0
        self._left: Array | None = None
        self._blocks: Iterator[Array] = poses_npz.read_vertices(path)

    def vertices(self, start: int, stop: int) -> Array:
        """(n, V, 3) float32 metres.

        Raises:
            BundleError: the file ends before that.
        """
        if start < self._at:
            self._blocks, self._at, self._left = poses_npz.read_vertices(self._path), 0, None
        found = []
        while self._at < stop:
            if self._left is None or not len(self._left):
                self._left = next(self._blocks, None)
                if self._left is None:
                    raise BundleError(
                        f"{self._path.name}: it has fewer frames than the poses.",
                        f"{self._path.name}: кадров меньше, чем в позах.",
                    )
            skipped = max(0, min(start - self._at, len(self._left)))
            taken = min(stop - self._at, len(self._left))
            if taken > skipped:
                found.append(self._left[skipped:taken])
            self._left, self._at = self._left[taken:], self._at + taken
        return np.concatenate(found)
