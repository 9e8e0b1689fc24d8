"""A page with nothing but the colour room's player, on the app's own routes, and clips whose every frame carries its number.

Used by ``test_colour_player.py``.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.core.messages import of
from perscoach.jobs.workspace import Job
from perscoach.matting.base import MattingSettings
from perscoach.matting.stage import MatteJob
from perscoach.media import Clip
from perscoach.recipe import Recipe
from perscoach.ui import texts
from perscoach.ui.colour.playing import PlayingService
from perscoach.ui.context import OWNER_COOKIE, AppContext
from tests.jobs.states import put
from tests.ui.served import free_port

WIDTH, HEIGHT, BITS = 160, 96, 10
SETTINGS = MattingSettings(engine="plate", plate="median")

PAGE = """<!doctype html><html lang="LANG"><meta charset="utf-8"><title>player</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="perscoach/static/colour/colour.css"><link rel="stylesheet" href="perscoach/static/colour/player.css">
<style>body { margin: 12px; font-family: sans-serif }</style><main class="pc-colour"><h1>player</h1><div class="pcc-desk" style="display: block"></div></main>
<script type="module">
import { speaker } from "./perscoach/static/web/words.mjs";
import { Player } from "./perscoach/static/colour/player.mjs";
const BITS = 10;
const paper = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const number = (at) => { let n = 0; for (let i = 0; i < BITS; i++) n = 2 * n + (at(i) > 127 ? 1 : 0); return n; };
const drawn = (picture) => { // the number in the picture's lower half
  paper.canvas.width = picture.displayWidth ?? picture.videoWidth; paper.canvas.height = picture.displayHeight ?? picture.videoHeight;
  paper.drawImage(picture, 0, 0);
  const { data, width, height } = paper.getImageData(0, 0, paper.canvas.width, paper.canvas.height);
  return number((i) => data[4 * (Math.floor(0.75 * height) * width + Math.floor(((i + 0.5) * width) / BITS)) + 1]);
};
const inAlpha = ({ width, height, data }) => number((i) => data[Math.floor(0.75 * height) * width + Math.floor(((i + 0.5) * width) / BITS)]);
const log = (window.log = { frames: [], events: [] });
const t = speaker(TEXTS);
const player = (window.player = new Player(t, {
  ask: async (token) => (await fetch("ask?token=" + token)).json(),
  onFrame: (index, picture, alpha) => log.frames.push([index, drawn(picture), alpha ? inAlpha(alpha) : null]),
  onPlay: () => log.events.push(["play"]),
  onStop: (index) => log.events.push(["stop", index]),
  onIndex: (index, dragging) => log.events.push(["index", index, dragging]),
}));
document.querySelector(".pcc-desk").append(player.element);
document.addEventListener("keydown", (event) => { if (player.key(event)) event.preventDefault(); });
window.drawn = () => drawn(player.video);
player.open(CLIP);
</script></html>"""


MOVING = """<!doctype html><html lang="LANG"><meta charset="utf-8"><title>moving</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1"><style>body { margin: 12px; font-family: sans-serif }</style>
<main><h1>moving</h1><h2>cut out</h2><div id="here"><div class="pc-moving"></div></div></main>
<script type="module">
import { start } from "./perscoach/static/matte/moving.mjs";
const call = (name) => async (ask) => (await fetch(`call/${name}?token=${ask.token}`)).json();
window.moving = start(document.getElementById("here"), { setup: SETUP, token: TOKEN, clip: "1" },
  { job: call("job"), matte: call("matte"), doubts: call("doubts") }, () => {});
window.pixel = (x, y) => [...moving.canvas.getContext("2d").getImageData(x * moving.canvas.width, y * moving.canvas.height, 1, 1).data];
</script></html>"""
"""The same for the Cut-out step's moving picture; used by ``test_matte_moving.py``."""


@dataclass(frozen=True)
class Room:
    """A served page: where, the job, its cookie, and every request's (path, Range)."""

    url: str
    context: AppContext
    job: Job
    cookie: dict[str, str]
    asked: list[tuple[str, str]]


def marks(index: int, width: int, height: int) -> np.ndarray:
    """(H, W) uint8: the number's bits as bars in the lower half, a soft disc in the upper."""
    picture = np.zeros((height, width), np.uint8)
    for bit in range(BITS):
        left, right = round(bit * width / BITS), round((bit + 1) * width / BITS)
        picture[height // 2 :, left:right] = 255 if index >> (BITS - 1 - bit) & 1 else 0
    y, x = np.mgrid[: height // 2, :width]
    far = np.hypot(x - width * (0.2 + 0.6 * index / 2**BITS), y - height / 4)
    picture[: height // 2] = np.clip((height / 5 - far) * 16 + 128, 0, 255)
    return picture


def write_source(path: Path, frames: int, rate: str, sound: bool) -> Path:
    """A clip whose frames carry their numbers, coloured in the upper half."""
    import imageio_ffmpeg

    words = f"-v error -y -f rawvideo -pix_fmt rgb24 -s {WIDTH}x{HEIGHT} -r {rate} -i -".split()
    words += "-f lavfi -i sine=300:r=44100 -shortest".split() if sound else []
    words += "-c:v libx264 -crf 8 -pix_fmt yuv420p -colorspace bt709 -vf scale=out_color_matrix=bt709".split()
    ramp = np.linspace(30, 220, WIDTH).astype(np.uint8)
    pictures = []
    for index in range(frames):
        picture = np.repeat(marks(index, WIDTH, HEIGHT)[..., None], 3, axis=2)
        picture[: HEIGHT // 2] = np.stack((ramp, ramp[::-1], np.full(WIDTH, 128, np.uint8)), axis=1)
        pictures.append(picture.tobytes())
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), *words, str(path)], input=b"".join(pictures), check=True, timeout=60
    )
    return path


def write_matte(clip: Clip, folder: Path) -> MatteJob:
    """A finished matte whose every frame carries its number, in the job's folder."""
    job = MatteJob(clip, SETTINGS, folder)
    store = job._final
    with job.store.making(*job._place):
        for chunk in range(store.chunks):
            store.write(chunk, [marks(index, clip.width, clip.height) for index in range(*store.span(chunk))])
    return MatteJob(clip, SETTINGS, folder)


def make_job(context: AppContext, owner: str, source: Path) -> Job:
    """A job with the prepared clip and its matte."""
    from perscoach.core.progress import Quiet
    from perscoach.media.ingest import ingest
    from perscoach.media.types import IngestSettings

    job = context.workspace.create(owner, source.stem)
    clip = ingest(source, job.folder / "clip" / "clip.mp4", IngestSettings(), context.settings, Quiet())
    put(job, status="done", clip="clip/clip.mp4")
    job.edit(lambda _: Recipe(matting=SETTINGS))
    write_matte(clip, job.folder)
    return context.workspace.open(job.token)


def moving_routes(context: AppContext, job: Job, service: PlayingService) -> list[Any]:
    """The page of the Cut-out step's moving picture, and what it asks of the server."""
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, JSONResponse, Response
    from starlette.routing import Route

    from perscoach.ui.colour.service import ColourService
    from perscoach.ui.matte.moving import setup

    colour = ColourService(context)

    def moving(request: Request) -> Response:
        page = MOVING.replace("SETUP", json.dumps(setup())).replace("TOKEN", json.dumps(job.token))
        return HTMLResponse(page.replace("LANG", request.query_params.get("language", "en")))

    def call(request: Request) -> Response:
        answer = {"job": colour.job, "matte": service.matte, "doubts": service.doubts}[request.path_params["name"]]
        return JSONResponse(answer({"token": request.query_params["token"]}, request))

    return [Route("/moving", moving), Route("/call/{name}", call)]


@contextmanager
def serve(context: AppContext, source: Path) -> Iterator[Room]:
    """Serve the page on a job made from ``source`` until the block ends."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, JSONResponse, Response
    from starlette.routing import Route

    from perscoach.ui.routes import routes

    cookie = context.new_owner()
    job = make_job(context, cookie.split(".")[0], source)
    service = PlayingService(context)
    words = json.dumps({key: list(pair) for key, pair in of(*texts.COLOUR).items()})

    def page(request: Request) -> Response:
        clip = job.clip()
        assert clip is not None
        about = {"frames": clip.frames, "fps": float(clip.fps), "width": clip.width, "height": clip.height}
        address = f"perscoach/job/{job.token}/{request.query_params.get('file', 'clip.mp4')}?v=1"
        value = json.dumps({"token": job.token, "clip": about, "clipUrl": address})
        language = request.query_params.get("language", "en")
        return HTMLResponse(PAGE.replace("TEXTS", words).replace("CLIP", value).replace("LANG", language))

    def ask(request: Request) -> Response:
        return JSONResponse(service.matte({"token": request.query_params["token"]}, request))

    asked: list[tuple[str, str]] = []

    class Listing:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                ranges = next((value.decode() for name, value in scope["headers"] if name == b"range"), "")
                asked.append((scope["path"], ranges))
            await self.app(scope, receive, send)

    app = Starlette(
        routes=[
            Route("/", page),
            Route("/ask", ask),
            *moving_routes(context, job, service),
            *routes(context),
        ]
    )
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(Listing(app), host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    url = f"http://127.0.0.1:{port}/"
    try:
        yield Room(url, context, job, {"name": OWNER_COOKIE, "value": cookie, "url": url}, asked)
    finally:
        server.should_exit = True
        thread.join(5)
