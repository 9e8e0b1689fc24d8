"""Workspaces of versions that kept a job's state in ``job.json`` and ``run.json``."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perscoach.core.errors import JobError
from perscoach.grade import Grade
from perscoach.jobs import Job, Workspace
from perscoach.mirror import share
from perscoach.recipe import Recipe

RECIPE = Recipe(grade=Grade(contrast=1.3))


def old_job(root: Path, job: Any = None, run: Any = None) -> Path:
    """A job's folder as earlier versions wrote it; ``job`` and ``run`` change fields, or are the files' text."""
    folder = root / "jobs" / secrets.token_urlsafe(16)
    folder.mkdir(parents=True)
    (folder / "source.mp4").write_bytes(b"clip")
    words: dict[str, Any] = {
        "schema": 1,
        "owner": "anna",
        "name": "Squat",
        "created": 1.7e9,
        "request": 2,
        "queued": 1.7e9,
    }
    words |= {"recipe": RECIPE.to_json(), "wanted": ["clip", "bundle"]}
    done: dict[str, Any] = {"request": 2, "status": "done", "stage": "bundle", "notes": [["a", "b"]], "error": None}
    done |= {"progress": {"clip": {"done": 9, "total": 9}}, "clip": "clip/a.mp4", "bundle": "bundle/Squat", "pid": 77}
    (folder / "job.json").write_text(job if isinstance(job, str) else json.dumps(words | (job or {})))
    if run is not False:
        (folder / "run.json").write_text(run if isinstance(run, str) else json.dumps(done | (run or {})))
    return folder


def opened(root: Path, folder: Path) -> Job:
    return Workspace(root).open(folder.name)


def test_a_job_is_taken_over_whole_and_once(tmp_path: Path) -> None:
    folder = old_job(tmp_path)
    state = opened(tmp_path, folder).state
    assert (state.owner, state.name, state.created, state.status) == ("anna", "Squat", 1.7e9, "done")
    assert (state.recipe, state.wanted, state.submission) == (RECIPE, ("clip", "bundle"), 2)
    assert (state.clip, state.bundle, [note.ru for note in state.notes]) == ("clip/a.mp4", "bundle/Squat", ["b"])
    assert sorted(path.name for path in folder.iterdir()) == ["source.mp4"]
    job = opened(tmp_path, folder)
    job.rename("Lunge")
    assert opened(tmp_path, folder).name == "Lunge"


@pytest.mark.parametrize(
    ("job", "run", "status"),
    [
        ({"request": 3}, {}, "queued"),  # submitted, not begun
        ({"request": 3, "queued": 0}, {}, "cancelled"),
        ({}, {"status": "running"}, "interrupted"),
        ({}, {"status": "failed", "error": ["a", "b"]}, "failed"),
        ({}, {"status": "what"}, "failed"),
        ({"request": 0}, False, "new"),
    ],
)
def test_every_state_is_taken_over(tmp_path: Path, job: Any, run: Any, status: str) -> None:
    assert opened(tmp_path, old_job(tmp_path, job, run)).state.status == status


def test_a_kill_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    """The process ends before its n-th removal of a file, or its n-th commit, for every n; the next one finishes."""
    script = (
        "import os, sys, sqlite3, pathlib\n"
        "from perscoach.jobs import Workspace\n"
        "left = int(sys.argv[2])\n"
        "unlink = pathlib.Path.unlink\n"
        "def counted(path, missing_ok=False):\n"
        "    global left\n"
        "    left -= 1\n"
        "    if left == 0: os._exit(9)\n"
        "    unlink(path, missing_ok=missing_ok)\n"
        "pathlib.Path.unlink = counted\n"
        "Workspace(pathlib.Path(sys.argv[1]))\n"
    )
    for moment in (1, 2, 3, 4, 6):
        root = tmp_path / str(moment)
        folders = [old_job(root, {"name": f"job {i}"}) for i in range(2)]
        ended = subprocess.run([sys.executable, "-c", script, str(root), str(moment)], check=False)
        assert ended.returncode == 9, moment
        workspace = Workspace(root)
        for i, folder in enumerate(folders):
            state = workspace.open(folder.name).state
            assert (state.name, state.status, state.bundle, state.recipe) == (
                f"job {i}",
                "done",
                "bundle/Squat",
                RECIPE,
            )
            assert not (folder / "job.json").exists() and not (folder / "run.json").exists()


def test_a_link_goes_on_working(tmp_path: Path) -> None:
    folder, other = old_job(tmp_path), old_job(tmp_path)
    (folder / "bundle" / "Squat").mkdir(parents=True)
    link, ended = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
    (folder / "share.json").write_text(json.dumps({"token": link}))
    (other / "share.json").write_text(json.dumps({"token": ended}))  # its place is gone: the link had ended
    (tmp_path / "shares").mkdir()
    (tmp_path / "shares" / hashlib.sha256(link.encode()).hexdigest()).write_text(folder.name)
    workspace = Workspace(tmp_path)
    found = share.resolve(workspace, link)
    assert found == folder / "bundle" / "Squat"
    assert share.share(workspace, workspace.open(folder.name)) == link
    assert share.resolve(workspace, ended) is None
    assert not (tmp_path / "shares").exists()


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "null", '{"owner": 5}', '{"owner": "a", "created": NaN}', '{"owner": "a", "created": 1e400}',
     '{"owner": "a", "request": 1' + "0" * 400 + "}", '{"owner": "a", "request": -1}', '{"owner": "a", "queued": "x"}',
     '{"owner": "a", "wanted": 5}', '{"owner": "a", "created": true}', "[" * 100_000, '{"x": "' + "y" * (5 << 20) + '"}'],
)  # fmt: skip
def test_a_damaged_job_stays_out_and_stops_no_other(tmp_path: Path, text: str) -> None:
    damaged, sound = old_job(tmp_path, text), old_job(tmp_path)
    workspace = Workspace(tmp_path)
    assert [job.token for job in workspace.all_jobs()] == [sound.name]
    with pytest.raises(JobError):
        workspace.open(damaged.name)
    assert (damaged / "source.mp4").exists() and (damaged / "job.json").exists()


@pytest.mark.parametrize(
    "part", [{"grade": {"contrast": 99}}, {"grade": {"contrast": float("nan")}}, {"new": {}}, 5, None]
)
def test_damaged_settings_cost_the_settings_alone(tmp_path: Path, part: Any) -> None:
    text = json.dumps({"owner": "anna", "name": "Squat", "recipe": part})
    if "NaN" in text:  # not JSON at all: the whole file is refused
        return
    state = opened(tmp_path, old_job(tmp_path, text)).state
    assert (state.name, state.recipe, state.bundle) == ("Squat", Recipe(), "bundle/Squat")
    assert state.status == "failed" and state.error is not None


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"request": NaN}', '{"request": 1e999}', '{"notes": 5}', '{"error": ["x"]}', '{"stage": 7}']
)
def test_a_damaged_outcome_costs_no_result(tmp_path: Path, text: str) -> None:
    folder = old_job(tmp_path, run=text)
    for place in ("bundle/Squat/bundle.json", "clip/a.mp4", "viewer/viewer.bin"):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(b"x")
    state = opened(tmp_path, folder).state
    assert (state.bundle, state.clip, state.viewer) == ("bundle/Squat", "clip/a.mp4", "viewer/viewer.bin")
    assert state.status == "failed" and state.error is not None and state.recipe == RECIPE


WORDS = ["recipe", "grade", "contrast", "owner", "name", "request", "created", "queued", "wanted", "progress", "notes",
         "error", "status", "stage", "clip", "bundle", "viewer", "report"]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=True) | st.integers() | st.text(max_size=8) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(job=VALUES, run=st.binary(max_size=100) | VALUES)
def test_whatever_the_files_hold_the_workspace_opens(tmp_path: Path, job: Any, run: Any) -> None:
    root = tmp_path / secrets.token_hex(6)
    words = json.dumps({"owner": "anna", **job} if isinstance(job, dict) else job)
    folder = old_job(root, words, False)
    (folder / "run.json").write_bytes(run if isinstance(run, bytes) else json.dumps(run).encode())
    sound = old_job(root)
    workspace = Workspace(root)
    assert sound.name in [each.token for each in workspace.all_jobs()]
    try:
        state = workspace.open(folder.name).state
    except JobError as error:
        assert error.en and error.ru
    else:
        assert isinstance(state.recipe, Recipe)
        json.dumps([note.en for note in state.notes])


def test_two_processes_may_open_it_at_once(tmp_path: Path) -> None:
    folders = [old_job(tmp_path, {"name": f"job {i}"}) for i in range(20)]
    script = "import sys, pathlib; from perscoach.jobs import Workspace; Workspace(pathlib.Path(sys.argv[1]))"
    both = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], env=os.environ) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    workspace = Workspace(tmp_path)
    assert {job.name for job in workspace.all_jobs()} == {f"job {i}" for i in range(20)}
    assert all(workspace.open(folder.name).state.bundle == "bundle/Squat" for folder in folders)
