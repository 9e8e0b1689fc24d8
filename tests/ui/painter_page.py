"""A page with nothing but the colour room's painter, in a Chromium whose WebGL is drawn by software.

Used by ``test_colour_painter.py`` and ``benchmarks/grade_gl.py``. Nothing is served: the page's modules are handed over by
Playwright, pictures go in and out as base64.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.grade import reference
from perscoach.grade.params import RANGES, Grade
from tests.ui.served import CALM

FLAGS = (*CALM, "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
COLOUR = Path(__file__).resolve().parents[2] / "perscoach" / "ui" / "colour"
ADDRESS = "http://painter.test/"

_PAGE = """<!doctype html><meta charset="utf-8"><title>painter</title><link rel="icon" href="data:,">
<script type="module">
import { Painter } from "./painter.mjs";
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const text = (data) => {
  let letters = "";
  for (let i = 0; i < data.length; i += 32768) letters += String.fromCharCode(...data.subarray(i, i + 32768));
  return btoa(letters);
};
const source = ({ width, height, planes, alpha }) => ({ width, height, planes: bytes(planes), alpha: alpha ? bytes(alpha) : null });
const floats = (data) => new Float32Array(bytes(data).buffer);
const pixels = (read) => read && { width: read.width, height: read.height, data: text(read.data) };
const shown = (canvas) => { // what the page shows, with straight alpha
  const flat = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  flat.drawImage(canvas, 0, 0);
  return pixels(flat.getImageData(0, 0, canvas.width, canvas.height));
};
const within = (what, seconds, promise) => Promise.race([promise, new Promise((_, reject) => {
  setTimeout(() => reject(new Error(`${what} did not happen`)), seconds * 1000);
})]);
const clip = async (data) => {
  const video = document.createElement("video");
  video.muted = true;
  video.src = URL.createObjectURL(new Blob([bytes(data)], { type: "video/webm" }));
  await within("loading", 20, new Promise((resolve, reject) => {
    video.onloadeddata = resolve;
    video.onerror = () => reject(new Error(video.error.message));
  }));
  return video;
};
const sought = (video, time) => within("seeking", 20, new Promise((resolve) => {
  video.onseeked = resolve;
  video.currentTime = time;
}));
window.room = { Painter, bytes, text, source, floats, pixels, shown, within, clip, sought, canvas: document.createElement("canvas") };
// The canvas stays out of the document: without a graphics card Chromium reads a shown one back itself, and says so.
document.body.dataset.ready = "";
</script>"""


@contextmanager
def opened(browser: Any, viewport: tuple[int, int] = (900, 1300)) -> Iterator[tuple[Any, list[str]]]:
    """The page, and every line that its console gets; ``window.room`` holds the painter's class and small helpers."""
    context = browser.new_context(viewport={"width": viewport[0], "height": viewport[1]})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"thrown: {error}"))
    context.route(f"{ADDRESS}**", _answer)
    page.goto(ADDRESS)
    page.wait_for_selector("body[data-ready]", state="attached")
    try:
        yield page, said
    finally:
        context.close()


def _answer(route: Any) -> None:
    name = route.request.url.removeprefix(ADDRESS)
    path = COLOUR / name
    if not name:
        route.fulfill(body=_PAGE, content_type="text/html")
    elif path.parent == COLOUR and path.suffix == ".mjs" and path.is_file():
        route.fulfill(body=path.read_text("utf-8"), content_type="text/javascript")
    else:
        route.fulfill(status=404)


def maths() -> dict[str, Any]:
    """The constants as the panel hands them to the page."""
    return {
        "to_xyz": reference.RGB_TO_XYZ.tolist(),
        "to_rgb": reference.XYZ_TO_RGB.tolist(),
        "lift": reference.lift_gain(1.0),
    }


def source_of(rgb: np.ndarray, alpha: np.ndarray | None = None) -> dict[str, Any]:
    """(H, W, 3) uint8 and (H, W) uint8 as the page's ``room.source`` takes them."""
    planes = np.ascontiguousarray(rgb.transpose(2, 0, 1))
    return {
        "width": rgb.shape[1],
        "height": rgb.shape[0],
        "planes": base64.b64encode(planes.tobytes()).decode(),
        "alpha": None if alpha is None else base64.b64encode(alpha.tobytes()).decode(),
    }


def picture_of(pixels: dict[str, Any]) -> np.ndarray:
    """(H, W, 4) uint8 of what ``room.pixels`` gave."""
    data = np.frombuffer(base64.b64decode(pixels["data"]), np.uint8)
    return data.reshape(pixels["height"], pixels["width"], 4)


def choice(grade: Grade, look: str | None = None, amount: float = 1.0) -> dict[str, Any]:
    """A Choice of the page."""
    kept = None if look is None else {"id": look, "name": look, "amount": amount}
    return {"grade": dataclasses.asdict(grade), "look": kept}


def random_grades(count: int, seed: int = 5) -> list[Grade]:
    """Grades over the whole allowed ranges."""
    random = np.random.default_rng(seed)
    return [Grade(**{name: float(random.uniform(*ends)) for name, ends in RANGES.items()}) for _ in range(count)]


def colour_grid(size: int = 17) -> np.ndarray:
    """(size, size * size, 3) uint8: every combination of ``size`` levels from 0 to 255."""
    axis = np.round(np.linspace(0, 255, size)).astype(np.uint8)
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(size, size * size, 3)


def as_json(value: Any) -> Any:
    """What Playwright may carry."""
    return json.loads(json.dumps(value))
