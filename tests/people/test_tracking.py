"""The trainer is chosen sensibly and kept."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perscoach.people.tracking import TrainerTracker, area, box_of_points, choose_trainer, distance_to, iou

LEFT, RIGHT = (0.1, 0.2, 0.3, 0.9), (0.6, 0.2, 0.8, 0.9)
unit = st.floats(0, 1)
boxes = st.tuples(unit, unit, unit, unit).map(
    lambda b: (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3]))
)


def moved(box: tuple[float, float, float, float], dx: float) -> tuple[float, float, float, float]:
    return box[0] + dx, box[1], box[2] + dx, box[3]


@given(boxes, boxes)
def test_iou_is_symmetric_and_bounded(a, b) -> None:
    assert 0 <= iou(a, b) <= 1 + 1e-9
    assert iou(a, b) == iou(b, a)
    if area(a) > 1e-12:
        assert iou(a, a) == pytest.approx(1)


def test_nobody_is_a_miss() -> None:
    assert choose_trainer([], None, None) is None
    assert choose_trainer([], LEFT, (0.5, 0.5)) is None


@pytest.mark.parametrize(
    ("people", "wish", "expected"),
    [
        ([(0.0, 0.4, 0.1, 0.6), (0.4, 0.1, 0.7, 0.95)], None, 1),  # the large and central one
        ([(0.0, 0.2, 0.2, 0.9), (0.4, 0.2, 0.6, 0.9)], None, 1),  # equal sizes: the central one
        ([LEFT, RIGHT], (0.15, 0.5), 0),
        ([LEFT, RIGHT], (0.75, 0.5), 1),
        ([LEFT, (0.25, 0.2, 0.9, 0.9)], (0.28, 0.5), 0),  # inside both: the nearer centre
        ([LEFT, RIGHT], (0.5, 0.1), 1),  # outside both: the nearer edge
    ],
)
def test_first_choice(people, wish, expected: int) -> None:
    assert choose_trainer(people, None, wish) == expected


def test_previous_wins_over_wish_and_order() -> None:
    assert choose_trainer([RIGHT, LEFT], moved(LEFT, 0.02), (0.7, 0.5)) == 1


def test_somebody_far_away_is_not_the_trainer() -> None:
    assert choose_trainer([RIGHT], LEFT, None) is None


def test_crossing_people_are_not_swapped() -> None:
    tracker = TrainerTracker(wish=(0.2, 0.5))
    for i in range(60):  # the trainer stands, a passer-by (a little smaller) walks through the whole picture
        walker = moved((0.9, 0.25, 1.05, 0.85), -i * 0.02)
        people = [walker, LEFT] if i % 2 else [LEFT, walker]
        assert people[tracker.update(people)] == LEFT  # type: ignore[index]


def test_miss_is_held_and_found_again() -> None:
    tracker = TrainerTracker(wish=(0.2, 0.5))
    assert tracker.update([LEFT, RIGHT]) == 0
    for _ in range(10):
        assert tracker.update([RIGHT]) is None
    assert tracker.box == LEFT
    assert tracker.update([RIGHT, moved(LEFT, 0.05)]) == 1


def test_after_patience_somebody_is_chosen_anew() -> None:
    tracker = TrainerTracker(patience=3)
    tracker.update([(0.0, 0.0, 0.05, 0.1)])
    found = [tracker.update([(0.7, 0.3, 0.9, 0.95)]) for _ in range(5)]
    assert found == [None, None, None, 0, 0]


def test_boxes_of_points() -> None:
    points = np.array([[0.2, 0.3], [0.4, 0.9]])
    assert box_of_points(points) == pytest.approx((0.2, 0.3, 0.4, 0.9))
    assert box_of_points(points, 0.5) == pytest.approx((0.1, 0.0, 0.5, 1.0))


def test_distance_to_a_box() -> None:
    assert distance_to(LEFT, (0.2, 0.5)) == 0
    assert distance_to((0.0, 0.0, 0.1, 0.1), (0.4, 0.5)) == pytest.approx(math.hypot(0.3, 0.4))
