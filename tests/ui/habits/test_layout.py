"""How the working habits fit on a page, and their words."""

from __future__ import annotations

from typing import Any

import pytest

from perscoach.core.messages.ui_colour_habits import MESSAGES as TEXTS
from perscoach.grade.params import RANGES
from tests.ui.habits.site import AXE, ROOM, load, pictures


@pytest.mark.parametrize(("lang", "width", "theme"), [("en", 1280, ""), ("ru", 390, "dark")])
def test_it_fits_and_axe_finds_nothing_serious(tab: Any, lang: str, width: int, theme: str) -> None:
    tab.set_viewport_size({"width": width, "height": 844})
    load(tab, f"lang={lang}&theme={theme}")
    tab.evaluate("room.gallery.add('Мой зал', { ...room.grade(), contrast: 1.4 })")
    tab.evaluate("room.gallery.refresh({ key: 'a', width: 40, height: 60 })")
    tab.evaluate("room.gallery.pick(room.gallery.presets.at(-1))")
    pictures(tab)
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    small = tab.evaluate(
        """[...document.querySelectorAll(".pcc-habits button, .pcc-gallery button, .pcc-copying > button")]
          .filter((node) => node.offsetParent && (node.offsetHeight < 40 || node.offsetWidth < 40)).map((node) => node.textContent)"""
    )
    assert small == []
    if width < 860:
        box = tab.locator(".pcc-gallery-row").bounding_box()
        tab.wait_for_function("room.gallery.row.scrollLeft > 100")  # the chosen one is brought into sight
        last = tab.locator(".pcc-gallery-row button").last.bounding_box()
        assert last["x"] + last["width"] <= box["x"] + box["width"] + 1
        tab.wait_for_function("room.gallery.row.style.getPropertyValue('--pcc-fade-left') === '28px'")
    if AXE.is_file():
        tab.add_script_tag(path=str(AXE))
        tab.evaluate("room.habits.keysSheet.showModal()")
        for _ in range(2):
            found = tab.evaluate("async () => (await axe.run('main')).violations")
            bad = [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")]
            assert not bad, found
            tab.evaluate("document.querySelector('dialog[open]')?.close()")
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.evaluate("localStorage.clear()")


def test_every_text_is_in_both_languages_and_used() -> None:
    code = "".join((ROOM / f"{name}.mjs").read_text(encoding="utf-8") for name in ("habits", "gallery", "copying"))
    for key, (english, russian) in TEXTS.items():
        assert key.startswith("colour_")
        assert english
        assert any("а" <= c <= "я" for c in russian.lower()) or key == "colour_copying_failed", key
        undo = key in {f"colour_{word}{end}" for word in ("undo", "redo") for end in ("", "_what", "_none")}
        assert undo or f'"{key}"' in code, f"{key} is not used"
    assert len(RANGES) == 5
