"""Choosing the trainer on the room's picture: boxes, a click, and the confirmation where one looks."""

from __future__ import annotations

import html
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from perscoach.core.errors import JobError, SettingsError
from perscoach.core.progress import Quiet
from perscoach.media.types import IngestSettings
from perscoach.people import everyone as module
from perscoach.people.clothes import BINS
from perscoach.people.everyone import Person
from perscoach.ui.matte import people as panel
from perscoach.ui.matte.people import PeopleBox, drawn, trainer_among
from tests.jobs.states import put
from tests.ui.test_colour_service import asker, small_clip

__all__ = ["small_clip"]

LEFT = Person((0.1, 0.1, 0.3, 0.9), np.eye(2, BINS**3, dtype=np.float32)[0])
RIGHT = Person((0.6, 0.1, 0.8, 0.9), np.eye(2, BINS**3, dtype=np.float32)[1])


class Known:
    """Both people in every frame; they change sides half way."""

    def __init__(self, model: Any) -> None: ...

    def people(self, rgb: Any) -> list[Person]:
        return [LEFT, RIGHT]

    def close(self) -> None: ...


@pytest.fixture
def opened(context: Any, small_clip: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[PeopleBox, Any, Any]:
    from perscoach.media.ingest import ingest

    monkeypatch.setattr(module, "Everyone", Known)
    monkeypatch.setattr(panel, "_model", lambda job: Path("none"))
    owner, request = asker(context)
    job = context.workspace.create(owner, "squat")
    ingest(small_clip, job.folder / "clip" / "clip.mp4", IngestSettings(), context.settings, Quiet())
    put(job, status="done", clip="clip/clip.mp4")
    return PeopleBox(context), job, request


def test_a_click_makes_the_person_the_trainer_of_matte_and_movement(opened: Any, context: Any) -> None:
    box, job, request = opened
    message, picture, line = box.choose(job.token, 5, (0.7, 0.5), request)
    recipe = context.open(job.token, request).state.recipe
    assert recipe.matting.trainer == recipe.pose.trainer == pytest.approx((0.7, 0.5))
    assert picture.shape == (48, 64, 3) and "role" in message
    assert html.escape(context.say("matte.people_trainer", request, people=2)) in line
    with pytest.raises(SettingsError):
        box.choose(job.token, 5, (0.45, 0.5), request)
    assert context.open(job.token, request).state.recipe.matting.trainer == pytest.approx((0.7, 0.5)), "kept"
    stranger = SimpleNamespace(cookies={}, headers={}, app=None)
    with pytest.raises(JobError):
        box.choose(job.token, 5, (0.7, 0.5), stranger)


def test_the_followed_person_is_marked_and_nobody_where_nothing_is_known(opened: Any, monkeypatch: Any) -> None:
    box, job, request = opened
    monkeypatch.setattr(panel, "followed_box", lambda job, clip, index: (0.58, 0.12, 0.81, 0.88) if index else None)
    marked, plain = box.show(job.token, 5, request)[1], box.show(job.token, 0, request)[1]
    teal = np.abs(marked.astype(int) - (45, 212, 191)).max(axis=2) < 40
    columns = np.flatnonzero(teal.any(axis=0))
    assert len(columns) and columns.min() >= 0.55 * 64, "the right one's box alone"
    white = np.abs(plain.astype(int) - (240, 240, 240)).max(axis=2) < 30
    assert white[:, :20].any() and white[:, 38:].any()


def test_which_box_is_the_trainers() -> None:
    both = [LEFT, RIGHT]
    assert trainer_among(both, (0.58, 0.12, 0.81, 0.88)) == 1
    assert trainer_among(both, (0.19, 0.49, 0.21, 0.51)) == 0, "a point that was chosen"
    assert trainer_among(both, (0.4, 0.1, 0.5, 0.9)) is None
    assert trainer_among(both, None) is None and trainer_among([], (0, 0, 1, 1)) is None


def test_boxes_survive_people_at_the_rim() -> None:
    rim = Person((0.0, 0.0, 0.001, 0.001), LEFT.clothes)
    assert drawn(np.zeros((900, 40, 3), np.uint8), [rim, RIGHT], 0, "Trainer").shape == (720, 32, 3)
