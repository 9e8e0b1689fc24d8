"""The matte as a cue for the pose stage: where the trainer is in each frame."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path

from perscoach.core.arrays import Array
from perscoach.core.files import key_of
from perscoach.core.store import Store
from perscoach.matting.base import MattingSettings
from perscoach.matting.stage import MatteJob
from perscoach.media import Clip
from perscoach.people.watch import PeopleSettings


class MatteCue:
    """A ``PersonCue``: the refined matte before edge sliders, so that changing them does not run the pose engine again.

    Attributes:
        key: changes when the alphas do.
    """

    def __init__(
        self,
        clip: Clip,
        settings: MattingSettings,
        folder: Path,
        people: PeopleSettings | None = None,
        store: Store | None = None,
    ) -> None:
        settings = dataclasses.replace(settings, edge_softness=0.0, edge_shift=0.0)
        self._matte = MatteJob(clip, settings, folder, people, store)
        self.key = key_of("cue", self._matte.key)

    def alpha(self, index: int) -> Array:
        """(H, W) uint8 of the clip's frame ``index``; a stored chunk that proves damaged is made again."""
        try:
            return self._matte.alpha(index)
        except IndexError:
            with (
                contextlib.closing(self._matte),
                contextlib.closing(self._matte.frames(None, index, index + 1)) as pairs,
            ):
                return next(pairs)[1]
