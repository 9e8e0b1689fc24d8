"""The command line of ingest, without running it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from perscoach.core.errors import ClipError
from perscoach.media import IngestSettings
from perscoach.media.ffmpeg import SAFE_INPUT
from perscoach.media.normalise import Plan, command, make_plan, source_matrix
from perscoach.media.probe import Probe
from tests.media.clips import limits

PLAIN = Probe(
    container="mp4",
    codec="h264",
    width=1080,
    height=1920,
    coded_width=1920,
    coded_height=1080,
    rotation=90,
    mirrored=False,
    fps=Fraction(30),
    variable=False,
    source_fps=30.0,
    pixel_format="yuv420p",
    bit_depth=8,
    hdr="",
    matrix=1,
    primaries=1,
    full_range=False,
    interlaced=False,
    sar=Fraction(1),
    duration=60.0,
    frames=1800,
    start=0.0,
    skipped=0.0,
    missing=0.0,
    stream=0,
    audio_stream=1,
    audio_codec="aac",
)


def plan(probe: Probe = PLAIN, **settings: object) -> Plan:
    return make_plan(probe, IngestSettings(**settings))  # type: ignore[arg-type]


def args(probe: Probe = PLAIN, *, sound: bool = True, **settings: object) -> list[str]:
    return command(probe, plan(probe, **settings), Path("in.mp4"), Path("out.mp4"), limits(), sound=sound)


def test_the_guards_stand_before_the_input() -> None:
    found = args()
    at = found.index("-i")
    assert "\n".join(SAFE_INPUT) in "\n".join(found[:at])
    assert found[found.index("-max_pixels") + 1] == str(limits().max_pixels)
    assert found.index("-max_pixels") < at
    assert found.count("-i") == 1
    assert "-fs" in found[at:] and found[found.index("-frames:v") + 1] == "1800"


def test_a_conforming_picture_is_not_converted() -> None:
    assert "zscale" not in plan().video
    assert "crop" not in plan().video
    assert [change.id for change in plan().changes] == ["media.change_turned_90"]


@pytest.mark.parametrize(
    ("change", "matrix"),
    [
        ({"matrix": 1}, "709"),
        ({"matrix": 6}, "170m"),
        ({"matrix": 5}, "470bg"),
        ({"matrix": 2}, "709"),  # untagged HD
        ({"matrix": 2, "coded_width": 720, "coded_height": 576}, "170m"),  # untagged SD
        ({"matrix": 1, "coded_width": 720, "coded_height": 576}, "709"),  # the tag wins
        ({"matrix": 2, "coded_width": 480, "coded_height": 854}, "709"),
        ({"matrix": 2, "hdr": "pq"}, "2020_ncl"),
    ],
)
def test_the_matrix_that_is_taken(change: dict[str, object], matrix: str) -> None:
    assert source_matrix(replace(PLAIN, **change)) == matrix  # type: ignore[arg-type]


def test_what_needs_a_conversion_gets_one() -> None:
    for change in ({"matrix": 6}, {"full_range": True}, {"bit_depth": 10}, {"primaries": 9}, {"primaries": 12}):
        assert "zscale" in plan(replace(PLAIN, **change)).video, change  # type: ignore[arg-type]
    assert "tonemap" in plan(replace(PLAIN, hdr="hlg", matrix=9, bit_depth=10)).video
    assert "bwdif" in plan(replace(PLAIN, interlaced=True)).video


def test_the_span_of_a_cut() -> None:
    assert plan(trim_start=1.0, trim_end=2.0).frames == 30
    assert plan(trim_start=59.99).frames == 1  # a cut shorter than a frame is one frame
    assert plan(trim_end=1e6).frames == 1800
    late = plan(replace(PLAIN, start=0.5), trim_start=10.0)
    assert late.offset == pytest.approx(10.5)
    with pytest.raises(ClipError, match=r"60\.00 s long"):
        plan(trim_start=61.0)


def test_only_files_with_a_sound_index_are_entered_in_the_middle() -> None:
    assert "-ss" in args(trim_start=30.0)
    assert "-ss" not in args(trim_start=1.0)
    assert "-ss" not in args(replace(PLAIN, container="matroska"), trim_start=30.0)


def test_sound_can_be_left_out() -> None:
    assert "-af" in args()
    assert "-af" not in args(sound=False)
    assert "-af" not in args(replace(PLAIN, audio_stream=None))


def test_a_crop_is_even_and_inside() -> None:
    assert plan(crop=(11, 21, 301, 401)).crop == (10, 20, 300, 400)
    assert plan(crop=(0, 0, 1080, 1920)).changes == plan().changes
    with pytest.raises(ClipError, match="outside the picture of 1080x1920"):
        plan(crop=(0, 0, 1081, 100))


def _said(**changes: object) -> list[str]:
    return [change.en for change in plan(replace(PLAIN, **changes)).changes if "square pixels" in change.en]  # type: ignore[arg-type]


def test_square_pixels_are_told_with_the_sizes_that_a_coach_sees() -> None:
    odd = {"coded_width": 481, "coded_height": 271, "width": 271, "height": 482, "sar": Fraction(1001, 1000)}
    assert ["271x481" in text and "270x482" in text for text in _said(**odd)] == [True]
    same = {
        "coded_width": 202,
        "coded_height": 360,
        "width": 202,
        "height": 360,
        "sar": Fraction(1001, 1000),
        "rotation": 0,
    }
    assert _said(**same) == []
