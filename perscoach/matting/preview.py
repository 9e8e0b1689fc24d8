"""The matte of single frames before the whole clip is matted."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

from perscoach.core.arrays import Array
from perscoach.core.files import key_of
from perscoach.core.store import MADE, store_of
from perscoach.matting import registry
from perscoach.matting.base import MattingSettings
from perscoach.matting.foreground import estimate_foreground
from perscoach.matting.raw import KIND as RAW
from perscoach.matting.stage import REFINED, MatteJob
from perscoach.matting.warm import PREVIEWS
from perscoach.media import Clip
from perscoach.people.watch import KIND as PEOPLE
from perscoach.people.watch import PeopleSettings


def preview_alpha(
    clip: Clip, index: int, settings: MattingSettings, folder: Path, people: PeopleSettings | None = None
) -> Array:
    """The finished alpha (H, W) uint8 of one frame before the clip is matted; what is stored already is read.

    Raises:
        IndexError: no such frame.
        PerscoachError: no engine can run here, or a file named in the settings cannot be used.
    """
    with contextlib.closing(MatteJob(clip, settings, folder, people)) as job:
        with contextlib.suppress(IndexError):
            if 0 <= index < clip.frames:
                return job.alpha(index)
        rgb = clip.frame(index)
        alpha = job.raw_alpha(index)
        if alpha is None:
            same = replace(settings, edge_softness=0.0, edge_shift=0.0, paint=None)
            key = (job.stored_key, clip, same, job.watched)
            alpha = PREVIEWS.matte(
                key, lambda: registry.open_engine(job.engine_name, settings, clip, folder, people=job.watched), rgb
            )
        return job.finished_from(rgb, alpha)


def preview_cutout(
    clip: Clip,
    index: int,
    settings: MattingSettings,
    folder: Path,
    people: PeopleSettings | None = None,
    quality: str = "standard",
) -> tuple[Array, Array]:
    """One frame as the video will have it: the person's colour (H, W, 3) uint8 and alpha (H, W) uint8.

    The room behind is known once the clip is matted. Errors as of ``preview_alpha``.
    """
    alpha = preview_alpha(clip, index, settings, folder, people)
    return colour_of(clip, index, clip.frame(index), alpha, settings, folder, people, quality), alpha


def colour_of(
    clip: Clip,
    index: int,
    rgb: Array,
    alpha: Array,
    settings: MattingSettings,
    folder: Path,
    people: PeopleSettings | None = None,
    quality: str = "standard",
) -> Array:
    """The person's colour (H, W, 3) uint8 in one frame, with the room behind where the matte is stored."""
    with contextlib.closing(MatteJob(clip, settings, folder, people)) as job:
        room = job.rooms().behind(index, rgb, alpha) if job.ready else None
    return estimate_foreground(rgb, alpha, quality, room)


def stored_mattes(folder: Path) -> str:
    """Changes when a matte of the job in ``folder`` is finished, so that a preview from before is not kept after it."""
    root = store_of(folder).root
    made = [path for kind in (PEOPLE, RAW, REFINED) for path in (root / kind).glob(f"*/{MADE}")]
    return key_of(sorted(f"{path.parent.parent.name}/{path.parent.name}" for path in made))
