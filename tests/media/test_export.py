"""Exports, decoded and compared."""

from __future__ import annotations

import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from perscoach.core.errors import Cancelled, EncodeError
from perscoach.core.messages import Message
from perscoach.core.progress import Quiet
from perscoach.media import export, ffmpeg, segments
from perscoach.media.export import export_video
from perscoach.media.hevc import hevc_alpha_problem
from perscoach.media.types import FRAMES, MOV, WEBM, ExportSettings
from perscoach.media.verify import decode_rgba, verify_alpha
from tests.media.exports import Source, disc, tone

NTSC = Fraction(30000, 1001)
PLAIN = ExportSettings(mov=False)


@pytest.fixture
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut every 5 frames, so that joining can be tested on small clips."""
    monkeypatch.setattr(segments, "KEY_EVERY", 5)


def run(source: Source, folder: Path, settings: ExportSettings = PLAIN, **more: Any) -> dict[str, Any]:
    return export_video(
        source, folder / "work", folder / "out", settings, more.get("audio"), more.get("monitor", Quiet())
    )


def packet_times(path: Path) -> list[Fraction]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return sorted(p.pts * stream.time_base for p in container.demux(stream) if p.pts is not None)


@pytest.mark.parametrize("ready", [True, False])
@pytest.mark.parametrize(
    ("frames", "size", "fps"),
    [
        (12, (64, 48), Fraction(30)),
        (13, (65, 47), NTSC),
        (1, (50, 50), Fraction(25)),
        (17, (33, 64), Fraction(24000, 1001)),
    ],
)
def test_every_frame_comes_back(
    short_pieces: None, tmp_path: Path, ready: bool, frames: int, size: tuple[int, int], fps: Fraction
) -> None:
    source = Source(frames, size, fps, ready=ready)
    figures = run(source, tmp_path)
    report = verify_alpha(tmp_path / "out" / WEBM, frames, fps, source.rgba(0, frames))
    assert report.ok, report.findings
    assert (report.frames, report.width, report.height) == (frames, *size)
    assert (report.alpha_min, report.alpha_max) == (0, 255)
    assert report.alpha_psnr is not None and report.alpha_worst is not None
    assert report.alpha_psnr > 40 and report.alpha_worst > 38
    assert figures["segments"] == -(-frames // 5)
    assert figures["files"] == {WEBM: (tmp_path / "out" / WEBM).stat().st_size}
    times = packet_times(tmp_path / "out" / WEBM)
    assert times[0] == 0
    assert all(abs(t - i / fps) <= Fraction(1, 2000) for i, t in enumerate(times)), "a millisecond's rounding, no drift"
    with av.open(str(tmp_path / "out" / WEBM)) as container:
        assert frames == 1 or container.streams.video[0].average_rate == fps
        assert not container.streams.audio


def test_joined_pieces_are_the_same_frames_as_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(12)
    run(source, tmp_path / "one")
    monkeypatch.setattr(segments, "KEY_EVERY", 5)
    assert run(source, tmp_path / "three")["segments"] == 3
    one = np.stack(list(decode_rgba(tmp_path / "one/out" / WEBM))).astype(int)
    three = np.stack(list(decode_rgba(tmp_path / "three/out" / WEBM))).astype(int)
    assert one.shape == three.shape
    assert np.abs(one - three)[..., 3].mean() < 1, "only the place of the key frames differs"
    assert np.array_equal(one[0], three[0])


def test_half_transparent_stays_straight(tmp_path: Path) -> None:
    class Patch(Source):
        def rgba(self, start: int, stop: int) -> Any:
            for _ in range(start, stop):
                frame = np.zeros((48, 64, 4), np.uint8)
                frame[...] = (200, 60, 50, 0)
                frame[8:40, 8:56, 3] = 128
                yield frame

    run(Patch(3), tmp_path, ExportSettings())
    for name in (WEBM, MOV):
        for frame in decode_rgba(tmp_path / "out" / name):
            middle = frame[16:32, 16:48].reshape(-1, 4).mean(0)
            assert np.abs(middle - (200, 60, 50, 128)).max() < 4, (name, middle)
            assert frame[2, 2, 3] < 4


@pytest.mark.parametrize("seconds", [0.2, 5.0])
def test_the_sound_is_exactly_as_long_as_the_picture(short_pieces: None, tmp_path: Path, seconds: float) -> None:
    source = Source(15, fps=NTSC)
    figures = run(source, tmp_path, ExportSettings(), audio=tone(tmp_path / "tone.mp4", seconds))
    assert figures["audio"] is True
    with av.open(str(tmp_path / "out" / WEBM)) as container:
        assert container.streams.audio[0].codec_context.name in ("opus", "libopus")
        sound = [f.to_ndarray() for f in container.decode(audio=0)]
    assert sum(s.shape[-1] for s in sound) == round(15 / NTSC * 48000)
    wave = np.concatenate(sound, -1)[0]
    early, late = (float(np.sqrt(np.square(w).mean())) for w in (wave[2000:8000], wave[13000:20000]))
    assert early > 0.04, "the tone is there"
    assert late > 0.04 if seconds > 1 else late < 0.002
    assert packet_times(tmp_path / "out" / WEBM)[0] == 0
    assert packet_times(tmp_path / "out" / MOV)[0] == 0
    with av.open(str(tmp_path / "out" / MOV)) as container:
        assert container.streams.audio[0].codec_context.name == "aac"


def test_sound_can_be_left_out(tmp_path: Path) -> None:
    settings = ExportSettings(mov=False, audio=False)
    assert run(Source(3), tmp_path, settings, audio=tone(tmp_path / "tone.mp4", 1))["audio"] is False
    with av.open(str(tmp_path / "out" / WEBM)) as container:
        assert not container.streams.audio


@pytest.mark.parametrize("ready", [True, False])
def test_one_reading_feeds_every_file(short_pieces: None, tmp_path: Path, ready: bool) -> None:
    source = Source(12, (65, 47), ready=ready)
    figures = run(source, tmp_path, ExportSettings(frames=True))
    assert sorted(source.asked) == [(0, 4), (4, 8), (8, 12)]
    assert ready or source.asked == sorted(source.asked)
    assert set(figures["files"]) == {WEBM, MOV, FRAMES}
    pictures = sorted((tmp_path / "out" / FRAMES).iterdir())
    assert [p.name for p in pictures] == [f"{i:06d}.png" for i in range(12)]
    import cv2

    for index in (0, 7, 11):
        stored = cv2.imread(str(pictures[index]), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(cv2.cvtColor(stored, cv2.COLOR_BGRA2RGBA), disc(65, 47, index)), "PNG frames are exact"


@pytest.mark.skipif(hevc_alpha_problem() is not None, reason="this ffmpeg has no HEVC with alpha")
def test_the_safari_file_keeps_its_alpha_across_pieces(short_pieces: None, tmp_path: Path) -> None:
    source = Source(13, (65, 47), NTSC)
    run(source, tmp_path, ExportSettings())
    path = tmp_path / "out" / MOV
    report = verify_alpha(path, 13, NTSC, source.rgba(0, 13), least_psnr=34)
    assert report.ok, report.findings
    assert (report.alpha_min, report.alpha_max) == (0, 255)
    assert (report.width, report.height) == (66, 48), "even, as HEVC asks for"
    data = path.read_bytes()
    assert data.find(b"moov") < data.find(b"mdat"), "the index comes first, so that a page can start at once"
    assert b"hvc1" in data


class Grainy(Source):
    """Noise, so that every row and frame costs the encoders work and their threads meet in every order."""

    def rgba(self, start: int, stop: int) -> Any:
        for index, frame in zip(range(start, stop), super().rgba(start, stop), strict=True):
            noise = np.random.default_rng(index).integers(-6, 7, frame.shape)
            noise[..., 3] = 0
            yield (frame + noise).clip(0, 255).astype(np.uint8)


def test_the_same_frames_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine's cores, the order of reading and the run."""
    monkeypatch.setattr(segments, "KEY_EVERY", 20)
    sound = tone(tmp_path / "tone.mp4", 5)
    found = []
    for cores, ready in ((1, True), (2, True), (2, True), (2, False), (5, True), (5, False)):
        monkeypatch.setattr(segments, "cores", lambda cores=cores: cores)
        folder = tmp_path / str(len(found))
        run(Grainy(40, (320, 240), ready=ready), folder, ExportSettings(), audio=sound)
        found.append({name: (folder / "out" / name).read_bytes() for name in (WEBM, MOV)})
    for name in (WEBM, MOV):
        assert len({files[name] for files in found}) == 1, name


def test_a_resume_makes_only_what_is_missing(
    short_pieces: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuntimeError, match="the engine broke"):
        run(Source(20, ready=False, fail_at=12), tmp_path)
    assert not list((tmp_path / "out").iterdir()), "nothing under a final name"
    assert not list((tmp_path / "work").glob(".*")), "nothing half-written"
    started = []
    real = ffmpeg.pipe_writer
    monkeypatch.setattr(ffmpeg, "pipe_writer", lambda args, monitor: started.append(args) or real(args, monitor))
    source = Source(20, ready=False)
    figures = run(source, tmp_path)
    assert source.asked == [(10, 15), (15, 20)] and len(started) == 2
    assert figures["segments_kept"] == 2
    assert verify_alpha(tmp_path / "out" / WEBM, 20, source.fps, source.rgba(0, 20)).ok
    again = run(Source(20, ready=True), tmp_path)
    assert again["segments_kept"] == 4 and len(started) == 2


def test_a_file_asked_for_later_is_made_from_the_same_frames(short_pieces: None, tmp_path: Path) -> None:
    run(Source(10), tmp_path)
    source = Source(10)
    run(source, tmp_path, ExportSettings(frames=True))
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [FRAMES, MOV, WEBM]
    run(Source(10), tmp_path)
    assert [p.name for p in (tmp_path / "out").iterdir()] == [WEBM], "what is not asked for does not stay from before"


class Stopper(Quiet):
    """Says stop after some frames."""

    def __init__(self, after: int) -> None:
        self.after, self.at = after, 0.0
        self._lock = threading.Lock()

    def report(self, stage: str, done: int, total: int) -> None:
        with self._lock:
            if done >= self.after and not self.at:
                self.at = time.monotonic()

    def check(self) -> None:
        if self.at:
            raise Cancelled


@pytest.mark.realtime
@pytest.mark.parametrize("ready", [True, False])
def test_cancelling_takes_less_than_a_second(short_pieces: None, tmp_path: Path, ready: bool) -> None:
    monitor = Stopper(12)
    with pytest.raises(Cancelled):
        run(Source(400, (320, 240), ready=ready), tmp_path, ExportSettings(quality="archive"), monitor=monitor)
    assert time.monotonic() - monitor.at < 1
    assert not list((tmp_path / "out").iterdir())
    assert not list((tmp_path / "work").glob(".*"))
    assert not [t for t in threading.enumerate() if t.name.startswith(("encode", "finish"))]


@pytest.mark.parametrize("ready", [True, False])
def test_a_source_that_breaks_leaves_nothing(short_pieces: None, tmp_path: Path, ready: bool) -> None:
    with pytest.raises(RuntimeError, match="the engine broke"):
        run(Source(20, ready=ready, fail_at=7), tmp_path, ExportSettings(frames=True))
    assert not list((tmp_path / "out").iterdir())
    assert not list((tmp_path / "work").glob(".*"))


def test_a_source_that_ends_early_is_named(tmp_path: Path) -> None:
    class Short(Source):
        def rgba(self, start: int, stop: int) -> Any:
            return super().rgba(start, stop - 2)

    with pytest.raises(EncodeError, match="10 of 12 frames arrived"):
        run(Short(12), tmp_path)


def test_a_frame_of_another_size_is_named(tmp_path: Path) -> None:
    class Other(Source):
        def rgba(self, start: int, stop: int) -> Any:
            return (f[1:] if i == 3 else f for i, f in enumerate(Source.rgba(self, start, stop)))

    with pytest.raises(EncodeError, match=r"Frame 3: expected \(48, 64, 4\) uint8, got \(47, 64, 4\)"):
        run(Other(12), tmp_path)


def test_a_full_disk_is_said_in_words(short_pieces: None, tmp_path: Path) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, hard))  # a child may not write files over 3 kB
    try:
        with pytest.raises(EncodeError, match="disk is full"):
            run(Source(40, (320, 240)), tmp_path, ExportSettings(frames=True, mov=False))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list((tmp_path / "out").iterdir())


def test_a_disk_that_fills_in_python_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export, "_publish", full)
    with pytest.raises(EncodeError, match="disk is full") as caught:
        run(Source(2), tmp_path)
    assert "Диск" in caught.value.ru


def test_without_hevc_there_is_a_note_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = []

    class Listener(Quiet):
        def note(self, message: Message) -> None:
            notes.append((message.en, message.ru))

    monkeypatch.setattr(export, "hevc_alpha_problem", lambda _: Message("No file for Safari.", "Файла нет."))
    figures = run(Source(3), tmp_path, ExportSettings(), monitor=Listener())
    assert notes == [("No file for Safari.", "Файла нет.")] and figures["mov_missing"] == "No file for Safari."
    assert [p.name for p in (tmp_path / "out").iterdir()] == [WEBM]


def test_progress_reaches_the_end(short_pieces: None, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []

    class Listener(Quiet):
        def report(self, stage: str, done: int, total: int) -> None:
            seen.append((stage, done, total))

    run(Source(12), tmp_path, monitor=Listener())
    assert seen[0] == ("encode", 0, 12) and seen[-1] == ("encode", 12, 12)
    assert [s[1] for s in seen] == sorted(s[1] for s in seen)
