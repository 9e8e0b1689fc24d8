"""Driving the Colour step in a browser: what the tests and ``benchmarks/slider.py`` both do to it."""

from __future__ import annotations

import base64
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.grade import reference
from perscoach.grade.params import RANGES, Grade
from perscoach.ui.colour.pictures import View

PATIENCE = 30000  # milliseconds until the step's first picture


def colours_clip(folder: Path, seconds: int = 2) -> Path:
    """Moving colours, 160x120, ten frames a second."""
    import imageio_ffmpeg

    out = folder / "colours.mp4"
    words = f"-v error -f lavfi -i testsrc2=s=160x120:r=10:d={seconds} -c:v libx264 -crf 10 -pix_fmt yuv420p"
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words.split(), str(out)], check=True, timeout=60)
    return out


def painted(page: Any, served: Any, query: str = "") -> Any:
    """The page with its picture painted."""
    page.context.add_cookies([served.cookie])
    page.goto(served.url + query)
    page.wait_for_selector(".pc-colour[data-frame]", timeout=PATIENCE)
    return page


_PIXELS = """(selector) => {
  const shown = document.querySelector(selector);
  const canvas = new OffscreenCanvas(shown.width, shown.height); // whatever draws on it, WebGL2 or not
  const context = canvas.getContext("2d");
  context.drawImage(shown, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let letters = ""; // base64: a list of numbers takes Playwright ten seconds for a picture of a phone
  for (let i = 0; i < data.length; i += 32768) letters += String.fromCharCode(...data.subarray(i, i + 32768));
  return { width: canvas.width, height: canvas.height, data: btoa(letters) };
}"""


def canvas(page: Any, selector: str = ".pcc-after") -> np.ndarray:
    """(H, W, 4) uint8 RGBA of a canvas."""
    shown = page.evaluate(_PIXELS, selector)
    return np.frombuffer(base64.b64decode(shown["data"]), np.uint8).reshape(shown["height"], shown["width"], 4)


def settled(page: Any, index: int | None = None) -> None:
    """Wait until the canvas shows what the sliders say, standing still; at frame ``index`` where one is given."""
    page.wait_for_function(
        """(index) => {
          const root = document.querySelector(".pc-colour");
          const values = [...root.querySelectorAll(".pcc-controls > .pcc-slider input[type=range]")].map((range) => Number(range.value));
          const frame = index === null ? document.getElementById("pcc-frame").value : String(index);
          return root.dataset.grade === values.join(" ") && root.dataset.frame === frame && root.dataset.live === "false";
        }""",
        arg=index,
        timeout=15000,
    )


def canvas_once(page: Any, right: Callable[[np.ndarray], bool], seconds: float = 15.0) -> np.ndarray:
    """The canvas as soon as ``right`` says so of it; as it is in the end otherwise. A picture that moves may be smaller."""
    end = time.monotonic() + seconds
    while True:
        shown = canvas(page)
        if right(shown) or time.monotonic() > end:
            return shown
        page.wait_for_timeout(50)


def grade_of(page: Any) -> Grade:
    """What the five sliders say."""
    return Grade(**{name: float(page.locator(f"#pcc-{name}").input_value()) for name in RANGES})


def frame_of(served: Any, page: Any) -> np.ndarray:
    """(H, W, 3) uint8 of the chosen frame, as the clip has it."""
    return served.job.clip().frame(int(page.locator("#pcc-frame").input_value()))


def largest_error(served: Any, page: Any) -> float:
    """How far the canvas is from the Python reference's picture of the sliders' values, in codes of 255."""
    shown = canvas(page)
    assert shown[..., 3].min() == 255
    cut = View(pixels=shown.shape[0] * shown.shape[1]).cut(frame_of(served, page))
    return float(np.abs(reference.apply(cut / 255.0, grade_of(page)) * 255 - shown[..., :3]).max())


def drag(page: Any, name: str, moves: int, last: float = 0.5, held: Callable[[bool], object] = lambda on: None) -> None:
    """Drag a slider there and back as fast as the browser takes it, and let go at ``last`` (0..1 of its length).

    ``held`` is told when it is taken and when it is about to be let go.
    """
    slider = page.locator(f"#pcc-{name}")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.5, y)
    page.mouse.down()
    held(True)
    for i in range(moves):
        page.mouse.move(box["x"] + box["width"] * (0.5 + 0.45 * np.sin(i / 4)), y)
    page.mouse.move(box["x"] + box["width"] * last, y)
    held(False)
    page.mouse.up()
