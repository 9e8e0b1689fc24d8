"""Looks: the fast path against the reference, what is stored, the bundle and the command line."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perscoach.bundles.check import check_bundle
from perscoach.cli import main
from perscoach.core.errors import SettingsError
from perscoach.core.outputs import RECORD
from perscoach.core.places import EXAMPLE
from perscoach.grade import cube, look, lut, reference
from perscoach.grade.cube import Cube
from perscoach.grade.look import NONE, Finish, Look
from perscoach.grade.params import NEUTRAL, RANGES, Grade
from perscoach.recipe import Recipe
from tests.bundles import factories

WARM = Cube("Warm evening", lut.grid(Grade(0.05, 1.3, 20, 1.2, 0.75), 9))
TEXT = cube.text_of(WARM)
grades = st.builds(Grade, **{name: st.floats(*span) for name, span in RANGES.items()})


def worst(codes: np.ndarray, finish: Finish) -> float:
    """The largest distance from the reference's real value, in codes of 255; 0.5 is rounding alone."""
    graded = reference.apply(codes / 255.0, finish.grade)
    assert finish.cube is not None
    exact = np.clip(graded + finish.amount * (cube.sample(finish.cube, graded) - graded), 0, 1)
    return float(np.abs(exact * 255 - finish.apply(codes)).max())


def noise(size: int, seed: int, spread: float = 0.0) -> np.ndarray:
    """A table with no order at all: neighbouring points are as far apart as values can be."""
    return np.random.default_rng(seed).uniform(-spread, 1 + spread, (size, size, size, 3)).astype(np.float32)


@settings(deadline=None, max_examples=25)
@given(
    grade=st.one_of(grades, st.just(NEUTRAL)),
    size=st.integers(2, 33),
    amount=st.floats(0, 1),
    low=st.floats(-0.5, 0.3),
    span=st.floats(0.5, 2),
    seed=st.integers(0, 2**32 - 1),
    top=st.sampled_from([30, 256]),
)
def test_any_look_is_within_one_code(
    grade: Grade, size: int, amount: float, low: float, span: float, seed: int, top: int
) -> None:
    table = Cube("x", noise(size, seed, 0.2), ((low, low, 0.0), (low + span, low + span, 1.0)))
    codes = np.random.default_rng(seed).integers(0, top, (50, 60, 3), dtype=np.uint8)
    assert worst(codes, Finish(grade, table, amount)) < 1


def test_v11_is_not_rounded_before_the_look() -> None:
    """A table of 65 points that jumps between black and white would blow half a code of rounding up to 32 codes."""
    axis = np.round(np.linspace(0, 255, 48)).astype(np.uint8)
    codes = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, axis.size, 3)
    assert worst(codes, Finish(Grade(), Cube("x", noise(65, 1)), 1.0)) < 0.75


def test_the_formula_by_hand() -> None:
    """An inverted table at a quarter: v + (1 - 2 v) / 4 = 1/4 + v / 2."""
    inverted = Cube("inverted", 1 - lut.grid(NEUTRAL, 2))
    codes = np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, axis=2)
    shown = Finish(NEUTRAL, inverted, 0.25).apply(codes).astype(float)
    assert np.abs(shown - (255 / 4 + codes / 2)).max() <= 0.501
    assert np.array_equal(Finish(NEUTRAL, inverted, 1.0).apply(codes), 255 - codes)
    twice = Cube("bright", 2 * lut.grid(NEUTRAL, 2))
    assert np.array_equal(Finish(NEUTRAL, twice, 1.0).apply(codes), np.minimum(2 * codes.astype(int), 255))


def test_no_look_is_v11_byte_for_byte() -> None:
    codes = np.random.default_rng(3).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    for finish in (Finish(Grade()), Finish(Grade(), WARM, 0.0)):
        assert np.array_equal(finish.apply(codes), lut.apply(codes, Grade()))
    assert np.array_equal(Finish(Grade(), WARM).apply(codes[::-1, ::2]), Finish(Grade(), WARM).apply(codes)[::-1, ::2])
    assert Finish(Grade(), WARM).apply(np.zeros((0, 5, 3), np.uint8)).shape == (0, 5, 3)
    with pytest.raises(ValueError, match="uint8 picture"):
        Finish(Grade(), WARM).apply(np.zeros((4, 4, 3)))


@pytest.mark.realtime
def test_is_fast_enough_for_video() -> None:
    """602x722 in some ten milliseconds on one thread; the bound is wide because test machines are busy."""
    codes = np.random.default_rng(5).integers(0, 256, (722, 602, 3), dtype=np.uint8)
    finish = Finish(Grade(), Cube("x", lut.grid(Grade(0.1, 1.3), 33)), 0.7)
    finish.apply(codes)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        finish.apply(codes)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.12


def test_the_exported_table_is_both_together() -> None:
    finish = Finish(Grade(), WARM, 0.6)
    back = cube.loads(finish.text("Both"))
    assert (back.title, len(back.table)) == ("Both", 33)
    points = np.linspace(0, 1, 33)
    rgb = np.array([points[5], points[30], points[17]])
    assert np.allclose(back.table[5, 30, 17], finish.exact(rgb), atol=2e-6)
    assert len(cube.loads(Finish(NEUTRAL, Cube("fine", noise(36, 1)), 1.0).text()).table) == 36


# what is stored -------------------------------------------------------------------------------------------------------


def test_a_table_is_kept_once_as_plain_numbers(tmp_path: Path) -> None:
    first = look.store(tmp_path, TEXT, "Warm\n evening.cube")
    dressed = "\ufeff# made by <script>\r\n" + TEXT.replace("\n", "\r\n").replace(" ", "\t")
    again = look.store(tmp_path, dressed.lstrip("\ufeff"))
    assert (first.id, first.name, again.name) == (again.id, "Warm evening", "Warm evening")
    kept = look.path_of(tmp_path, first)
    assert [p.name for p in (tmp_path / "looks").iterdir()] == [f"{first.id}.cube"]
    assert "script" not in kept.read_text()
    table = look.table(tmp_path, first)
    assert table is not None
    assert np.array_equal(table.table, cube.loads(TEXT).table)
    assert look.table(tmp_path, NONE) is None


def test_every_number_comes_back_as_it_was(tmp_path: Path) -> None:
    wild = Cube("x", (noise(4, 2) - 0.5) * np.float32(1e-7), ((-0.1, 0.0, 1e-3), (1.7, 1.0, 4 / 3)))
    kept = look.table(tmp_path, look.store(tmp_path, cube.text_of(wild, exact=True)))
    assert kept is not None
    assert np.array_equal(kept.table, wild.table)
    assert kept.domain == wild.domain


def test_resolve_s_own_words_are_read() -> None:
    text = TEXT.replace("DOMAIN_MIN 0.0 0.0 0.0\nDOMAIN_MAX 1.0 1.0 1.0", "LUT_3D_INPUT_RANGE\t0.0 2.0")
    assert cube.loads(text).domain == ((0.0, 0.0, 0.0), (2.0, 2.0, 2.0))
    for bad in ("0.0", "0 1 2", "a b", "1 1"):
        with pytest.raises(SettingsError):
            cube.loads(text.replace("0.0 2.0", bad))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "LUT_3D_SIZE 66\n",
        TEXT[: len(TEXT) // 2],
        TEXT + "0 0 0\n",
        TEXT.replace("LUT_3D_SIZE 9", "LUT_1D_SIZE 9"),
        "\x00" * 99,
        TEXT.replace("DOMAIN_MAX 1.0 1.0 1.0", "DOMAIN_MAX 1e-200 1 1"),
        "{" * 9999,
    ],
    ids=["empty", "large", "half", "long", "1d", "binary", "domain", "json"],
)
def test_a_hostile_table_is_refused_and_nothing_is_kept(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        look.store(tmp_path, text, "../../x\n")
    assert caught.value.ru != caught.value.en
    assert "\n" not in caught.value.en
    assert not list(tmp_path.rglob("*.cube"))


def test_a_table_that_is_gone_or_changed_is_said(tmp_path: Path) -> None:
    put = look.store(tmp_path, TEXT, "Evening")
    path = look.path_of(tmp_path, put)
    path.write_text(path.read_text().replace("0.5", "0.6", 1))
    with pytest.raises(SettingsError, match="is missing or damaged"):
        look.table(tmp_path, put)
    assert look.store(tmp_path, TEXT) == dataclasses.replace(put, name="Warm evening"), "added again it is whole"
    assert look.table(tmp_path, put) is not None
    path.unlink()
    for ask in (look.table, look.check_stored):
        with pytest.raises(SettingsError, match="is missing or damaged"):
            ask(tmp_path, put)
    with pytest.raises(SettingsError):
        look.finish(Grade(), put, tmp_path)


def test_the_oldest_tables_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "MAX_KEPT", 3)
    made = [look.store(tmp_path, cube.text_of(Cube("x", noise(2, 0)))).id]
    made += [look.store(tmp_path, cube.text_of(Cube("x", noise(2, i))), keep={made[0]}).id for i in range(1, 6)]
    assert {p.stem for p in (tmp_path / "looks").iterdir()} == {made[0], made[4], made[5]}


def test_a_table_is_taken_to_another_job(tmp_path: Path) -> None:
    put = look.store(tmp_path / "a", TEXT)
    look.bring(tmp_path / "a", tmp_path / "b", put)
    assert look.table(tmp_path / "b", put) is not None
    look.bring(tmp_path / "a", tmp_path / "b", NONE)
    with pytest.raises(SettingsError):
        look.bring(tmp_path / "a", tmp_path / "b", Look("0" * 64))


@pytest.mark.parametrize(
    "value",
    [
        {"id": "../../etc"},
        {"id": "A" * 64},
        {"id": "0" * 63},
        {"id": 5},
        {"id": None},
        {"amount": 1.5},
        {"amount": -1},
        {"amount": float("nan")},
        {"amount": "1"},
        {"amount": True},
        {"name": 5},
        {"file": "x"},
        [],
        "x",
        None,
    ],
    ids=str,
)
def test_only_a_look_is_a_look(value: object) -> None:
    with pytest.raises(SettingsError) as caught:
        Recipe.from_json({"look": value})
    assert caught.value.ru


def test_a_recipe_keeps_its_look_and_an_old_one_has_none() -> None:
    recipe = Recipe(look=Look("ab" * 32, " Evening\n", 0.25))
    assert recipe.look.name == "Evening"
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe
    old = Recipe().to_json()
    del old["look"]
    assert Recipe.from_json(old) == Recipe()
    assert Recipe().look == NONE == Look(name="x", amount=0.5), "no id: no look at all"


# the bundle and the command line --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with a look, made by ``process`` from a moment of the example."""
    root = tmp_path_factory.mktemp("look")
    (root / "Warm evening.cube").write_text(TEXT)
    words = f"--trim 0:0.1 --frames --no-mov --no-audio --matting mediapipe --pose mediapipe --quality draft --work {root}/job"
    asked = ["--look", str(root / "Warm evening.cube"), "--look-amount", "0.7"]
    assert main(["process", str(EXAMPLE), "-o", str(root), "--name", "out", "--quiet", *words.split(), *asked]) == 0
    return root / "out"


def test_the_exported_frames_are_the_reference_s(sound: Path) -> None:
    from perscoach.core.progress import Quiet
    from perscoach.matting.foreground import estimate_foreground
    from perscoach.matting.stage import MatteJob
    from perscoach.media.ingest import load_clip

    job = sound.parent / "job"
    recipe = Recipe.from_json(json.loads((sound / "bundle.json").read_text())["recipe"])
    clip = load_clip(next((job / "store" / "clip").glob("*/*.mp4")))
    finish = Finish(recipe.grade, WARM, 0.7)
    count = 0
    for i, (rgb, alpha) in enumerate(MatteJob(clip, recipe.matting, job).frames(Quiet(), 0, clip.frames)):
        png = cv2.imread(str(sound / "trainer_frames" / f"{i:06d}.png"), cv2.IMREAD_UNCHANGED)
        exact = finish.exact(estimate_foreground(rgb, alpha, "draft") / 255.0) * 255
        inside = alpha > 0
        assert np.abs(exact - png[..., 2::-1])[inside].max() < 1
        assert np.abs(lut.apply(rgb, recipe.grade).astype(int) - png[..., 2::-1])[alpha == 255].mean() > 3, (
            "a look is seen"
        )
        count += int(inside.sum())
    assert count > 1000


def test_the_bundle_names_its_look_and_passes(sound: Path) -> None:
    about = json.loads((sound / "bundle.json").read_text())
    named = about["recipe"]["look"]
    assert (named["name"], named["amount"]) == ("Warm evening", 0.7)
    assert about["files"]["look.cube"]["sha256"] == named["id"]
    assert json.loads((sound / "grade.json").read_text()) == dataclasses.asdict(Grade())
    assert not check_bundle(sound, deep=False).findings
    assert check_bundle(sound.parent / "out.zip").ok


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda f: (f / "look.cube").write_text(TEXT), "look.cube is missing, or is not the look"),
        (lambda f: (f / "look.cube").unlink(), "look.cube is missing"),
        (lambda f: (f / "look.cube").write_bytes(b"\0" * 99), "look.cube is missing, or is not the look"),
        (lambda f: cube.write(f / "grade.cube", Grade()), "does not match the colour in grade.json + look.cube"),
        (
            lambda f: Finish(Grade(), WARM, 0.71).write(f / "grade.cube"),
            "does not match the colour in grade.json + look.cube",
        ),
        (lambda f: name_look(f, None), "look.cube, but bundle.json names no look"),
        (lambda f: name_look(f, {"id": "../x"}), "expected the id of a stored look"),
        (lambda f: name_look(f, "x"), "look: expected a JSON object"),
    ],
    ids=["other", "gone", "binary", "v11", "amount", "unnamed", "path", "text"],
)
def test_a_look_that_does_not_fit_is_found(sound: Path, tmp_path: Path, damage: object, says: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(sound, copy)
    damage(copy)  # type: ignore[operator]
    assert says in " ".join(f.en for f in check_bundle(copy, deep=False).findings if f.level == "error")


def name_look(folder: Path, value: object) -> None:
    path = folder / "bundle.json"
    about = json.loads(path.read_text())
    about["recipe"].pop("look")
    path.write_text(json.dumps(about if value is None else {**about, "recipe": {**about["recipe"], "look": value}}))


def test_a_bundle_from_before_looks_passes(tmp_path: Path) -> None:
    folder = factories.bundle(tmp_path)
    name_look(folder, None)
    assert check_bundle(folder, deep=False).ok


def test_the_amount_alone_encodes_again_and_mattes_nothing(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from perscoach.core.progress import Quiet
    from perscoach.core.settings import load_settings
    from perscoach.matting.stage import MatteJob
    from perscoach.pipeline import run_stages

    job = sound.parent / "job"
    recipe = Recipe.from_json(json.loads((sound / "bundle.json").read_text())["recipe"])
    stamps = {p: p.stat().st_mtime_ns for p in (job / "store" / "refined").rglob("*") if p.is_file()}
    before = {p.name for p in (job / "store" / "segments").iterdir()}
    asked = dataclasses.replace(recipe, look=dataclasses.replace(recipe.look, amount=0.2))
    run = run_stages(EXAMPLE, job, asked, "out", Quiet(), ("encode",), load_settings())
    assert MatteJob(run.clip, recipe.matting, job).ready
    assert {p.name for p in (job / "store" / "segments").iterdir()} - before
    assert stamps == {p: p.stat().st_mtime_ns for p in (job / "store" / "refined").rglob("*") if p.is_file()}


def test_grade_shows_the_look_and_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "l.cube"
    path.write_text(TEXT)
    words = ["grade", str(EXAMPLE), "--trim", "0:0.1", "--work", str(tmp_path / "job"), "--quiet"]
    assert main([*words, "-o", str(tmp_path / "on"), "--look", str(path)]) == 0
    assert main([*words, "-o", str(tmp_path / "off")]) == 0
    made = {p.name for p in (tmp_path / "on").iterdir()} - {RECORD}
    assert made == {"frame.png", "grade.cube", "grade.json", "look.cube"}
    assert not (tmp_path / "off" / "look.cube").exists()
    v11 = cv2.imread(str(tmp_path / "off" / "frame.png"))[..., ::-1]
    on = cv2.imread(str(tmp_path / "on" / "frame.png"))[..., ::-1]
    # V11 stands rounded in its file here, so a table's slope may add to that half a code
    assert np.abs(look.apply_look(v11 / 255.0, WARM, 1.0) * 255 - on).max() < 2
    assert np.allclose(
        cube.read(tmp_path / "on" / "grade.cube").table, Finish(Grade(), WARM).grid(33), rtol=0, atol=2e-6
    )


def test_the_command_line_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["grade", str(EXAMPLE), "-o", str(tmp_path), "--work", str(tmp_path / "job"), "--quiet"]
    (tmp_path / "bad.cube").write_text("LUT_3D_SIZE 2\n0 0 0\n")
    for asked, says in (
        (["--look", str(tmp_path / "none.cube")], "none.cube: there is no such file"),
        (["--look", str(tmp_path / "bad.cube")], "1 of 8 lines"),
        (["--look-amount", "0.5"], "there is no look to apply"),
    ):
        assert main([*words, *asked]) == 3
        assert says in capsys.readouterr().err
    (tmp_path / "good.cube").write_text(TEXT)
    assert main([*words, "--look", str(tmp_path / "good.cube"), "--look-amount", "2"]) == 3
    assert "look.amount" in capsys.readouterr().err
