"""The delivered frames' colour: graded exactly where the person is seen, smoothly around them."""

from __future__ import annotations

import numpy as np
import pytest

from perscoach.grade import Grade
from perscoach.grade.look import Finish
from perscoach.grade.video import graded


@pytest.mark.parametrize(
    "where", [None, (slice(0, 1), slice(0, 1)), (slice(20, 90), slice(31, 60)), (slice(0, 97), slice(0, 75))]
)
def test_what_is_seen_has_the_exact_grade_wherever_it_stands(where: tuple[slice, slice] | None) -> None:
    rng = np.random.default_rng(4)
    colour = rng.integers(0, 256, (97, 75, 3), dtype=np.uint8)
    alpha = np.zeros((97, 75), np.uint8)
    if where is not None:
        alpha[where] = rng.integers(1, 256, alpha[where].shape, dtype=np.uint8)
    finish = Finish(Grade(), None, 1.0)
    out = graded(colour, alpha, finish)
    assert out.shape == colour.shape and out.dtype == np.uint8
    assert np.array_equal(out[alpha > 0], finish.apply(colour)[alpha > 0])


def test_a_smooth_surrounding_stays_smooth() -> None:
    ramp = np.linspace(60, 180, 160).astype(np.uint8)
    colour = np.repeat(np.repeat(ramp[None, :, None], 120, axis=0), 3, axis=2)
    alpha = np.zeros((120, 160), np.uint8)
    alpha[40:80, 60:90] = 255
    finish = Finish(Grade(), None, 1.0)
    off = np.abs(graded(colour, alpha, finish).astype(int) - finish.apply(colour).astype(int))
    assert off.max() <= 5, "an edge around the person costs bits and shows where a player filters"
