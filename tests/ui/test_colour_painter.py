"""The colour room's WebGL2 painter in headless Chromium (WebGL by software): its pixels against the Python reference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from perscoach.grade import reference
from perscoach.grade.cube import sample
from perscoach.grade.params import NEUTRAL, Grade
from tests.ui.painter_page import (
    ADD_LOOK,
    CLIP,
    FPS,
    choice,
    clip_at,
    colour_grid,
    look,
    painted,
    painting,
    picture_of,
    random_grades,
    read,
    scene,
    small_clip,
    still,
)

pytestmark = pytest.mark.browser

GRADE = Grade()
ORANGE, BLUE = (255, 69, 0), (31, 107, 255)
RANDOM = np.random.default_rng(11)
PICTURE = RANDOM.integers(0, 256, (37, 51, 3), dtype=np.uint8)  # odd sizes: rows are not multiples of four bytes
ALPHA = RANDOM.choice([0, 90, 255], (37, 51)).astype(np.uint8)


@pytest.fixture(scope="module")
def page(playwright_driver: Any) -> Iterator[Any]:
    """One page for the file, with a painter ``p``; nothing may appear on its console."""
    with painting(playwright_driver) as page:
        yield page


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, np.ndarray]:
    return small_clip(tmp_path_factory.mktemp("clip"))


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
    page.evaluate(ADD_LOOK, [f"look{size}", data])
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
    page.evaluate(ADD_LOOK, ["first", data])
    for i in range(9):
        read(page, scene(choice(NEUTRAL, "first")), (4, 4))
        page.evaluate(ADD_LOOK, [f"more{i}", data])
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
      room.canvas.style.width = width; document.body.append(room.canvas);
      p.paint(scene); room.canvas.remove();
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


def test_a_single_frame_of_a_clip_is_what_the_clip_shows(page: Any, frames: tuple[str, np.ndarray]) -> None:
    matte = np.linspace(0, 255, 12, dtype=np.uint8).reshape(3, 4)
    for part, over in ((None, None), ([15, 7, 33, 21], matte)):
        np.testing.assert_array_equal(
            clip_at(page, frames[0], 2, part, matte=over, held=True), clip_at(page, frames[0], 2, part, matte=over)
        )
    still(page, np.zeros((*CLIP, 3), np.uint8))
    assert not read(page, scene(), CLIP)[..., :3].any(), "a still takes its place"


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
      loss.loseContext(), await gone;
      const between = [p.paint(scene), p.read(scene, { width: 2, height: 2 }), p.still({ width: 1, height: 1, planes: new Uint8Array(3), alpha: null })];
      const back = wait("onrestored");
      loss.restoreContext(), await back;
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
    large = "p.still({ width: p.largest + 1, height: 1, planes: new Uint8Array(3), alpha: null })"
    assert page.evaluate(large) is False
