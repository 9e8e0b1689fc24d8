"""The colour room against a server that grades: how long a slider's move takes until its picture is painted, how fast a clip
plays graded, and what goes over the network meanwhile, in headless Chromium on this machine, in one run.

    python benchmarks/room.py [--clip FILE] [--moves 40] [--seconds 6]

* room: the Colour step with WebGL2 (software GL where the machine has no graphics card: the JSON names the renderer).
* page: the same without WebGL2 (``?webgl=off``), graded by the page's own arithmetic.
* server: what tools of this kind do: a Gradio slider sends its value, the server grades the frame and sends a picture back.

A move's time runs from the input event to the first animation frame after its picture was drawn. The last line is JSON.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.get_browser import find
from tests.ui.colour_step import drag, grade_of, largest_error
from tests.ui.served import CALM, free_port

RENDERER = """() => {
  const gl = document.createElement("canvas").getContext("webgl2");
  const info = gl && gl.getExtension("WEBGL_debug_renderer_info");
  return gl ? gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER) : "none";
}"""

# Resolves with milliseconds once the value that was just set has been painted.
MOVE = """([name, value]) => new Promise((resolve) => {
  const root = document.querySelector(".pc-colour");
  const range = document.getElementById("pcc-" + name);
  range.value = String(value);
  const start = performance.now();
  const seen = (event) => {
    if (Math.abs(event.detail.grade[name] - Number(range.value)) > 1e-6) return;
    root.removeEventListener("perscoach:painted", seen);
    requestAnimationFrame(() => resolve(performance.now() - start));
  };
  root.addEventListener("perscoach:painted", seen);
  range.dispatchEvent(new Event("input", { bubbles: true }));
})"""

# Times every input event of a drag until a frame with that value or a later one was painted.
WATCH = """() => {
  const root = document.querySelector(".pc-colour");
  const log = (window.slider = { waiting: [], times: [], painted: null });
  root.addEventListener("input", () => log.waiting.push(performance.now()), true);
  root.addEventListener("perscoach:painted", (event) => {
    const started = log.waiting.splice(0);
    log.painted = event.detail.grade;
    requestAnimationFrame(() => { for (const at of started) log.times.push(performance.now() - at); });
  });
}"""

# Resolves with milliseconds once another frame of the clip has been fetched, graded and painted.
FRAME = """(index) => new Promise((resolve) => {
  const root = document.querySelector(".pc-colour");
  const range = document.getElementById("pcc-frame");
  const start = performance.now();
  const seen = (event) => {
    if (event.detail.index !== index || event.detail.live) return;
    root.removeEventListener("perscoach:painted", seen);
    requestAnimationFrame(() => resolve(performance.now() - start));
  };
  root.addEventListener("perscoach:painted", seen);
  range.value = String(index);
  range.dispatchEvent(new Event("input", { bubbles: true }));
})"""

# Counts the pictures painted in so many seconds, and the frames of the clip among them.
PLAYED = """(seconds) => new Promise((resolve) => {
  const frames = new Set();
  let painted = 0;
  const root = document.querySelector(".pc-colour");
  const seen = (event) => { painted += 1; frames.add(event.detail.index); };
  root.addEventListener("perscoach:painted", seen);
  const start = performance.now();
  setTimeout(() => {
    root.removeEventListener("perscoach:painted", seen);
    const spent = (performance.now() - start) / 1000;
    resolve({ painted: painted / spent, different: frames.size });
  }, seconds * 1000);
})"""

# One move of the server's slider: resolves when another picture has been decoded and painted.
SERVER_MOVE = """(value) => new Promise((resolve) => {
  const range = document.querySelector("#lift input[type=range]");
  const image = document.querySelector("#picture img");
  range.value = String(value);
  const start = performance.now();
  image.addEventListener("load", () => requestAnimationFrame(() => resolve(performance.now() - start)), { once: true });
  range.dispatchEvent(new Event("input", { bubbles: true }));
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clip", type=Path, help="a clip (default: one is generated)")
    parser.add_argument("--moves", type=int, default=40, help="single moves to time (at least 30)")
    parser.add_argument("--seconds", type=float, default=6, help="how long the clip plays")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = options.clip or generated(Path(folder))
        result = measure(Path(folder), clip, max(30, options.moves), options.seconds)
    print(json.dumps(result))


def generated(folder: Path) -> Path:
    """Two seconds of moving colours and noise, 602x722."""
    import imageio_ffmpeg

    out = folder / "colours.mp4"
    words = "-v error -f lavfi -i testsrc2=s=602x722:r=25:d=2 -vf noise=alls=12:allf=t -c:v libx264 -crf 12 -pix_fmt yuv420p"
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words.split(), str(out)], check=True, timeout=120)
    return out


def measure(folder: Path, clip: Path, moves: int, seconds: float) -> dict[str, Any]:
    """Serve, drive, count."""
    from playwright.sync_api import sync_playwright

    from perscoach.core.settings import load_settings
    from perscoach.ui.launch import prepare_environment

    settings = dataclasses.replace(
        load_settings(), host="127.0.0.1", port=free_port(), workspace=folder / "workspace", user=None, password=None
    )
    prepare_environment(settings)
    from perscoach.ui.colour.alone import serve_alone

    with serve_alone(settings, clip) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=list(CALM))
        context = browser.new_context(viewport={"width": 1280, "height": 1400})
        context.add_cookies([served.cookie])
        page = context.new_page()
        result: dict[str, Any] = {"clip": clip.name, "renderer": page.evaluate(RENDERER)}
        for name, query in (("room", ""), ("page", "?webgl=off")):
            page.goto(served.url + query)
            page.wait_for_selector(".pc-colour[data-frame]", timeout=60000)
            page.wait_for_timeout(1500)
            result[name] = stand(served, page, moves)
            if name == "room":
                result[name] |= play(page, seconds)
        frame = served.job.clip().frame(served.job.clip().frames // 2)
        with server_path(frame) as url:
            page.goto(url)
            page.wait_for_selector("#picture img", timeout=60000)
            page.wait_for_timeout(1500)
            times = [page.evaluate(SERVER_MOVE, 1 + (61.8 * i) % 99) for i in range(moves)]
            result["server"] = figures(times)
        browser.close()
    result["server_to_room"] = round(result["server"]["median_ms"] / result["room"]["median_ms"], 1)
    return result


def stand(served: Any, page: Any, moves: int) -> dict[str, Any]:
    """Moves and drags on a standing frame, and how many requests leave the page while a slider is held."""
    singles = single_moves(page, moves)
    page.wait_for_timeout(800)
    sent: list[str] = []
    drags = [timed_drag(page, name, sent) for name in ("lab_lift", "contrast", "brightness_boost")]
    last = int(page.locator("#pcc-frame").get_attribute("max") or 0)
    frames = [page.evaluate(FRAME, (7 + 11 * i) % (last + 1)) for i in range(12)]
    size = page.evaluate("(({width, height}) => [width, height])(document.querySelector('.pcc-after'))")
    return {
        **figures(singles),
        "canvas": size,
        "drag_events": sum(len(d["times"]) for d in drags),
        "drag_median_ms": round(statistics.median([t for d in drags for t in d["times"]]), 1),
        "drags_whose_last_value_is_shown": f"{sum(d['last_shown'] for d in drags)} of {len(drags)}",
        "frame_change_median_ms": round(statistics.median(frames), 1),
        "requests_while_dragging": len(sent),
        "largest_error_codes": round(largest_error(served, page), 2),
    }


def single_moves(page: Any, moves: int) -> list[float]:
    """Milliseconds of each move."""
    ranges: dict[str, list[float]] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".pcc-controls > .pcc-slider input[type=range]")]
          .map((r) => [r.id.slice(4), [Number(r.min), Number(r.max)]]))"""
    )
    names = list(ranges)
    times = []
    for i in range(moves):
        low, high = ranges[names[i % len(names)]]
        value = low + (high - low) * (0.1 + 0.8 * ((i * 0.618) % 1))
        times.append(page.evaluate(MOVE, [names[i % len(names)], value]))
    return times


def timed_drag(page: Any, name: str, sent: list[str]) -> dict[str, Any]:
    """Drag one slider quickly; says whether the last value is the one on the screen. Requests while it is held go to ``sent``."""

    def hear(request: Any) -> None:
        sent.append(request.url)

    page.evaluate(WATCH)
    drag(page, name, 60, held=lambda on: page.on("request", hear) if on else page.remove_listener("request", hear))
    page.wait_for_timeout(700)
    log = page.evaluate("window.slider")
    return {"times": log["times"], "last_shown": int(abs(log["painted"][name] - getattr(grade_of(page), name)) < 1e-6)}


def play(page: Any, seconds: float) -> dict[str, Any]:
    """How fast the clip plays, standing still otherwise and with a slider being moved."""
    page.locator(".pcp-play").click()
    page.wait_for_timeout(1000)
    plain = page.evaluate(PLAYED, seconds)
    page.locator(".pcp-play").click()
    return {"playing_pictures_per_second": round(plain["painted"], 1), "playing_frames_seen": plain["different"]}


@contextmanager
def server_path(frame: np.ndarray) -> Iterator[str]:
    """A Gradio page whose slider is graded on the server: the frame as JPEG, as such tools show it."""
    import gradio as gr

    from perscoach.grade import lut
    from perscoach.grade.params import Grade

    def graded(lift: float) -> np.ndarray:
        return lut.apply(frame, Grade(lab_lift=lift))

    with gr.Blocks(analytics_enabled=False) as demo:
        slider = gr.Slider(0, 100, 52, elem_id="lift")
        image = gr.Image(graded(52), elem_id="picture", format="jpeg")
        slider.input(graded, slider, image, show_progress="hidden", trigger_mode="always_last")
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", server_port=free_port())
    try:
        yield url
    finally:
        demo.close(verbose=False)


def figures(times: list[float]) -> dict[str, Any]:
    """Median and 95th percentile of milliseconds."""
    return {"median_ms": round(statistics.median(times), 1), "p95_ms": round(float(np.percentile(times, 95)), 1)}


if __name__ == "__main__":
    main()
