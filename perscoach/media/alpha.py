"""Masks and mattes on disk: lossless, in chunks that appear atomically, so that work can stop and resume anywhere.

Most of an alpha frame is 0 or 255, in long runs, and all of it lies in the person's box. Each frame is that box, packed by
zlib with run lengths alone: a tenth of the CPU of FFV1 for a fifth more bytes on a real clip. Frames stay packed until one is
read. A checksum stands before each chunk: a damaged chunk counts as missing and is made again.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.checks import check_array
from perscoach.core.files import atomic

CHUNK = 60
"""Frames per chunk: two seconds of a clip are the most that a stop can cost."""

ENDING = ".alpha"
"""Of a chunk's file."""

_MAGIC = b"alpha\0\0\1"
_HEAD = struct.Struct("<8sI3I")  # magic, CRC-32 of all that follows; width, height, frames
_FRAME = struct.Struct("<5I")  # left, top, width and height of the box, packed bytes


class Packed(NamedTuple):
    """An alpha frame: its box (left, top, width, height) and the packed bytes inside; 0 outside."""

    box: tuple[int, int, int, int]
    data: bytes


def pack(alpha: Array) -> Packed:
    """Pack (H, W) uint8."""
    import cv2

    x, y, width, height = cv2.boundingRect(alpha)
    if not width:
        return Packed((0, 0, 0, 0), b"")
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    inside = np.ascontiguousarray(alpha[y : y + height, x : x + width])
    return Packed((x, y, width, height), packer.compress(inside.data) + packer.flush())


def unpack(packed: Packed, shape: tuple[int, int]) -> Array:
    """The frame (H, W) uint8 of ``shape``, the caller's own."""
    x, y, width, height = packed.box
    alpha = np.zeros(shape, np.uint8)
    if width:
        inside = np.frombuffer(zlib.decompress(packed.data), np.uint8)
        alpha[y : y + height, x : x + width] = inside.reshape(height, width)
    return alpha


class AlphaStore:
    """Alpha frames of one clip in ``folder``.

    Args:
        folder: created with the first chunk; a function where the folder moves (``core.store.Store.folder``).
        frames, width, height: of the clip.
        chunk: frames per chunk.
    """

    def __init__(
        self, folder: Path | Callable[[], Path], frames: int, width: int, height: int, chunk: int = CHUNK
    ) -> None:
        self._folder: Callable[[], Path] = (lambda: folder) if isinstance(folder, Path) else folder
        self.frames, self.width, self.height, self.chunk = frames, width, height, chunk
        self.chunks = -(-frames // self.chunk)
        self._have: set[int] = set()
        self._held: tuple[int, list[Packed]] | None = None
        self.scan()

    def scan(self) -> None:
        """Look again which chunks are there: another process may have made some."""
        here = self.folder
        self._have = {c for c in range(self.chunks) if (here / f"{c:05d}{ENDING}").is_file()}

    @property
    def folder(self) -> Path:
        """Where the chunks lie now."""
        return self._folder()

    def path(self, chunk: int) -> Path:
        """Where chunk number ``chunk`` lies."""
        return self.folder / f"{chunk:05d}{ENDING}"

    def span(self, chunk: int) -> tuple[int, int]:
        """First frame and the frame after the last of a chunk."""
        return chunk * self.chunk, min(self.frames, (chunk + 1) * self.chunk)

    def has(self, chunk: int) -> bool:
        """Whether the chunk is there (its content is proved when it is read)."""
        return chunk in self._have

    @property
    def done(self) -> int:
        """How many frames are stored."""
        return sum(stop - start for start, stop in map(self.span, self._have))

    @property
    def ready(self) -> bool:
        """Whether every frame is stored."""
        return len(self._have) == self.chunks

    def pack(self, alpha: Array) -> Packed:
        """One frame (H, W) uint8 for ``put``.

        Raises:
            ValueError: another shape than the clip's, or another type.
        """
        check_array("alpha", alpha, (self.height, self.width), np.uint8)
        return pack(np.ascontiguousarray(alpha))

    def write(self, chunk: int, alphas: list[Array]) -> None:
        """Store one whole chunk of frames (H, W) uint8, atomically.

        Raises:
            ValueError: not as many frames as the chunk spans, or a frame of another shape.
        """
        self.put(chunk, [self.pack(alpha) for alpha in alphas])

    def put(self, chunk: int, frames: list[Packed]) -> None:
        """``write`` for frames that are packed already.

        Raises:
            ValueError: not as many frames as the chunk spans.
        """
        start, stop = self.span(chunk)
        if len(frames) != stop - start:
            raise ValueError(f"chunk {chunk}: expected {stop - start} frames, got {len(frames)}")
        with atomic(self.path(chunk)) as part:
            part.write_bytes(_to_bytes(frames, self.width, self.height))
        self._have.add(chunk)

    def load(self, chunk: int) -> bool:
        """Hold a chunk, packed, until another is read; ``False`` where it is missing or damaged (then its file is removed)."""
        if self._held is not None and self._held[0] == chunk:
            return True
        if chunk not in self._have:
            return False
        start, stop = self.span(chunk)
        path = self.path(chunk)
        try:
            frames = _from_bytes(path.read_bytes(), self.width, self.height)
        except OSError:
            frames = None
        if frames is None or len(frames) != stop - start:
            self._have.discard(chunk)
            path.unlink(missing_ok=True)
            return False
        self._held = (chunk, frames)
        return True

    def alpha(self, index: int) -> Array | None:
        """Frame ``index`` (H, W) uint8, the caller's own, or ``None`` where its chunk is missing or damaged.

        Raises:
            IndexError: no such frame in the clip.
        """
        if not 0 <= index < self.frames:
            raise IndexError(f"alpha {index}: the clip has frames 0..{self.frames - 1}")
        chunk, at = divmod(index, self.chunk)
        if not self.load(chunk) or self._held is None:
            return None
        return unpack(self._held[1][at], (self.height, self.width))

    def read(self, start: int, stop: int) -> Iterator[Array | None]:
        """Frames ``start <= i < stop``; ``None`` for those that are not there."""
        for index in range(start, stop):
            yield self.alpha(index)


class ChunkWriter:
    """Packs consecutive frames and stores every chunk that becomes whole within ``start..stop``."""

    def __init__(self, store: AlphaStore, start: int, stop: int) -> None:
        self._store, self._start, self._stop = store, start, stop
        self._held: list[Packed] = []

    def add(self, index: int, alpha: Array) -> None:
        """Take frame ``index`` (H, W) uint8, the one after the last."""
        first, end = self._store.span(index // self._store.chunk)
        if first < self._start or end > self._stop:
            return  # context before the resumed position: its chunk is not made here
        self._held.append(self._store.pack(alpha))
        if index + 1 == end:
            self._store.put(index // self._store.chunk, self._held)
            self._held = []


def _to_bytes(frames: list[Packed], width: int, height: int) -> bytes:
    index = b"".join(_FRAME.pack(*frame.box, len(frame.data)) for frame in frames)
    body = index + b"".join(frame.data for frame in frames)
    head = _HEAD.pack(_MAGIC, 0, width, height, len(frames))
    crc = zlib.crc32(body, zlib.crc32(head[12:]))
    return _HEAD.pack(_MAGIC, crc, width, height, len(frames)) + body


def _from_bytes(value: bytes, width: int, height: int) -> list[Packed] | None:
    """The frames of a chunk's file, or ``None`` where it is not as written, or of another size of picture."""
    if len(value) < _HEAD.size:
        return None
    magic, crc, *size, count = _HEAD.unpack_from(value)
    if magic != _MAGIC or crc != zlib.crc32(memoryview(value)[12:]) or size != [width, height]:
        return None
    frames, at = [], _HEAD.size + count * _FRAME.size
    for number in range(count):
        *box, length = _FRAME.unpack_from(value, _HEAD.size + number * _FRAME.size)
        frames.append(Packed((box[0], box[1], box[2], box[3]), value[at : at + length]))
        at += length
    return frames
