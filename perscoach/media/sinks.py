"""The files an export can write, each as pieces that are finished one by one and then joined."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from perscoach.core import files
from perscoach.core.errors import EncodeError
from perscoach.core.progress import Monitor
from perscoach.media import encoders, ffmpeg
from perscoach.media.encoders import Picture
from perscoach.media.types import FRAMES, MOV, WEBM, ExportSettings
from perscoach.media.verify import check_times

Ranges = list[tuple[int, int]]


class Sink(Protocol):
    """One delivered file, or folder of frames."""

    @property
    def name(self) -> str:
        """Its final name."""

    def done(self, start: int, stop: int) -> bool:
        """Whether the piece of these frames is finished."""

    def open(self, start: int, stop: int, monitor: Monitor) -> AbstractContextManager[ffmpeg.Process]:
        """Take the frames of a piece; it is finished when the block ends well, and leaves nothing when not."""

    def place(self, out: Path) -> AbstractContextManager[Path]:
        """A temporary path in ``out`` that takes the final name when the block ends well."""

    def join(self, ranges: Ranges, part: Path, audio: Path | None, monitor: Monitor) -> None:
        """Make the whole from its finished pieces."""


def sinks_for(picture: Picture, settings: ExportSettings, work: Path, threads: int, *, mov: bool) -> list[Sink]:
    """The files that ``settings`` ask for; ``mov``: also the Safari file."""

    def webm_piece(out: Path) -> list[str]:
        return encoders.webm_segment(picture, settings.quality, threads, out)

    def mov_piece(out: Path) -> list[str]:
        return encoders.mov_segment(picture, settings.quality, threads, out)

    sinks: list[Sink] = [VideoSink(WEBM, "webm", work, picture.fps, webm_piece, encoders.join_webm)]
    if mov:
        sinks.append(VideoSink(MOV, "nut", work, picture.fps, mov_piece, encoders.join_mov))
    if settings.frames:
        sinks.append(PngSink(work, picture))
    return sinks


@dataclass(frozen=True)
class VideoSink:
    """A video file in pieces.

    Attributes:
        name: of the finished file.
        kind: ending of the pieces.
        work: the pieces' folder.
        fps: frames per second.
        encode: ffmpeg's arguments for the piece at a path.
        link: ffmpeg's arguments that join the listed pieces: (list, out, frames, fps, sound).
    """

    name: str
    kind: str
    work: Path
    fps: Fraction
    encode: Callable[[Path], list[str]]
    link: Callable[[Path, Path, int, Fraction, Path | None], list[str]]

    def _piece(self, start: int, stop: int) -> Path:
        return self.work / f"{self.kind}-{start:06d}-{stop:06d}.{self.kind}"

    def done(self, start: int, stop: int) -> bool:
        return self._piece(start, stop).is_file()

    @contextmanager
    def open(self, start: int, stop: int, monitor: Monitor) -> Iterator[ffmpeg.Process]:
        with files.atomic(self._piece(start, stop)) as part, ffmpeg.pipe_writer(self.encode(part), monitor) as writer:
            yield writer

    def place(self, out: Path) -> AbstractContextManager[Path]:
        return files.atomic(out / self.name)

    def join(self, ranges: Ranges, part: Path, audio: Path | None, monitor: Monitor) -> None:
        pieces = [self._piece(*r) for r in ranges]
        listed = self.work / f"{self.kind}.ffconcat"
        text = encoders.concat_list([p.name for p in pieces], [b - a for a, b in ranges], self.fps)
        with files.atomic(listed) as fresh:
            fresh.write_text(text, encoding="ascii")
        ffmpeg.run(self.link(listed, part, ranges[-1][1], self.fps, audio), monitor)
        check_times(part, self.name, ranges[-1][1], self.fps, monitor)


@dataclass(frozen=True)
class PngSink:
    """RGBA frames, one file each."""

    work: Path
    picture: Picture
    name: str = FRAMES

    def _piece(self, start: int, stop: int) -> Path:
        return self.work / f"png-{start:06d}-{stop:06d}"

    def done(self, start: int, stop: int) -> bool:
        return self._piece(start, stop).is_dir()

    @contextmanager
    def open(self, start: int, stop: int, monitor: Monitor) -> Iterator[ffmpeg.Process]:
        with _atomic_folder(self._piece(start, stop)) as part:
            with ffmpeg.pipe_writer(encoders.png_segment(self.picture, start, part), monitor) as writer:
                yield writer
            found = sum(1 for _ in part.iterdir())
            if found != stop - start:
                raise EncodeError("media.wrong_count", name=self.name, found=found, expected=stop - start)

    def place(self, out: Path) -> AbstractContextManager[Path]:
        return _atomic_folder(out / self.name)

    def join(self, ranges: Ranges, part: Path, audio: Path | None, monitor: Monitor) -> None:
        for start, stop in ranges:
            for frame in self._piece(start, stop).iterdir():
                monitor.check()
                try:
                    os.link(frame, part / frame.name)  # the same bytes under a second name
                except OSError:
                    shutil.copyfile(frame, part / frame.name)


@contextmanager
def _atomic_folder(path: Path) -> Iterator[Path]:
    """A temporary folder beside ``path`` that takes its place when the block ends well, and is removed when not."""
    part = path.with_name(f".{secrets.token_hex(4)}.part")
    part.mkdir(parents=True)
    try:
        yield part
        if path.exists():
            shutil.rmtree(path)
        part.replace(path)
    finally:
        with suppress(FileNotFoundError):
            shutil.rmtree(part)
