"""The whole way in headless Chromium, as a coach goes it: clip, colour, run, reload, scrub, download, check."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from perscoach.jobs import Workspace
from perscoach.ui.clip.panel import EXAMPLE
from tests.conftest import SHARED
from tests.ui.served import Served, status_text

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RUN_PATIENCE = 240_000  # milliseconds for a bundle of two seconds of video on a busy machine
PATIENCE = 60_000


@pytest.fixture(scope="module")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second and a half of a person, small."""
    import imageio_ffmpeg

    source = next((p for p in (EXAMPLE, SHARED / "clips" / "studio_squat.mp4") if p.exists()), None)
    if source is None:
        pytest.skip("no clip with a person: neither the example nor the real ones are here")
    out = tmp_path_factory.mktemp("clip") / "присед ${alert(7)} <b>1.mp4"
    words = ["-v", "error", "-ss", "1", "-t", "1.5", "-i", str(source), "-vf", "scale=-2:420", "-pix_fmt", "yuv420p"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words, str(out)], check=True, timeout=60)
    return out


def open_page(page: Any, served: Served, query: str = "") -> list[str]:
    """Open the app; the addresses of other hosts that the page asks for are collected in the returned list."""
    foreign: list[str] = []
    page.on(
        "request",
        lambda r: None if r.url.startswith((served.url, "data:", "blob:")) else foreign.append(r.url),
    )
    page.goto(served.url + query)
    page.wait_for_selector("#pc-state", state="attached", timeout=PATIENCE)
    return foreign


def step(page: Any, name: str) -> None:
    page.click(f".pc-nav [data-step-to={name}]")
    page.wait_for_selector(f"#step-{name}", state="visible")


def recipe_of(served: Served, page: Any) -> dict[str, Any]:
    """The recipe of the page's job."""
    token = str(page.locator("#pc-state").get_attribute("data-job"))
    return Workspace(served.workspace).open(token).state.recipe.to_json()


def wait_until(page: Any, true: Any, patience: float = 20.0) -> None:
    for _ in range(int(patience / 0.2)):
        if true():
            return
        page.wait_for_timeout(200)
    assert true()


def test_from_a_clip_to_a_checked_bundle(served: Served, page: Any, short_clip: Path, tmp_path: Path) -> None:
    foreign = open_page(page, served)
    assert "No clip yet" in status_text(page)
    page.set_input_files("#pc-upload input[type=file]", str(short_clip))
    page.wait_for_selector("#pc-clip-view video", timeout=PATIENCE)
    assert page.input_value("#pc-name input, #pc-name textarea").startswith("присед")

    step(page, "colour")
    contrast = page.locator("#pcc-contrast")
    contrast.wait_for(state="visible", timeout=PATIENCE)
    before = recipe_of(served, page)["grade"]["contrast"]
    contrast.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    wait_until(page, lambda: abs(recipe_of(served, page)["grade"]["contrast"] - before - 0.05) < 1e-6)

    step(page, "pose")
    skip = page.locator("#step-pose input[type=number]").first
    skip.fill("3")
    skip.press("Tab")
    wait_until(page, lambda: recipe_of(served, page)["pose"]["skip"] == 3)
    step(page, "bundle")
    page.click("#pc-quality label:has-text('Draft')")
    wait_until(page, lambda: recipe_of(served, page)["export"]["quality"] == "draft")
    page.click("#pc-run")
    page.wait_for_selector("#pc-state[data-busy='1']", timeout=PATIENCE)
    page.wait_for_selector("#pc-progress [role=progressbar]", timeout=PATIENCE)

    token = page.locator("#pc-state").get_attribute("data-job")
    page.reload()  # the work belongs to the job, not to the page
    page.wait_for_selector(f"#pc-state[data-job='{token}'][data-clip='1']", state="attached", timeout=PATIENCE)
    page.wait_for_selector("#pc-progress [role=progressbar], #pc-download", timeout=PATIENCE)
    page.wait_for_selector("#pc-download, #pc-progress .pc-bad", timeout=RUN_PATIENCE)
    assert page.locator("#pc-progress .pc-bad").all_inner_texts() == []

    video = page.locator("#pc-transparent")
    wait_until(page, lambda: video.evaluate("v => v.readyState >= 2 && v.videoWidth > 0"))
    wait_until(page, lambda: page.locator("#pc-viewer input[type=range]").count() > 0)
    scrub = page.locator("#pc-viewer input[type=range]").first
    wait_until(page, lambda: float(scrub.get_attribute("max") or 0) >= 10)
    before = page.locator("#pc-viewer").inner_text()
    scrub.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    wait_until(page, lambda: page.locator("#pc-viewer").inner_text() != before)

    with page.expect_download() as saving:
        page.click("#pc-download")
    bundle = tmp_path / "bundle.zip"
    saving.value.save_as(bundle)
    assert re.fullmatch(r"[\w\-(). ]+\.zip", saving.value.suggested_filename)
    from perscoach.bundles.check import check_bundle

    report = check_bundle(bundle)
    assert report.ok, report.findings
    assert not foreign

    page.goto(served.url)  # without the token in the address the browser's memory opens it
    page.wait_for_selector(f"#pc-state[data-job='{token}']", state="attached", timeout=PATIENCE)


def test_the_switch_changes_every_word(served: Served, page: Any) -> None:
    open_page(page, served)
    page.click("[data-lang-to=ru]")
    page.wait_for_selector("html[data-lang=ru]", state="attached", timeout=PATIENCE)
    page.wait_for_selector("#pc-state", state="attached", timeout=PATIENCE)
    page.wait_for_function("document.querySelector('.pc-nav').innerText.includes('Вырезка')")
    assert "Клипа пока нет" in status_text(page)
    for name in ("clip", "colour", "matte", "pose", "bundle"):
        step(page, name)
        text = page.locator(f"#step-{name}").inner_text()
        assert not re.search(r"\b(the|clip|next|drop|choose|frame)\b", text, re.IGNORECASE), text
    page.click("[data-lang-to=en]")
    page.wait_for_function("document.querySelector('.pc-nav')?.innerText.includes('Cut-out')")
