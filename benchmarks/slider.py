"""How long a slider's move takes until the picture of its value is painted, in headless Chromium on this machine.

    python benchmarks/slider.py [--clip FILE] [--moves 40]

Serves the Colour step on a job made from a clip (a generated 602x722 one by default), then

* moves: sets each of the five sliders in turn, one value after the other, and waits for the frame that shows it;
* drag: drags a slider with the mouse across its length as fast as the browser takes it, and lets go;
* checks: the last value of the drag is the one on the screen, and a sample of the canvas equals the Python reference
  within one code of 255.

The time runs from the input event to the first animation frame after the one that painted. The last line is JSON.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.get_browser import find
from tests.ui.colour_step import drag, grade_of, largest_error
from tests.ui.served import CALM, free_port

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
    if (event.detail.index !== index) return;
    root.removeEventListener("perscoach:painted", seen);
    requestAnimationFrame(() => resolve(performance.now() - start));
  };
  root.addEventListener("perscoach:painted", seen);
  range.value = String(index);
  range.dispatchEvent(new Event("input", { bubbles: true }));
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clip", type=Path, help="a clip (default: one is generated)")
    parser.add_argument("--moves", type=int, default=40, help="single moves to time (at least 30)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder), options.clip or generated(Path(folder)), max(30, options.moves))
    print(json.dumps(result))


def generated(folder: Path) -> Path:
    """Two seconds of moving colours and noise, 602x722."""
    import imageio_ffmpeg

    out = folder / "colours.mp4"
    words = "-v error -f lavfi -i testsrc2=s=602x722:r=25:d=2 -vf noise=alls=12:allf=t -c:v libx264 -crf 12 -pix_fmt yuv420p"
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words.split(), str(out)], check=True, timeout=120)
    return out


def measure(folder: Path, clip: Path, moves: int) -> dict[str, Any]:
    """Serve, drive, check."""
    from playwright.sync_api import sync_playwright

    from perscoach.settings import load_settings
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
        page.goto(served.url)
        page.wait_for_selector(".pc-colour[data-frame]", timeout=60000)
        page.wait_for_timeout(500)
        singles = single_moves(page, moves)
        drags = [timed_drag(page, name) for name in ("lab_lift", "contrast", "brightness_boost")]
        last = int(page.locator("#pcc-frame").get_attribute("max"))
        frames = [page.evaluate(FRAME, (7 + 11 * i) % (last + 1)) for i in range(12)]
        error = round(largest_error(served, page), 2)
        size = page.evaluate("(({width, height}) => [width, height])(document.querySelector('.pcc-after'))")
        browser.close()
    return {
        "picture": size,
        "moves": len(singles),
        "median_ms": round(statistics.median(singles), 1),
        "p95_ms": round(float(np.percentile(singles, 95)), 1),
        "drag_events": sum(len(d["times"]) for d in drags),
        "drag_median_ms": round(statistics.median([t for d in drags for t in d["times"]]), 1),
        "drag_p95_ms": round(float(np.percentile([t for d in drags for t in d["times"]], 95)), 1),
        "drags_whose_last_value_is_shown": sum(d["last_shown"] for d in drags),
        "drags": len(drags),
        "frame_change_median_ms": round(statistics.median(frames), 1),
        "largest_error_codes": error,
    }


def single_moves(page: Any, moves: int) -> list[float]:
    """Milliseconds of each move."""
    ranges: dict[str, list[float]] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".pcc-slider input[type=range]")]
          .map((r) => [r.id.slice(4), [Number(r.min), Number(r.max)]]))"""
    )
    names = list(ranges)
    times = []
    for i in range(moves):
        low, high = ranges[names[i % len(names)]]
        value = low + (high - low) * (0.1 + 0.8 * ((i * 0.618) % 1))
        times.append(page.evaluate(MOVE, [names[i % len(names)], value]))
    return times


def timed_drag(page: Any, name: str) -> dict[str, Any]:
    """Drag one slider quickly; says whether the last value is the one on the screen."""
    page.evaluate(WATCH)
    drag(page, name, 60)
    page.wait_for_timeout(700)
    log = page.evaluate("window.slider")
    return {"times": log["times"], "last_shown": int(abs(log["painted"][name] - getattr(grade_of(page), name)) < 1e-6)}


if __name__ == "__main__":
    main()
