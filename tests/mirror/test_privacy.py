"""Nothing leaves the machine, nothing stays on it, the camera goes off; and nobody is shut out of any screen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perscoach.mirror.alone import serving
from perscoach.mirror.parts import Places
from tests.mirror import client
from tests.mirror.drawn import drawn_bundle
from tests.mirror.test_e2e import waving

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
WATCH = """
globalThis.seen = { asked: [], tracks: [], refused: [] };
if (navigator.mediaDevices) {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    seen.asked.push(JSON.parse(JSON.stringify(wish)));
    const stream = await ask(wish);
    seen.tracks.push(...stream.getTracks());
    return stream;
  };
}
document.addEventListener('securitypolicyviolation', (event) => seen.refused.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
KEPT = """async () => ({ local: Object.keys(localStorage), session: Object.keys(sessionStorage), cookies: document.cookie,
  databases: (await indexedDB.databases()).map((one) => one.name), caches: await caches.keys(),
  workers: (await navigator.serviceWorker?.getRegistrations?.())?.length ?? 0 })"""
HIDE = """(hidden) => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => (hidden ? 'hidden' : 'visible') });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.fixture(scope="module")
def url(real_places: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(real_places, drawn_bundle(tmp_path_factory.mktemp("squat"))) as served:
        yield served.url


def watched(browser: Any, url: str, query: str, **options: Any) -> tuple[Any, list[str], list[str]]:
    """The page, every address that it or its worker asks for, and every complaint of the console."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, permissions=["camera"], **options)
    asked: list[str] = []
    heard: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.set_default_timeout(client.PATIENCE * 1000)
    page.on("console", lambda message: heard.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.add_init_script(WATCH)
    page.goto(url + query)
    page.wait_for_selector(".start.main")
    return page, asked, heard


def tracks(page: Any) -> list[list[str]]:
    """Kind and state of every track that the page ever got."""
    return list(page.evaluate("seen.tracks.map((track) => [track.kind, track.readyState])"))


def test_a_session_asks_nobody_and_leaves_nothing(with_camera: Any, gym_camera: Path, url: str) -> None:
    """With the camera and the real model: a hidden tab and Escape each switch the camera off."""
    page, asked, heard = watched(with_camera(gym_camera), url, "?lang=en")
    client.tab_to(page, ".start.main")
    page.keyboard.press("Enter")
    client.until(page, "framing")
    client.wait(page, "mirror.live.pose?.world")
    page.keyboard.press("Enter")  # on with it: calibration, countdown, workout
    client.until(page, "calibrating", "countdown")
    page.keyboard.press("Enter")
    client.until(page, "countdown")
    page.keyboard.press("Enter")
    client.until(page, "workout")
    page.evaluate("mirror.set('figure', 'body')")
    client.wait(page, "mirror.bodyState === 'shown'")
    assert tracks(page) == [["video", "live"]]
    page.evaluate(HIDE, True)
    client.until(page, "paused")
    assert tracks(page) == [["video", "ended"]], "the tab is hidden: the camera is off"
    page.evaluate(HIDE, False)
    page.keyboard.press("Space")
    client.until(page, "countdown", "workout")
    assert tracks(page) == [["video", "ended"], ["video", "live"]]
    client.until(page, "workout")
    page.keyboard.press("Escape")
    client.until(page, "report")
    assert tracks(page) == [["video", "ended"]] * 2, "the session is over: the camera is off"
    wishes = page.evaluate("seen.asked")
    assert len(wishes) == 2 and all(wish["audio"] is False and wish["video"] for wish in wishes), wishes
    assert page.evaluate("seen.refused") == []
    kept = page.evaluate(KEPT)
    assert set(kept.pop("local")) <= {"language", "settings"}
    assert kept == {"session": [], "cookies": "", "databases": [], "caches": [], "workers": 0}
    base = url.rsplit("/mirror/", 1)[0]
    foreign = [one for one in asked if not one.startswith((f"{base}/", "blob:", "data:"))]
    assert not foreign, foreign
    for part in ("pose.worker.mjs", "pose_landmarker_full.task", "vision_wasm_module_internal.wasm", "body.bin"):
        assert any(part in one for one in asked), f"{part} is listened to as well"
    assert not heard, heard
    page.context.close()


def test_escape_before_the_workout_switches_the_camera_off(with_camera: Any, gym_camera: Path, url: str) -> None:
    page, _, heard = watched(with_camera(gym_camera), url, "?lang=en")
    client.tab_to(page, ".start.main")
    page.keyboard.press("Enter")
    client.until(page, "framing")
    page.keyboard.press("Escape")
    client.until(page, "welcome")
    assert tracks(page) == [["video", "ended"]]
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
    assert not heard, heard
    page.context.close()


def checked(page: Any, screen: str) -> list[str]:
    """What axe-core finds serious or critical on the screen that is shown."""
    found = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
    return [
        f"{screen}: {one['id']} ({one['impact']}) {node['target']} {node.get('failureSummary', '')[:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(("language", "size"), [("en", (1280, 800)), ("ru", (390, 844))])
def test_axe_finds_nothing_serious_on_any_screen(
    chromium: Any, url: str, language: str, size: tuple[int, int], tmp_path: Path
) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: make vendor-dev")
    file = tmp_path / "client.json"
    file.write_text(json.dumps(waving(9.0)), encoding="utf-8")
    context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(client.PATIENCE * 1000)
    page.goto(f"{url}?lang={language}")
    page.wait_for_selector(".start.main")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = checked(page, "welcome")
    page.set_input_files("input[type=file]", str(file))
    client.until(page, "countdown")
    found += checked(page, "countdown")
    client.until(page, "workout")
    client.wait(page, "mirror.live.comparer.shown > 20")  # a score and its cues are on the screen
    found += checked(page, "workout")
    moving = page.evaluate("document.getAnimations().filter((one) => one.playState === 'running').length")
    assert moving == 0, "reduced motion is respected"
    page.keyboard.press("Space")
    client.until(page, "paused")
    found += checked(page, "paused")
    client.tab_to(page, "button[data-tl=settings]")
    page.keyboard.press("Enter")
    client.wait(page, "mirror.sheet.element.open")
    found += checked(page, "settings")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    client.until(page, "report")
    found += checked(page, "report")
    page.evaluate("mirror.send('again')")
    page.evaluate("mirror.choose('webcam', {})")  # there is no camera here
    client.wait(page, "mirror.state.name === 'refused'")
    found += checked(page, "gate")
    assert not found, "\n".join(found)
    context.close()
