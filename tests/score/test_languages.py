"""Python and JavaScript give the same numbers for the same sessions."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.motion import GUESSED
from perscoach.score.comparer import Comparer
from perscoach.score.report import report_of
from perscoach.score.rules import rules
from perscoach.score.track import Track, prepare
from tests.score.people import FPS, NOISE, VISIBLE, mirrored, pitched, trainer, turned_by, with_error

MOTION, WORLD, TRACK = trainer(180)
FLOWING = prepare(dataclasses.replace(MOTION, joints_3d=np.repeat(MOTION.joints_3d[:1], len(MOTION), 0)))
"""A trainer who holds one pose: nothing repeats, so stretches are judged."""
SCRIPT = Path(__file__).with_name("score.node.mjs")


def session(seed: int, mirror: bool, track: Track, calibrated: bool) -> dict[str, Any]:
    """A session with everything in it: noise, tilt, yaw, a wrong limb, hidden joints, nobody, a jump, a pause."""
    rng = np.random.default_rng(seed)
    world = turned_by(with_error(WORLD, rules().bones[seed % 9], 35, rng.normal(size=3)), rng.uniform(-0.5, 0.5))
    world = pitched((mirrored(world) if mirror else world) * rng.uniform(0.85, 1.15), rng.uniform(-0.4, 0.4))
    steps: list[list[Any]] = []
    trainer_time = 0.0
    for i in range(len(world)):
        seen = VISIBLE.copy()
        if 40 < i < 50:
            seen[rng.integers(13, 23)] = 0.1
        if i == 130:
            trainer_time = 1.0
        rate = 0.0 if 150 < i < 160 else 1.0
        noisy = None if 60 < i < 64 else (world[max(0, i - 9)] + rng.normal(size=(33, 3)) * NOISE).ravel().tolist()
        steps.append([i / FPS + 5, trainer_time, rate, noisy, seen.tolist()])
        trainer_time += rate / FPS
    calibrate = [(world[0] + rng.normal(size=(33, 3)) * NOISE).ravel().tolist() for _ in range(30 * calibrated)]
    accepted = {"hip_drop": 0.2, "trunk_lean": -0.5} if seed % 2 else {}
    return {"track": track.to_json(), "mirror": mirror, "accepted": accepted, "calibrate": calibrate, "steps": steps}


def in_python(one: dict[str, Any]) -> tuple[list[Any], Comparer]:
    comparer = Comparer(Track.from_json(one["track"]), one["mirror"], one["accepted"])
    if one["calibrate"]:
        assert comparer.calibrate([np.array(w).reshape(33, 3) for w in one["calibrate"]], 0.0)
    frames = []
    for time, trainer_time, rate, world, seen in one["steps"]:
        points = None if world is None else np.array(world).reshape(33, 3)
        frame = comparer.step(time, trainer_time, points, np.array(seen), rate)
        numbers = [frame.form, frame.lag, frame.yaw, frame.reps, frame.attempts]
        for limb in frame.limbs:
            numbers += [limb.angle, limb.form, limb.weight, *(float(v) for v in limb.arrow)]
        frames.append((frame.state, numbers, [limb.colour for limb in frame.limbs]))
    comparer.finish()
    return frames, comparer


def test_the_browser_gives_the_same_numbers(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not on this machine")
    sessions = [session(seed, seed % 2 == 1, TRACK, seed < 3) for seed in range(5)] + [session(5, False, FLOWING, True)]
    file = tmp_path / "sessions.json"
    file.write_text(json.dumps({"rules": rules().values, "sessions": sessions}))
    run = subprocess.run([node, str(SCRIPT), str(file)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    for one, answer in zip(sessions, json.loads(run.stdout), strict=True):
        frames, comparer = in_python(one)
        assert len(frames) == len(answer["frames"])
        for mine, theirs in zip(frames, answer["frames"], strict=True):
            assert (mine[0], mine[2]) == (theirs[0], theirs[2])
            close(mine[1], theirs[1])
        rest = comparer.judge.finder.rest
        assert rest is not None
        close([*rest.level.ravel(), rest.signal, rest.feet, *rest.values, *rest.lengths], answer["standing"])
        close(comparer.lags, answer["lags"])
        assert len(comparer.judge.reps) == len(answer["repetitions"]) > 0
        for rep, (kind, numbers) in zip(comparer.judge.reps, answer["repetitions"], strict=True):
            assert rep.kind == kind
            found = [v for f in rep.findings for v in (f.off, f.mark, f.amount)]
            close([rep.start, rep.turn, rep.stop, *rep.at, rep.share, rep.form, *rep.groups.values(), *found], numbers)
        report = report_of(comparer)
        numbers = [report.form, report.timing, report.late, report.unsteady, report.tempo, report.coverage, report.reps]
        numbers += [report.attempts, report.trainer_reps, *report.groups.values(), *report.limbs.values()]
        close([math.nan if v is None else v for v in numbers], answer["report"])  # type: ignore[misc]


def close(mine: list[float], theirs: list[float | None]) -> None:
    assert len(mine) == len(theirs)
    for a, b in zip(mine, theirs, strict=True):
        assert (math.isnan(a) and b is None) or abs(a - b) < 1e-6, (a, b)  # type: ignore[operator]


def test_a_frame_takes_little_time(tmp_path: Path) -> None:
    """The page scores between two pictures of the camera: under half a millisecond a frame, and room for slow machines."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not on this machine")
    one = session(0, False, TRACK, True)
    one["steps"] = [[step[0] + 7 * i, *step[1:]] for i in range(5) for step in one["steps"]]
    file = tmp_path / "sessions.json"
    file.write_text(json.dumps({"rules": rules().values, "sessions": [one]}))
    run = subprocess.run([node, str(SCRIPT), str(file)], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout)[0]["ms"] < 3


def test_guessed_legs_are_not_scored(tmp_path: Path) -> None:
    """The trainer's legs are outside the picture: whatever the client's legs do, the page gives the same result."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not on this machine")
    seen = MOTION.seen.copy()
    seen[:, 25:] = GUESSED  # knees and what hangs on them
    unseen = prepare(dataclasses.replace(MOTION, seen=seen))
    lame = WORLD.copy()
    lame[:, 25:] = WORLD[:1, 25:]  # the legs of the client stay straight
    both = []
    for world in (WORLD, lame):
        steps = [[i / FPS, i / FPS, 1.0, one.ravel().tolist(), VISIBLE.tolist()] for i, one in enumerate(world)]
        calibrate = [world[0].ravel().tolist()] * 30
        for track in (unseen, TRACK):
            one = {"track": track.to_json(), "mirror": False, "accepted": {}, "calibrate": calibrate, "steps": steps}
            both.append(one)
    file = tmp_path / "sessions.json"
    file.write_text(json.dumps({"rules": rules().values, "sessions": both}))
    run = subprocess.run([node, str(SCRIPT), str(file)], capture_output=True, text=True, check=True)
    moving, seen_moving, still, seen_still = (answer["report"][0] for answer in json.loads(run.stdout))
    assert moving is not None and moving > 80, "what was seen of the trainer is scored"
    assert abs(moving - still) < 2, "guessed legs are not"
    assert seen_still is None or seen_moving - seen_still > 10, "legs that were seen are"
