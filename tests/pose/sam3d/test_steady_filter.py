"""The low-pass: gain, phase, gaps, edges; and how its cut-off follows the movement."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from perscoach.pose.sam3d.steady import bandwidth
from perscoach.pose.sam3d.steady.whittaker import link, solve, stiffness


def wave(hz: float, fps: float, seconds: float = 8.0) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * fps)) / fps)[:, None]


@pytest.mark.parametrize("fps", [15.0, 30.0, 60.0])
@pytest.mark.parametrize(("cutoff", "hz"), [(2.0, 0.5), (2.0, 2.0), (2.0, 5.0), (4.0, 4.0)])
def test_gain_is_butterworths_there_and_back_and_phase_is_zero(cutoff: float, hz: float, fps: float) -> None:
    values = wave(hz, fps)
    smooth = solve(values, np.ones(len(values)), stiffness(cutoff, fps))
    inside = slice(len(values) // 4, -len(values) // 4)
    gain = float((smooth[inside] * values[inside]).sum() / (values[inside] ** 2).sum())
    ratio = np.sin(np.pi * hz / fps) / np.sin(np.pi * cutoff / fps)
    assert gain == pytest.approx(1 / (1 + (np.sqrt(2) - 1) * ratio**4), abs=0.01)
    quarter = np.cos(2 * np.pi * hz * np.arange(len(values)) / fps)[:, None]
    assert abs(float((smooth[inside] * quarter[inside]).sum() / (quarter[inside] ** 2).sum())) < 0.01


def test_a_straight_line_stays_to_its_ends_and_through_gaps() -> None:
    line = np.linspace(3, 7, 40)[:, None]
    weights = np.ones(40)
    weights[10:18] = weights[35:] = 0
    known = np.where(weights[:, None] > 0, line, np.nan)
    np.testing.assert_allclose(solve(known, weights, stiffness(1.0, 30.0)), line, atol=1e-4)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_stretches_shorter_than_the_filter_are_filtered_too(count: int) -> None:
    values = np.arange(count, dtype=float)[:, None] ** 2
    smooth = solve(values, np.ones(count), stiffness(1.0, 30.0))
    assert smooth.shape == values.shape and np.isfinite(smooth).all()
    if count > 2:
        assert np.abs(np.diff(smooth, 2, axis=0)).max() < np.abs(np.diff(values, 2, axis=0)).max()


def test_a_firm_link_holds_the_step_and_lets_the_mean_follow() -> None:
    rng = np.random.default_rng(0)
    values = 5 + rng.normal(0, 0.1, (200, 1))
    held = solve(values, np.ones(200), 0.0, np.full(199, float(link(0.02, 30.0))), np.zeros((199, 1)))
    assert np.abs(np.diff(held, axis=0)).max() < 0.002
    assert held.mean() == pytest.approx(values.mean(), abs=0.01)


def test_the_cut_off_rises_in_a_hit_and_falls_where_nothing_moves() -> None:
    fps, time = 30.0, np.arange(240) / 30
    hit = np.exp(-0.5 * ((time - 4) / 0.06) ** 2)[:, None] * np.ones((1, 6))
    noisy = hit + np.random.default_rng(1).normal(0, 0.01, hit.shape)
    hz = bandwidth.cutoffs(noisy, np.ones(240), fps, bandwidth.ARMS, 0.4)
    slow, quick = bandwidth.ARMS.at(0.4)
    assert hz[115:126].min() > 0.9 * quick
    assert np.median(np.delete(hz, np.arange(105, 136))) == pytest.approx(slow)
    smooth = solve(noisy, np.ones(240), stiffness(hz, fps))
    assert smooth.max() > 0.95
    still = np.r_[0:100, 140:240]
    assert smooth[still].std() < 0.6 * noisy[still].std()


def test_more_strength_is_never_a_higher_cut_off() -> None:
    for name in ("TRUNK", "LEGS", "ARMS", "HANDS", "TURN", "SIDEWAYS", "DEPTH"):
        pairs = [getattr(bandwidth, name).at(s) for s in np.linspace(0.01, 1, 30)]
        assert all(a >= b for lower, higher in itertools.pairwise(pairs) for a, b in zip(lower, higher, strict=True))
        assert all(slow <= quick for slow, quick in pairs)


def test_smoothing_fades_in_fast_turns() -> None:
    left = bandwidth.fade(np.radians([0, 299, 450, 601]))
    assert left[0] == left[1] == 1 and left[2] == pytest.approx(0.5) and left[3] == 0
