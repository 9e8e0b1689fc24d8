"""What the colour room shows is what is exported: the same frame on the canvas and in the PNG frames of a run."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from perscoach.core.places import EXAMPLE
from perscoach.grade import cube
from perscoach.grade.params import Grade
from perscoach.media.types import FRAMES, ExportSettings
from tests.ui.colour_step import canvas, settled

pytestmark = pytest.mark.browser
GRADE = Grade(0.05, 1.2, 70, 1.06, 0.93)


@pytest.fixture(scope="module")
def exported(chromium: Any, app_settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The step on the example's first frames, matted, with a look, and exported as PNG frames too."""
    import imageio_ffmpeg

    from perscoach.grade import look
    from perscoach.jobs.worker import run_job
    from perscoach.ui.colour.alone import serve_alone

    folder = tmp_path_factory.mktemp("export")
    clip = folder / "short.mp4"
    words = ["-v", "error", "-i", str(EXAMPLE), "-frames:v", "9", "-an", "-c:v", "libx264", "-crf", "8", str(clip)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words], check=True, timeout=60)
    with serve_alone(app_settings, clip) as alone:
        kept = look.store(alone.job.folder, cube.dumps(Grade(-0.04, 0.9, 20, 0.95, 1.1), size=17), "Evening")
        alone.job.edit(
            lambda recipe: dataclasses.replace(
                recipe,
                grade=GRADE,
                look=dataclasses.replace(kept, amount=0.7),
                export=ExportSettings(frames=True, audio=False, mov=False),
            )
        )
        assert run_job(alone.job, ("matte", "encode")) == "done", alone.job.refresh().state.error
        yield alone


def picture(alone: Any, index: int) -> np.ndarray:
    """(H, W, 4) uint8 of an exported PNG frame."""
    import cv2

    path = next(alone.job.folder.rglob(f"{FRAMES}/{index:06d}.png"))
    return cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)


@pytest.mark.parametrize("query", ["", "?webgl=off"])
def test_the_room_shows_what_is_exported(exported: Any, page: Any, query: str) -> None:
    """At 1:1 inside the matte, over white, with all five numbers and a look; with WebGL2 and without."""
    page.set_viewport_size({"width": 1280, "height": 1400})
    page.context.add_cookies([exported.cookie])
    page.goto(exported.url + query)
    page.wait_for_selector(".pc-colour[data-frame]", timeout=30000)
    assert page.locator(".pcc-box").get_attribute("data-screen") == ("cpu" if query else "gl")
    page.get_by_role("button", name="1:1").click()
    page.locator(".pcc-swatches [data-swatch=white]").click()
    for index in (4, 8):
        page.locator("#pcc-frame").fill(str(index))
        settled(page, index)
        page.wait_for_selector(".pcc-box[data-backdrop=white]", timeout=30000)
        shown, made = canvas(page), picture(exported, index)
        x, y = part(page)
        made = made[y : y + shown.shape[0], x : x + shown.shape[1]]
        inside = made[..., 3] == 255
        assert inside.mean() > 0.05, "a person is in the picture"
        off = np.abs(shown[..., :3].astype(int) - made[..., :3])[inside]
        assert off.max() <= 2 and off.mean() < 0.5, (index, off.max(), off.mean())
        assert (shown[..., 3] == 255)[inside].mean() > 0.99
        untouched = np.abs(
            shown[..., :3].astype(int)
            - exported.job.clip().frame(index)[y : y + shown.shape[0], x : x + shown.shape[1]]
        )
        assert untouched[inside].mean() > 5, "the grade is a visible one"


def part(page: Any) -> tuple[int, int]:
    """Where the shown part of the clip begins."""
    x, y = page.evaluate("document.querySelector('.pcc-paper').dataset.part.split(',').map(Number)")[:2]
    return int(x), int(y)
