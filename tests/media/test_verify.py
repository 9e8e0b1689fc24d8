"""The check of an encoded file sees what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from perscoach.core.errors import EncodeError
from perscoach.core.progress import Quiet
from perscoach.media import encoders, ffmpeg
from perscoach.media.export import export_video
from perscoach.media.types import WEBM, ExportSettings
from perscoach.media.verify import decode_rgba, verify_alpha
from tests.media.exports import Source


@pytest.fixture(scope="module")
def webm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verify")
    export_video(Source(8), folder / "work", folder, ExportSettings(mov=False), None, Quiet())
    return folder / WEBM


def test_a_good_file(webm: Path) -> None:
    report = verify_alpha(webm, 8, Fraction(30), Source(8).rgba(0, 8))
    assert report.ok and report.alpha_mad is not None and report.alpha_mad < 1
    assert report.colour_psnr is not None and report.colour_psnr > 35
    assert report.to_json()["alpha_psnr"] == report.alpha_psnr


def test_alpha_alone_can_be_compared(webm: Path) -> None:
    report = verify_alpha(webm, 8, Fraction(30), (f[..., 3] for f in Source(8).rgba(0, 8)))
    assert report.ok and report.alpha_psnr is not None and report.colour_psnr is None


def test_a_missing_frame_is_found(webm: Path) -> None:
    report = verify_alpha(webm, 9, Fraction(30))
    assert not report.ok and "8 frames decode, expected 9" in report.findings[-1].en


def test_another_rate_is_found(webm: Path) -> None:
    report = verify_alpha(webm, 8, Fraction(25))
    assert not report.ok and "frame 1 stands at 0.0330 s, expected 0.0400 s" in report.findings[0].en


def test_another_alpha_is_found(webm: Path) -> None:
    def shifted() -> Iterator[np.ndarray]:
        for frame in Source(8).rgba(0, 8):
            yield np.roll(frame, 4, axis=1)

    report = verify_alpha(webm, 8, Fraction(30), shifted())
    assert not report.ok and "the alpha differs" in report.findings[0].en


def test_a_file_without_alpha_is_found(tmp_path: Path) -> None:
    path = tmp_path / "opaque.webm"
    frames = b"".join(f.tobytes() for f in Source(4).rgba(0, 4))
    picture = encoders.Picture(64, 48, Fraction(30))
    args = [*encoders.rgba_input(picture), "-c:v", "libvpx-vp9", "-pix_fmt", "yuv420p", str(path)]
    ffmpeg.run(args, stdin=frames)
    report = verify_alpha(path, 4, Fraction(30))
    assert not report.ok and "nothing is transparent" in report.findings[0].en


@pytest.mark.parametrize("data", [b"", b"not a video", b"\x1aE\xdf\xa3" + bytes(200)])
def test_what_is_no_video_gets_a_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bad.webm"
    path.write_bytes(data)
    with pytest.raises(EncodeError, match=r"bad\.webm"):
        list(decode_rgba(path))
