"""The Matte step's preview: one frame's matte, kept for a while so that edge sliders answer at once."""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from perscoach.core.arrays import Array
from perscoach.core.files import key_of
from perscoach.matting.base import MattingSettings

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job
    from perscoach.media import Clip

_KEPT = 6


class FrameMattes:
    """Mattes of single frames before the edge sliders and the painting, most recent first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Array, Array]] = OrderedDict()
        self._lock = threading.Lock()

    def finished(self, job: Job, clip: Clip, index: int) -> tuple[Array, Array]:
        """Frame ``index`` (H, W, 3) uint8 RGB and its finished alpha (H, W) uint8 with the job's settings.

        Raises:
            PerscoachError: no engine can run here, or a file named in the settings cannot be used.
        """
        from perscoach.matting.inputs import job_file
        from perscoach.matting.paint import apply_paint, read_paint
        from perscoach.matting.refine.edges import finish_alpha

        settings = job.state.recipe.matting
        rgb, alpha = self._before_edges(job, clip, index, settings)
        alpha = finish_alpha(alpha, settings)
        if settings.paint:
            alpha = apply_paint(alpha, read_paint(job_file(job.folder, settings.paint), clip.width, clip.height))
        return rgb, alpha

    def _before_edges(self, job: Job, clip: Clip, index: int, settings: MattingSettings) -> tuple[Array, Array]:
        from perscoach.matting.preview import preview_alpha

        plain = dataclasses.replace(settings, edge_softness=0.0, edge_shift=0.0, paint=None)
        people = job.state.recipe.people()
        key = key_of(
            job.token, clip.path.name, index, dataclasses.asdict(plain), dataclasses.asdict(people), _stored(job)
        )
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        pair = clip.frame(index), preview_alpha(clip, index, plain, job.folder, people)
        with self._lock:
            self._kept[key] = pair
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return pair


def _stored(job: Job) -> bool:
    """Whether the whole clip was matted since: then the preview shows what is stored, not a single frame's guess."""
    return job.state.bundle is not None
