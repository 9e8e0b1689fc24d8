from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perscoach.pose.base import PoseSettings
from perscoach.pose.camera import DIAGONAL_35MM, Camera, camera_of


def test_upstreams_assumption_is_the_diagonal() -> None:
    camera = camera_of(PoseSettings(lens="upstream"), 1920, 890)
    assert camera.focal == pytest.approx((1920**2 + 890**2) ** 0.5)
    assert np.allclose(camera.matrix(), [[camera.focal, 0, 960], [0, camera.focal, 445], [0, 0, 1]])


@pytest.mark.parametrize(("lens", "mm"), [("phone", 26.0), ("webcam", 26.7), ("custom", 50.0)])
def test_a_lens_gives_its_angle_from_corner_to_corner(lens: str, mm: float) -> None:
    camera = camera_of(PoseSettings(lens=lens, lens_mm=50.0), 720, 1280)
    seen = 2 * np.arctan(np.hypot(720, 1280) / 2 / camera.focal)
    assert seen == pytest.approx(2 * np.arctan(DIAGONAL_35MM / 2 / mm))
    assert lens in camera.lens and f"{mm:g} mm" in camera.lens


def test_the_webcam_sees_78_degrees() -> None:
    camera = camera_of(PoseSettings(lens="webcam"), 1280, 720)
    assert np.degrees(2 * np.arctan(np.hypot(1280, 720) / 2 / camera.focal)) == pytest.approx(78, abs=0.1)


def test_projection_meets_real_outputs(sam3d_folder: Path) -> None:
    camera = Camera(2535.27, 1920, 890, "as measured")
    files = sorted(sam3d_folder.glob("img_subj*.npz"))
    assert files
    for path in files:
        with np.load(path, allow_pickle=False) as file:
            there = camera.project(file["pred_keypoints_3d"] + file["pred_cam_t"])
            assert np.abs(there - file["pred_keypoints_2d"]).max() < 0.01
