"""A package's zip without the one large file that is for programmers alone, ``trainer_poses.npz``."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from perscoach.bundles import layout
from perscoach.bundles.open_me import without_file
from perscoach.core.errors import BundleError
from perscoach.core.files import read_json
from perscoach.core.zips import open_zip

LEFT_OUT = layout.POSES_NPZ
_MOST_MANIFEST, _MOST_MEMBERS = 16 << 20, 40_000


def size_without(zipped: Path) -> int | None:
    """About how many bytes ``write_lighter`` would write; ``None`` where the zip has no such file."""
    with open_zip(zipped, _MOST_MEMBERS) as archive:
        sizes = {member.filename: member.compress_size for member in archive.infolist()}
    return zipped.stat().st_size - sizes[LEFT_OUT] if LEFT_OUT in sizes else None


def write_lighter(folder: Path, zipped: Path, target: Path) -> None:
    """Copy a finished package's zip without the file; its page and ``bundle.json`` no longer name it.

    Args:
        folder: the package; zipped: its zip.

    Raises:
        BundleError: the package cannot be read.
        OSError: the disk refuses.
    """
    try:
        page = without_file((folder / layout.PAGE).read_text(encoding="utf-8"), LEFT_OUT).encode()
        about = read_json(folder / layout.MANIFEST, _MOST_MANIFEST)
        manifest = json.dumps(_without(about, page), ensure_ascii=False, indent=2).encode()
    except (ValueError, KeyError, TypeError) as error:
        raise BundleError("bundles.zip_unreadable", name=folder.name, reason=f"{error!s:.200}") from error
    changed = {layout.PAGE: page, layout.MANIFEST: manifest}
    with open_zip(zipped, _MOST_MEMBERS) as source, zipfile.ZipFile(target, "w") as archive:
        for member in source.infolist():
            if member.filename == LEFT_OUT:
                continue
            with archive.open(_like(member), "w") as out:
                if member.filename in changed:
                    out.write(changed[member.filename])
                    continue
                with source.open(member) as data:
                    while block := data.read(1 << 20):
                        out.write(block)


def _without(about: dict[str, Any], page: bytes) -> dict[str, Any]:
    files = {name: entry for name, entry in about["files"].items() if name != LEFT_OUT}
    files[layout.PAGE] = {"bytes": len(page), "sha256": hashlib.sha256(page).hexdigest()}
    return {**about, "files": files, "left_out": [LEFT_OUT]}


def _like(member: zipfile.ZipInfo) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(member.filename, member.date_time)
    info.compress_type, info.external_attr, info.create_system = member.compress_type, member.external_attr, 3
    return info
