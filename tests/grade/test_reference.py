"""The reference maths: neutral is the identity, every slider is monotonic, black and white keep their place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perscoach.grade import reference
from perscoach.grade.params import NEUTRAL, RANGES, Grade

grades = st.builds(Grade, **{name: st.floats(*span) for name, span in RANGES.items()})
COLOURS = np.random.default_rng(7).random((500, 3))
GREYS = np.repeat(np.linspace(0, 1, 256)[:, None], 3, axis=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_neutral_returns_floats_bit_for_bit(dtype: type) -> None:
    picture = np.random.default_rng(1).random((40, 30, 3)).astype(dtype)
    out = reference.apply(picture, NEUTRAL)
    assert out.dtype == dtype
    assert np.array_equal(out, picture)


def test_neutral_returns_every_code() -> None:
    codes = np.stack(np.meshgrid(*[np.arange(0, 256, 5, dtype=np.uint8)] * 3), axis=-1)
    assert np.array_equal(reference.apply(codes, NEUTRAL), codes)


def test_the_steps_by_hand() -> None:
    """0.5 → +0.1 = 0.6 → 0.5 + 0.1 * 1.5 = 0.65 → red * 1.1, blue * 0.9, clipped at 1 only at the end."""
    out = reference.apply(np.array([0.5, 0.5, 0.5]), Grade(0.1, 1.5, 0, 1.1, 0.9))
    assert out == pytest.approx([0.715, 0.65, 0.585])
    bright = reference.apply(np.array([1.0, 1.0, 1.0]), Grade(0.1, 1.0, 0, 1.0, 0.7))
    assert bright == pytest.approx([1, 1, 0.77])  # 1.1 * 0.7: brightness was not clipped before the gain


def test_lab_of_known_colours() -> None:
    """L of sRGB mid grey 119/255 is 50.03; of pure red 53.24 (Lindbloom's calculator)."""
    rgb = np.array([[119 / 255] * 3, [1, 0, 0]])
    f = reference.lab_curve(reference.srgb_to_linear(rgb) @ reference.RGB_TO_XYZ.T)
    assert 116 * f[:, 1] - 16 == pytest.approx([50.03, 53.24], abs=0.02)


def test_curves_are_undone_far_outside_the_gamut() -> None:
    c = np.linspace(-1.2, 2.2, 3001)
    assert np.allclose(reference.linear_to_srgb(reference.srgb_to_linear(c)), c, atol=1e-12)
    assert np.allclose(reference.lab_curve_inverse(reference.lab_curve(c)), c, atol=1e-12)
    assert np.all(np.diff(reference.srgb_to_linear(c)) > 0)


@given(strength=st.floats(0, 100))
def test_lift_keeps_black_and_white_and_order(strength: float) -> None:
    lightness = np.linspace(-30, 140, 3401)
    lifted = lightness + reference.lift(lightness, strength)
    assert np.all(np.diff(lifted) > 0.3 * 0.05), "tones must keep their order"
    assert np.all(lifted >= lightness), "nothing may become darker"
    outside = (lightness <= 0) | (lightness >= 100)
    assert np.array_equal(lifted[outside], lightness[outside])
    slopes = np.diff(lifted) / 0.05
    assert np.max(np.abs(np.diff(slopes))) < 0.02, "the curve has no corner"


def test_lift_moves_dark_tones_most() -> None:
    lightness = np.arange(0.0, 101.0)
    added = reference.lift(lightness, 100)
    assert 25 <= lightness[np.argmax(added)] <= 32
    assert added[80] < 0.05 * added.max()


def test_lift_keeps_a_and_b() -> None:
    rgb = np.random.default_rng(3).uniform(0.2, 0.6, (200, 3))
    out = reference.grade_unclipped(rgb, Grade(0, 1, 70, 1, 1))

    def lab(c: np.ndarray) -> np.ndarray:
        f = reference.lab_curve(reference.srgb_to_linear(c) @ reference.RGB_TO_XYZ.T)
        return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)

    assert np.allclose(lab(out)[:, 1:], lab(rgb)[:, 1:], atol=1e-9)
    assert np.all(lab(out)[:, 0] > lab(rgb)[:, 0])


def test_black_and_white_stay_under_the_lift() -> None:
    out = reference.apply(np.array([[0.0, 0, 0], [1, 1, 1]]), Grade(0, 1, 100, 1, 1))
    assert np.allclose(out, [[0, 0, 0], [1, 1, 1]], atol=1e-9)


@settings(deadline=None, max_examples=40)
@given(grade=grades, other=st.floats(0, 1))
def test_brightness_and_gains_only_raise_their_channels(grade: Grade, other: float) -> None:
    for name, channels in (("brightness_boost", (0, 1, 2)), ("red_boost", (0,)), ("blue_reduce", (2,))):
        _low, high = RANGES[name]
        more = _with(grade, name, getattr(grade, name) + (high - getattr(grade, name)) * other)
        before, after = reference.apply(GREYS, grade), reference.apply(GREYS, more)
        assert np.all(after[:, channels] >= before[:, channels] - 1e-12), name
        untouched = [c for c in range(3) if c not in channels]
        assert np.array_equal(after[:, untouched], before[:, untouched])


@settings(deadline=None, max_examples=40)
@given(grade=grades, other=st.floats(0, 1))
def test_contrast_moves_greys_away_from_the_middle(grade: Grade, other: float) -> None:
    base = _with(grade, "brightness_boost", 0.0)
    more = _with(base, "contrast", base.contrast + (2.0 - base.contrast) * other)
    before, after = reference.apply(GREYS, base), reference.apply(GREYS, more)
    assert np.all(after[128:] >= before[128:] - 1e-12)
    assert np.all(after[:128] <= before[:128] + 1e-12)


@settings(deadline=None, max_examples=40)
@given(strength=st.floats(0, 100), other=st.floats(0, 1))
def test_lift_raises_every_channel_of_every_colour(strength: float, other: float) -> None:
    less, more = Grade(0, 1, strength, 1, 1), Grade(0, 1, strength + (100 - strength) * other, 1, 1)
    assert np.all(reference.apply(COLOURS, more) >= reference.apply(COLOURS, less) - 1e-9)


@settings(deadline=None, max_examples=60)
@given(grade=grades)
def test_greys_keep_their_order_and_nothing_leaves_the_range(grade: Grade) -> None:
    out = reference.apply(GREYS, grade)
    assert np.all(np.diff(out, axis=0) >= -1e-12)
    assert out.min() >= 0
    assert out.max() <= 1
    assert np.isfinite(reference.apply(COLOURS, grade)).all()


def test_shape_and_type_are_kept_or_refused() -> None:
    assert reference.apply(np.zeros((2, 4, 5, 3), np.float32), Grade()).shape == (2, 4, 5, 3)
    with pytest.raises(ValueError, match=r"\(\.\.\., 3\)"):
        reference.apply(np.zeros((4, 4)), Grade())
    with pytest.raises(TypeError, match="int64"):
        reference.apply(np.zeros((4, 3), np.int64), Grade())


def test_the_picture_handed_in_is_not_changed() -> None:
    picture = np.full((2, 2, 3), 0.4)
    reference.apply(picture, Grade())
    assert np.all(picture == 0.4)


def _with(grade: Grade, name: str, value: float) -> Grade:
    import dataclasses

    return dataclasses.replace(grade, **{name: min(max(value, RANGES[name][0]), RANGES[name][1])})
