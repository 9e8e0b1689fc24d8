"""The Colour step in headless Chromium: what is on the canvas is the reference's picture of the slider's last value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.grade import reference
from perscoach.grade.params import RANGES, Grade
from tests.ui.colour_step import (
    canvas,
    canvas_once,
    colours_clip,
    drag,
    frame_of,
    grade_of,
    largest_error,
    painted,
    settled,
)
from tests.ui.hits import covered

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(chromium: Any, app_settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The step on a job made from a small generated clip."""
    from perscoach.ui.colour.alone import serve_alone

    with serve_alone(app_settings, colours_clip(tmp_path_factory.mktemp("clip"))) as alone:
        yield alone


@pytest.fixture
def step(served: Any, page: Any) -> Any:
    """The page with its picture painted. Each test has its own: the room draws smaller pictures once a page was slow."""
    return painted(page, served)


def check_canvas(served: Any, page: Any) -> None:
    settled(page)
    assert largest_error(served, page) < 1


def test_the_first_picture_is_v11_s(served: Any, step: Any) -> None:
    assert grade_of(step) == Grade()
    check_canvas(served, step)
    assert step.locator(".pcc-box").get_attribute("data-screen") == "gl"
    step.get_by_role("button", name="Show before").dispatch_event("pointerdown")
    frame = frame_of(served, step)
    assert np.array_equal(canvas_once(step, lambda shown: np.array_equal(shown[..., :3], frame))[..., :3], frame)
    step.get_by_role("button", name="Show before").dispatch_event("pointerup")


def test_the_last_value_of_a_fast_drag_is_shown_and_stored(served: Any, step: Any) -> None:
    drag(step, "lab_lift", 40, last=0.9)
    assert grade_of(step).lab_lift > 80
    check_canvas(served, step)
    step.wait_for_function("document.querySelector('.pcc-state').textContent === 'Saved with the clip'")
    stored = served.context.workspace.open(served.job.token).state.recipe.grade
    assert stored == grade_of(step)
    step.reload()
    step.wait_for_selector(".pc-colour[data-frame]", timeout=30000)
    assert grade_of(step) == stored, "a reload brings the stored numbers back"
    step.locator(".pcc-all").click()
    assert grade_of(step) == Grade()
    check_canvas(served, step)


def stored(served: Any) -> Grade:
    return served.context.workspace.open(served.job.token).state.recipe.grade


def test_nothing_is_sent_while_a_slider_is_held(served: Any, step: Any) -> None:
    step.locator(".pcc-all").click()
    step.wait_for_timeout(600)
    sent: list[str] = []
    held_at: list[int] = []

    def held(on: bool) -> None:
        if on:
            step.on("request", lambda request: sent.append(request.url))
        else:
            step.wait_for_timeout(700)  # longer than anything waits before it stores
            held_at.append(len(sent))

    drag(step, "contrast", 30, last=0.8, held=held)
    assert held_at == [0], sent
    step.wait_for_function("document.querySelector('.pcc-state').textContent === 'Saved with the clip'")
    assert sent and stored(served) == grade_of(step), "letting go stores it"


def test_steps_back_and_two_versions(served: Any, step: Any) -> None:
    """Undo by keyboard, B beside A; what is shown is what is stored."""
    step.locator(".pcc-all").click()
    drag(step, "lab_lift", 12, last=0.9)
    lifted = grade_of(step)
    assert lifted.lab_lift > 80
    step.keyboard.press("Control+z")
    check_canvas(served, step)
    assert grade_of(step) == Grade(), "one drag is one step"
    step.keyboard.press("Control+Shift+z")
    assert grade_of(step) == lifted
    step.keyboard.press("b")
    step.get_by_role("radio", name="Cooler").click()
    cool = grade_of(step)
    assert cool != lifted
    step.keyboard.press("a")
    check_canvas(served, step)
    assert grade_of(step) == lifted
    step.get_by_role("button", name="Compare A and B").click()
    frame = frame_of(served, step)
    left = int(frame.shape[1] * 0.45)
    other = reference.apply(frame[:, :left] / 255.0, cool) * 255

    def parted(shown: np.ndarray) -> bool:
        return shown.shape[:2] == frame.shape[:2] and np.abs(other - shown[:, :left, :3]).max() <= 2

    assert parted(canvas_once(step, parted)), "left of the divider stands the other version"
    step.get_by_role("button", name="Compare", exact=True).click()
    step.wait_for_function("document.querySelector('.pcc-state').textContent === 'Saved with the clip'")
    assert stored(served) == lifted


def test_the_clip_plays_graded_and_stops_on_an_exact_frame(served: Any, step: Any) -> None:
    if not step.evaluate("""document.createElement("video").canPlayType('video/mp4; codecs="avc1.640028"')"""):
        pytest.skip("this Chromium has no H.264")
    step.evaluate(
        """() => {
          window.seen = new Set();
          const root = document.querySelector(".pc-colour");
          root.addEventListener("perscoach:painted", (event) => { if (event.detail.live) seen.add(event.detail.index); });
        }"""
    )
    step.keyboard.press("Space")
    step.wait_for_function("seen.size >= 6", timeout=20000)
    moving = canvas(step)[..., :3].astype(float)
    index = int(step.locator(".pc-colour").get_attribute("data-frame") or 0)
    graded = [
        reference.apply(served.job.clip().frame(i) / 255.0, grade_of(step)) * 255 for i in (index, (index + 1) % 20)
    ]
    if moving.shape == graded[0].shape:  # a slow machine draws moving pictures smaller
        assert min(np.abs(picture - moving).mean() for picture in graded) < 4
    step.keyboard.press("Space")
    check_canvas(served, step)


def test_any_grade_equals_the_reference(served: Any, step: Any) -> None:
    for grade in (Grade(0.3, 2, 100, 1.3, 0.7), Grade(-0.3, 0.5, 0, 0.7, 1.3), Grade(0, 1, 0, 1, 1)):
        for name in RANGES:
            step.locator(f"#pcc-{name}-number").fill(str(getattr(grade, name)))
        step.keyboard.press("Tab")
        assert grade_of(step) == grade
        check_canvas(served, step)


def test_keyboard_number_and_reset(served: Any, step: Any) -> None:
    slider, number = step.locator("#pcc-contrast"), step.locator("#pcc-contrast-number")
    step.locator(".pcc-all").click()
    slider.focus()
    step.keyboard.press("ArrowRight")
    assert grade_of(step).contrast == pytest.approx(1.13)
    number.fill("9")
    step.keyboard.press("Tab")
    assert grade_of(step).contrast == 2
    assert number.input_value() == "2"
    step.get_by_role("button", name="Reset Contrast").click()
    assert grade_of(step) == Grade()
    check_canvas(served, step)
    assert step.get_by_label("Shadow lift", exact=True).count() == 1


def test_another_frame(served: Any, step: Any) -> None:
    step.locator("#pcc-frame").focus()
    step.keyboard.press("End")
    step.wait_for_selector(".pc-colour[data-frame='19']", timeout=10000)
    check_canvas(served, step)
    assert "Frame 20 of 20 · 1.90 s" in step.inner_text(".pcc-time")


def test_presets_are_chosen_saved_and_loaded(served: Any, step: Any, tmp_path: Path) -> None:
    step.get_by_role("radio", name="Cooler").click()
    check_canvas(served, step)
    step.locator("details:has(.pcc-file) > summary").last.click()
    step.get_by_label("Name of the preset").fill("My gym")
    with step.expect_download() as saved:
        step.get_by_role("button", name="Save as preset").click()
    path = tmp_path / saved.value.suggested_filename
    saved.value.save_as(path)
    assert path.name == "My_gym.json"
    cool = grade_of(step)
    step.locator(".pcc-all").click()
    step.get_by_label("Load preset").last.set_input_files(str(path))
    step.wait_for_function("document.querySelector('.pcc-status').textContent.includes('My gym')")
    assert grade_of(step) == cool
    (tmp_path / "bad.json").write_text(json.dumps({"schema": "perscoach.grade/1", "grade": {"contrast": 99}}))
    step.get_by_label("Load preset").last.set_input_files(str(tmp_path / "bad.json"))
    step.wait_for_selector(".pcc-status.pcc-bad")
    assert grade_of(step) == cool, "a bad preset changes nothing"
    with step.expect_download() as cube:
        step.get_by_role("button", name="Download as .cube").click()
    assert cube.value.suggested_filename == "My_gym.cube"
    step.locator(".pcc-all").click()


def test_before_after_and_a_hostile_name(served: Any, step: Any, tmp_path: Path) -> None:
    step.get_by_role("button", name="Compare", exact=True).click()
    handle = step.get_by_role("slider", name="Divider between before and after")
    handle.focus()
    step.keyboard.press("ArrowLeft")
    assert handle.get_attribute("aria-valuenow") == "48"
    frame = frame_of(served, step)
    border = round(frame.shape[1] * 0.48)

    def as_filmed(shown: np.ndarray) -> bool:
        return np.array_equal(shown[:, : border - 1, :3], frame[:, : border - 1])

    shown = canvas_once(step, as_filmed)[..., :3]
    assert as_filmed(shown), "left of the divider it is as filmed"
    assert np.abs(shown[:, border + 1 :].astype(int) - frame[:, border + 1 :]).mean() > 5
    step.get_by_role("button", name="Compare", exact=True).click()
    before = step.get_by_role("button", name="Show before")
    before.focus()
    for way, pressed in ((step.keyboard.press, "Space"), (before.dispatch_event, None)):
        way(pressed or "pointerdown")
        assert np.array_equal(canvas_once(step, lambda shown: np.array_equal(shown[..., :3], frame))[..., :3], frame)
        way(pressed or "pointerup")
        settled(step)
        canvas_once(
            step, lambda shown: shown.shape[:2] == frame.shape[:2] and not np.array_equal(shown[..., :3], frame)
        )
        assert largest_error(served, step) < 1
    hostile = tmp_path / "x.json"
    name = "<img src=x onerror=window.pwned=1>${window.pwned=1}{{window.pwned=1}}"
    hostile.write_text(json.dumps({"schema": "perscoach.grade/1", "name": name, "grade": {}}))
    step.get_by_label("Load preset").last.set_input_files(str(hostile))
    step.wait_for_function("document.querySelector('.pcc-status').textContent.includes('onerror')")
    assert step.evaluate("window.pwned") is None


def test_one_to_one_shows_the_clip_s_own_pixels(served: Any, step: Any) -> None:
    step.get_by_role("button", name="1:1").click()
    step.wait_for_function("document.querySelector('.pcc-paper').style.width === '160px'")
    check_canvas(served, step)
    ratio = step.evaluate("document.querySelector('.pcc-after').getBoundingClientRect().width")
    assert ratio == pytest.approx(160, abs=1)


def test_nothing_covers_a_control_at_any_scroll_position(served: Any, step: Any) -> None:
    for width, height in ((1280, 800), (1440, 900), (1000, 700), (390, 844)):
        step.set_viewport_size({"width": width, "height": height})
        settled(step)
        assert not covered(step, ".pcc-desk", ".pcc-look" if width < 861 else "")
        step.evaluate("window.scrollTo({ top: 600, behavior: 'instant' })")
        stage, play = (step.locator(name).bounding_box() for name in (".pcc-box", ".pcp-play"))
        assert stage["y"] >= -1 and play["y"] + play["height"] <= height, "picture and transport stay in sight together"
        if width >= 1200:
            scope, slider = (step.locator(name).bounding_box() for name in (".pci-scope", "#pcc-contrast"))
            assert stage["x"] + stage["width"] <= scope["x"] and scope["x"] + scope["width"] <= slider["x"]
            assert scope["y"] >= 0 and scope["y"] + scope["height"] <= height


def test_russian_on_a_phone_fits(served: Any, chromium: Any) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="ru-RU")
    context.add_cookies([served.cookie])
    page = context.new_page()
    page.goto(served.url)
    page.wait_for_selector(".pc-colour[data-frame]", timeout=30000)
    assert "Подъём теней" in page.inner_text(".pcc-controls")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("#pcc-blue_reduce").scroll_into_view_if_needed()
    page.evaluate("document.getElementById('pcc-blue_reduce').scrollIntoView({block: 'end'})")
    top = page.evaluate("document.querySelector('.pcc-box').getBoundingClientRect().top")
    assert -1 <= top < 400, "the picture stays in sight while a slider below it moves"
    context.close()
