"""Put the alpha layer's headers back into a joined HEVC file, and its index in front.

ffmpeg's muxer filters the decoder configuration (``hvcC``) when it copies a stream and leaves only the base layer's
parameter sets, so the alpha layer in the packets cannot be decoded any more. The configuration of a piece that came
straight from the encoder is complete. Box layout: ISO/IEC 14496-12 §4.2 and §8, ``hvcC``: 14496-15 §8.3.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from perscoach.core.errors import EncodeError

_PATH = (b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"hvc1", b"hvcC")
_SKIP = {b"stsd": 8, b"hvc1": 78}  # bytes of a box's own fields before its children
_MAX_INDEX = 1 << 28


class _Box(NamedTuple):
    kind: bytes
    at: int
    head: int
    size: int


def complete(joined: Path, pieces: list[Path], out: Path) -> None:
    """Write ``joined`` to ``out`` with the full ``hvcC`` of ``pieces`` and the index before the data.

    Raises:
        EncodeError: the pieces do not share one configuration, or a file is not laid out as ffmpeg lays it out.
    """
    configurations = {_configuration(piece) for piece in pieces}
    if len(configurations) != 1:
        raise EncodeError(
            "The pieces of the Safari file do not fit together; start the export again.",
            "Части файла для Safari не подходят друг к другу; запустите экспорт снова.",
        )
    with joined.open("rb") as file:
        top = list(_top_level(file, joined))
        index = next((b for b in top if b.kind == b"moov"), None)
        if index is None or index.size > _MAX_INDEX:
            raise _strange(joined)
        file.seek(index.at)
        moov = _with_configuration(file.read(index.size), configurations.pop(), joined)
        data = [b for b in top if b.kind not in (b"moov", b"ftyp", b"free", b"wide")]
        if [b.kind for b in data] != [b"mdat"]:
            raise _strange(joined)
        front = next((b for b in top if b.kind == b"ftyp"), None)
        lead = b""
        if front is not None:
            file.seek(front.at)
            lead = file.read(front.size)
        _shift_offsets(moov, len(lead) + len(moov) - data[0].at)
        file.seek(data[0].at)
        with out.open("wb") as target:
            target.write(lead + moov)
            left = data[0].size
            while left and (block := file.read(min(left, 1 << 20))):
                target.write(block)
                left -= len(block)


def _boxes(data: bytes | bytearray, start: int, stop: int) -> Iterator[_Box]:
    at = start
    while at + 8 <= stop:
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1 and at + 16 <= stop:
            (size,), head = struct.unpack_from(">Q", data, at + 8), 16
        if size < head or at + size > stop:
            return
        yield _Box(kind, at, head, size)
        at += size


def _top_level(file: BinaryIO, path: Path) -> Iterator[_Box]:
    end, at = path.stat().st_size, 0
    while at + 8 <= end:
        file.seek(at)
        head = file.read(16)
        size, kind = struct.unpack_from(">I4s", head)
        length = 8
        if size == 1:
            (size,), length = struct.unpack_from(">Q", head, 8), 16
        if size < length or at + size > end:
            raise _strange(path)
        yield _Box(kind, at, length, size)
        at += size


def _down(moov: bytes | bytearray) -> list[_Box] | None:
    """The boxes from ``moov`` down to the video track's ``hvcC``."""

    def search(chain: list[_Box], names: tuple[bytes, ...]) -> list[_Box] | None:
        if not names:
            return chain
        last = chain[-1]
        start = last.at + last.head + _SKIP.get(last.kind, 0)
        for box in _boxes(moov, start, last.at + last.size):
            if box.kind == names[0] and (found := search([*chain, box], names[1:])):
                return found
        return None

    root = next(_boxes(moov, 0, len(moov)), None)
    return search([root], _PATH) if root else None


def _configuration(piece: Path) -> bytes:
    with piece.open("rb") as file:
        for box in _top_level(file, piece):
            if box.kind == b"moov" and box.size <= _MAX_INDEX:
                file.seek(box.at)
                moov = file.read(box.size)
                if chain := _down(moov):
                    return moov[chain[-1].at : chain[-1].at + chain[-1].size]
    raise _strange(piece)


def _with_configuration(moov: bytes, configuration: bytes, path: Path) -> bytearray:
    chain = _down(moov)
    if chain is None:
        raise _strange(path)
    changed = bytearray(moov)
    old = chain[-1]
    for box in chain[:-1]:
        struct.pack_into(">I", changed, box.at, box.size + len(configuration) - old.size)
    changed[old.at : old.at + old.size] = configuration
    return changed


def _shift_offsets(moov: bytearray, by: int) -> None:
    """Move every chunk offset (``stco``, ``co64``) of every track by ``by`` bytes."""
    chains = ((b"trak",), (b"mdia",), (b"minf",), (b"stbl",))
    level = [next(_boxes(moov, 0, len(moov)))]
    for names in chains:
        level = [c for b in level for c in _boxes(moov, b.at + b.head, b.at + b.size) if c.kind in names]
    for table in level:
        for box in _boxes(moov, table.at + table.head, table.at + table.size):
            code = {b"stco": "I", b"co64": "Q"}.get(box.kind)
            if code:
                (count,) = struct.unpack_from(">I", moov, box.at + 12)
                form = f">{count}{code}"
                values = struct.unpack_from(form, moov, box.at + 16)
                struct.pack_into(form, moov, box.at + 16, *(v + by for v in values))


def _strange(path: Path) -> EncodeError:
    return EncodeError(
        f"{path.name}: expected a QuickTime file with one HEVC track as ffmpeg writes it; start the export again.",
        f"{path.name}: ожидался файл QuickTime с одной дорожкой HEVC; запустите экспорт снова.",
    )
