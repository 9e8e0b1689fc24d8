"""The command lines, without running ffmpeg."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from perscoach.media import encoders
from perscoach.media.encoders import Picture

NTSC = Fraction(30000, 1001)
PICTURE = Picture(602, 722, NTSC)


def after(args: list[str], option: str) -> str:
    return args[args.index(option) + 1]


def test_frames_come_raw_at_the_exact_rate() -> None:
    args = encoders.rgba_input(PICTURE)
    assert after(args, "-video_size") == "602x722"
    assert after(args, "-framerate") == "30000/1001"
    assert after(args, "-pixel_format") == "rgba"
    assert args[-2:] == ["-i", "pipe:0"]


@pytest.mark.parametrize(
    ("quality", "deadline", "cpu", "crf"),
    [("draft", "realtime", "8", "34"), ("standard", "realtime", "6", "27"), ("archive", "good", "2", "24")],
)
def test_vp9_presets(quality: str, deadline: str, cpu: str, crf: str) -> None:
    args = encoders.webm_segment(PICTURE, quality, 2, Path("a.webm"))
    assert (after(args, "-deadline"), after(args, "-cpu-used"), after(args, "-crf")) == (deadline, cpu, crf)
    assert after(args, "-b:v") == "0", "crf is only a quality when no bit rate is set"
    assert after(args, "-pix_fmt") == "yuva420p"
    assert after(args, "-auto-alt-ref") == "0"
    assert "-vf" not in args and after(args, "-colorspace") == "smpte170m", "the default conversion, and tagged so"
    assert after(args, "-threads") == "2"
    assert after(encoders.webm_segment(PICTURE, quality, 1, Path("a")), "-threads") == "2", "one gives other bytes"


@pytest.mark.parametrize(("width", "tiles"), [(16, 0), (720, 0), (1023, 0), (1024, 1), (1920, 1), (3840, 2)])
def test_narrow_pictures_have_no_tiles(width: int, tiles: int) -> None:
    assert encoders.tile_columns(width) == tiles


def test_hevc_is_even_with_alpha_and_repeatable() -> None:
    args = encoders.mov_segment(Picture(601, 721, NTSC), "standard", 2, Path("a.nut"))
    assert "format=yuva420p" in after(args, "-vf") and "ceil(iw/2)*2" in after(args, "-vf")
    assert "open-gop=0" in after(args, "-x265-params")
    assert "frame-threads=1" in after(args, "-x265-params"), "more frame threads give other bytes in every run"
    assert after(encoders.join_mov(Path("l"), Path("o"), 60, NTSC, None), "-tag:v") == "hvc1"


def test_a_percent_in_the_folder_is_no_pattern() -> None:
    assert encoders.png_segment(PICTURE, 7, Path("/a/50%d"))[-1] == "file:/a/50%%d/%06d.png"
    assert after(encoders.png_segment(PICTURE, 7, Path("/a")), "-start_number") == "7"


def test_the_list_gives_exact_lengths() -> None:
    text = encoders.concat_list(["webm-0-30.webm", "webm-30-31.webm"], [30, 1], NTSC)
    assert text.splitlines() == [
        "ffconcat version 1.0",
        "file webm-0-30.webm",
        "duration 1.001000",
        "file webm-30-31.webm",
        "duration 0.033367",
    ]


@pytest.mark.parametrize("name", ["../a.webm", "a b.webm", "a'b.webm", "a\nfile b", "/etc/passwd", "имя.webm", ""])
def test_the_list_holds_only_our_own_names(name: str) -> None:
    with pytest.raises(ValueError, match="segment name"):
        encoders.concat_list([name], [1], NTSC)


def test_the_sound_lasts_as_long_as_the_picture() -> None:
    assert encoders.sound_samples(60, NTSC) == 96096
    args = encoders.join_webm(Path("l"), Path("o.webm"), 60, NTSC, Path("sound.mp4"))
    assert "atrim=end_sample=96096" in after(args, "-af") and "apad" in after(args, "-af")
    assert "first_pts=0" in after(args, "-af"), "a track that starts late must not be pulled to the start"
    assert after(args, "-c:a") == "libopus"
    assert args.index("-protocol_whitelist") < args.index("file:" + str(Path("sound.mp4").absolute()))


def test_joining_copies_the_picture() -> None:
    for join in (encoders.join_webm, encoders.join_mov):
        args = join(Path("l"), Path("o"), 60, NTSC, None)
        assert after(args, "-c:v") == "copy" and "-af" not in args
        assert "time_base=1001/30000" in after(args, "-bsf:v")


def test_vp9_is_decoded_with_libvpx() -> None:
    args = encoders.decode(Path("a.webm"), "libvpx-vp9")
    assert args.index("-c:v") < args.index("-i") and after(args, "-c:v") == "libvpx-vp9"
    assert "-c:v" not in encoders.decode(Path("a.mov"), None)
