"""Frames of the normalised clip, by index, exact after a seek.

The clip is constant frame rate and starts at zero, so frame ``i`` stands at ``i / fps`` and a timestamp is an index.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from perscoach.clip.ffmpeg import SAFE_OPTIONS, file_arg
from perscoach.errors import ClipError

if TYPE_CHECKING:
    from perscoach.clip.types import Clip

_SEEK_AHEAD = 2.0  # seconds; nearer frames are reached by decoding on, as key frames stand a second apart


def read_frames(clip: Clip, start: int, stop: int, step: int = 1) -> Iterator[np.ndarray]:
    """Frames ``start, start + step, …`` before ``stop`` (and before the clip's end) in constant memory.

    Args:
        clip: a normalised clip.
        start, stop, step: indices; ``start`` from 0, ``step`` from 1.

    Returns:
        An iterator over (H, W, 3) uint8 RGB, full range, each array the caller's own. Closing it closes the file.

    Raises:
        ValueError: a negative ``start`` or a ``step`` under 1.
        ClipError: the file is gone or damaged (while iterating).
    """
    if start < 0 or step < 1:
        raise ValueError(f"frames: expected start >= 0 and step >= 1, got {start} and {step}")
    return _read(clip, range(start, min(stop, clip.frames), step))


def _read(clip: Clip, wanted: range) -> Iterator[np.ndarray]:
    if not wanted:
        return
    import av

    try:
        container = av.open(file_arg(clip.path), options=SAFE_OPTIONS)
    except (av.FFmpegError, OSError) as error:
        raise damaged(clip, wanted.start) from error
    try:
        yield from _decode(clip, container, wanted)
    except av.FFmpegError as error:
        raise damaged(clip, wanted.start) from error
    finally:
        container.close()


def _decode(clip: Clip, container: Any, wanted: range) -> Iterator[np.ndarray]:
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    to_rgb = RgbConverter()
    near = max(1, int(_SEEK_AHEAD * clip.fps))
    frames, at = iter(container.decode(stream)), -1
    for index in wanted:
        if index - at > near:
            frames = _seek(clip, container, stream, index)
        for frame in frames:
            at = index_of(clip, stream, frame)
            if at >= index:
                break
        if at != index:
            raise damaged(clip, index)
        yield to_rgb(frame)


def _seek(clip: Clip, container: Any, stream: Any, index: int) -> Iterator[Any]:
    """An iterator that begins at a frame at or before ``index``."""
    back = index
    while True:
        container.seek(max(0, round(back / clip.fps / stream.time_base)), stream=stream, backward=True)
        frames = container.decode(stream)
        first = next(frames, None)
        if first is not None and index_of(clip, stream, first) <= index:
            return _chain(first, frames)
        if back <= 0:
            raise damaged(clip, index)
        back -= max(1, round(clip.fps))  # a key frame shown later than it is stored: one group of pictures further back


def _chain(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest


def index_of(clip: Clip, stream: Any, frame: Any) -> int:
    """The frame's index, from its timestamp."""
    return -1 if frame.pts is None else round(frame.pts * stream.time_base * clip.fps)


class RgbConverter:
    """8-bit BT.709 limited range to full-range RGB, with one scaler for all frames of a clip.

    The matrix is given outright: left to itself swscale takes BT.601 for frames that carry no tag.
    """

    def __init__(self) -> None:
        from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

        self._reformatter = VideoReformatter()
        self._how: dict[str, Any] = {
            "format": "rgb24",
            "src_colorspace": int(Colorspace.ITU709),
            "src_color_range": int(ColorRange.MPEG),
            "dst_color_range": int(ColorRange.JPEG),
            "interpolation": Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT,
        }

    def __call__(self, frame: Any) -> np.ndarray:
        """(H, W, 3) uint8."""
        return self._reformatter.reformat(frame, **self._how).to_ndarray()


def damaged(clip: Clip, index: int) -> ClipError:
    """What is said when the normalised clip does not hold what it should."""
    return ClipError(
        f"Frame {index} of {clip.frames} cannot be read: the prepared clip is damaged or gone. Prepare the clip again.",
        f"Кадр {index} из {clip.frames} не читается: подготовленный клип повреждён или удалён. Подготовьте его заново.",
    )
