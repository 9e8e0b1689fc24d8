"""What the table of anatomy leaves to everybody, what one side tells of the other, and what another exercise is."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from perscoach.score.choice import Choice, with_choice
from perscoach.score.measures import from_one_side
from perscoach.score.offline import Client, score
from perscoach.score.plan import Plan
from perscoach.score.rules import rules
from tests.score.people import FPS, VISIBLE, trainer

MOTION, WORLD, TRACK = trainer(180)
LEGS = ((23, 25, 27, 29, 31), (24, 26, 28, 30, 32))


def form(world: np.ndarray, seen: np.ndarray = VISIBLE, motion: object = MOTION) -> float | None:
    client = Client(np.arange(len(world)) / FPS, world, np.tile(seen, (len(world), 1)))
    return score(motion, client, False).report.form  # type: ignore[arg-type]


def stepped() -> np.ndarray:
    """The squat with the right leg swung back as in a lunge: as deep, the thighs far apart."""
    hip, knee, *foot = LEGS[1]
    down = (WORLD[:, 27, 1] - WORLD[:, 23, 1]).max() - (WORLD[:, 27, 1] - WORLD[:, 23, 1])
    share = np.clip(down / down.max(), 0, 1)[:, None]
    world = WORLD.copy()
    back = np.array([0.0, 0.35, 0.25]) - (WORLD[:, knee] - WORLD[:, hip])
    world[:, [knee, *foot]] += (share * back)[:, None]
    world[:, foot] += (share * np.array([0.0, 0.0, 0.35]))[:, None]
    return world


def test_another_exercise_is_no_repetition() -> None:
    same, other = form(WORLD), form(stepped())
    assert same is not None and same > 95
    assert other is not None and other < 30


def test_a_trainer_in_another_exercise_is_matched_by_it() -> None:
    lunging = dataclasses.replace(MOTION, joints_3d=stepped().astype(np.float32))
    same = form(stepped(), motion=lunging)
    assert same is not None and same > 90


def test_the_hidden_side_follows_the_seen_one() -> None:
    seen = VISIBLE.copy()
    seen[[26, 28, 30, 32]] = 0.1
    world = WORLD.copy()
    world[:, [26, 28, 30, 32]] = 0.0  # what a landmarker makes of a leg that it cannot see
    found = form(world, seen)
    assert found is not None and found > 90


def test_a_distance_between_both_sides_needs_both() -> None:
    points = np.random.default_rng(0).normal(size=(17, 3))
    seen = np.ones(17, bool)
    seen[[9, 11]] = False
    _, known = from_one_side(points, seen)
    at = rules().measure
    assert known[at["hip_drop"]] and known[at["knee_bend"]]
    assert not known[at["knees_apart"]] and not known[at["feet_apart"]]


def test_who_squats_deeper_than_deep_leaves_room() -> None:
    by_name = {t.name: t for t in TRACK.plan.targets}
    drop = by_name["hip_drop"]
    assert drop.room == pytest.approx(np.clip(1 - 0.52 / abs(drop.key - drop.rest) - drop.tolerance, 0, 0.08))
    lean = by_name["trunk_lean"]
    assert lean.room == pytest.approx(max(24 - lean.key, 0))


def test_the_coach_s_other_direction_takes_the_room_away() -> None:
    changed = with_choice(TRACK.plan, {"trunk_lean": Choice(worse=-1)})
    assert next(t for t in changed.targets if t.name == "trunk_lean").room == 0


def test_a_plan_of_before_is_read() -> None:
    value = TRACK.plan.to_json()
    del value["shapes"]
    for target in value["targets"]:
        del target["room"]
    plan = Plan.from_json(value)
    assert plan.shapes == () and all(t.room == 0 for t in plan.targets)


@pytest.mark.parametrize("shapes", [[[1, 2, 3]], [["x"] * 22], [[float("nan")] * 22]])
def test_another_shape_is_refused(shapes: list[list[object]]) -> None:
    with pytest.raises(ValueError):
        Plan.from_json({**TRACK.plan.to_json(), "shapes": shapes})
