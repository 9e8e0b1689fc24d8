"""Edge sliders: neutral is the identity, shift moves the edge by its pixels, softness widens it in place."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from perscoach.matting.base import MattingSettings
from perscoach.matting.refine.edges import finish_alpha, shift_edge


def disc(radius: int = 200) -> np.ndarray:
    alpha = np.zeros((720, 720), np.uint8)
    cv2.circle(alpha, (360, 360), radius, 255, -1)
    return alpha


@given(arrays(np.uint8, (13, 9)))
def test_neutral_is_exactly_the_identity(alpha: np.ndarray) -> None:
    assert finish_alpha(alpha, MattingSettings()) is alpha


@pytest.mark.parametrize("shift", [-8, -3.5, -1, 0.5, 2, 8])
def test_shift_moves_the_edge_by_its_pixels(shift: float) -> None:
    alpha = finish_alpha(disc(), MattingSettings(edge_shift=shift))
    radius = np.sqrt(alpha.astype(np.float64).sum() / 255 / np.pi)
    before = np.sqrt(disc().astype(np.float64).sum() / 255 / np.pi)
    assert radius - before == pytest.approx(shift, abs=0.6)


def test_shift_scales_with_the_picture() -> None:
    small = cv2.resize(disc(), (360, 360), interpolation=cv2.INTER_AREA)
    grown = finish_alpha(small, MattingSettings(edge_shift=8)).astype(np.float64).sum() / 255
    assert np.sqrt(grown / np.pi) == pytest.approx(104, abs=0.8)


def test_shift_is_monotonic_and_pure() -> None:
    alpha = cv2.GaussianBlur(disc(), (0, 0), 4)
    copy = alpha.copy()
    results = [shift_edge(alpha, s) for s in (-4, -1.5, -0.5, 0, 0.25, 1, 3)]
    for a, b in itertools.pairwise(results):
        assert (a <= b).all()
    np.testing.assert_array_equal(alpha, copy)


def test_softness_widens_and_keeps_place() -> None:
    soft = finish_alpha(disc(), MattingSettings(edge_softness=0.5))
    assert ((soft > 10) & (soft < 245)).sum() > 6 * ((disc() > 10) & (disc() < 245)).sum() + 1000
    assert soft.astype(float).sum() == pytest.approx(disc().astype(float).sum(), rel=0.01)
