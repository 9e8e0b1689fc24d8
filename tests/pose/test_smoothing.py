from __future__ import annotations

import itertools

import numpy as np
import pytest

from perscoach.pose.smoothing import cutoff, smooth
from perscoach.skeleton import MEDIAPIPE33
from tests.pose.motion import squat

FPS = 30.0
NOISE = np.array([0.012, 0.012, 0.035])  # metres: across, down, depth


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return squat(300, FPS, yaw=0.6)


@pytest.fixture(scope="module")
def noisy(truth: np.ndarray) -> np.ndarray:
    return truth + np.random.default_rng(1).normal(0, 1, truth.shape) * NOISE


def rms(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(((a - b) ** 2).sum(-1).mean()))


WHOLE = [(0, 300)]


def test_the_error_falls_by_half(truth: np.ndarray, noisy: np.ndarray) -> None:
    assert rms(smooth(noisy, WHOLE, FPS, 0.4), truth) < 0.62 * rms(noisy, truth)
    assert rms(smooth(noisy, WHOLE, FPS, 0.6), truth) < 0.5 * rms(noisy, truth)


def test_more_strength_is_steadier(noisy: np.ndarray) -> None:
    shake = [np.abs(np.diff(smooth(noisy, WHOLE, FPS, s), 2, axis=0)).mean() for s in (0.0, 0.2, 0.4, 0.7, 1.0)]
    assert all(a > b for a, b in itertools.pairwise(shake))


def test_no_lag_and_no_shallower_squat(truth: np.ndarray) -> None:
    """The lowest point of the default strength lies at the same frame and within 2 mm of the truth's."""
    height = truth[:, MEDIAPIPE33.index["left_knee"], 1]
    out = smooth(truth, WHOLE, FPS, 0.4)[:, MEDIAPIPE33.index["left_knee"], 1]
    for start in range(15, 285, 60):  # one squat is 60 frames
        part = slice(start, start + 60)
        assert np.argmin(out[part]) == np.argmin(height[part])
        assert abs(out[part].min() - height[part].min()) < 0.002
    speed = np.gradient(height)
    lag = ((height - out) * speed).sum() / (speed**2).sum()
    assert abs(lag) < 0.02  # frames


def test_strength_0_changes_nothing(noisy: np.ndarray) -> None:
    assert np.array_equal(smooth(noisy, WHOLE, FPS, 0.0), noisy)


def test_nothing_crosses_a_gap(noisy: np.ndarray) -> None:
    """A segment comes out the same whatever stands on the other side."""
    parts = [(0, 140), (150, 300)]
    other = noisy.copy()
    other[150:] += 5
    a, b = smooth(noisy, parts, FPS, 0.8), smooth(other, parts, FPS, 0.8)
    assert np.array_equal(a[:140], b[:140])
    assert np.array_equal(a[140:150], noisy[140:150])


@pytest.mark.parametrize("length", [1, 2, 3, 5, 9])
def test_short_segments_come_out_finite(noisy: np.ndarray, length: int) -> None:
    out = smooth(noisy, [(10, 10 + length)], FPS, 1.0)
    assert np.isfinite(out).all()
    assert np.abs(out[10 : 10 + length] - noisy[10 : 10 + length]).max() < 0.2


def test_a_low_frame_rate_is_left_alone(noisy: np.ndarray) -> None:
    """5 poses a second hold nothing above 2.5 Hz: the default (5.2 Hz) has nothing to remove."""
    assert np.array_equal(smooth(noisy, WHOLE, 5.0, 0.4), noisy)


def test_the_cutoff_is_what_the_filter_does() -> None:
    """A sine at the stated cut-off keeps 0.707 of its size."""
    t = np.arange(3000) / 100.0
    wave = np.sin(2 * np.pi * cutoff(0.4) * t)[:, None]
    kept = np.abs(smooth(wave, [(0, 3000)], 100.0, 0.4)[500:-500]).max()
    assert kept == pytest.approx(0.707, abs=0.01)
