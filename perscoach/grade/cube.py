"""The ``.cube`` form of a grade: a 3D LUT that DaVinci Resolve, Premiere and ffmpeg's ``lut3d`` read.

Format: Adobe's "Cube LUT Specification 1.0" (2013): keyword lines, then size^3 lines of three numbers, red changing
fastest. A 33^3 table is read with interpolation between its points, so it follows the grade to a few codes of 255 in the
darkest corner and closer elsewhere; the app and the export never go through it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import SettingsError
from perscoach.core.files import atomic, regular_file
from perscoach.core.messages import message
from perscoach.grade.lut import grid
from perscoach.grade.params import Grade

SIZE = 33
MAX_SIZE = 65
_MAX_CURVE = 65536  # entries of a 1D table, the specification's limit
_MAX_BYTES = 32 << 20  # 65^3 lines of at most ~100 characters
_MAX_LINE = 250  # the specification's own limit
_MAX_VALUE = 1e6
_MIN_SPAN = 1e-4  # of a domain; a narrower one is a mistake, and no picture could be read through it
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_ROW = re.compile(rf"{_NUMBER.pattern}[ \t]+{_NUMBER.pattern}[ \t]+{_NUMBER.pattern}", re.ASCII)

Triple = tuple[float, float, float]
_UNIT: tuple[Triple, Triple] = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


@dataclass(frozen=True)
class Cube:
    """A 3D LUT.

    Attributes:
        title: a line of text.
        table: (S, S, S, 3) float32, indexed ``[r, g, b]``.
        domain: the input values of the first and the last point, per channel.
    """

    title: str
    table: Array
    domain: tuple[Triple, Triple] = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def dumps(grade: Grade, title: str = "perscoach V11", size: int = SIZE) -> str:
    """The text of a ``.cube`` file; ``title`` loses what would break its line."""
    if not 2 <= size <= MAX_SIZE:
        raise ValueError(f"cube: expected a size of 2..{MAX_SIZE}, got {size}")
    return text_of(Cube(title, grid(grade, size)))


def text_of(cube: Cube, exact: bool = False) -> str:
    """The text of a ``.cube`` file with any table.

    Args:
        cube: the table; its title loses what would break its line.
        exact: as many digits as float32 needs to come back as it was; six decimals otherwise.
    """
    clean = "".join(c for c in cube.title if c.isprintable() and c not in '"\\').strip()[:100] or "perscoach V11"
    low, high = (" ".join(repr(float(v)) for v in end) for end in cube.domain)
    head = [f'TITLE "{clean}"', f"LUT_3D_SIZE {len(cube.table)}", f"DOMAIN_MIN {low}", f"DOMAIN_MAX {high}", ""]
    values = cube.table.transpose(2, 1, 0, 3).reshape(-1, 3)  # red fastest
    row = "%.9g %.9g %.9g" if exact else "%.6f %.6f %.6f"
    return "\n".join(head + [row % (r, g, b) for r, g, b in values.tolist()]) + "\n"


def write(path: Path, grade: Grade, title: str = "perscoach V11", size: int = SIZE) -> None:
    """Write a grade as a ``.cube`` file, atomically."""
    with atomic(path) as part:
        part.write_text(dumps(grade, title, size), encoding="utf-8", newline="\n")


def read(path: Path) -> Cube:
    """Read a ``.cube`` file.

    Raises:
        SettingsError: too large, not text, or not a 3D ``.cube`` table of up to 65^3 finite numbers.
    """
    return loads(text_in(path, path.name), path.name)


def text_in(path: Path, name: str) -> str:
    """The text of a file that should be a ``.cube`` one; ``name`` is what an error calls it.

    Raises:
        SettingsError: missing, too large, or not text.
    """
    try:
        if regular_file(path, SettingsError).st_size > _MAX_BYTES:
            raise _error(name, "grade.cube_large")
        data = path.read_bytes()
    except OSError as error:
        raise SettingsError("files.unreadable", name=name[:80], reason=error.strerror or "") from None
    if b"\0" in data:
        raise _error(name, "grade.cube_not_text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:  # titles and comments of older programs; the table itself is ASCII
        return data.decode("latin-1")


@dataclass
class _Parsed:
    """What the lines of a file say.

    Attributes:
        title: of the table.
        lengths: entries per side of the 1D and of the 3D table; 0 where there is none. The 1D rows stand first.
        domains: where each of the two begins and ends; ``first``: what is stated for whichever comes first.
        video_in, video_out: whether the table reads and gives video levels.
        rows, at: the lines of numbers, and where they stand.
    """

    title: str
    lengths: dict[str, int]
    domains: dict[str, list[Triple]]
    video_in: bool
    video_out: bool
    rows: list[str]
    at: list[int]

    @property
    def expected(self) -> int:
        """Lines of numbers."""
        return self.lengths["1D"] + self.lengths["3D"] ** 3


def loads(text: str, name: str = ".cube") -> Cube:
    """Read the text of a ``.cube`` file.

    A 1D table, alone or before a 3D one as DaVinci Resolve writes it, becomes part of one 3D table of 65 points a side.
    ``LUT_IN_VIDEO_RANGE`` and ``LUT_OUT_VIDEO_RANGE`` (levels 16 to 235) are brought to full range.

    Raises:
        SettingsError: as for ``read``; the sentence names the line.
    """
    if len(text) > _MAX_BYTES:
        raise _error(name, "grade.cube_large")
    found = _Parsed("", {"1D": 0, "3D": 0}, {"1D": [], "3D": [], "first": []}, False, False, [], [])
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if len(line) > _MAX_LINE:
            raise _line(name, number, "grade.cube_long_line")
        if len(found.rows) < found.expected and _ROW.fullmatch(line):  # nearly every line
            found.rows.append(line)
            found.at.append(number)
        else:
            _keyword(found, name, number, line)
    if not found.expected:
        raise _error(name, "grade.cube_no_size")
    if len(found.rows) != found.expected:
        raise _error(name, "grade.cube_count", found=len(found.rows), expected=found.expected)
    for ends in found.domains.values():
        if ends and any(high - low < _MIN_SPAN for low, high in zip(*ends, strict=True)):
            raise _error(name, "grade.cube_domain")
    values = np.fromstring(" ".join(found.rows), sep=" ")
    wild = ~(np.abs(values) <= _MAX_VALUE)
    if wild.any():
        raise _wild(name, found.at[int(wild.argmax()) // 3])
    return _full_range(_joined(found, values.reshape(-1, 3)), found)


def _keyword(found: _Parsed, name: str, number: int, line: str) -> None:
    """Take a line that is not three numbers."""
    word, *after = line.split(None, 1)
    rest = after[0].strip() if after else ""
    if word == "TITLE":
        found.title = rest.strip('"')
    elif word in ("LUT_1D_SIZE", "LUT_3D_SIZE"):
        kind = word[4:6]
        found.lengths[kind] = _size(name, number, rest, found.lengths[kind], word)
    elif word in ("DOMAIN_MIN", "DOMAIN_MAX"):
        ends = found.domains["first"] = found.domains["first"] or list(_UNIT)
        ends[word == "DOMAIN_MAX"] = _triple(name, number, rest)
    elif word in ("LUT_1D_INPUT_RANGE", "LUT_3D_INPUT_RANGE"):  # what DaVinci Resolve writes in place of the two above
        found.domains[word[4:6]] = _range(name, number, rest)
    elif word == "LUT_IN_VIDEO_RANGE" and not rest:
        found.video_in = True
    elif word == "LUT_OUT_VIDEO_RANGE" and not rest:
        found.video_out = True
    elif word[0].isalpha():
        raise _line(name, number, "grade.cube_word", word=f"{word[:30]!r}")
    elif not found.expected or len(found.rows) >= found.expected:
        raise _line(name, number, "grade.cube_surplus")
    else:
        raise _three(name, number)


def _joined(found: _Parsed, values: Array) -> Cube:
    """One 3D table of both."""
    curve, side = values[: found.lengths["1D"]], found.lengths["3D"]
    first, last = found.domains["3D"] or (found.domains["first"] if not len(curve) else []) or _UNIT
    solid = None
    if side:
        table = values[len(curve) :].astype(np.float32).reshape(side, side, side, 3).transpose(2, 1, 0, 3)
        solid = Cube(found.title, np.ascontiguousarray(table), (first, last))
    if solid is not None and not len(curve):
        return solid
    low, high = found.domains["1D"] or found.domains["first"] or _UNIT
    places = np.linspace(low, high, MAX_SIZE)  # (MAX_SIZE, 3)
    bent = [
        np.interp(places[:, c], np.linspace(low[c], high[c], len(curve)), curve[:, c]).astype(np.float32)
        for c in range(3)
    ]
    points = np.stack(np.meshgrid(*bent, indexing="ij"), axis=-1)
    return Cube(found.title, points if solid is None else sample(solid, points), (low, high))


def _full_range(cube: Cube, found: _Parsed) -> Cube:
    """The same table for full-range values: video levels are 16 to 235 of 255 (ITU-R BT.709-6, item 4.6)."""
    table, (low, high) = cube.table, cube.domain
    if found.video_in:
        low, high = ((_from_video(end[0]), _from_video(end[1]), _from_video(end[2])) for end in (low, high))
    if found.video_out:
        table = _from_video(table).astype(np.float32)
    return Cube(cube.title, table, (low, high))


def _from_video(value: Any) -> Any:
    return (value * 255 - 16) / 219


def sample(cube: Cube, rgb: Array) -> Array:
    """Look (..., 3) values up with trilinear interpolation; values outside the domain are held at its edge.

    Returns:
        (..., 3) float32.
    """
    low, high = (np.array(d, np.float64) for d in cube.domain)
    size = cube.table.shape[0]
    place = np.clip((np.asarray(rgb, np.float64) - low) / (high - low), 0, 1) * (size - 1)
    first = np.minimum(place.astype(np.intp), size - 2)
    part = place - first
    out = np.zeros(place.shape)
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, part, 1 - part), axis=-1, keepdims=True)
        index = first + np.array(corner)
        out += weight * cube.table[index[..., 0], index[..., 1], index[..., 2]]
    return out.astype(np.float32)


def _size(name: str, number: int, text: str, before: int, word: str) -> int:
    most = MAX_SIZE if word == "LUT_3D_SIZE" else _MAX_CURVE
    if before or not (text.isascii() and text.isdigit() and len(text) < 6 and 2 <= int(text) <= most):
        raise _line(name, number, "grade.cube_size", word=word, most=most)
    return int(text)


def _range(name: str, number: int, text: str) -> list[Triple]:
    """One pair of numbers for all three channels."""
    ends = text.split()
    if len(ends) != 2:
        raise _line(name, number, "grade.cube_two")
    return [_triple(name, number, f"{end} {end} {end}") for end in ends]


def _triple(name: str, number: int, text: str) -> Triple:
    parts = text.split()
    if len(parts) != 3 or not all(_NUMBER.fullmatch(p) for p in parts):
        raise _three(name, number)
    r, g, b = (float(p) for p in parts)
    if not all(abs(v) <= _MAX_VALUE for v in (r, g, b)):
        raise _wild(name, number)
    return r, g, b


def _three(name: str, number: int) -> SettingsError:
    return _line(name, number, "grade.cube_three")


def _wild(name: str, number: int) -> SettingsError:
    return _line(name, number, "grade.cube_wild")


def _line(name: str, number: int, id: str, **values: object) -> SettingsError:
    return _error(name, "grade.cube_line", line=number, reason=message(id, **values))


def _error(name: str, id: str, **values: object) -> SettingsError:
    return SettingsError("grade.cube", name=name[:80], reason=message(id, **values))
