"""Suggest and match in the Colour step: what the server answers, and the page in headless Chromium."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.core.messages import of
from perscoach.grade import lut
from perscoach.grade.params import NEUTRAL, RANGES, Grade
from perscoach.ui import texts
from perscoach.ui.colour.advice import AdviceService
from tests.jobs.states import put
from tests.ui.colour_step import grade_of, painted
from tests.ui.test_colour_service import JUNK, asker

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
POOR = Grade(-0.12, 0.8, 0.0, 1.0, 1.25)


def sent(rgb: np.ndarray, alpha: np.ndarray | None = None) -> dict[str, Any]:
    """A picture as the page sends it."""
    packed = {"width": rgb.shape[1], "height": rgb.shape[0], "rgb": base64.b64encode(rgb.tobytes()).decode()}
    return packed | ({} if alpha is None else {"alpha": base64.b64encode(alpha.tobytes()).decode()})


@pytest.fixture
def opened(context: Any) -> tuple[AdviceService, Any, Any]:
    """The service, a job without a clip, and its owner's request."""
    owner, request = asker(context)
    return AdviceService(context), context.workspace.create(owner, "squat"), request


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_junk_ends_in_two_sentences(opened: Any, junk: Any) -> None:
    service, job, request = opened
    token = {"token": job.token}
    good = sent(np.zeros((20, 30, 3), np.uint8))
    asked = [("suggest", junk), ("suggest", {"token": junk}), ("match", junk)]
    asked += [("match", {**token, **good, key: junk}) for key in ("width", "height", "rgb")]
    for name, data in asked:
        answer = getattr(service, name)(data, request)
        assert [type(sentence) for sentence in answer["error"]] == [str, str]
        assert not answer["error"][0].startswith("Something went wrong"), (name, data)


def test_pictures_are_measured_before_they_are_read(opened: Any) -> None:
    service, job, request = opened
    rgb = np.zeros((20, 30, 3), np.uint8)
    cases = [
        ({"width": 401}, "width"),
        ({"height": 1e9}, "height"),
        ({"width": 31}, "did not arrive complete"),
        ({"rgb": sent(rgb)["rgb"][:-4]}, "did not arrive complete"),
        ({"rgb": "é" * len(sent(rgb)["rgb"])}, "did not arrive complete"),
        ({"alpha": "AAAA"}, "did not arrive complete"),
        ({}, "The clip is not ready yet"),
    ]
    for change, expected in cases:
        answer = service.match({"token": job.token, **sent(rgb), **change}, request)
        assert expected in answer["error"][0], (change, answer)


def test_nobody_else_s_job(opened: Any, context: Any) -> None:
    service, job, _ = opened
    for request in (asker(context)[1],):
        for name in ("suggest", "match"):
            answer = getattr(service, name)({"token": job.token}, request)
            assert answer["error"][0].startswith("This clip no longer exists")


def test_a_clip_without_a_person_is_said(opened: Any, context: Any, tmp_path: Path) -> None:
    import imageio_ffmpeg

    from perscoach.core.progress import Quiet
    from perscoach.media.ingest import ingest
    from perscoach.media.types import IngestSettings

    service, job, request = opened
    clip = tmp_path / "grey.mp4"
    words = "-v error -f lavfi -i color=gray:s=64x48:r=5:d=1 -c:v libx264 -pix_fmt yuv420p"
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words.split(), str(clip)], check=True, timeout=60)
    ingest(clip, job.folder / "clip" / "clip.mp4", IngestSettings(), context.settings, Quiet())
    put(job, status="done", clip="clip/clip.mp4")
    answer = service.suggest({"token": job.token}, request)
    assert answer["error"][0].startswith("No person was found"), answer


def test_every_text_is_in_both_languages_and_used() -> None:
    page = (Path(texts.__file__).parent / "colour" / "advice.mjs").read_text()
    written = set(re.findall(r"colour_(?:advice|suggest|match)[a-z_]*", page))
    own = of("ui_colour_advice")
    assert written <= set(own)
    built = {"colour_advice", "colour_suggest_busy", "colour_match_busy"}  # the section's name; ${kind}_busy
    assert set(own) == written | built
    assert all(en and ru and en != ru for en, ru in own.values())


# the page -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(
    chromium: Any, app_settings: Any, studio_clip: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """The step on a second of a real person, filmed dark and cold."""
    import imageio_ffmpeg

    from perscoach.ui.colour.alone import serve_alone

    folder = tmp_path_factory.mktemp("clip")
    poor = folder / "poor.mp4"
    change = "colorchannelmixer=rr=0.45:gg=0.55:bb=0.62"
    words = ["-v", "error", "-t", "1", "-i", str(studio_clip), "-vf", change, "-c:v", "libx264", "-crf", "12"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words, str(poor)], check=True, timeout=60)
    with serve_alone(app_settings, poor) as alone:
        yield alone


@pytest.fixture(scope="module")
def photo(studio_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same person as filmed, as a PNG."""
    import imageio_ffmpeg

    out = tmp_path_factory.mktemp("photo") / "good light.png"
    words = ["-v", "error", "-ss", "5", "-i", str(studio_clip), "-frames:v", "1", str(out)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words], check=True, timeout=60)
    return out


@pytest.fixture
def step(served: Any, page: Any) -> Any:
    """The page with its picture painted."""
    return painted(page, served)


@pytest.mark.browser
def test_suggest_and_match_move_the_sliders_say_why_and_can_be_undone(served: Any, step: Any, photo: Path) -> None:
    first = grade_of(step)
    step.locator(".pca-suggest").focus()
    step.keyboard.press("Enter")
    step.wait_for_selector(".pca-why li", timeout=60000)
    suggested = grade_of(step)
    assert suggested != first
    moved = [name for name in RANGES if getattr(suggested, name) != getattr(NEUTRAL, name)]
    reasons = step.locator(".pca-why li").all_inner_texts()
    assert len(reasons) >= len(moved) >= 2
    assert step.locator(".pca-head").inner_text() == "Suggested:"
    assert all(re.search(r"\d", sentence) for sentence in reasons[: len(moved)])
    step.locator(".pca-undo").click()
    assert grade_of(step) == first
    assert step.locator(".pca-undo").is_hidden()

    step.locator(".pca .pcc-file").set_input_files(photo)
    step.wait_for_function("/^Difference/.test(document.querySelector('.pca-head').textContent)", timeout=60000)
    matched = grade_of(step)
    assert matched != first
    before, after = (float(x) for x in re.findall(r"\d+\.\d", step.locator(".pca-head").inner_text()))
    assert after < 0.5 * before
    picture = step.locator(".pca-picture")
    assert picture.is_visible()
    assert "good light.png" in picture.get_attribute("aria-label")
    step.wait_for_function("document.querySelector('.pcc-state').textContent === 'Saved with the clip'")
    assert served.context.workspace.open(served.job.token).state.recipe.grade == matched
    step.locator(".pca-undo").click()
    assert grade_of(step) == first


@pytest.mark.browser
def test_dropped_and_pasted_pictures_and_what_is_no_picture(step: Any, tmp_path: Path) -> None:
    drop = """async ([kind, type, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], "given", { type }));
      const target = kind === "drop" ? document.querySelector(".pca-zone") : document;
      const event = kind === "drop" ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
        : new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
      target.dispatchEvent(event);
      return event.defaultPrevented;
    }"""
    assert step.evaluate(drop, ["drop", "image/png", [1, 2, 3]])
    step.wait_for_function("document.querySelector('.pca-head').classList.contains('pcc-bad')")
    assert step.locator(".pca-head").inner_text().startswith("This file cannot be shown as a picture")
    assert step.locator(".pca-suggest").get_attribute("aria-disabled") == "false"

    import cv2

    scene = np.full((60, 80, 3), (40, 90, 160), np.uint8)
    scene = lut.apply(scene, POOR)
    png = cv2.imencode(".png", scene)[1].tobytes()
    assert not step.evaluate(drop, ["paste", "text/plain", [65]]), "text goes where it was meant to"
    assert step.evaluate(drop, ["paste", "image/png", list(png)])
    step.wait_for_function("/^Difference/.test(document.querySelector('.pca-head').textContent)", timeout=60000)
    assert "No person was found in the picture" in step.locator(".pca-why").inner_text()


@pytest.mark.browser
def test_it_fits_a_phone_in_russian_and_axe_finds_nothing(served: Any, page: Any, photo: Path) -> None:
    width = 390
    page.set_viewport_size({"width": width, "height": 844})
    page.context.add_cookies([served.cookie, {"name": "perscoach_lang", "value": "ru", "url": served.url}])
    page.goto(served.url)
    page.wait_for_selector(".pc-colour[data-frame]", timeout=30000)
    page.locator(".pca .pcc-file").set_input_files(photo)
    page.wait_for_selector(".pca-why li", timeout=60000)
    words = page.locator(".pca").inner_text()
    assert "Разница" in words
    assert not re.search("[a-z]", words), words
    for button in page.locator(".pca button:visible").all():
        box = button.bounding_box()
        assert box["height"] >= 40
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert page.evaluate(
        "(() => { const e = document.querySelector('.pca'); return e.scrollWidth <= e.clientWidth; })()"
    )
    if AXE.is_file():
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("async () => (await axe.run('.pca')).violations")
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
