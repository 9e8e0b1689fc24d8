"""Playing in the Colour step: the right frame, the matte of the same frame, few requests, sentences where something fails."""

from __future__ import annotations

import dataclasses
import json
import random
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from perscoach.core.messages import translate
from perscoach.jobs import JobQueue, Workspace
from perscoach.matting import proxy
from perscoach.matting.base import MattingSettings
from perscoach.recipe import Recipe
from perscoach.ui.colour import playing
from perscoach.ui.colour.playing import Makers, PlayingService
from perscoach.ui.context import OWNER_COOKIE, AppContext, load_secret
from tests.ui.asked import Asked, browser_of
from tests.ui.player_page import SETTINGS, Room, make_job, serve, write_source
from tests.ui.test_routes import client_of

FRAMES, RATE = 100, "30000/1001"
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return write_source(tmp_path_factory.mktemp("numbers") / "numbers.mp4", FRAMES, RATE, sound=True)


@pytest.fixture(scope="module")
def room(chromium: Any, app_settings: Any, source: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    root = tmp_path_factory.mktemp("player")
    workspace = Workspace(root)
    settings = dataclasses.replace(app_settings, workspace=root)
    with serve(AppContext(settings, workspace, JobQueue(workspace, 1), load_secret(root)), source) as served:
        yield served


@pytest.fixture
def player(room: Room, page: Any) -> Any:
    """The page with the clip's first frame there."""
    open_page(room, page)
    if not page.evaluate("""document.createElement("video").canPlayType('video/mp4; codecs="avc1.640028"')"""):
        pytest.skip("this Chromium has no H.264")
    page.wait_for_function("player.video.readyState >= 1")
    return page


def open_page(room: Room, page: Any, words: str = "") -> None:
    page.context.add_cookies([room.cookie])
    page.goto(room.url + words)
    page.wait_for_function("window.player")


def want_matte(page: Any) -> None:
    page.evaluate("player.wantAlpha(true)")
    page.wait_for_function("player.matte.state === 'ready'")


def note(page: Any) -> str:
    return str(page.inner_text(".pcp-say"))


# the server's side ----------------------------------------------------------------------------------------------------


def wait_ready(service: PlayingService, token: str, request: Any) -> Any:
    states = []
    for _ in range(400):
        answer = service.matte({"token": token}, request)
        states.append(answer["state"])
        if answer["state"] != "building":
            return answer, states
        time.sleep(0.02)
    raise AssertionError(states)


def test_the_proxy_is_made_once_and_served_to_its_owner(context: AppContext, source: Any, monkeypatch: Any) -> None:
    request = browser_of(context)
    job = make_job(context, context.owner(request), source)
    built, gate = [], threading.Event()

    def slowly(matte: Any, monitor: Any) -> Any:
        built.append(proxy.proxy_key(matte))
        assert gate.wait(10)
        return proxy.build_proxy(matte, monitor)

    monkeypatch.setattr(playing, "build_proxy", slowly)
    service = PlayingService(context, Makers())
    asked = [service.matte({"token": job.token}, request) for _ in range(3)]
    assert [a["state"] for a in asked] == ["building"] * 3 and len(built) == 1
    assert asked[0]["clip"].startswith(f"perscoach/job/{job.token}/clip.mp4?v=")
    gate.set()
    answer, _ = wait_ready(service, job.token, request)
    assert answer["state"] == "ready" and answer["done"] == FRAMES and len(built) == 1
    client = client_of(context)
    client.cookies.set(OWNER_COOKIE, request.cookies[OWNER_COOKIE])
    part = client.get("/" + answer["url"], headers={"Range": "bytes=0-7"})
    assert part.status_code == 206 and part.content == b"PCALPHA1" and part.headers["etag"]
    stranger: TestClient = client_of(context)
    stranger.cookies.set(OWNER_COOKIE, context.new_owner())
    assert stranger.get("/" + answer["url"]).status_code == 404
    assert "error" in service.matte({"token": job.token}, browser_of(context))
    assert "error" in service.matte({"token": ["x"]}, Asked())
    # another edge is another matte: the proxy is made anew, and only the last one stays beside it
    job.edit(lambda _: Recipe(matting=dataclasses.replace(SETTINGS, edge_shift=2.0)))
    wider, states = wait_ready(service, job.token, request)
    assert states[0] == "building" and wider["url"] != answer["url"] and len(built) == 2
    assert len([*(job.folder / "store" / "proxy").iterdir()]) == 2


def test_what_cannot_be_had_is_said(context: AppContext, source: Any, monkeypatch: Any) -> None:
    request = browser_of(context)
    job = make_job(context, context.owner(request), source)
    service = PlayingService(context, Makers())
    job.edit(lambda _: Recipe(matting=MattingSettings(engine="plate", plate="median", refine=False)))
    answer = service.matte({"token": job.token}, request)
    assert (answer["state"], answer["done"], answer["why"]) == ("none", 0, None), "not cut out with these settings"
    job.edit(lambda _: Recipe(matting=dataclasses.replace(SETTINGS, paint="gone.png")))
    assert "gone.png" in service.matte({"token": job.token}, request)["why"][0]
    job.edit(lambda _: Recipe(matting=SETTINGS))

    def full(matte: Any, monitor: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(playing, "build_proxy", full)
    answer, _ = wait_ready(service, job.token, request)
    assert answer["state"] == "none" and "disk is full" in answer["why"][0] and answer["clip"]


def test_a_newer_matte_stops_the_making_of_the_older(context: AppContext, source: Any, monkeypatch: Any) -> None:
    request = browser_of(context)
    job = make_job(context, context.owner(request), source)
    began, ended = threading.Event(), []

    def endless(matte: Any, monitor: Any) -> Any:
        if matte.settings.edge_shift:
            return proxy.build_proxy(matte, monitor)
        began.set()
        try:
            while True:
                monitor.check()
                time.sleep(0.005)
        finally:
            ended.append(matte.settings.edge_shift)

    monkeypatch.setattr(playing, "build_proxy", endless)
    service = PlayingService(context, Makers())
    assert service.matte({"token": job.token}, request)["state"] == "building" and began.wait(5)
    job.edit(lambda _: Recipe(matting=dataclasses.replace(SETTINGS, edge_shift=1.0)))
    answer, _ = wait_ready(service, job.token, request)
    assert answer["state"] == "ready" and ended == [0.0]


# the page -------------------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_every_seek_shows_the_frame_asked_for(player: Any) -> None:
    chance = random.Random(7)
    wanted = [0, FRAMES - 1, 1, FRAMES - 2, *(chance.randrange(FRAMES) for _ in range(20))]
    go = "async (all) => { const out = []; for (const i of all) { let at; await player.clock.go(i, (x) => { at = x; }); out.push([at, drawn()]); } return out; }"
    assert player.evaluate(go, wanted) == [[index, index] for index in wanted]


@pytest.mark.browser
def test_playing_hands_over_each_frame_with_its_own_matte(room: Room, player: Any) -> None:
    want_matte(player)
    room.asked.clear()
    player.evaluate("player.seek(60); player.video.playbackRate = 2; player.play()")
    player.wait_for_function(
        "log.frames.length > 40 && log.frames.some(([i]) => i < 40) && player.index > 45", timeout=20000
    )
    player.evaluate("player.pause()")
    frames = player.evaluate("log.frames")
    for now, after in zip(frames, [*frames[1:], frames[-1]], strict=True):
        assert now[0] == now[2], "the matte is the one of the number handed over"
        # a frame that came on while the last one was drawn is handed over again at once, with its own matte
        assert now[0] == now[1] or after[:2] == [now[1], now[1]]
    stopped = player.evaluate("log.events")[-1]
    assert stopped == ["stop", player.evaluate("player.index")] == ["stop", frames[-1][0]]
    player.wait_for_function("!player.clock.going")
    assert player.evaluate("drawn()") == stopped[1], "the video is parked on that frame"
    proxies = [ranges for path, ranges in room.asked if path.endswith("alpha.bin")]
    assert all(proxies) and len(proxies) <= 5, "the header and four chunks, none twice"
    assert len(room.asked) - len(proxies) <= 6, "and nothing else but the clip itself"


@pytest.mark.browser
def test_dragging_follows_the_newest_wish_and_comes_to_rest(player: Any) -> None:
    want_matte(player)
    drag = """async () => {
      let seeks = 0;
      player.video.addEventListener("seeking", () => { seeks += 1; });
      player.slider.dispatchEvent(new Event("pointerdown"));
      for (let i = 0; i < 60; i++) {
        player.slider.value = String(i);
        player.slider.dispatchEvent(new Event("input"));
        if (i % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 15));
      }
      while (player.clock.going) await new Promise((resolve) => setTimeout(resolve, 5));
      const end = performance.now() + 10000; // drawn once the browser has one
      while (!log.frames.length && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
      const live = player.dragging;
      player.slider.dispatchEvent(new Event("change"));
      return { seeks, live };
    }"""
    dragged = player.evaluate(drag)
    events, frames = player.evaluate("[log.events, log.frames]")
    assert dragged["seeks"] <= 14, "six bursts: what was on the way and the newest wish of each"
    assert frames and all(index == shown == matte for index, shown, matte in frames)
    if dragged["live"]:
        assert frames[-1][0] == 59
    assert events[:60] == [["index", i, True] for i in range(60)] and events[60:] == [["index", 59, False]]
    player.locator("#pcc-frame").focus()
    player.keyboard.press("End")
    player.wait_for_function("JSON.stringify(log.events.at(-1)) === '[\"index\",99,false]'")
    assert player.get_attribute("#pcc-frame", "aria-valuetext") == "Frame 100 of 100 · 3.30 s"


@pytest.mark.browser
def test_keys_and_buttons(player: Any) -> None:
    player.get_by_role("button", name="One frame forward").click()
    player.keyboard.press(".")
    player.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'ю', bubbles: true }))")
    player.keyboard.press(",")
    assert player.evaluate("player.index") == 2
    player.locator("h1").click()
    player.keyboard.press("End")
    assert player.evaluate("player.index") == FRAMES - 1
    player.keyboard.press("Home")
    player.keyboard.press("Space")
    player.wait_for_function("player.playing && log.frames.length > 2")
    assert player.get_by_role("button", name="Pause").count() == 1
    player.evaluate("document.querySelector('.pcc-desk').style.display = 'none'")
    player.wait_for_function("!player.playing && player.video.paused")
    assert player.evaluate("log.events.at(-1)[0]") == "stop", "leaving the step stops the clip"


def file_of(width: Any = 8, height: Any = 8, frames: Any = 4, body: bytes | None = None, **more: Any) -> bytes:
    """A proxy file of one chunk, whole or not."""
    body = zlib.compress(bytes(8 * 8 * 4)) if body is None else body
    header = {
        "width": width,
        "height": height,
        "frames": frames,
        "chunk": 32,
        "offsets": [300, 300 + len(body)],
        **more,
    }
    text = json.dumps(header).encode().ljust(288)
    return struct.pack("<8sI", b"PCALPHA1", len(text)) + text + body


HOSTILE = [
    b"", b"PCALPHA1", b"<html>" * 9, file_of()[:200], struct.pack("<8sI", b"PCALPHA1", 2**32 - 1), file_of(width=0),
    file_of(width=10**9), file_of(frames="4"), file_of(chunk=10**6), file_of(offsets=[300]), file_of(offsets=[300, 10]),
    file_of(offsets=[0, 310]), file_of(body=b"\x00" * 40), file_of(body=zlib.compress(bytes(10**6))), file_of(body=zlib.compress(bytes(3))),
    file_of()[:-2], file_of(offsets=[300, 2**60]), b"PCALPHA1\x04\x00\x00\x00null",
]  # fmt: skip


@pytest.mark.browser
def test_a_damaged_matte_is_said_and_the_clip_plays_on(room: Room, player: Any) -> None:
    bodies = iter([file_of(), *HOSTILE])
    player.route(
        "**/alpha.bin*", lambda route: route.fulfill(body=next(bodies), content_type="application/octet-stream")
    )
    tried = player.evaluate(
        """async (count) => {
          const { AlphaProxy } = await import(new URL("perscoach/static/colour/proxy.mjs", document.baseURI));
          const out = [];
          for (let i = 0; i < count; i++) {
            try {
              const proxy = await AlphaProxy.open(new URL("alpha.bin?" + i, document.baseURI).href);
              out.push((await proxy.frame(2)).data.length);
            } catch (error) { out.push(error.key ?? String(error)); }
          }
          return out;
        }""",
        1 + len(HOSTILE),
    )
    assert tried == [64, *["colour_play_matte_damaged"] * len(HOSTILE)]
    player.unroute("**/alpha.bin*")
    player.route("**/alpha.bin*", lambda route: route.fulfill(body=b"nothing", content_type="application/octet-stream"))
    player.evaluate("player.wantAlpha(true)")
    player.wait_for_function("player.matte.state === 'failed'")
    assert note(player) == translate("colour_play_matte_damaged", "en")
    player.evaluate("player.play()")
    player.wait_for_function("log.frames.length > 3")
    assert all(frame[2] is None for frame in player.evaluate("log.frames"))


@pytest.mark.browser
def test_a_clip_that_does_not_come_is_said_and_stills_go_on(room: Room, page: Any) -> None:
    open_page(room, page, "?file=viewer.bin&language=ru")
    page.wait_for_function("player.broken")
    assert note(page) in [translate(f"colour_play_{key}", "ru") for key in ("lost", "codec")]
    page.locator("h1").click()
    page.keyboard.press(".")
    assert page.evaluate("log.events") == [["index", 1, False]] and page.evaluate("player.live") is False


@pytest.mark.browser
def test_a_browser_that_announces_no_frames(room: Room, page: Any) -> None:
    page.add_init_script("delete HTMLVideoElement.prototype.requestVideoFrameCallback; delete window.VideoFrame;")
    open_page(room, page)
    if page.evaluate("player.broken"):
        pytest.skip("this Chromium has no H.264")
    want_matte(page)
    page.evaluate(
        "player.video.playbackRate = 0.25; player.seek(20); player.play()"
    )  # the decoder of a busy machine lags
    page.wait_for_function("log.frames.length > 12")
    page.evaluate("player.pause()")
    frames = page.evaluate("log.frames")
    assert page.evaluate("player.clock.exact") is False
    assert all(index == matte and abs(index - shown) <= 2 for index, shown, matte in frames), frames
    go = "async (all) => { const out = []; for (const i of all) { await player.clock.go(i); out.push(drawn()); } return out; }"
    assert page.evaluate(go, [5, 77, 31]) == [5, 77, 31]


@pytest.mark.browser
def test_it_fits_a_phone_in_both_languages_and_axe_finds_nothing(room: Room, page: Any) -> None:
    for language, name in (("en", "Play"), ("ru", "Пуск")):
        page.set_viewport_size({"width": 390, "height": 700})
        open_page(room, page, f"?language={language}")
        assert page.get_by_role("button", name=name, exact=True).count() == 1
        assert page.evaluate("document.documentElement.scrollWidth <= 390")
        sizes = page.evaluate(
            "[...document.querySelectorAll('.pcp-bar button, .pcp-bar select')].map((b) => b.getBoundingClientRect().height)"
        )
        assert len(sizes) == 4 and min(sizes) >= 40
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: make vendor-dev")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("async () => (await axe.run('main')).violations.map((v) => [v.id, v.nodes[0].html])")
    assert not found
