"""Making, finding, listing, changing and deleting jobs."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from perscoach.core.errors import JobError, SettingsError
from perscoach.core.files import held
from perscoach.core.names import is_token
from perscoach.grade import Grade
from perscoach.jobs import Job, Workspace, runs
from perscoach.jobs.state import BUSY_FILE
from perscoach.recipe import Recipe
from tests.jobs.states import put


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def _source(tmp_path: Path, name: str = "my clip.mp4") -> Path:
    path = tmp_path / name
    path.write_bytes(b"not read here")
    return path


def _contrast(recipe: Recipe, contrast: float) -> Recipe:
    return dataclasses.replace(recipe, grade=Grade(contrast=contrast))


def test_a_job_is_found_again_with_its_settings(workspace: Workspace, tmp_path: Path) -> None:
    job = workspace.create("anna", "Приседания", _source(tmp_path))
    assert job.edit(lambda recipe: _contrast(recipe, 1.3)).grade.contrast == job.state.recipe.grade.contrast == 1.3
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
    "token", ["", "..", "../jobs", "a" * 22 + "/..", "x" * 21, "x" * 22 + "\n", None, 5, "a/b" * 8, "x" * 22]
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
    put(first, created=1.0)
    put(second, created=2.0)
    assert [j.name for j in workspace.jobs_of("a")] == ["2", "1"]


def test_a_recipe_of_another_version_hides_no_other_job(workspace: Workspace) -> None:
    odd, sound = workspace.create("a", "1"), workspace.create("a", "2")
    with workspace.database.changing() as connection:
        connection.execute("UPDATE jobs SET recipe = '{\"future\": {}}' WHERE token = ?", (odd.token,))
    assert [j.token for j in workspace.jobs_of("a")] == [sound.token]
    with pytest.raises(JobError, match="future"):
        workspace.open(odd.token)


@pytest.mark.parametrize(("given_name", "kept"), [("  Squat  ", "Squat"), ("a\x00b\n", "ab"), ("x" * 200, "x" * 80)])
def test_names_are_cleaned(workspace: Workspace, given_name: str, kept: str) -> None:
    job = workspace.create("a", "before")
    job.rename(given_name)
    assert workspace.open(job.token).name == job.name == kept


@pytest.mark.parametrize("name", [" \n", "\ud800"])
def test_an_empty_name_is_refused(workspace: Workspace, name: str) -> None:
    job = workspace.create("a", "before")
    with pytest.raises(JobError):
        job.rename(name)
    assert workspace.open(job.token).name == "before"


def test_an_edit_that_is_refused_changes_nothing(workspace: Workspace) -> None:
    job = workspace.create("a", "x")

    def refuse(recipe: Recipe) -> Recipe:
        raise SettingsError("clip.too_small")

    with pytest.raises(SettingsError):
        job.edit(refuse)
    assert workspace.open(job.token).state.recipe == Recipe()
    job.edit(lambda recipe: _contrast(recipe, 1.2))  # and the next one is stored
    assert workspace.open(job.token).state.recipe.grade.contrast == 1.2


def test_an_edit_sees_what_another_object_stored(workspace: Workspace) -> None:
    job = workspace.create("a", "before")
    other = workspace.open(job.token)
    other.rename("after")
    other.edit(lambda recipe: dataclasses.replace(recipe, pose=dataclasses.replace(recipe.pose, skip=3)))
    job.edit(lambda recipe: _contrast(recipe, 1.5))
    final = workspace.open(job.token)
    assert (final.name, final.state.recipe.grade.contrast, final.state.recipe.pose.skip) == ("after", 1.5, 3)


EDITOR = """
import dataclasses, pathlib, sys
from perscoach.jobs import Workspace
job = Workspace(pathlib.Path(sys.argv[1])).open(sys.argv[2])
for _ in range(40):
    job.edit(lambda recipe: dataclasses.replace(
        recipe, pose=dataclasses.replace(recipe.pose, skip=recipe.pose.skip % 8 + 1)))
"""


def test_no_edit_is_lost_beside_submissions_and_another_process(workspace: Workspace, tmp_path: Path) -> None:
    """Sliders moved in two processes while *Run* and *Stop* are pressed: every edit counts one up."""
    job = workspace.create("a", "x")
    pressed = 0

    def press() -> None:
        nonlocal pressed
        while not done.is_set():
            runs.submit(job)
            runs.cancel(job)
            pressed += 1

    def move() -> None:
        own = workspace.open(job.token)
        for _ in range(40):
            own.edit(lambda recipe: _contrast(recipe, round(recipe.grade.contrast + 0.001, 3)))

    done = threading.Event()
    other = subprocess.Popen([sys.executable, "-c", EDITOR, str(tmp_path), job.token])
    pressing = threading.Thread(target=press)
    moving = [threading.Thread(target=move) for _ in range(2)]
    pressing.start()
    for thread in moving:
        thread.start()
    for thread in moving:
        thread.join()
    assert other.wait(60) == 0
    done.set()
    pressing.join()
    recipe = workspace.open(job.token).state.recipe
    assert recipe.grade.contrast == pytest.approx(Grade().contrast + 0.08) and pressed > 0
    assert recipe.pose.skip == (Recipe().pose.skip - 1 + 40) % 8 + 1


def test_a_running_job_whose_worker_is_gone_is_interrupted(workspace: Workspace) -> None:
    """A living process of that number proves nothing: after a restart of a container it is another program's."""
    job = put(workspace.create("a", "x"), submission=1, status="running", pid=1)
    assert job.state.status == "interrupted"
    with held(job.folder / BUSY_FILE):
        assert workspace.open(job.token).state.status == "running"
    assert workspace.open(job.token).state.status == "interrupted"


def test_a_full_disk_leaves_no_half_job(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(JobError):
        workspace.create("a", "x", tmp_path / "gone.mp4")
    assert list(workspace.jobs_root.iterdir()) == [] and workspace.all_jobs() == []


def test_paths_of_a_job_never_leave_its_folder(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("x")
    job = workspace.create("a", "x")
    put(job, status="done", bundle="../../secret.txt", clip="/etc/passwd", viewer="..")
    assert job.bundle() is None and job.clip() is None and job.viewer() is None


def _is_busy(job: Job) -> bool:
    with pytest.raises(JobError):
        job.workspace.delete(job)
    return job.folder.exists() and job.refresh() is not None


def test_deleting_refuses_what_waits_or_is_held(workspace: Workspace) -> None:
    job = workspace.create("a", "x")
    runs.submit(job)
    assert _is_busy(job)
    runs.cancel(job)
    with held(job.folder / BUSY_FILE):
        assert _is_busy(job)
    workspace.delete(job)
    assert not job.folder.exists()
    with pytest.raises(JobError):
        job.refresh()
