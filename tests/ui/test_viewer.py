"""The 3D viewer in a real browser: what it shows is what was written, in step with the clip, without the server."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from perscoach import ui
from perscoach.avatar.compact import read_compact, rebuild, write_compact
from perscoach.avatar.joint_angles import ANGLES, joint_angles
from perscoach.avatar.mannequin import Mannequin
from perscoach.core.messages.ui_viewer import MESSAGES as TEXTS
from perscoach.motion import GUESSED
from perscoach.skeleton import MEDIAPIPE33
from perscoach.ui.viewer.data import source_of
from tests.avatar.poses import exercise, motion_of
from tests.get_browser import find
from tests.ui.viewer_server import FLAGS, serve

FRAMES = 60
VIEWER = Path(ui.__file__).parent / "viewer"
WAIT = 60_000
JUMP = "frame => viewer.page.jump(frame)"


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    """A movement of two seconds with a gap, and a clip whose frame f is grey 3·f + 30."""
    from perscoach.media.ffmpeg import pipe_writer

    folder = tmp_path_factory.mktemp("viewer")
    valid = np.ones(FRAMES, bool)
    valid[40:44] = False
    motion = motion_of(exercise(FRAMES, period=12), valid=valid)
    write_compact(folder / "viewer.bin", Mannequin(motion), motion, [(8, 20), (21, 30)])
    args = ["-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s", "128x144", "-r", "30", "-i", "pipe:0"]
    args += [
        "-c:v",
        "libx264",
        "-crf",
        "12",
        "-pix_fmt",
        "yuv420p",
        "-movflags",
        "+faststart",
        str(folder / "clip.mp4"),
    ]
    with pipe_writer(args) as video:
        for f in range(FRAMES):
            video.write(np.full((144, 128), 30 + 3 * f, np.uint8))
    return folder, motion


@pytest.fixture(scope="module")
def gl(chromium):
    browser = chromium.browser_type.launch(executable_path=find(), args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def shown(gl, material):
    """The viewer, open; with what was asked of the server and what the page threw."""
    with serve(material[0]) as (url, asked):
        context = gl.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
        page = context.new_page()
        thrown: list[str] = []
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.goto(url)
        page.wait_for_selector('.pcv[data-state="ready"][data-clip="ready"]', timeout=WAIT)
        yield page, asked
        context.close()
        assert thrown == []


pytestmark = pytest.mark.browser


def test_the_mesh_on_screen_is_the_mesh_in_the_file(shown, material):
    page, _ = shown
    header, sections = read_compact(material[0] / "viewer.bin")
    for frame in (0, 25, 59):
        page.evaluate(JUMP, frame)
        x, y, z = (np.array(page.evaluate(f"Array.from(viewer.page.scene.element.data[1].{axis})")) for axis in "xyz")
        wanted = rebuild(header, sections, frame)
        np.testing.assert_allclose(np.stack([x, y], 1), wanted[:, [0, 2]], atol=2e-4)
        np.testing.assert_allclose(z - z.min(), wanted[:, 1].max() - wanted[:, 1], atol=2e-4)
        assert abs(z.min()) < 0.15  # it stands on the floor


def test_scrubbing_asks_nothing_and_keeps_the_camera(shown):
    page, asked = shown
    page.evaluate(
        "viewer.page.scene.Plotly.relayout(viewer.page.scene.element, {'scene.camera.eye': {x: 0.4, y: -1.2, z: 0.7}})"
    )
    before, camera = len(asked), page.evaluate("JSON.stringify(viewer.page.scene.camera())")
    for frame in range(0, FRAMES, 6):
        page.evaluate(JUMP, frame)
    page.wait_for_timeout(200)
    assert asked[before:] == []
    assert page.evaluate("JSON.stringify(viewer.page.scene.camera())") == camera
    assert '"x":0.4' in camera.replace(" ", "")


@pytest.mark.parametrize("frame", [0, 17, 18, 59])
def test_the_clip_is_in_step(shown, frame):
    page, _ = shown
    page.evaluate(JUMP, frame)
    page.wait_for_function("!viewer.page.picture.video.seeking && viewer.page.picture.wanted === null", timeout=WAIT)
    grey = page.evaluate("""() => { const c = document.createElement('canvas'); c.width = c.height = 8; const g = c.getContext('2d');
      g.drawImage(viewer.page.picture.video, 0, 0, 8, 8); return g.getImageData(4, 4, 1, 1).data[1]; }""")
    assert grey == pytest.approx(30 + 3 * frame, abs=1.4)


def test_keys_step_play_and_stop(shown):
    page, _ = shown
    page.evaluate(JUMP, 10)
    page.focus(".pcv")
    for key, frame in (
        ("ArrowRight", 11),
        ("ArrowRight", 12),
        ("ArrowLeft", 11),
        ("Shift+ArrowRight", 21),
        ("End", 59),
        ("Home", 0),
    ):
        page.keyboard.press(key)
        page.wait_for_function(f"viewer.page.drawn === {frame}", timeout=WAIT)
    page.select_option(".pcv select", "0.25")
    page.keyboard.press("Space")
    page.wait_for_function("viewer.page.playing && viewer.page.drawn >= 3", timeout=WAIT)
    page.keyboard.press("Space")
    page.wait_for_function(
        "!viewer.page.playing && viewer.page.picture.video.paused && viewer.page.drawn === viewer.page.frame",
        timeout=WAIT,
    )
    assert page.evaluate("viewer.page.picture.video.playbackRate") == 0.25
    assert 3 <= page.evaluate("viewer.page.frame") < 59


def test_buttons_turn_the_body_and_hide_parts(shown):
    page, _ = shown
    eyes = views(page)
    assert eyes["filmed"][1] < -1 and abs(eyes["filmed"][0]) < 0.1  # from the camera's side
    assert eyes["front"][1] < -1 and abs(eyes["front"][0]) < 0.1  # this person faces the camera
    assert eyes["side"][0] > 1 and abs(eyes["side"][1]) < 0.1
    assert eyes["top"][2] > 1.5
    for mode, visible in (("mesh", [True, False]), ("skeleton", [False, True]), ("both", [True, True])):
        page.click(f'[data-mode="{mode}"]')
        page.wait_for_function(
            f"JSON.stringify([1, 2].map(i => viewer.page.scene.element.data[i].visible)) === '{str(visible).lower().replace(' ', '')}'"
        )
        assert page.get_attribute(f'[data-mode="{mode}"]', "aria-pressed") == "true"


def views(page):
    """The eye's place by the view's name."""
    eyes = {}
    for name in ("front", "side", "top", "filmed"):
        page.click(f'[data-view="{name}"]')
        page.wait_for_timeout(150)
        eyes[name] = page.evaluate("[viewer.page.scene.camera().eye].map(e => [e.x, e.y, e.z])[0]")
    return eyes


def test_a_repetition_plays_in_a_loop(shown):
    page, _ = shown
    page.evaluate(JUMP, 26)
    page.click(".pcv-loop")
    assert page.get_attribute(".pcv-loop", "aria-pressed") == "true"
    page.focus(".pcv")
    for key, frame in (("Home", 21), ("ArrowLeft", 21), ("End", 30), ("ArrowRight", 30)):
        page.keyboard.press(key)
        page.wait_for_function(f"viewer.page.drawn === {frame}", timeout=WAIT)
    page.evaluate(
        """() => { window.drawn = []; const { scene } = viewer.page; const { show } = scene;
          scene.show = (frame) => { drawn.push(frame); return show.call(scene, frame); }; }"""
    )
    page.select_option(".pcv select", "1")
    page.keyboard.press("Space")
    page.wait_for_function("drawn.filter((f, i) => i && f < drawn[i - 1]).length >= 2", timeout=WAIT)
    page.keyboard.press("Space")
    page.wait_for_function("!viewer.page.playing", timeout=WAIT)
    assert all(21 <= frame <= 30 for frame in page.evaluate("drawn"))
    page.evaluate("delete viewer.page.scene.show")
    page.click(".pcv-loop")
    page.keyboard.press("End")
    page.wait_for_function(f"viewer.page.drawn === {FRAMES - 1}", timeout=WAIT)


def test_what_nobody_saw_is_grey_and_dashed_and_has_no_angle(gl, tmp_path):
    """A person turned by 60°, filmed from above over a known floor, whose legs were never in the picture."""
    valid = np.ones(30, bool)
    turned = exercise(30) @ rotation("y", -60).T
    motion = motion_of(turned, valid=valid)
    seen = motion.seen.copy()
    for name in ("knee", "ankle", "heel", "foot_index"):
        for side in ("left", "right"):
            seen[:, MEDIAPIPE33.index[f"{side}_{name}"]] = GUESSED
    seen[3:9, MEDIAPIPE33.index["left_wrist"]] = GUESSED
    tilt = rotation("x", 20)
    root = np.tile(np.float32([0, 0, 4]), (30, 1))
    floor = np.tile(np.float32([*(tilt @ [0, -1, 0]), tilt @ [0, -1, 0] @ [0, 0, 4] - 0.9]), (30, 1))
    motion = dataclasses.replace(
        motion, joints_3d=(motion.joints_3d @ tilt.T).astype(np.float32), seen=seen, root=root, floor=floor
    )
    write_compact(tmp_path / "viewer.bin", Mannequin(motion), motion)
    with serve(tmp_path) as (url, _), gl.new_context(viewport={"width": 900, "height": 900}, locale="en-GB") as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector('.pcv[data-state="ready"]', timeout=WAIT)
        assert "both legs" in page.inner_text(".pcv-guess") and "left hand (in 6 of 30 frames)" in page.inner_text(
            ".pcv-guess"
        )
        page.evaluate(JUMP, 5)
        cells = page.eval_on_selector_all(".pcv-row .pcv-value", "nodes => nodes.map(n => n.textContent)")
        assert [cell == "–" for cell in cells] == [True] * 6 + [False, False, True, False, False]
        count = "index => Array.from(viewer.page.scene.element.data[index].x).filter(Number.isFinite).length"
        assert page.evaluate(count, 4) > 0 < page.evaluate(count, 2)
        x = page.evaluate("Array.from(viewer.page.scene.element.data[4].x, (v) => (Number.isFinite(v) ? v : null))")
        ends = [v for v in x if v is not None]
        assert len(ends) % 12 == 0 and abs(ends[1] - ends[0]) < abs(ends[11] - ends[0]) / 4, "in pieces"
        assert page.evaluate("new Set(viewer.page.scene.element.data[1].vertexcolor).size") == 2
        eyes = views(page)
        angle = np.degrees(np.arctan2(eyes["front"][0], -eyes["front"][1]))
        assert angle == pytest.approx(60, abs=6)
        assert np.dot(eyes["front"][:2], eyes["side"][:2]) == pytest.approx(0, abs=0.1)
        rise = np.degrees(np.arctan2(eyes["filmed"][2], np.hypot(*eyes["filmed"][:2])))
        assert rise == pytest.approx(20, abs=0.5), "the camera looked down by 20°"
        places = page.evaluate("viewer.page.movement.joints.map((_, j) => viewer.page.movement.joint(5, j))")
        np.testing.assert_allclose(np.array(places)[25, 2], 0.9 - turned[5, 25, 1], atol=2e-3)


def rotation(axis, degrees):
    return Rotation.from_euler(axis, degrees, degrees=True).as_matrix()


def test_angles_are_shown_and_follow_the_cursor(shown, material):
    page, _ = shown
    frame, names = 20, [a.name for a in ANGLES]
    page.evaluate(JUMP, frame)
    page.wait_for_function(f"viewer.page.drawn === {frame}")
    wanted = dict(zip(names, joint_angles(material[1])[frame], strict=True))
    cells = page.eval_on_selector_all('[data-angle="knee"] .pcv-value', "nodes => nodes.map(n => n.textContent)")
    assert [int(c[:-1]) for c in cells] == pytest.approx([wanted["left_knee"], wanted["right_knee"]], abs=0.6)
    joint = ANGLES[names.index("left_elbow")].joint(material[1].skeleton)
    box = page.locator(".pcv-picture canvas").bounding_box()
    x, y = material[1].keypoints_2d[frame, joint] * box["width"] / material[1].width
    page.mouse.move(box["x"] + x, box["y"] + y)
    page.wait_for_selector(".pcv-tip:not([hidden])", timeout=WAIT)
    assert page.inner_text(".pcv-tip") == f"Elbow, left: {round(float(wanted['left_elbow']))}°"
    page.click('[data-angle="trunk"]')
    assert page.inner_text(".pcv-head span:first-child") == "Trunk lean"
    curve = page.locator(".pcv-curve").bounding_box()
    page.mouse.click(curve["x"] + curve["width"] - 3, curve["y"] + 20)
    page.wait_for_function(f"viewer.page.drawn === {FRAMES - 1}", timeout=WAIT)


def test_a_frame_without_a_body_says_so(shown):
    page, _ = shown
    page.evaluate(JUMP, 41)
    assert page.is_visible(".pcv-miss")
    assert page.inner_text('[data-angle="knee"] .pcv-value >> nth=0') == "–"
    page.evaluate(JUMP, 45)
    assert not page.is_visible(".pcv-miss")


def test_a_phone_holds_it_and_russian_is_spoken(gl, material, tmp_path):
    (tmp_path / "viewer.bin").write_bytes((material[0] / "viewer.bin").read_bytes())
    context = gl.new_context(viewport={"width": 390, "height": 844}, locale="ru-RU")
    with serve(tmp_path) as (url, _):
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector('.pcv[data-state="ready"][data-clip="missing"]', timeout=WAIT)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.inner_text('[data-view="side"]') == "Сбоку"
        assert page.inner_text(".pcv-note") == TEXTS["viewer_no_clip"][1]
        page.click(".pcv-play")  # without a clip the body moves by the clock
        page.wait_for_function("viewer.page.drawn > 2", timeout=WAIT)
    context.close()


def test_a_file_that_is_none_is_a_sentence(gl, tmp_path):
    (tmp_path / "viewer.bin").write_bytes(b"<html>")
    context = gl.new_context(locale="en-GB")
    with serve(tmp_path) as (url, _):
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector('.pcv[data-state="failed"]', timeout=WAIT)
        assert "run the Movement step again" in page.inner_text(".pcv-say")
    context.close()


def test_every_word_of_the_script_is_in_the_texts():
    script = "".join(
        (VIEWER / name).read_text(encoding="utf-8") for name in ("viewer.mjs", "page.mjs", "engines.mjs", "guesses.mjs")
    )
    used = set(re.findall(r'\b(?:t|say)\("(\w+)"', script)) | set(re.findall(r'this\.button\("(\w+)"', script))
    used |= {f"view_{n}" for n in ("filmed", "front", "side", "top")} | {
        f"show_{n}" for n in ("both", "mesh", "skeleton")
    }
    used |= {f"angle_{a.name.split('_')[-1]}" for a in ANGLES}
    assert {f"viewer_{key}" for key in used} <= set(TEXTS)
    names = ("viewer_engine_sam3d", "viewer_engine_mediapipe")  # products keep their names
    assert all(en and ru and (re.search("[А-яё]", ru) or key in names) for key, (en, ru) in TEXTS.items())


def test_the_job_names_its_files(tmp_path):
    path = tmp_path / "viewer.bin"
    job = SimpleNamespace(token="t" * 22, viewer=lambda: path, clip=lambda: None, comparison=lambda: None)
    assert source_of(None) is None
    assert source_of(job) is None  # not there yet
    path.write_bytes(b"1")
    first = source_of(job)
    assert first["data"].startswith(f"perscoach/job/{'t' * 22}/viewer.bin?v=") and "clip" not in first
    path.write_bytes(b"22")
    assert source_of(job)["data"] != first["data"]
    job.clip = lambda: SimpleNamespace(path=Path("clip/abc.mp4"))
    assert source_of(job)["clip"].endswith("clip.mp4?v=abc")
    job.comparison = lambda: path
    assert source_of(job)["compare"].startswith(f"perscoach/job/{'t' * 22}/compare.bin?v=")
