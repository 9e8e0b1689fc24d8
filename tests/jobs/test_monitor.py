"""Progress, rate and time left; the request to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from perscoach.core.errors import Cancelled, JobError
from perscoach.core.messages import Message
from perscoach.core.progress import Quiet
from perscoach.jobs import Job, Workspace, runs
from perscoach.jobs.monitor import JobMonitor, Pace


def test_pace_follows_a_steady_rate() -> None:
    pace = Pace()
    for i in range(51):
        rate, left = pace.at(i * 5, 500, now=i * 0.5)
    assert rate == pytest.approx(10)
    assert left == pytest.approx(25)


def test_pace_forgets_what_was_skipped_at_once_on_a_resume() -> None:
    pace = Pace()
    pace.at(0, 1000, now=0.0)
    pace.at(900, 1000, now=0.05)  # stored frames rush by
    for i in range(1, 41):
        rate, _ = pace.at(900 + i, 1000, now=0.05 + i)
    assert rate is not None and rate < 5


def test_pace_starts_anew_when_a_stage_starts_anew() -> None:
    pace = Pace()
    pace.at(0, 10, now=0.0)
    pace.at(10, 10, now=1.0)
    assert pace.at(0, 10, now=2.0) == (None, None)


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    """A job that this process works on."""
    workspace = Workspace(tmp_path)
    with runs.claim(workspace, workspace.create("a", "x").token, ("matte",)) as claim:
        yield claim.job


def test_progress_reaches_the_database_and_the_end_always_does(job: Job) -> None:
    monitor = JobMonitor(job)
    for i in range(101):
        monitor.report("matte", i, 100)
    state = job.refresh().state
    assert (state.progress["matte"]["done"], state.stage) == (100, "matte")


def test_notes_stand_once(job: Job) -> None:
    monitor = JobMonitor(job)
    note = Message("Turned by 90°.", "Повёрнуто на 90°.")
    monitor.note(note)
    monitor.note(note)
    assert job.refresh().state.notes == (note,)


def test_a_full_disk_costs_a_progress_line_not_the_work(job: Job) -> None:
    monitor = JobMonitor(job)
    with job.workspace.database.reading() as connection:
        connection.execute(
            "CREATE TEMP TRIGGER full_1 BEFORE UPDATE ON main.jobs BEGIN SELECT RAISE(FAIL, 'disk is full'); END"
        )
    with pytest.raises(JobError) as refusal:
        runs.write_progress(job.workspace, job.token, {}, "matte")
    assert refusal.value.message.id == "errors.disk_full"
    monitor.report("matte", 1, 100)
    monitor.note(Message("one", "один"))
    monitor.check()
    with job.workspace.database.reading() as connection:
        connection.execute("DROP TRIGGER full_1")
    monitor.report("matte", 100, 100)
    assert job.refresh().state.progress["matte"]["done"] == 100


def test_threads_may_report_at_once(job: Job) -> None:
    monitor = JobMonitor(job)

    def work(stage: str) -> None:
        for i in range(50):
            monitor.report(f"{stage}{i}", 1, 1)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(job.refresh().state.progress) == 200


def test_a_monitor_beside_receives_everything_and_can_stop(job: Job) -> None:
    class Beside(Quiet):
        heard: list[str] = []

        def report(self, stage: str, done: int, total: int) -> None:
            self.heard.append(stage)

        def check(self) -> None:
            raise Cancelled

    monitor = JobMonitor(job, Beside())
    monitor.report("pose", 1, 2)
    assert Beside.heard == ["pose"]
    with pytest.raises(Cancelled):
        monitor.check()


def test_a_request_to_stop_is_seen_within_a_moment(job: Job, tmp_path: Path) -> None:
    monitor = JobMonitor(job)
    monitor.check()
    runs.cancel(Workspace(tmp_path).open(job.token))  # as from another process
    time.sleep(0.12)
    with pytest.raises(Cancelled):
        monitor.check()


def test_a_batch_counts_for_the_time_it_took() -> None:
    """Sixteen frames every thirty seconds, reported one after the other within a moment."""
    pace = Pace()
    pace.at(0, 160, 0.0)
    for batch in (1, 2, 3):
        for frame in range(16):
            rate, left = pace.at(16 * (batch - 1) + frame + 1, 160, 30.0 * batch + 0.001 * frame)
        assert rate == pytest.approx(16 / 30, rel=0.01)
        assert left == pytest.approx((160 - 16 * batch) * 30 / 16, rel=0.01)
