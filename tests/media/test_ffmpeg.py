"""The one place that starts ffmpeg: ends, failures, cancelling, full disks, flooded pipes."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from perscoach.core.errors import Cancelled
from perscoach.core.progress import Quiet
from perscoach.media import ffmpeg

SOURCE = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=30:d=2"]
ENDLESS = ["-re", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=30"]
RAW = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "64x48", "-r", "30", "-i", "pipe:0"]
FRAME = np.zeros((48, 64, 3), np.uint8)


class StopsLater(Quiet):
    """Cancels after some seconds."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def check(self) -> None:
        if time.monotonic() > self.end:
            raise Cancelled


def children() -> set[int]:
    """Living children of this process that are ffmpeg; a thread or a child that ends meanwhile is left out."""
    found = set()
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if "ffmpeg" in child.name():
                found.add(child.pid)
    return found


@pytest.fixture(autouse=True)
def nothing_is_left_running() -> object:
    yield
    assert not children()
    return None


def test_looking_for_children_bears_threads_and_children_that_end_meanwhile() -> None:
    """Each look races with threads that come and go; reading ``/proc/self/task/<id>/children`` failed here."""
    end = time.monotonic() + 0.5

    def busy() -> None:
        while time.monotonic() < end:
            thread = threading.Thread(target=int)
            thread.start()
            thread.join()

    workers = [threading.Thread(target=busy) for _ in range(3)]
    for worker in workers:
        worker.start()
    while time.monotonic() < end:
        children()
    for worker in workers:
        worker.join()


def test_run_counts_frames_and_is_silent(tmp_path: Path) -> None:
    seen: list[int] = []
    said = ffmpeg.run([*SOURCE, str(tmp_path / "out.mkv")], progress=seen.append)
    assert said == ""
    assert seen == sorted(seen)
    assert seen[-1] == 60


def test_a_failure_gives_its_reason_without_the_folders(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden folder"
    with pytest.raises(ffmpeg.FfmpegError) as caught:
        ffmpeg.run(["-i", str(tmp_path / "secret" / "absent.mp4"), "-f", "null", "-"])
    assert "absent.mp4" in caught.value.stderr
    assert "secret" not in caught.value.en + caught.value.ru
    assert str(hidden) not in caught.value.en
    assert caught.value.code
    assert not caught.value.disk_full


def test_cancel_kills_an_endless_child() -> None:
    began = time.monotonic()
    with pytest.raises(Cancelled):
        ffmpeg.run([*ENDLESS, "-f", "null", "-"], StopsLater(0.3))
    assert time.monotonic() - began < 10


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
def test_a_full_disk_is_named() -> None:
    with pytest.raises(ffmpeg.FfmpegError, match="disk is full") as caught:
        ffmpeg.run([*SOURCE, "-y", "-f", "rawvideo", "/dev/full"])
    assert caught.value.disk_full
    assert "Диск заполнен" in caught.value.ru


def test_stdin_is_fed(tmp_path: Path) -> None:
    out = tmp_path / "out.mkv"
    seen: list[int] = []
    ffmpeg.run([*RAW, "-c:v", "ffv1", str(out)], stdin=FRAME.tobytes() * 40, progress=seen.append)
    assert seen[-1] == 40


def test_write_then_read_back(tmp_path: Path) -> None:
    out = tmp_path / "out.mkv"
    frames = [np.full((48, 64, 3), i * 5, np.uint8) for i in range(30)]
    scratch = np.empty_like(FRAME)
    with ffmpeg.pipe_writer([*RAW, "-c:v", "ffv1", "-pix_fmt", "gbrp", str(out)]) as writer:
        for frame in frames:
            scratch[:] = frame
            writer.write(scratch)  # the memory is used again at once
    with ffmpeg.pipe_reader(["-i", str(out), "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"], FRAME.nbytes) as blocks:
        back = [np.frombuffer(block, np.uint8).reshape(48, 64, 3) for block in blocks]
    assert len(back) == 30
    assert all((a == b).all() for a, b in zip(back, frames, strict=True))


def test_a_broken_writer_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(ffmpeg.FfmpegError, match=r"(?i)unknown encoder|encoder"),
        ffmpeg.pipe_writer([*RAW, "-c:v", "no_such_encoder", str(tmp_path / "out.mkv")]) as writer,
    ):
        for _ in range(2000):
            writer.write(FRAME)


def test_a_full_disk_reaches_the_writer() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("/dev/full is Linux's")
    with (
        pytest.raises(ffmpeg.FfmpegError, match="disk is full"),
        ffmpeg.pipe_writer([*RAW, "-y", "-f", "rawvideo", "/dev/full"]) as writer,
    ):
        for _ in range(2000):
            writer.write(FRAME)


def test_an_exception_kills_the_writers_child(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(KeyError), ffmpeg.pipe_writer([*RAW, str(tmp_path / "out.mkv")]) as writer:
        writer.write(FRAME)
        raise KeyError
    assert time.monotonic() - began < 10


def test_a_flood_of_complaints_does_not_block(tmp_path: Path) -> None:
    loud = ["-loglevel", "trace", *RAW, "-c:v", "mpeg4", "-y", str(tmp_path / "out.mkv")]
    with ffmpeg.pipe_writer(loud) as writer:
        for _ in range(300):
            writer.write(FRAME)
    said = ffmpeg.run(["-loglevel", "trace", "-i", str(tmp_path / "out.mkv"), "-f", "null", "-"])
    assert 10_000 < len(said) <= 64 * 1024


def test_a_reader_that_is_left_early_ends() -> None:
    with ffmpeg.pipe_reader([*ENDLESS[1:], "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"], FRAME.nbytes) as blocks:
        assert len(next(blocks)) == FRAME.nbytes


def test_a_part_of_a_frame_is_an_error() -> None:
    args = [*SOURCE, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]
    with pytest.raises(ffmpeg.FfmpegError, match="middle of a frame"), ffmpeg.pipe_reader(args, 5000) as blocks:
        list(blocks)


def test_a_name_is_never_an_option(tmp_path: Path) -> None:
    odd = tmp_path / "-y concat:a|b %02d.mkv"
    ffmpeg.run([*SOURCE, ffmpeg.file_arg(odd)])
    assert odd.stat().st_size > 0
    assert list(tmp_path.iterdir()) == [odd]
