"""Stored outputs of SAM 3D Body on disk, whoever made them: nothing in them is trusted.

Two forms are read:

* a folder of ``*.npz``, one per frame in the order of their names (numbers in names count as numbers), each a dict as
  upstream's ``process_one_image`` gives it, saved by ``np.savez(path, **person)``; several people in a frame stand stacked
  along a new first axis (none of them: a miss);
* one ``.npz`` with the same names, the frames stacked along the first axis; frames of NaN are misses.

Either may also hold ``faces`` (N, 3), ``joint_names`` and ``joint_parents`` (J,), ``fps``; without faces the topology is a
``.ply`` of MHR's, see ``perscoach.pose.topology``. Other members are never looked at.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np

from perscoach.body import Bones
from perscoach.core.arrays import Array
from perscoach.core.errors import EngineError
from perscoach.core.files import key_of
from perscoach.core.npz import UNREADABLE, Npz, NpzError

_LIMITS = {"V": 100_000, "J": 1000, "N": 400_000}
PERSON: dict[str, tuple[int | str, ...]] = {
    "pred_keypoints_3d": (70, 3),
    "pred_keypoints_2d": (70, 2),
    "pred_cam_t": (3,),
    "bbox": (4,),
    "focal_length": (),
    "pred_vertices": ("V", 3),
    "pred_joint_coords": ("J", 3),
    "pred_global_rots": ("J", 3, 3),
    "global_rot": (3,),
    "body_pose_params": (133,),
    "hand_pose_params": (108,),
    "scale_params": (28,),
    "shape_params": (45,),
    "mhr_model_params": (204,),
}
"""What is read of a person in a frame, and its shape; units and axes are upstream's."""

NEEDED = ("pred_keypoints_3d", "pred_keypoints_2d", "pred_cam_t")
"""Without these nothing can be shown."""

_CLIP = frozenset(("faces", "joint_names", "joint_parents", "fps"))
_MOST_FRAMES = 1_000_000
_MOST_PEOPLE = 64
_MOST_BYTES = 64 << 20
_LARGEST = 1e5


class Recording:
    """A recording that is open.

    Attributes:
        path: the folder or file; entries: how many frames it holds.
        fields: the names of ``PERSON`` that every frame with somebody in it has.

    Raises:
        EngineError: no such recording, or not of either form; the sentence says which file and what was expected.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._npz: Npz | None = None
        self._at: Path | None = None
        self._stacked = not path.is_dir()
        self._files = [path] if self._stacked else _in_order(path)
        if not self._files or not all(f.is_file() for f in self._files):
            raise _bad(path.name, "there is no such recording (a folder of .npz files, one per frame, or one .npz)")
        self._first = next((i for i in range(len(self._files)) if self._stacked or self.people(i)), -1)
        if self._first < 0:
            raise _bad(path.name, "there is nobody in any frame")
        with self._reading(self._first) as npz:
            missing = [name for name in NEEDED if name not in npz.headers]
            if missing:
                raise NpzError(f"{missing[0]} is missing; a frame is saved by np.savez(path, **person)")
            self.fields = frozenset(npz.headers) & frozenset(PERSON)
            self.sizes = self._measure(npz)
            self.entries = npz.headers[NEEDED[0]].shape[0] if self._stacked else len(self._files)
        if not 0 < self.entries <= _MOST_FRAMES:
            raise _bad(path.name, f"expected 1 to {_MOST_FRAMES} frames, found {self.entries}")

    @cached_property
    def key(self) -> str:
        """Another value when a file is another: names, sizes and times."""
        stats = [(f.name, f.stat()) for f in self._files]
        return key_of([[name, s.st_size, s.st_mtime_ns] for name, s in stats])

    @property
    def has_mesh(self) -> bool:
        """Whether vertices, and joints with rotations to hang them on, were recorded."""
        return {"pred_vertices", "pred_joint_coords", "pred_global_rots"} <= self.fields

    def people(self, index: int) -> int:
        """How many people frame ``index`` holds."""
        if self._stacked:
            return 1
        with self._reading(index) as npz:
            header = npz.headers.get(NEEDED[0])
            if header is None:
                raise NpzError(f"{NEEDED[0]} is missing")
            count = header.shape[0] if len(header.shape) == 3 else 1
            if count > _MOST_PEOPLE:
                raise NpzError(f"{count} people, expected at most {_MOST_PEOPLE}")
            return count

    def person(self, index: int, person: int, names: frozenset[str] | None = None) -> dict[str, Array] | None:
        """One person of one frame: name to float32 array; ``None`` where a number is not finite or beyond sense.

        Args:
            index: the frame; person: 0 .. ``people(index)`` - 1.
            names: which fields; all that were recorded where left out.

        Raises:
            EngineError: the file cannot be read, lacks a field that the first frame has, or has it in another shape.
        """
        out: dict[str, Array] = {}
        with self._reading(index) as npz:
            for name in sorted(self.fields if names is None else names & self.fields):
                if name not in npz.headers:
                    raise NpzError(f"{name} is missing, though the first frame has it")
                value = npz.row(name, index) if self._stacked else self._of(npz, name, person)
                shape = tuple(self.sizes[s] if isinstance(s, str) else s for s in PERSON[name])
                if value.shape != shape or value.dtype.kind not in "fiu":
                    raise NpzError(f"{name}: expected numbers of shape {shape}, got {value.dtype} {value.shape}")
                out[name] = value.astype(np.float32)
        good = all((np.abs(value) <= _LARGEST).all() for value in out.values())
        return out if good else None

    def fps(self) -> float | None:
        """How many recorded frames make a second, where the recording says so."""
        rate = self._whole("fps", ())
        if rate is None:
            return None
        if not 0.01 <= float(rate) <= 1000:
            raise _bad(self.path.name, f"fps: expected 0.01 to 1000, got {float(rate):g}")
        return float(rate)

    def faces(self) -> Array | None:
        """(N, 3) int32, where the recording holds them."""
        faces = self._whole("faces", (None, 3))
        if faces is None:
            return None
        if faces.dtype.kind not in "iu" or not len(faces) <= _LIMITS["N"]:
            raise _bad(self.path.name, f"faces: expected at most {_LIMITS['N']} triangles of whole numbers")
        if len(faces) and not (0 <= int(faces.min()) and int(faces.max()) < self.sizes.get("V", 0)):
            raise _bad(self.path.name, f"faces: expected indices below {self.sizes.get('V', 0)}")
        return faces.astype(np.int32)

    def bones(self) -> Bones | None:
        """The joints' names and parents, where the recording holds them."""
        count = self.sizes.get("J")
        names, parents = self._whole("joint_names", (count,)), self._whole("joint_parents", (count,))
        if names is None or parents is None:
            return None
        try:
            if names.dtype.kind != "U" or parents.dtype.kind not in "iu":
                raise ValueError("expected texts and whole numbers")
            return Bones(tuple(str(n)[:80] for n in names), tuple(int(p) for p in parents))
        except ValueError as error:
            raise _bad(self.path.name, f"joint_names, joint_parents: {error}") from error

    def close(self) -> None:
        """Close the file that is open."""
        if self._npz is not None:
            self._npz.close()
        self._npz = self._at = None

    # -- reading ----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _reading(self, index: int) -> Iterator[Npz]:
        """The archive that holds frame ``index``; whatever its bytes are, only ``EngineError`` comes out."""
        path = self._files[0] if self._stacked else self._files[index]
        try:
            if self._npz is None or self._at != path:
                self.close()
                self._npz, self._at = Npz(path, frozenset(PERSON) | _CLIP), path
            yield self._npz
        except NpzError as error:
            raise _bad(path.name, str(error)) from error
        except UNREADABLE as error:
            raise _bad(path.name, f"cannot be read ({type(error).__name__}: {error!s:.100})") from error

    def _measure(self, npz: Npz) -> dict[str, int]:
        """How many vertices and joints there are, from the headers of the first file."""
        lead = npz.headers[NEEDED[0]].shape
        people = len(lead) == 3
        if self._stacked and not people:
            raise NpzError(f"{NEEDED[0]}: expected shape (frames, 70, 3), got {lead}; one frame belongs into a folder")
        sizes: dict[str, int] = {}
        for name in sorted(self.fields):
            header, want = npz.headers[name], PERSON[name]
            got = header.shape[1:] if people else header.shape
            fits = len(header.shape) == len(want) + people and (not people or header.shape[0] == lead[0])
            for size, w in zip(got, want, strict=False):
                fits = fits and (
                    0 < size <= _LIMITS[w] and sizes.setdefault(w, size) == size if isinstance(w, str) else size == w
                )
            if not fits or header.dtype.kind not in "fiu":
                shape = ", ".join(str(w) for w in ((lead[0], *want) if people else want))
                raise NpzError(f"{name}: expected numbers of shape ({shape}), got {header.dtype} {header.shape}")
        return sizes

    @staticmethod
    def _of(npz: Npz, name: str, person: int) -> Array:
        value = npz.load(name, _MOST_BYTES)
        if value.ndim != len(PERSON[name]) + 1:
            return value
        if person >= len(value):
            raise NpzError(f"{name}: person {person} of {len(value)}")
        return np.asarray(value[person])

    def _whole(self, name: str, shape: tuple[int | None, ...]) -> Array | None:
        """A member that belongs to the whole clip, from the first file with somebody in it."""
        with self._reading(self._first) as npz:
            if name not in npz.headers:
                return None
            value = npz.load(name, _MOST_BYTES)
            fits = value.ndim == len(shape) and all(w in (None, s) for s, w in zip(value.shape, shape, strict=False))
            if not fits:
                raise NpzError(f"{name}: expected shape {shape}, got {value.shape}")
            return value


def _in_order(folder: Path) -> list[Path]:
    """The frames' files: numbers in their names count as numbers, so that 10 comes after 9."""
    files = [f for f in folder.iterdir() if f.suffix == ".npz" and not f.name.startswith(".")]
    if len(files) > _MOST_FRAMES:
        raise _bad(folder.name, f"more than {_MOST_FRAMES} files")

    def order(path: Path) -> list[tuple[int, int, str]]:
        parts = re.split(r"([0-9]{1,18})", path.name)
        return [(1, int(p), "") if i % 2 else (0, 0, p) for i, p in enumerate(parts)]

    return sorted(files, key=order)


def _bad(name: str, what: str) -> EngineError:
    return EngineError("recorded.bad", name=name, reason=what)
