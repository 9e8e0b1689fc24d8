"""A page with the Colour step's instruments alone: the modules come from disk, nothing is asked of any network."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.core.messages import of
from perscoach.ui import texts
from perscoach.ui.routes import script_path

UI = Path(__file__).resolve().parents[3] / "perscoach" / "ui"
SHEET = UI / "shell" / "app.css"
ADDRESS = "http://localhost:1/"

PAGE = """<!doctype html><html lang="{language}" class="{theme}"><meta charset="utf-8"><title>instruments</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<link rel="stylesheet" href="app.css"><link rel="stylesheet" href="colour.css"><link rel="stylesheet" href="instruments.css">
<style>body {{ margin: 0; padding: 12px; background: {ground}; font-family: system-ui, sans-serif }}
.pcc-box {{ position: relative }}</style>
<main class="pc-colour"><div class="pcc-desk"><div class="pcc-look"><div class="pcc-box"><div class="pcc-paper"><canvas></canvas></div></div></div>
<div class="pcc-controls"></div></div></main>
<script type="module">
import {{ Instruments }} from "./instruments.mjs";
import {{ Eyedropper, rgbToLab }} from "./eyedropper.mjs";
import * as scopes from "./scopes.mjs";
import {{ speaker }} from "../web/words.mjs";
const t = speaker({words});
const heard = {{ change: 0, mark: [], inside: [], active: [] }};
const instruments = new Instruments(t, {{
  onChange: () => {{ heard.change += 1; }}, onMark: (on) => heard.mark.push(on), onInside: (on) => heard.inside.push(on) }});
const canvas = document.querySelector(".pcc-paper canvas");
let shown = null;
const bytes = (text) => Uint8ClampedArray.from(atob(text), (c) => c.charCodeAt(0));
const picture = (width, height, text) => ({{ width, height, data: bytes(text) }});
const mean = (data, x, y, radius) => {{
  const sum = [0, 0, 0];
  let n = 0;
  for (let j = Math.max(0, y - radius); j <= Math.min(shown.height - 1, y + radius); j++) {{
    for (let i = Math.max(0, x - radius); i <= Math.min(shown.width - 1, x + radius); i++, n++) {{
      for (let c = 0; c < 3; c++) sum[c] += data[(j * shown.width + i) * 4 + c];
    }}
  }}
  return {{ r: sum[0] / n, g: sum[1] / n, b: sum[2] / n }};
}};
const eyedropper = new Eyedropper(t, {{
  read: (x, y, radius) => {{
    const alpha = shown.data[(y * shown.width + x) * 4 + 3];
    return alpha === 0 ? null : {{ before: mean(shown.before, x, y, radius), after: mean(shown.data, x, y, radius), alpha }};
  }},
  onActive: (on) => heard.active.push(on),
}});
eyedropper.attach(document.querySelector(".pcc-paper"), ({{ clientX, clientY }}) => {{
  if (!shown) return null;
  const box = canvas.getBoundingClientRect();
  return {{ x: ((clientX - box.left) / box.width) * shown.width, y: ((clientY - box.top) / box.height) * shown.height }};
}});
document.querySelector(".pcc-controls").append(instruments.element, eyedropper.element);
const show = (width, height, text, before) => {{
  shown = {{ ...picture(width, height, text), before: bytes(before) }};
  Object.assign(canvas, {{ width, height }});
  canvas.getContext("2d").putImageData(new ImageData(shown.data, width, height), 0, 0);
  const scale = Math.min(document.querySelector(".pcc-box").clientWidth / width, 500 / height);
  Object.assign(document.querySelector(".pcc-paper").style, {{ width: `${{width * scale}}px`, height: `${{height * scale}}px` }});
  instruments.clip = {{ width, height }};
  instruments.choose(instruments.kind); // says its figures at once
  instruments.update(shown);
  eyedropper.clear();
}};
const count = (width, height, text, options) => {{
  const m = scopes.measure(picture(width, height, text), options);
  const raw = (bytes) => bytes.reduce((all, byte) => all + String.fromCharCode(byte), "");
  const list = (value) => (value instanceof Uint32Array ? btoa(raw(new Uint8Array(value.buffer)))
    : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, list(v)])) : value);
  return list(m);
}};
window.room = {{ instruments, eyedropper, scopes, rgbToLab, heard, picture, show, count }};
</script></html>"""


def page_of(language: str = "en", theme: str = "") -> str:
    """The page's text; ``theme`` is empty or ``dark``."""
    words = json.dumps({key: list(pair) for key, pair in of(*texts.COLOUR).items()})
    return PAGE.format(language=language, theme=theme, words=words, ground="#0f1418" if theme else "#f6f7f8")


def _path(name: str) -> Path | None:
    panel, _, file = name.rpartition("/")
    return SHEET if name == SHEET.name else script_path(panel or "colour", file)


def open_page(page: Any, language: str = "en", theme: str = "") -> None:
    """Show the instruments in a browser's page and wait until they stand."""

    def answer(route: Any) -> None:
        name = route.request.url.removeprefix(ADDRESS)
        if name == "":
            route.fulfill(body=page_of(language, theme), content_type="text/html; charset=utf-8")
        elif (path := _path(name)) is not None:
            kind = "text/css" if path.suffix == ".css" else "text/javascript"
            route.fulfill(body=path.read_text(encoding="utf-8"), content_type=f"{kind}; charset=utf-8")
        else:
            route.fulfill(status=404, body="")

    page.route("**/*", answer)
    page.goto(ADDRESS)
    page.wait_for_function("window.room !== undefined")


def packed(rgba: np.ndarray) -> tuple[int, int, str]:
    """(H, W, 4) uint8 as the page takes it: width, height, base64."""
    height, width = rgba.shape[:2]
    return width, height, base64.b64encode(np.ascontiguousarray(rgba, np.uint8).tobytes()).decode()


def show(page: Any, rgba: np.ndarray, before: np.ndarray | None = None) -> None:
    """Put a picture (H, W, 4) on the page's canvas and before the instruments; ``before`` is what it was ungraded."""
    page.evaluate("(all) => room.show(...all)", [*packed(rgba), packed(rgba if before is None else before)[2]])


def counted(page: Any, rgba: np.ndarray, **options: Any) -> dict[str, Any]:
    """What the page's ``measure`` makes of a picture, its tables as arrays."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(part) for name, part in value.items()}
        return np.frombuffer(base64.b64decode(value), np.uint32) if isinstance(value, str) else value

    return plain(page.evaluate("(all) => room.count(...all)", [*packed(rgba), options]))
