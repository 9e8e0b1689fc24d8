"""Packing, checks and the continuous form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from perscoach.pose.sam3d import parameters as par
from perscoach.pose.sam3d.parameters import BODY_SIZE, BodyParameters


def _some(frames: int = 6, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(frames, BODY_SIZE)).astype(np.float32)


def test_pack_and_unpack_are_inverse() -> None:
    values = _some()
    p = BodyParameters.unpack(values)
    assert BODY_SIZE == 320
    assert np.array_equal(p.pack(), values)
    assert np.array_equal(p.global_rot, values[:, :3])
    assert np.array_equal(p.cam_t, values[:, -3:])
    assert np.array_equal(p.part(2, 4).pack(), values[2:4])
    assert np.array_equal(p.take(np.array([5, 0])).pack(), values[[5, 0]])
    assert len(BodyParameters.missing(3)) == 3 and not BodyParameters.missing(3).valid.any()


def test_a_missed_frame_is_missing_whole() -> None:
    values = _some()
    values[2] = np.nan
    assert BodyParameters.unpack(values).valid.tolist() == [True, True, False, True, True, True]
    values[4, 17] = np.nan
    with pytest.raises(ValueError, match="frame 4"):
        BodyParameters.unpack(values)


def test_other_values_are_refused() -> None:
    values = _some()
    with pytest.raises(TypeError, match="float32"):
        BodyParameters.unpack(values.astype(np.float64))
    with pytest.raises(ValueError, match="320"):
        BodyParameters.unpack(values[:, :319])
    values[3, 5] = np.inf
    with pytest.raises(ValueError, match="frame 3"):
        BodyParameters.unpack(values)
    p = BodyParameters.unpack(_some())
    with pytest.raises(ValueError, match="scale"):
        BodyParameters(p.global_rot, p.body_pose, p.hand_pose, p.scale[:3], p.shape, p.cam_t)


def test_every_entry_is_one_kind() -> None:
    kinds = np.concatenate([par._TRIPLES.ravel(), par._SINGLES, par._LENGTHS])
    assert sorted(kinds) == list(range(133))
    assert (len(par._TRIPLES), len(par._SINGLES), par.CONTINUOUS_SIZE) == (23, 58, 260)


@given(st.integers(0, 10**6))
def test_continuous_form_comes_back(seed: int) -> None:
    pose = np.random.default_rng(seed).uniform(-1.5, 1.5, (3, 133)).astype(np.float32)
    there = par.to_continuous(pose)
    assert there.shape == (3, 260) and there.dtype == np.float32
    assert np.abs(par.from_continuous(there) - pose).max() < 3e-6
    wide = par.from_continuous(par.to_continuous(pose.astype(np.float64)))
    assert np.abs(wide - pose).max() < 1e-12


def test_continuous_form_has_no_jump_at_half_a_turn() -> None:
    pose = np.zeros((2, 133))
    pose[:, par._SINGLES[0]] = [np.pi - 0.01, -np.pi + 0.01]
    pose[:, par._TRIPLES[3]] = [[np.pi - 0.01, 0.2, 0.1], [-np.pi + 0.01, 0.2, 0.1]]
    there = par.to_continuous(pose)
    assert np.abs(there[0] - there[1]).max() < 0.025
    half = par.from_continuous(there.mean(0, keepdims=True))[0]
    assert abs(abs(half[par._SINGLES[0]]) - np.pi) < 1e-6
    assert abs(abs(half[par._TRIPLES[3, 0]]) - np.pi) < 1e-6


def test_filtered_values_need_no_length() -> None:
    pose = np.random.default_rng(5).uniform(-1.4, 1.4, (4, 133))
    there = par.to_continuous(pose)
    there[:, :254] *= 0.37
    assert np.abs(par.from_continuous(there) - pose).max() < 1e-9


def test_locked_and_missing_rotations() -> None:
    angles = np.array([[0.4, np.pi / 2, 0.0], [np.nan] * 3, [0.4, -np.pi / 2, 0.3], [0.1, 0.2, 0.3]])
    with np.errstate(all="raise"):
        back = par.network_angles(par.rotation_matrix(angles))
    assert np.isnan(back[1]).all() and np.isfinite(back[[0, 2, 3]]).all()
    seen = [0, 2, 3]
    assert np.abs(par.rotation_matrix(back[seen]) - par.rotation_matrix(angles[seen])).max() < 1e-6
    continuous = par.to_continuous(np.full((1, 133), np.nan, np.float32))
    assert np.isnan(continuous).all() and np.isnan(par.from_continuous(continuous)).all()


@given(st.integers(0, 10**6))
def test_root_angles_are_rz_ry_rx(seed: int) -> None:
    angles = np.random.default_rng(seed).uniform(-3, 3, (5, 3))
    matrix = par.rotation_matrix(angles)
    assert np.abs(matrix - Rotation.from_euler("xyz", angles).as_matrix()).max() < 1e-12
    assert np.abs(par.rotation_matrix(par.network_angles(matrix)) - matrix).max() < 1e-9
    assert (np.abs(par.network_angles(matrix)[:, 1]) <= np.pi / 2 + 1e-9).all()


def test_hand_code_comes_back() -> None:
    angles = np.random.default_rng(2).uniform(-1.4, 1.4, (7, 27))
    code = par.hand_code(angles)
    assert code.shape == (7, 54)
    assert np.abs(par.hand_angles(code) - angles).max() < 1e-12
    assert np.abs(par.hand_angles(code * 1.7) - angles).max() < 1e-12


def test_equals_upstreams_own_form() -> None:
    import torch

    from perscoach.pose.sam3d import upstream

    now = upstream.state()
    if not now.ok:
        pytest.skip(now.message.en)
    upstream.load()
    from sam_3d_body.models.modules import mhr_utils

    rng = np.random.default_rng(4)
    pose, free, code = rng.uniform(-1.5, 1.5, (9, 133)), rng.normal(size=(9, 260)), rng.normal(size=(9, 54))
    theirs = mhr_utils.compact_model_params_to_cont_body(torch.from_numpy(pose)).numpy()
    assert np.abs(par.to_continuous(pose) - theirs).max() < 1e-12
    theirs = mhr_utils.compact_cont_to_model_params_body(torch.from_numpy(free)).numpy()
    assert np.abs(par.from_continuous(free) - theirs).max() < 1e-12
    theirs = mhr_utils.compact_cont_to_model_params_hand(torch.from_numpy(code)).numpy()
    assert np.abs(par.hand_angles(code) - theirs).max() < 1e-12
    assert sorted(mhr_utils.mhr_param_hand_idxs) == list(range(133))[par.HAND_ENTRIES]
