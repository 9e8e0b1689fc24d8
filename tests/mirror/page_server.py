"""The page on loopback with a bundle beside it, as any static host would have it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "perscoach" / "mirror" / "page"
MODULES = ROOT / "node_modules"
TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".json": "application/json",
         ".webm": "video/webm", ".mov": "video/quicktime", ".wasm": "application/wasm"}  # fmt: skip


def file_of(name: str, bundle: Path) -> Path | None:
    """The file behind an address below the page, ``None`` for what a host would not have."""
    if name.startswith("bundle/"):
        path = (bundle / name.removeprefix("bundle/")).resolve()
        return path if path.is_relative_to(bundle.resolve()) and path.is_file() else None
    vision = MODULES / "@mediapipe" / "tasks-vision"
    places = {
        "": PAGE / "index.html",
        "rules.json": ROOT / "perscoach" / "compare" / "rules.json",
        "format.mjs": ROOT / "perscoach" / "ui" / "viewer" / "format.mjs",
        "vendor/three.module.js": MODULES / "three" / "build" / "three.module.js",
        "vendor/three.core.js": MODULES / "three" / "build" / "three.core.js",
        "vendor/OrbitControls.js": MODULES / "three" / "examples" / "jsm" / "controls" / "OrbitControls.js",
        "vendor/vision_bundle.mjs": vision / "vision_bundle.mjs",
        "vendor/wasm/vision_wasm_module_internal.js": vision / "wasm" / "vision_wasm_module_internal.js",
        "vendor/wasm/vision_wasm_module_internal.wasm": vision / "wasm" / "vision_wasm_module_internal.wasm",
    }
    path = places.get(name, PAGE / name if "/" not in name else None)
    if name.startswith("models/"):
        path = _model(name.removeprefix("models/").removesuffix(".task"))
    return path if path is not None and path.is_file() else None


def _model(name: str) -> Path | None:
    from perscoach.errors import ModelError
    from perscoach.models import path_of

    try:
        return path_of(name)
    except (KeyError, ModelError):
        return None


@contextmanager
def serve(bundle: Path) -> Iterator[tuple[str, list[str]]]:
    """Gives the page's address and the list of paths that were asked for."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import FileResponse, Response
    from starlette.routing import Route

    asked: list[str] = []

    async def answer(request: Request) -> Response:
        name = request.path_params["name"]
        asked.append(name)
        path = file_of(name, bundle)
        if path is None:
            return Response(status_code=404)
        content: str | bytes | None = None
        if path.name == "OrbitControls.js":  # the vendoring step makes bare names relative; so does this
            content = path.read_text(encoding="utf-8").replace("from 'three'", "from './three.module.js'")
        kind = TYPES.get(path.suffix, "application/octet-stream")
        return Response(content, media_type=kind) if content is not None else FileResponse(path, media_type=kind)

    app: Any = Starlette(routes=[Route("/m/{name:path}", answer)])
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/m/", asked
    finally:
        server.should_exit = True
        thread.join(5)
        listener.close()
