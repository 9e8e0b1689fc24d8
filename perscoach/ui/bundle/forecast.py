"""What a package will weigh and how long it will take, said before it is made."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from perscoach.avatar.detail import LEVELS
from perscoach.ui.bundle.made import manifest_of

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job, Workspace
    from perscoach.media import Clip
    from perscoach.media.types import ExportSettings

_FIXED = 0.95e6
"""Bytes of a package that do not grow with the clip: colour table, body, poster. Measured on three packages, as are the next."""
_EACH = 3060.0
"""Bytes for a frame beside the video and the NPZ: movement, GLB, BVH, the mirror's body."""
_EACH_VERTEX = 15.8
"""Bytes for a frame and a vertex in the NPZ (the level ``small`` has 1000: 15.8 KB)."""
_FULL_VERTICES = 5194  # of the mannequin

_JOBS = 8  # earlier packages that are asked


def size(clip: Clip, settings: ExportSettings, detail: str) -> float:
    """About how many bytes the package's zip will have."""
    from perscoach.media.encoders import estimate_size

    sound = clip.duration if clip.audio else 0.0
    video = 1e6 * estimate_size(settings, clip.width, clip.height, clip.frames, sound)["total"]
    return video + _FIXED + clip.frames * (_EACH + _EACH_VERTEX * (LEVELS[detail] or _FULL_VERTICES))


def seconds(workspace: Workspace, job: Job, clip: Clip) -> float | None:
    """About how long the package will take on this machine, from the packages that it made with the same engines.

    ``None`` where it has made none yet.
    """
    recipe = job.state.recipe
    rates = []
    for other in _made(workspace.all_jobs()):
        about = manifest_of(other)
        past = other.state.recipe
        same = (past.pose.engine, past.matting.engine) == (recipe.pose.engine, recipe.matting.engine)
        spent = _spent(about)
        if same and spent is not None:
            rates.append(spent)
    return float(statistics.median(rates)) * clip.frames if rates else None


def _made(jobs: Iterable[Job]) -> list[Job]:
    return [job for job in jobs if job.state.bundle][:_JOBS]


def _spent(about: Mapping[str, Any]) -> float | None:
    """Seconds for a frame of an earlier run that began from nothing; one that found stored parts tells too little."""
    timings, clip = about.get("timings"), about.get("clip")
    if not isinstance(timings, dict) or not isinstance(clip, dict) or not isinstance(clip.get("frames"), int):
        return None
    parts = [timings.get(stage) for stage in ("pose", "encode")]
    if not all(isinstance(part, (int, float)) and part > 1 for part in parts) or clip["frames"] < 1:
        return None
    frames: int = clip["frames"]
    return float(sum(value for value in timings.values() if isinstance(value, (int, float)))) / frames
