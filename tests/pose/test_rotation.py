from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perscoach.motion import FLIP
from perscoach.pose.rotation import euler_of, global_rotations, matrix_of, torso_frames
from perscoach.skeleton import MEDIAPIPE33, MHR70
from tests.pose.motion import squat

ANGLE = st.floats(-np.pi, np.pi, allow_nan=False)


@given(ANGLE, ANGLE, ANGLE)
def test_angles_give_back_the_same_rotation(rx: float, ry: float, rz: float) -> None:
    matrix = matrix_of(np.array([[rx, ry, rz]]))
    np.testing.assert_allclose(matrix_of(euler_of(matrix)), matrix, atol=1e-6)


@pytest.mark.parametrize("side", [1, -1])
def test_a_quarter_turn_keeps_the_rotation(side: int) -> None:
    matrix = matrix_of(np.array([[0.3, side * np.pi / 2, -0.2]]))
    angles = euler_of(matrix)
    np.testing.assert_allclose(matrix_of(angles), matrix, atol=1e-6)
    assert np.abs(angles[0, [0, 2]]).max() < 0.3  # shared out, not one large and one opposite


def test_the_order_is_x_then_y_then_z() -> None:
    x, y, z = (matrix_of(np.eye(3)[None, i] * 0.5)[0] for i in range(3))
    np.testing.assert_allclose(matrix_of(np.full((1, 3), 0.5))[0], z @ y @ x, atol=1e-12)


def test_upright_facing_the_camera_is_zero() -> None:
    np.testing.assert_allclose(global_rotations(squat(1, 30), MEDIAPIPE33), 0, atol=1e-6)


@pytest.mark.parametrize("degrees", [-170, -120, -91, -45, 0, 30, 89, 91, 135, 180])
def test_the_turn_about_the_vertical_is_the_second_number(degrees: float) -> None:
    turned = global_rotations(squat(1, 30, np.radians(degrees)), MEDIAPIPE33)[0]
    wanted = np.radians([0, degrees, 0])
    np.testing.assert_allclose(np.exp(1j * turned), np.exp(1j * wanted), atol=1e-5)


def test_a_known_rotation_of_the_body_is_found() -> None:
    body = squat(1, 30)[0] * FLIP
    wanted = matrix_of(np.array([[0.4, -0.7, 0.2]]))
    turned = (body @ wanted[0].T * FLIP)[None]
    np.testing.assert_allclose(torso_frames(turned, MEDIAPIPE33), wanted, atol=1e-6)


def test_leaning_forward_is_positive_about_x() -> None:
    lowest = global_rotations(squat(31, 30), MEDIAPIPE33)[30]
    np.testing.assert_allclose(lowest, [0.7, 0, 0], atol=1e-5)


def test_a_frame_without_a_body_is_nan() -> None:
    joints = squat(2, 30)
    joints[1] = np.nan
    assert np.isnan(global_rotations(joints, MEDIAPIPE33)).tolist() == [[False] * 3, [True] * 3]


def test_agrees_with_real_sam3d_outputs(sam3d_folder) -> None:  # type: ignore[no-untyped-def]
    """The pelvis of the real model turns like our torso, up to the bend of the spine."""
    seen = 0
    for path in sorted(sam3d_folder.glob("img_subj*.npz")):
        with np.load(path, allow_pickle=True) as file:
            data = {k: file[k] for k in file.files}
        if "data" in data:
            data = data["data"].item()
        joints = np.asarray(data["pred_keypoints_3d"], np.float64).reshape(-1, 70, 3)[:1]
        wanted = matrix_of(np.asarray(data["global_rot"], np.float64).reshape(-1, 3)[:1])
        found = torso_frames(joints, MHR70)
        cosine = (np.trace(wanted[0].T @ found[0]) - 1) / 2
        assert np.degrees(np.arccos(np.clip(cosine, -1, 1))) < 25, path.name
        seen += 1
    assert seen == 4
