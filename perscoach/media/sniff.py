"""What a file is, from its first bytes: before any library that could be talked into something opens it."""

from __future__ import annotations

from pathlib import Path

from perscoach.core.errors import ClipError
from perscoach.core.files import regular_file, shown_name

_HEAD = 4096
_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
_STILL_BRANDS = {b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis"}

#: What files that are no clip begin with, and what they are (English, Russian).
_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (b"#EXTM3U", "a playlist", "плейлист"),
    (b"ffconcat", "a list of other files", "список других файлов"),
    (b"[playlist]", "a playlist", "плейлист"),
    (b"v=0", "a description of a network stream", "описание сетевого потока"),
    (b"WEBVTT", "subtitles", "субтитры"),
    (b"[Script Info]", "subtitles", "субтитры"),
    (b"\x89PNG", "a picture", "картинка"),
    (b"\xff\xd8\xff", "a picture", "картинка"),
    (b"GIF8", "a picture", "картинка"),
    (b"ID3", "sound only", "только звук"),
    (b"OggS", "an Ogg file", "файл Ogg"),
    (b"fLaC", "sound only", "только звук"),
    (b"%PDF", "a document", "документ"),
    (b"PK\x03\x04", "an archive", "архив"),
    (b"FLV\x01", "a Flash video", "видео Flash"),
    (b"\x30\x26\xb2\x75", "a Windows Media file", "файл Windows Media"),
    (b"\x00\x00\x01\xba", "an MPEG program stream", "поток MPEG-PS"),
)


def sniff(source: Path, max_bytes: int) -> str:
    """The container by its magic bytes: ``"mp4"`` (also mov, 3gp), ``"matroska"`` (also webm) or ``"avi"``.

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
        raise ClipError(f"{name} is empty. Upload the clip again.", f"{name}: файл пуст. Загрузите клип ещё раз.")
    if size > max_bytes:
        raise ClipError(
            f"{name} has {size / 2**20:.0f} MB; at most {max_bytes / 2**20:.0f} MB are taken. Make it shorter or smaller.",
            f"{name}: {size / 2**20:.0f} МБ, принимается до {max_bytes / 2**20:.0f} МБ. Сократите или уменьшите клип.",
        )
    return _container(name, head)


def _container(name: str, head: bytes) -> str:
    if head[:4] == b"\x1aE\xdf\xa3":
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    if head[4:8] in _BOXES:
        if head[4:8] == b"ftyp" and head[8:12] in _STILL_BRANDS:
            raise _not_a_clip(name, "a picture", "картинка")
        return "mp4"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, en, ru in _OTHERS:
        if text.startswith(start):
            raise _not_a_clip(name, en, ru)
    if b"-->" in head[:200]:
        raise _not_a_clip(name, "subtitles", "субтитры")
    if b"\0" not in head and _is_text(head):
        raise _not_a_clip(name, "a text", "текст")
    raise _not_a_clip(name, "no video that is known here", "не видео из числа известных")


def _is_text(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4 and len(head) == _HEAD  # a letter cut in two by the end of the head
    return True


def _not_a_clip(name: str, en: str, ru: str) -> ClipError:
    return ClipError(
        f"{name} is {en}, not a clip. Upload an MP4, MOV, WebM, MKV or AVI file.",
        f"{name}: это {ru}, а не клип. Загрузите файл MP4, MOV, WebM, MKV или AVI.",
    )
