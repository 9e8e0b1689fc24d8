"""Suggest: what it does to good and to poor pictures of people, and what it says."""

from __future__ import annotations

import re
from dataclasses import astuple

import numpy as np
import pytest

from perscoach.grade import reference
from perscoach.grade.advice.cast import SKIN_BAND, cast_of, guess, name_of
from perscoach.grade.advice.clipping import burns, clipped, restrained
from perscoach.grade.advice.difference import to_lab
from perscoach.grade.advice.subject import Subject
from perscoach.grade.advice.suggest import suggest
from perscoach.grade.params import NEUTRAL, Grade
from tests.grade.advice.people import BLACK, BROWN_SKIN, LIGHT_SKIN, NAVY, apart, codes, person, worse


def skin_lightness(subject: Subject, grade: Grade = NEUTRAL) -> float:
    return float(np.median(to_lab(reference.apply(subject.rgb, grade))[subject.skin, 0]))


def skin_hue(subject: Subject, grade: Grade = NEUTRAL) -> float:
    a, b = np.median(to_lab(reference.apply(subject.rgb, grade))[subject.skin, 1:], axis=0)
    return float(np.degrees(np.arctan2(b, a)))


@pytest.mark.parametrize("skin", [LIGHT_SKIN, BROWN_SKIN], ids=["light", "brown"])
def test_a_good_picture_is_left_alone(skin: tuple[float, float, float]) -> None:
    found = suggest(person(skin))
    assert found.grade == NEUTRAL, found.messages
    expected = "grade.house_stays" if burns(person(skin).rgb, Grade()) else "grade.fine"
    assert [remark.id for remark in found.messages] == [expected]


def test_no_suggestion_clips_more_than_allowed_and_a_look_that_burns_is_never_called_fine() -> None:
    """A bright person near the upper end: the house look burns the skin, and so would a lift towards the aim."""
    rng = np.random.default_rng(3)
    for level in np.linspace(0.5, 0.97, 12):
        rgb = np.clip(np.array([1.0, 0.86, 0.76]) * level + rng.normal(0, 0.06, (3000, 3)), 0, 1)
        rgb[:600] *= 0.3  # dark clothes
        subject = Subject(rgb, np.arange(3000) >= 600)
        found = suggest(subject)
        assert not burns(rgb, found.grade), (level, found.grade)
        ids = {remark.id for remark in found.messages}
        assert ("grade.fine" in ids) <= (not burns(rgb, Grade())), level
    assert burns(rgb, Grade()) and ids & {"grade.house_burns", "grade.house_stays"}


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [
        ([[0.5, 0.5, 0.5], [1.0, 0.4, 0.4]], 0.5),  # one channel is enough
        ([[0.0, 0.4, 0.4], [0.4, 0.4, 0.003]], 0.5),  # 0.003 is written as code 1
        ([[254.6 / 255, 0.4, 0.4]], 1.0),  # written as 255
    ],
)
def test_clipped_counts_pixels_with_a_channel_at_an_end(rgb: list[list[float]], expected: float) -> None:
    assert clipped(np.array(rgb)) == expected


def test_a_grade_that_burns_is_moved_towards_neutral_and_no_farther() -> None:
    rgb = np.repeat(np.linspace(0.05, 0.93, 500)[:, None], 3, axis=1)
    strong = Grade(0.2, 1.3, 0.0, 1.0, 1.0)
    held = restrained(rgb, strong)
    assert burns(rgb, strong) and not burns(rgb, held)
    assert held.contrast > 1.0 and held.brightness_boost > 0.0
    assert restrained(rgb, NEUTRAL) == NEUTRAL


@pytest.mark.parametrize(
    ("skin", "kind"),
    [
        *((LIGHT_SKIN, kind) for kind in ("dark", "cold", "flat", "green")),
        *((BROWN_SKIN, kind) for kind in ("dark", "warm", "magenta")),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value[0]}",
)
def test_a_poor_picture_gets_better(skin: tuple[float, float, float], kind: str) -> None:
    good = person(skin)
    poor = worse(good, kind)
    found = suggest(poor)
    assert apart(poor, good.rgb, found.grade) < 0.75 * apart(poor, good.rgb), (found.grade, found.messages)
    assert [reason.slider for reason in found.reasons] == [
        name
        for name, value, plain in zip(Grade.__annotations__, astuple(found.grade), astuple(NEUTRAL), strict=True)
        if value != plain
    ], "one reason for every slider that moves"


def test_dark_is_made_brighter_and_dark_skin_stays_dark() -> None:
    poor = worse(person(BROWN_SKIN), "dark")
    found = suggest(poor)
    assert found.grade.brightness_boost > 0.05
    assert re.match(
        r"The person is dark \(lightness \d+, aim \d+\), so brightness goes up by 0\.\d+\.", found.messages[0].en
    )
    assert re.match(
        r"Человек тёмный \(светлота \d+, нужно \d+\), поэтому яркость поднимаем на 0,\d+\.", found.messages[0].ru
    )
    assert skin_lightness(poor) < 20 < skin_lightness(poor, found.grade) < 45
    assert skin_lightness(person(BROWN_SKIN), found.grade) > 45, "that grade would bleach skin in good light"


def test_too_bright_is_made_darker() -> None:
    good = person()
    poor = Subject(codes(reference.srgb_to_linear(good.rgb) * 2.6), good.skin)
    found = suggest(poor)
    assert skin_lightness(poor) - skin_lightness(poor, found.grade) > 5
    assert found.grade.brightness_boost < 0 or found.grade.contrast < 1


def test_casts_move_red_and_blue_and_bring_skin_to_its_line() -> None:
    for kind, name in (("green", "green"), ("magenta", "magenta")):
        poor = worse(person(), kind)
        assert not SKIN_BAND[0] < skin_hue(poor) < SKIN_BAND[1]
        found = suggest(poor)
        assert {reason.slider for reason in found.reasons} & {"red_boost", "blue_reduce"}
        assert abs(found.grade.brightness_boost) <= 0.05
        assert found.grade.lab_lift == 0
        assert SKIN_BAND[0] < skin_hue(poor, found.grade) < SKIN_BAND[1]
        assert f"The skin leans to {name} (hue " in " ".join(remark.en for remark in found.messages)
    assert name_of(np.array([0.2, -0.3])).en == "orange"
    assert name_of(np.array([-0.2, 0.3])).en == "blue"


def test_flat_gets_contrast() -> None:
    found = suggest(worse(person(), "flat"))
    assert found.grade.contrast > 1.2
    assert any(remark.id == "grade.why_flat" for remark in found.messages)


def test_without_skin_the_clothes_decide_and_it_is_said() -> None:
    poor = worse(person(None, BLACK), "warm")
    found = suggest(poor)
    assert found.grade.blue_reduce > 1.1
    assert found.messages[-1].id == "grade.no_skin"
    assert not re.search("[a-z]", " ".join(remark.ru for remark in found.messages))


def test_the_guess_of_the_light_follows_the_light() -> None:
    plain = guess(person(LIGHT_SKIN, NAVY))
    for shift in ((0.3, -0.4), (-0.3, 0.25), (-0.25, -0.25)):
        good = person(LIGHT_SKIN, NAVY)
        lit = Subject(codes(reference.srgb_to_linear(good.rgb) * 0.6 * np.exp([shift[0], 0, shift[1]])), good.skin)
        assert np.hypot(*(guess(lit) - plain - shift)) < 0.6 * np.hypot(*shift)
    assert np.array_equal(cast_of(person()), np.zeros(2))


def test_one_colour_alone_breaks_nothing() -> None:
    for value in (0.0, 0.5, 1.0):
        found = suggest(Subject(np.full((400, 3), value), np.zeros(400, bool)))
        assert np.isfinite(astuple(found.grade)).all()
