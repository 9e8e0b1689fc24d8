"""Owners: a job opens for the browser or the login that made it, and for nobody else."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from perscoach.core.errors import JobError
from perscoach.ui.context import AppContext, load_secret
from tests.ui.asked import Asked, browser_of


def test_the_secret_is_private_and_survives_a_restart(tmp_path: Path) -> None:
    first = load_secret(tmp_path)
    assert load_secret(tmp_path) == first and len(first) == 64
    assert (tmp_path / ".secret").stat().st_mode & 0o077 == 0
    (tmp_path / ".secret").write_text("short")
    with pytest.raises(JobError, match="damaged"):
        load_secret(tmp_path)


def test_a_job_opens_for_its_owner_only(context: AppContext) -> None:
    anna, boris = browser_of(context), browser_of(context)
    job = context.workspace.create(context.owner(anna), "squat")
    assert context.open(job.token, anna).token == job.token
    said = []
    for token, request in ((job.token, boris), ("A" * 22, anna), (None, anna), (["x"], anna), ("../x", anna)):
        with pytest.raises(JobError) as refusal:
            context.open(token, request)
        said.append(refusal.value.en)
    assert len(set(said)) == 1
    with pytest.raises(JobError, match="cookie"):
        context.open(job.token, Asked())
    with pytest.raises(JobError):
        context.edit(job.token, boris, lambda recipe: recipe)
    assert context.workspace.jobs_of(context.owner(boris)) == []


def test_a_logged_in_user_is_not_the_browser_s_owner(context: AppContext) -> None:
    @dataclasses.dataclass
    class App:
        auth: Any = True
        tokens: dict[str, str] = dataclasses.field(default_factory=lambda: {"t": "anna"})
        cookie_id: str = "id"

    browser = browser_of(context)
    logged = Asked({**browser.cookies, "access-token-id": "t"}, app=App())
    assert context.owner(logged) != context.owner(browser)
    assert "anna" not in context.owner(logged)


def test_two_panels_saving_at_once_lose_nothing(context: AppContext) -> None:
    import threading

    from perscoach.grade.params import Grade
    from perscoach.pose.base import PoseSettings

    anna = browser_of(context)
    token = context.workspace.create(context.owner(anna), "squat").token

    def save(**rooms: Any) -> None:
        for _ in range(20):
            context.edit(token, anna, lambda recipe: dataclasses.replace(recipe, **rooms))

    threads = [
        threading.Thread(target=save, kwargs={"grade": Grade(contrast=1.5)}),
        threading.Thread(target=save, kwargs={"pose": PoseSettings(skip=3)}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recipe = context.open(token, anna).state.recipe
    assert (recipe.grade.contrast, recipe.pose.skip) == (1.5, 3)
