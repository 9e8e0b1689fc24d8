"""CIEDE2000 against the published pairs; Lab against known colours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perscoach.grade.advice.difference import ciede2000, to_lab, tolerance

# Table 1 of Sharma, Wu, Dalal, Color Research and Application 30 (2005): L, a, b twice, and the difference.
PAIRS = np.array(
    [
        [50.0, 2.6772, -79.7751, 50.0, 0.0, -82.7485, 2.0425],
        [50.0, 3.1571, -77.2803, 50.0, 0.0, -82.7485, 2.8615],
        [50.0, 2.8361, -74.0200, 50.0, 0.0, -82.7485, 3.4412],
        [50.0, -1.3802, -84.2814, 50.0, 0.0, -82.7485, 1.0],
        [50.0, -1.1848, -84.8006, 50.0, 0.0, -82.7485, 1.0],
        [50.0, -0.9009, -85.5211, 50.0, 0.0, -82.7485, 1.0],
        [50.0, 0.0, 0.0, 50.0, -1.0, 2.0, 2.3669],
        [50.0, -1.0, 2.0, 50.0, 0.0, 0.0, 2.3669],
        [50.0, 2.49, -0.001, 50.0, -2.49, 0.0009, 7.1792],
        [50.0, 2.49, -0.001, 50.0, -2.49, 0.0010, 7.1792],
        [50.0, 2.49, -0.001, 50.0, -2.49, 0.0011, 7.2195],
        [50.0, 2.49, -0.001, 50.0, -2.49, 0.0012, 7.2195],
        [50.0, -0.001, 2.49, 50.0, 0.0009, -2.49, 4.8045],
        [50.0, -0.001, 2.49, 50.0, 0.0010, -2.49, 4.8045],
        [50.0, -0.001, 2.49, 50.0, 0.0011, -2.49, 4.7461],
        [50.0, 2.5, 0.0, 50.0, 0.0, -2.5, 4.3065],
        [50.0, 2.5, 0.0, 73.0, 25.0, -18.0, 27.1492],
        [50.0, 2.5, 0.0, 61.0, -5.0, 29.0, 22.8977],
        [50.0, 2.5, 0.0, 56.0, -27.0, -3.0, 31.9030],
        [50.0, 2.5, 0.0, 58.0, 24.0, 15.0, 19.4535],
        [50.0, 2.5, 0.0, 50.0, 3.1736, 0.5854, 1.0],
        [50.0, 2.5, 0.0, 50.0, 3.2972, 0.0, 1.0],
        [50.0, 2.5, 0.0, 50.0, 1.8634, 0.5757, 1.0],
        [50.0, 2.5, 0.0, 50.0, 3.2592, 0.3350, 1.0],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)
labs = st.tuples(st.floats(0, 100), st.floats(-120, 120), st.floats(-120, 120)).map(np.array)


def test_the_published_pairs() -> None:
    first, second, published = PAIRS[:, :3], PAIRS[:, 3:6], PAIRS[:, 6]
    assert np.abs(ciede2000(first, second) - published).max() < 6e-5, "published with four decimals"
    assert np.abs(ciede2000(second, first) - published).max() < 6e-5
    table = ciede2000(first[:, None], second[None])
    assert table.shape == (34, 34)
    assert np.allclose(np.diag(table), published, atol=6e-5)


def test_the_last_bit_of_an_input_or_of_an_arctangent_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hues exactly half a circle apart stand at a jump of the formula; CPUs differ in the last bit of their arctangents."""
    first, second, published = PAIRS[:, :3], PAIRS[:, 3:6], PAIRS[:, 6]
    for column in range(6):
        for way in (-np.inf, np.inf):
            near = PAIRS[:, :6].copy()
            near[:, column] = np.nextafter(near[:, column], way)
            assert np.abs(ciede2000(near[:, :3], near[:, 3:]) - published).max() < 6e-5
    exact = np.arctan2
    for one in (-np.inf, np.inf):
        for two in (-np.inf, np.inf):
            ways = iter((one, two))
            monkeypatch.setattr(np, "arctan2", lambda y, x, ways=ways: np.nextafter(exact(y, x), next(ways)))
            assert np.abs(ciede2000(first, second) - published).max() < 6e-5


@settings(deadline=None, max_examples=60)
@given(a=labs, b=labs)
def test_a_difference_is_one(a: np.ndarray, b: np.ndarray) -> None:
    apart = float(ciede2000(a, b))
    assert np.isfinite(apart)
    assert apart >= 0
    assert apart == pytest.approx(float(ciede2000(b, a)), abs=1e-9)
    assert float(ciede2000(a, a)) == pytest.approx(0, abs=1e-7)


def test_lab_of_known_colours() -> None:
    colours = np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 0, 255], [119, 119, 119]], np.uint8)
    expected = [[0, 0, 0], [100, 0, 0], [53.24, 80.09, 67.20], [32.30, 79.19, -107.86], [50.03, 0, 0]]
    assert np.abs(to_lab(colours) - expected).max() < 0.06
    assert np.allclose(to_lab(colours), to_lab(colours / 255.0))
    assert np.allclose(tolerance(np.array([[50.0, 0.0, 0.0]])), 1)
