"""What the viewer is told: which files to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perscoach.ui.routes import job_url

if TYPE_CHECKING:
    from pathlib import Path

    from perscoach.jobs.workspace import Job


def source_of(job: Job | None) -> dict[str, str] | None:
    """The addresses of the job's movement, clip and comparison, or ``None`` while there is no movement.

    They change with the files' content, so that a browser never shows an earlier movement.
    """
    path = job.viewer() if job else None
    if job is None or path is None or not path.is_file():
        return None
    source = {"data": job_url(job.token, "viewer.bin", _version(path))}
    clip = job.clip()
    if clip is not None:
        source["clip"] = job_url(job.token, "clip.mp4", clip.path.stem)
    other = job.comparison()
    if other is not None:
        source["compare"] = job_url(job.token, "compare.bin", _version(other))
    return source


def _version(path: Path) -> str:
    state = path.stat()
    return f"{state.st_mtime_ns:x}-{state.st_size:x}"
