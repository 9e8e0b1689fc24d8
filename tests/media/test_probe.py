"""What a file is said to be."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from perscoach.media import ffmpeg
from perscoach.media.probe import Probe, displayed_size, probe
from tests.media.clips import H264, limits, write_numbered


def look(path: Path) -> Probe:
    return probe(path, limits())


def test_a_plain_clip(tmp_path: Path) -> None:
    tone = ("-f", "lavfi", "-i", "sine=d=2")
    codec = (*H264, "-map", "0:v", "-map", "1:a", "-c:a", "aac")
    found = look(write_numbered(tmp_path / "in.mp4", 50, codec, rate="25", extra_inputs=tone))
    assert (found.container, found.codec, found.audio, found.audio_codec) == ("mp4", "h264", True, "aac")
    assert (found.width, found.height, found.coded_width, found.coded_height) == (192, 128, 192, 128)
    assert (found.rotation, found.mirrored, found.sar, found.interlaced) == (0, False, 1, False)
    assert (found.fps, found.variable, found.frames, found.missing) == (25, False, 50, 0)
    assert found.duration == pytest.approx(2)
    assert (found.pixel_format, found.bit_depth, found.hdr) == ("yuv420p", 8, "")


@pytest.mark.parametrize(("counter_clockwise", "rotation"), [(90, 270), (180, 180), (270, 90), (0, 0)])
def test_turns_and_flips(tmp_path: Path, counter_clockwise: int, rotation: int) -> None:
    plain = write_numbered(tmp_path / "in.mp4", 3)
    turned = tmp_path / "turned.mp4"
    ffmpeg.run(["-display_rotation", str(counter_clockwise), "-i", str(plain), "-c", "copy", str(turned)])
    found = look(turned)
    assert (found.rotation, found.mirrored) == (rotation, False)
    assert (found.width, found.height) == ((128, 192) if rotation % 180 else (192, 128))
    ffmpeg.run(["-y", "-display_hflip", "-i", str(plain), "-c", "copy", str(turned)])
    assert (look(turned).mirrored, look(turned).width) == (True, 192)


def test_ten_bits_and_hdr(tmp_path: Path) -> None:
    codec = ("-c:v", "libx265", "-x265-params", "log-level=none", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le")
    plain = look(write_numbered(tmp_path / "a.mp4", 2, codec))
    assert (plain.codec, plain.bit_depth, plain.hdr) == ("hevc", 10, "")
    tags = ",setparams=color_trc={}:color_primaries=bt2020:colorspace=bt2020nc"
    for transfer, kind in (("smpte2084", "pq"), ("arib-std-b67", "hlg")):
        found = look(write_numbered(tmp_path / f"{kind}.mp4", 2, codec, filters=tags.format(transfer)))
        assert (found.hdr, found.matrix, found.primaries) == (kind, 9, 9)


def test_displayed_size_keeps_detail() -> None:
    assert displayed_size((720, 576), Fraction(16, 15), 0) == (768, 576)
    assert displayed_size((720, 480), Fraction(8, 9), 0) == (720, 540)
    assert displayed_size((720, 480), Fraction(8, 9), 90) == (540, 720)


def test_absurd_pixel_shapes_are_ignored(tmp_path: Path) -> None:
    found = look(write_numbered(tmp_path / "in.mp4", 2, filters=",setsar=1/200"))
    assert (found.sar, found.width, found.height) == (1, 192, 128)


def test_real_clips(gym_clip: Path, studio_clip: Path) -> None:
    gym, studio = look(gym_clip), look(studio_clip)
    assert (gym.frames, gym.fps, gym.variable, gym.audio) == (254, 30, False, True)
    assert gym.start == pytest.approx(1 / 30)  # its sound starts first
    assert (studio.frames, studio.fps, studio.width, studio.height) == (341, 30, 324, 422)
