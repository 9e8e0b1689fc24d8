"""From a submission to an outcome, without a worker: order, limits, claims, tries."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from perscoach.core.errors import JobError
from perscoach.core.messages import message
from perscoach.grade import Grade
from perscoach.jobs import Job, Workspace, runs
from perscoach.jobs.runs import Limits, fair_order
from perscoach.jobs.state import TRIES
from tests.jobs.states import put


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def crash(job: Job) -> None:
    """A run that ends without an outcome, as after ``kill -9`` of everything."""
    with runs.claim(job.workspace, job.token):
        pass
    assert job.refresh().state.status == "interrupted"


# submitting ------------------------------------------------------------------------------------------------------------


def test_a_submission_runs_with_the_newest_recipe(workspace: Workspace) -> None:
    job = workspace.create("a", "x")
    workspace.open(job.token).edit(lambda recipe: dataclasses.replace(recipe, grade=Grade(contrast=1.4)))
    runs.submit(job, ("clip",))  # ``job`` was read before that edit
    assert workspace.open(job.token).state.recipe.grade.contrast == 1.4


def test_a_refused_submission_stores_none_of_its_edit(workspace: Workspace) -> None:
    job = workspace.create("a", "x")
    with pytest.raises(JobError):
        runs.submit(job, ("clip",), lambda r: dataclasses.replace(r, grade=Grade(contrast=1.4)), Limits(0, 0))
    assert job.refresh().state.recipe.grade == Grade() and job.state.status == "new"


def test_a_submission_clears_the_last_outcome(workspace: Workspace) -> None:
    job = put(workspace.create("a", "x"), status="failed", error=["a", "b"], leaves=1.0, cancel=1)
    runs.submit(job, ("bundle", "clip", "nonsense"))
    state = job.refresh().state
    assert (state.status, state.error, state.leaves, state.cancel) == ("queued", None, None, False)
    assert state.wanted == ("clip", "bundle")


@pytest.mark.parametrize(
    ("before", "owner", "expected"),
    [
        ("aaa", "a", "jobs.own_queue_full"),
        ("aaa", "b", None),
        ("aaabb", "c", "jobs.queue_full"),
        ("aabb", "a", None),
    ],
)
def test_waiting_jobs_are_limited_for_each_and_for_all(
    workspace: Workspace, before: str, owner: str, expected: str | None
) -> None:
    for name in before:
        runs.submit(workspace.create(name, "x"))
    job = workspace.create(owner, "x")
    if expected is None:
        runs.submit(job, limits=Limits(5, 3))
        return
    with pytest.raises(JobError) as refusal:
        runs.submit(job, limits=Limits(5, 3))
    assert refusal.value.message.id == expected


def test_a_job_waits_once(workspace: Workspace) -> None:
    job = workspace.create("a", "x")
    runs.submit(job)
    with pytest.raises(JobError):
        runs.submit(job)


# order -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("queued", "served", "order"),
    [
        ("a1 a2 a3", {}, "a1 a2 a3"),
        ("a1 a2 a3 b1", {}, "a1 b1 a2 a3"),
        ("a1 a2 b1 b2 c1", {}, "a1 b1 c1 a2 b2"),
        ("a1 b1", {"a": 9.0, "b": 5.0}, "b1 a1"),  # b was served longer ago
        ("a1 b1 a2 b2", {"a": 9.0}, "b1 a1 b2 a2"),
    ],
)
def test_owners_take_turns(queued: str, served: dict[str, float], order: str) -> None:
    assert fair_order([(token[0], token) for token in queued.split()], served) == order.split()


def test_one_owner_s_many_jobs_hold_nobody_up(workspace: Workspace) -> None:
    jobs = {name: workspace.create(name[0], name) for name in ("a1", "a2", "a3", "a4", "b1", "b2")}
    for job in jobs.values():
        runs.submit(job)
    order = []
    while waiting := runs.waiting(workspace):
        with runs.claim(workspace, waiting[0]) as claim:
            order.append(claim.job.name)
            runs.finish(workspace, claim.job.token, "done")
    assert order == ["a1", "b1", "a2", "b2", "a3", "a4"]


def test_the_order_holds_where_the_clock_is_set_back(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = workspace.create("a", "1"), workspace.create("a", "2")
    monkeypatch.setattr("time.time", lambda: 2e9)
    runs.submit(first)
    monkeypatch.setattr("time.time", lambda: 1e9)
    runs.submit(second)
    assert runs.waiting(workspace) == [first.token, second.token]


# claims ------------------------------------------------------------------------------------------------------------------


def test_a_job_is_claimed_once(workspace: Workspace, tmp_path: Path) -> None:
    job = workspace.create("a", "x")
    with pytest.raises(JobError), runs.claim(workspace, job.token):
        pytest.fail("it does not wait")
    runs.submit(job)
    with runs.claim(workspace, job.token) as claim:
        assert claim.job.state.status == "running" and claim.job.state.tries == 1
        for wanted in (None, ("clip",)):
            with pytest.raises(JobError) as refusal, runs.claim(Workspace(tmp_path), job.token, wanted):
                pytest.fail("it is held")
            assert refusal.value.message.id == "jobs.busy_elsewhere"
        with pytest.raises(JobError):
            runs.submit(job)
        runs.finish(workspace, job.token, "done", results={"clip": "clip/a.mp4", "report": {"ok": True}})
    state = job.refresh().state
    assert (state.status, state.tries, state.clip, state.report) == ("done", 0, "clip/a.mp4", {"ok": True})


def test_a_comparison_keeps_the_bundle_s_notes_and_results(workspace: Workspace) -> None:
    job = put(workspace.create("a", "x"), notes=[["a", "b"]], bundle="bundle/x", report={"ok": True}, status="done")
    with runs.claim(workspace, job.token, ("compare",)):
        runs.finish(workspace, job.token, "failed", message("jobs.no_clip"))
    state = job.refresh().state
    assert len(state.notes) == 1 and (state.bundle, state.report) == ("bundle/x", {"ok": True})
    with runs.claim(workspace, job.token, ("bundle",)):
        assert job.refresh().state.notes == ()


def test_a_stopped_job_that_waits_does_not_begin(workspace: Workspace) -> None:
    job = workspace.create("a", "x")
    runs.submit(job)
    runs.cancel(job)
    assert job.refresh().state.status == "cancelled" and runs.waiting(workspace) == []
    with pytest.raises(JobError), runs.claim(workspace, job.token):
        pytest.fail("it was stopped")


# tries -------------------------------------------------------------------------------------------------------------------


def test_a_clip_that_kills_everything_is_not_taken_up_for_ever(workspace: Workspace) -> None:
    job = workspace.create("a", "x")
    runs.submit(job)
    for _ in range(TRIES):
        crash(job)
        runs.recover(workspace)  # the app starts again
    state = job.refresh().state
    assert (state.status, state.given_up, state.tries) == ("failed", True, TRIES)
    assert state.error is not None and str(TRIES) in state.error.en and str(TRIES) in state.error.ru
    assert runs.waiting(workspace) == []
    runs.submit(job, resume=True)  # "Try once more" is one try, not three
    crash(job)
    runs.recover(workspace)
    assert job.refresh().state.given_up
    runs.submit(job)  # pressed Run, perhaps with other settings: from the beginning
    crash(job)
    runs.recover(workspace)
    assert job.refresh().state.status == "queued"


def test_an_outcome_ends_the_counting(workspace: Workspace) -> None:
    job = workspace.create("a", "x")
    runs.submit(job)
    crash(job)
    runs.recover(workspace)
    with runs.claim(workspace, job.token):
        runs.finish(workspace, job.token, "failed", message("jobs.no_clip"))
    state = job.refresh().state
    assert (state.tries, state.given_up) == (0, False)


def test_stopping_the_app_costs_the_clip_no_try(workspace: Workspace) -> None:
    job = workspace.create("a", "x")
    runs.submit(job)
    for _ in range(TRIES + 2):
        crash(job)
        runs.give_back(workspace, job.token, job.state.submission)
        runs.recover(workspace)
    assert job.refresh().state.status == "queued"


def test_a_death_counts_with_the_app_alive_too(workspace: Workspace) -> None:
    job = workspace.create("a", "x")
    for expected in ("jobs.died",) * (TRIES - 1) + ("jobs.gave_up",) * 2:
        runs.submit(job, resume=True)
        crash(job)
        runs.record_death(workspace, job.token, job.state.submission, message("jobs.died", code="-9"))
        state = job.refresh().state
        died = message("jobs.died", code="-9")
        assert state.status == "failed" and state.error is not None
        assert (state.error.en == died.en) == (expected == "jobs.died")


def test_a_death_after_a_request_to_stop_is_a_stop(workspace: Workspace) -> None:
    job = workspace.create("a", "x")
    runs.submit(job)
    with runs.claim(workspace, job.token):
        runs.cancel(job)
        assert runs.is_cancelled(workspace, job.token)
    runs.record_death(workspace, job.token, job.refresh().state.submission, message("jobs.died", code="-9"))
    assert job.refresh().state.status == "cancelled"


def test_a_death_is_not_written_over_a_newer_state(workspace: Workspace) -> None:
    job = workspace.create("a", "x")
    runs.submit(job)
    submission = job.refresh().state.submission
    with runs.claim(workspace, job.token):
        runs.record_death(workspace, job.token, submission, message("jobs.died", code="1"))  # somebody holds it
        assert job.refresh().state.status == "running"
        runs.finish(workspace, job.token, "done")
    runs.record_death(workspace, job.token, submission, message("jobs.died", code="1"))
    assert job.refresh().state.status == "done"
    runs.submit(job)
    runs.record_death(workspace, job.token, submission, message("jobs.died", code="1"))
    assert job.refresh().state.status == "queued"


def test_interrupted_jobs_come_before_later_ones(workspace: Workspace) -> None:
    first, second = workspace.create("a", "1"), workspace.create("a", "2")
    runs.submit(first)
    runs.submit(second)
    crash(first)
    runs.recover(workspace)
    assert runs.waiting(workspace) == [first.token, second.token]
