"""A bundle opened for reading: its folder, or a zip unpacked into a temporary one."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.bundles import archive, layout, poses_json
from perscoach.bundles.manifest import read_manifest
from perscoach.core.errors import BundleError
from perscoach.core.files import regular_file
from perscoach.core.progress import Monitor
from perscoach.grade.params import Grade
from perscoach.media.types import WEBM

if TYPE_CHECKING:
    from perscoach.motion import Motion


@dataclass(frozen=True)
class Bundle:
    """A finished bundle. Use it as a context manager, or call ``close``, where it was opened from a zip.

    Attributes:
        folder: where its files lie.
        manifest: what ``bundle.json`` says (see ``docs/bundle.md``).
    """

    folder: Path
    manifest: dict[str, Any]
    _unpacked: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        """What the coach called the clip."""
        return str(self.manifest["name"])

    @property
    def video(self) -> Path:
        """The transparent WebM file."""
        return self.folder / WEBM

    @cached_property
    def motion(self) -> Motion:
        """The movement, from ``trainer_poses.json``.

        Raises:
            BundleError: the file is missing or damaged.
        """
        return poses_json.read_json(self.folder / layout.POSES_JSON)

    @cached_property
    def grade(self) -> Grade:
        """The colour, from the recipe in ``bundle.json``.

        Raises:
            SettingsError: the numbers cannot be used.
        """
        from perscoach.core.checks import settings_from

        return settings_from(Grade, self.manifest["recipe"].get("grade", {}), "grade")

    def close(self) -> None:
        """Remove the files that were unpacked from a zip."""
        if self._unpacked is not None:
            self._unpacked.cleanup()

    def __enter__(self) -> Bundle:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_bundle(path: Path | str, monitor: Monitor | None = None) -> Bundle:
    """Open a bundle's folder or zip.

    Args:
        path: the folder, or the zip, which is unpacked into a temporary folder; nothing in it is trusted.
        monitor: asked whether to go on.

    Raises:
        BundleError: there is none, or it cannot be read.

    Example:
        >>> with open_bundle("squat.zip") as bundle:  # doctest: +SKIP
        ...     print(bundle.name, bundle.motion.fps)
    """
    path = Path(path)
    if path.is_dir():
        return Bundle(path, read_manifest(path))
    regular_file(path, BundleError)
    unpacked = tempfile.TemporaryDirectory(prefix="perscoach-bundle-")
    try:
        archive.unpack(path, Path(unpacked.name), monitor)
        return Bundle(Path(unpacked.name), read_manifest(Path(unpacked.name)), unpacked)
    except BaseException:
        unpacked.cleanup()
        raise
