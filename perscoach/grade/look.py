"""Looks: a ``.cube`` file that somebody else made, put after the V11 grade.

One pixel: ``v = V11(rgb)`` clipped to 0..1, ``v + amount * (cube(v) - v)`` with the cube read trilinearly, clipped to 0..1,
rounded to 8 bits once. A file that is brought in is read, checked and written anew as plain numbers; the SHA-256 of that
text is its id and its name on the disk, so the same table is kept once, and a changed one is noticed.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.checks import check_number
from perscoach.core.errors import SettingsError
from perscoach.core.files import atomic, sha256_of
from perscoach.core.names import clean_name
from perscoach.grade import cube as cubes
from perscoach.grade import lut, reference
from perscoach.grade.cube import Cube
from perscoach.grade.params import Grade

FOLDER = "looks"
MAX_KEPT = 40
"""Tables that a job keeps; the one that was brought in first makes room for another."""
_ENDING = re.compile(r"\.cube\s*$", re.IGNORECASE)
_ID = re.compile(r"[0-9a-f]{64}")
_BLOCK = 1 << 14  # pixels between the two loops: what lies between them stays in the processor's cache


@dataclass(frozen=True)
class Look:
    """Which table is put after V11, and how much of it.

    Attributes:
        id: SHA-256 of the stored table's text in hex; empty for no look (name and amount are then the defaults).
        name: what the coach calls it.
        amount: 0 (V11 alone) to 1 (the table's full effect).
    """

    id: str = ""
    name: str = ""
    amount: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not (self.id == "" or _ID.fullmatch(self.id)):
            raise SettingsError("grade.look_id", value=f"{self.id!r:.60}")
        if not isinstance(self.name, str):
            raise SettingsError("grade.look_name")
        amount = check_number("look.amount", self.amount, 0, 1)
        object.__setattr__(self, "name", clean_name(self.name) if self.id else "")
        object.__setattr__(self, "amount", amount if self.id else 1.0)

    @property
    def shown(self) -> bool:
        """Whether it changes anything."""
        return bool(self.id) and self.amount > 0


NONE = Look()


# the stored table -----------------------------------------------------------------------------------------------------


def store(folder: Path, text: str, name: str = "", keep: Collection[str] = ()) -> Look:
    """``take_in`` without the table."""
    return take_in(folder, text, name, keep)[0]


def take_in(folder: Path, text: str, name: str = "", keep: Collection[str] = ()) -> tuple[Look, Cube]:
    """Check the text of a ``.cube`` file and keep its table in a job's folder.

    Args:
        folder: the job's folder.
        text: the file's text.
        name: the file's name, which becomes the look's; the table's own title, else "Look", where it is empty.
        keep: ids of looks that must stay, also when the oldest ones make room.

    Raises:
        SettingsError: not a 3D ``.cube`` table (see ``cube.loads``).
    """
    table = cubes.loads(text, clean_name(name) or ".cube")
    shown = clean_name(_ENDING.sub("", name)) or clean_name(table.title) or "Look"
    # nothing of the file but its numbers: what a stranger wrote into the comments goes into no bundle
    plain = cubes.text_of(replace(table, title="Look"), exact=True).encode("ascii")
    look = Look(hashlib.sha256(plain).hexdigest(), shown)
    path = path_of(folder, look)
    if path.is_file() and sha256_of(path) == look.id:
        path.touch()  # among the newest again
    else:
        with atomic(path) as part:
            part.write_bytes(plain)
        _forget_oldest(path, keep)
    return look, table


def _forget_oldest(newest: Path, keep: Collection[str] = ()) -> None:
    kept = sorted(newest.parent.glob("[0-9a-f]*.cube"), key=lambda p: p.stat().st_mtime_ns)
    free = [p for p in kept if p != newest and p.stem not in keep]
    for path in free[: max(0, len(kept) - MAX_KEPT)]:
        path.unlink(missing_ok=True)


def path_of(folder: Path, look: Look) -> Path:
    """Where a job's folder keeps the table of ``look`` (which has an id)."""
    return folder / FOLDER / f"{look.id}.cube"


def table(folder: Path, look: Look) -> Cube | None:
    """The table of ``look`` from a job's folder; ``None`` for no look.

    Raises:
        SettingsError: the file is gone or is not the table of that id.
    """
    return None if not look.id else read(path_of(folder, look), look)


def read(path: Path, look: Look) -> Cube:
    """The table of ``look`` from its file.

    Raises:
        SettingsError: the file is gone or is not the table of that id.
    """
    try:
        stat = path.stat()
        return _read(path, stat.st_mtime_ns, stat.st_size, look.id)
    except (OSError, SettingsError) as error:
        raise _gone(look) from error


def _gone(look: Look) -> SettingsError:
    return SettingsError("grade.look_gone", name=look.name or look.id[:8])


@lru_cache(maxsize=4)
def _read(path: Path, changed: int, size: int, wanted: str) -> Cube:
    found = cubes.read(path)
    if sha256_of(path) != wanted:
        raise SettingsError("grade.look_other")
    found.table.setflags(write=False)
    return found


def check_stored(folder: Path, look: Look) -> Look:
    """``look``, where a job's folder keeps its table (or it is no look).

    Raises:
        SettingsError: it does not.
    """
    if look.id and not path_of(folder, look).is_file():
        raise _gone(look)
    return look


def bring(source: Path, target: Path, look: Look) -> None:
    """Copy the table of ``look`` from one job's folder to another's.

    Raises:
        SettingsError: the first has no such table.
    """
    if look.id and not path_of(target, look).is_file():
        table(source, look)
        with atomic(path_of(target, look)) as part:
            shutil.copyfile(path_of(source, look), part)
        _forget_oldest(path_of(target, look))


# its pixels -----------------------------------------------------------------------------------------------------------


def apply_look(rgb: Array, cube: Cube, amount: float) -> Array:
    """The look in its exact form, in float64.

    Args:
        rgb: (..., 3) floats: a graded picture, clipped to 0..1.
        cube: the table.
        amount: 0..1.

    Returns:
        The same shape, clipped to 0..1.
    """
    rgb = np.asarray(rgb, np.float64)
    result: Array = np.clip(rgb + amount * (cubes.sample(cube, rgb) - rgb), 0, 1)
    return result


@dataclass(frozen=True, eq=False)
class Finish:
    """V11 and what comes after it: the one thing that gives a picture its final colours.

    Attributes:
        grade: the five numbers.
        cube: the look's table, or ``None``.
        amount: how much of it.
    """

    grade: Grade
    cube: Cube | None = None
    amount: float = 1.0

    @property
    def looks(self) -> bool:
        """Whether anything comes after V11."""
        return self.cube is not None and self.amount > 0

    def exact(self, rgb: Array) -> Array:
        """The reference: (..., 3) sRGB floats in 0..1 to the same in float64, clipped, not rounded."""
        graded = reference.apply(np.asarray(rgb, np.float64), self.grade)
        return apply_look(graded, self.cube, self.amount) if self.cube is not None else graded

    def apply(self, rgb: Array) -> Array:
        """Finish a picture at video speed.

        Args:
            rgb: (H, W, 3) uint8.

        Returns:
            (H, W, 3) uint8, within one code of ``exact`` for tables whose values lie around 0..1 (a table that jumps by
            thousands between two points is followed less closely).
        """
        if self.cube is None or self.amount == 0:
            return lut.apply(rgb, self.grade)
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
            raise ValueError(f"look: expected an (H, W, 3) uint8 picture, got {rgb.shape} {rgb.dtype}")
        flat = np.ascontiguousarray(rgb).reshape(-1, 3)
        out = np.empty_like(flat)
        table = np.ascontiguousarray(self.cube.table, np.float32).reshape(-1)
        scale, offset = _axis(self.cube)
        loop = _kernel()
        for start in range(0, len(flat), _BLOCK):
            graded = lut.unrounded(flat[start : start + _BLOCK], self.grade)
            loop(
                graded, out[start : start + _BLOCK], table, len(self.cube.table), scale, offset, np.float32(self.amount)
            )
        return out.reshape(rgb.shape)

    def grid(self, size: int) -> Array:
        """All of it on a regular grid of sRGB: (size, size, size, 3) float32 in 0..1, indexed ``[r, g, b]``."""
        graded = lut.grid(self.grade, size)
        if self.cube is None:
            return graded
        # slice by slice: a look is read in float64 at eight points per colour, which is much memory for 65^3 at once
        return np.stack([apply_look(part, self.cube, self.amount).astype(np.float32) for part in graded])

    def text(self, title: str = "perscoach V11") -> str:
        """All of it as the text of one ``.cube`` file, at the look's own number of points where that is larger."""
        size = max(cubes.SIZE, len(self.cube.table) if self.cube is not None and self.looks else 0)
        return cubes.text_of(Cube(title, self.grid(size)))

    def write(self, path: Path, title: str = "perscoach V11") -> None:
        """Write ``text`` to a file, atomically."""
        with atomic(path) as part:
            part.write_text(self.text(title), encoding="utf-8", newline="\n")


def finish(grade: Grade, look: Look, folder: Path) -> Finish:
    """What a recipe's grade and look make of a picture; the look's table is in the job's ``folder``.

    Raises:
        SettingsError: the look's table is gone.
    """
    return Finish(grade, table(folder, look), look.amount)


def _axis(cube: Cube) -> tuple[Array, Array]:
    """Scale and offset, (3,) float32, from a value to its place between the table's points."""
    low, high = (np.array(end, np.float64) for end in cube.domain)
    scale = (len(cube.table) - 1) / np.maximum(high - low, 1e-6)  # finite, so that the loop never leaves the table
    return scale.astype(np.float32), (-low * scale).astype(np.float32)


@lru_cache(maxsize=1)
def _kernel() -> Callable[..., None]:
    return lut.compiled(_look_loop)


def _look_loop(
    rgb: Array,
    out: Array,
    table: Array,
    size: int,
    scale: Array,
    offset: Array,
    amount: np.float32,
) -> None:
    """(n, 3) float32 in 0..1 through a flat ``[r, g, b, channel]`` table to (n, 3) codes, all in float32."""
    zero, one, last = np.float32(0), np.float32(1), np.float32(size - 1)
    top, red, green = size - 2, 3 * size * size, 3 * size
    for i in range(rgb.shape[0]):
        r = min(max(rgb[i, 0] * scale[0] + offset[0], zero), last)
        g = min(max(rgb[i, 1] * scale[1] + offset[1], zero), last)
        b = min(max(rgb[i, 2] * scale[2] + offset[2], zero), last)
        ir, ig, ib = min(int(r), top), min(int(g), top), min(int(b), top)
        r, g, b = r - np.float32(ir), g - np.float32(ig), b - np.float32(ib)
        r1, g1, b1 = one - r, one - g, one - b
        at = ir * red + ig * green + ib * 3
        for c in range(3):
            k = at + c
            near = g1 * (b1 * table[k] + b * table[k + 3])
            near += g * (b1 * table[k + green] + b * table[k + green + 3])
            k += red
            far = g1 * (b1 * table[k] + b * table[k + 3])
            far += g * (b1 * table[k + green] + b * table[k + green + 3])
            v = rgb[i, c]
            v += amount * (r1 * near + r * far - v)
            out[i, c] = np.uint8(min(max(v, zero), one) * np.float32(255) + np.float32(0.5))
