"""What part of a frame is sent, and that it arrives byte for byte."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perscoach.core.errors import SettingsError
from perscoach.ui.colour.pictures import MAX_PIXELS, Kept, View, pack, unpack


@pytest.mark.parametrize("shape", [(7, 5), (1, 1, 3), (40, 30, 3), (33, 20, 4)])
def test_planes_arrive_byte_for_byte(shape: tuple[int, ...]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    planes = unpack(pack(picture), shape[1], shape[0])
    assert np.array_equal(planes, picture[None] if len(shape) == 2 else picture.transpose(2, 0, 1))


def test_a_small_picture_is_sent_as_it_is() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (60, 40, 3), dtype=np.uint8)
    assert np.array_equal(View().cut(picture), picture)


def test_a_large_picture_is_made_smaller_and_keeps_its_shape() -> None:
    shown = View().cut(np.zeros((2160, 3840, 3), np.uint8))
    assert shown.shape[0] * shown.shape[1] <= MAX_PIXELS * 1.01
    assert shown.shape[1] / shown.shape[0] == pytest.approx(3840 / 2160, rel=0.01)


def test_one_to_one_shows_pixels_unchanged() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    view = View("pixels", width=100, height=50, x=0.5, y=0.5)
    assert np.array_equal(view.cut(picture), picture[125:175, 150:250])
    corner = View("pixels", width=100, height=50, x=1.0, y=0.0)
    assert corner.part(400, 300) == (300, 0, 100, 50)


words = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just("pixels"))


@settings(deadline=None, max_examples=200)
@given(
    value=st.one_of(
        words, st.dictionaries(st.sampled_from(["mode", "pixels", "width", "height", "x", "y"]), words, max_size=6)
    ),
    width=st.integers(2, 300),
    height=st.integers(2, 300),
)
def test_any_words_end_in_a_part_of_the_picture_or_a_sentence(value: object, width: int, height: int) -> None:
    try:
        view = View.read(value)
    except SettingsError:
        return
    x, y, w, h = view.part(width, height)
    assert 0 <= x <= x + w <= width
    assert 0 <= y <= y + h <= height
    shown = view.cut(np.zeros((height, width), np.uint8))
    assert 0 < shown.size <= MAX_PIXELS * 1.01


def test_kept_stays_within_its_bytes_and_makes_once() -> None:
    kept = Kept(limit=250)
    made: list[int] = []

    def maker(i: int) -> tuple[np.ndarray, ...]:
        made.append(i)
        return (np.full(100, i, np.uint8),)

    for i in (0, 1, 1, 2, 2):
        assert kept.get(i, lambda i=i: maker(i))[0][0] == i  # type: ignore[misc]
    assert made == [0, 1, 2]
    kept.get(0, lambda: maker(0))  # 0 had to go
    assert made == [0, 1, 2, 0]
