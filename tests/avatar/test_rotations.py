"""Rotations of many frames."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from perscoach.avatar.rotations import about, between, frame, swing, to_quaternion, twist_angle, unit

RNG = np.random.default_rng(3)


def some(n: int = 200) -> np.ndarray:
    return Rotation.random(n, random_state=RNG).as_matrix()


def test_quaternions_and_matrices_agree_also_at_half_turns():
    m = np.concatenate([some(), about(unit(RNG.normal(size=(50, 3))), np.full(50, np.pi))])
    np.testing.assert_allclose(Rotation.from_quat(to_quaternion(m)[:, [1, 2, 3, 0]]).as_matrix(), m, atol=1e-9)


def test_swing_takes_start_to_end_and_opposites_too():
    a, b = unit(RNG.normal(size=(100, 3))), unit(RNG.normal(size=(100, 3)))
    b[:10] = -a[:10]
    b[10:20] = a[10:20]
    m = swing(a, b)
    np.testing.assert_allclose((m @ a[..., None])[..., 0], b, atol=1e-6)
    np.testing.assert_allclose(np.linalg.det(m), 1, atol=1e-9)


def test_swing_stops_at_its_limit():
    m = swing(np.array([[1.0, 0, 0]]), np.array([[-0.2, 1, 0]]), 0.5)
    np.testing.assert_allclose((m @ np.array([1.0, 0, 0]))[0], [np.cos(0.5), np.sin(0.5), 0], atol=1e-9)


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_between_goes_evenly(part):
    a = some(30)
    axis = unit(RNG.normal(size=(30, 3)))
    np.testing.assert_allclose(
        between(a, a @ about(axis, np.full(30, 2.0)), part), a @ about(axis, np.full(30, 2.0 * part)), atol=1e-9
    )


def test_twist_is_what_was_twisted():
    axis = np.array([0.0, 1, 0])
    angle = np.linspace(-3, 3, 13)
    tilt = swing(axis[None], np.array([[0.3, 0.9, 0.2]]))
    np.testing.assert_allclose(twist_angle(tilt @ about(axis, angle), axis), angle, atol=1e-9)


def test_frame_of_nothing_is_still_a_rotation():
    m = frame(np.zeros((2, 3)), np.zeros((2, 3)))
    np.testing.assert_allclose(m @ np.swapaxes(m, 1, 2), np.broadcast_to(np.eye(3), m.shape), atol=1e-9)
