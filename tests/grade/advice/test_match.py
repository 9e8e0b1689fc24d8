"""Match: what it promises on made-up people and on a real one."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest

from perscoach.grade.advice.match import difference, match
from perscoach.grade.advice.subject import Subject
from perscoach.grade.params import NEUTRAL, RANGES
from tests.grade.advice.people import BLACK, BROWN_SKIN, LIGHT_SKIN, NAVY, RED, apart, person, worse


@pytest.mark.parametrize("kind", ["dark", "cold", "flat", "green"])
def test_a_degraded_person_comes_back_by_three_fifths(kind: str) -> None:
    good = person(BROWN_SKIN if kind in ("flat", "cold") else LIGHT_SKIN, NAVY)
    other = person(BROWN_SKIN if kind in ("flat", "cold") else LIGHT_SKIN, NAVY, seed=1, bare=0.5)  # another frame
    poor = worse(good, kind)
    found = match(poor, other)
    assert apart(poor, good.rgb, found.grade) < 0.4 * apart(poor, good.rgb), found
    assert found.after < 0.5 * found.before
    assert found.after == pytest.approx(difference(poor, other, found.grade))


def test_what_is_alike_is_left_as_filmed() -> None:
    found = match(person(), person(seed=1))
    assert match(person(), person(seed=1)) == found, "the same question has the same answer"
    assert found.grade == NEUTRAL
    assert found.before == found.after < 2.5
    assert found.messages[0].id == "grade.match_none"


def test_another_share_of_skin_moves_nothing() -> None:
    found = match(person(bare=0.15), person(seed=1, bare=0.6))
    assert apart(person(bare=0.15), person(bare=0.15).rgb, found.grade) < 1.5, found.grade


def test_other_clothes_do_not_colour_the_skin() -> None:
    red, black = person(LIGHT_SKIN, BLACK), person(LIGHT_SKIN, RED, seed=1)
    found = match(worse(red, "dark"), black)
    skin = Subject(worse(red, "dark").rgb[red.skin], np.ones(red.skin.sum(), bool))
    assert apart(skin, red.rgb[red.skin], found.grade) < 0.4 * apart(skin, red.rgb[red.skin])
    assert found.messages[-1].id == "grade.match_clothes"


def test_no_skin_and_no_person_are_said() -> None:
    dressed = person(None, NAVY)
    assert match(worse(dressed, "dark"), dressed).messages[-1].id == "grade.match_no_skin"
    scene = Subject(person(None, RED, seed=3).rgb, np.zeros(1500, bool), whole=True)
    found = match(person(), scene)
    assert found.messages[-1].id == "grade.match_whole"


def test_hopeless_references_stay_within_the_sliders() -> None:
    for colour in ((1.0, 1.0, 1.0), (0.0, 0.0, 1.0)):
        found = match(person(), Subject(np.tile(colour, (500, 1)), np.zeros(500, bool), whole=True))
        assert all(
            low <= value <= high for value, (low, high) in zip(astuple(found.grade), RANGES.values(), strict=True)
        )
        assert found.after <= found.before


def test_a_real_person_comes_back(studio_subjects: tuple[Subject, Subject]) -> None:
    good, other = studio_subjects
    for kind in ("dark", "green"):
        poor = worse(good, kind)
        found = match(poor, other)
        assert apart(poor, good.rgb, found.grade) < 0.4 * apart(poor, good.rgb), (kind, found)


@pytest.fixture(scope="module")
def studio_subjects(studio_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Subject, Subject]:
    """A real person from three frames, and from one other frame as a reference picture."""
    from perscoach.core.progress import Quiet
    from perscoach.core.settings import load_settings
    from perscoach.grade.advice.subject import subject_of_clip, subject_of_picture
    from perscoach.matting.base import MattingSettings
    from perscoach.media.ingest import ingest
    from perscoach.media.types import IngestSettings

    folder = tmp_path_factory.mktemp("studio")
    clip = ingest(studio_clip, folder / "clip.mp4", IngestSettings(0.0, 2.0), load_settings(), Quiet())
    good = subject_of_clip(clip, MattingSettings(engine="mediapipe"), folder, frames=3)
    other = subject_of_picture(clip.frame(clip.frames // 3))
    assert good.has_skin
    assert other.has_skin
    assert not other.whole
    return good, other
