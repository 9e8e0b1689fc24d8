"""How fast the 3D viewer opens and scrubs, in headless Chromium.

    python benchmarks/viewer.py [--minutes 3] [--fps 30] [--steps 40] [--compare] [--file viewer.bin]

A generated movement (a mannequin of about 5200 vertices, more than an engine's own body is shown with), or the movement
in ``--file``, alone or with another engine's beside it (``--compare``), is written as ``viewer.bin`` and opened in the viewer alone (no Gradio around it), drawn by
Chromium's software GL (SwiftShader): a machine with a GPU draws faster. A step is a scrub to another frame until the
browser has handed the full mesh, skeleton, overlay and curve to the next painted frame. Prints what it does, and one
line of JSON at the end.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from perscoach.avatar.compact import read_compact, write_compact
from perscoach.avatar.mannequin import Mannequin
from perscoach.bundles.engine_comparison import write_engine_comparison
from perscoach.pose.engine_comparison import compare_engines
from tests.avatar.poses import exercise, motion_of
from tests.get_browser import find
from tests.ui.viewer_server import FLAGS, serve

STEP = """async ([frames, steps]) => {
  const times = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    await viewer.page.jump(Math.floor((i * 0.618 % 1) * frames));
    times.push(performance.now() - start);
  }
  return times;
}"""
SCRIPT = """async (frames) => {
  const times = [];
  for (let i = 0; i < 30; i++) {
    const start = performance.now();
    const scene = viewer.page.scene;
    scene.move([[3, scene.jointsOf(i * 7 % frames)], [1, scene.meshOf(i * 7 % frames)], [2, scene.bonesOf(i * 7 % frames)]]);
    times.push(performance.now() - start);
    await new Promise(requestAnimationFrame);
  }
  return times;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--fps", type=int, default=30)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--compare", action="store_true", help="with another engine's lines and curves beside")
    parser.add_argument("--file", type=Path, help="a job's viewer.bin instead of a generated movement")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        header = material(Path(folder), options)
        wrote, size = time.perf_counter() - start, (Path(folder) / "viewer.bin").stat().st_size
        print(f"{header['frames']} frames: {size / 1e6:.2f} MB in {wrote:.1f} s, {header['mesh']}", flush=True)
        result = {"frames": header["frames"], "bytes": size, "write_s": round(wrote, 2), "mesh": header["mesh"]}
        result |= measure(Path(folder), header["frames"], max(30, options.steps))
    print(json.dumps(result))


def material(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Put ``viewer.bin`` (and ``compare.bin``) into the folder; its header."""
    if options.file:
        shutil.copyfile(options.file, folder / "viewer.bin")
        return read_compact(folder / "viewer.bin")[0]
    frames = max(2, round(options.minutes * 60 * options.fps))
    motion = motion_of(exercise(frames, period=options.fps, noise=0.003), fps=options.fps)
    header = write_compact(folder / "viewer.bin", Mannequin(motion), motion)
    if options.compare:
        other = motion_of(exercise(frames, period=options.fps, noise=0.01), fps=options.fps)
        write_engine_comparison(folder / "compare.bin", motion, other, compare_engines(motion, other))
    return header


def measure(folder: Path, frames: int, steps: int) -> dict[str, object]:
    """Open, scrub, and look at what was asked of the server meanwhile."""
    from playwright.sync_api import sync_playwright

    chromium = find()
    with serve(folder) as (url, asked), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        opened = []
        for _ in range(3):
            page.goto(url)
            page.wait_for_function("window.took", timeout=120_000)
            if (folder / "compare.bin").exists():
                page.wait_for_selector(".pcv[data-compare=both]", timeout=120_000)
            opened.append(page.evaluate("window.took"))
        page.evaluate(
            "Plotly => viewer.page.scene.Plotly.relayout(viewer.page.scene.element, {'scene.camera.eye': {x: 0.4, y: -1.2, z: 0.7}})"
        )
        before, camera = len(asked), page.evaluate("JSON.stringify(viewer.page.scene.camera())")
        times = page.evaluate(STEP, [frames, steps])
        script = page.evaluate(SCRIPT, frames)
        kept = page.evaluate("JSON.stringify(viewer.page.scene.camera())") == camera
        requests = len(asked) - before
        renderer = page.evaluate("""() => { const gl = document.createElement('canvas').getContext('webgl');
          const info = gl.getExtension('WEBGL_debug_renderer_info'); return info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : 'unknown'; }""")
        browser.close()
    print(f"drawn by {renderer}")
    print(
        f"opened in {statistics.median(opened):.0f} ms (first {opened[0]:.0f}); step {statistics.median(times):.0f} ms, of which script {statistics.median(script):.0f} ms"
    )
    return {
        "open_ms": round(statistics.median(opened)), "open_first_ms": round(opened[0]), "step_ms": round(statistics.median(times), 1),
        "step_p90_ms": round(float(np.percentile(times, 90)), 1), "script_ms": round(statistics.median(script), 1), "steps": len(times),
        "requests_while_scrubbing": requests, "camera_kept": kept, "renderer": renderer,
    }  # fmt: skip


if __name__ == "__main__":
    main()
