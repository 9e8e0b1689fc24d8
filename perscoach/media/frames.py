"""Frames of the normalised clip, by index, exact after a seek.

The clip is constant frame rate and starts at zero, so frame ``i`` stands at ``i / fps`` and a timestamp is an index.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import ClipError
from perscoach.media.ffmpeg import SAFE_OPTIONS, file_arg

_SEEK_AHEAD = 1.0  # seconds; nearer frames are reached by decoding on, as key frames stand half a second apart


class Readable(Protocol):
    """What reading needs of a ``Clip``, whose ``read`` calls it."""

    @property
    def path(self) -> Path: ...

    @property
    def fps(self) -> Fraction: ...

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    @property
    def frames(self) -> int: ...


def read_frames(clip: Readable, start: int, stop: int, step: int = 1) -> Iterator[Array]:
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


def _read(clip: Readable, wanted: range) -> Iterator[Array]:
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


def _decode(clip: Readable, container: Any, wanted: range) -> Iterator[Array]:
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
        if at != index or (frame.width, frame.height) != (clip.width, clip.height):
            raise damaged(clip, index)
        yield to_rgb(frame)


def _seek(clip: Readable, container: Any, stream: Any, index: int) -> Iterator[Any]:
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


def index_of(clip: Readable, stream: Any, frame: Any) -> int:
    """The frame's index, from its timestamp."""
    return -1 if frame.pts is None else round(frame.pts * stream.time_base * clip.fps)


class RgbConverter:
    """8-bit 4:2:0 BT.709 limited range to full-range RGB, with one scaler for all frames of a clip.

    swscale only brings the chroma to full size (bilinear, samples sited left, as H.264 has them); the matrix is ours.
    swscale's own quick conversion is dark by one step and takes BT.601 for frames without a tag, its accurate one takes
    three times as long as this.
    """

    def __init__(self) -> None:
        from av.video.reformatter import Interpolation, VideoReformatter

        self._reformatter = VideoReformatter()
        self._how: dict[str, Any] = {"format": "yuv444p", "interpolation": Interpolation.BILINEAR}
        self._matrix = yuv_to_rgb()

    def __call__(self, frame: Any) -> Array:
        """(H, W, 3) uint8."""
        import cv2

        planes: Any = self._reformatter.reformat(frame, **self._how).planes
        yuv = [np.frombuffer(p, np.uint8).reshape(-1, p.line_size)[: p.height, : p.width] for p in planes]
        return cv2.transform(cv2.merge(yuv), self._matrix)


def yuv_to_rgb() -> Array:
    """(3, 4) float32: limited-range 8-bit (Y, Cb, Cr, 1) to full-range 8-bit RGB; ITU-R BT.709-6, items 3.2 to 3.4."""
    kr, kb = 0.2126, 0.0722
    kg = 1 - kr - kb
    matrix = np.array(
        [
            [1, 0, 2 * (1 - kr)],
            [1, -2 * kb * (1 - kb) / kg, -2 * kr * (1 - kr) / kg],
            [1, 2 * (1 - kb), 0],
        ]
    )
    scaled = matrix * (255 / np.array([219, 224, 224]))
    return np.hstack([scaled, -scaled @ np.array([[16], [128], [128]])]).astype(np.float32)


def damaged(clip: Readable, index: int) -> ClipError:
    """The error for a frame that the normalised clip should hold and does not."""
    return ClipError("media.frame_unreadable", index=index, frames=clip.frames)
