"""The fast path against the reference."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perscoach.grade import lut, reference
from perscoach.grade.params import NEUTRAL, RANGES, Grade

CORNERS = [
    Grade(),
    Grade(0.3, 2.0, 100, 1.3, 1.3),
    Grade(-0.3, 2.0, 100, 1.3, 0.7),
    Grade(-0.3, 0.5, 100, 0.7, 0.7),
    Grade(0.3, 0.5, 52, 0.7, 1.3),
    Grade(0.0, 1.0, 100, 1.0, 1.0),
]
grades = st.builds(Grade, **{name: st.floats(*span) for name, span in RANGES.items()})


def worst(codes: np.ndarray, grade: Grade) -> float:
    """The largest distance from the reference's real value, in codes of 255; 0.5 is rounding alone."""
    exact = reference.apply(codes / 255.0, grade) * 255
    return float(np.max(np.abs(exact - lut.apply(codes, lut.bake(grade)))))


def lattice(codes: np.ndarray) -> np.ndarray:
    return (
        np.stack(np.meshgrid(codes, codes, codes, indexing="ij"), axis=-1).reshape(-1, codes.size, 3).astype(np.uint8)
    )


@pytest.mark.parametrize("grade", CORNERS, ids=str)
def test_within_one_code_on_a_lattice_and_in_the_dark_corner(grade: Grade) -> None:
    assert worst(lattice(np.round(np.linspace(0, 255, 64))), grade) < 0.6
    assert worst(lattice(np.arange(48)), grade) < 0.6


def test_within_one_code_on_two_million_random_colours() -> None:
    rng = np.random.default_rng(11)
    assert worst(rng.integers(0, 256, (1000, 2000, 3), dtype=np.uint8), Grade()) < 0.6


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("PERSCOACH_ALL_COLOURS"), reason="all 16.7 million: set PERSCOACH_ALL_COLOURS=1")
def test_within_one_code_on_every_colour() -> None:
    for red in range(256):
        green, blue = np.meshgrid(np.arange(256), np.arange(256), indexing="ij")
        codes = np.stack([np.full_like(green, red), green, blue], axis=-1).astype(np.uint8)
        assert worst(codes, Grade()) < 0.6


@settings(deadline=None, max_examples=50)
@given(grade=grades, seed=st.integers(0, 2**32 - 1), top=st.sampled_from([30, 256]))
def test_any_grade_is_within_one_code(grade: Grade, seed: int, top: int) -> None:
    assert worst(np.random.default_rng(seed).integers(0, top, (50, 60, 3), dtype=np.uint8), grade) < 0.6


def test_neutral_is_the_identity() -> None:
    codes = lattice(np.arange(0, 256, 3))
    assert np.array_equal(lut.apply(codes, lut.bake(NEUTRAL)), codes)


def test_takes_a_grade_and_pictures_that_are_views() -> None:
    codes = np.random.default_rng(2).integers(0, 256, (31, 22, 3), dtype=np.uint8)
    assert np.array_equal(lut.apply(codes, Grade()), lut.apply(codes, lut.bake(Grade())))
    assert np.array_equal(lut.apply(codes[::-1, ::2], Grade()), lut.apply(codes, Grade())[::-1, ::2])
    assert lut.apply(np.zeros((0, 5, 3), np.uint8), Grade()).shape == (0, 5, 3)


@pytest.mark.parametrize("picture", [np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((4, 3), np.uint8)])
def test_other_pictures_are_refused(picture: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8 picture"):
        lut.apply(picture, Grade())


def test_grid_is_the_reference_at_its_points() -> None:
    table = lut.bake(Grade(), 17).grid()
    assert table.shape == (17, 17, 17, 3)
    assert table.dtype == np.float32
    assert np.allclose(table[16, 0, 8], reference.apply(np.array([1.0, 0.0, 0.5]), Grade()), atol=1e-6)
    with pytest.raises(ValueError, match="size"):
        lut.grid(Grade(), 1)


@pytest.mark.realtime
def test_is_fast_enough_for_video() -> None:
    """602x722 in a few milliseconds on one thread; the bound is wide because test machines are busy."""
    codes = np.random.default_rng(5).integers(0, 256, (722, 602, 3), dtype=np.uint8)
    baked = lut.bake(Grade())
    lut.apply(codes, baked)
    times = []
    for _ in range(9):
        start = time.perf_counter()
        lut.apply(codes, baked)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.03
