from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from perscoach.score.comparer import Comparer
from perscoach.score.rules import rules
from tests.score.people import (
    FPS,
    NOISE,
    VISIBLE,
    follow,
    form,
    mirrored,
    trainer,
    turned_by,
    with_error,
)  # fmt: skip

_, WORLD, TRACK = trainer()
PLAIN = 100.0  # the form of a correct client


def score(world: np.ndarray, *, mirror: bool = False, seed: int = 0, **more: float) -> float:
    comparer = Comparer(TRACK, mirror)
    follow(comparer, world, np.random.default_rng(seed), **more)  # type: ignore[arg-type]
    return form(comparer)


def test_a_correct_client_scores_high_and_is_never_red() -> None:
    comparer = Comparer(TRACK)
    frames = follow(comparer, WORLD, np.random.default_rng(0))
    assert form(comparer) > 95
    assert not any(limb.colour == "red" for frame in frames for limb in frame.limbs)
    assert comparer.reps == TRACK.reps.count  # type: ignore[union-attr]


@pytest.mark.parametrize("yaw", [-35, -15, 15, 35])
def test_the_yaw_does_not_matter(yaw: float) -> None:
    assert abs(score(turned_by(WORLD, math.radians(yaw))) - score(WORLD)) < 5


@pytest.mark.parametrize("size", [0.8, 0.9, 1.1, 1.2])
def test_the_size_does_not_matter(size: float) -> None:
    assert abs(score(WORLD * size) - score(WORLD)) < 5


@pytest.mark.parametrize("late", [0.2, 0.4, 0.6, 0.8])
def test_following_late_does_not_matter(late: float) -> None:
    comparer = Comparer(TRACK)
    follow(comparer, WORLD, np.random.default_rng(0), late=late)
    assert abs(form(comparer) - score(WORLD)) < 5
    assert float(np.median(comparer.lags)) == pytest.approx(late, abs=0.12)


def test_the_mirror_image_does_not_matter_where_it_is_asked_for() -> None:
    assert abs(score(mirrored(WORLD), mirror=True) - score(WORLD)) < 5
    np.testing.assert_array_equal(mirrored(mirrored(WORLD)), WORLD)


def test_the_form_falls_as_an_error_grows() -> None:
    axes = np.random.default_rng(3).normal(size=(len(rules().bones), 3))
    for bone, axis in zip(rules().bones, axes, strict=True):
        forms = [score(with_error(WORLD, bone, angle, axis), noise=0.3) for angle in (0, 15, 30, 45, 60)]
        assert all(b <= a + 0.5 for a, b in itertools.pairwise(forms)), (bone.name, forms)
        assert forms[-1] < forms[0] - 4, bone.name


def test_many_errors_cost_more_than_one() -> None:
    world, forms = WORLD, []
    for bone in rules().bones:
        world = with_error(world, bone, 40, np.array([0.3, 0.2, 1.0]))
        forms.append(score(world, noise=0.3, seed=1))
    assert forms == sorted(forms, reverse=True)
    assert forms[-1] < 40


def test_the_wrong_limb_is_the_red_one() -> None:
    rng = np.random.default_rng(1)
    right = total = 0
    for bone in rules().bones:
        for _ in range(5):
            world = turned_by(with_error(WORLD, bone, 30, rng.normal(size=3)), rng.uniform(-0.6, 0.6))
            comparer = Comparer(TRACK)
            hold = turned_by(WORLD[0], 0.0)
            frames = follow(comparer, world, rng, hold=hold)
            red = {
                b.name: sum(f.limbs[i].colour == "red" for f in frames if f.limbs) for i, b in enumerate(rules().bones)
            }
            total += 1
            right += max(red.values()) > 0 and max(red, key=lambda name: red[name]) == bone.name
    assert right >= 0.95 * total


def test_standing_still_or_doing_something_else_scores_low() -> None:
    still = np.repeat(WORLD[:1], len(WORLD), 0)
    assert score(still) < 40
    waving = still.copy()
    waving[:, [13, 15, 17, 19, 21], 1] += 0.3 * np.sin(np.arange(len(WORLD)) / FPS * 9)[:, None]
    assert score(waving) < 40


def test_not_in_the_picture_gives_no_score() -> None:
    comparer = Comparer(TRACK)
    hidden = VISIBLE.copy()
    hidden[24] = 0.2
    for i in range(60):
        seen = comparer.step(i / FPS, i / FPS, WORLD[i], hidden)
        assert seen.state == "out"
        assert math.isnan(seen.form)
    assert comparer.step(3.0, 3.0, None, VISIBLE).state == "out"
    assert comparer.scored == 0
    assert comparer.shown == 61


def test_a_hidden_limb_is_grey_and_weighs_nothing() -> None:
    comparer = Comparer(TRACK)
    seen = VISIBLE.copy()
    seen[15] = 0.1
    frame = [comparer.step(i / FPS, i / FPS, WORLD[i], seen) for i in range(90)][-1]
    limb = frame.limbs[[b.name for b in rules().bones].index("left_forearm")]
    assert limb.colour == "grey"
    assert limb.weight == 0
    assert math.isnan(limb.angle)


def test_in_the_mirror_the_clients_own_side_is_named() -> None:
    bone = next(b for b in rules().bones if b.name == "left_upper_arm")
    wrong = mirrored(with_error(WORLD, bone, 45, np.array([0.0, 0.0, 1.0])))  # the client's own right arm
    comparer = Comparer(TRACK, mirror=True)
    frames = follow(comparer, wrong, np.random.default_rng(0), hold=mirrored(WORLD[0]))
    names = {rules().bones[i].name for f in frames for i, limb in enumerate(f.limbs) if limb.colour == "red"}
    assert names == {"right_upper_arm"}


def test_a_jump_of_the_video_starts_anew_and_keeps_the_lag() -> None:
    comparer = Comparer(TRACK)
    follow(comparer, WORLD, np.random.default_rng(0), late=0.5)
    lag = comparer.step(8.0, 7.9, WORLD[-16], VISIBLE).lag
    after = comparer.step(8.03, 1.0, WORLD[20], VISIBLE)
    assert after.lag == lag
    assert after.state == "waiting"  # the trainer's half second before the jump is not what the client follows


def test_waiting_trainers_are_compared_at_once() -> None:
    comparer = Comparer(TRACK)
    frames = [comparer.step(i / FPS, 0.0, WORLD[0], VISIBLE, rate=0.0) for i in range(20)]
    assert frames[-1].state == "scored"
    assert all(limb.angle < 5 for limb in frames[-1].limbs)
    far = [comparer.step((20 + i) / FPS, 0.0, WORLD[18], VISIBLE, rate=0.0) for i in range(40)]
    assert max(limb.angle for limb in far[-1].limbs) > 20


def test_calibration_takes_a_small_offset_away_and_no_more() -> None:
    offset = WORLD + np.array([0.0, 0.0, 0.0])
    offset[:, [25, 27, 29, 31], 0] += 0.04  # a left hip that the engine puts too far in
    assert score(offset, noise=0.3) > 95
    comparer = Comparer(TRACK)
    assert not comparer.calibrate([WORLD[0]] * 3, 0.0)
    worst = np.repeat(with_error(WORLD[:1], rules().bones[5], 60, np.array([0.0, 0.0, 1.0])), 40, 0)
    assert comparer.calibrate(list(worst + NOISE), 0.0)
    assert (
        max(np.degrees(np.linalg.norm(turn)) for turn in comparer._bias) <= rules().values["calibration"]["most"] + 1e-6
    )
