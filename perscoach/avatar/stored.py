"""A moving body on disk, written and read in pieces.

A folder holds ``body.json`` (written last: a folder without it is no body), ``rest.npy``, ``pivots.npy``, ``weights.npy``,
``faces.npy``, ``valid.npy``, ``steps.npy`` and the tracks, plain little-endian numbers frame by frame: ``vertices.i16``
(frame f's vertices are these times ``steps[f]`` metres), ``rotations.f32`` and ``places.f32``.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np

from perscoach.body import Bones, Pose
from perscoach.core.arrays import Array
from perscoach.core.checks import check_array
from perscoach.core.errors import PerscoachError
from perscoach.core.files import atomic, write_json

_FORMAT, _VERSION = "perscoach-body", 1
_MOST = {"frames": 1_000_000, "vertices": 100_000, "faces": 400_000, "bones": 1000}
_TRACKS = {"vertices": ("i16", "<i2"), "rotations": ("f32", "<f4"), "places": ("f32", "<f4")}
_FAR = 100.0  # metres; no part of a body is farther from its hips


class BodyWriter:
    """Writes a body of ``frames`` frames, in pieces and in any order; frames never written have no body.

    Vertices are rounded to a 32767th of each frame's largest coordinate: at most 0.02 mm off for a standing adult.

    Args:
        folder: made if need be; a body that is already there is replaced.
        name, bones, rest, pivots, weights, faces: as in ``MovingBody``.

    Example:
        >>> with BodyWriter(folder, "mhr", bones, rest, pivots, weights, faces, 90) as body:  # doctest: +SKIP
        ...     body.write(0, vertices, rotations, places, valid)
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        bones: Bones,
        rest: Array,
        pivots: Array,
        weights: Array,
        faces: Array,
        frames: int,
    ) -> None:
        v, b = len(rest), len(bones)
        check_array("rest", rest, (v, 3))
        check_array("pivots", pivots, (b, 3))
        check_array("weights", weights, (v, b))
        check_array("faces", faces, (None, 3))
        self._folder, self._sizes = folder, _sizes(v, b)
        self._about: dict[str, Any] = {
            "format": _FORMAT,
            "version": _VERSION,
            "name": name,
            "frames": frames,
            "vertices": v,
        }
        self._about |= {"faces": len(faces), "bones": list(bones.names), "parents": list(bones.parents)}
        self._valid, self._steps = np.zeros(frames, bool), np.ones(frames, np.float32)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "body.json").unlink(missing_ok=True)
        for key, array, kind in (
            ("rest", rest, "<f4"), ("pivots", pivots, "<f4"), ("weights", weights, "<f4"), ("faces", faces, "<i4"),
        ):  # fmt: skip
            _save(folder / f"{key}.npy", np.ascontiguousarray(array, kind))
        self._files: dict[str, IO[bytes]] = {}
        self._open = contextlib.ExitStack()
        for key, (ending, kind) in _TRACKS.items():
            file = self._open.enter_context((folder / f"{key}.{ending}").open("wb"))
            file.truncate(frames * self._sizes[key] * np.dtype(kind).itemsize)
            self._files[key] = file

    def write(self, start: int, vertices: Array, rotations: Array, places: Array, valid: Array) -> None:
        """Frames ``start`` and on: vertices (n, V, 3) and places (n, B, 3) metres, rotations (n, B, 3, 3), valid (n,) bool.

        Raises:
            ValueError: another shape, frames past the end, or a valid frame with numbers that are not finite or too large.
        """
        n, v, b = len(valid), int(self._about["vertices"]), self._sizes["places"] // 3
        check_array("vertices", vertices, (n, v, 3))
        check_array("rotations", rotations, (n, b, 3, 3))
        check_array("places", places, (n, b, 3))
        if start < 0 or start + n > len(self._valid):
            raise ValueError(f"frames {start} to {start + n} lie outside 0 to {len(self._valid)}")
        valid = np.asarray(valid, bool)
        for what, limit, values in (
            ("vertices", _FAR, vertices),
            ("rotations", 1.01, rotations),
            ("places", _FAR, places),
        ):
            if not (np.abs(values[valid]) <= limit).all():
                raise ValueError(f"{what}: a frame of {start} to {start + n} holds numbers that cannot be a body's")

        def held(values: Array) -> Array:
            return np.where(valid.reshape(-1, *(1,) * (values.ndim - 1)), values, 0).astype(np.float32)

        points = held(vertices)
        steps = np.maximum(np.abs(points).max((1, 2), initial=0.0), 1e-6) / 32767
        whole = np.round(points / steps[:, None, None]).astype("<i2")
        for key, values in (("vertices", whole), ("rotations", held(rotations)), ("places", held(places))):
            kind = np.dtype(_TRACKS[key][1])
            file = self._files[key]
            file.seek(start * self._sizes[key] * kind.itemsize)
            file.write(np.ascontiguousarray(values, kind).tobytes())
        self._valid[start : start + n], self._steps[start : start + n] = valid, steps

    def close(self) -> None:
        """Finish: from now on the folder is a body."""
        self._open.close()
        _save(self._folder / "valid.npy", self._valid)
        _save(self._folder / "steps.npy", self._steps)
        write_json(self._folder / "body.json", self._about, indent=None)

    def __enter__(self) -> BodyWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._open.close()


class StoredBody:
    """A ``MovingBody`` read from a ``BodyWriter``'s folder; frames are read when they are asked for.

    Raises:
        PerscoachError: no such body, or a damaged one.
    """

    name: str
    faces: Array
    bones: Bones
    rest: Array
    pivots: Array
    weights: Array
    valid: Array

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            self._read()
        except (OSError, ValueError, TypeError, KeyError, AttributeError, EOFError, RecursionError) as error:
            raise _damaged(folder, error) from error

    def _read(self) -> None:
        path = self._folder / "body.json"
        if path.stat().st_size > 1 << 20:
            raise ValueError("body.json is too long")
        about = json.loads(path.read_text(encoding="utf-8"))
        if about["format"] != _FORMAT or about["version"] != _VERSION:
            raise ValueError("body.json is of another format")
        names, parents = about["bones"], about["parents"]
        counts = {
            "frames": about["frames"],
            "vertices": about["vertices"],
            "faces": about["faces"],
            "bones": len(names),
        }
        for key, count in counts.items():
            if not isinstance(count, int) or not 0 <= count <= _MOST[key]:
                raise ValueError(f"{key}: expected 0 to {_MOST[key]}, got {count!r:.40}")
        self.name = str(about["name"])[:40]
        self.bones = Bones(tuple(str(n)[:80] for n in names), tuple(int(p) for p in parents))
        f, v, n, b = counts.values()
        self._sizes = _sizes(v, b)
        self.rest = _load(self._folder / "rest.npy", (v, 3), np.float32)
        self.pivots = _load(self._folder / "pivots.npy", (b, 3), np.float32)
        self.weights = _load(self._folder / "weights.npy", (v, b), np.float32)
        self.faces = _load(self._folder / "faces.npy", (n, 3), np.int32)
        self.valid = _load(self._folder / "valid.npy", (f,), np.bool_)
        self._steps = _load(self._folder / "steps.npy", (f,), np.float32)
        _check(self.rest, self.pivots, self.weights, self.faces, self._steps)
        for key, (ending, kind) in _TRACKS.items():
            wanted = f * self._sizes[key] * np.dtype(kind).itemsize
            if (size := (self._folder / f"{key}.{ending}").stat().st_size) != wanted:
                raise ValueError(f"{key} has {size} bytes, expected {wanted}")

    def __len__(self) -> int:
        return len(self.valid)

    def vertices(self, start: int, stop: int) -> Array:
        """(n, V, 3) float32 metres; NaN where there is no body.

        Raises:
            PerscoachError: the file has become shorter, or holds numbers that are no body's.
        """
        start, stop, _ = slice(start, stop).indices(len(self))
        out = self._track("vertices", start, stop).reshape(-1, len(self.rest), 3).astype(np.float32)
        out *= self._steps[start:stop, None, None]
        out[~self.valid[start:stop]] = np.nan
        return out

    def posed(self, start: int, stop: int) -> Pose:
        """The bones of these frames; NaN where there is no body.

        Raises:
            PerscoachError: as ``vertices``.
        """
        start, stop, _ = slice(start, stop).indices(len(self))
        rotations = self._track("rotations", start, stop).reshape(-1, len(self.bones), 3, 3)
        places = self._track("places", start, stop).reshape(-1, len(self.bones), 3)
        if not ((np.abs(rotations) <= 1.01).all() and (np.abs(places) <= _FAR).all()):
            raise _damaged(self._folder, ValueError("a pose holds numbers that are no rotation or place"))
        rotations[~self.valid[start:stop]], places[~self.valid[start:stop]] = np.nan, np.nan
        return Pose(rotations, places)

    def _track(self, key: str, start: int, stop: int) -> Array:
        ending, kind = _TRACKS[key]
        size, count = self._sizes[key], max(0, stop - start)
        try:
            with (self._folder / f"{key}.{ending}").open("rb") as file:
                values = np.fromfile(file, kind, count * size, offset=start * size * np.dtype(kind).itemsize)
            if len(values) != count * size:
                raise ValueError(f"{key} has become shorter")
        except (OSError, ValueError) as error:
            raise _damaged(self._folder, error) from error
        return values


def _sizes(vertices: int, bones: int) -> dict[str, int]:
    """Numbers per frame in each track."""
    return {"vertices": vertices * 3, "rotations": bones * 9, "places": bones * 3}


def _save(path: Path, array: Array) -> None:
    with atomic(path) as part, part.open("wb") as file:
        np.save(file, array, allow_pickle=False)


def _load(path: Path, shape: tuple[int, ...], dtype: Any) -> Array:
    array = np.load(path, mmap_mode="r", allow_pickle=False)  # mapped, so that a lying header cannot ask for memory
    if array.shape != shape or array.dtype != np.dtype(dtype):
        raise ValueError(f"{path.stem} is {array.dtype} {array.shape}, expected {np.dtype(dtype)} {shape}")
    return np.array(array)


def _check(rest: Array, pivots: Array, weights: Array, faces: Array, steps: Array) -> None:
    for key, values in (("rest", rest), ("pivots", pivots), ("steps", steps)):
        if not (np.abs(values) <= _FAR).all():
            raise ValueError(f"{key} holds numbers that cannot be a body's")
    if not ((weights >= -1e-4) & (weights <= 1.001)).all() or not (np.abs(weights.sum(1) - 1) < 1e-3).all():
        raise ValueError("weights: expected 0 to 1 with rows that sum to 1")
    if len(faces) and not (0 <= int(faces.min()) and int(faces.max()) < len(rest)):
        raise ValueError(f"faces: expected indices 0 to {len(rest) - 1}")


def _damaged(folder: Path, error: Exception) -> PerscoachError:
    why = str(error).replace(str(folder), folder.name)[:200] or type(error).__name__
    return PerscoachError("avatar.stored_damaged", reason=why, folder=folder.name)
