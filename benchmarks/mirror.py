"""What the client's page costs: a score, the first pose, poses and pictures a second, and memory over a long session.

    python benchmarks/mirror.py BUNDLE [--clip CLIP] [--minutes 20]

``--clip`` is what the fake camera shows (default: perscoach/media/example.mp4); BUNDLE a finished bundle with ``mediapipe33``
poses. The long session plays the trainer again and again beside recorded landmarks at their own pace (20 a second), so
that everything but the model runs; the model's own turn is measured before, with the camera. Memory is taken every ten
seconds: the JavaScript heap after a collection of garbage, and the resident memory of the page's processes. Headless
Chromium, WebGL drawn by the processor. Prints what it does, and one line of JSON at the end.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from perscoach.bundles.poses_json import read_json
from perscoach.mirror.alone import serving
from perscoach.mirror.parts import PAGE, places_here
from perscoach.score.rules import PATH as RULES
from tests.mirror import client, filmed

ROOT = Path(__file__).resolve().parents[1]
RATE = 20
EVERY = 10.0
SCORE = """
const run = (Comparer, track, rules, poses) => {
  const seen = new Float64Array(33).fill(1);
  const costs = [];
  for (let round = 0; round < 12; round++) {
    const comparer = new Comparer(track, rules);
    const began = performance.now();
    poses.forEach((world, i) => comparer.step(i / 30, Math.min(i / 30, track.duration), world, seen));
    costs.push((performance.now() - began) / poses.length);
  }
  return costs.slice(4).sort((a, b) => a - b)[4];
};
"""
NODE = """
import { readFileSync } from 'node:fs';
import { Comparer } from 'PAGE/score.mjs';
import { readTrack } from 'PAGE/track.mjs';
const json = (name) => JSON.parse(readFileSync(name, 'utf8'));
const rules = json(RULES);
const track = readTrack(json(TRACK), rules);
const poses = json(CLIENT).frames.filter((f) => f.world).slice(0, 400).map((f) => Float64Array.from(f.world));
SCORE
console.log(run(Comparer, track, rules, poses));
"""
IN_PAGE = """async (frames) => {
  const { Comparer } = await import(new URL('score.mjs', document.baseURI).href);
  SCORE
  return run(Comparer, mirror.data.track, mirror.data.rules, frames.map((one) => Float64Array.from(one)));
}"""
PICTURES = """(seconds) => new Promise((done) => {
  const times = [];
  const poses = [];
  mirror.client.source?.onPose((one) => poses.push(one.latency));
  const tick = (now) => {
    times.push(now);
    if (now - times[0] < seconds * 1000) return requestAnimationFrame(tick);
    const steps = times.slice(1).map((t, i) => t - times[i]).sort((a, b) => a - b);
    const middle = poses.sort((a, b) => a - b)[poses.length >> 1] ?? null;
    done({ pictures_per_second: (1000 * steps.length) / (now - times[0]), p95_ms: steps[Math.floor(steps.length * 0.95)],
      poses_per_second: (1000 * poses.length) / (now - times[0]), pose_latency_s: middle });
  };
  requestAnimationFrame(tick);
})"""
FIRST = """async () => {
  const { openSource } = await import(new URL('source.mjs', document.baseURI).href);
  const began = performance.now();
  const source = await openSource({ kind: 'webcam' });
  const first = new Promise((done) => source.onPose((pose) => pose.world && done(performance.now() - began)));
  await source.start();
  const ms = await first;
  const { delegate, model } = source.stats();
  source.stop();
  return { ms, delegate, model };
}"""


def landmarks(bundle: Path, seconds: float) -> dict[str, Any]:
    """The trainer's own movement as a client's recording, again and again for so long."""
    motion = read_json(bundle / "poses" / "trainer_poses.json")
    if motion.skeleton.name != "mediapipe33":
        raise SystemExit("mirror: choose a bundle with MediaPipe's poses")
    good = [i for i in range(len(motion)) if motion.valid[i]]
    frames = []
    for k in range(round(seconds * RATE)):
        i = good[round(k / RATE * float(motion.fps)) % len(good)]
        world = np.round(motion.joints_3d[i].astype(float), 4)
        image = np.round(world[:, :2] * 0.4 + 0.5, 4)
        row = {"world": world.ravel().tolist(), "visibility": [1] * 33, "image": image.ravel().tolist()}
        frames.append({"t": k / RATE, **row})
    return {"schema": "perscoach.landmarks.1", "width": 640, "height": 480, "model": "recorded", "frames": frames}


def in_node(bundle: Path, recorded: Path, folder: Path) -> float | None:
    """Milliseconds a frame in node, ``None`` without node."""
    node = shutil.which("node")
    if node is None:
        return None
    names = {"RULES": RULES, "TRACK": bundle / "mirror" / "track.json", "CLIENT": recorded}
    words = NODE.replace("SCORE", SCORE).replace("PAGE", PAGE.as_posix())
    for name, path in names.items():
        words = words.replace(f"({name})", f"({json.dumps(str(path))})")
    script = folder / "score.mjs"
    script.write_text(words)
    done = subprocess.run([node, str(script)], capture_output=True, text=True, timeout=300, check=True)
    return float(done.stdout)


def before_the_camera(playwright: Any, url: str, clip: Path, folder: Path) -> dict[str, Any]:
    """Time to the first pose, then poses and pictures a second while a client works out."""
    camera = filmed.camera_of(clip, folder / "camera.mjpeg")
    browser = filmed.launch(playwright, camera)
    page = client.visit(browser, url, "?lang=en")
    first = page.evaluate(FIRST)
    page.context.close()
    page = client.visit(browser, url, "?lang=en")
    client.calibrated(page)
    page.keyboard.press("Space")
    client.until(page, "workout")
    got = page.evaluate(PICTURES, 6)
    browser.close()
    return {"first_pose_ms": first["ms"], "delegate": first["delegate"], "model": first["model"], **got}


def resident(session: Any) -> dict[str, float]:
    """Megabytes in memory, by kind of process; the browser's renderers together."""
    total: dict[str, float] = {}
    for one in session.send("SystemInfo.getProcessInfo")["processInfo"]:
        try:
            pages = int(Path(f"/proc/{one['id']}/statm").read_text().split()[1])
        except (OSError, ValueError, IndexError):
            continue
        total[one["type"]] = total.get(one["type"], 0.0) + pages * 4096 / 1e6
    return total


def long_session(playwright: Any, url: str, recorded: Path, minutes: float) -> dict[str, Any]:
    """The trainer again and again beside recorded landmarks; memory every ten seconds."""
    browser = filmed.launch(playwright, None)
    page = client.visit(browser, url, "?lang=en&mirror=0")
    processes = browser.new_browser_cdp_session()
    heap = page.context.new_cdp_session(page)
    page.set_input_files("input[type=file]", str(recorded))
    client.until(page, "countdown", "workout")
    page.evaluate("mirror.set('repeat', 'whole')")
    client.until(page, "workout")
    rows: list[tuple[float, float, float]] = []
    began = time.monotonic()
    while time.monotonic() - began < minutes * 60:
        heap.send("HeapProfiler.collectGarbage")
        used = heap.send("Runtime.getHeapUsage")["usedSize"] / 1e6
        memory = resident(processes)
        rows.append((time.monotonic() - began, used, memory.get("renderer", 0.0)))
        print(f"{rows[-1][0]:7.1f} s   heap {used:6.1f} MB   renderers {rows[-1][2]:6.0f} MB", flush=True)
        time.sleep(EVERY)
    state = page.evaluate("[mirror.state.name, mirror.live.comparer.scored, mirror.live.comparer.windows.length]")
    pictures = page.evaluate(PICTURES, 5)["pictures_per_second"]
    browser.close()
    table = np.array(rows)
    later = table[len(table) // 3 :]  # the first third warms up
    slope = [float(np.polyfit(later[:, 0] / 60, later[:, k], 1)[0]) if len(later) > 2 else None for k in (1, 2)]
    return {
        "minutes": minutes,
        "state": state[0],
        "frames_scored": state[1],
        "stretches": state[2],
        "pictures_per_second": pictures,
        "heap_mb": {
            "first": table[0, 1],
            "last": table[-1, 1],
            "most": float(table[:, 1].max()),
            "per_minute": slope[0],
        },
        "renderer_mb": {"first": table[0, 2], "last": table[-1, 2], "per_minute": slope[1]},
    }


def main() -> int:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--clip", type=Path, default=ROOT / "perscoach" / "media" / "example.mp4")
    parser.add_argument("--minutes", type=float, default=20.0)
    asked = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        recorded = folder / "client.json"
        value = landmarks(asked.bundle, asked.minutes * 60 + 60)
        recorded.write_text(json.dumps(value), encoding="utf-8")
        found: dict[str, Any] = {"score_ms_node": in_node(asked.bundle, recorded, folder)}
        with serving(places_here(), asked.bundle) as served:
            browser = filmed.launch(playwright, None)
            page = client.visit(browser, served.url)
            worlds = [frame["world"] for frame in value["frames"][:400]]
            found["score_ms_chromium"] = page.evaluate(IN_PAGE.replace("SCORE", SCORE), worlds)
            browser.close()
            print(json.dumps(found), flush=True)
            found["camera"] = before_the_camera(playwright, served.url, asked.clip, folder)
            print(json.dumps(found["camera"]), flush=True)
            found["long"] = long_session(playwright, served.url, recorded, asked.minutes)
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
