"""Choosing the trainer by a click on any frame, and staying with them through a crossing."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from perscoach.people import landmarker as module
from perscoach.people.clothes import alike, clothes_of, put_right
from perscoach.people.everyone import Person, at_point, followed
from perscoach.people.landmarker import TrainerLandmarker

W, H = 320, 240
RED, BLUE = (200, 40, 40), (40, 60, 190)


def pose(x: float) -> np.ndarray:
    """33 landmarks of somebody who stands at ``x`` of the picture's width."""
    points = np.tile([[x, 0.5]], (33, 1))
    points[0] = x, 0.15
    points[[11, 12]] = (x + 0.05, 0.3), (x - 0.05, 0.3)
    points[[23, 24]] = (x + 0.04, 0.55), (x - 0.04, 0.55)
    points[[29, 30]] = (x + 0.06, 0.95), (x - 0.06, 0.95)
    return points


def picture(people: list[tuple[float, tuple[int, int, int]]]) -> np.ndarray:
    """Later people stand before earlier ones."""
    rgb = np.full((H, W, 3), 120, np.uint8)
    for x, colour in people:
        rgb[int(0.25 * H) : int(0.6 * H), int((x - 0.07) * W) : int((x + 0.07) * W)] = colour
    return rgb


def person(x: float, rgb: np.ndarray) -> Person:
    points = pose(x)
    return Person((x - 0.06, 0.15, x + 0.06, 0.95), clothes_of(rgb, points))


def crossing(steps: int = 25) -> list[tuple[float, float]]:
    """Two people walk past each other, the blue one before the red one."""
    return [(0.2 + 0.6 * i / (steps - 1), 0.8 - 0.6 * i / (steps - 1)) for i in range(steps)]


def test_clothes_tell_people_apart_and_not_folds() -> None:
    random = np.random.default_rng(0)
    rgb = picture([(0.2, RED), (0.8, BLUE)])
    noisy = np.clip(rgb + random.normal(0, 6, rgb.shape), 0, 255).astype(np.uint8)
    red, blue = clothes_of(rgb, pose(0.2)), clothes_of(rgb, pose(0.8))
    assert alike(red, clothes_of(noisy, pose(0.21))) > 0.6 and alike(red, blue) < 0.2
    assert put_right(0, [red, blue], red) == 0 and put_right(1, [red, blue], red) == 0
    assert put_right(None, [red, blue], red) == 0 and put_right(None, [blue], red) is None
    assert put_right(1, [red, red], red) == 1, "the same clothes say nothing"
    assert not clothes_of(rgb, pose(1.6)).any(), "out of the picture"


def test_a_click_names_who_is_under_it_or_beside_it_and_else_nobody() -> None:
    rgb = picture([(0.2, RED), (0.8, BLUE)])
    both = [person(0.2, rgb), person(0.8, rgb)]
    assert at_point(both, (0.79, 0.5)) == 1 and at_point(both, (0.29, 0.5)) == 0
    assert at_point(both, (0.5, 0.5)) is None and at_point([], (0.5, 0.5)) is None


@pytest.mark.parametrize("hidden", [False, True])
def test_the_way_back_leads_through_a_crossing(hidden: bool) -> None:
    """``hidden``: the one behind is not found at all while both overlap, as landmarkers do."""
    looks = []
    for red, blue in reversed(crossing(13)):
        rgb = picture([(red, RED), (blue, BLUE)])
        seen = [person(blue, rgb)] if hidden and abs(red - blue) < 0.12 else [person(red, rgb), person(blue, rgb)]
        looks.append(sorted(seen, key=lambda one: one.box))
    rgb = picture([(0.8, RED), (0.2, BLUE)])
    for x, end in ((0.8, 0.2), (0.2, 0.8)):
        box = followed(person(x, rgb), looks[1:])
        assert (box[0] + box[2]) / 2 == pytest.approx(end, abs=0.01)


class Scout:
    """Both people, as the IMAGE landmarker finds them."""

    at: tuple[float, float] = (0.2, 0.8)

    def detect(self, image: Any) -> Any:
        return SimpleNamespace(pose_landmarks=[marks(x) for x in self.at if x is not None])

    def close(self) -> None: ...


class Hopping(Scout):
    """A tracker that goes on with whoever stands in front after the crossing, unless it is shown somebody else alone."""

    follows = 0

    def detect_for_video(self, image: np.ndarray, time: int) -> Any:
        red, blue = Scout.at
        if abs(red - blue) < 0.03:
            self.follows = 1
        x = (red, blue)[self.follows]
        if (image[int(0.5 * H), int(x * W)] == 127).all():  # greyed out
            self.follows = 1 - self.follows
            x = (red, blue)[self.follows]
        return SimpleNamespace(pose_landmarks=[marks(x)])


def marks(x: float) -> list[Any]:
    return [SimpleNamespace(x=px, y=py) for px, py in pose(x)]


@pytest.mark.parametrize(("wish", "same"), [((0.2, 0.5), True), (None, False)])
def test_the_chosen_trainer_is_followed_through_a_crossing(
    wish: tuple[float, float] | None, same: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = Hopping()
    monkeypatch.setattr(module, "open_landmarker", lambda *_, video, **__: tracker if video else Scout())
    monkeypatch.setattr(module, "image_of", lambda rgb: rgb)
    follower = TrainerLandmarker(Path("none.task"), wish, 30.0, 0.4)
    if wish is None:  # the larger and more central one would be chosen: here the left one is asked for by its place
        monkeypatch.setattr(module, "choose_trainer", first_then_near)
    way = crossing(60)
    for step in [*way, *[way[-1]] * 30]:
        Scout.at = step
        result = follower.follow(picture([(step[0], RED), (step[1], BLUE)]))
    assert result is not None
    ends_with_red = abs(result.pose_landmarks[0][0].x - way[-1][0]) < 0.02
    assert ends_with_red == same


def first_then_near(boxes: Any, previous: Any, wish: Any, lost: int = 0) -> int | None:
    from perscoach.people.tracking import choose_trainer

    return 0 if previous is None and boxes else choose_trainer(boxes, previous, wish, lost)
