"""A small server for the viewer alone: its module, plotly and one job's two files, as the app's own routes name them."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from perscoach.core.messages.ui_viewer import MESSAGES as TEXTS
from perscoach.ui.routes import plotly_path, script_path
from perscoach.ui.texts import best_language

FLAGS = [
    "--no-sandbox", "--headless=new", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PAGE = """<!doctype html><html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>viewer</title><link rel="icon" href="data:,"><style>body {{ margin: 16px auto; max-width: 1160px; padding: 0 12px; background: #f6f7f8 }}</style>
<div id="here"></div><script type="module">
import {{ mount }} from "/perscoach/static/viewer/viewer.mjs";
const viewer = (window.viewer = mount(document.getElementById("here"), {{ texts: {texts}, plotlyUrl: "/perscoach/static/plotly" }}));
window.began = performance.now();
window.source = {{ data: "/perscoach/job/t/viewer.bin", clip: {clip}, compare: {compare} }};
viewer.open(window.source).then(() => {{ window.took = performance.now() - window.began; }});
</script>"""


def _app(folder: Path) -> Starlette:
    clip, compare = (
        f'"/perscoach/job/t/{name}"' if (folder / name).exists() else "null" for name in ("clip.mp4", "compare.bin")
    )

    async def page(request):
        language = best_language(request.headers.get("accept-language", ""))
        return HTMLResponse(PAGE.format(language=language, texts=json.dumps(TEXTS), clip=clip, compare=compare))

    async def static(request):
        path = script_path(request.path_params["panel"], request.path_params["name"])
        if path is None:
            return Response(status_code=404)
        return FileResponse(path, media_type="text/css" if path.suffix == ".css" else "text/javascript")

    async def plotly(request):
        return FileResponse(plotly_path(), media_type="text/javascript")

    async def job(request):
        name = request.path_params["name"]
        known = name in ("viewer.bin", "compare.bin", "clip.mp4")
        return FileResponse(folder / name) if known else Response(status_code=404)

    return Starlette(
        routes=[
            Route("/", page),
            Route("/perscoach/static/plotly", plotly),
            Route("/perscoach/static/{panel}/{name}", static),
            Route("/perscoach/job/t/{name}", job),
        ]
    )


@contextmanager
def serve(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve ``viewer.bin``, ``compare.bin`` and ``clip.mp4`` of ``folder`` on loopback; gives the address and the list of asked paths."""
    asked: list[str] = []
    app = _app(folder)

    async def listing(scope, receive, send):
        if scope["type"] == "http":
            asked.append(scope["path"])
        await app(scope, receive, send)

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(listing, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", asked
    finally:
        server.should_exit = True
        thread.join(5)
        listener.close()
