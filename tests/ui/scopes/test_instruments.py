"""The buttons of the instruments."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ui.scopes import page as scopes_page
from tests.ui.scopes.drawn import LIGHT_SKIN, drawn, flat

pytestmark = pytest.mark.browser


def test_the_instruments_by_keyboard(room: Any) -> None:
    scopes_page.show(room, flat(128, 128, 128))
    room.locator(".pci-kinds input:checked").focus()
    for kind in ("parade", "waveform", "vector", "histogram"):
        room.keyboard.press("ArrowRight")
        assert room.evaluate("[room.instruments.kind, document.activeElement.value]") == [kind, kind]
    room.keyboard.press("ArrowLeft")
    assert room.evaluate("room.instruments.kind") == "vector"
    room.keyboard.press("Tab")
    room.keyboard.press("Enter")
    assert room.evaluate("room.instruments.closer")
    room.keyboard.press("Tab")
    room.keyboard.press("Space")
    assert room.get_by_role("button", name="Show clipping").get_attribute("aria-pressed") == "true"
    room.keyboard.press("Space")
    assert room.evaluate("room.heard.mark") == [True, False]


def test_the_person_alone_needs_a_matte(room: Any) -> None:
    half = flat(0, 0, 0, alpha=0)
    half[:, 30:] = flat(*LIGHT_SKIN, size=(40, 30))
    only = room.get_by_role("switch", name="Person only")
    scopes_page.show(room, half)
    drawn(room)
    assert only.is_disabled() and not only.is_checked()
    assert (
        room.locator(f"#{only.get_attribute('aria-describedby')}").inner_text().startswith("Until the person is found")
    )
    assert room.inner_text(".pci-shares") == "Shadows 50 % · Highlights 0 %"
    room.evaluate("room.instruments.hasMatte = true")
    scopes_page.show(room, half)
    room.wait_for_function("document.querySelector('.pci-shares').textContent === 'Shadows 0 % · Highlights 0 %'")
    assert only.is_checked() and room.evaluate("room.instruments.inside")
    only.focus()
    room.keyboard.press("Space")
    assert room.evaluate("[room.heard.inside, room.instruments.inside]") == [[False], False]
    room.wait_for_function("document.querySelector('.pci-shares').textContent === 'Shadows 50 % · Highlights 0 %'")
    room.keyboard.press("Space")


def test_nothing_is_asked_for_while_nobody_looks(room: Any) -> None:
    room.evaluate("room.instruments.clip = { width: 720, height: 1280 }")
    assert room.evaluate("room.instruments.wanted") == {"width": 159, "height": 283}
    room.locator(".pci > summary").click()
    room.wait_for_function("room.heard.change > 0")
    assert room.evaluate("room.instruments.wanted") is None
    before = room.evaluate("room.heard.change")
    room.locator(".pci > summary").focus()
    room.keyboard.press("Enter")
    room.wait_for_function("(before) => room.heard.change > before", arg=before)
    assert room.evaluate("room.instruments.wanted !== null")
