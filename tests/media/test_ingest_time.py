"""Rates, cuts and sound: every frame keeps its time through ingest."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from perscoach.core.errors import ClipError
from perscoach.media import IngestSettings, ffmpeg
from tests.media.clips import (
    H264,
    KINDS,
    corners,
    english,
    numbered,
    numbers,
    take,
    write,
    write_numbered,
)


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30000/1001", "50", "60000/1001", "60"])
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_cameras_rate_is_kept_exactly(tmp_path: Path, rate: str, ending: str) -> None:
    clip = take(write_numbered(tmp_path / f"in.{ending}", 40, rate=rate), tmp_path / "out.mp4")
    assert clip.fps == Fraction(rate)
    assert numbers(clip) == list(range(40))
    assert not clip.changes


def test_twice_and_four_times_the_rate_is_halved(tmp_path: Path) -> None:
    for rate, step in (("120", 2), ("240000/1001", 4)):
        clip = take(write_numbered(tmp_path / "in.mp4", 48, rate=rate), tmp_path / "out.mp4")
        assert clip.fps == Fraction(rate) / step
        found = numbers(clip)
        assert len(found) == 48 // step
        assert set(np.diff(found)) == {step}
        assert "frames a second" in english(clip)


def test_a_variable_rate_becomes_constant_and_keeps_time(tmp_path: Path) -> None:
    # 30 a second with every frame of the second half but each third dropped: 0..29 at 30, then 30, 33, 36 … 57
    kept = [*range(30), *range(30, 60, 3)]
    drop = ",select='lt(n,30)+not(mod(n,3))'"
    source = write_numbered(tmp_path / "in.mp4", 60, (*H264, "-fps_mode", "passthrough"), filters=drop)
    clip = take(source, tmp_path / "out.mp4")
    assert clip.fps == 30
    assert "variable" in english(clip)
    found = numbers(clip)
    assert abs(clip.frames - 60) <= 2
    assert set(found) == set(kept)
    # a frame is shown at its own time: what stands at place i is the newest frame of that time (half a step of rounding)
    assert all(abs(number - min(i, 57)) <= 2 for i, number in enumerate(found))


def test_trim_and_crop(tmp_path: Path) -> None:
    source = write_numbered(tmp_path / "in.mp4", 90)
    clip = take(source, tmp_path / "out.mp4", IngestSettings(trim_start=1.0, trim_end=2.0))
    assert numbers(clip) == list(range(30, 60))
    assert "Cut to 1.00–2.00 s" in english(clip)
    clip = take(source, tmp_path / "out.mp4", IngestSettings(crop=(0, 0, 97, 64)))
    assert (clip.width, clip.height, clip.frames) == (96, 64, 90)
    assert corners(clip.frame(0))[0] == "r"
    assert "Cropped to 96x64" in english(clip)
    for bad in (IngestSettings(trim_start=3.5), IngestSettings(crop=(100, 0, 100, 64))):
        with pytest.raises(ClipError):
            take(source, tmp_path / "bad.mp4", bad)
    assert not (tmp_path / "bad.mp4").exists()


def test_crop_counts_on_the_upright_picture(tmp_path: Path) -> None:
    stored = [np.ascontiguousarray(np.rot90(numbered(i), -1)) for i in range(3)]
    plain = write(tmp_path / "in.mp4", stored)
    source = tmp_path / "turned.mp4"
    ffmpeg.run(["-display_rotation", "90", "-i", str(plain), "-c", "copy", str(source)])
    clip = take(source, tmp_path / "out.mp4", IngestSettings(crop=(112, 0, 80, 40)))
    assert (clip.width, clip.height) == (80, 40)
    assert corners(clip.frame(0))[1] == "g"


def test_a_late_cut_of_a_long_clip_seeks_to_the_right_frame(tmp_path: Path) -> None:
    codec = (*H264[:2], "-preset", "fast", "-crf", "10", "-x264-params", "open-gop=1:keyint=70:bframes=3", *H264[-2:])
    source = write_numbered(tmp_path / "in.mp4", 250, codec)
    clip = take(source, tmp_path / "out.mp4", IngestSettings(trim_start=6.5, trim_end=7.5))
    assert numbers(clip) == list(range(195, 225))


def _flash_and_beep(tmp_path: Path, late: float, ending: str = "mp4") -> Path:
    """Black with a white flash at 1.5 s, and a beep at the same moment; the sound track starts ``late`` seconds late."""
    frames = (np.full((64, 96, 3), 235 if 45 <= i < 48 else 16, np.uint8) for i in range(90))
    beep = f"aevalsrc='if(between(t,{1.5 - late},{1.6 - late}),0.8*sin(2*PI*1000*t),0)':s=48000:d={3 - late}"
    extra = ("-itsoffset", str(late), "-f", "lavfi", "-i", beep)
    codec = (*H264, "-map", "0:v", "-map", "1:a", "-c:a", "libopus" if ending == "webm" else "aac")
    if ending == "webm":
        codec = (*KINDS["vp8.webm"], *codec[len(H264) :])
    return write(tmp_path / f"in.{ending}", frames, codec, extra_inputs=extra)


@pytest.mark.parametrize(
    ("late", "start", "ending"),
    [
        (0.0, None, "mp4"),
        (0.0, 1.0, "mp4"),
        (0.7, None, "mp4"),
        (0.7, 0.9, "mp4"),
        (0.7, 0.4, "webm"),
        (0.0, 1.0, "mkv"),
    ],
)
def test_sound_stays_in_step(tmp_path: Path, late: float, start: float | None, ending: str) -> None:
    source = _flash_and_beep(tmp_path, late, ending)
    clip = take(source, tmp_path / "out.mp4", IngestSettings(trim_start=start, trim_end=2.8))
    assert clip.audio
    flash = next(i for i, frame in enumerate(clip.read()) if frame.mean() > 128) / float(clip.fps)
    assert flash == pytest.approx(1.5 - (start or 0), abs=1e-6)
    with av.open(str(clip.path)) as container:
        times, levels = [], []
        for block in container.decode(audio=0):
            samples = np.abs(block.to_ndarray()).max(axis=0)
            times.append(block.time + np.arange(len(samples)) / block.sample_rate)
            levels.append(samples)
        time, level = np.concatenate(times), np.concatenate(levels)
        assert float(time[level > 0.3][0]) == pytest.approx(flash, abs=0.02)
        assert time[-1] < clip.duration + 0.05


def test_the_result_is_what_a_browser_plays(tmp_path: Path) -> None:
    clip = take(_flash_and_beep(tmp_path, 0), tmp_path / "out.mp4")
    data = clip.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # plays before it is loaded
    with av.open(str(clip.path)) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert sound.codec_context.name == "aac"
        keys = [p.pts * p.time_base for p in container.demux(video) if p.size and p.is_keyframe]
    assert max(np.diff([*keys, clip.duration])) <= 0.501  # any jump decodes at most half a second
