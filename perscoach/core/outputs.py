"""Putting finished files into a folder of the user's without destroying anything there.

A folder that got results holds ``.perscoach.json``: for each file or folder written, which command wrote it, from which
source, and its SHA-256. What stands under a name may be overwritten where that record says the same command wrote it from
the same source and its content is unchanged. Anything else belongs to somebody and is refused; ``replace`` allows it.
Even then, foreign files inside a folder that is replaced stay, and no input is ever overwritten.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perscoach.core.errors import SettingsError
from perscoach.core.files import atomic, publish_folder, restore_folder, sha256_of, shown_name, write_json

RECORD = ".perscoach.json"
_SCHEMA = "perscoach.outputs.1"
_MAX_RECORD = 16 << 20
_PART = re.compile(r"\.(.+\.)?[0-9a-f]{8}\.part(\..*)?", re.DOTALL)
_STALE = 3600.0  # seconds after which a working folder of a killed run is removed

Mine = Callable[[str], bool]
"""Whether a name (relative, with ``/``) inside a folder that is there already is the product's own."""


@dataclass(frozen=True)
class Owner:
    """Who writes.

    Attributes:
        command: the command's name.
        source: SHA-256 of what the files are made from.
        inputs: files that the command reads; never overwritten.
        replace: whether foreign files may be overwritten.
    """

    command: str
    source: str
    inputs: tuple[Path, ...] = ()
    replace: bool = False


def check_outputs(folder: Path, names: Collection[str], owner: Owner, mine: Mine | None = None) -> None:
    """Find out before the work whether ``place`` would refuse: for the names that are there already.

    Args:
        folder: where the files go; need not exist.
        names: of files and folders that will be written.
        owner: who writes.
        mine: needed where a name is that of a folder.

    Raises:
        SettingsError: something foreign stands in the way.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise SettingsError("outputs.not_a_folder", name=shown_name(folder))
    record = _read(folder)
    for name in names:
        restore_folder(folder / name)
        _check_one(folder / name, name, record, owner, None, mine)


def place(sources: Mapping[str, Path], folder: Path, owner: Owner, mine: Mine | None = None) -> list[Path]:
    """Copy finished files and folders into ``folder``; each appears whole or not at all.

    Args:
        sources: name in ``folder`` (``/`` separates folders) to what is copied.
        folder: made where it is missing.
        owner: who writes.
        mine: as for ``check_outputs``.

    Returns:
        The paths in ``folder``.

    Raises:
        SettingsError: something foreign stands in the way; nothing is written then.
        OSError: the disk refused.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        _sweep(folder)
        record = _read(folder)
        digests = {name: digest_of(path) for name, path in sources.items()}
        for name in sources:
            _check_one(folder / name, name, record, owner, digests[name], mine)
        # first the record with both contents, so that a run that is killed between two files can be repeated
        _write(folder, {**record, **{n: _entry(owner, {d, *_known(record, n)}) for n, d in digests.items()}})
        for name, path in sources.items():
            _copy(path, folder / name, mine)
        _write(folder, {**record, **{n: _entry(owner, {digest_of(folder / n)}) for n in sources}})
    return [folder / name for name in sources]


def digest_of(path: Path) -> str:
    """SHA-256 of a file, or of a folder's names and contents."""
    if not path.is_dir():
        return sha256_of(path)
    total = hashlib.sha256()
    for name, member in _members(path):
        kind = "link" if member.is_symlink() or not member.is_file() else sha256_of(member)
        total.update(f"{name} {kind}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def _check_one(
    target: Path, name: str, record: Mapping[str, Any], owner: Owner, digest: str | None, mine: Mine | None
) -> None:
    if not os.path.lexists(target):
        return
    _spare_inputs(target, owner, mine)
    shown = f"{shown_name(target.parent)}/{shown_name(target)}"
    if target.is_dir() and (target.is_symlink() or mine is None):
        raise SettingsError("outputs.folder_in_the_way", name=shown)
    entry = record.get(name)
    if isinstance(entry, dict) and entry.get("command") == owner.command and entry.get("source") == owner.source:
        known = {*_known(record, name), digest}
    else:
        known = {digest}
    if owner.replace:
        return
    if target.is_symlink() or not (target.is_file() or target.is_dir()) or digest_of(target) not in known:
        raise SettingsError("outputs.foreign", name=shown)


def _spare_inputs(target: Path, owner: Owner, mine: Mine | None) -> None:
    """Refuse to overwrite what the command reads; a foreign file inside a folder that is replaced stays by itself."""
    for path in owner.inputs:
        with suppress(OSError):
            same = path.exists() and target.exists() and path.samefile(target)
            inside = target.is_dir() and path.resolve().is_relative_to(target.resolve())
            ours = inside and mine is not None and mine(path.resolve().relative_to(target.resolve()).as_posix())
            if same or ours or (inside and mine is None):
                raise SettingsError("outputs.input", name=shown_name(path))


def _copy(source: Path, target: Path, mine: Mine | None) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not source.is_dir():
        with atomic(target) as part:
            shutil.copyfile(source, part)
        return
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        shutil.copytree(source, part)
        if target.is_dir():
            _keep_foreign(target, part, mine)
        publish_folder(part, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _keep_foreign(old: Path, new: Path, mine: Mine | None) -> None:
    """Link what is not ours from the old folder into the new one, before the two change places."""
    for name, path in _members(old):
        if (mine is not None and mine(name)) or os.path.lexists(new / name):
            continue
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, new / name, follow_symlinks=False)
        except OSError:  # a file system without links
            shutil.copy2(path, new / name, follow_symlinks=False)


def _members(folder: Path) -> Iterator[tuple[str, Path]]:
    """Everything in a folder that is not a folder itself, sorted; links are not followed."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            yield path.relative_to(folder).as_posix(), path


# the record -----------------------------------------------------------------------------------------------------------


def _entry(owner: Owner, digests: Collection[str]) -> dict[str, Any]:
    return {"command": owner.command, "source": owner.source, "sha256": sorted(digests)}


def _known(record: Mapping[str, Any], name: str) -> list[str]:
    entry = record.get(name)
    found = entry.get("sha256") if isinstance(entry, dict) else None
    return [d for d in found if isinstance(d, str)] if isinstance(found, list) else []


def _read(folder: Path) -> dict[str, Any]:
    """The record; an empty one where it is missing or damaged, so that everything there counts as foreign."""
    path = folder / RECORD
    with suppress(OSError, ValueError, RecursionError):
        if path.is_file() and path.stat().st_size <= _MAX_RECORD:
            value = json.loads(path.read_text(encoding="utf-8"))
            if value["schema"] == _SCHEMA and isinstance(value["files"], dict):
                return dict(value["files"])
    return {}


def _write(folder: Path, record: Mapping[str, Any]) -> None:
    write_json(folder / RECORD, {"schema": _SCHEMA, "files": dict(sorted(record.items()))})


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One writer at a time; the system lets go when the process ends."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sweep(folder: Path) -> None:
    """Remove the half files and working folders of runs that were killed."""
    for part in folder.iterdir():
        with suppress(OSError):
            if _PART.fullmatch(part.name) and part.lstat().st_mtime < time.time() - _STALE:
                shutil.rmtree(part) if part.is_dir() and not part.is_symlink() else part.unlink()
