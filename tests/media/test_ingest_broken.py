"""Clips whose container says something else than it holds: what can be shown is taken, and nothing false is said."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from perscoach.media import ffmpeg
from tests.media.clips import H264, english, numbers, take, write_numbered

COUNT = 40
GOP = (*H264, "-g", "10", "-bf", "2")


def remux(source: Path, out: Path, *options: str) -> Path:
    ffmpeg.run(["-i", str(source), "-map", "0", "-c", "copy", *options, "-y", str(out)])
    return out


@pytest.mark.parametrize("kind", ["mp4", "mkv", "ts"])
def test_a_clip_without_its_first_key_frame_starts_at_the_next(tmp_path: Path, kind: str) -> None:
    whole = write_numbered(tmp_path / "whole.mp4", COUNT, GOP, filters="")
    source = remux(whole, tmp_path / f"cut.{kind}", "-bsf:v", "noise=drop='eq(n,0)'")
    clip = take(source, tmp_path / "out.mp4")
    found = numbers(clip)
    assert found == list(range(found[0], COUNT)) and found[0] <= 10, "each frame from the key frame on, once"
    assert "cannot be decoded" in english(clip) and "ends early" not in english(clip)


@pytest.mark.parametrize("tag", [True, False])
def test_a_sound_longer_than_the_film_is_no_truncated_film(tmp_path: Path, tag: bool) -> None:
    film = write_numbered(tmp_path / "film.mkv", COUNT, GOP, filters="")
    source = tmp_path / "both.mkv"
    options = [] if tag else ["-fflags", "+bitexact"]
    sound = ["-f", "lavfi", "-i", "sine=d=5"]
    ffmpeg.run(["-i", str(film), *sound, "-map", "0:v", "-map", "1:a", "-c:v", "copy", *options, str(source)])
    clip = take(source, tmp_path / "out.mp4")
    assert (clip.frames, clip.audio) == (COUNT, True)
    assert english(clip) == ""


@pytest.mark.parametrize("kind", ["mkv", "ts"])
def test_times_that_begin_late_are_no_length(tmp_path: Path, kind: str) -> None:
    whole = write_numbered(tmp_path / "whole.mp4", COUNT, GOP, filters="")
    source = remux(whole, tmp_path / f"late.{kind}", "-output_ts_offset", "4000")
    clip = take(source, tmp_path / "out.mp4")
    assert numbers(clip) == list(range(COUNT))
    assert english(clip) == ""


@pytest.mark.parametrize("jitter", [0.002, 0.005])
def test_jitter_shows_no_frame_twice_and_loses_none(tmp_path: Path, jitter: float) -> None:
    whole = write_numbered(tmp_path / "whole.mp4", COUNT, (*H264, "-bf", "0"), filters="")
    late = np.random.default_rng(1).uniform(-jitter, jitter, COUNT)
    source = tmp_path / "jitter.mp4"
    with av.open(str(whole)) as read, av.open(str(source), "w") as write:
        track = write.add_stream_from_template(read.streams.video[0])
        track.time_base = Fraction(1, 90000)
        packets = [packet for packet in read.demux(video=0) if packet.size]
        for index, packet in enumerate(packets):
            packet.stream, packet.time_base = track, Fraction(1, 90000)
            packet.duration = 3000
            packet.pts = packet.dts = round((1 + index / 30 + late[index]) * 90000)
            write.mux(packet)
    clip = take(source, tmp_path / "out.mp4")
    assert clip.fps == 30
    assert numbers(clip) == list(range(COUNT))
