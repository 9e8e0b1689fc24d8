"""The one place that starts ffmpeg.

The binary is the one that comes with imageio-ffmpeg, never the machine's own. A child does not outlive the call that
started it; every wait for it is a turn of one loop (``Process._turn``), which asks the monitor ten times a second, empties
stderr and ends a child that has stood still for too long. No threads: the pipes are non-blocking.
"""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from perscoach.core.errors import EncodeError
from perscoach.core.progress import Monitor, Quiet

#: Options that go before ``-i`` of any file a stranger made: plain files only, real containers only. Without them a
#: playlist, a concat script or an SDP file under a video's name makes ffmpeg open other files or the network.
SAFE_INPUT = (
    "-protocol_whitelist",
    "file",
    "-format_whitelist",
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts",
)

#: The same guards as PyAV takes them.
SAFE_OPTIONS = {SAFE_INPUT[i].lstrip("-"): SAFE_INPUT[i + 1] for i in range(0, len(SAFE_INPUT), 2)}

#: Seconds without a byte in or out, and without a frame more, after which a child counts as hung. The slowest encoder
#: (x265 at 4K, 40 frames of lookahead at one frame a second) stays silent for under a minute.
SILENCE = 300.0

_ALWAYS = ("-nostdin", "-hide_banner", "-loglevel", "error")
_TICK = 0.1  # seconds between two looks at the monitor
_KEEP = 64 * 1024  # bytes of stderr that are kept
_SIGNS_OF_LIFE = (b"frame", b"total_size", b"out_time_us")  # values of ``-progress`` that grow while ffmpeg works
_EMPTY_WORDS = ("Nothing was written", "Terminating thread", "Task finished", "Conversion failed", "before EOF")
_FULL = ("no space left on device", "disk quota exceeded", "file too large")
_FILE_SIZE_SIGNAL = -25  # SIGXFSZ: over the limit on the size of files
_PATH = re.compile(r"(?:file:)?(?:[A-Za-z]:)?[/\\](?:[^\s:'\"\[\]/\\]+[/\\])+")


class FfmpegError(EncodeError):
    """ffmpeg failed.

    Attributes:
        stderr: the last 64 KiB of its messages.
        code: its exit code, negative for a signal, ``None`` when it was stopped because it hung.
    """

    def __init__(self, id: str, /, *, stderr: str = "", code: int | None = None, **values: object) -> None:
        super().__init__(id, **values)
        self.stderr = stderr
        self.code = code

    @property
    def disk_full(self) -> bool:
        """Whether it failed because nothing more could be written."""
        return self.message.id == "errors.disk_full"


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
        raise EncodeError("media.no_ffmpeg") from error


def file_arg(path: Path) -> str:
    """``path`` as ffmpeg and PyAV take it: absolute and with ``file:``, so no name can be an option or a protocol."""
    return f"file:{path.absolute()}"


def run(
    args: list[str],
    monitor: Monitor | None = None,
    *,
    progress: Callable[[int], None] | None = None,
    silence: float = SILENCE,
    stdin: bytes = b"",
) -> str:
    """Run ffmpeg to its end.

    Args:
        args: everything after ``ffmpeg``; ``-nostdin -hide_banner -loglevel error`` are put in front. Input files of
            strangers need ``SAFE_INPUT`` before their ``-i``; ``pipe:1`` is taken by ``-progress``.
        monitor: asked ten times a second whether to go on.
        progress: called with the number of frames written so far, whenever it grew.
        silence: seconds without progress after which the child counts as hung.
        stdin: bytes for ``-i pipe:0``.

    Returns:
        ffmpeg's messages (warnings, at most the last 64 KiB); empty when all went well.

    Raises:
        FfmpegError: a bad end, a full disk, or no progress for ``silence`` seconds.
        Cancelled: by the monitor; the child is dead by then.
    """
    args = ["-progress", "pipe:1", "-stats_period", "0.25", *args]
    with _running(args, monitor, silence, stdin=bool(stdin), stdout=True) as child:
        child.count_frames(progress)
        if stdin:
            child.write(stdin)
        return child.finish()


@contextmanager
def pipe_writer(args: list[str], monitor: Monitor | None = None, *, silence: float = SILENCE) -> Iterator[Process]:
    """An ffmpeg child that is fed raw frames (``-f rawvideo … -i pipe:0`` belongs in ``args``).

    Example:
        >>> with pipe_writer([..., "-i", "pipe:0", ..., "out.mkv"], monitor) as child:  # doctest: +SKIP
        ...     for frame in frames:
        ...         child.write(frame)

    The block's end waits for the child; any exception inside kills it.

    Raises:
        FfmpegError: the child failed or hung (also from ``write``).
        Cancelled: by the monitor.
    """
    with _running(args, monitor, silence, stdin=True) as child:
        yield child
        child.finish()


@contextmanager
def pipe_reader(
    args: list[str], frame_bytes: int, monitor: Monitor | None = None, *, silence: float = SILENCE
) -> Iterator[Iterator[bytearray]]:
    """An ffmpeg child that writes raw frames to ``pipe:1``; gives an iterator over blocks of ``frame_bytes`` bytes.

    Raises:
        FfmpegError: the child failed, hung or ended with a part of a frame.
        Cancelled: by the monitor.
    """
    with _running(args, monitor, silence, stdout=True) as child:
        yield _blocks(child, frame_bytes)


def _blocks(child: Process, size: int) -> Iterator[bytearray]:
    while True:
        block = bytearray(size)
        found = child.read_into(block)
        if found < size:
            child.finish()
            if found:
                raise FfmpegError("media.ffmpeg_half_frame", found=found, expected=size)
            return
        yield block


class Process:
    """A running ffmpeg; see ``run``, ``pipe_writer`` and ``pipe_reader``."""

    def __init__(self, args: list[str], monitor: Monitor, silence: float, *, stdin: bool, stdout: bool) -> None:
        self._monitor, self._silence = monitor, silence
        self._moved = self._looked = time.monotonic()
        self._messages = bytearray()
        self._selector = selectors.DefaultSelector()
        self._process = subprocess.Popen(
            [exe(), *_ALWAYS, *args],
            bufsize=0,
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE if stdout else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "AV_LOG_FORCE_NOCOLOR": "1"},
        )
        self._pipes: list[IO[Any]] = [p for p in (self._process.stdin, self._process.stdout, self._process.stderr) if p]
        for pipe in self._pipes:
            os.set_blocking(pipe.fileno(), False)
        self._listen(self._process.stderr, self._keep_message)

    def write(self, data: Any) -> None:
        """Hand over one frame (a C-contiguous array, or bytes); returns when ffmpeg has taken all of it.

        Raises:
            FfmpegError: the child failed, ended early or hung.
            Cancelled: by the monitor.
        """
        pipe, rest = self._process.stdin, memoryview(data).cast("B")
        assert pipe is not None
        self._moved = time.monotonic()
        self._monitor.check()
        self._selector.register(pipe, selectors.EVENT_WRITE)
        try:
            while rest:
                self._turn()
                taken = pipe.write(rest)
                if taken:
                    rest = rest[taken:]
                    self._moved = time.monotonic()
        except BrokenPipeError as error:
            self._selector.unregister(pipe)
            self.finish()
            raise FfmpegError("media.ffmpeg_early_end") from error
        self._selector.unregister(pipe)

    def read_into(self, block: bytearray) -> int:
        """Fill ``block`` from the child's output; fewer bytes than it holds are the last.

        Raises:
            FfmpegError: the child hung.
            Cancelled: by the monitor.
        """
        pipe, rest = self._process.stdout, memoryview(block)
        assert pipe is not None
        self._moved = time.monotonic()
        self._monitor.check()
        self._selector.register(pipe, selectors.EVENT_READ)
        while rest:
            self._turn()
            found = pipe.readinto(rest)  # type: ignore[attr-defined]
            if found == 0:
                break
            if found:
                rest = rest[found:]
                self._moved = time.monotonic()
        self._selector.unregister(pipe)
        return len(block) - len(rest)

    def count_frames(self, progress: Callable[[int], None] | None) -> None:
        """Read ``-progress`` from the child's output; tell ``progress`` the number of frames whenever it grew."""
        values: dict[bytes, bytes] = {}
        tail = b""
        shown = 0

        def parse(text: bytes) -> None:
            nonlocal tail, shown
            *lines, tail = (tail + text).split(b"\n")
            for line in lines:
                name, _, value = line.partition(b"=")
                if name in _SIGNS_OF_LIFE and values.get(name) != value:
                    values[name] = value
                    self._moved = time.monotonic()
            frames = int(values.get(b"frame") or 0)
            if frames > shown:
                shown = frames
                if progress:
                    progress(shown)

        self._listen(self._process.stdout, parse)

    def finish(self) -> str:
        """Close the child's input, wait for its end and return its messages.

        Raises:
            FfmpegError: the child failed or hung.
            Cancelled: by the monitor.
        """
        if self._process.stdin:
            self._process.stdin.close()
        self._moved = time.monotonic()
        self._monitor.check()
        while self._process.poll() is None:
            self._turn()
        while self._handle(0):
            pass
        text = self._messages.decode("utf-8", "replace").strip()
        if self._process.returncode:
            raise _failure(self._process.returncode, text)
        return text

    def stop(self) -> None:
        """Kill the child where it still runs, and release everything."""
        if self._process.poll() is None:
            self._process.kill()
        with suppress(subprocess.TimeoutExpired):  # a child that waits for a dead network disk cannot even be killed
            self._process.wait(5)
        self._selector.close()
        for pipe in self._pipes:
            with suppress(OSError):
                pipe.close()

    def _turn(self) -> None:
        """Wait for any pipe, for a tick at most, and ask the monitor."""
        if not self._selector.get_map():
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_TICK)
        self._handle(_TICK)
        now = time.monotonic()
        if now - self._looked >= _TICK:
            self._looked = now
            self._monitor.check()
        if now - self._moved > self._silence:
            raise FfmpegError("media.ffmpeg_hung", seconds=round(self._silence, 1))

    def _handle(self, seconds: float) -> bool:
        """Read what the pipes with a listener hold; whether there was any."""
        if not self._selector.get_map():
            return False
        ready = [key for key, _ in self._selector.select(seconds) if key.data is not None]
        for key in ready:
            key.data()
        return bool(ready)

    def _listen(self, pipe: IO[bytes] | None, take: Callable[[bytes], None]) -> None:
        """Call ``take`` with whatever the child writes to ``pipe``, in every wait."""
        assert pipe is not None

        def read() -> None:
            text = pipe.read(_KEEP)
            if text:
                take(text)
            elif text is not None:
                self._selector.unregister(pipe)

        self._selector.register(pipe, selectors.EVENT_READ, read)

    def _keep_message(self, text: bytes) -> None:
        self._messages += text
        del self._messages[:-_KEEP]


@contextmanager
def _running(
    args: list[str], monitor: Monitor | None, silence: float, *, stdin: bool = False, stdout: bool = False
) -> Iterator[Process]:
    child = Process(args, monitor or Quiet(), silence, stdin=stdin, stdout=stdout)
    try:
        yield child
    finally:
        child.stop()


def _failure(code: int, text: str) -> FfmpegError:
    if code == _FILE_SIZE_SIGNAL or any(word in text.lower() for word in _FULL):
        return FfmpegError("errors.disk_full", stderr=text, code=code)
    lines = [line for line in text.splitlines() if line.strip() and not any(word in line for word in _EMPTY_WORDS)]
    reason = _PATH.sub("", lines[-1]).strip()[:200] if lines else f"exit code {code}"
    return FfmpegError("media.ffmpeg_failed", reason=reason, stderr=text, code=code)
