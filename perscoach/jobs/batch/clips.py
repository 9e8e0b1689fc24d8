"""Which clips a batch has, and what their packages are called."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from perscoach.core.errors import SettingsError
from perscoach.core.files import key_of, regular_file, shown_name
from perscoach.core.names import safe_name
from perscoach.jobs.workspace import SUFFIXES

_MAX_LIST = 16 << 20
MOST = 100_000
"""Clips of one batch."""
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DIGITS = re.compile(r"(\d+)", re.ASCII)


def find_clips(places: Sequence[Path]) -> list[Path]:
    """The clips that somebody names, each once, in order.

    Args:
        places: folders (their video files, not those of folders inside; hidden files are left out; by name, with numbers
            in numeric order), lists (``read_list``) and clips. A file with a video's ending, or that is no text, is a clip.

    Returns:
        Paths. A clip that a list names need not exist: its own run says so, and the others go on.

    Raises:
        SettingsError: a place does not exist, a list cannot be read, or there is no clip.
    """
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            found += sorted((path for path in place.iterdir() if _is_clip(path)), key=_in_order)
        elif place.suffix.lower() in SUFFIXES:
            found.append(place)
        else:
            found += read_list(place)
        if len(found) > MOST:
            raise SettingsError("batch.too_many", most=MOST)
    once = {_absolute(path): None for path in found}
    if not once:
        raise SettingsError("batch.no_clips", name=shown_name(places[0]) if places else "")
    return list(once)


def read_list(path: Path) -> list[Path]:
    """The clips of a text file with one path a line, relative to the file's folder.

    Empty lines and lines that begin with ``#`` are left out (``./#1.mp4`` names a clip that begins so). Quotation marks
    around a path, spaces around it and ``~`` are understood where no file has the name as it is written. A name that is not
    UTF-8 is taken byte by byte, as the file system has it.

    Raises:
        SettingsError: not a file that can be read, or too long.
    """
    if regular_file(path, SettingsError).st_size > _MAX_LIST:
        raise SettingsError("batch.list_too_long", name=shown_name(path), size=_MAX_LIST >> 20)
    data = path.read_bytes()
    if data.startswith(_UTF16):
        text = data.decode("utf-16", "replace")
    elif b"\0" in data[:4096]:
        return [path]  # no text: a clip with an unusual ending, or something that its run will refuse
    else:
        text = os.fsdecode(data.removeprefix(codecs.BOM_UTF8))
    return [_named(line, path.parent) for line in text.split("\n") if line.strip() and not line.startswith("#")]


def _named(line: str, folder: Path) -> Path:
    literal = line.removesuffix("\r")
    if _exists(folder / literal):
        return folder / literal
    plain = literal.strip()
    if len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "\"'":
        plain = plain[1:-1]
    return folder / (os.path.expanduser(plain) if plain.startswith("~") else plain)  # noqa: PTH111 - ``~nobody`` stays


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long for the file system
        return False


def _is_clip(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and not path.is_dir()


def _in_order(path: Path) -> list[tuple[int, str]]:
    """``clip 9`` before ``clip 10``."""
    parts = _DIGITS.split(path.name.casefold())
    return [(int(part[:18]), part) if part.isascii() and part.isdigit() else (0, part) for part in parts]


def _absolute(path: Path) -> Path:
    """The path that the clip is known by: links are followed, so that one clip is worked on once."""
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError):  # a circle of links, a NUL: its run says what is wrong
        return Path(os.path.abspath(path.parent), path.name)  # noqa: PTH100


def names_for(clips: Iterable[Path], earlier: Mapping[str, str], taken: Iterable[str] = ()) -> list[str]:
    """A package's name for each clip: its file name, made safe; two never share a folder or a zip.

    Args:
        earlier: path to name of a batch before, which a clip keeps: a new clip of the same name changes no other.
        taken: names that stay free.

    Example:
        >>> names_for([Path("/a/squat.mp4"), Path("/b/squat.mov"), Path("/c/..mp4")], {})
        ['squat', 'squat-1e1bc9', 'clip-cdb4ee']
    """
    clips = list(clips)
    used = {name.casefold() for name in taken}
    names: dict[str, str] = {}
    for clip in clips:
        name = earlier.get(str(clip))
        if name is not None and name == safe_name(name) and not _clash(name, used):
            names[str(clip)] = name
            used |= _files(name)
    for clip in clips:
        if str(clip) not in names:
            names[str(clip)] = name = _free(clip, used)
            used |= _files(name)
    return [names[str(clip)] for clip in clips]


def _free(clip: Path, used: set[str]) -> str:
    name = safe_name(clip.stem)
    step = 0
    while _clash(name, used):
        mark = key_of(str(clip), step)[:6]
        name, step = f"{safe_name(clip.stem)[:60].rstrip(' .-')}-{mark}", step + 1
    return name


def _files(name: str) -> set[str]:
    """What a package occupies, on file systems that do not tell capitals apart too."""
    return {name.casefold(), f"{name}.zip".casefold()}


def _clash(name: str, used: set[str]) -> bool:
    return not used.isdisjoint(_files(name))
