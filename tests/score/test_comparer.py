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
    pitched,
    trainer,
    turned_by,
    with_error,
)  # fmt: skip

_, WORLD, TRACK = trainer()


def score(world: np.ndarray, *, mirror: bool = False, seed: int = 0, **more: float) -> float:
    comparer = Comparer(TRACK, mirror)
    follow(comparer, world, np.random.default_rng(seed), **more)  # type: ignore[arg-type]
    return form(comparer)


PLAIN = score(WORLD)
"""The form of a correct client."""


def test_a_correct_client_scores_high_and_nothing_is_to_check() -> None:
    comparer = Comparer(TRACK)
    frames = follow(comparer, WORLD, np.random.default_rng(0))
    assert form(comparer) > 95
    assert {limb.colour for frame in frames for limb in frame.limbs} == {"grey", "green"}
    assert frames[-1].reps == len(TRACK.plan.turns)


@pytest.mark.parametrize(
    "world",
    [
        *[pytest.param(turned_by(WORLD, math.radians(yaw)), id=f"yaw {yaw}") for yaw in (-90, -35, 15, 60)],
        *[pytest.param(pitched(WORLD, math.radians(pitch)), id=f"pitch {pitch}") for pitch in (-30, 30)],
        *[pytest.param(pitched(WORLD, 0.0, math.radians(roll)), id=f"roll {roll}") for roll in (-20, 20)],
        *[pytest.param(WORLD * size, id=f"size {size}") for size in (0.7, 1.3)],
    ],
)
def test_camera_and_size_do_not_matter(world: np.ndarray) -> None:
    assert abs(score(world) - PLAIN) < 5


@pytest.mark.parametrize("late", [0.2, 0.8])
def test_following_late_does_not_matter(late: float) -> None:
    comparer = Comparer(TRACK)
    follow(comparer, WORLD, np.random.default_rng(0), late=late)
    assert abs(form(comparer) - PLAIN) < 5
    assert float(np.median(comparer.lags)) == pytest.approx(late, abs=0.12)


def test_the_mirror_image_does_not_matter_where_it_is_asked_for() -> None:
    assert abs(score(mirrored(WORLD), mirror=True) - PLAIN) < 5
    np.testing.assert_array_equal(mirrored(mirrored(WORLD)), WORLD)


def test_noise_of_three_centimetres_does_not_matter() -> None:
    assert abs(score(WORLD, noise=0.03 / 0.022) - PLAIN) < 5


def test_doing_part_of_the_movement_costs_as_much_as_is_missing() -> None:
    parts = [score(WORLD[:1] + share * (WORLD - WORLD[:1])) for share in (1.0, 0.8, 0.6, 0.4)]
    assert all(a > b + 3 for a, b in itertools.pairwise(parts)), parts
    assert parts[2] <= 60


def test_going_further_costs_nothing() -> None:
    assert score(WORLD[:1] + 1.1 * (WORLD - WORLD[:1])) > 90


def test_shallow_repetitions_are_attempts() -> None:
    comparer = Comparer(TRACK)
    follow(comparer, WORLD[:1] + 0.45 * (WORLD - WORLD[:1]), np.random.default_rng(0))
    comparer.finish()
    kinds = [rep.kind for rep in comparer.judge.reps]
    assert kinds == ["attempt"] * len(TRACK.plan.turns)


def test_standing_still_or_doing_something_else_scores_low() -> None:
    still = np.repeat(WORLD[:1], len(WORLD), 0)
    assert score(still) < 30
    waving = still.copy()
    waving[:, [13, 15, 17, 19, 21], 1] += 0.3 * np.sin(np.arange(len(WORLD)) / FPS * 9)[:, None]
    assert score(waving) < 30


@pytest.mark.parametrize(
    ("points", "shift", "measure"),
    [((25, -1, 26, 1), (0.13, 0, 0), "knees_apart"), ((29, 1, 30, 1), (0, -0.14, 0), "heels")],
    ids=["knees caving", "heels rising"],
)
def test_a_fault_is_named(points: tuple[int, ...], shift: tuple[float, ...], measure: str) -> None:
    """The fault grows with the depth, as it does in people."""
    depth = WORLD[:, [27, 28], 1].mean(1)
    share = ((depth[0] - depth) / np.ptp(depth))[:, None]
    world = WORLD.copy()
    for joint, sign in zip(points[::2], points[1::2], strict=True):
        world[:, joint] += share * np.array(shift) * sign
    comparer = Comparer(TRACK)
    follow(comparer, world, np.random.default_rng(0), noise=0.3)
    comparer.finish()
    worst = [min(rep.findings, key=lambda f: f.mark) for rep in comparer.judge.reps]
    assert {finding.name for finding in worst} == {measure}
    assert form(comparer) < PLAIN - 10


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


def test_what_is_hidden_is_not_judged() -> None:
    comparer = Comparer(TRACK)
    hidden = VISIBLE.copy()
    hidden[[29, 30, 31, 32]] = 0.1  # heels and toes
    for i in range(len(WORLD)):
        comparer.step(i / FPS, i / FPS, WORLD[i], hidden)
    comparer.finish()
    found = {finding.name for rep in comparer.judge.reps for finding in rep.findings}
    assert "hip_drop" in found
    assert not found & {"heels", "ankles"}


def test_a_hidden_limb_is_grey_and_weighs_nothing() -> None:
    comparer = Comparer(TRACK)
    seen = VISIBLE.copy()
    seen[15] = 0.1
    frame = [comparer.step(i / FPS, i / FPS, WORLD[i], seen) for i in range(90)][-1]
    limb = frame.limbs[[b.name for b in rules().bones].index("left_forearm")]
    assert limb.colour == "grey"
    assert limb.weight == 0
    assert math.isnan(limb.angle)


def test_in_the_mirror_the_arrow_is_on_the_clients_own_side() -> None:
    bone = next(b for b in rules().bones if b.name == "left_upper_arm")
    wrong = mirrored(with_error(WORLD, bone, 45, np.array([0.0, 0.0, 1.0])))  # the client's own right arm
    comparer = Comparer(TRACK, mirror=True)
    frames = follow(comparer, wrong, np.random.default_rng(0), hold=mirrored(WORLD[0]))
    angles = np.mean([[limb.angle for limb in f.limbs] for f in frames if f.limbs], axis=0)
    assert rules().bones[int(angles.argmax())].name == "right_upper_arm"


def test_a_jump_of_the_video_keeps_the_lag_and_the_repetition() -> None:
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
    offset = WORLD.copy()
    offset[:, [25, 27, 29, 31], 0] += 0.04  # a left hip that the engine puts too far in
    assert score(offset, noise=0.3) > 90
    comparer = Comparer(TRACK)
    assert not comparer.calibrate([WORLD[0]] * 3, 0.0)
    worst = np.repeat(with_error(WORLD[:1], rules().bones[5], 60, np.array([0.0, 0.0, 1.0])), 40, 0)
    assert comparer.calibrate(list(worst + NOISE), 0.0)
    assert (
        max(np.degrees(np.linalg.norm(turn)) for turn in comparer._bias) <= rules().values["calibration"]["most"] + 1e-6
    )
