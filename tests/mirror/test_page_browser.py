"""The page in a browser: the way from the start to the report, by keyboard, in both languages, with every refusal."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perscoach.mirror.alone import serving
from perscoach.mirror.parts import places_here
from tests.mirror.drawn import FRAMES, drawn_bundle, recording
from tests.score.people import trainer

START = """async () => {
  while (mirror.state.name !== 'countdown') await new Promise((next) => setTimeout(next, 10));
  const { play } = mirror.bar;
  const seen = [document.activeElement === play, play.ariaLabel];
  play.click();
  return [...seen, mirror.state.name];
}"""
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A bundle with a short trainer, and a client of it."""
    motion, _, _ = trainer(FRAMES)
    return drawn_bundle(tmp_path_factory.mktemp("squat")), recording(
        motion, tmp_path_factory.mktemp("client") / "c.json"
    )


@pytest.fixture(scope="module")
def address(bundle: tuple[Path, Path]) -> Iterator[str]:
    places = places_here()
    if places.vendor.problem() is not None:
        pytest.skip("the page's libraries are not installed: make")
    with serving(places, bundle[0]) as served:
        yield served.url


class Page:
    """One visit."""

    def __init__(
        self, browser: Any, address: str, query: str = "?lang=en&mirror=0", script: str = "", **context: Any
    ) -> None:
        self.context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 800}, "accept_downloads": True, **context}
        )
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.foreign: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda e: self.wrong.append(str(e)))
        self.page.on(
            "request", lambda r: None if r.url.startswith((address, "blob:", "data:")) else self.foreign.append(r.url)
        )
        if script:
            self.page.add_init_script(script)
        self.page.goto(address + query)
        self.page.wait_for_selector(".welcome h1")

    def _said(self, message: Any) -> None:
        if message.type == "error" and not message.text.startswith("INFO:"):  # MediaPipe's library tells news as errors
            self.wrong.append(message.text)

    def begin(self, file: Path) -> None:
        """A client from a file, without waiting for the countdown."""
        self.page.set_input_files("input[type=file]", str(file))
        self.state("countdown")
        self.page.evaluate("mirror.send('skip')")
        self.state("workout")

    def wait(self, words: str, seconds: float = 25) -> None:
        """Until an expression is true; asked from outside, the page's policy lets no text become a program."""
        until = time.monotonic() + seconds
        while not self.page.evaluate(words):
            assert time.monotonic() < until, f"{words}: not within {seconds} s; {self.page.evaluate('mirror.state')}"
            self.page.wait_for_timeout(50)

    def state(self, name: str) -> None:
        """Wait for a state of the session."""
        self.wait(f"mirror.state.name === '{name}'")

    def close(self) -> None:
        self.context.close()
        assert not self.foreign, f"asked another host: {self.foreign}"
        assert not self.wrong, f"the page complained: {self.wrong}"


@pytest.fixture
def visit(chromium: Any, address: str) -> Iterator[Any]:
    """Opens the page; at the end nothing may have been thrown and no other host asked."""
    pages: list[Page] = []

    def go(*args: Any, **more: Any) -> Page:
        pages.append(Page(chromium, address, *args, **more))
        return pages[-1]

    yield go
    for page in pages:
        page.close()


def test_a_session_from_the_start_to_the_files(visit: Any, bundle: tuple[Path, Path], tmp_path: Path) -> None:
    visited = visit()
    page = visited.page
    page.set_input_files("input[type=file]", str(bundle[1]))
    assert page.evaluate(START) == [True, "Play", "workout"], "the round button of the countdown does what it says"
    visited.wait("mirror.live.frame?.state === 'scored' && mirror.live.comparer.judge.reps.length > 0")
    visited.wait("Number(document.querySelector('.number.form output').textContent) > 80")
    assert "of" in page.inner_text(".number.reps output")
    for key, view in (("2", "over"), ("1", "side")):
        page.keyboard.press(key)
        assert page.get_attribute(".stage", "data-view") == view
    page.keyboard.press("ArrowDown")
    assert page.evaluate("mirror.video.playbackRate") == 0.75
    page.keyboard.press("Escape")
    visited.state("report")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    assert page.evaluate("mirror.client.source") is None
    assert len(page.query_selector_all(".cells")) == 9
    with page.expect_download() as download:
        page.click("text=Save as JSON")
    saved = json.loads(Path(download.value.path()).read_text())
    assert saved["schema"] == "perscoach.session.1" and saved["form"] > 80
    with page.expect_download() as download:
        page.click("text=Save as CSV")
    assert len(Path(download.value.path()).read_text().splitlines()) == 1 + len(saved["stretches"])
    page.click(".moments button")
    visited.wait("!mirror.video.paused || mirror.clock.time > 0")
    page.get_by_role("button", name="Again", exact=True).click()
    visited.state("welcome")
    assert page.evaluate("[mirror.live.comparer.shown, mirror.report]") == [0, None]


def test_a_shallow_client_is_told_how_much_lower(visit: Any, bundle: tuple[Path, Path], tmp_path: Path) -> None:
    motion, _, _ = trainer(FRAMES)
    visited = visit("?lang=ru&mirror=0", viewport=PHONE)
    visited.begin(recording(motion, tmp_path / "shallow.json", 0.65))
    visited.wait("document.querySelector('.cue').textContent.length > 3")
    words = visited.page.inner_text(".cue").lower()
    assert re.fullmatch(r"опуститесь на \d+ см ниже", words), words
    assert visited.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_clients_file_ends_the_session(visit: Any, bundle: tuple[Path, Path], tmp_path: Path) -> None:
    short = json.loads(bundle[1].read_text())
    short["frames"] = short["frames"][:90]
    file = tmp_path / "short.json"
    file.write_text(json.dumps(short))
    visited = visit()
    visited.begin(file)
    visited.state("report")
    assert visited.page.evaluate("mirror.video.paused && mirror.client.source === null")


REFUSALS = {
    "denied": ("NotAllowedError", "Camera access is blocked"),
    "none": ("NotFoundError", "No camera was found"),
    "busy": ("NotReadableError", "The camera is in use"),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_says_what_to_do_and_leads_back(visit: Any, code: str) -> None:
    name, title = REFUSALS[code]
    refuse = f"navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', '{name}'));"
    visited = visit(script=refuse)
    page = visited.page
    page.click("text=Use the camera")
    visited.state("refused")
    assert page.inner_text(".gate h1") == title
    assert len(page.inner_text(".gate h1 + p")) > 20
    page.click("text=Try again")
    visited.state("refused")
    page.keyboard.press("Escape")
    visited.state("welcome")


def test_a_permission_that_never_comes_gets_a_hint_and_a_way_back(visit: Any) -> None:
    slow = "navigator.mediaDevices.getUserMedia = () => new Promise(() => {});"
    visited = visit(script=slow)
    visited.page.click("text=Use the camera")
    visited.page.wait_for_selector(".gate .slow:visible", timeout=12_000)
    assert visited.page.is_visible("text=Try again")
    visited.page.click(".gate >> text=Back")
    visited.state("welcome")


def test_watching_by_keyboard_alone(visit: Any) -> None:
    visited = visit()
    page = visited.page
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").startswith("Just watch"):
            break
    page.keyboard.press("Enter")
    visited.state("workout")
    visited.wait("mirror.clock.time > 0.3")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    visited.state("paused")
    assert page.evaluate("mirror.video.paused")
    page.keyboard.press("Enter")  # the focus is on "Go on"
    visited.state("workout")
    page.keyboard.press("a")
    page.wait_for_timeout(600)
    page.keyboard.press("b")
    section = page.evaluate(
        "[mirror.settings.repeat, mirror.settings.to - mirror.settings.from > 0.2, mirror.clock.section !== null]"
    )
    assert section == ["section", True, True]
    page.click("[aria-label=Settings]")
    page.check(".sheet input[value=ru]")
    assert page.evaluate("document.documentElement.lang") == "ru"
    page.keyboard.press("Escape")
    assert page.evaluate("mirror.state.name") == "workout", "Escape closes the dialog first"
    page.keyboard.press("Escape")
    visited.state("welcome")


def test_a_hidden_page_pauses_and_a_left_page_closes(visit: Any, bundle: tuple[Path, Path]) -> None:
    visited = visit("?lang=en&mirror=0&mode=test")
    page = visited.page
    visited.begin(bundle[1])
    visited.wait("mirror.live.comparer.shown > 5")
    assert not page.is_visible(".number.form output"), "a test shows no score while it runs"
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true}); document.dispatchEvent(new Event('visibilitychange'))"
    )
    visited.state("paused")
    assert "hidden" in page.inner_text(".big")
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert page.evaluate("[mirror.state.name, mirror.client.source]") == ["welcome", None]


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, PHONE], ids=["wide", "phone"])
def test_targets_are_large_and_nothing_hangs_over(
    visit: Any, bundle: tuple[Path, Path], viewport: dict[str, int]
) -> None:
    visited = visit("?lang=ru&mirror=0", viewport=viewport, reduced_motion="reduce")
    page = visited.page
    small = """() => [...document.querySelectorAll('button, select, .options span, .toggle')].filter((e) => e.offsetParent)
        .map((e) => [e.textContent || e.ariaLabel, e.getBoundingClientRect()]).filter(([, r]) => r.height < 44 || r.width < 44).map(([t]) => t)"""
    wide = "() => document.documentElement.scrollWidth > innerWidth"
    assert not page.evaluate(small) and not page.evaluate(wide)
    visited.begin(bundle[1])
    assert not page.evaluate(small) and not page.evaluate(wide)
    for selector in (".pane.trainer", ".pane.client", ".numbers", ".controls"):
        box = page.query_selector(selector).bounding_box()
        assert box["x"] >= 0 and box["y"] >= 0, selector
        assert box["x"] + box["width"] <= viewport["width"] and box["y"] + box["height"] <= viewport["height"], selector
    page.click("[aria-label=Настройки]")
    assert not page.evaluate(small) and not page.evaluate(wide)
