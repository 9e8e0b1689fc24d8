"""Writing files so that a crash, a full disk or a second writer never leaves half a file under a final name."""

from __future__ import annotations

import ctypes
import ctypes.util
import hashlib
import json
import math
import os
import secrets
import shutil
import stat
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from perscoach.core.errors import PerscoachError
from perscoach.core.messages import message
from perscoach.core.progress import Monitor

_KINDS = {
    stat.S_IFDIR: "files.kind_folder",
    stat.S_IFIFO: "files.kind_pipe",
    stat.S_IFSOCK: "files.kind_socket",
    stat.S_IFCHR: "files.kind_device",
    stat.S_IFBLK: "files.kind_device",
}


def regular_file(path: Path, error: type[PerscoachError]) -> os.stat_result:
    """Check that ``path`` is an ordinary file that can be opened, without waiting on a pipe or a device.

    Links are followed. Call it before the first ``open`` of any path that a person gave: opening a named pipe blocks until
    somebody writes to it.

    Args:
        path: the path.
        error: the type of error to raise.

    Returns:
        The file's status (``st_size``, ``st_mtime_ns``, …).

    Raises:
        PerscoachError: of type ``error``; there is no such file, it is of another kind, or it may not be read.
    """
    name = shown_name(path)
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
        try:
            status = os.fstat(handle)
        finally:
            os.close(handle)
    except (FileNotFoundError, NotADirectoryError, ValueError) as refused:  # ValueError: a NUL character in the path
        raise error("files.missing", name=name) from refused
    except OSError as refused:
        kind = _kind_of(path)  # a socket cannot be opened at all
        if kind is not None:
            raise error("files.not_regular", name=name, kind=message(kind)) from refused
        raise error("files.unreadable", name=name, reason=refused.strerror or type(refused).__name__) from refused
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "files.kind_device")
        raise error("files.not_regular", name=name, kind=message(kind))
    return status


def _kind_of(path: Path) -> str | None:
    with suppress(OSError):
        return _KINDS.get(stat.S_IFMT(path.stat().st_mode))
    return None


def shown_name(path: Path) -> str:
    """The file's name as a sentence may quote it: no control or direction marks, at most 40 characters."""
    name = "".join("?" if unicodedata.category(sign).startswith("C") else sign for sign in path.name)
    return name if len(name) <= 40 else f"{name[:24]}…{name[-15:]}"


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """A temporary sibling of ``path`` (same ending) that takes its place when the block ends well, and is removed when not.

    The file is synchronised to the disk first, so that a power cut leaves the old file or the new one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{secrets.token_hex(4)}.part{path.suffix}")
    try:
        yield part
        _sync(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path, *, deep: bool = True) -> None:
    """Synchronise a folder to the disk, with everything in it unless ``deep`` is false."""
    if deep:
        for path in folder.rglob("*"):
            if not path.is_symlink():
                _sync(path)
    _sync(folder)


def publish_folder(new: Path, final: Path) -> None:
    """Let the finished folder ``new`` take the place of ``final`` on the same file system.

    Where the system can exchange two names at once (Linux, macOS), ``final`` is the old folder or the new one at every
    moment. Elsewhere the old one stands as ``.<name>.earlier`` for a moment; ``restore_folder`` puts it back after a kill.
    """
    sync_tree(new)
    earlier = final.with_name(f".{final.name}.earlier")
    if final.exists() and _exchange(new, final):
        shutil.rmtree(new, ignore_errors=True)
    else:
        restore_folder(final)
        if final.exists():
            final.rename(earlier)
        new.rename(final)
        shutil.rmtree(earlier, ignore_errors=True)
    sync_tree(final.parent, deep=False)


def restore_folder(final: Path) -> None:
    """Undo what a kill inside ``publish_folder`` left: the earlier folder returns where the new one had not arrived."""
    earlier = final.with_name(f".{final.name}.earlier")
    if earlier.is_dir() and not final.exists():
        earlier.rename(final)
    elif earlier.is_dir():
        shutil.rmtree(earlier, ignore_errors=True)


def _exchange(a: Path, b: Path) -> bool:
    """Exchange two names in one step; ``False`` where the system or the file system cannot."""
    library = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
    here, there = os.fsencode(a), os.fsencode(b)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        return bool(library.renamex_np(here, there, 2) == 0)  # RENAME_SWAP
    if hasattr(library, "renameat2"):
        return bool(library.renameat2(-100, here, -100, there, 2) == 0)  # AT_FDCWD, RENAME_EXCHANGE
    return False


@contextmanager
def held(path: Path, patience: float = 1.0) -> Iterator[BinaryIO]:
    """Hold the lock file ``path`` alone; the system lets go when this process ends, however it ends. A child process that
    inherits the yielded file holds the lock with it.

    The file stays: who removes a lock file can remove it from under somebody who has just taken it.

    Raises:
        BlockingIOError: another holds it, also after ``patience`` seconds.
    """
    import fcntl

    with path.open("ab") as file:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:  # ``is_held`` takes it for a moment, so one try is not enough
                    raise
                time.sleep(0.02)
        yield file


def is_held(path: Path) -> bool:
    """Whether anybody, this process included, holds the lock file ``path``."""
    import fcntl

    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def sweep(folder: Path, older: float = 600.0) -> None:
    """Remove the half files that a killed process left below ``folder``: what ``atomic`` names and nobody wrote lately."""
    limit = time.time() - older
    for part in folder.rglob(".*.part*"):
        with suppress(OSError):
            if part.is_file() and part.stat().st_mtime < limit:
                part.unlink()


def write_json(path: Path, value: Any, *, indent: int | None = 2) -> None:
    """Write ``value`` as JSON atomically; NaN and infinities are refused (``ValueError``)."""
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, indent=indent, separators=None if indent else (",", ":")
    )
    with atomic(path) as part:
        # a file name that is no UTF-8 lives in Python as lone surrogates; escaped, they are JSON too
        part.write_text(text, encoding="utf-8", errors="backslashreplace")


def read_json(path: Path, most: int, hook: Callable[[dict[str, Any]], Any] | None = None) -> Any:
    """The JSON value in a file that anybody may have made.

    Args:
        path: the file.
        most: bytes that it may have.
        hook: called with every object, as ``json.loads`` does.

    Raises:
        ValueError: not a regular file, too large, not UTF-8, not JSON, nested too deeply, or a number that is not finite or is
            a whole number beyond 64 bits. The text is technical English, to be quoted in a room's own sentence.
        OSError: the file cannot be read.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("not a regular file")
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size  # read with a size, so that a file that grows meanwhile has an end
        if size > most:
            raise ValueError(f"over {most >> 20} MB" if most >= 1 << 20 else f"over {most} bytes")
        data = file.read(size)
    try:
        text = data.decode("utf-8")
        del data  # the text is as large, and parsing needs room too
        return json.loads(
            text,
            object_hook=hook,
            parse_constant=_no_constant,
            parse_int=_whole,
            parse_float=_finite,
        )
    except RecursionError as error:
        raise ValueError("not JSON (nested too deeply)") from error
    except ValueError as error:
        raise ValueError(f"not JSON ({error!s:.100})") from error


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _whole(digits: str) -> int:
    if len(digits) > 20 or not -(1 << 63) <= (number := int(digits)) < 1 << 63:
        raise ValueError("a whole number beyond 64 bits")
    return number


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("a number too large for 64 bits")
    return number


def key_of(*parts: Any) -> str:
    """A short stable name for a stage's result, derived from its inputs and settings (JSON values)."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def known_sha256(path: Path) -> str:
    """``sha256_of``, remembered in this process until the file's size or time of change differs."""
    stat = path.stat()
    return _remembered(path.resolve(), stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=64)
def _remembered(path: Path, changed: int, size: int) -> str:
    return sha256_of(path)


def sha256_of(path: Path, monitor: Monitor | None = None) -> str:
    """The SHA-256 of a file's bytes, in hex; ``monitor`` is asked every megabyte whether to go on."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            if monitor is not None:
                monitor.check()
    return digest.hexdigest()
