"""Progress, rate and time left; the cancel file."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from perscoach.core.errors import Cancelled
from perscoach.core.progress import Quiet
from perscoach.jobs.job import CANCEL_FILE
from perscoach.jobs.monitor import FileMonitor, Pace


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


def _monitor(folder: Path) -> FileMonitor:
    return FileMonitor(folder, {"progress": {}, "notes": [], "status": "running"})


def test_progress_reaches_the_file_and_the_end_always_does(tmp_path: Path) -> None:
    monitor = _monitor(tmp_path)
    for i in range(101):
        monitor.report("matte", i, 100)
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["progress"]["matte"]["done"] == 100
    assert run["stage"] == "matte"


def test_notes_stand_once(tmp_path: Path) -> None:
    monitor = _monitor(tmp_path)
    monitor.note("Turned by 90°.", "Повёрнуто на 90°.")
    monitor.note("Turned by 90°.", "Повёрнуто на 90°.")
    assert json.loads((tmp_path / "run.json").read_text())["notes"] == [["Turned by 90°.", "Повёрнуто на 90°."]]


def test_a_full_disk_costs_a_progress_line_not_the_work(tmp_path: Path) -> None:
    monitor = _monitor(tmp_path)
    (tmp_path / "run.json").mkdir()  # cannot be replaced by a file
    monitor.report("matte", 1, 100)
    monitor.note("one")
    with pytest.raises(OSError):
        monitor.write()


def test_threads_may_report_at_once(tmp_path: Path) -> None:
    monitor = _monitor(tmp_path)

    def work(stage: str) -> None:
        for i in range(200):
            monitor.report(f"{stage}{i}", 1, 1)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(json.loads((tmp_path / "run.json").read_text())["progress"]) == 800


def test_who_listens_beside_hears_and_can_stop(tmp_path: Path) -> None:
    class Beside(Quiet):
        heard: list[str] = []

        def report(self, stage: str, done: int, total: int) -> None:
            self.heard.append(stage)

        def check(self) -> None:
            raise Cancelled

    monitor = FileMonitor(tmp_path, {"progress": {}, "notes": []}, Beside())
    monitor.report("pose", 1, 2)
    assert Beside.heard == ["pose"]
    with pytest.raises(Cancelled):
        monitor.check()


def test_the_cancel_file_stops_within_a_moment(tmp_path: Path) -> None:
    monitor = _monitor(tmp_path)
    monitor.check()
    (tmp_path / CANCEL_FILE).touch()
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
