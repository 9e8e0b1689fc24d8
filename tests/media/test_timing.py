"""The constant rate of uneven frame times."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perscoach.media.timing import MAX_FPS, RATES, Timing, nominal_rate, snap


def rate_of(times: list[float], stated: Fraction | None = None) -> tuple[Fraction, bool]:
    return nominal_rate(Timing.of(times, 0), stated)


@pytest.mark.parametrize("rate", [r for r in RATES if r >= 20])
@pytest.mark.parametrize("digits", [3, 6])  # milliseconds as in mkv; microseconds
def test_constant_rates(rate: Fraction, digits: int) -> None:
    times = [round(i / float(rate), digits) for i in range(300)]
    assert rate_of(times, rate) == (rate, False)
    assert rate_of(times) == (rate, False)


def test_a_phones_jitter_is_variable_30() -> None:
    rng = np.random.default_rng(1)
    gaps = 1 / 30 + rng.choice([0, 0, 0, 0.012, 0.033], 400) + rng.normal(0, 0.0005, 400)
    assert rate_of(list(np.cumsum(gaps))) == (Fraction(30), True)


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(25), Fraction(30), Fraction(50), Fraction(60)])
@pytest.mark.parametrize("jitter", [0.001, 0.002, 0.003, 0.005])
@pytest.mark.parametrize("frames", [60, 300, 3000])
def test_an_even_clock_is_found_under_jitter(rate: Fraction, jitter: float, frames: int) -> None:
    late = np.random.default_rng(frames).uniform(-jitter, jitter, frames)
    times = sorted(np.round(3 + np.arange(frames) / float(rate) + late, 5).tolist())
    mean = Fraction(frames, max(1, round((times[-1] - times[0]) * 90000))) * 90000
    timing = Timing.of(times, 0.02)
    assert nominal_rate(timing, mean) == (rate, False)
    assert round(timing.duration * rate) == frames, "a frame is shown twice or lost"


def test_a_long_jittering_clip_tells_29_97_from_30() -> None:
    rate = Fraction(30000, 1001)
    late = np.random.default_rng(0).uniform(-0.003, 0.003, 3000)
    assert rate_of((np.arange(3000) / float(rate) + late).tolist()) == (rate, False)


@pytest.mark.parametrize(
    ("source", "ticks", "target"),
    [("240000/1001", 600, "60000/1001"), ("240", 600, "60"), ("60000/1001", 1000, "60000/1001"), ("960", 90000, "60")],
)
def test_coarse_ticks_do_not_change_the_rate(source: str, ticks: int, target: str) -> None:
    times = (np.round(np.arange(500) / float(Fraction(source)) * ticks) / ticks).tolist()
    assert rate_of(times) == (Fraction(target), False)


def test_two_rates_in_one_clip_are_no_even_clock() -> None:
    times = np.concatenate([np.arange(100) / 30, 100 / 30 + np.arange(100) / 24]).tolist()
    assert rate_of(times) == (Fraction(30), True)


def test_one_dropped_frame_makes_it_variable() -> None:
    times = [i / 25 for i in range(100) if i != 50]
    assert rate_of(times, Fraction(99, 4)) == (Fraction(25), True)


@pytest.mark.parametrize(
    ("source", "target"),
    [("120", "60"), ("240", "60"), ("100", "50"), ("120000/1001", "60000/1001"), ("90", "45"), ("960", "60")],
)
def test_fast_cameras_are_divided(source: str, target: str) -> None:
    times = [i / float(Fraction(source)) for i in range(500)]
    assert rate_of(times, Fraction(source)) == (Fraction(target), False)


def test_few_frames() -> None:
    assert rate_of([0.0], None) == (Fraction(30), False)
    assert rate_of([0.0], Fraction(24)) == (Fraction(24), False)
    assert rate_of([0.0, 0.04], None) == (Fraction(25), False)
    assert rate_of([5.0, 5.0, 5.0], Fraction(10**9)) == (Fraction(30), False)


def test_an_odd_rate_stays_itself() -> None:
    assert snap(27.3) == Fraction(273, 10)
    assert snap(29.8) == Fraction(30000, 1001)
    assert snap(0.2) == 1


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=60), st.floats(0, 1))
def test_any_times_give_a_usable_rate(times: list[float], last: float) -> None:
    timing = Timing.of(times, last)
    rate, _ = nominal_rate(timing, None)
    assert 1 <= rate <= MAX_FPS
    assert timing.duration >= 0
