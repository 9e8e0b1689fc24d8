"""Masks and mattes on disk: lossless, in chunks that appear atomically, so that work can stop and resume anywhere.

A chunk is a Matroska file of FFV1 grey frames (all key frames), which any editing suite opens. The CRC of every frame's
bytes stands in the file's metadata: a damaged chunk counts as missing and is made again.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.checks import check_array
from perscoach.core.files import atomic, write_json

CHUNK = 60
"""Frames per chunk at most: two seconds of work are the most that a stop can cost."""

_LEAST_CHUNK = 8
"""Frames per chunk at least: a file of fewer costs more in opening than in reading."""

_BUDGET = 48 * 2**20
"""Bytes of alpha that one chunk should not exceed; a whole one is held while it is read and while it is made."""

_LENGTH_FILE = "store.json"
_CRC = re.compile(r"[0-9a-f]{8}(,[0-9a-f]{8})*")


def chunk_length(width: int, height: int) -> int:
    """Frames per chunk for pictures of this size: 60 at 602x722, 54 at 720x1280, 8 at 4K."""
    return max(_LEAST_CHUNK, min(CHUNK, _BUDGET // max(1, width * height)))


def _kept_length(folder: Path) -> int | None:
    """The chunk length that a store in ``folder`` was begun with, or ``None`` where none was."""
    try:
        length = json.loads((folder / _LENGTH_FILE).read_text(encoding="utf-8"))["frames_per_chunk"]
    except (OSError, ValueError, KeyError, TypeError):
        length = None
    if isinstance(length, int) and 1 <= length <= CHUNK:
        return length
    return CHUNK if (folder / f"{0:05d}.mkv").is_file() else None  # begun before the length was written down


class AlphaStore:
    """Alpha frames of one clip in ``folder``.

    Args:
        folder: created with the first chunk; a function where the folder moves (``core.store.Store.folder``).
        frames, width, height: of the clip.
        chunk: frames per chunk of a new store (``None``: by the frame's size); an existing one keeps its own.
    """

    def __init__(
        self, folder: Path | Callable[[], Path], frames: int, width: int, height: int, chunk: int | None = None
    ) -> None:
        self._folder: Callable[[], Path] = (lambda: folder) if isinstance(folder, Path) else folder
        self.frames, self.width, self.height = frames, width, height
        self.chunk = _kept_length(self.folder) or chunk or chunk_length(width, height)
        self.chunks = -(-frames // self.chunk)
        self._have: set[int] = set()
        self._held: tuple[int, list[Array]] | None = None
        self.scan()

    def scan(self) -> None:
        """Look again which chunks are there: another process may have made some."""
        here = self.folder
        self._have = {c for c in range(self.chunks) if (here / f"{c:05d}.mkv").is_file()}

    @property
    def folder(self) -> Path:
        """Where the chunks lie now."""
        return self._folder()

    def path(self, chunk: int) -> Path:
        """Where chunk number ``chunk`` lies."""
        return self.folder / f"{chunk:05d}.mkv"

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

    def write(self, chunk: int, alphas: list[Array]) -> None:
        """Store one whole chunk, atomically.

        Raises:
            ValueError: not as many frames as the chunk spans.
        """
        start, stop = self.span(chunk)
        if len(alphas) != stop - start:
            raise ValueError(f"chunk {chunk}: expected {stop - start} frames, got {len(alphas)}")
        for alpha in alphas:
            check_array("alpha", alpha, (self.height, self.width), np.uint8)
        if not self._have:
            write_json(self.folder / _LENGTH_FILE, {"frames_per_chunk": self.chunk})
        with atomic(self.path(chunk)) as part:
            _encode(part, alphas)
        self._have.add(chunk)

    def chunk_frames(self, chunk: int) -> list[Array] | None:
        """The frames of a chunk, or ``None`` where it is missing or damaged (a damaged file is removed)."""
        if self._held is not None and self._held[0] == chunk:
            return self._held[1]
        if chunk not in self._have:
            return None
        start, stop = self.span(chunk)
        path = self.path(chunk)
        alphas = _decode(path, (self.height, self.width), stop - start)
        if alphas is None:
            self._have.discard(chunk)
            path.unlink(missing_ok=True)
            return None
        self._held = (chunk, alphas)
        return alphas

    def alpha(self, index: int) -> Array | None:
        """Frame ``index`` (H, W) uint8, or ``None`` where its chunk is missing or damaged.

        Raises:
            IndexError: no such frame in the clip.
        """
        if not 0 <= index < self.frames:
            raise IndexError(f"alpha {index}: the clip has frames 0..{self.frames - 1}")
        alphas = self.chunk_frames(index // self.chunk)
        return None if alphas is None else alphas[index % self.chunk]

    def read(self, start: int, stop: int) -> Iterator[Array | None]:
        """Frames ``start <= i < stop``; ``None`` for those that are not there."""
        for index in range(start, stop):
            yield self.alpha(index)


class ChunkWriter:
    """Collects consecutive frames and stores every chunk that becomes whole within ``start..stop``."""

    def __init__(self, store: AlphaStore, start: int, stop: int) -> None:
        self._store, self._start, self._stop = store, start, stop
        self._held: list[Array] = []

    def add(self, index: int, alpha: Array) -> None:
        """Take frame ``index`` (H, W) uint8, the one after the last."""
        first, end = self._store.span(index // self._store.chunk)
        if first < self._start or end > self._stop:
            return  # context before the resumed position: its chunk is not made here
        self._held.append(alpha)
        if index + 1 == end:
            self._store.write(index // self._store.chunk, self._held)
            self._held = []


def _encode(path: Path, alphas: list[Array]) -> None:
    import av

    height, width = alphas[0].shape
    with av.open(str(path), "w", format="matroska") as container:
        container.metadata["comment"] = ",".join(f"{zlib.crc32(a.tobytes()):08x}" for a in alphas)
        stream: Any = container.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = width, height, "gray"
        # Golomb and not range coding: half of the time to write and a third to read, for 3 % more file.
        stream.options = {"level": "3", "g": "1", "coder": "0", "context": "0"}
        stream.codec_context.thread_count = 1  # the other cores are busy with other frames
        for alpha in alphas:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(alpha), format="gray")))
        container.mux(stream.encode(None))


def _decode(path: Path, shape: tuple[int, int], count: int) -> list[Array] | None:
    """The frames of a chunk file, or ``None`` where anything about them is not as written."""
    import av

    alphas: list[Array] = []
    try:
        with av.open(str(path), format="matroska") as container:
            comment = container.metadata.get("COMMENT") or container.metadata.get("comment") or ""
            if not _CRC.fullmatch(comment):
                return None
            marks = comment.split(",")
            for frame in container.decode(video=0):
                alpha = frame.to_ndarray(format="gray")
                if len(alphas) >= count or alpha.shape != shape:
                    return None
                if f"{zlib.crc32(alpha.tobytes()):08x}" != marks[len(alphas)]:
                    return None
                alphas.append(alpha)
    except (av.FFmpegError, OSError, ValueError, IndexError):
        return None
    return alphas if len(alphas) == count == len(marks) else None
