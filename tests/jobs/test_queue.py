"""The queue beside a second app, on a full disk, and after a worker was killed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from perscoach.core.errors import JobError
from perscoach.core.files import held, is_held
from perscoach.core.places import EXAMPLE
from perscoach.jobs import Job, JobQueue, Workspace
from perscoach.jobs.job import BUSY_FILE, CANCEL_FILE
from perscoach.jobs.worker import run_job
from perscoach.media import IngestSettings
from perscoach.recipe import Recipe

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
    queue.submit(broken, SHORT, ("clip",))
    queue.submit(sound, SHORT, ("clip",))
    assert _wait(queue, sound, "done", "failed") == "done"
    assert _wait(queue, broken, "failed") == "failed"
    error = queue.workspace.open(broken.token).state.error
    assert error is not None and error[1] != error[0]


def test_a_job_that_another_app_works_on_is_left_to_it(queue: JobQueue) -> None:
    job = _job(queue)
    with held(job.folder / BUSY_FILE):
        with pytest.raises(JobError):
            queue.submit(job, SHORT, ("clip",))
        with pytest.raises(JobError):
            run_job(job)
        queue.cancel(job)
        assert (job.folder / CANCEL_FILE).exists()  # the other one hears it
    assert not (job.folder / "run.json").exists()


def test_a_job_that_another_app_has_done_is_not_done_again(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    job = workspace.create("a", "x", EXAMPLE)
    first, second = JobQueue(workspace), JobQueue(workspace)
    first.submit(job, SHORT, ("clip",))
    second.start()  # takes what waits in the folder
    try:
        _wait(second, job, "done")
        before = (job.folder / "run.json").stat().st_mtime_ns
        first.start()
        time.sleep(0.5)
        assert first.position(job) is None
        assert (job.folder / "run.json").stat().st_mtime_ns == before
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
    queue.submit(job, Recipe(), ("clip",))
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
    queue.submit(job, Recipe(), ("clip",))
    _wait(queue, job, "running", "done")
    begun = time.monotonic()
    queue.cancel(job)
    _wait(queue, job, "cancelled", "done")
    assert time.monotonic() - begun < 10
