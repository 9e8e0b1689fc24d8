"""Which vertices make the triangles of MHR's body, where a recording does not say it: MHR's own ``.ply``.

Meta publishes it with MHR (Apache-2.0) as ``tools/mhr_smpl_conversion/assets/mhr_face_mask.ply``; its vertices and faces
are in the model's order. perscoach brings no copy: ``PERSCOACH_MHR_TOPOLOGY`` names the file, or a ``.ply`` lies beside the
recording (in its folder, or in the folder of its file).
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import EngineError

VARIABLE = "PERSCOACH_MHR_TOPOLOGY"
_MOST_BYTES = 64 << 20
_MOST_VERTICES, _MOST_FACES = 100_000, 400_000
_TYPES = {
    **dict.fromkeys(("char", "int8"), "<i1"),
    **dict.fromkeys(("uchar", "uint8"), "<u1"),
    **dict.fromkeys(("short", "int16"), "<i2"),
    **dict.fromkeys(("ushort", "uint16"), "<u2"),
    **dict.fromkeys(("int", "int32"), "<i4"),
    **dict.fromkeys(("uint", "uint32"), "<u4"),
    **dict.fromkeys(("float", "float32"), "<f4"),
    **dict.fromkeys(("double", "float64"), "<f8"),
}


def find_topology(recording: Path) -> Path | None:
    """The ``.ply`` that the operator names, or the only one that lies beside ``recording``."""
    named = os.environ.get(VARIABLE, "")
    if named:
        return Path(named).expanduser()
    folder = recording if recording.is_dir() else recording.parent
    found = sorted(folder.glob("*.ply"))
    return found[0] if len(found) == 1 else None


def read_topology(path: Path, vertices: int) -> Array:
    """(N, 3) int32 faces of a binary little-endian ``.ply`` with ``vertices`` vertices.

    Raises:
        EngineError: not such a file, or of another body.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"over {_MOST_BYTES >> 20} MB")
        return _parse(path.read_bytes(), vertices)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise EngineError(
            f"{path.name}: this is not MHR's topology ({why!s:.150}). Name mhr_face_mask.ply of the MHR repository in "
            f"{VARIABLE}.",
            f"{path.name}: это не топология MHR ({why!s:.150}). Укажите mhr_face_mask.ply из репозитория MHR в {VARIABLE}.",
        ) from error


def _parse(data: bytes, vertices: int) -> Array:
    end = data.find(b"end_header\n", 0, 1 << 16)
    if not data.startswith(b"ply\n") or end < 0:
        raise ValueError("no .ply header")
    lines = [line.split() for line in data[:end].decode("latin-1").splitlines()[1:]]
    if ["format", "binary_little_endian", "1.0"] not in lines:
        raise ValueError("expected binary_little_endian")
    elements: list[tuple[str, int, list[list[str]]]] = []
    for words in lines:
        if words[:1] == ["element"] and len(words) == 3 and re.fullmatch(r"\d{1,9}", words[2]):
            elements.append((words[1], int(words[2]), []))
        elif words[:1] == ["property"] and elements:
            elements[-1][2].append(words[1:])
    if [e[0] for e in elements] != ["vertex", "face"] or elements[0][1] != vertices:
        raise ValueError(f"expected {vertices} vertices, then faces")
    count, lists = elements[1][1], elements[1][2]
    if not vertices <= _MOST_VERTICES or not count <= _MOST_FACES or len(lists) != 1 or len(lists[0]) != 4:
        raise ValueError("expected faces as one list of indices")
    start = end + len(b"end_header\n") + vertices * sum(_size(p) for p in elements[0][2])
    size, index = (_TYPES.get(t, "") for t in lists[0][1:3])
    if lists[0][0] != "list" or size != "<u1" or np.dtype(index or "f").kind not in "iu":
        raise ValueError("expected faces as lists of whole numbers")
    row = np.dtype([("count", size), ("index", index, (3,))])
    if len(data) - start != count * row.itemsize:
        raise ValueError("expected triangles to the end of the file")
    table = np.frombuffer(data, row, count, start)
    faces = table["index"].astype(np.int64)
    if (table["count"] != 3).any() or (count and not (0 <= faces.min() and faces.max() < vertices)):
        raise ValueError("expected triangles of existing vertices")
    return faces.astype(np.int32)


def _size(words: list[str]) -> int:
    if len(words) != 2 or words[0] not in _TYPES:
        raise ValueError("a vertex has properties of unknown size")
    return np.dtype(_TYPES[words[0]]).itemsize
