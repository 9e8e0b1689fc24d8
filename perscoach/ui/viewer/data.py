"""What the viewer is told: which files to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from perscoach.ui.routes import job_url

if TYPE_CHECKING:
    from perscoach.jobs.job import Job


def source_of(job: Job | None) -> dict[str, str] | None:
    """The addresses of the job's movement and clip, or ``None`` while there is no movement.

    They change with the files' content, so that a browser never shows an earlier movement.
    """
    path = job.viewer() if job else None
    if job is None or path is None or not path.is_file():
        return None
    state = path.stat()
    source = {"data": job_url(job.token, "viewer.bin", f"{state.st_mtime_ns:x}-{state.st_size:x}")}
    clip = job.clip()
    if clip is not None:
        source["clip"] = job_url(job.token, "clip.mp4", clip.path.stem)
    return source
