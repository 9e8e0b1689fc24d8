"""What the instruments draw and say."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from tests.ui.scopes import page as scopes_page
from tests.ui.scopes.drawn import LIGHT_SKIN, drawn, flat

pytestmark = pytest.mark.browser


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
        "Histogram. Mean lightness 0 %, darkest 0 %, brightest 0 %. Clipped: shadows 100 %, highlights 0 %. There is too little skin in the picture to judge"
    )
    pictures = [scopes_page.packed(flat(255, *[round(i * 25.5)] * 2)) for i in range(11)]
    changes = room.evaluate(
        """async (pictures) => {
          const { instruments } = room;
          const changes = { words: [], label: [] };
          const seen = (what) => new MutationObserver(() => { changes[what].push(performance.now()); });
          seen("words").observe(document.querySelector(".pci-words"), { childList: true });
          seen("label").observe(instruments.canvas, { attributes: true, attributeFilter: ["aria-label"] });
          for (const picture of pictures) {
            instruments.update(room.picture(...picture));
            await new Promise((done) => setTimeout(done, 30));
          }
          const words = document.querySelector(".pci-words");
          const read = () => [instruments.canvas.ariaLabel, words.textContent].every((line) => /darkest\\s100/.test(line));
          for (let i = 0; i < 200 && !read(); i += 1) await new Promise((done) => setTimeout(done, 50));
          return changes;
        }""",
        pictures,
    )
    for what, least in (("words", 250), ("label", 1500)):  # a busy machine takes longer, and then says more
        assert 1 <= len(changes[what]) < len(pictures)
        assert all(later - earlier > 0.95 * least for earlier, later in itertools.pairwise(changes[what])), changes
    assert (
        room.inner_text(".pci-words").replace("\u00a0", " ") == "Mean lightness 100 %, darkest 100 %, brightest 100 %"
    )
    assert "Clipped: shadows 0 %, highlights 100 %" in room.get_attribute(".pci-scope", "aria-label")
