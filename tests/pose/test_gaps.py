from __future__ import annotations

import numpy as np
import pytest

from perscoach.pose.gaps import FILLED_CONFIDENCE, fill_gaps, fill_joints, find_cuts, runs, segments

NO_CUT = np.zeros(30, bool)


def flags(text: str) -> np.ndarray:
    return np.array([c == "1" for c in text])


def test_runs() -> None:
    assert runs(flags("0110111")) == [(1, 3), (4, 7)]
    assert runs(flags("000")) == []


@pytest.mark.parametrize(
    ("before", "fps", "after"),
    [
        ("1101111", 10, "1111111"),
        ("1100111", 10, "1111111"),  # 0.2 s
        ("1100011", 10, "1100011"),  # 0.3 s
        ("1100000011", 30, "1111111111"),  # 0.2 s at 30
        ("0011", 30, "0011"),  # nothing before it
        ("1100", 30, "1100"),  # nothing after it
    ],
)
def test_only_short_gaps_between_bodies_are_filled(before: str, fps: float, after: str) -> None:
    valid = flags(before)
    values = np.arange(len(valid), dtype=np.float32)[:, None] * 2
    values[~valid] = np.nan
    filled = fill_gaps(valid, fps, {"a": values}, np.zeros(len(valid), bool))
    assert "".join("01"[int(v)] for v in filled) == after
    np.testing.assert_allclose(values[filled, 0], np.flatnonzero(filled) * 2.0)
    assert np.isnan(values[~filled]).all()


def test_a_filled_frame_is_trusted_less() -> None:
    confidence = np.array([[0.8], [0.0], [0.6]], np.float32)
    fill_gaps(flags("101"), 30, {"confidence": confidence}, np.zeros(3, bool))
    assert confidence[1, 0] == pytest.approx(0.6 * FILLED_CONFIDENCE)


def test_a_gap_at_a_cut_stays() -> None:
    cuts = flags("0001")
    valid = fill_gaps(flags("1101"), 30, {}, cuts)
    assert not valid[2]


def test_segments_end_at_gaps_and_cuts() -> None:
    assert segments(flags("11110111"), flags("00100010")) == [(0, 2), (2, 4), (5, 6), (6, 8)]


def test_a_cut_is_found_and_a_fast_squat_is_not() -> None:
    rng = np.random.default_rng(0)
    body = rng.normal(0, 100, (33, 2))
    points = body + np.linspace([300, 300], [300, 420], 30)[:, None]  # 120 px down within a second
    assert not find_cuts(points, np.ones(30, bool), 30).any()
    points[17:] += (500, 0)
    assert np.flatnonzero(find_cuts(points, np.ones(30, bool), 30)).tolist() == [17]
    points[17:] = (points[17:] - points[17:].mean(axis=1, keepdims=True)) * 2.5 + points[16].mean(axis=0)
    assert np.flatnonzero(find_cuts(points, np.ones(30, bool), 30)).tolist() == [17]


def test_single_joints_are_replaced_only_where_that_is_safe() -> None:
    values = np.tile(np.arange(30, dtype=np.float32)[:, None, None], (1, 2, 3))
    values[5:7, 0] = 99  # short: replaced
    values[12:25, 1] = 99  # 0.43 s: stays
    bad = values[..., 0] == 99
    fill_joints(values, [(0, 30)], bad, 30)
    np.testing.assert_allclose(values[5:7, 0, 0], [5, 6])
    assert (values[12:25, 1] == 99).all()
