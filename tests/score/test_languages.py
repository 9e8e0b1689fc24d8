"""Python and JavaScript give the same numbers for the same sessions."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.score.comparer import Comparer
from perscoach.score.report import report_of
from perscoach.score.rules import rules
from tests.score.people import FPS, NOISE, VISIBLE, mirrored, trainer, turned_by, with_error

_, WORLD, TRACK = trainer(150)
SCRIPT = Path(__file__).with_name("score.node.mjs")


def session(seed: int, mirror: bool) -> dict[str, Any]:
    """A session with everything in it: noise, yaw, a wrong limb, hidden joints, nobody, a jump, a pause."""
    rng = np.random.default_rng(seed)
    world = turned_by(with_error(WORLD, rules().bones[seed % 9], 35, rng.normal(size=3)), rng.uniform(-0.5, 0.5))
    world = (mirrored(world) if mirror else world) * rng.uniform(0.85, 1.15)
    steps: list[list[Any]] = []
    trainer_time = 0.0
    for i in range(len(world)):
        seen = VISIBLE.copy()
        if 40 < i < 50:
            seen[rng.integers(11, 33)] = 0.1
        if i == 100:
            trainer_time = 1.0
        rate = 0.0 if 120 < i < 130 else 1.0
        noisy = None if 60 < i < 64 else (world[max(0, i - 9)] + rng.normal(size=(33, 3)) * NOISE).ravel().tolist()
        steps.append([i / FPS + 5, trainer_time, rate, noisy, seen.tolist()])
        trainer_time += rate / FPS
    calibrate = [(world[0] + rng.normal(size=(33, 3)) * NOISE).ravel().tolist() for _ in range(30)]
    return {"track": TRACK.to_json(), "mirror": mirror, "calibrate": calibrate, "steps": steps}


def in_python(one: dict[str, Any]) -> tuple[list[Any], Comparer]:
    comparer = Comparer(TRACK, one["mirror"])
    assert comparer.calibrate([np.array(w).reshape(33, 3) for w in one["calibrate"]], 0.0)
    frames = []
    for time, trainer_time, rate, world, seen in one["steps"]:
        points = None if world is None else np.array(world).reshape(33, 3)
        frame = comparer.step(time, trainer_time, points, np.array(seen), rate)
        numbers = [frame.form, frame.lag, frame.yaw, frame.reps]
        for limb in frame.limbs:
            numbers += [limb.angle, limb.form, limb.weight, *(float(v) for v in limb.arrow)]
        frames.append((frame.state, numbers, [limb.colour for limb in frame.limbs]))
    comparer.finish()
    return frames, comparer


def test_the_browser_gives_the_same_numbers(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not on this machine")
    sessions = [session(seed, mirror=bool(seed % 2)) for seed in range(4)]
    file = tmp_path / "sessions.json"
    file.write_text(json.dumps({"rules": rules().values, "sessions": sessions}))
    done = subprocess.run([node, str(SCRIPT), str(file)], capture_output=True, text=True, check=True, timeout=120)
    for one, answer in zip(sessions, json.loads(done.stdout), strict=True):
        frames, comparer = in_python(one)
        states = {state for state, _, _ in frames}
        assert {"scored", "out", "waiting"} <= states
        for (state, numbers, colours), (other_state, other, other_colours) in zip(
            frames, answer["frames"], strict=True
        ):
            assert state == other_state
            assert colours == other_colours
            close(numbers, other)
        close(comparer.lags, answer["lags"])
        report = report_of(comparer)
        numbers = [report.form, report.timing, report.late, report.unsteady, report.coverage, report.reps]
        close([*numbers, report.trainer_reps, *report.limbs.values()], answer["report"])  # type: ignore[list-item]
        assert len(comparer.windows) == len(answer["windows"]) > 0
        for window, theirs in zip(comparer.windows, answer["windows"], strict=True):
            close([window.start, window.stop, window.form, window.weight, *window.limbs], theirs)


def close(mine: list[float], theirs: list[float | None]) -> None:
    assert len(mine) == len(theirs)
    for a, b in zip(mine, theirs, strict=True):
        assert (math.isnan(a) and b is None) or abs(a - b) < 1e-6  # type: ignore[operator]
