"""A job is a folder: making, finding, listing, deleting and cleaning them."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perscoach.core.errors import JobError
from perscoach.core.files import held
from perscoach.core.names import is_token
from perscoach.grade import Grade
from perscoach.jobs import Job, Workspace
from perscoach.jobs.job import BUSY_FILE
from perscoach.recipe import Recipe


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def _source(tmp_path: Path, name: str = "my clip.mp4") -> Path:
    path = tmp_path / name
    path.write_bytes(b"not read here")
    return path


def test_a_job_is_found_again_with_its_settings(workspace: Workspace, tmp_path: Path) -> None:
    job = workspace.create("anna", "Приседания", _source(tmp_path))
    job.update(recipe=Recipe(grade=Grade(contrast=1.3)))
    again = Workspace(tmp_path).open(job.token)
    assert again.name == "Приседания"
    assert again.state.recipe.grade.contrast == 1.3
    assert again.source() is not None and again.source().name == "source.mp4"
    assert again.state.status == "new"


def test_the_upload_gets_our_own_name(workspace: Workspace, tmp_path: Path) -> None:
    job = workspace.create("anna", "x", _source(tmp_path, "a;rm -rf.m3u8"))
    assert job.source() is not None and job.source().name == "source.video"


def test_tokens_cannot_be_guessed_from_each_other(workspace: Workspace) -> None:
    tokens = {workspace.create("a", "x").token for _ in range(50)}
    assert len(tokens) == 50
    assert all(is_token(t) for t in tokens)


@pytest.mark.parametrize(
    "token", ["", "..", "../jobs", "a" * 22 + "/..", "x" * 21, "x" * 22 + "\n", None, 5, "a/b" * 8]
)
def test_what_is_no_token_opens_nothing(workspace: Workspace, token: object) -> None:
    with pytest.raises(JobError):
        workspace.open(token)  # type: ignore[arg-type]


def test_everyone_sees_only_his_own(workspace: Workspace) -> None:
    mine = workspace.create("anna", "one")
    workspace.create("boris", "two")
    assert [j.token for j in workspace.jobs_of("anna")] == [mine.token]
    assert workspace.jobs_of("") == []


def test_the_list_is_newest_first(workspace: Workspace) -> None:
    first, second = workspace.create("a", "1"), workspace.create("a", "2")
    first.update(created=1.0)
    second.update(created=2.0)
    assert [j.name for j in workspace.jobs_of("a")] == ["2", "1"]


@pytest.mark.parametrize(("given_name", "kept"), [("  Squat  ", "Squat"), ("a\x00b\n", "ab"), ("x" * 200, "x" * 80)])
def test_names_are_cleaned(workspace: Workspace, given_name: str, kept: str) -> None:
    job = workspace.create("a", "before")
    job.rename(given_name)
    assert workspace.open(job.token).name == kept


def test_an_empty_name_is_refused(workspace: Workspace) -> None:
    job = workspace.create("a", "before")
    with pytest.raises(JobError):
        job.rename(" \n")
    assert workspace.open(job.token).name == "before"


def test_changing_one_field_keeps_what_another_hand_changed(workspace: Workspace) -> None:
    job = workspace.create("a", "before")
    other = workspace.open(job.token)
    other.rename("after")
    job.update(recipe=Recipe(grade=Grade(contrast=1.5)))
    final = workspace.open(job.token)
    assert (final.name, final.state.recipe.grade.contrast) == ("after", 1.5)


def _run_file(job: Job, **run: object) -> None:
    (job.folder / "run.json").write_text(json.dumps({"progress": {}, "notes": [], **run}), encoding="utf-8")


def test_a_running_job_whose_worker_is_gone_is_interrupted(workspace: Workspace) -> None:
    """A living process of that number proves nothing: after a restart of a container it is another program's."""
    job = workspace.create("a", "x")
    job.update(request=1, queued=1.0)
    _run_file(job, request=1, status="running", pid=os.getpid())
    assert workspace.open(job.token).state.status == "interrupted"
    with held(job.folder / BUSY_FILE):
        assert workspace.open(job.token).state.status == "running"
    assert workspace.open(job.token).state.status == "interrupted"


def test_a_job_in_use_is_neither_deleted_nor_cleaned(workspace: Workspace, tmp_path: Path) -> None:
    job = workspace.create("a", "x")
    command_line = tmp_path / "cli" / "0123"
    command_line.mkdir(parents=True)
    with held(job.folder / BUSY_FILE), held(command_line / BUSY_FILE):
        _age(job.folder, 20)
        _age(command_line, 20)
        assert workspace.clean(14, 1) == []
        with pytest.raises(JobError):
            workspace.delete(job)
    assert set(workspace.clean(14, 1)) == {job.token, "0123"}  # the lock's file alone keeps nothing


def test_a_full_disk_leaves_no_half_job(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(JobError):
        workspace.create("a", "x", tmp_path / "gone.mp4")
    assert list(workspace.jobs_root.iterdir()) == []


def test_a_new_submission_counts_before_the_last_outcome(workspace: Workspace) -> None:
    job = workspace.create("a", "x")
    _run_file(job, request=1, status="failed", error=["a", "b"])
    job.update(request=2, queued=1.0)
    state = workspace.open(job.token).state
    assert (state.status, state.error) == ("queued", None)


def test_paths_of_a_job_never_leave_its_folder(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("x")
    job = workspace.create("a", "x")
    _run_file(job, request=0, status="done", bundle="../../secret.txt", clip="/etc/passwd", viewer="..")
    again = workspace.open(job.token)
    assert again.bundle() is None and again.clip() is None and again.viewer() is None


def test_deleting_refuses_what_runs(workspace: Workspace) -> None:
    job = workspace.create("a", "x")
    job.update(request=1, queued=1.0)
    with pytest.raises(JobError):
        workspace.delete(job)
    job.update(queued=0)
    workspace.delete(job)
    assert not job.folder.exists()


def _age(folder: Path, days: float) -> None:
    moment = time.time() - days * 86400
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (moment, moment))


def test_cleaning_goes_by_age_and_never_takes_a_running_one(workspace: Workspace) -> None:
    old, running, young = (workspace.create("a", n) for n in ("old", "running", "young"))
    running.update(request=1, queued=1.0)
    _age(old.folder, 20)
    _age(running.folder, 20)
    assert workspace.clean(14, 10**12) == [old.token]
    assert {j.token for j in workspace.all_jobs()} == {running.token, young.token}


def test_cleaning_goes_by_size_oldest_first(workspace: Workspace) -> None:
    jobs = [workspace.create("a", str(i)) for i in range(3)]
    for i, job in enumerate(jobs):
        (job.folder / "data").write_bytes(bytes(100_000))
        _age(job.folder, 3 - i)
    removed = workspace.clean(14, 230_000)
    assert removed == [jobs[0].token]


def test_cleaning_takes_damaged_folders_and_forgotten_uploads_too(workspace: Workspace, tmp_path: Path) -> None:
    damaged = workspace.create("a", "x")
    (damaged.folder / "job.json").write_text("{")
    upload = tmp_path / "uploads" / "abc"
    upload.mkdir(parents=True)
    (upload / "clip.mp4").write_bytes(b"x")
    _age(damaged.folder, 20)
    _age(upload, 20)
    assert set(workspace.clean(14, 10**12)) == {damaged.token, "abc"}
    assert not upload.exists()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.floats(allow_nan=True) | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            "recipe",
                            "grade",
                            "contrast",
                            "owner",
                            "name",
                            "request",
                            "created",
                            "wanted",
                            "progress",
                            "notes",
                            "error",
                            "status",
                            "pid",
                            "clip",
                        ]
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=12,
        ).map(lambda v: json.dumps(v).encode()),
    ),
    which=st.sampled_from(["job.json", "run.json"]),
)
def test_damaged_job_files_give_a_sentence_never_a_crash(workspace: Workspace, data: bytes, which: str) -> None:
    job = workspace.create("a", "x")
    (job.folder / which).write_bytes(data)
    try:
        again = workspace.open(job.token)
    except JobError as error:
        assert error.en and error.ru
    else:
        assert isinstance(again.state.recipe, Recipe)
        assert isinstance(again.state.status, str)
