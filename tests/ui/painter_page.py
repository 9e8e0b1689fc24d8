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
import pytest

from perscoach.grade import reference
from perscoach.grade.cube import Cube
from perscoach.grade.params import NEUTRAL, RANGES, Grade
from tests.get_browser import find
from tests.mirror.filmed import ffmpeg
from tests.ui.served import CALM

FLAGS = (*CALM, "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
COLOUR = Path(__file__).resolve().parents[2] / "perscoach" / "ui" / "colour"
FRAMES, FPS, CLIP = 6, 10, (48, 64)
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


def small_clip(folder: Path) -> tuple[str, np.ndarray]:
    """A clip (base64) of smooth colours that change from frame to frame, and its frames (F, H, W, 3) as ffmpeg shows them."""
    y, x = np.mgrid[0:48, 0:64] / 63.0
    made = [0.2 + np.stack([x, y, 1 - x], -1) * 0.3 + 0.06 * i for i in range(FRAMES)]
    (folder / "raw").write_bytes(np.round(np.array(made) * 255).astype(np.uint8).tobytes())
    size, colour = f"{CLIP[1]}x{CLIP[0]}", "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv"
    to_yuv, to_rgb = "scale=out_color_matrix=bt709:out_range=tv", "scale=in_color_matrix=bt709:in_range=tv"
    raw = f"-f rawvideo -pix_fmt rgb24 -s {size} -r {FPS} -i {folder / 'raw'}"
    ffmpeg(
        *f"{raw} -vf {to_yuv} -c:v libvpx-vp9 -crf 4 -b:v 0 -g 2 -pix_fmt yuv420p {colour} {folder / 'clip.webm'}".split()
    )
    ffmpeg(*f"-i {folder / 'clip.webm'} -vf {to_rgb} -f rawvideo -pix_fmt rgb24 {folder / 'back'}".split())
    back = np.frombuffer(Path(folder / "back").read_bytes(), np.uint8).reshape(FRAMES, *CLIP, 3)
    return base64.b64encode((folder / "clip.webm").read_bytes()).decode(), back


def scene(right: Any = None, left: Any = None, split: float = 0.0, mark: bool = False) -> dict[str, Any]:
    return {"left": left, "right": right or choice(NEUTRAL), "split": split, "mark": mark}


def still(page: Any, rgb: np.ndarray, alpha: np.ndarray | None = None) -> None:
    """Put a still on a canvas of its own size."""
    assert page.evaluate(
        "(s) => { Object.assign(room.canvas, { width: s.width, height: s.height }); return p.still(room.source(s)); }",
        source_of(rgb, alpha),
    )


def read(
    page: Any, of: dict[str, Any], shape: tuple[int, ...], view: list[float] | None = None, smooth: bool = False
) -> np.ndarray:
    """(H, W, 4) of the painter."""
    how = {"width": shape[1], "height": shape[0], "smooth": smooth}
    call = "([s, how, view]) => room.pixels(view ? p.readPart(s, view, how) : p.read(s, how))"
    return picture_of(page.evaluate(call, [of, how, view]))


def painted(page: Any, of: dict[str, Any]) -> np.ndarray:
    """(H, W, 4) straight: what the canvas shows."""
    return picture_of(
        page.evaluate(
            "(s) => { if (!p.paint(s)) throw new Error('nothing painted'); return room.shown(room.canvas); }", of
        )
    )


def look(size: int, domain: Any, seed: int) -> tuple[Cube, dict[str, Any]]:
    """A wild table as Python and as the page have it."""
    table = np.random.default_rng(seed).uniform(-0.2, 1.2, (size, size, size, 3)).astype(np.float32)
    flat = np.ascontiguousarray(table.transpose(2, 1, 0, 3)).tobytes()
    return Cube("", table, domain), {"size": size, "table": base64.b64encode(flat).decode(), "domain": domain}


ADD_LOOK = "([id, { size, table, domain }]) => p.addLook(id, { size, table: room.floats(table), domain })"


_CLIP_AT = """async ([data, index, fps, part, size, matte, scene, held]) => {
  const time = (index + 0.5) / fps;
  if (window.clipData !== data) { window.clipData = data; window.clip = await room.clip(data); }
  await room.sought(clip, time);
  Object.assign(room.canvas, size);
  if (held) {
    const frame = new VideoFrame(clip);
    p.frame(frame, null);
    frame.close();
    p.crop(part);
  } else p.video(clip, part);
  p.matte(matte && { ...matte, data: room.bytes(matte.data) });
  p.paint(scene);
  return room.pixels(p.read(scene, size));
}"""


def clip_at(
    page: Any,
    clip: str,
    index: int,
    part: list[int] | None = None,
    of: Any = None,
    matte: np.ndarray | None = None,
    held: bool = False,
) -> np.ndarray:
    """(H, W, 4) of a frame through the painter, in the clip's own pixels; ``held``: by a VideoFrame that is closed again."""
    width, height = (part or [0, 0, CLIP[1], CLIP[0]])[2:]
    packed = (
        None
        if matte is None
        else {"width": matte.shape[1], "height": matte.shape[0], "data": base64.b64encode(matte.tobytes()).decode()}
    )
    size = {"width": width, "height": height}
    return picture_of(page.evaluate(_CLIP_AT, [clip, index, FPS, part, size, packed, of or scene(), held]))


_CALLS = """([source, scene]) => {
  for (let i = 0; i < 12; i++) {
    p.still(room.source(source));
    p.paint(scene);
    p.read(scene, { width: 20 + i, height: 9, smooth: i % 2 > 0 });
    p.readPart(scene, [0, 0, 0.5, 0.5], { width: 3, height: 3 });
  }
}"""


@contextmanager
def painting(playwright: Any) -> Iterator[Any]:
    """A page with a painter ``p`` whose console stays empty; skips where the browser has no WebGL2."""
    path, picture = find(), np.zeros((9, 7, 3), np.uint8)
    if path is None:
        pytest.skip("no Chromium: install one or set PERSCOACH_CHROMIUM")
    browser = playwright.chromium.launch(executable_path=path, headless=True, args=list(FLAGS))
    try:
        with opened(browser) as (page, said):
            if not page.evaluate("document.createElement('canvas').getContext('webgl2') !== null"):
                pytest.skip("this Chromium has no WebGL2, not even by software")
            assert page.evaluate(
                "(maths) => (window.p = room.Painter.create(room.canvas, window.maths = maths)) !== null", maths()
            )
            page.evaluate(_CALLS, [source_of(picture), scene(choice(Grade()), mark=True)])
            page.wait_for_timeout(100)
            assert not said, said
            yield page
            # Reading the canvas back into a flat one, which only these tests do, is worth a word to Chromium.
            said = [line for line in said if "GPU stall due to ReadPixels" not in line]
            assert not said, said
    finally:
        browser.close()
