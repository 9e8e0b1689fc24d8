"""An ffmpeg that stands still: cancel is heard within a second in every wait for it, and without a cancel it is given up.

A script takes ffmpeg's place. It stands still in one of the ways in which a child can: before the first byte, in the middle
of a frame, with its input unread, after its input has been read, after its pipes have been closed.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from perscoach.core.errors import Cancelled, ClipError
from perscoach.core.progress import Quiet
from perscoach.media import IngestSettings, ffmpeg, hevc
from perscoach.media.export import export_video
from perscoach.media.ingest import ingest
from perscoach.media.types import ExportSettings
from perscoach.media.verify import decode_rgba, verify_alpha
from tests.media.clips import limits, write_numbered
from tests.media.exports import Source

FRAME = np.zeros((480, 640, 4), np.uint8)  # more than a pipe holds

STALLS = {
    "at once": "exec sleep 60",
    "in the middle of a frame": "head -c 1000 /dev/zero; exec sleep 60",
    "with progress that does not grow": "while true; do echo frame=1; sleep 0.05; done",
    "after its input": "cat >/dev/null; exec sleep 60",
    "with closed pipes": "exec sleep 60 <&- >&- 2>&-",
}


def children() -> list[int]:
    """Living children of this process, in whatever thread they were started."""
    listed = subprocess.run(["ps", "-o", "pid=,stat=,comm=", "--ppid", str(os.getpid())], capture_output=True)
    rows = [line.split() for line in listed.stdout.decode().splitlines()]
    return [int(pid) for pid, state, name, *_ in rows if name != "ps" and not state.startswith("Z")]


@pytest.fixture
def stall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Put a script that stalls in ffmpeg's place."""

    def replace(how: str) -> None:
        fake = tmp_path / "ffmpeg"
        fake.write_text(f"#!/bin/sh\n{STALLS[how]}\n")
        fake.chmod(0o755)
        monkeypatch.setattr(ffmpeg, "exe", lambda: str(fake))

    before = children()
    yield replace
    assert children() == before, "no child is left"


class Later(Quiet):
    """Cancels half a second after it was made, and remembers when."""

    def __init__(self) -> None:
        self.at = time.monotonic() + 0.5

    def check(self) -> None:
        if time.monotonic() > self.at:
            raise Cancelled


def run(monitor: Quiet, silence: float) -> None:
    ffmpeg.run([], monitor, silence=silence)


def run_with_input(monitor: Quiet, silence: float) -> None:
    ffmpeg.run([], monitor, stdin=FRAME.tobytes(), silence=silence)


def read(monitor: Quiet, silence: float) -> None:
    with ffmpeg.pipe_reader([], FRAME.nbytes, monitor, silence=silence) as blocks:
        list(blocks)


def write(monitor: Quiet, silence: float) -> None:
    with ffmpeg.pipe_writer([], monitor, silence=silence) as child:
        for _ in range(4):
            child.write(FRAME)


WAITS = [
    (run, "at once"),
    (run, "with closed pipes"),
    (run, "with progress that does not grow"),
    (run_with_input, "at once"),
    (run_with_input, "after its input"),
    (read, "at once"),
    (read, "in the middle of a frame"),
    (write, "at once"),
    (write, "after its input"),
]


@pytest.mark.parametrize(("wait", "how"), WAITS)
def test_cancel_is_heard(stall: Callable[[str], None], wait: Callable[..., None], how: str) -> None:
    stall(how)
    monitor = Later()
    with pytest.raises(Cancelled):
        wait(monitor, 60)
    assert time.monotonic() - monitor.at < 1


@pytest.mark.parametrize(("wait", "how"), WAITS)
def test_a_child_that_stands_still_is_given_up(
    stall: Callable[[str], None], wait: Callable[..., None], how: str
) -> None:
    stall(how)
    began = time.monotonic()
    with pytest.raises(ffmpeg.FfmpegError) as caught:
        wait(Quiet(), 0.7)
    assert caught.value.message.id == "media.ffmpeg_hung"
    assert 0.6 < time.monotonic() - began < 5


def test_a_slow_child_is_not_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign of life now and then is enough, and the caller may take its time between two frames."""
    fake = tmp_path / "ffmpeg"
    fake.write_text("#!/bin/sh\nfor i in 1 2 3 4 5; do echo frame=$i; sleep 0.3; done\n")
    fake.chmod(0o755)
    monkeypatch.setattr(ffmpeg, "exe", lambda: str(fake))
    seen: list[int] = []
    ffmpeg.run([], progress=seen.append, silence=0.9)
    assert seen == [1, 2, 3, 4, 5]
    fake.write_text("#!/bin/sh\nexec cat >/dev/null\n")
    with ffmpeg.pipe_writer([], silence=0.5) as child:
        child.write(FRAME)
        time.sleep(0.8)
        child.write(FRAME)


@pytest.fixture
def webm(tmp_path: Path) -> Path:
    export_video(Source(3), tmp_path / "w", tmp_path / "out", ExportSettings(mov=False), None, Quiet())
    return tmp_path / "out" / "trainer_transparent.webm"


def decode(path: Path, monitor: Quiet) -> None:
    list(decode_rgba(path, monitor))


def verify(path: Path, monitor: Quiet) -> None:
    verify_alpha(path, 3, Fraction(30), monitor=monitor)


def try_hevc(_: Path, monitor: Quiet) -> None:
    hevc.hevc_alpha_problem(monitor)


def export(path: Path, monitor: Quiet) -> None:
    folder = path.parent
    export_video(Source(400), folder / "w2", folder / "out2", ExportSettings(mov=False), None, monitor)


def export_in_order(path: Path, monitor: Quiet) -> None:
    folder = path.parent
    export_video(Source(400, ready=False), folder / "w2", folder / "out2", ExportSettings(mov=False), None, monitor)


@pytest.mark.parametrize("how", ["at once", "in the middle of a frame", "after its input"])
@pytest.mark.parametrize("work", [decode, verify, try_hevc, export, export_in_order])
def test_cancel_is_heard_in_every_stage(
    webm: Path, stall: Callable[[str], None], work: Callable[[Path, Quiet], None], how: str
) -> None:
    stall(how)
    monitor = Later()
    with pytest.raises(Cancelled):
        work(webm, monitor)
    assert time.monotonic() - monitor.at < 1
    assert not [t for t in threading.enumerate() if t.name.startswith(("encode", "finish"))]


def test_cancel_is_heard_while_pieces_are_joined(
    tmp_path: Path, stall: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from perscoach.media import encoders

    real = encoders.join_webm

    def then_stall(*values: object) -> list[str]:
        stall("at once")
        monitor.at = time.monotonic() + 0.5
        return real(*values)  # type: ignore[arg-type]

    monkeypatch.setattr(encoders, "join_webm", then_stall)
    monitor = Later()
    monitor.at += 60
    with pytest.raises(Cancelled):
        export_video(Source(3), tmp_path / "w", tmp_path / "out", ExportSettings(mov=False), None, monitor)
    assert time.monotonic() - monitor.at < 1
    assert not list((tmp_path / "out").iterdir())


def test_ingest_hears_a_cancel_and_names_a_hang(
    tmp_path: Path, stall: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_numbered(tmp_path / "in.mp4", 3)
    stall("with progress that does not grow")
    monitor = Later()
    with pytest.raises(Cancelled):
        ingest(source, tmp_path / "o.mp4", IngestSettings(), limits(), monitor)
    assert time.monotonic() - monitor.at < 1
    monkeypatch.setattr(ffmpeg, "SILENCE", 0.5)
    with pytest.raises(ClipError) as caught:
        ingest(source, tmp_path / "o.mp4", IngestSettings(), limits(), Quiet())
    assert caught.value.message.id == "media.ffmpeg_hung"
    assert not (tmp_path / "o.mp4").exists()
