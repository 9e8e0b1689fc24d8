"""The coach's own settings of the score on the package's page."""

from __future__ import annotations

from typing import Any

import pytest

from perscoach.bundles.mirror import write_mirror
from perscoach.core.errors import SettingsError
from perscoach.core.store import store_of
from perscoach.score.choice import ScoreSettings
from perscoach.ui.bundle.score import ScorePart, plan_of, row_of, settings_of
from perscoach.ui.context import AppContext
from tests.bundles.factories import Blob
from tests.score.people import trainer
from tests.ui.test_views import job_with

MOTION, _, TRACK = trainer(90)


@pytest.fixture
def job(context: AppContext) -> Any:
    """A job whose package holds the trainer's track."""
    made = job_with(context, bundle="store/bundle/k/squat", viewer="store/bundle/k/squat/mirror/body.bin")
    with store_of(made.folder).making("bundle", "k") as work:
        (work.folder / "squat").mkdir(parents=True)
        write_mirror(work.folder / "squat", MOTION, Blob(MOTION))
    return made


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_table_comes_back_as_it_was(job: Any, language: str) -> None:
    plan = plan_of(job)
    rows = [row_of(target, None, language) for target in plan.targets]
    assert settings_of("", rows, plan, language) == ScoreSettings()
    rows[0][1:] = [False, rows[0][2], 0.5, 2, "Deeper!"]
    chosen = settings_of(" Squats ", rows, plan, language)
    assert chosen == ScoreSettings("Squats", (("hip_drop", False, 0.5, 2.0, -1, "Deeper!"),))
    assert row_of(plan.targets[0], chosen.choices["hip_drop"], language) == rows[0]


@pytest.mark.parametrize(
    ("column", "value"), [(0, "nose"), (2, "sideways"), (3, 99), (4, None), (4, "x"), (5, "x" * 999)]
)
def test_what_cannot_be_is_refused(job: Any, column: int, value: Any) -> None:
    plan = plan_of(job)
    rows = [row_of(target, None, "en") for target in plan.targets]
    rows[0][column] = value
    with pytest.raises(SettingsError):
        settings_of("", rows, plan, "en")


def test_it_shows_what_the_package_holds_and_nothing_without_one(
    context: AppContext, job: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = ScorePart(context)
    monkeypatch.setattr(AppContext, "open", lambda self, token, request: job)
    box, _, table = part.follow(job.token, "a result", None)  # type: ignore[arg-type]
    assert box.visible
    assert len(table.value["data"]) == len(TRACK.plan.targets)
    assert not part.follow(job.token, "", None)[0].visible  # type: ignore[arg-type]
