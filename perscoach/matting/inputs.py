"""Files that the coach adds to a job (a painted mask, a picture of the empty room), named in the settings."""

from __future__ import annotations

from pathlib import Path

from perscoach.errors import SettingsError


def job_file(folder: Path, name: str) -> Path:
    """The file ``name`` inside the job's folder.

    Raises:
        SettingsError: the name leads out of the job, or no such file is there.
    """
    path = folder / name
    inside = path.resolve().is_relative_to(folder.resolve()) and "\0" not in name
    if not inside or not path.is_file():
        raise SettingsError(
            f"There is no file {name!r:.60} in this job. Add it again.",
            f"В этой задаче нет файла {name!r:.60}. Добавьте его снова.",
        )
    return path
