"""Files that the coach adds to a job (a painted mask, a picture of the empty room), named in the settings."""

from __future__ import annotations

from pathlib import Path

from perscoach.core.errors import SettingsError


def job_file(folder: Path, name: str) -> Path:
    """The file ``name`` inside the job's folder.

    Raises:
        SettingsError: the name leads out of the job, or no such file is there.
    """
    path = folder / name
    known = "\0" not in name and path.resolve().is_relative_to(folder.resolve()) and path.is_file()
    if not known:
        raise SettingsError("matting.no_file", name=repr(name)[:60])
    return path
