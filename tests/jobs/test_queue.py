"""The queue beside a second app, on a full disk, and after a worker was killed."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from perscoach.core.errors import JobError
from perscoach.core.files import is_held
from perscoach.core.places import EXAMPLE
from perscoach.jobs import Job, JobQueue, Workspace, runs
from perscoach.jobs.runs import Claim
from perscoach.jobs.state import BUSY_FILE
from perscoach.jobs.worker import run_job
from perscoach.media import IngestSettings
from perscoach.recipe import Recipe
from tests.jobs.states import put

SHORT = Recipe(ingest=IngestSettings(trim_end=0.2))


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[JobQueue]:
    made = JobQueue(Workspace(tmp_path))
    made.start()
    yield made
    made.stop()


def _job(queue: JobQueue) -> Job:
    return queue.workspace.create("a", "x", EXAMPLE)


def _wait(queue: JobQueue, job: Job, *states: str) -> str:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        status = queue.workspace.open(job.token).state.status
        if status in states:
            return status
        time.sleep(0.05)
    raise AssertionError(queue.workspace.open(job.token).state)


def test_a_job_that_cannot_begin_does_not_end_the_queue(queue: JobQueue) -> None:
    broken, sound = _job(queue), _job(queue)
    (broken.folder / "log.txt").mkdir()  # as on a full disk: the worker's log cannot be opened
    queue.submit(broken, ("clip",), lambda _: SHORT)
    queue.submit(sound, ("clip",), lambda _: SHORT)
    assert _wait(queue, sound, "done", "failed") == "done"
    assert _wait(queue, broken, "failed") == "failed"
    error = queue.workspace.open(broken.token).state.error
    assert error is not None and error.en != error.ru


def test_a_job_that_another_app_works_on_is_left_to_it(queue: JobQueue) -> None:
    job = _job(queue)
    with runs.claim(Workspace(queue.workspace.root), job.token, ("clip",)):
        with pytest.raises(JobError):
            queue.submit(job, ("clip",))
        with pytest.raises(JobError):
            run_job(job)
        queue.cancel(job)
        assert job.refresh().state.cancel  # the other one reads it


def test_a_job_that_another_app_has_done_is_not_done_again(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    job = workspace.create("a", "x", EXAMPLE)
    first, second = JobQueue(workspace), JobQueue(workspace)
    first.submit(job, ("clip",), lambda _: SHORT)
    second.start()  # takes what waits in the folder
    try:
        _wait(second, job, "done")
        before = job.refresh().state
        first.start()
        time.sleep(0.5)
        assert first.position(job) is None
        assert job.refresh().state == before
    finally:
        first.stop()
        second.stop()


def _group(leader: int) -> list[int]:
    """The living processes of a group."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == leader and fields[0] != "Z":
                found.append(int(folder.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_the_encoders_of_a_killed_worker_end_with_it(queue: JobQueue) -> None:
    job = _job(queue)
    queue.submit(job, ("clip",))
    end = time.monotonic() + 30
    pid = 0
    while len(_group(pid)) < 2 or not pid:  # the worker and its ffmpeg
        assert time.monotonic() < end
        pid = queue.workspace.open(job.token).state.pid
        time.sleep(0.01)
    os.kill(pid, 9)
    assert _wait(queue, job, "failed") == "failed"
    assert not _group(pid)
    assert not is_held(job.folder / BUSY_FILE)


def test_cancelling_is_felt_while_the_clip_is_prepared(queue: JobQueue) -> None:
    job = _job(queue)
    queue.submit(job, ("clip",))
    _wait(queue, job, "running", "done")
    begun = time.monotonic()
    queue.cancel(job)
    _wait(queue, job, "cancelled", "done")
    assert time.monotonic() - begun < 10


class _Deadly:
    """A runner whose work is killed at once, and one that ignores every request to stop."""

    def __init__(self, code: int | None) -> None:
        self.code = code
        self.started = 0
        self.ended = 0

    def start(self, claim: Claim) -> _Deadly:
        self.started += 1
        return self

    def poll(self) -> int | None:
        return self.code

    def end(self) -> None:
        self.ended += 1


def test_the_runner_can_be_replaced_and_a_death_is_written_for_it(tmp_path: Path) -> None:
    runner = _Deadly(-9)
    queue = JobQueue(Workspace(tmp_path), runner=runner)
    queue.start()
    try:
        job = _job(queue)
        queue.submit(job)
        assert _wait(queue, job, "failed") == "failed"
        assert (runner.started, runner.ended) == (1, 1) and job.refresh().state.tries == 1
    finally:
        queue.stop()


def test_a_worker_that_does_not_listen_is_ended_within_a_second(tmp_path: Path) -> None:
    """Also where the request came from another app: the flag stands in the database."""
    runner = _Deadly(None)
    queue = JobQueue(Workspace(tmp_path), runner=runner)
    queue.start()
    try:
        job = _job(queue)
        queue.submit(job)
        end = time.monotonic() + 10
        while runner.started == 0 and time.monotonic() < end:
            time.sleep(0.01)
        put(job, cancel=1)
        begun = time.monotonic()
        assert _wait(queue, job, "cancelled") == "cancelled"
        assert time.monotonic() - begun < 2 and runner.ended == 1
    finally:
        queue.stop()


def test_the_queue_goes_on_after_an_error_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = JobQueue(Workspace(tmp_path), runner=_Deadly(1))
    job = _job(queue)
    order = runs.waiting
    failures = iter([JobError("jobs.database_locked"), RuntimeError("odd")])

    def waiting(workspace: Workspace) -> list[str]:
        for failure in failures:
            raise failure
        return order(workspace)

    queue.submit(job)
    monkeypatch.setattr("perscoach.jobs.queue._IDLE", 0.05)
    monkeypatch.setattr(runs, "waiting", waiting)
    queue.start()
    try:
        assert _wait(queue, job, "failed") == "failed"
    finally:
        queue.stop()


def test_a_job_whose_folder_is_gone_fails_and_holds_nobody_up(tmp_path: Path) -> None:
    queue = JobQueue(Workspace(tmp_path), runner=_Deadly(1))
    gone, sound = _job(queue), _job(queue)
    queue.submit(gone)
    queue.submit(sound)
    shutil.rmtree(gone.folder)
    queue.start()
    try:
        assert _wait(queue, sound, "failed") == _wait(queue, gone, "failed") == "failed"
        error = gone.refresh().state.error
        assert error is not None and "clip again" in error.en
    finally:
        queue.stop()
