"""The matte as a cue for the pose stage: where the trainer is in each frame."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path

from perscoach.core.arrays import Array
from perscoach.core.files import key_of
from perscoach.matting.base import MattingSettings
from perscoach.matting.stage import RAW_VERSION, REFINE_VERSION, MatteJob
from perscoach.media import Clip


class MatteCue:
    """A ``PersonCue``: the refined matte before edge sliders, so that moving them asks nobody to look again.

    Attributes:
        key: changes when the alphas do.
    """

    def __init__(self, clip: Clip, settings: MattingSettings, folder: Path) -> None:
        settings = dataclasses.replace(settings, edge_softness=0.0, edge_shift=0.0)
        self._matte = MatteJob(clip, settings, folder)
        code = [RAW_VERSION, REFINE_VERSION]
        self.key = key_of("cue", code, dataclasses.asdict(settings), self._matte.describe())

    def alpha(self, index: int) -> Array:
        """(H, W) uint8 of the clip's frame ``index``; a stored piece that turns out damaged is made again."""
        try:
            return self._matte.alpha(index)
        except IndexError:
            with contextlib.closing(self._matte.frames(None, index, index + 1)) as pairs:
                alpha = next(pairs)[1]
            self._matte.close()
            return alpha
