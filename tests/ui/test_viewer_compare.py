"""Two engines side by side in the viewer: lines of two colours and styles, curves, words; nothing asked while scrubbing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.avatar.compact import read_compact, real, write_compact
from perscoach.avatar.mannequin import Mannequin
from perscoach.bundles.engine_comparison import write_engine_comparison
from perscoach.motion import Motion
from perscoach.pose.engine_comparison import compare_engines
from tests.avatar.poses import exercise, motion_of
from tests.get_browser import find
from tests.ui.viewer_server import FLAGS, serve

pytestmark = pytest.mark.browser
FRAMES, WAIT = 40, 60_000

# How many pixels of the overlay are of an engine's colour (within what smoothing of edges does to it).
INK = """([r, g, b]) => {
  const { canvas } = viewer.page.picture;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] > 200 && Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 40) count++;
  }
  return count;
}"""
# Along the left shin: which part of the line, between its ends, is of the colour.
ALONG = """([engine, [r, g, b]]) => {
  const { canvas, movement } = viewer.page.picture;
  const track = engine ? viewer.page.compare.other : movement;
  const scale = canvas.width / movement.header.width;
  const ends = ["left_knee", "left_ankle"].map((name) => track.point(viewer.page.frame, track.joints.indexOf(name)).map((v) => v * scale));
  const context = canvas.getContext("2d");
  let hits = 0;
  for (let i = 0; i < 100; i++) {
    const part = 0.1 + 0.008 * i;
    const [x, y] = [0, 1].map((k) => Math.floor(ends[0][k] * (1 - part) + ends[1][k] * part));
    const { data } = context.getImageData(x - 1, y - 1, 3, 3);
    let near = false;
    for (let p = 0; p < 36; p += 4) near ||= Math.abs(data[p] - r) + Math.abs(data[p + 1] - g) + Math.abs(data[p + 2] - b) < 60;
    hits += near;
  }
  return hits / 100;
}"""
PINK, GREEN = [255, 122, 192], [140, 233, 154]


def moved(motion: Motion, engine: str) -> Motion:
    """The same movement 70 pixels to the right, seen by another engine, lost in frames 30 to 32."""
    valid = motion.valid.copy()
    valid[30:33] = False
    other = motion_of(exercise(FRAMES, period=12) * [1, 1, 1.1], valid=valid)
    return dataclasses.replace(other, engine=engine, keypoints_2d=other.keypoints_2d + np.float32([70, 0]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("compare")
    first = dataclasses.replace(motion_of(exercise(FRAMES, period=12)), engine="sam3d")
    second = moved(first, "mediapipe")
    write_compact(out / "viewer.bin", Mannequin(first), first)
    write_engine_comparison(out / "compare.bin", first, second, compare_engines(first, second))
    return out


@pytest.fixture(scope="module")
def shown(chromium: Any, folder: Path) -> Iterator[tuple[Any, list[str]]]:
    browser = chromium.browser_type.launch(executable_path=find(), args=FLAGS)
    with serve(folder) as (url, asked):
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
        thrown: list[str] = []
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.goto(url)
        page.wait_for_selector('.pcv[data-state="ready"][data-compare="both"]', timeout=WAIT)
        yield page, asked
        assert thrown == []
    browser.close()


def test_the_file_counts_frames_as_the_first_movement_does(folder: Path) -> None:
    header, sections = read_compact(folder / "compare.bin")
    assert header["engines"] == ["sam3d", "mediapipe"] and header["frames"] == FRAMES
    assert list(np.flatnonzero(sections["valid"] == 0)) == [30, 31, 32]
    points = real(header, sections, "keypoints_2d")
    assert np.isnan(points[31]).all() and np.isfinite(points[33]).all()
    assert header["figures"]["both"] == FRAMES - 3 and header["figures"]["px"] == pytest.approx(70, abs=0.1)


def test_both_are_drawn_in_two_colours_and_two_line_styles(shown: tuple[Any, list[str]]) -> None:
    page, asked = shown
    page.evaluate("viewer.page.jump(10)")
    before = len(asked)
    assert page.evaluate(ALONG, [0, PINK]) > 0.95
    assert 0.3 < page.evaluate(ALONG, [1, GREEN]) < 0.8  # dashes leave gaps
    page.evaluate("viewer.page.jump(31)")
    assert page.evaluate(INK, GREEN) == 0 < page.evaluate(INK, PINK)  # the second lost the body there
    assert page.inner_text('[data-angle="knee"] .pcv-value >> nth=0').endswith("/ –")
    page.evaluate("viewer.page.jump(10)")
    values = page.inner_text('[data-angle="knee"] .pcv-value >> nth=0')
    wanted = [page.evaluate(f"{track}.angle(10, 6)") for track in ("viewer.page.movement", "viewer.page.compare.other")]
    assert values == " / ".join(f"{round(value)}°" for value in wanted)
    assert asked[before:] == []


def test_each_engine_can_be_hidden(shown: tuple[Any, list[str]]) -> None:
    page, _ = shown
    page.evaluate("viewer.page.jump(10)")
    page.click('[data-engine="1"]')
    page.wait_for_selector('.pcv[data-compare="one"]')
    page.wait_for_function("viewer.page.drawn === viewer.page.frame && !viewer.page.drawing")
    assert page.evaluate(INK, GREEN) == page.evaluate(INK, PINK) == 0  # the sides' colours are back
    assert page.get_attribute('[data-engine="1"]', "aria-pressed") == "false"
    assert page.inner_text('[data-angle="knee"] .pcv-value >> nth=0').endswith("°")
    page.click('[data-engine="1"]')
    page.click('[data-engine="0"]')
    page.wait_for_function("viewer.page.drawn === viewer.page.frame && !viewer.page.drawing")
    assert page.evaluate(INK, PINK) == 0 < page.evaluate(INK, GREEN)
    page.click('[data-engine="0"]')


def test_the_curve_has_a_lane_for_each_side_and_the_joint_chooses_the_angle(shown: tuple[Any, list[str]]) -> None:
    page, _ = shown
    lanes = "viewer.page.lanes.map(lane => [lane.label, lane.lines.map(line => line.dash.length)])"
    page.click('[data-angle="knee"]')
    assert page.evaluate(lanes) == [["left", [0, 2]], ["right", [0, 2]]]
    page.click('[data-angle="trunk"]')
    assert page.evaluate(lanes) == [["", [0, 2]]]
    page.evaluate("viewer.page.jump(10)")
    joint = "viewer.page.movement.joints.indexOf('left_elbow')"
    x, y = page.evaluate(f"viewer.page.movement.point(10, {joint})")
    box = page.locator(".pcv-picture canvas").bounding_box()
    scale = box["width"] / 640
    page.mouse.click(box["x"] + x * scale, box["y"] + y * scale)
    page.wait_for_selector('[data-angle="elbow"][aria-pressed="true"]')
    assert "/" in page.inner_text(".pcv-tip")


def test_the_likeness_stands_there_in_words(shown: tuple[Any, list[str]]) -> None:
    page, _ = shown
    words = page.inner_text(".pcv-agree")
    assert "SAM 3D Body and MediaPipe differ" in words and "about 70 pixels" in words
    assert "Both found the body in 37 of 40 frames." in words


def test_a_comparison_that_arrives_later_is_taken_in_without_reopening(shown: tuple[Any, list[str]]) -> None:
    page, asked = shown
    page.evaluate("viewer.open({ ...source, compare: undefined })")
    page.wait_for_selector('.pcv[data-compare="none"]')
    assert not page.is_visible(".pcv-agree") and not page.is_visible(".pcv-engines")
    page.evaluate("viewer.page.jump(7)")
    before = len(asked)
    page.evaluate("viewer.open(source)")
    page.wait_for_selector('.pcv[data-compare="both"]', timeout=WAIT)
    assert asked[before:] == ["/perscoach/job/t/compare.bin"] and page.evaluate("viewer.page.frame") == 7
