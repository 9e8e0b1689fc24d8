"""A body of SAM 3D Body's kind through the whole app, replayed from a recording: bundle, viewer, comparison, files."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from tests.ui.served import Served, serve, short_example

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE = 120_000
VIEWER = "[...document.querySelectorAll('*')].find(node => node.pcViewer)?.pcViewer"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second of the example, small."""
    return short_example(tmp_path_factory.mktemp("clip"), "squat.mp4", 1, 1, 256)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Iterator[Served]:
    """The app of an operator who has named a recording of the small stand-in body."""
    from tests.standin.recording import write_recording

    root = tmp_path_factory.mktemp("app")
    with av.open(str(clip)) as container:
        video = container.streams.video[0]
        size, frames = (video.width, video.height), sum(1 for _ in container.decode(video))
    recording = write_recording(root / "squat.npz", frames, *size, float(video.average_rate))
    app = serve(root / "workspace", **{"PERSCOACH_RECORDING": str(recording)})
    yield app
    assert app.stop() == 0, app.log.read_text()


def test_the_recorded_body_is_bundled_shown_and_compared(served: Served, page: Any, clip: Path, tmp_path: Path) -> None:
    page.goto(served.url)
    page.wait_for_selector("#pc-state", state="attached", timeout=PATIENCE)
    page.set_input_files("#pc-upload input[type=file]", str(clip))
    page.wait_for_selector("#pc-state[data-clip='1'][data-busy='0']", state="attached", timeout=PATIENCE)

    page.click(".pc-nav [data-step-to=pose]")
    page.click("#pc-pose-advanced button")
    page.get_by_label("A recording").check()
    page.wait_for_selector("#pc-pose-engine strong:has-text('A recording')", timeout=PATIENCE)
    page.click(".pc-nav [data-step-to=bundle]")
    page.get_by_label("Draft").check()
    page.get_by_label("Video for Safari").uncheck()
    page.click("#pc-run")
    page.wait_for_selector("#pc-download, #pc-progress .pc-bad", timeout=PATIENCE)
    assert page.locator("#pc-progress .pc-bad").all_inner_texts() == []

    page.wait_for_selector(".pcv[data-state=ready]", timeout=PATIENCE)
    header = page.evaluate(f"({VIEWER}).page.movement.header")
    assert header["engine"] in ("recorded", "sam3d") and header["mesh"]["name"] == "mhr"
    assert page.locator(".pc-licence a").first.inner_text() == "NOTICE.txt"
    assert page.get_by_text("Moving body for 3D editors (GLB)").count() == 1
    assert page.get_by_text("Skeleton for animation software (BVH)").count() == 1

    page.evaluate(f"({VIEWER}).page.jump(12)")
    page.click("#pc-compare")
    page.wait_for_selector(".pcv[data-compare=both]", timeout=PATIENCE)
    assert page.evaluate(f"({VIEWER}).page.frame") == 12  # the viewer stayed open meanwhile
    assert "MediaPipe" in page.inner_text(".pcv-agree")
    page.wait_for_selector("#pc-compare", state="hidden", timeout=PATIENCE)
    assert page.locator("#pc-download").is_visible()

    with page.expect_download() as saving:
        page.click("#pc-download")
    bundle = tmp_path / "bundle.zip"
    saving.value.save_as(bundle)
    from perscoach.bundles.check import check_bundle

    names = zipfile.ZipFile(bundle).namelist()
    for name in ("poses/trainer.glb", "poses/trainer.bvh", "NOTICE.txt"):
        assert any(found.endswith(name) for found in names), name
    assert not any("compare" in name for name in names)
    report = check_bundle(bundle)
    assert report.ok, report.findings
