"""Reads ``.npz`` archives that anybody may have made: no pickles, and no data before its header was checked.

Layout of a member: NumPy's format description, ``numpy.lib.format``.
"""

from __future__ import annotations

import io
import math
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy

from perscoach.core.arrays import Array
from perscoach.core.zips import open_zip

_MAX_HEADER = 10_000

UNREADABLE = (
    *(OSError, zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error),
    *(ValueError, TypeError, LookupError, AttributeError, OverflowError, SyntaxError, MemoryError, struct.error),
)
"""Exceptions that reading hostile bytes as JSON, arrays or an archive can raise (``RecursionError`` is a
``RuntimeError``, ``UnicodeError`` a ``ValueError``)."""


class NpzError(ValueError):
    """A member is not a plain array, or not of the size that its header says; the text names the member."""


class Header(NamedTuple):
    """What stands before a member's data.

    Attributes:
        shape, dtype: of the array; fortran: whether the first axis runs fastest; start: bytes before the data.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    start: int


def read_header(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Header:
    """Read and check a member's header: no objects, and exactly as many bytes behind it as its shape takes.

    Raises:
        NpzError, or one of ``UNREADABLE``.
    """
    name = info.filename
    with archive.open(info) as member:
        file = io.BytesIO(member.read(_MAX_HEADER + 64))
    version = npy.read_magic(file)  # type: ignore[no-untyped-call]
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise NpzError(f"{name!r:.60}: unknown version of the .npy format")
    shape, fortran, dtype = readers[version](file)  # type: ignore[no-untyped-call]  # refuses headers over 10 000 bytes
    if dtype.hasobject or dtype.names is not None or any(n < 0 for n in shape) or len(shape) > 4:
        raise NpzError(f"{name!r:.60}: expected a plain array")
    expected = file.tell() + math.prod(shape) * dtype.itemsize
    if info.file_size != expected:
        raise NpzError(f"{name!r:.60}: {info.file_size} bytes, its shape {shape} takes {expected}")
    return Header(shape, dtype, fortran, file.tell())


def read_rows(file: IO[bytes], key: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """The next ``math.prod(shape)`` numbers of an open member, in C order.

    Raises:
        NpzError: the member ends before.
    """
    size = math.prod(shape) * dtype.itemsize
    data = file.read(size)
    if len(data) != size:
        raise NpzError(f"{key}: ends after {len(data)} of {size} bytes")
    if dtype.kind == "b" and size and max(data) > 1:
        raise NpzError(f"{key}: expected true or false")
    return np.frombuffer(data, dtype).reshape(shape).copy()


class Npz:
    """Some named members of an archive, each either whole or row by row. Members with other names are never looked at.

    Args:
        path: the archive.
        wanted: names (without ``.npy``) that are read.

    Raises:
        NpzError: a wanted member is no plain array, or too many members; or one of ``UNREADABLE``.
    """

    def __init__(self, path: Path, wanted: frozenset[str], most: int = 256) -> None:
        self._archive = open_zip(path, most)
        try:
            self.headers: dict[str, Header] = {}
            for info in self._archive.infolist():
                name = info.filename.removesuffix(".npy")
                if name in self.headers:
                    raise NpzError(f"{name}: two members of this name")
                if name in wanted:
                    self.headers[name] = read_header(self._archive, info)
        except BaseException:
            self._archive.close()
            raise
        self._open: dict[str, tuple[IO[bytes], int]] = {}

    def load(self, key: str, most: int) -> Array:
        """A whole member of at most ``most`` bytes."""
        header = self.headers[key]
        size = math.prod(header.shape) * header.dtype.itemsize
        if size > most:
            raise NpzError(f"{key}: {size >> 20} MB, expected at most {most >> 20}")
        with self._archive.open(f"{key}.npy") as file:
            file.read(header.start)
            shape = header.shape[::-1] if header.fortran else header.shape
            array = read_rows(file, key, shape, header.dtype)
        return array.T if header.fortran else array

    def row(self, key: str, index: int) -> Array:
        """Entry ``index`` along the first axis. Asked in rising order a member is read once; going back reads it anew."""
        header = self.headers[key]
        if header.fortran and len(header.shape) > 1:
            raise NpzError(f"{key}: is stored with its first axis last; save np.ascontiguousarray({key})")
        shape = header.shape[1:]
        size = math.prod(shape) * header.dtype.itemsize
        file, at = self._open.pop(key, (None, 0))
        if file is None or at > index:
            if file is not None:
                file.close()
            file, at = self._archive.open(f"{key}.npy"), 0
            file.read(header.start)
        left = (index - at) * size
        while left > 0:
            step = len(file.read(min(left, 1 << 20)))
            if not step:
                raise NpzError(f"{key}: ends before entry {index}")
            left -= step
        row = read_rows(file, key, shape, header.dtype)
        self._open[key] = (file, index + 1)
        return row

    def close(self) -> None:
        """Close the file."""
        for file, _ in self._open.values():
            file.close()
        self._open.clear()
        self._archive.close()
