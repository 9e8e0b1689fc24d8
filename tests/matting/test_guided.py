"""The guided filter of the band is the library's, wherever its result is used."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from perscoach.matting.refine.guided import guided


def picture(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """A textured disc before a textured wall, and its blurred matte."""
    random = np.random.default_rng(2)
    y, x = np.mgrid[:height, :width]
    inside = np.hypot(y - height * 0.5, x - width * 0.45) < min(height, width) * 0.33
    rgb = np.where(inside[..., None], (190, 90, 70), (60, 110, 120)) + random.normal(0, 9, (height, width, 3))
    alpha = cv2.GaussianBlur(inside.astype(np.uint8) * 255, (0, 0), 4)
    return np.clip(rgb, 0, 255).astype(np.uint8), alpha


@pytest.mark.parametrize(("height", "width"), [(90, 70), (300, 206), (40, 400)])
@pytest.mark.parametrize("step", [1, 2])
def test_it_equals_the_library_in_the_band_and_changes_nothing_else(height: int, width: int, step: int) -> None:
    rgb, alpha = picture(height, width)
    band = ((alpha > 10) & (alpha < 245)).astype(np.uint8) * 255
    found = guided(rgb, alpha, 4, 6.5, band, step)
    wanted = cv2.ximgproc.guidedFilter(rgb, alpha, 4, 6.5, scale=1 / step)
    off = np.abs(found.astype(int) - wanted)
    assert off[band > 0].max() <= (1 if step == 1 else 6), "the copy is rounded to grey levels"
    assert off[band > 0].mean() < 0.6
    np.testing.assert_array_equal(found[band == 0], alpha[band == 0])


def test_odd_sides_are_filtered_as_even_ones() -> None:
    rgb, alpha = picture(120, 90)
    band = ((alpha > 10) & (alpha < 245)).astype(np.uint8) * 255
    whole = guided(rgb, alpha, 3, 6.5, band)
    odd = guided(rgb[:-1, :-1], alpha[:-1, :-1], 3, 6.5, band[:-1, :-1])
    off = np.abs(odd.astype(int) - whole[:-1, :-1])[band[:-1, :-1] > 0].mean()
    assert off < 4, "the noise falls on another grid, and the edge stays"


def test_a_band_at_the_picture_s_edge_and_no_band() -> None:
    rgb, alpha = picture(150, 60)
    whole = np.full_like(alpha, 255)
    wanted = cv2.ximgproc.guidedFilter(rgb, alpha, 3, 6.5)
    assert np.abs(guided(rgb, alpha, 3, 6.5, whole, 1).astype(int) - wanted).max() <= 1
    np.testing.assert_array_equal(guided(rgb, alpha, 3, 6.5, np.zeros_like(alpha)), alpha)
