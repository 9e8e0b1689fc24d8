"""Errors that a person reads.

Every error that can reach the screen carries one sentence in English and one in Russian: what was found, what was
expected and what to do next. Programming errors stay ordinary Python exceptions.
"""

from __future__ import annotations

import errno
import re

from perscoach.core.messages import Message, message

_SHORT_WRITE = re.compile(r"\d+ requested and \d+ written")  # numpy.ndarray.tofile, and so numpy.save
_SQLITE_FULL = re.compile(r"disk is full|disk I/O error")  # SQLITE_FULL; SQLITE_IOERR at a limit on the size of files


def is_disk_full(error: BaseException) -> bool:
    """Whether nothing more can be written: no space, a quota, a limit on the size of files.

    numpy reports a short write as an ``OSError`` without a number, SQLite raises errors of its own.
    """
    if isinstance(error, OSError):
        short = error.errno is None and _SHORT_WRITE.fullmatch(str(error)) is not None
        return short or error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return type(error).__module__ == "sqlite3" and _SQLITE_FULL.search(str(error)) is not None


def system_message(error: BaseException) -> Message | None:
    """The sentence for what the system refused (disk, permissions, memory); ``None`` for any other error."""
    if is_disk_full(error):
        return message("errors.disk_full")
    if isinstance(error, OSError) and error.strerror:
        name = str(error.filename or "").replace("\\", "/").rsplit("/", 1)[-1][:80]
        about = f"{error.strerror}: {name}" if name else error.strerror
        return message("errors.refused", reason=about)
    if isinstance(error, MemoryError):
        return message("errors.memory")
    return None


class PerscoachError(Exception):
    """A failure with a sentence for the user.

    Args:
        what: an id of the catalogue, or a finished ``Message``.
        values: what the sentence names.

    Example:
        >>> str(PerscoachError("errors.disk_full"))
        'The disk is full: nothing more could be written. Free some space and start again.'
    """

    def __init__(self, what: str | Message, /, **values: object) -> None:
        said = what if isinstance(what, Message) else message(what, **values)
        super().__init__(said.en)
        self.message = said

    @property
    def en(self) -> str:
        """The sentence in English; also ``str(error)``."""
        return self.message.en

    @property
    def ru(self) -> str:
        """The sentence in Russian."""
        return self.message.ru

    def text(self, language: str = "en") -> str:
        """The sentence in ``language`` (``"en"`` or ``"ru"``)."""
        return self.message.text(language)


class ClipError(PerscoachError):
    """The clip cannot be used (empty, not a video, over a limit, …)."""


class ModelError(PerscoachError):
    """Weights are missing, damaged, gated or do not fit this machine."""


class EngineError(PerscoachError):
    """A matting or pose engine cannot run or failed on a frame."""


class EncodeError(PerscoachError):
    """ffmpeg could not write a file."""


class BundleError(PerscoachError):
    """A bundle or one of its files does not hold what its format asks for."""


class SettingsError(PerscoachError):
    """A setting, preset or job file has a value that cannot be used."""


class JobError(PerscoachError):
    """A job cannot be found, opened, queued or resumed."""


class Cancelled(PerscoachError):
    """The user stopped the work; what was finished stays on disk."""

    def __init__(self) -> None:
        super().__init__("errors.cancelled")
