"""What a coach does around the one straight way: example, mistakes, cutting, the list, keyboard, stopping, a restart."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.jobs import JobState, Workspace
from perscoach.ui.clip.panel import EXAMPLE
from tests.ui.served import Served, serve, short_example

pytestmark = pytest.mark.browser

PATIENCE = 90_000  # milliseconds; other tests share the processor
PIECE = 60  # frames; a stage keeps its work in pieces of at most so many
needs_example = pytest.mark.skipif(not EXAMPLE.exists(), reason="the example clip is not beside this checkout")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven seconds of the example, small: enough frames that the work can be watched and stopped."""
    return short_example(tmp_path_factory.mktemp("clip"), "squat.mp4", 1, 7, 320)


@pytest.fixture(scope="module")
def coach(chromium: Any) -> Iterator[Any]:
    """One coach's browser."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    yield context
    context.close()


@pytest.fixture(scope="module")
def tab(coach: Any, served: Served, clip: Path) -> Iterator[Any]:
    """The coach's tab with the small clip open; nothing the page does may throw."""
    page = coach.new_page()
    page.set_default_timeout(30_000)
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    visit(page, served)
    upload(page, clip)
    yield page
    assert not thrown, f"the page threw: {thrown}"


def visit(page: Any, served: Served, query: str = "") -> None:
    page.goto(served.url + query)
    page.wait_for_selector("#pc-state", state="attached", timeout=PATIENCE)


def upload(page: Any, path: Path) -> None:
    before = token_of(page)
    page.set_input_files("#pc-upload input[type=file]", str(path))
    until(page, lambda: token_of(page) not in ("", before))
    page.wait_for_selector("#pc-state[data-clip='1'][data-busy='0']", state="attached", timeout=PATIENCE)
    page.wait_for_selector("#pc-clip-view video", state="attached", timeout=PATIENCE)


def token_of(page: Any) -> str:
    return str(page.locator("#pc-state").get_attribute("data-job"))


def step(page: Any, name: str) -> None:
    page.click(f".pc-nav [data-step-to={name}]")
    page.wait_for_selector(f"#step-{name}", state="visible")


def until(page: Any, true: Callable[[], Any], seconds: float = PATIENCE / 1000) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "it did not happen in time"
        page.wait_for_timeout(150)


def state_of(served: Served, token: str) -> JobState:
    return Workspace(served.workspace).open(token).state


def recipe_of(served: Served, token: str) -> dict[str, Any]:
    return state_of(served, token).recipe.to_json()


def done(served: Served, token: str) -> float:
    """Frames that the stages have finished together, as the workspace's database has it."""
    progress = state_of(served, token).progress
    return sum(float(progress.get(stage, {}).get("done") or 0) for stage in ("pose", "encode"))


def shown(page: Any) -> float:
    """What the page's bar of the whole run says, in per cent."""
    bars = page.locator("#pc-progress .pc-overall [role=progressbar]").all()
    return sum(float(bar.get_attribute("aria-valuenow") or 0) for bar in bars)


def sentence(page: Any) -> str:
    return str(page.locator("#pc-message").inner_text())


# files -----------------------------------------------------------------------------------------------------------------


def test_a_bad_file_gets_one_sentence_and_the_clip_stays(tab: Any, tmp_path: Path) -> None:
    token = token_of(tab)
    for name, content in (
        ("holiday.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        ("empty.mp4", b""),
        ("text.mp4", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"),
        ("notes.txt", b"squat, three sets"),
    ):
        bad = tmp_path / name
        bad.write_bytes(content)
        tab.set_input_files("#pc-upload input[type=file]", str(bad))
        tab.wait_for_selector(f"#pc-message [role=alert]:has-text('{bad.stem}')", timeout=PATIENCE)
        said = str(tab.locator("#pc-message [role=alert]").inner_text()).strip()  # without Gradio's clock beside it
        assert len(said) < 300 and "\n" not in said and "Traceback" not in said and "passwd" not in said
        assert token_of(tab) == token and tab.locator("#pc-clip-view video").is_visible()


def test_trim_and_crop_on_the_picture_and_again_from_the_cut(tab: Any, served: Served) -> None:
    token = token_of(tab)
    before = tab.locator(".pc-facts").inner_text()
    tab.locator("#pc-clip-view video").scroll_into_view_if_needed()
    start = tab.get_by_role("slider", name="Start")
    start.focus()
    for _ in range(2):
        tab.keyboard.press("PageUp")  # a second each
    end = tab.get_by_role("slider", name="End")
    end.focus()
    tab.keyboard.press("PageDown")
    assert float(start.get_attribute("aria-valuenow")) == pytest.approx(2, abs=0.01)
    tab.locator(".pcu-aspect select").select_option("1:1")
    box = tab.locator(".pcu-box").bounding_box()
    assert box["width"] == pytest.approx(box["height"], abs=2)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x, y - 500)  # to the upper edge
    tab.mouse.up()
    tab.get_by_role("button", name="Cut the clip").click()
    until(tab, lambda: "4.0 s" in tab.locator(".pc-facts").inner_text())
    ingest = recipe_of(served, token)["ingest"]
    assert ingest["trim_start"] == pytest.approx(2, abs=0.01) and ingest["crop"][1] == 0
    assert ingest["crop"][2] == pytest.approx(ingest["crop"][3], abs=2)
    tab.wait_for_function(
        "!!document.querySelector('.pcu-handle') && document.querySelector('#pc-clip-view video').duration < 5"
    )
    tab.locator(".pcu-track").click(position={"x": 5, "y": 20})
    tab.get_by_role("slider", name="Start").focus()
    tab.keyboard.press("PageUp")
    tab.get_by_role("button", name="Cut the clip").click()
    until(tab, lambda: "3.0 s" in tab.locator(".pc-facts").inner_text())
    assert recipe_of(served, token)["ingest"]["trim_start"] == pytest.approx(3, abs=0.05)
    tab.get_by_role("button", name="Use the whole clip again").click()
    until(tab, lambda: tab.locator(".pc-facts").inner_text() == before)


def test_a_picture_of_the_empty_room_is_kept_with_the_clip(tab: Any, served: Served, tmp_path: Path) -> None:
    from PIL import Image

    token = token_of(tab)
    step(tab, "matte")
    tab.click("#step-matte button:has-text('Engine and fixed camera')")
    chooser = tab.locator("#step-matte input[type=file][accept*=image]").first
    bad = tmp_path / "room.png"
    bad.write_bytes(b"no picture")
    chooser.set_input_files(str(bad))
    tab.wait_for_selector("#pc-message:has-text('This picture cannot be read')", timeout=PATIENCE)
    assert recipe_of(served, token)["matting"]["plate"] == "auto"
    room = tmp_path / "empty.png"
    Image.fromarray(np.full((320, 240, 3), 190, np.uint8)).save(room)
    tab.locator("#step-matte input[type=file][accept*=image]").first.set_input_files(str(room))
    tab.wait_for_selector("#pc-message:has-text('The photo of the empty room is used')", timeout=PATIENCE)
    recipe = recipe_of(served, token)["matting"]
    assert recipe["plate"] == "picture" and (served.workspace / "jobs" / token / recipe["plate_picture"]).is_file()
    assert tab.get_by_label("a photo of it").is_checked()
    tab.get_by_label("not used").check()
    until(tab, lambda: recipe_of(served, token)["matting"]["plate"] == "off")
    step(tab, "clip")


# whose -----------------------------------------------------------------------------------------------------------------


def test_a_leaked_link_is_refused_in_words(tab: Any, served: Served, page: Any) -> None:
    token = token_of(tab)
    visit(page, served, f"?job={token}")
    page.wait_for_selector("#pc-message [role=alert]", timeout=PATIENCE)
    assert "no longer exists" in sentence(page) and token_of(page) == ""
    assert token not in page.url and "squat" not in page.content()
    for name in ("clip.mp4", "thumbnail.jpg", "bundle.zip"):
        assert page.request.get(f"{served.url}perscoach/job/{token}/{name}").status == 404


@needs_example
def test_the_list_reopens_renames_and_deletes(tab: Any, served: Served) -> None:
    step(tab, "clip")
    first = token_of(tab)
    tab.click("#pc-example")
    until(tab, lambda: token_of(tab) != first)
    tab.wait_for_selector("#pc-state[data-clip='1'][data-busy='0']", state="attached", timeout=PATIENCE)
    second = token_of(tab)
    assert tab.input_value("#pc-name input, #pc-name textarea") == "Example"

    def card(token: str) -> Any:
        return tab.locator(f".pc-job[data-token='{token}']")

    until(tab, lambda: card(first).is_visible() and card(second).is_visible())
    tab.once("dialog", lambda dialog: dialog.accept("Anna <b>squats</b>"))
    card(first).locator("[data-do=rename]").click()
    until(tab, lambda: "Anna <b>squats</b>" in card(first).inner_text())
    card(first).locator("[data-do=open]").click()
    until(tab, lambda: token_of(tab) == first)
    tab.once("dialog", lambda dialog: dialog.dismiss())
    card(second).locator("[data-do=delete]").click()
    tab.wait_for_timeout(300)
    assert (served.workspace / "jobs" / second).is_dir()  # asked, and the answer was no
    tab.once("dialog", lambda dialog: dialog.accept())
    card(second).locator("[data-do=delete]").click()
    until(tab, lambda: not (served.workspace / "jobs" / second).exists() and card(second).count() == 0)
    assert token_of(tab) == first and "Deleted: Example." in sentence(tab)


# work ------------------------------------------------------------------------------------------------------------------


def test_work_is_seen_in_a_second_tab_stopped_at_once_and_resumed(tab: Any, coach: Any, served: Served) -> None:
    token = token_of(tab)
    step(tab, "bundle")
    tab.click("#pc-run")
    until(tab, lambda: shown(tab) >= 4)
    other = coach.new_page()
    visit(other, served, "#bundle")  # no token in the address: the browser remembers
    assert token_of(other) == token
    until(other, lambda: shown(other) >= 4)
    until(other, lambda: done(served, token) > PIECE)
    before = shown(other)
    until(other, lambda: shown(other) > before)  # it follows without being reloaded
    other.click("#pc-cancel")
    until(other, lambda: state_of(served, token).status == "cancelled", 10)
    other.close()
    tab.wait_for_selector("#pc-resume", state="visible", timeout=PATIENCE)
    assert "Stopped" in tab.locator("#pc-progress").inner_text()
    kept = done(served, token)
    assert kept >= 4
    tab.click("#pc-resume")
    until(tab, lambda: state_of(served, token).status == "running" and done(served, token) > 0)
    assert done(served, token) >= kept - PIECE  # finished pieces are not done again
    until(tab, lambda: done(served, token) > kept)


def test_the_page_goes_on_by_itself_after_a_restart(tab: Any, served: Served) -> None:
    token = token_of(tab)
    if tab.locator("#pc-state").get_attribute("data-busy") != "1":
        tab.click("#pc-run")
    until(tab, lambda: done(served, token) >= 10)
    tab.evaluate("window.sameDocument = true")
    assert served.stop() == 0
    kept = done(served, token)
    again = serve(served.workspace, port=served.port)
    served.process = again.process
    until(tab, lambda: done(served, token) > kept)  # the work goes on without anybody
    until(tab, lambda: tab.locator("#pc-state[data-busy='1']").count() == 1 and shown(tab) > kept)
    assert token_of(tab) == token
    tab.click("#pc-cancel")
    tab.wait_for_selector("#pc-resume", state="visible", timeout=PATIENCE)


# keyboard --------------------------------------------------------------------------------------------------------------


def test_arrow_keys_walk_through_choices_and_around(tab: Any, served: Served) -> None:
    token = token_of(tab)
    step(tab, "bundle")
    tab.get_by_label("Draft").check()

    def chosen() -> str:
        return str(tab.locator("#pc-quality input:checked").get_attribute("value"))

    tab.focus("#pc-quality input:checked")
    for key, quality in (
        ("ArrowRight", "standard"),
        ("ArrowDown", "archive"),
        ("ArrowRight", "draft"),  # around the end
        ("ArrowLeft", "archive"),
        ("ArrowUp", "standard"),
    ):
        tab.keyboard.press(key)
        until(tab, lambda quality=quality: chosen() == quality)
        assert tab.evaluate("document.activeElement.value") == quality  # the focus goes along
        until(tab, lambda quality=quality: recipe_of(served, token)["export"]["quality"] == quality)
    tab.keyboard.press("a")
    tab.focus("#pc-resume")  # a run was stopped: one way on
    assert tab.locator("#pc-run").count() == 0
    tab.keyboard.press("ArrowRight")  # no choice: nothing is taken from other things
    assert chosen() == "standard" and tab.evaluate("document.activeElement.id") == "pc-resume"


@needs_example
def test_all_five_steps_by_keyboard_alone(page: Any, served: Served) -> None:
    visit(page, served)

    def tab_to(selector: str, limit: int = 60) -> None:
        for _ in range(limit):
            page.keyboard.press("Tab")
            if page.evaluate("s => !!document.activeElement?.closest(s)", selector):
                return
        raise AssertionError(f"Tab does not reach {selector}")

    tab_to("#pc-example")
    page.keyboard.press("Enter")
    page.wait_for_selector("#pc-state[data-clip='1'][data-busy='0']", state="attached", timeout=PATIENCE)
    token = token_of(page)
    page.wait_for_selector("#pc-clip-view video", timeout=PATIENCE)
    tab_to("#step-clip [data-step-to=colour]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#pcc-contrast", state="visible", timeout=PATIENCE)
    tab_to("#pcc-contrast")
    contrast = recipe_of(served, token)["grade"]["contrast"]
    page.keyboard.press("ArrowRight")
    until(page, lambda: abs(recipe_of(served, token)["grade"]["contrast"] - contrast - 0.01) < 1e-6)
    tab_to("#step-colour [data-step-to=matte]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#step-matte", state="visible")
    assert page.locator(".pc-nav [data-step-to=matte]").get_attribute("aria-current") == "step"
    assert page.url.endswith("#matte")
    tab_to("#step-matte [data-step-to=pose]")
    page.keyboard.press("Enter")
    tab_to("#step-pose input[type=range]")
    page.keyboard.press("ArrowRight")
    until(page, lambda: recipe_of(served, token)["pose"]["skip"] == 2)
    tab_to("#step-pose [data-step-to=bundle]")
    page.keyboard.press("Enter")
    tab_to("#pc-quality input")  # the first of the three, while the second is chosen
    page.keyboard.press("Space")
    until(page, lambda: recipe_of(served, token)["export"]["quality"] == "draft")
    tab_to("#pc-run")
    page.keyboard.press("Enter")
    page.wait_for_selector("#pc-cancel", state="visible", timeout=PATIENCE)
    tab_to("#pc-cancel")
    page.keyboard.press("Enter")
    page.wait_for_selector("#pc-resume", state="visible", timeout=PATIENCE)


# the server is gone -----------------------------------------------------------------------------------------------------


def test_a_server_that_is_gone_is_told_in_the_page_s_language_until_it_is_back(page: Any, served: Served) -> None:
    visit(page, served, "?lang=ru")
    page.route("**/*", lambda route: route.abort("connectionrefused"))
    page.evaluate("fetch('healthz').catch(() => {})")
    page.wait_for_selector("#pc-lost:has-text('Сервер не отвечает')", timeout=5000)
    box = page.locator("#pc-lost").bounding_box()
    assert box["y"] >= page.locator(".pc-nav").bounding_box()["y"] + 40, "nothing lies over the steps"
    page.unroute("**/*")
    page.wait_for_selector("#pc-lost", state="hidden", timeout=PATIENCE)
