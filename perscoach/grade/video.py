"""The delivered video: matted frames with the room's light removed, graded and encoded."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from perscoach.core.arrays import Array
from perscoach.core.files import key_of
from perscoach.core.progress import Monitor, cancel_only
from perscoach.core.threads import overlap
from perscoach.grade.look import Finish, Look, finish
from perscoach.grade.params import Grade
from perscoach.matting.boxes import part_of
from perscoach.matting.foreground import estimate_foreground
from perscoach.matting.stage import MatteJob
from perscoach.media.export import export_video
from perscoach.media.hevc import hevc_alpha_problem
from perscoach.media.types import ExportSettings

KIND, PIECES = "video", "segments"
"""Kinds in the store: the finished files, and the encoded pieces that they are joined from."""

VERSION = 9
"""Raise when the same matte and settings give other pixels or files than before."""

AHEAD = 4
"""Finished frames that wait for the encoder."""

_COARSE = 8
"""Factor by which the unseen surroundings are smaller while they are graded."""


@dataclass(frozen=True)
class Video:
    """The encoded files.

    Attributes:
        folder: where they lie.
        key: changes with a pixel, a sound or a file of them.
        figures: see ``media.export.export_video``.
    """

    folder: Path
    key: str
    figures: dict[str, Any]


class GradedFrames:
    """An ``RgbaSource``: matted frames with the old room's light removed, the grade and the look applied."""

    def __init__(self, matte: MatteJob, grade: Grade, look: Look, quality: str, monitor: Monitor) -> None:
        clip = matte.clip
        self.frames, self.width, self.height = clip.frames, clip.width, clip.height
        self.fps: Fraction = clip.fps
        self.ready = matte.ready
        self._matte, self._monitor, self._quality = matte, monitor, quality
        self._finish = finish(grade, look, matte.folder)

    def rgba(self, start: int, stop: int) -> Iterator[Array]:
        """Frames ``start <= i < stop`` as (H, W, 4) uint8 RGBA, straight alpha."""
        return overlap(self._finished(start, stop), AHEAD, self._monitor)

    def _finished(self, start: int, stop: int) -> Iterator[Array]:
        import cv2

        with contextlib.ExitStack() as stack:
            if self.ready:  # several threads read ranges: each has a reader of its own
                matte = stack.enter_context(contextlib.closing(self._matte.copy()))
                frames = matte.frames(cancel_only(self._monitor), start, stop)
            else:
                matte = self._matte
                frames = matte.frames(self._monitor, start, stop)
            rooms = matte.rooms(cancel_only(self._monitor))
            for index, (rgb, alpha) in enumerate(stack.enter_context(contextlib.closing(frames)), start):
                colour = estimate_foreground(rgb, alpha, self._quality, rooms.behind(index, rgb, alpha))
                frame = cv2.cvtColor(graded(colour, alpha, self._finish), cv2.COLOR_RGB2RGBA)
                cv2.insertChannel(alpha, frame, 3)  # a tenth of the time of np.dstack
                yield frame


def graded(colour: Array, alpha: Array, finish: Finish) -> Array:
    """The grade where the person is; around them, where nothing is seen and the fill is smooth, of a small picture.

    Args:
        colour: (H, W, 3) uint8, filled where ``alpha`` is 0.
        alpha: (H, W) uint8.
        finish: grade and look.

    Returns:
        (H, W, 3) uint8, equal to ``finish.apply(colour)`` wherever ``alpha`` is not 0.
    """
    import cv2

    height, width = alpha.shape
    part = part_of(alpha, _COARSE)
    small = cv2.resize(colour, (-(-width // _COARSE), -(-height // _COARSE)), interpolation=cv2.INTER_AREA)
    out = cv2.resize(finish.apply(small), (width, height), interpolation=cv2.INTER_LINEAR)
    if part is not None:
        out[part] = finish.apply(colour[part])
    return out


def write_video(matte: MatteJob, grade: Grade, look: Look, settings: ExportSettings, monitor: Monitor) -> Video:
    """Matte where needed, grade and encode in one pass, into the store.

    Raises:
        EncodeError: ffmpeg failed, or the disk is full.
        PerscoachError: the clip or the matting engine failed.
        Cancelled: by the monitor; finished pieces stay.
    """
    store, clip = matte.store, matte.clip
    shown = [look.id, look.amount] if look.shown else None
    # the quality alone: which files are wanted, and the sound, change no finished piece
    pieces = key_of(PIECES, VERSION, matte.key, dataclasses.asdict(grade), shown, settings.quality)
    audio = clip.path if clip.audio and settings.audio else None
    safari = hevc_alpha_problem(monitor) is None if settings.mov else None
    key = key_of(KIND, pieces, safari, settings.frames, audio is not None)
    with contextlib.ExitStack() as stack:
        work = stack.enter_context(store.making(KIND, key, monitor))
        if not work.ready:
            encoded = stack.enter_context(store.making(PIECES, pieces, monitor))
            encoded.complete = False  # other files of the same pixels may be wanted later
            source = GradedFrames(matte, grade, look, settings.quality, monitor)
            work.facts.update(export_video(source, encoded.folder, work.folder, settings, audio, monitor))
    monitor.report("encode", clip.frames, clip.frames)
    return Video(store.folder(KIND, key), key, store.facts(KIND, key))
