from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.core.errors import BundleError
from perscoach.score.offline import SCHEMA, Client, client_of, read_landmarks, score
from perscoach.score.rules import rules
from tests.score.people import FPS, NOISE, VISIBLE, mirrored, trainer, with_error

MOTION, WORLD, _ = trainer(180)


def client(world: np.ndarray, seed: int = 0) -> Client:
    noise = np.random.default_rng(seed).normal(size=world.shape) * NOISE
    return Client(np.arange(len(world)) / FPS, world + noise, np.tile(VISIBLE, (len(world), 1)))


def test_the_same_movement_is_found_wherever_it_starts() -> None:
    before = np.repeat(WORLD[:1], 2 * FPS, 0)
    found = score(MOTION, client(np.concatenate([before, WORLD])))
    assert abs(found.offset - 2.0) <= 0.2
    assert not found.mirror
    assert found.report.form is not None and found.report.form > 95
    assert found.report.coverage == 100
    assert found.report.reps == found.report.trainer_reps


def test_a_mirrored_client_is_noticed() -> None:
    arm = next(b for b in rules().bones if b.name == "left_upper_arm")
    joints = with_error(WORLD, arm, 40, np.array([0.0, 0.0, 1.0]))  # a movement that has a side
    motion = dataclasses.replace(MOTION, joints_3d=joints.astype(np.float32))
    found = score(motion, client(mirrored(joints)))
    assert found.mirror
    assert found.report.form is not None and found.report.form > 95


def test_another_movement_scores_low() -> None:
    report = score(MOTION, client(np.repeat(WORLD[:1], len(WORLD), 0))).report
    assert report.form is not None and report.form < 30


def test_the_report_names_what_is_wrong_and_writes_plain_json() -> None:
    world = WORLD[:1] + 0.7 * (WORLD - WORLD[:1])
    report = score(MOTION, client(world), offset=0.0).report
    assert report.worst()[0] == "hip_drop"
    assert report.measures["hip_drop"]["unit"] == "cm"
    assert -25 < report.measures["hip_drop"]["amount"] < -3
    value = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert value["groups"]["depth"] < 80 < value["groups"]["knees"]
    assert value["limbs"]["left_thigh"] < 0.8
    assert value["limbs"]["left_forearm"] is None  # the arms do what they like: nothing judges them
    assert len(value["repetitions"]) == value["reps"] + value["attempts"]
    assert not set(value["best"]) & set(value["worst"])


@pytest.mark.parametrize("pace", [0.8, 1.25])
def test_the_pace_costs_timing_and_never_form(pace: float) -> None:
    at = np.arange(0, len(WORLD) - 1, pace)
    first, share = at.astype(int), (at % 1)[:, None, None]
    found = score(MOTION, client(WORLD[first] * (1 - share) + WORLD[first + 1] * share))
    usual = score(MOTION, client(WORLD))
    assert abs((found.form or 0) - (usual.form or 0)) < 5
    assert found.reps == found.trainer_reps
    assert found.report.tempo == pytest.approx(pace, abs=0.05)
    assert (found.timing or 0) < (usual.timing or 0)


def test_all_repetitions_of_a_long_recording_count() -> None:
    found = score(MOTION, client(np.concatenate([WORLD] * 2)))
    assert found.reps == 2 * (found.trainer_reps or 0)


def test_a_motion_is_a_client_too() -> None:
    assert score(MOTION, client_of(MOTION)).report.form == pytest.approx(100, abs=1)


def saved(world: np.ndarray) -> dict[str, Any]:
    frames = [{"t": i / FPS, "world": w.ravel().round(4).tolist(), "visibility": VISIBLE.tolist(), "image": [0.5] * 66}
              for i, w in enumerate(world)]  # fmt: skip
    frames[5]["world"] = None
    return {"schema": SCHEMA, "width": 640, "height": 480, "model": "pose_landmarker_full", "frames": frames}


def test_a_saved_recording_is_read(tmp_path: Path) -> None:
    file = tmp_path / "me.json"
    file.write_text(json.dumps(saved(WORLD)))
    found = read_landmarks(file)
    assert np.isnan(found.world[5]).all()
    np.testing.assert_allclose(found.world[6], WORLD[6], atol=1e-4)
    assert score(MOTION, found).report.form > 95  # type: ignore[operator]


@pytest.mark.parametrize("change", [
    lambda v: v.update(schema="x"),
    lambda v: v.update(frames=[]),
    lambda v: v.update(frames=7),
    lambda v: v["frames"][3].update(t=0),
    lambda v: v["frames"][3].update(t="now"),
    lambda v: v["frames"][3].update(world=[1, 2]),
    lambda v: v["frames"][3].update(world=[1e9] * 99),
    lambda v: v["frames"][3].update(visibility=None),
    lambda v: v["frames"][3].pop("visibility"),
    lambda v: v["frames"][3].update(t=10**400),
    lambda v: v["frames"][3].update(t=10**30),
    lambda v: v["frames"][3].update(world=[10**400] * 99),
    lambda v: v["frames"][3].update(t=float("nan")),
    lambda v: v.update(frames={"a": 1}),
])  # fmt: skip
def test_another_file_is_refused(tmp_path: Path, change: Any) -> None:
    value = saved(WORLD[:10])
    change(value)
    file = tmp_path / "me.json"
    file.write_text(json.dumps(value))
    with pytest.raises(BundleError, match="not a recording of landmarks"):
        read_landmarks(file)


def test_no_json_at_all_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"\xff\xfe", b"[" * 100_000, b'{"schema": NaN}'):
        (tmp_path / "x.json").write_bytes(content)
        with pytest.raises(BundleError):
            read_landmarks(tmp_path / "x.json")


def test_nobody_in_the_recording_is_said() -> None:
    nobody = Client(np.arange(9) / FPS, np.full((9, 33, 3), np.nan), np.zeros((9, 33)))
    with pytest.raises(BundleError, match="Nobody"):
        score(MOTION, nobody)
