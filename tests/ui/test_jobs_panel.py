"""The list of earlier clips: until when each stays, and the button that goes on with one that stopped."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from perscoach.jobs import Workspace, runs
from perscoach.jobs.keeping import Keeper, Policy
from perscoach.jobs.state import TRIES
from perscoach.ui.controls import resume_key
from perscoach.ui.jobs.panel import day_text, jobs_html
from tests.jobs.states import put

DAY = 86400.0


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.mark.parametrize(
    ("language", "day", "words"), [("en", "December 14", "kept until"), ("ru", "14 декабря", "хранится до")]
)
def test_the_day_of_removal_stands_in_the_list(workspace: Workspace, language: str, day: str, words: str) -> None:
    moment = time.mktime((2026, 12, 14, 12, 0, 0, 0, 0, -1))
    assert day_text(moment, language) == day
    job = put(workspace.create("a", "x"), status="done", changed=moment - 14 * DAY)
    page = jobs_html([job], None, language, Keeper(workspace, Policy(days=14)))
    assert f"{words} {day}" in page and "pc-warn" not in page


def test_a_removal_for_space_is_announced_as_a_warning(workspace: Workspace) -> None:
    now = time.time()
    job = put(workspace.create("a", "x"), status="done", leaves=now + 3 * DAY)
    page = jobs_html([job], None, "en", Keeper(workspace, Policy()))
    assert "pc-warn" in page and day_text(now + 3 * DAY, "en") in page
    runs.submit(job)  # it is used: nothing is announced while it waits, nor afterwards
    assert "kept" not in jobs_html([job.refresh()], None, "en", Keeper(workspace, Policy()))
    runs.cancel(job)
    assert "pc-warn" not in jobs_html([job.refresh()], None, "en", Keeper(workspace, Policy()))


def test_only_what_stopped_can_be_continued(workspace: Workspace) -> None:
    job = put(workspace.create("a", "x"), status="done")
    assert 'data-do="resume"' not in jobs_html([job], None, "en")
    page = jobs_html([put(job, status="cancelled")], None, "en")
    assert 'data-do="resume"' in page and "Resume" in page


@pytest.mark.parametrize(("language", "words"), [("en", "Try once more"), ("ru", "Попробовать ещё раз")])
def test_a_job_that_was_given_up_offers_one_more_try(workspace: Workspace, language: str, words: str) -> None:
    job = put(workspace.create("a", "x"), status="failed", tries=TRIES, error=["a", "b"])
    assert resume_key(job) == "bundle.try_once_more"
    assert words in jobs_html([job], None, language)
    runs.submit(job, resume=True)
    assert resume_key(job.refresh()) == "bundle.resume" and job.state.status == "queued"
