"""The painted mask."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from perscoach.core.errors import SettingsError
from perscoach.matting.inputs import job_file
from perscoach.matting.paint import apply_paint, read_paint


def painted(path: Path, width: int = 120, height: int = 160) -> Path:
    mask = np.zeros((height, width), np.uint8)
    mask[: height // 4] = 255
    mask[-height // 4 :] = 128
    cv2.imwrite(str(path), mask)
    return path


@pytest.mark.parametrize(("width", "height"), [(120, 160), (240, 320), (60, 80)])
def test_keep_drop_and_nothing(tmp_path: Path, width: int, height: int) -> None:
    paint = read_paint(painted(tmp_path / "p.png"), width, height)
    alpha = np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)
    out = apply_paint(alpha, paint)
    assert (out[: height // 5] == 255).all()
    assert (out[-height // 5 :] == 0).all()
    middle = slice(height * 2 // 5, height * 3 // 5)
    np.testing.assert_array_equal(out[middle], alpha[middle])


def test_the_border_is_soft(tmp_path: Path) -> None:
    paint = read_paint(painted(tmp_path / "p.png"), 480, 640)
    column = apply_paint(np.zeros((640, 480), np.uint8), paint)[:, 240].astype(int)
    assert np.abs(np.diff(column)).max() < 160
    assert set(np.unique(column)) - {0, 255}


def _jpeg(path: Path) -> None:
    cv2.imwrite(str(path.with_suffix(".jpg")), np.zeros((160, 120), np.uint8))
    path.with_suffix(".jpg").rename(path)


def _photo(path: Path) -> None:
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 256, (160, 120), dtype=np.uint8))


@pytest.mark.parametrize(
    "make",
    [
        lambda p: p.write_bytes(b""),
        lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n" + b"x" * 50),
        lambda p: p.write_text("<svg/>"),
        _jpeg,
        _photo,
        lambda p: painted(p, 160, 120),
    ],
    ids=["empty", "broken", "text", "jpeg", "photo", "turned"],
)
def test_bad_masks_get_a_sentence(tmp_path: Path, make) -> None:
    path = tmp_path / "p.png"
    make(path)
    with pytest.raises(SettingsError) as caught:
        read_paint(path, 120, 160)
    assert caught.value.ru != caught.value.en


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "missing.png", "", "a\0b"])
def test_a_job_file_stays_in_the_job(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.png").write_bytes(b"x")
    folder = tmp_path / "job"
    folder.mkdir()
    with pytest.raises(SettingsError):
        job_file(folder, name)
