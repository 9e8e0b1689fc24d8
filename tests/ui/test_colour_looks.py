"""Looks in the Colour step: what the server keeps and answers, and the page in headless Chromium."""

from __future__ import annotations

import base64
import dataclasses
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.core.messages import of
from perscoach.grade import cube, lut
from perscoach.grade.cube import Cube
from perscoach.grade.look import Finish
from perscoach.grade.params import Grade
from perscoach.recipe import Recipe
from perscoach.ui.colour.looks import LookService
from perscoach.ui.colour.service import ColourService
from tests.jobs.states import stored_row
from tests.ui.colour_step import canvas, colours_clip, grade_of
from tests.ui.test_colour_service import JUNK, asker

WARM = Cube("Warm evening", lut.grid(Grade(0.05, 1.3, 20, 1.2, 0.75), 9), ((-0.1, 0.0, 0.0), (1.0, 1.0, 1.1)))
TEXT = cube.text_of(WARM)
GRADE = dataclasses.asdict(Grade())


@pytest.fixture
def opened(context: Any) -> tuple[LookService, ColourService, Any, Any]:
    """Both services, a job, and its owner's request."""
    owner, request = asker(context)
    return LookService(context), ColourService(context), context.workspace.create(owner, "squat"), request


def test_a_look_comes_in_and_is_stored_with_the_job(opened: Any, context: Any) -> None:
    service, colour, job, request = opened
    token = {"token": job.token}
    assert colour.job(token, request)["look"] is None
    answer = service.look({**token, "name": "Warm\nevening", "text": TEXT}, request)
    look = answer["look"]
    assert (look["name"], look["amount"], answer["cube"]["size"]) == ("Warm evening", 1.0, 9)
    assert answer["cube"]["domain"] == [[-0.1, 0, 0], [1, 1, 1.1]]
    values = np.frombuffer(base64.b64decode(answer["cube"]["table"]), "<f4").reshape(9, 9, 9, 3)
    assert np.array_equal(values.transpose(2, 1, 0, 3), cube.loads(TEXT).table), "red changes fastest"
    assert service.look_table({**token, "id": look["id"]}, request)["cube"] == answer["cube"]
    assert colour.job(token, request)["look"] is None, "read, not yet chosen"

    half = {**look, "amount": 0.5}
    assert colour.save({**token, "grade": GRADE, "look": half}, request) == {"grade": GRADE, "look": half}
    assert context.workspace.open(job.token).state.recipe.look.amount == 0.5
    assert colour.save({**token, "grade": GRADE}, request)["look"] == half, "left out: it stays"
    assert colour.job(token, request)["look"] == half
    both = colour.cube({**token, "name": "Both", "grade": GRADE, "look": half}, request)
    assert both["text"] == Finish(Grade(), cube.loads(TEXT), 0.5).text("Both")
    assert colour.save({**token, "grade": GRADE, "look": None}, request)["look"] is None
    assert not context.workspace.open(job.token).state.recipe.look.id


def test_junk_ends_in_two_sentences_and_changes_nothing(opened: Any) -> None:
    service, colour, job, request = opened
    token = {"token": job.token}
    before = stored_row(job)
    asked = [(service.look, {**token, "name": "x", "text": junk}) for junk in JUNK]
    asked += [(service.look, {**token, "name": junk, "text": "LUT_3D_SIZE 2"}) for junk in JUNK]
    asked += [(service.look_table, {**token, "id": junk}) for junk in [*JUNK, "0" * 64]]
    looks = [*JUNK[1:], {"id": "0" * 64}, {"id": "../x"}, {"id": "0" * 64, "amount": 2}, {"id": "0" * 64, "file": "/x"}]
    looks.remove({})  # no look at all
    asked += [(ask, {**token, "grade": GRADE, "look": junk}) for junk in looks for ask in (colour.save, colour.cube)]
    for ask, data in asked:
        answer = ask(data, request)
        assert list(answer) == ["error"], (data, answer)
        assert all(answer["error"])
        assert "went wrong" not in answer["error"][0], data
    assert stored_row(job) == before
    assert not list(job.folder.rglob("*.cube"))


def test_nobody_else_s_job(opened: Any, context: Any) -> None:
    service, _, job, request = opened
    look = service.look({"token": job.token, "name": "", "text": TEXT}, request)["look"]
    _, stranger = asker(context)
    for ask, data in ((service.look, {"text": TEXT}), (service.look_table, {"id": look["id"]})):
        assert ask({"token": job.token, **data}, stranger)["error"][0].startswith("This clip no longer exists")


def test_every_text_is_in_both_languages_and_used() -> None:
    folder = Path(__file__).resolve().parents[2] / "perscoach" / "ui" / "colour"
    code = "".join((folder / name).read_text(encoding="utf-8") for name in ("looks.mjs", "colour.mjs"))
    for key, (english, russian) in of("ui_colour_look").items():
        assert english
        assert any("а" <= c <= "я" for c in russian.lower()), key
        assert f'"{key}"' in code or key.startswith("colour_look_amount"), f"{key} is not used"


# the page -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(chromium: Any, app_settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The step on a job made from a small generated clip."""
    from perscoach.ui.colour.alone import serve_alone

    with serve_alone(app_settings, colours_clip(tmp_path_factory.mktemp("clip"), 1)) as alone:
        yield alone


@pytest.fixture
def step(served: Any, page: Any) -> Any:
    """The page with its picture painted, its looks in sight and none of them on."""
    served.context.workspace.open(served.job.token).edit(lambda _: Recipe())
    page.context.add_cookies([served.cookie])
    open_step(served, page)
    return page


def open_step(served: Any, page: Any, query: str = "") -> None:
    page.goto(served.url + query)
    page.wait_for_selector(".pc-colour[data-frame]", timeout=30000)
    page.evaluate("document.querySelector('.pcl').closest('details').open = true")


def stored(served: Any) -> Any:
    return served.context.workspace.open(served.job.token).state.recipe.look


def wait_saved(page: Any) -> None:
    page.wait_for_function("document.querySelector('.pcc-state').textContent === 'Saved with the clip'", timeout=15000)


def shows(served: Any, page: Any, amount: float | None) -> None:
    """The canvas is the reference's picture of V11 and the look (browsers' canvases paint in their own time)."""
    finish = Finish(grade_of(page), None if amount is None else WARM, amount or 0.0)
    index = int(page.locator(".pc-colour").get_attribute("data-frame"))
    exact = finish.exact(served.job.clip().frame(index) / 255.0) * 255
    error, deadline = np.inf, time.monotonic() + 15
    while time.monotonic() < deadline:
        shown = canvas(page)[..., :3]
        assert shown.shape == exact.shape, "the clip is smaller than the preview, so it is shown pixel for pixel"
        error = float(np.abs(exact - shown).max())
        if error <= 2:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{error} codes off")


@pytest.mark.browser
def test_a_look_is_added_weighed_by_keyboard_kept_and_removed(served: Any, step: Any, tmp_path: Path) -> None:
    page = step
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.post_data or "") if "component_server" in r.url else None)
    path = tmp_path / "Тёплый вечер.cube"
    path.write_text(TEXT, encoding="utf-8")
    page.locator(".pcl-zone input[type=file]").set_input_files(str(path))
    page.wait_for_selector(".pcl-card")
    assert page.inner_text(".pcl-name") == "Тёплый вечер"
    shows(served, page, 1.0)
    wait_saved(page)
    assert (stored(served).name, stored(served).amount) == ("Тёплый вечер", 1.0)

    slider = page.get_by_role("slider", name="Strength, %")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert slider.input_value() == "99"
    number = page.locator("#pcc-look_amount-number")
    number.fill("40")
    page.keyboard.press("Tab")
    shows(served, page, 0.4)
    wait_saved(page)
    assert stored(served).amount == 0.4

    open_step(served, page)
    page.wait_for_selector(".pcl-card")
    assert (page.inner_text(".pcl-name"), number.input_value()) == ("Тёплый вечер", "40")
    shows(served, page, 0.4)
    page.get_by_role("button", name="Remove the look Тёплый вечер").click()
    shows(served, page, None)
    page.keyboard.press("Control+z")
    page.wait_for_selector(".pcl-card")
    shows(served, page, 0.4)
    names = [json.loads(body).get("fn_name") for body in asked]
    assert (names.count("look"), names.count("look_table")) == (1, 1), "the table is asked for once after the reload"
    with page.expect_download() as saved:
        page.evaluate("document.querySelector('[title^=\"The colour as a LUT\"]').click()")
    kept = tmp_path / "both.cube"
    saved.value.save_as(kept)
    assert np.allclose(cube.read(kept).table, Finish(grade_of(page), WARM, 0.4).grid(33), rtol=0, atol=2e-6)
    page.get_by_role("button", name="Reset Strength, %").click()
    shows(served, page, 1.0)
    page.get_by_role("button", name="Remove the look Тёплый вечер").click()
    assert page.evaluate("document.activeElement.textContent") == "Add a look (.cube)"
    shows(served, page, None)
    for _ in range(100):  # the words "saved" may still be those of the change before
        if not stored(served).id:
            break
        page.wait_for_timeout(100)
    assert not stored(served).id


@pytest.mark.browser
def test_what_cannot_be_read_is_said_and_a_dropped_look_is_put_on_without_webgl_too(
    served: Any, step: Any, tmp_path: Path
) -> None:
    page = step
    said = page.locator(".pcl-said")
    bad = tmp_path / "half <b>.cube"
    bad.write_text(TEXT[: len(TEXT) // 2])
    page.locator(".pcl-zone input[type=file]").set_input_files(str(bad))
    page.wait_for_selector(".pcl-said.pcl-bad")
    assert "half <b>.cube cannot be used as a .cube file" in said.inner_text()
    with bad.open("wb") as file:
        file.truncate(33 << 20)
    page.locator(".pcl-zone input[type=file]").set_input_files(str(bad))
    page.wait_for_function("document.querySelector('.pcl-said').textContent.includes('32 MB')")
    assert page.locator(".pcl-card").count() == 0
    shows(served, page, None)
    dropped = page.evaluate_handle(
        """(text) => { const d = new DataTransfer(); d.items.add(new File([text], "Drop.cube")); return d; }""", TEXT
    )
    page.dispatch_event(".pcl-zone", "dragover", {"dataTransfer": dropped})
    assert page.locator(".pcl-over").count() == 1
    page.dispatch_event(".pcl-zone", "drop", {"dataTransfer": dropped})
    page.wait_for_selector(".pcl-card")
    assert page.inner_text(".pcl-name") == "Drop"
    assert page.locator(".pcl-over").count() == 0
    shows(served, page, 1.0)
    wait_saved(page)
    open_step(served, page, "?webgl=off")
    page.wait_for_selector(".pcc-box[data-screen=cpu]")
    shows(served, page, 1.0)
