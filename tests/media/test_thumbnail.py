"""The small picture of a clip."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from perscoach.media.thumbnail import write_thumbnail
from tests.media.clips import as_clip, write_numbered


def test_size_and_colour(tmp_path: Path) -> None:
    clip = as_clip(write_numbered(tmp_path / "in.mp4", 9), 9, 192, 128)
    write_thumbnail(clip, tmp_path / "a" / "t.jpg", width=96)
    picture = cv2.imread(str(tmp_path / "a" / "t.jpg"))
    assert picture.shape == (64, 96, 3)
    assert np.abs(picture[4, 4].astype(int) - [30, 30, 200]).max() < 40  # red is red, not blue (OpenCV reads BGR)
    write_thumbnail(clip, tmp_path / "t.jpg", width=4000)
    assert cv2.imread(str(tmp_path / "t.jpg")).shape == (128, 192, 3)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    clip = as_clip(write_numbered(tmp_path / "in.mp4", 3), 3, 192, 128)
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        write_thumbnail(clip, tmp_path / "file" / "t.jpg")
