"""Opening zip archives that anybody may have made."""

from __future__ import annotations

import os
import struct
import zipfile
from pathlib import Path
from typing import IO

from perscoach.core.errors import PerscoachError
from perscoach.core.files import regular_file

_END, _END64, _LOCATOR = b"PK\5\6", b"PK\6\6", b"PK\6\7"
_ENTRY = 200  # bytes of the directory per member: 46, a short name and an extra field


class TooManyMembers(zipfile.BadZipFile):
    """The archive holds more members than are read.

    Attributes:
        members: as many as its end record states.
    """

    def __init__(self, members: int, most: int) -> None:
        super().__init__(f"{members} members, expected at most {most}")
        self.members = members


def open_zip(path: Path, most: int) -> zipfile.ZipFile:
    """Open an archive of at most ``most`` members.

    The counts of the end record are checked first: ``zipfile`` reads the whole directory, which takes seconds for
    100 000 members. A record that states too few is bounded by the directory's length.

    Raises:
        TooManyMembers: more members, or a directory that is too long for as many.
        zipfile.BadZipFile, OSError, struct.error: not an archive.
        PerscoachError: not a regular file.
    """
    regular_file(path, PerscoachError)
    with path.open("rb") as file:
        members, length = _end_record(file)
    if members > most or length > (most + 1) * _ENTRY:
        raise TooManyMembers(max(members, length // _ENTRY), most)
    archive = zipfile.ZipFile(path)
    if len(archive.filelist) > most:
        archive.close()
        raise TooManyMembers(len(archive.filelist), most)
    return archive


def _end_record(file: IO[bytes]) -> tuple[int, int]:
    """(members, bytes of the directory), as APPNOTE.TXT 4.3.14 to 4.3.16 place them; zip64 counts where there are some."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - 22 - 65535)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        raise zipfile.BadZipFile("File is not a zip file")
    members, length = struct.unpack_from("<H", tail, at + 10)[0], struct.unpack_from("<I", tail, at + 12)[0]
    if start + at >= 76:  # the zip64 record and its locator stand right before, as zipfile expects them
        file.seek(start + at - 76)
        record = file.read(76)
        if record[56:60] == _LOCATOR and record[:4] == _END64:
            members, length = struct.unpack_from("<QQ", record, 32)
    return members, length
