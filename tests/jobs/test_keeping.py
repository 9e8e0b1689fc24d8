"""What is removed from the disk, when, and what never is."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from perscoach.core.errors import JobError
from perscoach.core.files import held
from perscoach.jobs import Job, Workspace, runs
from perscoach.jobs.keeping import Keeper, Policy
from perscoach.jobs.state import BUSY_FILE
from perscoach.jobs.uploads import clean_uploads
from tests.jobs.states import put

DAY = 86400.0
NOW = time.time()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def job_of(workspace: Workspace, days: float, size: int = 0, **columns: object) -> Job:
    """A finished job that was changed last so many days ago."""
    job = workspace.create("a", "x")
    (job.folder / "data").write_bytes(bytes(size))
    return put(job, changed=NOW - days * DAY, **{"status": "done", **columns})


def age(path: Path, seconds: float) -> None:
    for each in [*path.rglob("*"), path]:
        os.utime(each, (NOW - seconds, NOW - seconds))


def keeper(workspace: Workspace, **policy: object) -> Keeper:
    return Keeper(workspace, Policy(**policy))  # type: ignore[arg-type]


# age ---------------------------------------------------------------------------------------------------------------------


def test_jobs_go_by_age_and_never_while_they_wait_or_run(workspace: Workspace) -> None:
    old, young = job_of(workspace, 20), job_of(workspace, 13)
    waiting, held_one = job_of(workspace, 20, status="queued"), job_of(workspace, 20, status="running")
    with held(held_one.folder / BUSY_FILE):
        assert keeper(workspace).clean(NOW) == [old.token]
    assert {job.token for job in workspace.all_jobs()} == {young.token, waiting.token, held_one.token}
    assert not old.folder.exists()


def test_the_day_of_removal_is_known_beforehand(workspace: Workspace) -> None:
    job = job_of(workspace, 4)
    assert keeper(workspace).leaves(job) == pytest.approx(NOW + 10 * DAY)
    runs.submit(job)
    assert keeper(workspace).leaves(job.refresh()) is None


def test_folders_that_no_job_names_go_soon_and_damaged_old_jobs_late(workspace: Workspace) -> None:
    orphan, damaged = workspace.jobs_root / ("A" * 22), workspace.jobs_root / ("B" * 22)
    fresh = workspace.jobs_root / ("C" * 22)  # a clip is being copied into it
    for folder in (orphan, damaged, fresh):
        folder.mkdir()
    (damaged / "job.json").write_text("{")
    age(orphan, 2 * 3600)
    age(damaged, 10 * DAY)
    assert keeper(workspace).clean(NOW) == [orphan.name]
    assert set(keeper(workspace).clean(NOW + 5 * DAY)) == {damaged.name, fresh.name}


# space -------------------------------------------------------------------------------------------------------------------


def test_no_job_is_removed_for_space_unless_that_was_chosen(workspace: Workspace) -> None:
    jobs = [job_of(workspace, i, 100_000) for i in (3, 2, 1)]
    own = keeper(workspace, bytes=150_000)
    for days in (0, 2, 9):
        assert own.clean(NOW + days * DAY) == []
    assert [job.refresh().state.leaves for job in jobs] == [None] * 3
    with pytest.raises(JobError) as refusal:
        own.check_room(1, "someone")
    assert refusal.value.message.id == "jobs.no_room"


def test_one_owner_cannot_take_the_space_of_all(workspace: Workspace) -> None:
    job = job_of(workspace, 1, 100_000)
    own = keeper(workspace, bytes=1_000_000, bytes_each=150_000)
    with pytest.raises(JobError) as refusal:
        own.check_room(60_000, job.owner)
    assert refusal.value.message.id == "jobs.no_room_each"
    own.check_room(40_000, job.owner)
    own.check_room(140_000, "another")


def test_the_oldest_are_announced_and_go_only_after_the_notice(workspace: Workspace) -> None:
    oldest, middle, newest = (job_of(workspace, i, 100_000) for i in (3, 2, 1))
    own = keeper(workspace, bytes=300_000, when_full="oldest", notice_days=3.0)
    assert own.clean(NOW) == []
    assert oldest.refresh().state.leaves == pytest.approx(NOW + 3 * DAY)
    assert own.leaves(oldest) == oldest.state.leaves
    assert middle.refresh().state.leaves is newest.refresh().state.leaves is None
    assert own.clean(NOW + 2.9 * DAY) == []
    assert own.clean(NOW + 3.1 * DAY) == [oldest.token]
    assert own.clean(NOW + 9 * DAY) == []  # there is room again


def test_an_announcement_ends_with_its_reason_or_with_use(workspace: Workspace) -> None:
    oldest, middle, newest = (job_of(workspace, i, 100_000) for i in (3, 2, 1))
    own = keeper(workspace, bytes=300_000, when_full="oldest", notice_days=3.0)
    own.clean(NOW)
    oldest.edit(lambda recipe: recipe)  # it was used: another is the oldest, and gets its whole notice
    assert own.clean(NOW + 4 * DAY) == [] and middle.refresh().state.leaves == pytest.approx(NOW + 7 * DAY)
    workspace.delete(newest)
    assert own.clean(NOW + 8 * DAY) == [] and middle.refresh().state.leaves is None


def test_an_upload_never_costs_a_job(workspace: Workspace, tmp_path: Path) -> None:
    """Partial uploads far beyond the jobs' space: they go, the finished job stays."""
    job = job_of(workspace, 10, 100_000)
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    for i in range(5):
        (uploads / f"tmp{i}").write_bytes(bytes(200_000))
        os.utime(uploads / f"tmp{i}", (NOW - 120 - i, NOW - 120 - i))
    for when_full in ("refuse", "oldest"):
        own = keeper(workspace, bytes=300_000, when_full=when_full, upload_bytes=450_000, notice_days=0.01)
        removed = own.clean(NOW) + own.clean(NOW + DAY)
        assert job.token not in removed
        own.check_room(100_000, job.owner)
    assert job.folder.exists() and list(uploads.iterdir()) == []


def test_the_command_line_s_folders_go_before_any_job_and_never_in_use(workspace: Workspace, tmp_path: Path) -> None:
    job = job_of(workspace, 9, 100_000)
    used, idle = tmp_path / "cli" / "a", tmp_path / "cli" / "b"
    for folder in (used, idle):
        folder.mkdir(parents=True)
        (folder / "data").write_bytes(bytes(100_000))
    own = keeper(workspace, bytes=300_000, when_full="oldest")
    with held(used / BUSY_FILE):
        assert own.clean(NOW) == ["b"]
    assert job.refresh().state.leaves is None and used.exists()
    age(used, 20 * DAY)
    assert own.clean(NOW) == ["a"]


def test_intermediate_results_go_before_a_job_and_the_package_stays(workspace: Workspace) -> None:
    job, waiting = job_of(workspace, 1), job_of(workspace, 1, status="queued")
    for each in (job, waiting):
        for place in ("clip/a", "matte/b", "matte/c.making"):
            folder = each.folder / "store" / place
            folder.mkdir(parents=True)
            (folder / "made.json").write_text("{}")
            (folder / "data").write_bytes(bytes(50_000))
            age(folder, 2 * DAY)
    put(job, clip="store/clip/a/clip.mp4", bundle="bundle/x")
    assert keeper(workspace, bytes=10**6).clean(NOW) == []  # there is room: a setting tried before comes back at once
    own = keeper(workspace, bytes=250_000, when_full="oldest")
    assert own.clean(NOW) == [f"{job.token}/matte/b", f"{job.token}/matte/c"]
    assert (job.folder / "store" / "clip" / "a" / "data").exists()
    assert (waiting.folder / "store" / "matte" / "b").exists()


# uploads -----------------------------------------------------------------------------------------------------------------


def upload(folder: Path, name: str, size: int, idle: float) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    for each in (path, path.parent) if path.parent != folder else (path,):
        os.utime(each, (NOW - idle, NOW - idle))
    return path


def test_partial_uploads_go_when_they_are_broken_or_too_many(tmp_path: Path) -> None:
    sending = upload(tmp_path, "tmpa", 5000, 5)  # large, but it is arriving
    paused = upload(tmp_path, "tmpb", 100, 200)
    broken = upload(tmp_path, "tmpc", 100, 700)
    assert clean_uploads(tmp_path, 10_000, NOW) == [broken.name]
    assert clean_uploads(tmp_path, 4_000, NOW) == [paused.name]
    assert [path for path in tmp_path.iterdir()] == [sending]


def test_complete_uploads_stay_while_a_page_may_look_at_them(tmp_path: Path) -> None:
    fresh = upload(tmp_path, f"{'a' * 64}/clip.mp4", 5000, 100)
    hours = upload(tmp_path, f"{'b' * 64}/clip.mp4", 100, 2 * 3600)
    days = upload(tmp_path, f"{'c' * 64}/clip.mp4", 100, 2 * DAY)
    assert clean_uploads(tmp_path, 10_000, NOW) == [days.parent.name]
    assert clean_uploads(tmp_path, 1_000, NOW) == [hours.parent.name]
    assert fresh.exists()
    assert clean_uploads(tmp_path / "none", 0, NOW) == []


def test_a_link_in_the_upload_folder_is_removed_and_not_followed(tmp_path: Path) -> None:
    treasure = upload(tmp_path / "else", "x/clip.mp4", 10, 0)
    folder = tmp_path / "uploads"
    folder.mkdir()
    (folder / "link").symlink_to(treasure.parent)
    os.utime(folder / "link", (1, 1), follow_symlinks=False)
    assert clean_uploads(folder, 1000, NOW) == ["link"]
    assert treasure.exists()
