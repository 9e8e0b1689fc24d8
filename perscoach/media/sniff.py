"""A file's container from its first bytes, checked before any demuxer opens the file."""

from __future__ import annotations

from pathlib import Path

from perscoach.core.errors import ClipError
from perscoach.core.files import regular_file, shown_name
from perscoach.core.messages import message

_HEAD = 4096
_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
_STILL_BRANDS = {b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis"}

#: Length of a packet and place of its sync byte: of a transport stream, and of a camcorder's (a time code before each).
_PACKETS = ((188, 0), (192, 4))
_LEAST_PACKETS = 5

#: What files that are no clip begin with, and the message that names their kind.
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"#EXTM3U", "media.kind_playlist"),
    (b"ffconcat", "media.kind_file_list"),
    (b"[playlist]", "media.kind_playlist"),
    (b"v=0", "media.kind_stream"),
    (b"WEBVTT", "media.kind_subtitles"),
    (b"[Script Info]", "media.kind_subtitles"),
    (b"\x89PNG", "media.kind_picture"),
    (b"\xff\xd8\xff", "media.kind_picture"),
    (b"GIF8", "media.kind_picture"),
    (b"ID3", "media.kind_sound"),
    (b"OggS", "media.kind_ogg"),
    (b"fLaC", "media.kind_sound"),
    (b"%PDF", "media.kind_document"),
    (b"PK\x03\x04", "media.kind_archive"),
    (b"FLV\x01", "media.kind_flash"),
    (b"\x30\x26\xb2\x75", "media.kind_windows_media"),
    (b"\x00\x00\x01\xba", "media.kind_mpeg_ps"),
)


def sniff(source: Path, max_bytes: int) -> str:
    """The container by its magic bytes: ``"mp4"`` (also mov, 3gp), ``"matroska"`` (also webm), ``"avi"`` or ``"mpegts"``.

    Raises:
        ClipError: not there, empty, too large, or not a container of video that is taken.
    """
    name = shown_name(source)
    size = regular_file(source, ClipError).st_size
    try:
        with source.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise ClipError("files.unreadable", name=name, reason=error.strerror or "") from error
    if not head:
        raise ClipError("media.empty", name=name)
    if size > max_bytes:
        raise ClipError("media.too_large", name=name, found=size / 2**20, most=max_bytes / 2**20)
    return _container(name, head)


def _container(name: str, head: bytes) -> str:
    if head[:4] == b"\x1aE\xdf\xa3":
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if any(_transport_stream(head, *form) for form in _PACKETS):
        return "mpegts"
    if head[4:8] in _BOXES:
        if head[4:8] == b"ftyp" and head[8:12] in _STILL_BRANDS:
            raise _not_a_clip(name, "media.kind_picture")
        return "mp4"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, kind in _OTHERS:
        if text.startswith(start):
            raise _not_a_clip(name, kind)
    if b"-->" in head[:200]:
        raise _not_a_clip(name, "media.kind_subtitles")
    if b"\0" not in head and _is_text(head):
        raise _not_a_clip(name, "media.kind_text")
    raise _not_a_clip(name, "media.kind_unknown")


def _transport_stream(head: bytes, length: int, sync: int) -> bool:
    """Whether every packet in the head begins as those of a transport stream do (ISO/IEC 13818-1, 2.4.3.2)."""
    starts = head[sync::length]
    return len(starts) >= _LEAST_PACKETS and set(starts) == {0x47}


def _is_text(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4 and len(head) == _HEAD  # a letter cut in two by the end of the head
    return True


def _not_a_clip(name: str, kind: str) -> ClipError:
    return ClipError("media.not_a_clip", name=name, kind=message(kind))
