"""A small page with the parts of the Colour step that keep a coach's working habits, without a server."""

from __future__ import annotations

import base64
import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.grade.params import Grade
from perscoach.ui.colour.panel import setup
from perscoach.ui.routes import script_path

HERE = Path(__file__).resolve().parent
ROOM = HERE.parents[2] / "perscoach" / "ui" / "colour"
AXE = HERE.parents[2] / "node_modules" / "axe-core" / "axe.min.js"
STILL = np.random.default_rng(3).integers(0, 256, (60, 40, 3), np.uint8)  # any colours
ORIGIN = "http://room.test"
PAGE = """<!doctype html><html lang="{lang}"><head><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Room</title><link rel="stylesheet" href="/shell/app.css"><link rel="stylesheet" href="/colour/colour.css">
<link rel="stylesheet" href="/colour/habits.css"><style>body {{ margin: 0; font-family: sans-serif; background: var(--pc-paper) }}
main {{ padding: 16px }}</style></head>
<body class="{theme}"><main class="pc-colour"><div class="pcc-desk"><div class="pcc-look"></div><div class="pcc-controls"></div>
</div></main><script type="module" src="/habits_page.mjs"></script></body></html>"""


def answer(route: Any) -> None:
    """The test's own small site, without a server."""
    path, _, query = route.request.url.removeprefix(ORIGIN).partition("?")
    if path == "/":
        words = dict(part.split("=") for part in query.split("&") if part)
        body = PAGE.format(lang=words.get("lang", "en"), theme=words.get("theme", ""))
        route.fulfill(body=body, content_type="text/html")
    elif path == "/setup.json":
        planes = base64.b64encode(STILL.transpose(2, 0, 1).tobytes()).decode()
        still = {"width": STILL.shape[1], "height": STILL.shape[0], "planes": planes}
        route.fulfill(body=json.dumps({"setup": setup(), "still": still}), content_type="application/json")
    elif path.endswith((".mjs", ".css")):
        panel, _, name = path.lstrip("/").rpartition("/")
        file = script_path(panel, name) if panel else HERE / name
        assert file is not None, path
        route.fulfill(path=file, content_type="text/css" if path.endswith(".css") else "text/javascript")
    else:
        route.fulfill(status=404, body="nothing here", content_type="text/html")


def load(page: Any, query: str = "", job: str | None = "one", grade: Grade | None = None) -> Any:
    page.goto(f"{ORIGIN}/?{query}")
    page.wait_for_selector("body[data-ready]")
    if job:
        open_job(page, job, grade or Grade())
    return page


def open_job(page: Any, job: str, grade: Grade) -> None:
    page.evaluate(
        "([job, grade]) => { room.put(grade); room.habits.open(job, { grade, look: null }); }",
        [job, dataclasses.asdict(grade)],
    )


def grade_of(page: Any) -> Grade:
    return Grade(**page.evaluate("room.grade()"))


_CANVAS = """(canvas) => {
  const { width, height } = canvas;
  return [width, height, Array.from(canvas.getContext("2d").getImageData(0, 0, width, height).data)];
}"""


def pictures(page: Any) -> list[np.ndarray]:
    page.wait_for_function("room.gallery.presets.every((preset) => !preset.stale)")
    shown = [canvas.evaluate(_CANVAS) for canvas in page.locator(".pcc-gallery-row canvas").all()]
    return [np.array(data, np.uint8).reshape(height, width, 4)[..., :3] for width, height, data in shown]
