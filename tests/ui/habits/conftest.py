"""One tab for a file of tests, and the page in it as at the first visit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.ui.habits.site import ORIGIN, answer, load


@pytest.fixture(scope="module")
def tab(chromium: Any) -> Iterator[Any]:
    """One tab for the file; it may throw nothing."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.route(f"{ORIGIN}/**", answer)
    page = context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    context.close()
    assert not thrown, thrown


@pytest.fixture
def room(tab: Any) -> Any:
    """The page as at the first visit."""
    tab.goto(f"{ORIGIN}/empty")  # the page before has stored its steps now
    tab.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    return load(tab)
