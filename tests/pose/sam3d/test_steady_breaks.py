"""Cuts, outliers and gaps: what is dropped, what is drawn through, and what nothing crosses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perscoach.pose.sam3d.parameters import BodyParameters
from perscoach.pose.sam3d.steady import LONGEST, steady
from tests.pose.sam3d.steady_scores import camera_space, centred, cut_is_a_wall, joined
from tests.pose.sam3d.steady_truth import MOVEMENTS, joints_of, seen_as

FPS = 30.0


def run(p: BodyParameters, valid: np.ndarray, strength: float = 0.4):  # type: ignore[no-untyped-def]
    return steady(p, valid, FPS, strength, joints_of, 1500.0)


@pytest.mark.parametrize("name", sorted(MOVEMENTS))
def test_strange_frames_go_and_no_others(name: str, seed: int = 0) -> None:
    seen = seen_as(MOVEMENTS[name](120, FPS, seed), FPS, seed)
    done = run(seen.p, seen.valid)
    used = done.valid & ~done.filled
    assert not (used & seen.odd).any()
    assert (seen.valid & ~seen.odd & ~used).sum() <= 2
    assert len(done.parts) == 1


def test_a_movement_without_noise_loses_nothing() -> None:
    for name, make in MOVEMENTS.items():
        done = run(make(120, FPS, 0), np.ones(120, bool))
        assert done.measures["frames_dropped"] == 0 and len(done.parts) == 1, name


@pytest.mark.parametrize("strength", [0.1, 0.4, 1.0])
def test_nothing_crosses_a_cut(strength: float) -> None:
    assert cut_is_a_wall(3, FPS, strength, 60)


def test_a_jump_cut_at_one_place_is_a_cut() -> None:
    first, second = MOVEMENTS["squat"](60, FPS, 0), MOVEMENTS["floor"](60, FPS, 0)
    second = replace(second, shape=first.shape, scale=first.scale)
    done = run(joined(first, second), np.ones(120, bool))
    assert [part[0] for part in done.parts] == [0, 60]


def test_short_gaps_are_drawn_through_and_long_ones_stay() -> None:
    truth = MOVEMENTS["squat"](200, FPS, 0)
    valid = np.ones(200, bool)
    short, long = slice(40, 40 + round(LONGEST * FPS)), slice(100, 100 + round(LONGEST * FPS) + 1)
    valid[short] = valid[long] = False
    done = run(truth, valid)
    assert done.valid[short].all() and done.filled[short].all()
    assert not done.valid[long].any() and np.isnan(done.parameters.pack()[long]).all()
    away = np.linalg.norm(
        centred(camera_space(done.parameters, done.valid))[short] - centred(camera_space(truth, valid | True))[short],
        axis=2,
    )
    assert away[:, :21].mean() < 0.03
    assert [part[1] - part[0] for part in done.parts] == [100, 200 - long.stop]


def test_with_strength_0_measured_poses_stay_bit_by_bit() -> None:
    seen = seen_as(MOVEMENTS["punches"](120, FPS, 2), FPS, 2)
    done = run(seen.p, seen.valid, 0.0)
    for name in ("global_rot", "hand_pose"):
        assert np.array_equal(getattr(done.parameters, name)[seen.valid], getattr(seen.p, name)[seen.valid])
    body = done.parameters.body_pose[seen.valid] - seen.p.body_pose[seen.valid]
    assert not body[:, :124].any() and body[:, 124:130].any()  # the lengths are bones, and locked
    assert done.measures["frames_dropped"] == 0 and done.measures["frames_filled"] > 0


@pytest.mark.parametrize("strength", [0.0, 0.4])
@pytest.mark.parametrize("pattern", ["none", "one", "two", "ends", "sparse"])
def test_hardly_any_frames(pattern: str, strength: float) -> None:
    truth = MOVEMENTS["squat"](40, FPS, 0)
    valid = np.zeros(40, bool)
    valid[{"none": [], "one": [7], "two": [7, 8], "ends": [0, 39], "sparse": list(range(0, 40, 7))}[pattern]] = True
    packed = truth.pack()
    packed[~valid] = np.nan
    done = run(BodyParameters.unpack(packed), valid, strength)
    assert done.valid[valid].all() and done.valid.sum() >= valid.sum()
    assert np.isfinite(done.parameters.pack()[done.valid]).all()
    assert all(np.isfinite(v) for v in done.measures.values())


def test_frames_a_second_do_not_change_what_is_dropped() -> None:
    for fps in (12.0, 25.0, 60.0):
        seen = seen_as(MOVEMENTS["jump"](round(5 * fps), fps, 1), fps, 1)
        done = steady(seen.p, seen.valid, fps, 0.4, joints_of, 1500.0)
        used = done.valid & ~done.filled
        assert (used & seen.odd).sum() <= (1 if fps < 20 else 0), fps
        assert (seen.valid & ~seen.odd & ~used).sum() <= 2, fps
