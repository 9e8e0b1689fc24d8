"""One page with the instruments and the eyedropper for a file of tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.ui.scopes import page as scopes_page


@pytest.fixture(scope="module")
def standing(chromium: Any) -> Iterator[Any]:
    """One page for the file; it must throw nothing."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, device_scale_factor=2)
    page = context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    scopes_page.open_page(page)
    yield page
    context.close()
    assert not thrown


@pytest.fixture
def room(standing: Any) -> Any:
    """The page as it is on arrival: instruments open, no matte, nothing heard, nothing pinned."""
    standing.evaluate(
        """() => {
          const { instruments, eyedropper, heard } = room;
          instruments.element.open = true;
          instruments.hasMatte = false;
          instruments.choose("histogram");
          instruments.comeCloser(false);
          if (instruments.marking) instruments.setMark(false);
          eyedropper.clear();
          Object.assign(heard, { change: 0, mark: [], inside: [], active: [] });
        }"""
    )
    return standing
