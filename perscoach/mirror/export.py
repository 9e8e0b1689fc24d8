"""The mirror of one bundle as a folder of plain files, for any static host."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from perscoach.core.errors import BundleError, ModelError
from perscoach.core.files import atomic
from perscoach.core.messages import message
from perscoach.core.progress import Monitor, Quiet
from perscoach.mirror.parts import (
    IN_BUNDLE,
    MODEL_LIST,
    MODELS,
    TYPES,
    Part,
    Places,
    bundle_part,
    page_names,
    shared_part,
)
from perscoach.mirror.server import HEADERS
from perscoach.mirror.vendor import NAMES as VENDOR_NAMES

README = "README.txt"
_MATTERS = (".mjs", ".js", ".wasm", ".json", ".webm", ".mov")


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        files: names below the folder; size: bytes of all.
        lacks: models that are not on this computer; without the first of ``MODELS`` the page has no pose.
    """

    files: tuple[str, ...]
    size: int
    lacks: tuple[str, ...]


def export_size(bundle: Path, places: Places) -> int:
    """How many bytes ``export_mirror`` would write, without its ``README``."""
    parts = [*_shared(places), *_of_bundle(bundle)]
    return sum(len(part.data or b"") if part.path is None else part.path.stat().st_size for part in parts)


def export_mirror(
    bundle: Path, folder: Path, places: Places, monitor: Monitor | None = None, title: str = ""
) -> Exported:
    """Write the page, its libraries and models, and what it needs of the bundle.

    Args:
        bundle: the bundle's folder.
        folder: gets the files; must be empty, new, or an earlier export.
        title: what clients see as the name; empty: the bundle's own.

    Raises:
        ModelError: the page's libraries are not installed.
        BundleError: the bundle cannot be read, or the folder holds something else.
    """
    monitor = monitor or Quiet()
    problem = places.vendor.problem()
    if problem is not None:
        raise ModelError(problem)
    if folder.exists() and not _is_ours(folder):
        raise BundleError("mirror.other_files", folder=folder.name)
    parts = [*_shared(places), *_of_bundle(bundle, title)]
    size = 0
    for part in parts:
        monitor.check()
        size += _write(part, folder / part.name)
    (folder / README).write_text(readme(), encoding="utf-8")
    names = tuple(part.name for part in parts)
    return Exported((*names, README), size, tuple(m for m in MODELS if f"models/{m}" not in names))


def _is_ours(folder: Path) -> bool:
    return folder.is_dir() and (not any(folder.iterdir()) or (folder / "bundle" / "mirror").is_dir())


def _of_bundle(bundle: Path, title: str = "") -> list[Part]:
    parts = (bundle_part(bundle, name, title) for name in IN_BUNDLE)
    return [part for part in parts if part is not None]


def _shared(places: Places) -> list[Part]:
    names = [*page_names(places), *(f"vendor/{name}" for name in VENDOR_NAMES)]
    names += [f"models/{name}" for name in (*MODELS, MODEL_LIST)]
    return [part for part in (shared_part(places, name) for name in names) if part is not None]


def zip_mirror(bundle: Path, target: Path, places: Places, title: str = "") -> None:
    """The same folder as one zip file.

    Raises:
        ModelError, BundleError: as ``export_mirror``.
        OSError: the disk refuses.
    """
    with (
        tempfile.TemporaryDirectory(dir=target.parent) as made,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        folder = Path(made) / "mirror"
        for name in export_mirror(bundle, folder, places, title=title).files:
            packed = zipfile.ZIP_STORED if name.endswith((".webm", ".mov", ".task")) else zipfile.ZIP_DEFLATED
            archive.write(folder / name, f"mirror/{name}", packed)


def _write(part: Part, target: Path) -> int:
    with atomic(target) as new:
        if part.path is not None:
            shutil.copyfile(part.path, new)
        else:
            new.write_bytes(part.data or b"")
    return target.stat().st_size


def readme() -> str:
    """What a host has to do, in both languages."""
    headers = "\n".join(f"  {name}: {value}" for name, value in HEADERS.items())
    types = "\n".join(f"  {ending}  {kind}" for ending, kind in TYPES.items() if ending in _MATTERS)
    said = message("mirror.readme", headers=headers, types=types)
    return f"{said.en}\n\n{said.ru}"
