"""A client at the mirror page: the steps of a session by keyboard, and what the page then knows."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.mirror import filmed

PATIENCE = 60.0
"""Seconds; other work may hold the processor while these tests run."""


def visit(browser: Any, url: str, query: str = "", allowed: bool = True, **context: Any) -> Any:
    """The page opened in a profile of its own, with or without leave to use the camera."""
    options = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **context}
    opened = browser.new_context(permissions=["camera"] if allowed else [], **options)
    page = opened.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(url + query)
    page.wait_for_selector(".start.main")
    return page


def tab_to(page: Any, selector: str, most: int = 60) -> None:
    """Press Tab until an element of this selector has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(one) => Boolean(document.activeElement?.matches(one))", selector):
            return
    raise AssertionError(f"Tab never came to {selector}")


def wait(page: Any, words: str, seconds: float = PATIENCE) -> None:
    """Until an expression is true; asked from outside, for the page's policy lets no text become a program."""
    end = time.monotonic() + seconds
    while not page.evaluate(words):
        assert time.monotonic() < end, f"waited {seconds} s for {words}; {page.evaluate('mirror.state')}"
        time.sleep(0.03)


def state(page: Any) -> str:
    """The session's state."""
    return str(page.evaluate("mirror.state.name"))


def until(page: Any, *names: str, seconds: float = PATIENCE) -> str:
    """Wait for one of these states."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        now = state(page)
        if now in names:
            return now
        assert now != "refused", page.evaluate("mirror.state.code")
        time.sleep(0.03)
    hint = page.evaluate("[mirror.state, mirror.client.source?.stats()]")
    raise AssertionError(f"waited {seconds} s for {names}: {hint}")


def file_by_key(page: Any, selector: str, file: Path) -> None:
    """Tab to the button that asks for a file, press Enter, and answer the browser's question with this file.

    Playwright asks Chromium to be told of such questions and does not wait until it is heard: where the page has other
    work the key overtakes that, and the question goes to nobody. What the page answers in between shows that it heard.
    """
    tab_to(page, selector)
    with page.expect_file_chooser() as chooser:
        assert page.evaluate("(one) => document.activeElement.matches(one)", selector)
        page.keyboard.press("Enter")
    chooser.value.set_files(file)


def calibrated(page: Any) -> None:
    """From the start screen by keyboard until the client is calibrated; then a pause, to wait for the right moment."""
    tab_to(page, ".start.main")
    page.keyboard.press("Enter")
    for name in ("framing", "calibrating", "countdown"):
        until(page, name, *(("countdown", "calibrating") if name == "framing" else ("countdown",)))
    assert page.evaluate("mirror.state.calibrated"), "the client stood still and was not calibrated"
    page.keyboard.press("Space")
    until(page, "paused")


def once(page: Any) -> None:
    """In the settings, by keyboard: the trainer plays once."""
    tab_to(page, "button[data-tl=settings]")
    page.keyboard.press("Enter")
    tab_to(page, "input[name=repeat]")
    while page.evaluate("mirror.settings.repeat") != "once":
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    wait(page, "!mirror.sheet.element.open")
    assert state(page) == "paused", "Escape closed the settings and nothing else"


def on_the_clapperboard(page: Any) -> None:
    """Out of the pause when the camera's file shows its white square, without the countdown."""
    assert page.evaluate(filmed.SLATE, PATIENCE), "the camera never showed the white square"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    until(page, "workout")


def report(page: Any) -> dict[str, Any]:
    """What the report says, without its stretches' details."""
    until(page, "report")
    return dict(page.evaluate("(() => { const { stretches, ...rest } = mirror.report; return rest; })()"))
