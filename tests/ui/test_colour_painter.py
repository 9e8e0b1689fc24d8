"""The colour room's WebGL2 painter in headless Chromium (WebGL by software): its pixels against the Python reference."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.grade import reference
from perscoach.grade.cube import Cube, sample
from perscoach.grade.params import NEUTRAL, Grade
from tests.get_browser import find
from tests.mirror.filmed import ffmpeg
from tests.ui.painter_page import (
    FLAGS,
    choice,
    colour_grid,
    maths,
    opened,
    picture_of,
    random_grades,
    source_of,
)

pytestmark = pytest.mark.browser

GRADE = Grade()
ORANGE, BLUE = (255, 69, 0), (31, 107, 255)
RANDOM = np.random.default_rng(11)
PICTURE = RANDOM.integers(0, 256, (37, 51, 3), dtype=np.uint8)  # odd sizes: rows are not multiples of four bytes
ALPHA = RANDOM.choice([0, 90, 255], (37, 51)).astype(np.uint8)
FRAMES, FPS, CLIP = 6, 10, (48, 64)


CALLS = """([source, scene]) => {
  for (let i = 0; i < 12; i++) {
    p.still(room.source(source));
    p.paint(scene);
    p.read(scene, { width: 20 + i, height: 9, smooth: i % 2 > 0 });
    p.readPart(scene, [0, 0, 0.5, 0.5], { width: 3, height: 3 });
  }
}"""


@pytest.fixture(scope="module")
def page(playwright_driver: Any) -> Iterator[Any]:
    """One page for the file, with a painter ``p``; nothing may appear on its console."""
    path = find()
    if path is None:
        pytest.skip("no Chromium: install one or set PERSCOACH_CHROMIUM")
    browser = playwright_driver.chromium.launch(executable_path=path, headless=True, args=list(FLAGS))
    try:
        with opened(browser) as (page, said):
            if not page.evaluate("document.createElement('canvas').getContext('webgl2') !== null"):
                pytest.skip("this Chromium has no WebGL2, not even by software")
            assert page.evaluate(
                "(maths) => (window.p = room.Painter.create(room.canvas, window.maths = maths)) !== null", maths()
            )
            page.evaluate(CALLS, [source_of(PICTURE), scene(choice(GRADE), mark=True)])
            page.wait_for_timeout(100)
            assert not said, said
            yield page
            # Reading the canvas back into a flat one, which only these tests do, is worth a word to Chromium.
            said = [line for line in said if "GPU stall due to ReadPixels" not in line]
            assert not said, said
    finally:
        browser.close()


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, np.ndarray]:
    """A clip (base64) of smooth colours that change from frame to frame, and its frames (F, H, W, 3) as ffmpeg shows them."""
    folder = tmp_path_factory.mktemp("clip")
    y, x = np.mgrid[0:48, 0:64] / 63.0
    made = [0.2 + np.stack([x, y, 1 - x], -1) * 0.3 + 0.06 * i for i in range(FRAMES)]
    (folder / "raw").write_bytes(np.round(np.array(made) * 255).astype(np.uint8).tobytes())
    size, colour = f"{CLIP[1]}x{CLIP[0]}", "-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv"
    to_yuv, to_rgb = "scale=out_color_matrix=bt709:out_range=tv", "scale=in_color_matrix=bt709:in_range=tv"
    raw = f"-f rawvideo -pix_fmt rgb24 -s {size} -r {FPS} -i {folder / 'raw'}"
    ffmpeg(
        *f"{raw} -vf {to_yuv} -c:v libvpx-vp9 -crf 4 -b:v 0 -g 2 -pix_fmt yuv420p {colour} {folder / 'clip.webm'}".split()
    )
    ffmpeg(*f"-i {folder / 'clip.webm'} -vf {to_rgb} -f rawvideo -pix_fmt rgb24 {folder / 'back'}".split())
    back = np.frombuffer(Path(folder / "back").read_bytes(), np.uint8).reshape(FRAMES, *CLIP, 3)
    return base64.b64encode((folder / "clip.webm").read_bytes()).decode(), back


def scene(right: Any = None, left: Any = None, split: float = 0.0, mark: bool = False) -> dict[str, Any]:
    return {"left": left, "right": right or choice(NEUTRAL), "split": split, "mark": mark}


def still(page: Any, rgb: np.ndarray, alpha: np.ndarray | None = None) -> None:
    """Put a still on a canvas of its own size."""
    assert page.evaluate(
        "(s) => { Object.assign(room.canvas, { width: s.width, height: s.height }); return p.still(room.source(s)); }",
        source_of(rgb, alpha),
    )


def read(
    page: Any, of: dict[str, Any], shape: tuple[int, ...], view: list[float] | None = None, smooth: bool = False
) -> np.ndarray:
    """(H, W, 4) of the painter."""
    how = {"width": shape[1], "height": shape[0], "smooth": smooth}
    call = "([s, how, view]) => room.pixels(view ? p.readPart(s, view, how) : p.read(s, how))"
    return picture_of(page.evaluate(call, [of, how, view]))


def painted(page: Any, of: dict[str, Any]) -> np.ndarray:
    """(H, W, 4) straight: what the canvas shows."""
    return picture_of(
        page.evaluate(
            "(s) => { if (!p.paint(s)) throw new Error('nothing painted'); return room.shown(room.canvas); }", of
        )
    )


# the maths ------------------------------------------------------------------------------------------------------------


def test_the_shader_follows_the_reference_over_the_whole_range(page: Any) -> None:
    grid, grades = colour_grid(), random_grades(20)
    still(page, grid)
    got = page.evaluate(
        "([scenes, size]) => scenes.map((s) => room.pixels(p.read(s, size)))",
        [[scene(choice(g)) for g in grades], {"width": grid.shape[1], "height": grid.shape[0]}],
    )
    errors = [
        np.abs(picture_of(shown)[..., :3] - reference.apply(grid / 255.0, grade) * 255)
        for shown, grade in zip(got, grades, strict=True)
    ]
    assert max(e.max() for e in errors) <= 0.6  # 0.5 is the rounding to a code; 2 is what the room promises
    assert max(e.mean() for e in errors) <= 0.3


def test_a_canvas_shows_what_the_reference_computes(page: Any) -> None:
    grid = colour_grid()
    still(page, grid)
    shown = painted(page, scene(choice(GRADE)))
    assert (shown[..., 3] == 255).all()
    assert np.abs(shown[..., :3] - reference.apply(grid / 255.0, GRADE) * 255).max() <= 0.6


def test_the_neutral_grade_changes_nothing(page: Any) -> None:
    still(page, PICTURE, ALPHA)
    got = read(page, scene(), ALPHA.shape)
    np.testing.assert_array_equal(got[..., 3], ALPHA)
    np.testing.assert_array_equal(got[ALPHA > 0][:, :3], PICTURE[ALPHA > 0])
    assert (got[ALPHA == 0] == 0).all()


# looks ----------------------------------------------------------------------------------------------------------------


def look(size: int, domain: Any, seed: int) -> tuple[Cube, dict[str, Any]]:
    """A wild table as Python and as the page have it."""
    table = np.random.default_rng(seed).uniform(-0.2, 1.2, (size, size, size, 3)).astype(np.float32)
    flat = np.ascontiguousarray(table.transpose(2, 1, 0, 3)).tobytes()
    return Cube("", table, domain), {"size": size, "table": base64.b64encode(flat).decode(), "domain": domain}


ADD = "([id, { size, table, domain }]) => p.addLook(id, { size, table: room.floats(table), domain })"


@pytest.mark.parametrize(
    "size, domain, amount",
    [
        (9, ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)), 1.0),
        (5, ((0.1, -0.2, 0.0), (0.9, 1.5, 0.7)), 0.37),
        (2, ((0.0,) * 3, (1.0,) * 3), 0.8),
    ],
)
def test_a_look_comes_after_the_grade(page: Any, size: int, domain: Any, amount: float) -> None:
    cube, data = look(size, domain, seed=size)
    page.evaluate(ADD, [f"look{size}", data])
    grid = colour_grid(9)
    still(page, grid)
    v11 = reference.apply(grid / 255.0, GRADE)
    wanted = np.clip(v11 + amount * (sample(cube, v11) - v11), 0, 1) * 255
    got = read(page, scene(choice(GRADE, f"look{size}", amount)), grid.shape)
    assert np.abs(got[..., :3] - wanted).max() <= 0.6
    np.testing.assert_array_equal(
        read(page, scene(choice(GRADE, f"look{size}", 0)), grid.shape), read(page, scene(choice(GRADE)), grid.shape)
    )
    assert (painted(page, scene(choice(GRADE, f"look{size}", amount)))[..., :3] == got[..., :3]).all()


def test_the_looks_used_last_are_kept(page: Any) -> None:
    data = look(2, ((0.0,) * 3, (1.0,) * 3), 1)[1]
    still(page, PICTURE)
    page.evaluate(ADD, ["first", data])
    for i in range(9):
        read(page, scene(choice(NEUTRAL, "first")), (4, 4))
        page.evaluate(ADD, [f"more{i}", data])
    assert page.evaluate("['first', 'more0', 'more8'].map((id) => p.hasLook(id))") == [True, False, True]
    np.testing.assert_array_equal(read(page, scene(choice(NEUTRAL, "gone")), PICTURE.shape)[..., :3], PICTURE)


def test_a_look_that_does_not_fit_together_is_refused(page: Any) -> None:
    tried = """() => [[2, 23], [66, 3 * 66 ** 3], [2.5, 47], [2, 24, [[0, 0, 0], [1, 0, 1]]]].map(([size, n, domain]) => {
      try { p.addLook("bad", { size, table: new Float32Array(n), domain }); return "taken"; } catch (error) { return error.name; }
    })"""
    assert page.evaluate(tried) == ["RangeError"] * 4
    assert page.evaluate("p.hasLook('bad')") is False


# the canvas and what is read of it ------------------------------------------------------------------------------------


def test_what_is_read_is_what_is_shown(page: Any) -> None:
    still(page, PICTURE, ALPHA)
    shown, got = painted(page, scene(choice(GRADE))), read(page, scene(choice(GRADE)), ALPHA.shape)
    np.testing.assert_array_equal(shown[..., 3], got[..., 3])
    np.testing.assert_array_equal(shown[ALPHA == 255], got[ALPHA == 255])
    half = ALPHA == 90
    assert np.abs(shown[half].astype(int) - got[half]).max() <= 2  # a canvas keeps colours times alpha
    assert (shown[ALPHA == 0] == 0).all()


@pytest.mark.parametrize("split, columns", [(0.0, 0), (0.5, 25), (0.51, 26), (1.0, 51)])
def test_the_divider_parts_the_picture(page: Any, split: float, columns: int) -> None:
    still(page, PICTURE)
    dark = choice(Grade(-0.2, 1.0, 0.0, 1.0, 1.0))
    got = painted(page, scene(dark, choice(NEUTRAL), split))[..., :3]
    both = {
        name: read(page, scene(of), PICTURE.shape)[..., :3] for name, of in (("left", choice(NEUTRAL)), ("right", dark))
    }
    np.testing.assert_array_equal(got, np.concatenate([both["left"][:, :columns], both["right"][:, columns:]], axis=1))
    np.testing.assert_array_equal(read(page, scene(dark, None, split), PICTURE.shape)[..., :3], got)
    part = read(page, scene(dark, None, split), (5, 7), [20 / 51, 10 / 37, 7 / 51, 5 / 37])
    np.testing.assert_array_equal(part[..., :3], got[10:15, 20:27])


def test_small_pictures_are_nearest_pixels_and_thumbnails_are_means(page: Any) -> None:
    wide = RANDOM.integers(0, 256, (40, 60, 3), dtype=np.uint8)
    alpha = np.full((40, 60), 255, np.uint8)
    alpha[:20, :30] = 0
    alpha[2, 2] = 255
    still(page, wide, alpha)
    got = read(page, scene(), (10, 15))
    np.testing.assert_array_equal(got[5:, 8:, :3], wide[22::4, 34::4])
    mean = read(page, scene(), (10, 15), smooth=True)
    boxes = wide.reshape(10, 4, 15, 4, 3).mean(axis=(1, 3))
    assert np.abs(mean[5:, 8:, :3] - boxes[5:, 8:]).max() <= 1
    np.testing.assert_array_equal(mean[0, 0], [*wide[2, 2], 16])  # what is transparent does not colour the rest
    assert (mean[1, 1] == 0).all()


def test_a_part_beyond_the_edge_repeats_it(page: Any) -> None:
    still(page, PICTURE)
    got = read(page, scene(), (3, 3), [-1 / 51, -1 / 37, 3 / 51, 3 / 37])
    np.testing.assert_array_equal(got[1:, 1:, :3], PICTURE[:2, :2])
    np.testing.assert_array_equal(got[0, 0, :3], PICTURE[0, 0])


def test_the_canvas_is_made_for_looking_through(page: Any) -> None:
    kept = page.evaluate("(({ alpha, premultipliedAlpha, preserveDrawingBuffer, antialias, failIfMajorPerformanceCaveat }) => "
                         "[alpha, premultipliedAlpha, preserveDrawingBuffer, antialias, failIfMajorPerformanceCaveat])(p.gl.getContextAttributes())")  # fmt: skip
    assert kept == [True, True, True, False, False]


# marks ----------------------------------------------------------------------------------------------------------------


def test_clipped_tones_are_striped_and_only_on_the_canvas(page: Any) -> None:
    tones = np.full((32, 96, 3), 128, np.uint8)
    tones[:, :32] = (0, 90, 90)
    tones[:, 32:64] = (90, 90, 255)
    alpha = np.full((32, 96), 255, np.uint8)
    alpha[:8] = 0
    still(page, tones, alpha)
    plain = read(page, scene(mark=True), alpha.shape)
    np.testing.assert_array_equal(plain[8:, :, :3], tones[8:])
    shown = painted(page, scene(mark=True))
    assert (shown[:8] == 0).all()
    for columns, colour in ((slice(0, 32), BLUE), (slice(32, 64), ORANGE)):
        place = shown[8:, columns, :3]
        striped = (place == colour).all(axis=-1)
        assert 0.4 < striped.mean() < 0.6
        np.testing.assert_array_equal(place[~striped], tones[8:, columns][~striped])
        assert striped.any(axis=0).all() and striped.any(axis=1).all()  # slanting: no row or column is without
    np.testing.assert_array_equal(shown[8:, 64:, :3], tones[8:, 64:])


def test_the_stripes_are_as_wide_on_the_screen_whatever_the_canvas_has(page: Any) -> None:
    still(page, np.full((4, 96, 3), 255, np.uint8))
    widths = """(scene) => ["96px", "24px"].map((width) => {
      room.canvas.style.width = width;
      document.body.append(room.canvas);
      p.paint(scene);
      room.canvas.remove();
      const data = room.bytes(room.shown(room.canvas).data);
      let changes = 0;
      for (let x = 1; x < 96; x++) changes += data[4 * x + 2] !== data[4 * x - 2];
      return changes;
    })"""
    fine, coarse = page.evaluate(widths, scene(mark=True))
    assert abs(fine - 2 * 96 / 8) <= 1 and abs(coarse - 2 * 24 / 8) <= 1


def test_marks_follow_the_grade_before_its_clip_and_stand_still(page: Any) -> None:
    grey = np.full((32, 32, 3), 128, np.uint8)
    still(page, grey)
    assert (painted(page, scene(choice(Grade(0.3, 2.0, 0, 1, 1)), mark=True))[..., :3] == ORANGE).all(-1).mean() > 0.4
    assert (painted(page, scene(choice(Grade(-0.3, 2.0, 0, 1, 1)), mark=True))[..., :3] == BLUE).all(-1).mean() > 0.4
    masks = []
    for shade in (255, 254):  # 254 / 255 + 0.3 is beyond 1 as well
        still(page, np.full((32, 32, 3), shade, np.uint8))
        masks.append((painted(page, scene(choice(Grade(0.3, 1, 0, 1, 1)), mark=True))[..., :3] == ORANGE).all(-1))
    np.testing.assert_array_equal(*masks)


# clips ----------------------------------------------------------------------------------------------------------------

CLIP_AT = """async ([data, index, fps, part, size, matte, scene]) => {
  const time = (index + 0.5) / fps;
  if (window.clipData !== data) { window.clipData = data; window.clip = await room.clip(data); }
  await room.sought(clip, time);
  Object.assign(room.canvas, size);
  p.video(clip, part);
  p.matte(matte && { ...matte, data: room.bytes(matte.data) });
  p.paint(scene);
  return room.pixels(p.read(scene, size));
}"""


def clip_at(
    page: Any, clip: str, index: int, part: list[int] | None = None, of: Any = None, matte: np.ndarray | None = None
) -> np.ndarray:
    """(H, W, 4) of a frame through the painter, in the clip's own pixels."""
    width, height = (part or [0, 0, CLIP[1], CLIP[0]])[2:]
    packed = (
        None
        if matte is None
        else {"width": matte.shape[1], "height": matte.shape[0], "data": base64.b64encode(matte.tobytes()).decode()}
    )
    size = {"width": width, "height": height}
    return picture_of(page.evaluate(CLIP_AT, [clip, index, FPS, part, size, packed, of or scene()]))


def test_a_clip_s_frame_is_the_still_of_it(page: Any, frames: tuple[str, np.ndarray]) -> None:
    clip, stills = frames
    for index in (0, 4, 1):
        got = clip_at(page, clip, index)
        assert (got[..., 3] == 255).all()
        # Without a graphics card Chromium has too few bits for BT.709's blue: 5 % of it are lost. Frames are 15 apart.
        away = np.abs(got[..., :3].astype(int) - stills[index])
        assert away.max() <= 6 and away.mean() <= 2
        still(page, np.ascontiguousarray(got[..., :3]))
        same = read(page, scene(choice(GRADE)), CLIP)
        np.testing.assert_array_equal(clip_at(page, clip, index, of=scene(choice(GRADE))), same)


def test_a_part_of_a_clip_fills_the_canvas(page: Any, frames: tuple[str, np.ndarray]) -> None:
    whole = clip_at(page, frames[0], 2)
    np.testing.assert_array_equal(clip_at(page, frames[0], 2, [15, 7, 33, 21]), whole[7:28, 15:48])
    shown = picture_of(page.evaluate("room.shown(room.canvas)"))
    np.testing.assert_array_equal(shown, whole[7:28, 15:48])


def test_a_clip_on_a_smaller_canvas_is_its_mean(page: Any, frames: tuple[str, np.ndarray]) -> None:
    whole = clip_at(page, frames[0], 3)
    call = (
        "(s) => { Object.assign(room.canvas, { width: 16, height: 12 }); p.paint(s); return room.shown(room.canvas); }"
    )
    shown = picture_of(page.evaluate(call, scene()))
    boxes = whole[..., :3].reshape(12, 4, 16, 4, 3).mean(axis=(1, 3))
    assert np.abs(shown[..., :3] - boxes).max() <= 1


def test_the_small_matte_lies_over_the_whole_clip(page: Any, frames: tuple[str, np.ndarray]) -> None:
    matte = RANDOM.integers(0, 256, (6, 9), dtype=np.uint8)  # 9 wide: rows are not multiples of four bytes
    whole = clip_at(page, frames[0], 2, matte=matte)
    rows, columns = ((np.arange(n) + 0.5) * m / n - 0.5 for n, m in zip(CLIP, matte.shape, strict=True))
    lines = np.stack([np.interp(columns, range(9), row) for row in matte.astype(float)])
    wanted = np.stack([np.interp(rows, range(6), column) for column in lines.T], axis=1)
    assert np.abs(whole[..., 3] - wanted).max() <= 3
    part = clip_at(page, frames[0], 2, [15, 7, 33, 21], matte=matte)
    np.testing.assert_array_equal(part[..., 3], whole[7:28, 15:48, 3])
    assert (clip_at(page, frames[0], 2)[..., 3] == 255).all()
    solid = clip_at(page, frames[0], 2, matte=np.full((3, 3), 255, np.uint8))
    assert (solid[..., 3] == 255).all()
    clip_at(page, frames[0], 2, matte=matte)
    still(page, PICTURE)  # the clip's matte is no still's
    assert (read(page, scene(), PICTURE.shape)[..., 3] == 255).all()


def test_a_playing_clip_is_followed(page: Any, frames: tuple[str, np.ndarray]) -> None:
    clip_at(page, frames[0], 0)
    before_and_after = """async (scene) => {
      const red = () => (p.paint(scene), p.read(scene, { width: 1, height: 1 }).data[0]);
      const first = red();
      clip.loop = true;
      await room.within('playing', 20, clip.play());
      const seen = new Set();
      for (let i = 0; i < 120 && seen.size < 3; i++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        seen.add(red());
      }
      clip.pause();
      return { first, seen: [...seen] };
    }"""
    got = page.evaluate(before_and_after, scene())
    assert len(got["seen"]) >= 3, got


def test_a_frame_that_comes_after_the_seek_is_not_missed(page: Any, frames: tuple[str, np.ndarray]) -> None:
    first, last = (clip_at(page, frames[0], index) for index in (0, 5))
    sought = """async ([time, scene]) => {
      const there = room.sought(clip, time);
      p.paint(scene); // the clip says the new time already and still shows the frame before
      await there;
      p.paint(scene);
      return room.pixels(p.read(scene, { width: 64, height: 48 }));
    }"""
    for index, wanted in ((0, first), (5, last)):
        np.testing.assert_array_equal(picture_of(page.evaluate(sought, [(index + 0.5) / FPS, scene()])), wanted)


def test_nothing_is_painted_before_a_clip_is_there(page: Any) -> None:
    tried = """(scene) => {
      p.video(document.createElement("video"), null);
      return [p.paint(scene), p.read(scene, { width: 2, height: 2 })];
    }"""
    assert page.evaluate(tried, scene()) == [False, None]


# a machine's graphics -------------------------------------------------------------------------------------------------


def test_a_lost_context_is_told_and_comes_back(page: Any) -> None:
    still(page, PICTURE)
    wanted = read(page, scene(choice(GRADE)), PICTURE.shape)
    lost = """async (scene) => {
      const told = [];
      const wait = (name) => room.within(name, 20, new Promise((resolve) => { p[name] = () => { told.push(name); setTimeout(resolve); }; }));
      const loss = p.gl.getExtension("WEBGL_lose_context");
      const gone = wait("onlost");
      loss.loseContext();
      await gone;
      const between = [p.paint(scene), p.read(scene, { width: 2, height: 2 }), p.still({ width: 1, height: 1, planes: new Uint8Array(3), alpha: null })];
      const back = wait("onrestored");
      loss.restoreContext();
      await back;
      return { told, between, empty: p.paint(scene), looks: p.hasLook("first") };
    }"""
    got = page.evaluate(lost, scene())
    assert got == {"told": ["onlost", "onrestored"], "between": [False, None, False], "empty": False, "looks": False}
    still(page, PICTURE)
    np.testing.assert_array_equal(read(page, scene(choice(GRADE)), PICTURE.shape), wanted)
    np.testing.assert_array_equal(painted(page, scene(choice(GRADE))), wanted)


def test_a_painter_that_is_let_go_makes_room_for_others(page: Any) -> None:
    tried = """(scene) => {
      let last;
      for (let i = 0; i < 17; i++) { // a page may hold 16 contexts; one more and the browser complains and takes the oldest
        last = room.Painter.create(document.createElement("canvas"), maths);
        if (!last) return "none";
        last.still({ width: 1, height: 1, planes: new Uint8Array(3), alpha: null });
        last.dispose();
      }
      return [last.paint(scene), last.read(scene, { width: 1, height: 1 }), p.gl.isContextLost()];
    }"""
    assert page.evaluate(tried, scene()) == [False, None, False]


@pytest.mark.parametrize(
    "harm",
    [
        "HTMLCanvasElement.prototype.getContext = () => null",
        "of.getShaderPrecisionFormat = () => ({ precision: 10 })",
        "of.linkProgram = () => {}",
        "const was = of.uniform2f; of.uniform2f = function (at, x, y) { was.call(this, at, x * 1.02, y); }",
    ],
    ids=["no WebGL2", "half floats", "no program", "wrong sums"],
)
def test_graphics_that_cannot_be_trusted_are_not_used(page: Any, harm: str) -> None:
    tried = f"""() => {{
      const of = WebGL2RenderingContext.prototype;
      const kept = [of, HTMLCanvasElement.prototype].map((one) => [one, Object.getOwnPropertyDescriptors(one)]);
      try {{
        {harm};
        return room.Painter.create(document.createElement("canvas"), maths);
      }} finally {{
        for (const [one, was] of kept) Object.defineProperties(one, was);
      }}
    }}"""
    assert page.evaluate(tried) is None


def test_a_still_larger_than_the_machine_s_pictures_is_refused(page: Any) -> None:
    assert (
        page.evaluate("p.still({ width: p.largest + 1, height: 1, planes: new Uint8Array(3), alpha: null })") is False
    )
