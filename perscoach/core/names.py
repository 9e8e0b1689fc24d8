"""Names: of files made from what a person typed, and the random tokens that stand for jobs and links."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from typing import TypeGuard

TOKEN = r"[A-Za-z0-9_-]{22}"
"""Pattern of a token: 128 random bits in URL-safe Base64."""

SHA256 = re.compile(r"[0-9a-f]{64}")
"""Pattern of a SHA-256 in hex."""

_TOKEN = re.compile(TOKEN)
_RESERVED = {"con", "prn", "aux", "nul", "conin$", "conout$", *(f"{d}{i}" for d in ("com", "lpt") for i in range(10))}
_ALLOWED = " -_.()+,"  # beside letters and digits; legal in the names of every file system
_ENDS = " .-+,"
_LONGEST, _LONGEST_BYTES = 80, 160  # characters and bytes, of the 255 that a file name may have
_MARK = 6  # hex digits
_ROOM = _MARK + 2  # for the mark, and the underscore before a reserved name


def new_token() -> str:
    """A token that cannot be guessed. It does not begin with a dash: a command line would read that as an option."""
    while (token := secrets.token_urlsafe(16)).startswith("-"):
        pass
    return token


def is_token(text: object) -> TypeGuard[str]:
    """Whether ``text`` has the form of a token."""
    return isinstance(text, str) and _TOKEN.fullmatch(text) is not None


def clean_name(name: str) -> str:
    """A name fit to show: printable, one line, at most 80 characters.

    Example:
        >>> clean_name("  Evening\\n gym\\x00 ")
        'Evening gym'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in name[:1000]).split())[:_LONGEST].strip()


def safe_name(text: str, default: str = "clip") -> str:
    """A file or folder name that every system accepts, made from ``text``.

    Letters and digits of any script stay, and spaces and ``-_.()+,`` inside the name. Where anything else had to be
    replaced, six hex digits of the text's SHA-256 follow, so that different texts give different names. Windows' device
    names get a ``_`` in front. A safe name is returned as it is.

    Args:
        text: what was typed, or a clip's name without its ending.
        default: for an empty text.

    Example:
        >>> safe_name("Squat (day 1)"), safe_name("a/b"), safe_name("a:b")
        ('Squat (day 1)', 'a_b-c14cdd', 'a_b-6783a3')
    """
    plain = unicodedata.normalize("NFC", text[:4000].strip())
    name = _cleaned(plain)
    if name == plain and len(name) <= _LONGEST and _size(name) <= _LONGEST_BYTES and not _is_reserved(name):
        return name or default
    name = name[: _LONGEST - _ROOM]
    while _size(name) > _LONGEST_BYTES - _ROOM:
        name = name[:-1]
    name = name.rstrip(_ENDS)
    if _is_reserved(name):
        name = f"_{name}"
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]
    return f"{name or default}-{mark}"


def _cleaned(text: str) -> str:
    """Only allowed characters, none twice that would look like a path, and none of the wrong kind at the ends: a dot or
    dash first hides a file or reads as an option, Windows drops dots and spaces at the end."""
    name = ""
    for c in unicodedata.normalize("NFKC", text):
        # a combining mark stays only on the letter that it belongs to
        combining = unicodedata.category(c) in ("Mn", "Mc") and name[-1:].isalnum()
        name += c if c.isalnum() or c in _ALLOWED or combining else "\0"
    name = re.sub(r"(.)(?<=[ .\0])\1+", r"\1", name)
    return name.strip(_ENDS + "\0").replace("\0", "_")


def _is_reserved(name: str) -> bool:
    return name.split(".")[0].strip().lower() in _RESERVED


def _size(name: str) -> int:
    return len(name.encode("utf-8", "replace"))
