"""The eyedropper by pointer and by keyboard, and the panel on a phone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from perscoach.grade import reference
from perscoach.grade.params import Grade
from tests.ui.scopes import page as scopes_page
from tests.ui.scopes.drawn import AXE

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def frame() -> tuple[np.ndarray, np.ndarray]:
    """Every pixel has a colour of its own; graded as V11 does, and as filmed; a corner lies outside the matte."""
    rows, columns = np.mgrid[0:80, 0:120]
    rgba = np.stack([columns * 2, rows * 3, (rows + columns) % 200, np.full_like(rows, 255)], -1).astype(np.uint8)
    rgba[:10, :10, 3] = 0
    graded = rgba.copy()
    graded[..., :3] = reference.apply(rgba[..., :3], Grade())
    return graded, rgba


def aim(page: Any, x: float, y: float) -> tuple[float, float]:
    page.locator(".pcc-paper canvas").scroll_into_view_if_needed()
    box = page.locator(".pcc-paper canvas").bounding_box()
    return box["x"] + box["width"] * (x + 0.5) / 120, box["y"] + box["height"] * (y + 0.5) / 80


def table(page: Any, selector: str) -> list[list[str]]:
    return [row.split("\t") for row in page.inner_text(f"{selector} table").splitlines() if row]


def rows_of(frame: tuple[np.ndarray, np.ndarray], x: int, y: int, radius: int = 0) -> list[list[str]]:
    """Hex, codes and Lab of a place, before and after, from the pictures."""
    square = np.s_[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1]
    out: list[list[str]] = [["#"], ["sRGB"], ["Lab"]]
    for picture in (frame[1], frame[0]):
        rgb = picture[square][..., :3].reshape(-1, 3).mean(0)
        f = reference.lab_curve(reference.srgb_to_linear(rgb / 255) @ reference.RGB_TO_XYZ.T)
        lab = (116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2]))
        codes = [int(np.floor(c + 0.5)) for c in rgb]
        out[0].append("#" + "".join(f"{c:02x}" for c in codes))
        out[1].append(" ".join(map(str, codes)))
        out[2].append(" ".join(f"{v:.1f}".replace("-0.0", "0.0").replace("-", "−") for v in lab))
    return out


def test_pointing_clicking_and_removing(room: Any, frame: tuple[np.ndarray, np.ndarray]) -> None:
    scopes_page.show(room, *frame)
    room.evaluate(
        "window.under = 0; document.querySelector('.pcc-paper').addEventListener('pointerdown', () => { window.under += 1; })"
    )
    button = room.get_by_role("button", name="Eyedropper")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    room.mouse.move(*aim(room, 100, 30))
    room.wait_for_function("document.querySelector('.pci-eye > .pci-sample').innerText.includes('x 100, y 30')")
    assert table(room, ".pci-eye > .pci-sample")[-3:] == rows_of(frame, 100, 30, 2)
    assert room.inner_text(".pci-chip b") == rows_of(frame, 100, 30, 2)[0][2]
    room.get_by_label("Sample size in pixels").select_option(label="1 pixel")
    for x, y in ((100, 30), (20, 60), (60, 40), (119, 79)):
        room.mouse.click(*aim(room, x, y))
    assert room.locator(".pci-pins .pci-sample").count() == 3, "the fourth replaces the first"
    assert room.evaluate("window.under") == 0, "the picture itself is not grabbed"
    for i, (x, y) in enumerate(((20, 60), (60, 40), (119, 79))):
        assert table(room, f".pci-pins li:nth-child({i + 1})")[-3:] == rows_of(frame, x, y)
        dot = room.locator(".pci-dot").nth(i).bounding_box()
        assert (dot["x"], dot["y"]) == pytest.approx(aim(room, x, y), abs=0.6)
    room.get_by_role("button", name="Remove point 2").click()
    assert room.evaluate("document.activeElement.getAttribute('aria-label')") == "Remove point 2"
    assert [table(room, f".pci-pins li:nth-child({i})")[-3][1] for i in (1, 2)] == [
        rows_of(frame, x, y)[0][1] for x, y in ((20, 60), (119, 79))
    ]
    room.mouse.move(*aim(room, 3, 3))
    room.wait_for_function("document.querySelector('.pci-eye > .pci-sample').innerText.includes('outside the picture')")
    button.click()
    assert room.evaluate("room.heard.active") == [True, False]
    assert room.locator(".pci-pins .pci-sample").count() == 2, "pins stay when the eyedropper is put away"


def test_the_eyedropper_before_there_is_a_picture(page: Any) -> None:
    scopes_page.open_page(page)
    button = page.get_by_role("button", name="Eyedropper")
    button.click()
    for key in ("ArrowLeft", "Enter"):
        page.keyboard.press(key)
    page.evaluate("room.eyedropper.refresh()")
    assert page.locator(".pci-pins li").count() == 0
    page.keyboard.press("Escape")
    assert button.get_attribute("aria-pressed") == "false"


def test_the_eyedropper_by_keyboard(room: Any, frame: tuple[np.ndarray, np.ndarray]) -> None:
    scopes_page.show(room, *frame)
    room.evaluate(
        "window.leaked = 0; document.addEventListener('keydown', (e) => { if (e.key !== 'Escape' && e.key !== 'Shift') window.leaked += 1; })"
    )
    room.get_by_label("Sample size in pixels").select_option(label="1 pixel")
    room.get_by_role("button", name="Eyedropper").focus()
    room.keyboard.press("Space")
    leaked = room.evaluate("window.leaked")
    assert room.evaluate("document.activeElement.className") == "pci-over pci-active"
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowLeft", "ArrowDown", "Shift+ArrowUp"):
        room.keyboard.press(key)
    assert room.evaluate("room.eyedropper.at") == {"x": 52, "y": 31}
    room.keyboard.press("Enter")
    assert table(room, ".pci-pins")[-3:] == rows_of(frame, 52, 31)
    for _ in range(9):
        room.keyboard.press("Shift+ArrowRight")
        room.keyboard.press("Shift+ArrowDown")
    assert room.evaluate("room.eyedropper.at") == {"x": 119, "y": 79}, "it stays in the picture"
    room.wait_for_function("document.querySelector('.pci-spoken').textContent.startsWith('x 119, y 79. After: #')")
    assert room.evaluate("window.leaked") == leaked, "the step's shortcuts do not hear the crosshair's keys"
    room.keyboard.press("Escape")
    assert room.evaluate("[room.eyedropper.active, document.activeElement.textContent]") == [False, "Eyedropper"]
    assert room.locator(".pci-cross").is_hidden()


def test_pins_follow_the_grade_and_the_layout(room: Any, frame: tuple[np.ndarray, np.ndarray]) -> None:
    scopes_page.show(room, *frame)
    room.get_by_label("Sample size in pixels").select_option(label="1 pixel")
    room.get_by_role("button", name="Eyedropper").click()
    room.mouse.click(*aim(room, 80, 50))
    room.keyboard.press("Escape")
    room.evaluate(
        """() => {
          const { eyedropper } = room;
          const { read } = eyedropper;
          window.reads = 0;
          eyedropper.read = (...all) => { window.reads += 1; return { ...read(...all), after: { r: 1, g: 2, b: 3 } }; };
          document.querySelector(".pcc-paper").style.width = "300px";
          document.querySelector(".pcc-paper").style.height = "200px";
          for (let i = 0; i < 30; i++) eyedropper.refresh();
        }"""
    )
    dot = room.locator(".pci-dot").bounding_box()
    assert (dot["x"], dot["y"]) == pytest.approx(aim(room, 80, 50), abs=0.6)
    room.wait_for_function("document.querySelector('.pci-pins').innerText.includes('#010203')")
    assert room.evaluate("window.reads") == 1, "many changes are read once"


@pytest.mark.parametrize(("language", "theme"), [("en", ""), ("ru", "dark")])
def test_a_phone_in_both_languages_and_axe(page: Any, language: str, theme: str, frame: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    scopes_page.open_page(page, language, theme)
    page.evaluate("room.instruments.element.open = true")
    scopes_page.show(page, *frame)
    page.locator(".pci-eye button").first.click()
    for x, y in ((60, 40), (2, 2)):
        page.mouse.click(*aim(page, x, y))
    for kind in ("histogram", "vector"):
        page.evaluate("(kind) => room.instruments.choose(kind)", kind)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        cut = page.evaluate(
            """[...document.querySelectorAll(".pci-kinds span, .pci button, .pci-eye button, .pci-eye td, .pci-eye th, .pci-words")]
              .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)"""
        )
        assert cut == []
        small = page.evaluate(
            """[...document.querySelectorAll(".pci-kinds label, .pci button, .pci-only, .pci summary, .pci-eye button, .pci-eye select")]
              .filter((e) => e.getClientRects().length).map((e) => [e.textContent, Math.min(e.offsetWidth, e.offsetHeight)])
              .filter(([, size]) => size < 40)"""
        )
        assert small == []
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: make vendor-dev")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found if v["impact"] in ("serious", "critical")] == []
