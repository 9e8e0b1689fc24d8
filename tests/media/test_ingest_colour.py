"""Colours come out of ingest as they went in; HDR becomes SDR."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from perscoach.media import ffmpeg
from tests.media.clips import (
    KINDS,
    english,
    patch_error,
    patches,
    take,
    write,
)


@pytest.mark.parametrize(
    ("matrix", "tags", "allowed"),
    [
        ("bt709", ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"), 3.0),
        ("bt709", ("-colorspace", "bt709"), 3.0),
        ("smpte170m", ("-colorspace", "smpte170m"), 3.0),
        ("bt470bg", ("-colorspace", "bt470bg", "-color_primaries", "bt470bg"), 3.0),
        ("smpte170m", ("-colorspace", "unknown"), 3.0),  # a small untagged picture is BT.601
    ],
)
def test_colour_patches(tmp_path: Path, matrix: str, tags: tuple[str, ...], allowed: float) -> None:
    picture, colours, middles = patches()
    codec = ("-c:v", "libx264", "-qp", "0", "-pix_fmt", "yuv420p", *tags)
    source = write(tmp_path / "in.mp4", [picture] * 4, codec, matrix=matrix, filters=f",setparams=colorspace={tags[1]}")
    clip = take(source, tmp_path / "out.mp4")
    assert patch_error(clip.frame(2), colours, middles) <= allowed
    with av.open(str(clip.path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)


@pytest.mark.parametrize("kind", ["full_range.mp4", "yuv444.mp4", "raw_rgb.avi"])
def test_colour_of_other_layouts(tmp_path: Path, kind: str) -> None:
    picture, colours, middles = patches()
    chain = ",scale=in_range=tv:out_range=pc:in_color_matrix=bt709:out_color_matrix=bt709" if "full" in kind else ""
    source = write(tmp_path / kind, [picture] * 4, (*KINDS[kind], "-colorspace", "bt709"), filters=chain)
    clip = take(source, tmp_path / "out.mp4")
    assert patch_error(clip.frame(2), colours, middles) <= 4


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_is_tone_mapped(tmp_path: Path, transfer: str) -> None:
    """An SDR picture put into HDR at the usual level (white at 203 cd/m²) comes back near itself, bright and not grey."""
    picture, colours, middles = patches()
    chain = (
        ",format=gbrp,zscale=matrixin=gbr:rangein=full:primariesin=709:transferin=709:primaries=2020:"
        f"transfer={transfer}:matrix=2020_ncl:range=limited:npl=203,format=yuv420p10le"
    )
    tags = ("-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", transfer)
    codec = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "4", "-x265-params", "log-level=none", *tags)
    clip = take(write(tmp_path / "in.mp4", [picture] * 3, codec, filters=chain), tmp_path / "out.mp4")
    assert "tone-mapped" in english(clip)
    frame = clip.frame(1).astype(float)
    found = np.array([frame[y, x] for y, x in middles])
    greys = np.ptp(colours, axis=1) == 0
    assert np.ptp(found[greys], axis=1).max() <= 4  # grey stays grey
    assert found[7].mean() > 215  # white stays near white
    assert found[6].mean() < 8
    assert np.abs(found[8:] - colours[8:]).mean() < 14


@pytest.mark.parametrize(
    ("transfer", "signals"),
    [("smpte2084", (0.38, 0.58, 0.75)), ("arib-std-b67", (0.38, 0.75, 1.0))],
)
def test_hdr_reference_levels(tmp_path: Path, transfer: str, signals: tuple[float, float, float]) -> None:
    """Recommendation ITU-R BT.2408: an 18 % grey card, diffuse white, and a highlight at about 1000 cd/m²."""
    found = []
    for signal in signals:
        luma = np.full(64 * 64, round(64 + 876 * signal), "<u2")
        raw = np.concatenate([luma, np.full(64 * 64 // 2, 512, "<u2")])
        source = tmp_path / "in.mp4"
        tags = f"setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc={transfer}:range=tv"
        args = [
            "-y",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "yuv420p10le",
            "-s",
            "64x64",
            "-r",
            "30",
            "-i",
            "pipe:0",
            "-vf",
            tags,
        ]
        ffmpeg.run([*args, "-c:v", "libx265", "-x265-params", "log-level=none", str(source)], stdin=raw.tobytes() * 3)
        found.append(float(take(source, tmp_path / "out.mp4").frame(1)[32, 32].mean()))
    grey, white, highlight = found
    assert grey == pytest.approx(109, abs=8)
    assert 222 <= white <= 245
    assert white + 8 <= highlight <= 255
