"""The one place that starts ffmpeg.

The binary is the one that comes with imageio-ffmpeg; nothing of the machine's own is used. A child never outlives the
call that started it, is killed within a second of ``Cancelled``, and its complaints become one sentence.
"""

from __future__ import annotations

import os
import queue
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from perscoach.core.errors import EncodeError
from perscoach.core.messages import message
from perscoach.core.progress import Monitor, Quiet

#: Options that go before ``-i`` of any file a stranger made: plain files only, real containers only. Without them a
#: playlist, a concat script or an SDP file wearing a video's name makes ffmpeg open other files or the network.
SAFE_INPUT = (
    "-protocol_whitelist",
    "file",
    "-format_whitelist",
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi",
)

#: The same guards as PyAV takes them.
SAFE_OPTIONS = {SAFE_INPUT[i].lstrip("-"): SAFE_INPUT[i + 1] for i in range(0, len(SAFE_INPUT), 2)}

_ALWAYS = ("-nostdin", "-hide_banner", "-loglevel", "error")
_TICK = 0.1  # seconds between two looks at the monitor
_KEEP = 64 * 1024  # bytes of stderr that are kept
_EMPTY_WORDS = ("Nothing was written", "Terminating thread", "Task finished", "Conversion failed", "before EOF")
_FULL = ("no space left on device", "disk quota exceeded", "file too large")
_PATH = re.compile(r"(?:file:)?(?:[A-Za-z]:)?[/\\](?:[^\s:'\"\[\]/\\]+[/\\])+")


class FfmpegError(EncodeError):
    """ffmpeg ended badly.

    Attributes:
        stderr: the last 64 KiB that it said.
        code: its exit code, negative for a signal, ``None`` when it was stopped for taking too long.
        disk_full: whether it stopped because nothing more could be written.
    """

    def __init__(self, en: str, ru: str, *, stderr: str = "", code: int | None = None, disk_full: bool = False) -> None:
        super().__init__(en, ru)
        self.stderr = stderr
        self.code = code
        self.disk_full = disk_full


@lru_cache(maxsize=1)
def exe() -> str:
    """The path of the ffmpeg binary.

    Raises:
        EncodeError: imageio-ffmpeg has none for this machine.
    """
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise EncodeError(
            "There is no ffmpeg for this machine in imageio-ffmpeg; install the requirements again.",
            "В imageio-ffmpeg нет ffmpeg для этой машины; установите зависимости заново.",
        ) from error


def file_arg(path: Path) -> str:
    """``path`` as ffmpeg and PyAV take it: absolute and with ``file:``, so no name can be an option or a protocol."""
    return f"file:{path.absolute()}"


def run(
    args: list[str],
    monitor: Monitor | None = None,
    *,
    progress: Callable[[int], None] | None = None,
    timeout: float | None = None,
    stdin: bytes | None = None,
) -> str:
    """Run ffmpeg to its end.

    Args:
        args: everything after ``ffmpeg``; ``-nostdin -hide_banner -loglevel error`` are put in front. Input files of
            strangers need ``SAFE_INPUT`` before their ``-i``.
        monitor: asked about ten times a second whether to go on.
        progress: called (in this thread) with the number of frames written so far, whenever it grew.
        timeout: seconds after which the child is killed.
        stdin: bytes for ``-i pipe:0``.

    Returns:
        What ffmpeg said on stderr (warnings, at most the last 64 KiB); empty when all went well.

    Raises:
        FfmpegError: a bad end, a full disk, or too slow.
        Cancelled: the monitor said so; the child is dead by then.
    """
    monitor = monitor or Quiet()
    command = [exe(), *_ALWAYS, *(("-progress", "pipe:1", "-stats_period", "0.25") if progress else ()), *args]
    with _child(command, pipe_in=stdin is not None, pipe_out=progress is not None) as child:
        counter = _Counter(child.process.stdout) if progress else None
        if stdin is not None:
            child.feed(stdin)
        shown = 0
        deadline = None if timeout is None else time.monotonic() + timeout
        while not child.ended(_TICK):
            monitor.check()
            if progress and counter and counter.frames > shown:
                shown = counter.frames
                progress(shown)
            if deadline is not None and time.monotonic() > deadline:
                child.kill()
                raise _too_slow(timeout or 0)
        if counter and progress:
            counter.thread.join(1)
            if counter.frames > shown:
                progress(counter.frames)
        return child.finish()


class FrameWriter:
    """Raw frames on their way into an ffmpeg child; see ``pipe_writer``."""

    def __init__(self, child: _Child, monitor: Monitor) -> None:
        self._child = child
        self._monitor = monitor
        self._queue: queue.Queue[bytes | None] = queue.Queue(maxsize=2)
        self._broken = threading.Event()
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()

    def write(self, frame: Any) -> None:
        """Hand over one frame (a C-contiguous array, or bytes). The memory may be used again at once.

        Raises:
            FfmpegError: the child died; the sentence holds its reason.
            Cancelled: the monitor said so.
        """
        self._put(bytes(memoryview(frame).cast("B")))

    def close(self) -> None:
        """Wait until every frame is in the child, and for its good end."""
        self._put(None)
        while self._thread.is_alive():
            self._monitor.check()
            self._thread.join(_TICK)
        while not self._child.ended(_TICK):
            self._monitor.check()
        self._child.finish()

    def _put(self, item: bytes | None) -> None:
        while not self._broken.is_set():
            self._monitor.check()
            try:
                return self._queue.put(item, timeout=_TICK)
            except queue.Full:
                continue
        if item is not None:  # the child closed its end before the last frame
            self._child.ended(5)
            self._child.finish()
            raise FfmpegError(
                "ffmpeg stopped taking frames before the last one.", "ffmpeg перестал принимать кадры до последнего."
            )

    def _pump(self) -> None:
        pipe = self._child.process.stdin
        assert pipe is not None
        try:
            while (item := self._queue.get()) is not None:
                pipe.write(item)
            pipe.close()
        except OSError:
            self._broken.set()

    def _abandon(self) -> None:
        """After the child is dead: let the thread end."""
        with suppress(queue.Empty):
            while True:
                self._queue.get_nowait()
        with suppress(queue.Full):
            self._queue.put_nowait(None)
        self._thread.join(2)


@contextmanager
def pipe_writer(args: list[str], monitor: Monitor | None = None) -> Iterator[FrameWriter]:
    """An ffmpeg child that is fed raw frames (``-f rawvideo … -i pipe:0`` belongs in ``args``).

    Example:
        >>> with pipe_writer([..., "-i", "pipe:0", ..., "out.mkv"], monitor) as writer:  # doctest: +SKIP
        ...     for frame in frames:
        ...         writer.write(frame)

    The block's end waits for the child; any exception inside kills it.

    Raises:
        FfmpegError: the child ended badly (also from ``write``).
        Cancelled: the monitor said so.
    """
    monitor = monitor or Quiet()
    with _child([exe(), *_ALWAYS, *args], pipe_in=True, pipe_out=False) as child:
        writer = FrameWriter(child, monitor)
        try:
            yield writer
            writer.close()
        finally:
            child.kill()
            writer._abandon()


@contextmanager
def pipe_reader(args: list[str], frame_bytes: int, monitor: Monitor | None = None) -> Iterator[Iterator[bytes]]:
    """An ffmpeg child that writes raw frames to ``pipe:1``; gives an iterator over blocks of ``frame_bytes`` bytes.

    Raises:
        FfmpegError: the child ended badly or with a part of a frame.
        Cancelled: the monitor said so.
    """
    monitor = monitor or Quiet()
    with _child([exe(), *_ALWAYS, *args], pipe_in=False, pipe_out=True) as child:
        yield _blocks(child, frame_bytes, monitor)


def _blocks(child: _Child, size: int, monitor: Monitor) -> Iterator[bytes]:
    pipe = child.process.stdout
    assert pipe is not None
    while block := pipe.read(size):
        monitor.check()
        if len(block) < size:
            child.ended(5)
            child.finish()
            raise FfmpegError(
                f"ffmpeg ended in the middle of a frame ({len(block)} of {size} bytes).",
                f"ffmpeg закончил на середине кадра ({len(block)} из {size} байт).",
            )
        yield block
    while not child.ended(_TICK):
        monitor.check()
    child.finish()


class _Child:
    """A running ffmpeg and the thread that empties its stderr."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._said = bytearray()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._feeder: threading.Thread | None = None

    def _listen(self) -> None:
        pipe = self.process.stderr
        assert pipe is not None
        with suppress(OSError, ValueError):
            while block := os.read(pipe.fileno(), 4096):
                self._said += block
                del self._said[:-_KEEP]

    def feed(self, data: bytes) -> None:
        def pump() -> None:
            pipe = self.process.stdin
            assert pipe is not None
            with suppress(OSError):
                pipe.write(data)
                pipe.close()

        self._feeder = threading.Thread(target=pump, daemon=True)
        self._feeder.start()

    def ended(self, seconds: float) -> bool:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
            return True
        return False

    def finish(self) -> str:
        """What it said; raises ``FfmpegError`` after a bad end."""
        self._listener.join(2)
        said = self._said.decode("utf-8", "replace").strip()
        if self.process.returncode:
            raise _failure(self.process.returncode, said)
        return said

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.kill()
        self._listener.join(2)
        if self._feeder:
            self._feeder.join(2)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                with suppress(OSError):
                    pipe.close()


class _Counter:
    """Reads ``-progress`` and remembers the last ``frame=`` value."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        assert pipe is not None
        self.frames = 0
        self._pipe = pipe
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        with suppress(OSError, ValueError):
            for line in self._pipe:
                if line.startswith(b"frame="):
                    self.frames = max(self.frames, int(line[6:]))


@contextmanager
def _child(command: list[str], *, pipe_in: bool, pipe_out: bool) -> Iterator[_Child]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE if pipe_in else subprocess.DEVNULL,
        stdout=subprocess.PIPE if pipe_out else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "AV_LOG_FORCE_NOCOLOR": "1"},
    )
    child = _Child(process)
    try:
        yield child
    finally:
        child.close()


def _failure(code: int, said: str) -> FfmpegError:
    if code == -25 or any(word in said.lower() for word in _FULL):  # -25: SIGXFSZ, over the file size limit
        full = message("errors.disk_full")
        return FfmpegError(full.en, full.ru, stderr=said, code=code, disk_full=True)
    lines = [line for line in said.splitlines() if line.strip() and not any(word in line for word in _EMPTY_WORDS)]
    reason = _PATH.sub("", lines[-1]).strip()[:200] if lines else f"exit code {code}"
    return FfmpegError(f"ffmpeg failed: {reason}", f"ffmpeg не справился: {reason}", stderr=said, code=code)


def _too_slow(seconds: float) -> FfmpegError:
    return FfmpegError(
        f"ffmpeg was stopped: it took longer than {seconds:g} s.",
        f"ffmpeg остановлен: работал дольше {seconds:g} с.",
    )
