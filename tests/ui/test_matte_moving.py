"""The Cut-out step's moving picture in a browser: cut out over a backdrop, before and after, sizes, frames to check."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ui.player_page import Room
from tests.ui.test_colour_player import AXE, room, source

__all__ = ["room", "source"]

GREEN, OUT, IN = (0, 177, 64), (0.5, 0.02), (0.5, 0.98)


@pytest.fixture
def moving(room: Room, page: Any) -> Any:
    """The page with the matte there and the first frame drawn."""
    page.context.add_cookies([room.cookie])
    page.goto(room.url + "moving")
    page.wait_for_function("window.moving?.clip")
    if not page.evaluate("""document.createElement("video").canPlayType('video/mp4; codecs="avc1.640028"')"""):
        pytest.skip("this Chromium has no H.264")
    page.wait_for_function("moving.player.matte.state === 'ready' && moving.doubts.share.length === 100")
    page.wait_for_function("JSON.stringify(pixel(0.5, 0.02).slice(0, 3)) === '[0,177,64]'")
    return page


def pixel(page: Any, x: float, y: float) -> list[int]:
    return list(page.evaluate(f"pixel({x}, {y})"))[:3]


def test_it_is_cut_out_over_any_backdrop_and_the_room_comes_back(moving: Any) -> None:
    moving.get_by_label("Background").select_option("white")
    moving.wait_for_function("pixel(0.5, 0.02)[0] === 255")
    moving.get_by_role("button", name="With the room").click()
    moving.wait_for_function("pixel(0.5, 0.02)[0] < 240 && pixel(0.5, 0.02)[1] < 240")
    moving.get_by_role("button", name="With the room").click()
    moving.wait_for_function("pixel(0.5, 0.02)[0] === 255")
    assert pixel(moving, 0.2, 0.25)[0] < 120, "the person (a disc) is there"


def test_sizes_are_true(moving: Any) -> None:
    for size, width in (("1", 160), ("2", 320)):
        moving.get_by_label("Size").select_option(size)
        assert moving.evaluate("moving.canvas.getBoundingClientRect().width") == width
    moving.get_by_label("Size").select_option("fit")
    assert moving.evaluate("moving.canvas.getBoundingClientRect().width <= moving.paper.clientWidth")


def test_playing_shows_each_frame_with_its_own_matte(moving: Any) -> None:
    """The last of the ten bars toggles from frame to frame: cut out it is either white or the backdrop, never dark."""
    moving.evaluate("""() => { window.seen = []; const draw = moving.draw.bind(moving);
        moving.draw = (index, picture, alpha) => { draw(index, picture, alpha); seen.push([index, ...pixel(0.95, 0.8)]); }; }""")
    moving.get_by_role("button", name="Play", exact=True).click()
    moving.wait_for_function("seen.length > 12")
    moving.get_by_role("button", name="Pause", exact=True).click()
    for index, *colour in moving.evaluate("seen"):
        wanted = (255, 255, 255) if index % 2 else GREEN
        assert max(abs(a - b) for a, b in zip(colour, wanted, strict=False)) < 30, f"frame {index}: {colour}"


def test_frames_to_check_are_marked_and_reached(moving: Any) -> None:
    moving.evaluate("""() => { moving.doubts = { share: Array.from({ length: 100 }, (_, i) => (i > 39 && i < 44) || i === 80 ? 130 : 10),
        why: { 40: "flicker", 80: "outside" } }; moving.mark(); moving.told(); }""")
    assert "2 places" in moving.inner_text(".pcm-line >> nth=0")
    button = moving.get_by_role("button", name="Next frame to check")
    for index, why in ((40, "jumps"), (80, "outside"), (40, "jumps")):
        button.click()
        moving.wait_for_function(f"moving.player.index === {index}")
        moving.wait_for_function(f"document.querySelectorAll('.pcm-line')[1].textContent.includes('{why}')")
    red = moving.evaluate("""() => { const c = moving.strip, d = c.getContext("2d").getImageData(0, c.height - 2, c.width, 1).data;
        return [0.1, 0.42, 0.805].map((x) => d[4 * Math.floor(x * c.width)] > 200); }""")
    assert red == [False, True, True]


def test_it_fits_a_phone_and_axe_finds_nothing(moving: Any) -> None:
    moving.set_viewport_size({"width": 390, "height": 700})
    moving.wait_for_function("document.documentElement.scrollWidth <= 390")
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: make vendor-dev")
    moving.add_script_tag(path=str(AXE))
    assert not moving.evaluate("async () => (await axe.run('main')).violations.map((v) => [v.id, v.nodes[0].html])")
