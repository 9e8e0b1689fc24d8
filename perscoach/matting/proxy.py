"""The alpha proxy: the finished matte small enough to play in a browser beside the clip.

The file, little-endian::

    8 bytes   b"PCALPHA1"
    4 bytes   n, the header's length
    n bytes   JSON (padded with spaces): key, width, height, frames, fps, chunk, offsets
    …         chunks; chunk c lies at offsets[c] <= byte < offsets[c + 1]

A chunk is zlib of ``chunk`` frames (the last one of what is left) of ``width * height`` bytes of alpha, so that any frame
is one request for a range away. Differences between frames are not stored: edges shimmer from frame to frame, and a real
clip's file is a tenth larger with them than without.
"""

from __future__ import annotations

import itertools
import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.files import atomic, key_of, write_json
from perscoach.core.progress import Monitor, Quiet
from perscoach.core.store import MADE, store_of
from perscoach.matting.doubt import Look, doubts

if TYPE_CHECKING:
    from perscoach.matting.stage import MatteJob

VERSION = 2
"""Raise when the same matte gives another file than before."""

MAGIC = b"PCALPHA1"
SIDE = 512
"""Pixels of the longer side at most: over white at 720x1280, 256 leaves a grey rim that 512 has not."""

LEVELS = 63
"""Alpha is rounded to so many steps: at most 2 of 255 off, and a fifth less to load."""

CHUNK = 32
"""Frames per chunk: about a second, so that playing asks once a second and scrubbing unpacks little."""

KIND = "proxy"
_FILE, _DOUBTS = "alpha.bin", "doubts.json"
_LEVEL = 6


def proxy_size(width: int, height: int, side: int = SIDE) -> tuple[int, int]:
    """(width, height) of the small frames of a ``width`` x ``height`` clip, never larger than the clip."""
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def proxy_key(matte: MatteJob) -> str:
    """The name of this matte's proxy: another one wherever a pixel of it would be another."""
    return key_of("proxy", VERSION, SIDE, LEVELS, CHUNK, matte.key)


def proxy_file(folder: Path, key: str | None = None) -> Path | None:
    """A job's finished proxy (``key``: exactly that one; else the one used last), or ``None``."""
    store = store_of(folder)
    if key is None:
        made = sorted((store.root / KIND).glob(f"*/{MADE}"), key=lambda path: _changed(path.parent))
        key = made[-1].parent.name if made else None
    place = None if key is None else store.finished(KIND, key)
    return None if place is None or not (place / _FILE).is_file() else place / _FILE


def build_proxy(matte: MatteJob, monitor: Monitor | None = None) -> Path:
    """Make the proxy of a finished matte in its job's store, and drop the job's earlier ones but the last.

    Holds one chunk of the stored matte and one of the proxy at a time. ``monitor`` receives ``("proxy", done, total)``.

    Raises:
        Cancelled: by the monitor; no file is left behind.
        IndexError: the matte is not finished, or proved damaged on the way.
        FileNotFoundError: the job was removed meanwhile.
        OSError: the disk is full.
    """
    monitor = monitor or Quiet()
    key, store = proxy_key(matte), store_of(matte.folder)
    if not matte.folder.is_dir():
        raise FileNotFoundError(matte.folder.name)  # a removed job is not created again

    def make(folder: Path) -> dict[str, Any]:
        facts = _write(folder / _FILE, key, matte, monitor)
        write_json(folder / _DOUBTS, _doubts(folder / _FILE, matte, monitor))
        return facts

    place = store.make(KIND, key, make, monitor)
    store.prune({(KIND, key)}, spare=1, kinds=KIND)
    return place / _FILE


def _write(path: Path, key: str, matte: MatteJob, monitor: Monitor) -> dict[str, Any]:
    clip = matte.clip
    width, height = proxy_size(clip.width, clip.height)
    header = {
        "key": key,
        "width": width,
        "height": height,
        "frames": clip.frames,
        "fps": float(clip.fps),
        "chunk": CHUNK,
    }
    with atomic(path) as part, part.open("wb") as file:
        room = _head_room(header)
        file.write(b"\0" * room)
        offsets = [room]
        for packed in _chunks(matte, (width, height), monitor):
            file.write(packed)
            offsets.append(offsets[-1] + len(packed))
        file.seek(0)
        file.write(_head({**header, "offsets": offsets}, room))
    return {"width": width, "height": height, "frames": clip.frames}


def _doubts(path: Path, matte: MatteJob, monitor: Monitor) -> dict[str, Any]:
    """``share``: how doubtful each frame is, in %, 100 and more being worth a look; ``why``: the reason of each of those."""
    import cv2

    _, frames = read_proxy(path)
    points = matte.landmarks(monitor)

    def looks() -> Iterator[Look]:
        for index, alpha in enumerate(frames):
            monitor.check()
            raw = matte.raw_alpha(index)
            mask = None if raw is None else cv2.resize(raw, alpha.shape[::-1], interpolation=cv2.INTER_AREA)
            seen, cut = (None, False) if points is None else (points.image[index], bool(points.cut[index]))
            yield Look(alpha, mask, seen, cut)

    found = list(doubts(looks()))
    shares = [min(999, round(100 * share)) for share, _ in found]
    why = {str(i): reason for i, (share, reason) in enumerate(found) if share >= 1}
    return {"share": shares, "why": why}


def doubts_of(path: Path) -> dict[str, Any] | None:
    """What ``build_proxy`` found beside the proxy at ``path`` (see ``_doubts``), or ``None``."""
    try:
        found = json.loads((path.parent / _DOUBTS).read_text(encoding="utf-8"))
        return found if isinstance(found, dict) and isinstance(found.get("share"), list) else None
    except (OSError, ValueError):
        return None


def read_proxy(path: Path) -> tuple[dict[str, Any], Iterator[Array]]:
    """The header and the frames (h, w) uint8 of a proxy that ``build_proxy`` wrote; the page does the same."""
    with path.open("rb") as file:
        magic, length = struct.unpack("<8sI", file.read(12))
        if magic != MAGIC:
            raise ValueError(f"{path.name}: not an alpha proxy")
        header = json.loads(file.read(length))
    return header, _frames(path, header)


def _frames(path: Path, header: dict[str, Any]) -> Iterator[Array]:
    offsets, shape = header["offsets"], (-1, header["height"], header["width"])
    with path.open("rb") as file:
        for start, stop in itertools.pairwise(offsets):
            file.seek(start)
            yield from np.frombuffer(zlib.decompress(file.read(stop - start)), np.uint8).reshape(shape)


def _chunks(matte: MatteJob, size: tuple[int, int], monitor: Monitor) -> Iterator[bytes]:
    import cv2

    frames = matte.clip.frames
    held = np.empty((CHUNK, size[1], size[0]), np.uint8)
    steps = np.rint(np.rint(np.arange(256) / 255 * LEVELS) * 255 / LEVELS).astype(np.uint8)
    for start in range(0, frames, CHUNK):
        stop = min(frames, start + CHUNK)
        for index in range(start, stop):
            monitor.check()
            held[index - start] = steps[cv2.resize(matte.alpha(index), size, interpolation=cv2.INTER_AREA)]
            monitor.report("proxy", index + 1, frames)
        yield zlib.compress(held[: stop - start].tobytes(), _LEVEL)


def _head_room(header: dict[str, Any]) -> int:
    """Bytes for the header before its offsets are known: no proxy reaches a terabyte."""
    chunks = -(-header["frames"] // CHUNK)
    return 12 + len(json.dumps({**header, "offsets": [10**12] * (chunks + 1)}))


def _head(header: dict[str, Any], room: int) -> bytes:
    text = json.dumps(header).encode().ljust(room - 12)
    return struct.pack("<8sI", MAGIC, len(text)) + text


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
