"""Presets as pictures of the frame, and own presets in the browser."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from perscoach.grade import reference
from perscoach.grade.params import Grade
from perscoach.grade.presets import BUILT_IN, by_name
from tests.ui.habits.site import STILL, grade_of, load, pictures


def test_a_preset_s_picture_is_the_reference_s(room: Any) -> None:
    assert all(picture.shape == (1, 1, 3) for picture in pictures_now(room)), "nothing is drawn before there is a frame"
    room.evaluate("room.gallery.refresh({ key: 'one', width: 40, height: 60, part: null })")
    shown = pictures(room)
    assert len(shown) == len(BUILT_IN)
    for picture, preset in zip(shown, BUILT_IN, strict=True):
        right = reference.apply(STILL[6:46] / 255.0, preset.grade) * 255  # the square of the frame, above its middle
        assert picture.shape == right.shape
        assert np.abs(picture - right).max() < 1.5, preset.key
    assert len({picture.tobytes() for picture in shown}) == len(shown), "each looks another way"
    room.evaluate("room.asked(); room.gallery.refresh({ key: 'one', width: 40, height: 60, part: null })")
    assert room.evaluate("room.asked()") == [], "the same frame is not drawn again"
    room.evaluate("room.gallery.refresh({ key: 'one', width: 40, height: 60, part: [0.25, 0.5, 0.25, 0.5] })")
    again = pictures(room)
    assert again[1].shape == (16, 16, 3)
    x, y = 7, 30  # the person's box begins at (10, 30); 1.06 times half of its height is shown
    assert min(np.abs(again[1].astype(int) - STILL[y + d : y + d + 16, x : x + 16]).max() for d in (-1, 0)) <= 1


def test_a_preset_s_picture_by_the_painter_is_the_same(room: Any) -> None:
    if not room.evaluate("room.paint()"):
        pytest.skip("no WebGL2 in this Chromium")
    room.evaluate("room.gallery.refresh({ key: 'painted', width: 40, height: 60, part: null })")
    for picture, preset in zip(pictures(room), BUILT_IN, strict=True):
        assert np.abs(picture - reference.apply(STILL[6:46] / 255.0, preset.grade) * 255).max() < 2, preset.key


def pictures_now(page: Any) -> list[np.ndarray]:
    return [
        np.zeros((w, h, 3))
        for w, h in page.evaluate("room.gallery.presets.map((p) => [p.canvas.width, p.canvas.height])")
    ]


def test_presets_by_keyboard_and_which_one_is_marked(room: Any) -> None:
    first = room.get_by_role("radio", name=BUILT_IN[0].title.en)
    assert first.get_attribute("aria-checked") == "true"
    first.focus()
    room.keyboard.press("ArrowRight")
    room.keyboard.press("ArrowRight")
    assert grade_of(room) == by_name("warm")
    marked = room.get_by_role("radio", checked=True)
    assert marked.count() == 1
    assert marked.inner_text() == BUILT_IN[2].title.en
    assert room.evaluate("document.activeElement.getAttribute('aria-checked')") == "true"
    assert room.locator(".pcc-gallery-row [tabindex='0']").count() == 1
    room.keyboard.press("Control+z")
    assert grade_of(room) == by_name("neutral")
    room.locator("#pcc-contrast").focus()
    room.keyboard.press("ArrowRight")
    assert room.get_by_role("radio", checked=True).count() == 0
    room.evaluate("room.noStill(); room.gallery.refresh({ key: 'lost', width: 40, height: 60 })")  # the picture is gone
    room.wait_for_function("room.gallery.waiting.length === 0")


def test_own_presets_stay_in_the_browser(room: Any) -> None:
    room.evaluate("room.put({ ...room.grade(), contrast: 1.4 })")
    assert room.evaluate("room.gallery.add('  <b>My\\u202e gym</b>  ', room.grade())") is True
    assert room.evaluate("room.gallery.add('bad', { contrast: 99 })") is False
    load(room)
    own = room.get_by_role("radio", name="My preset: <b>My gym</b>")
    own.click()
    assert grade_of(room).contrast == 1.4
    room.get_by_role("button", name="Rename").click()
    room.keyboard.type("Вечер")
    room.keyboard.press("Enter")
    assert room.get_by_role("radio", name="My preset: Вечер").get_attribute("aria-checked") == "true"
    assert room.evaluate("JSON.parse(localStorage.getItem('perscoach.presets')).map((p) => p.name)") == ["Вечер"]
    room.get_by_role("button", name="Delete").click()
    assert room.get_by_role("radio", name="My preset").count() == 0
    room.keyboard.press("Enter")  # the focus is on "Bring back"
    assert room.get_by_role("radio", name="My preset: Вечер").count() == 1
    kept = room.evaluate(
        "for (let i = 0; i < 40; i++) room.gallery.add(`p${i}`, room.grade()); room.gallery.own.length"
    )
    assert kept == 24
    assert "24" in room.evaluate("room.log.at(-1)")


def test_stored_presets_that_are_none_are_left_out(room: Any) -> None:
    stored = [
        "",
        "null",
        "{}",
        "5",
        "x",
        "[1, null, {}]",
        '[{"name": 5, "grade": {}}]',
        '[{"name": "a", "grade": {"contrast": 1}}]',
    ]
    many = json.dumps([{"name": f"p{i}", "grade": dataclasses.asdict(Grade())} for i in range(60)])
    assert (
        room.evaluate("(all) => all.map((text) => room.presetsFrom(text, room.parameters).length)", [*stored, None])
        == [0] * 9
    )
    assert len(room.evaluate("(text) => room.presetsFrom(text, room.parameters)", many)) == 24
    twice = json.dumps(json.loads(many)[:1] * 2)
    assert room.evaluate("(text) => room.presetsFrom(text, room.parameters).length", twice) == 1
