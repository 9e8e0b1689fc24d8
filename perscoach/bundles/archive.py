"""Writes a bundle's zip, and unpacks one that anybody may have made."""

from __future__ import annotations

import shutil
import stat
import struct
import zipfile
import zlib
from pathlib import Path

from perscoach.bundles import layout
from perscoach.core.errors import BundleError, is_disk_full
from perscoach.core.files import atomic
from perscoach.core.names import safe_name
from perscoach.core.progress import Monitor, Quiet
from perscoach.core.zips import TooManyMembers, open_zip

_STORED = {
    ".webm",
    ".mov",
    ".mp4",
    ".png",
    ".jpg",
    ".webp",
    ".npz",
    ".zip",
}  # packed already; packing again only costs time
_DATE = (1980, 1, 1, 0, 0, 0)  # the same files make the same zip
MAX_MEMBERS = 40_000  # ten minutes of PNG frames at 60 frames a second are 36 000
MAX_BYTES = 64 << 30  # unpacked: ten minutes of PNG frames are about 10 GB
_MAX_RATIO = 2000  # deflate cannot do better than about 1030


def zip_bundle(folder: Path, name: str, monitor: Monitor | None = None) -> Path:
    """Zip a bundle beside its folder as ``<name>.zip``.

    The names inside are the fixed ones of the format, in a fixed order with a fixed date. Files that are not part of
    the format's plain names, hidden files and links stay out.

    Raises:
        BundleError: nothing to zip, or the disk is full.
        Cancelled: the monitor was stopped.
    """
    monitor = monitor or Quiet()
    members = bundle_files(folder)
    if not members:
        raise BundleError("bundles.nothing_to_zip", name=folder.name)
    target = folder.parent / f"{safe_name(name)}.zip"
    try:
        with atomic(target) as part, zipfile.ZipFile(part, "w") as archive:
            for member in members:
                monitor.check()
                _add(archive, folder / member, member, monitor)
    except OSError as error:
        raise BundleError("bundles.zip_not_written", name=target.name, reason=error.strerror or str(error)) from error
    return target


def bundle_files(folder: Path) -> list[str]:
    """The plain relative names of a bundle's files, sorted; links and anything hidden or odd left out."""
    found = []
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        linked = any(p.is_symlink() for p in (path, *path.parents) if p != folder and folder in p.parents)
        if layout.is_plain(name) and not linked and path.is_file():
            found.append(name)
    return sorted(found)


def _add(archive: zipfile.ZipFile, path: Path, name: str, monitor: Monitor) -> None:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type = zipfile.ZIP_STORED if path.suffix in _STORED else zipfile.ZIP_DEFLATED
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.create_system = 3
    with path.open("rb") as source, archive.open(info, "w", force_zip64=path.stat().st_size >= 1 << 31) as target:
        while block := source.read(1 << 20):
            monitor.check()
            target.write(block)


def unpack(path: Path, into: Path, monitor: Monitor | None = None) -> None:
    """Unpack a bundle that anybody may have made: only plain names, no links, no member longer than stated, no zip bomb.

    Raises:
        BundleError: not such a zip; ``into`` may hold a part of it.
        PerscoachError: not a regular file.
        Cancelled: the monitor was stopped.
    """
    monitor = monitor or Quiet()
    try:
        with open_zip(path, MAX_MEMBERS) as archive:
            members = _members(archive, path.name)
            free = shutil.disk_usage(into).free
            if sum(m.file_size for m in members) > free:
                raise BundleError("bundles.zip_no_room", name=path.name)
            for member in members:
                _extract(archive, member, into, monitor)
    except TooManyMembers as error:
        raise BundleError("bundles.zip_too_many", name=path.name, files=error.members, most=MAX_MEMBERS) from error
    except (
        OSError,
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        ValueError,
        EOFError,
        zlib.error,
        struct.error,
    ) as error:
        if is_disk_full(error):
            raise BundleError("errors.disk_full") from error
        raise BundleError("bundles.zip_unreadable", name=path.name, reason=f"{error!s:.200}") from error


def _members(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    infos = [i for i in archive.infolist() if not i.is_dir()]
    total = sum(i.file_size for i in infos)
    if total > MAX_BYTES:
        raise BundleError("bundles.zip_too_large", name=name, gigabytes=total / (1 << 30), most=MAX_BYTES >> 30)
    seen = set()
    for info in infos:
        mode = info.external_attr >> 16
        odd = stat.S_IFMT(mode) not in (0, stat.S_IFREG) or info.flag_bits & 1
        packed = info.file_size > _MAX_RATIO * max(1, info.compress_size)
        if not layout.is_plain(info.filename) or odd or packed or info.filename.lower() in seen:
            raise BundleError("bundles.zip_member", name=name, member=f"{info.filename!r:.80}")
        seen.add(info.filename.lower())
    return infos


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, into: Path, monitor: Monitor) -> None:
    target = into / member.filename
    target.parent.mkdir(parents=True, exist_ok=True)
    left = member.file_size
    with archive.open(member) as source, target.open("xb") as file:
        while block := source.read(1 << 20):
            monitor.check()
            left -= len(block)
            if left < 0:
                raise BundleError("bundles.zip_longer", name=member.filename)
            file.write(block)
