"""The instruments and the eyedropper: their counts against numpy, what is drawn, what is said, and the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.grade import reference
from perscoach.grade.params import Grade
from tests.ui import scopes_page

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
LIGHT_SKIN, DARK_SKIN = (194, 150, 130), (115, 82, 68)  # the ColorChecker chart's patches in sRGB


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


def flat(*rgb: int, alpha: int = 255, size: tuple[int, int] = (40, 60)) -> np.ndarray:
    return np.tile(np.array([*rgb, alpha], np.uint8), (*size, 1))


def drawn(page: Any) -> np.ndarray:
    """(H, W, 3) of the instruments' canvas after the next frame."""
    got = page.evaluate(
        """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
          const { canvas } = room.instruments;
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let text = "";
          for (let i = 0; i < data.length; i += 32768) text += String.fromCharCode(...data.subarray(i, i + 32768));
          done([canvas.width, canvas.height, btoa(text)]);
        })))"""
    )
    import base64

    return np.frombuffer(base64.b64decode(got[2]), np.uint8).reshape(got[1], got[0], 4)[..., :3].astype(int)


def expected(rgba: np.ndarray, inside: bool, columns: int) -> dict[str, Any]:
    """The counts by numpy, from the definition: BT.709 in whole numbers with 16 bits after the point."""
    across = min(columns or rgba.shape[1], rgba.shape[1])
    keep = rgba[..., 3] >= (128 if inside else 0)
    place = np.broadcast_to(np.arange(rgba.shape[1]) * across // rgba.shape[1], keep.shape)[keep]
    rgb = rgba[keep][:, :3].astype(np.int64)
    luma = (rgb @ np.array([13933, 46871, 4732]) + 32768) >> 16
    cb, cr = (
        np.minimum(255, (rgb @ np.array(k) + 128 * 65536 + 32768) >> 16)
        for k in ((-7509, -25259, 32768), (32768, -29763, -3005))
    )
    values = dict(zip(("r", "g", "b", "luma"), (*rgb.T, luma), strict=True))
    bins = {name: np.bincount(value, minlength=256) for name, value in values.items()}
    traces = {name: np.bincount(place * 256 + value, minlength=across * 256) for name, value in values.items()}
    return {
        "count": int(keep.sum()),
        "columns": across,
        "histogram": bins,
        "waveform": traces.pop("luma"),
        "parade": traces,
        "vector": np.bincount(cr * 256 + cb, minlength=65536),
        "shadows": (rgb == 0).any(-1).mean() if len(rgb) else 0,
        "highlights": (rgb == 255).any(-1).mean() if len(rgb) else 0,
        "mean": luma.mean() / 2.55 if len(rgb) else 0,
        "darkest": np.quantile(luma, 0.01, method="inverted_cdf") / 2.55 if len(rgb) else 0,
        "brightest": np.quantile(luma, 0.99, method="inverted_cdf") / 2.55 if len(rgb) else 0,
    }


PICTURES = {
    "noise": (np.random.default_rng(1).integers(0, 256, (37, 53, 4)), False, 0),
    "noise inside": (np.random.default_rng(2).integers(0, 256, (37, 53, 4)), True, 17),
    "narrower than its columns": (np.random.default_rng(3).integers(0, 256, (50, 9, 4)), True, 64),
    "ends": (np.random.default_rng(4).choice([0, 1, 254, 255], (41, 30, 4)), True, 7),
    "soft edge": (np.random.default_rng(5).choice([126, 127, 128, 129], (20, 20, 4)), True, 0),
    "empty matte": (flat(90, 80, 70, alpha=127), True, 0),
    "one pixel": (flat(255, 0, 0, size=(1, 1)), False, 0),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_counts_are_numpy_s(room: Any, name: str) -> None:
    picture, inside, columns = PICTURES[name]
    got = scopes_page.counted(room, picture.astype(np.uint8), inside=inside, columns=columns)
    for key, value in expected(picture.astype(np.uint8), inside, columns).items():
        if isinstance(value, dict):
            assert all(np.array_equal(got[key][part], counts) for part, counts in value.items()), key
        elif isinstance(value, np.ndarray):
            assert np.array_equal(got[key], value), key
        else:
            assert got[key] == pytest.approx(value, abs=1e-12), key


def test_a_room_that_is_used_again_counts_afresh(room: Any) -> None:
    size = scopes_page.packed(PICTURES["noise"][0].astype(np.uint8))
    same = room.evaluate(
        """(all) => {
          const { measure } = room.scopes;
          const first = measure(room.picture(...all));
          const text = JSON.stringify(first.histogram) + first.vector.join() + first.parade.g.join();
          const again = measure(room.picture(...all), { room: first });
          return again === first && text === JSON.stringify(again.histogram) + again.vector.join() + again.parade.g.join();
        }""",
        size,
    )
    assert same


def test_colours_lie_where_a_vectorscope_has_them(room: Any) -> None:
    place = lambda *rgb: room.evaluate("(c) => room.scopes.chromaOf(...c)", rgb)  # noqa: E731
    hue = lambda *rgb: room.evaluate("(c) => room.scopes.hueOf(...room.scopes.chromaOf(...c))", rgb)  # noqa: E731
    for grey in (0, 1, 77, 128, 254, 255):
        assert place(grey, grey, grey) == [128, 128]
    assert hue(*LIGHT_SKIN) == pytest.approx(123, abs=3)
    assert hue(*DARK_SKIN) == pytest.approx(123, abs=3)
    y, u, v = 0.2126, 1.8556, 1.5748  # BT.709, by hand for red and blue
    targets = room.evaluate("room.scopes.TARGETS")
    assert targets["r"] == pytest.approx([128 - 0.75 * 255 * y / u, 128 + 0.75 * 255 * (1 - y) / v], abs=0.01)
    assert targets["b"] == pytest.approx([128 + 0.75 * 255 * 0.5, 128 - 0.75 * 255 * 0.0722 / v], abs=0.01)
    for one, other in (("r", "cy"), ("g", "mg"), ("b", "yl")):
        assert np.add(targets[one], targets[other]) == pytest.approx([256, 256], abs=0.01)


@pytest.mark.parametrize(
    ("rgb", "words"),
    [
        (LIGHT_SKIN, "Skin is on the skin line"),
        (DARK_SKIN, "Skin is on the skin line"),
        ((196, 152, 122), "Skin a little too yellow-green"),
        ((194, 158, 112), "Skin clearly too yellow-green"),
        ((194, 148, 136), "Skin a little too red"),
        ((200, 140, 140), "Skin clearly too red"),
        ((120, 122, 121), "Too few skin colours to judge."),
    ],
)
def test_the_skin_s_hue_in_words(room: Any, rgb: tuple[int, int, int], words: str) -> None:
    from math import atan2, degrees

    room.evaluate("room.instruments.choose('vector')")
    scopes_page.show(room, flat(*rgb))
    drawn(room)
    said = room.inner_text(".pci-words")
    assert said.startswith(words)
    y = np.dot(rgb, (0.2126, 0.7152, 0.0722))
    off = degrees(atan2((rgb[0] - y) / 1.5748, (rgb[2] - y) / 1.8556)) - 123
    if "°" in said:
        assert float("".join(c for c in said if c.isdigit())) == pytest.approx(abs(off), abs=2)


def test_all_four_are_counted_within_a_frame(room: Any) -> None:
    picture = np.random.default_rng(6).integers(0, 256, (284, 160, 4)).astype(np.uint8)
    took = room.evaluate(
        """(all) => {
          const picture = room.picture(...all);
          let kept = null;
          return Math.min(...Array.from({ length: 40 }, () => {
            const began = performance.now();
            kept = room.scopes.measure(picture, { room: kept });
            return performance.now() - began;
          }));
        }""",
        scopes_page.packed(picture),
    )
    assert took < 3


def test_lab_is_the_reference_s(room: Any) -> None:
    codes = np.stack(np.meshgrid(*[np.linspace(0, 255, 9)] * 3), -1).reshape(-1, 3)
    got = room.evaluate("(all) => all.map(([r, g, b]) => room.rgbToLab({ r, g, b }))", codes.tolist())
    f = reference.lab_curve(reference.srgb_to_linear(codes / 255) @ reference.RGB_TO_XYZ.T)
    want = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], -1)
    assert np.abs(np.array(got) - want).max() < 0.01
    assert got[-1] == pytest.approx([100, 0, 0], abs=1e-9)


# what is drawn --------------------------------------------------------------------------------------------------------


def lit(picture: np.ndarray, channel: int | None = None) -> np.ndarray:
    """(n, 2) rows and columns of the bright places, as shares of the canvas."""
    light = picture.max(-1) if channel is None else picture[..., channel] - np.delete(picture, channel, -1).max(-1)
    rows, columns = np.nonzero(light > (120 if channel is None else 60))
    return np.stack([rows / picture.shape[0], columns / picture.shape[1]], -1)


def trace_of(page: Any, kind: str, picture: np.ndarray) -> np.ndarray:
    """What a picture adds to an empty scope (labels and lines taken away)."""
    page.evaluate("(kind) => { room.instruments.choose(kind); room.instruments.hasMatte = true; }", kind)
    scopes_page.show(page, flat(0, 0, 0, alpha=0))
    empty = drawn(page)
    assert page.inner_text(".pci-words").startswith("Nothing to measure")
    scopes_page.show(page, picture)
    full = drawn(page)
    return np.where((full != empty).any(-1, keepdims=True), full, 0)


def test_the_waveform_stands_where_the_light_is(room: Any) -> None:
    ramp = np.tile(np.linspace(0, 255, 100).round().astype(np.uint8)[None, :, None], (30, 1, 4))
    ramp[..., 3] = 255
    places = lit(trace_of(room, "waveform", ramp))
    slope, start = np.polyfit(places[:, 1], places[:, 0], 1)
    assert np.corrcoef(places.T)[0, 1] < -0.999
    height, width = 272, room.evaluate("room.instruments.canvas.clientWidth")
    assert slope == pytest.approx(-(248 / height) / ((width - 56) / width), rel=0.03), "a ramp from 0 to 100 %"
    assert start + slope * (46 / width) == pytest.approx(260 / height, abs=0.015)


def test_the_parade_has_three_panes(room: Any) -> None:
    picture = trace_of(room, "parade", flat(230, 128, 26))
    for channel, share in ((0, 230 / 255), (1, 128 / 255), (2, 26 / 255)):
        places = lit(picture, channel)
        assert places[:, 0].mean() == pytest.approx((260 - 234 * share) / 272, abs=0.01)
        assert np.floor((places[:, 1].mean() - 0.1) / 0.3) == channel


def test_the_histogram_has_the_colours_apart(room: Any) -> None:
    picture = trace_of(room, "histogram", flat(200, 128, 50))
    width = room.evaluate("room.instruments.canvas.clientWidth")
    for channel, code in ((0, 200), (1, 128), (2, 50)):
        reds = np.nonzero((picture[..., channel] - np.delete(picture, channel, -1).max(-1)) > 60)[1]
        assert reds.mean() / picture.shape[1] == pytest.approx(
            (12 + (width - 24) * (code + 0.5) / 256) / width, abs=0.01
        )


@pytest.mark.parametrize("closer", [False, True])
def test_skin_lies_on_the_vectorscope_s_skin_line(room: Any, closer: bool) -> None:
    room.evaluate("(on) => room.instruments.comeCloser(on)", closer)
    picture = trace_of(room, "vector", flat(*LIGHT_SKIN))
    middle = np.array(picture.shape[:2]) / 2
    rows, columns = np.nonzero(picture.max(-1) > 60)
    up, right = middle[0] - rows.mean(), columns.mean() - middle[1]
    assert np.degrees(np.arctan2(up, right)) == pytest.approx(123, abs=3)
    assert np.hypot(up, right) == pytest.approx((3 if closer else 1) * 27.4 / 128 * 2 * 126, rel=0.1)


def test_the_skin_line_stands_at_123_degrees(room: Any) -> None:
    room.evaluate("room.instruments.choose('vector')")
    scopes_page.show(room, flat(0, 0, 0, alpha=0))
    picture = drawn(room)
    rows, columns = np.nonzero(np.abs(picture - (0xE2, 0xA2, 0x7A)).max(-1) < 40)
    up, right = picture.shape[0] / 2 - rows, columns - picture.shape[1] / 2
    line = np.abs(np.degrees(np.arctan2(up, right)) - 123) < 2
    assert np.hypot(up, right)[line].max() == pytest.approx(2 * 126, abs=3), "from the middle to the rim"
    assert line.sum() > 200


def test_the_canvas_follows_the_screen_s_pixels_and_one_frame_draws_once(room: Any) -> None:
    assert room.evaluate("[room.instruments.canvas.width / room.instruments.canvas.clientWidth, devicePixelRatio]") == [
        2,
        2,
    ]
    scopes_page.show(room, flat(10, 20, 30))
    drawn(room)
    times = room.evaluate(
        """async () => {
          const { instruments } = room;
          const { redraw } = instruments;
          let times = 0;
          instruments.redraw = () => { times += 1; redraw.call(instruments); };
          for (let i = 0; i < 50; i++) instruments.update(instruments.pixels);
          await new Promise((done) => setTimeout(done, 200));
          instruments.redraw = redraw;
          return times;
        }"""
    )
    assert times == 1


def test_the_last_figures_are_said_and_not_too_often(room: Any) -> None:
    scopes_page.show(room, flat(0, 0, 0))
    drawn(room)
    assert room.get_attribute(".pci-scope", "aria-label") == (
        "Histogram. Mean lightness 0 %, darkest 0 %, brightest 0 %. Clipped: shadows 100 %, highlights 0 %. Too few skin colours to judge"
    )
    pictures = [scopes_page.packed(flat(255, *[round(i * 25.5)] * 2)) for i in range(11)]
    changes = room.evaluate(
        """async (pictures) => {
          const { instruments } = room;
          const changes = { words: 0, label: 0 };
          const seen = (what) => new MutationObserver(() => { changes[what] += 1; });
          seen("words").observe(document.querySelector(".pci-words"), { childList: true });
          seen("label").observe(instruments.canvas, { attributes: true, attributeFilter: ["aria-label"] });
          for (const picture of pictures) {
            instruments.update(room.picture(...picture));
            await new Promise((done) => setTimeout(done, 30));
          }
          await new Promise((done) => setTimeout(done, 1900));
          return changes;
        }""",
        pictures,
    )
    assert 1 <= changes["words"] <= 4
    assert changes["label"] == 1
    assert (
        room.inner_text(".pci-words").replace("\u00a0", " ") == "Mean lightness 100 %, darkest 100 %, brightest 100 %"
    )
    assert "Clipped: shadows 0 %, highlights 100 %" in room.get_attribute(".pci-scope", "aria-label")


# the buttons ----------------------------------------------------------------------------------------------------------


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
    assert room.get_by_role("button", name="Mark clipped").get_attribute("aria-pressed") == "true"
    room.keyboard.press("Space")
    assert room.evaluate("room.heard.mark") == [True, False]


def test_the_person_alone_needs_a_matte(room: Any) -> None:
    half = flat(0, 0, 0, alpha=0)
    half[:, 30:] = flat(*LIGHT_SKIN, size=(40, 30))
    only = room.get_by_role("switch", name="Only the person")
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


# the eyedropper -------------------------------------------------------------------------------------------------------


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
    room.get_by_label("How many pixels").select_option(label="1 pixel")
    for x, y in ((100, 30), (20, 60), (60, 40), (119, 79)):
        room.mouse.click(*aim(room, x, y))
    assert room.locator(".pci-pins .pci-sample").count() == 3, "the fourth replaces the first"
    assert room.evaluate("window.under") == 0, "the picture itself is not grabbed"
    for i, (x, y) in enumerate(((20, 60), (60, 40), (119, 79))):
        assert table(room, f".pci-pins li:nth-child({i + 1})")[-3:] == rows_of(frame, x, y)
        dot = room.locator(".pci-dot").nth(i).bounding_box()
        assert (dot["x"], dot["y"]) == pytest.approx(aim(room, x, y), abs=0.6)
    room.get_by_role("button", name="Remove place 2").click()
    assert room.evaluate("document.activeElement.getAttribute('aria-label')") == "Remove place 2"
    assert [table(room, f".pci-pins li:nth-child({i})")[-3][1] for i in (1, 2)] == [
        rows_of(frame, x, y)[0][1] for x, y in ((20, 60), (119, 79))
    ]
    room.mouse.move(*aim(room, 3, 3))
    room.wait_for_function(
        "document.querySelector('.pci-eye > .pci-sample').innerText.includes('Nothing of the picture')"
    )
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
    room.get_by_label("How many pixels").select_option(label="1 pixel")
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
    room.get_by_label("How many pixels").select_option(label="1 pixel")
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
