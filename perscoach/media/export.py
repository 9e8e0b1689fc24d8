"""Write the delivered video files from finished frames, in pieces that survive a stop."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import Cancelled, EncodeError, is_disk_full
from perscoach.core.progress import Adapter, Monitor
from perscoach.media import segments
from perscoach.media.encoders import Picture
from perscoach.media.hevc import hevc_alpha_problem
from perscoach.media.sinks import Sink, sinks_for
from perscoach.media.types import FRAMES, MOV, WEBM, ExportSettings, RgbaSource


def export_video(
    source: RgbaSource,
    work: Path,
    out: Path,
    settings: ExportSettings,
    audio: Path | None,
    monitor: Monitor,
) -> dict[str, Any]:
    """Encode ``source`` into ``out``.

    The clip is cut into pieces. Where any range can be read, pieces are encoded side by side; where frames come in
    order, each is read once and goes to every file's encoder. A finished piece stays in ``work`` and is not made
    again. The pieces are joined without encoding them again, and every file appears whole or not at all.

    Args:
        source: the frames.
        work: the folder of this export's pieces, named by everything that decides its pixels; kept for a resume.
        out: the bundle's folder. Files of an earlier export that these settings do not ask for are removed.
        settings: what to write.
        audio: a file whose first sound track is used, padded or cut to exactly the picture's length.
        monitor: gets the frames done under the stage name ``"encode"``.

    Returns:
        Figures: ``frames, fps, width, height, quality, seconds, segments, segments_kept, workers, audio, files``
        (name to bytes; ``trainer_frames`` is the sum) and ``mov_missing`` (a sentence, or ``None``).

    Raises:
        EncodeError: ffmpeg failed, the disk is full, or the source gave other frames than it promised.
        Cancelled: by the monitor; the children are dead by then and finished pieces are kept.
    """
    begun = time.monotonic()
    with _disk_full_in_words():
        no_mov = hevc_alpha_problem(monitor) if settings.mov else None
        if no_mov:
            monitor.note(no_mov)
        work.mkdir(parents=True, exist_ok=True)
        out.mkdir(parents=True, exist_ok=True)
        for half in work.glob(".*.part*"):  # of a process that was killed
            _remove(half)
        division = segments.make_plan(source, segments.cores())
        picture = Picture(source.width, source.height, source.fps)
        sinks = sinks_for(picture, settings, work, division.threads, mov=settings.mov and no_mov is None)
        kept = sum(all(s.done(*r) for s in sinks) for r in division.segments)
        _Encoding(source, division, sinks, monitor).run()
        sound = audio if settings.audio else None
        _publish(division, sinks, out, sound, monitor)
    return {
        "frames": source.frames,
        "fps": str(source.fps),
        "width": source.width,
        "height": source.height,
        "quality": settings.quality,
        "seconds": round(time.monotonic() - begun, 3),
        "segments": len(division.segments),
        "segments_kept": kept,
        "workers": division.workers,
        "audio": sound is not None,
        "files": {name: _bytes_of(out / name) for name in (WEBM, MOV, FRAMES) if (out / name).exists()},
        "mov_missing": None if no_mov is None else no_mov.en,
    }


class _Encoding:
    """The run over all pieces that are not there yet."""

    def __init__(self, source: RgbaSource, division: segments.Plan, sinks: list[Sink], monitor: Monitor) -> None:
        self._source = source
        self._plan = division
        self._sinks = sinks
        self._monitor = Adapter(monitor)
        self._todo = [r for r in division.segments if not all(s.done(*r) for s in sinks)]
        self._lock = threading.Lock()
        self._done = source.frames - sum(b - a for a, b in self._todo)

    def run(self) -> None:
        self._monitor.report("encode", self._done, self._source.frames)
        if self._source.ready:
            self._side_by_side()
        else:
            self._in_order()

    def _side_by_side(self) -> None:
        with ThreadPoolExecutor(self._plan.workers, "encode") as pool:
            self._settle([pool.submit(self._segment, a, b) for a, b in self._todo])

    def _in_order(self) -> None:
        """One pass; a piece's encoders finish what they hold while the next piece is already fed."""
        with ThreadPoolExecutor(1, "finish") as pool:
            finishing: list[Future[None]] = []
            try:
                for start, stop in self._todo:
                    stack = ExitStack()
                    with stack:
                        self._feed(start, stop, stack)
                        self._settle(finishing)  # at most one piece is finishing beside the one that is fed
                        later = stack.pop_all()  # only now: where that one failed, this one's encoders are ended
                    finishing = [pool.submit(later.close)]
                self._settle(finishing)
            except Exception as error:
                if isinstance(error, Cancelled):
                    self._monitor.stop()
                raise  # a piece that has all its frames is still finished, for the resume
            except BaseException:
                self._monitor.stop()
                raise

    def _settle(self, futures: list[Future[None]]) -> None:
        """Wait for all; after the first failure the others are stopped, and that failure is raised."""
        try:
            ended, _ = wait(futures, return_when=FIRST_EXCEPTION)
        except BaseException:  # an interrupt from the keyboard
            self._stop(futures)
            raise
        failures = [e for f in ended if not f.cancelled() and (e := f.exception())]
        if failures:
            self._stop(futures)
            raise next((e for e in failures if not isinstance(e, Cancelled)), failures[0])

    def _stop(self, futures: list[Future[None]]) -> None:
        self._monitor.stop()
        for future in futures:
            future.cancel()
        wait(futures)

    def _segment(self, start: int, stop: int) -> None:
        with ExitStack() as stack:
            self._feed(start, stop, stack)

    def _feed(self, start: int, stop: int, stack: ExitStack) -> None:
        """Send the range's frames to every file that lacks it; leaving ``stack`` ends the encoders."""
        writers = [
            stack.enter_context(s.open(start, stop, self._monitor)) for s in self._sinks if not s.done(start, stop)
        ]
        index = start
        frames = self._source.rgba(start, stop)
        try:
            for frame in frames:
                self._monitor.check()
                self._check(frame, index, stop)
                for writer in writers:
                    writer.write(np.ascontiguousarray(frame))
                index += 1
                self._tick()
        finally:
            if isinstance(frames, Generator):
                frames.close()
        if index != stop:
            raise EncodeError("media.source_short", found=index, expected=self._source.frames)

    def _tick(self) -> None:
        with self._lock:
            self._done += 1
            self._monitor.report("encode", self._done, self._source.frames)

    def _check(self, frame: Array, index: int, stop: int) -> None:
        if index >= stop:
            raise EncodeError("media.source_long", expected=stop)
        expected = (self._source.height, self._source.width, 4)
        if frame.shape != expected or frame.dtype != np.uint8:
            found = f"{frame.shape} {frame.dtype}"
            raise EncodeError("media.source_frame", index=index, expected=f"{expected} uint8", found=found)


def _publish(division: segments.Plan, sinks: list[Sink], out: Path, audio: Path | None, monitor: Monitor) -> None:
    """Join the pieces; the files take their final names only when all of them are whole."""
    with ExitStack() as stack:
        for sink in sinks:
            part = stack.enter_context(sink.place(out))
            sink.join(list(division.segments), part, audio, monitor)
    wanted = {sink.name for sink in sinks}
    for name in {WEBM, MOV, FRAMES} - wanted:
        _remove(out / name)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _bytes_of(path: Path) -> int:
    return sum(p.stat().st_size for p in path.iterdir()) if path.is_dir() else path.stat().st_size


@contextmanager
def _disk_full_in_words() -> Iterator[None]:
    """A full disk met by Python itself gets the same sentence as one met by ffmpeg."""
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise EncodeError("errors.disk_full") from error
        raise
