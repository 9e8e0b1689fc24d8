"""The ``.cube`` file: through ffmpeg, back through the reader, and hostile ones."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perscoach.core.errors import SettingsError
from perscoach.grade import cube, lut, reference
from perscoach.grade.params import NEUTRAL, Grade

MOST, MEAN = 4, 0.6  # codes of 255, for the V11 grade
SMALL = cube.dumps(Grade(), size=2)


def colours() -> np.ndarray:
    """A picture with a lattice of colours, a dark corner and greys."""
    axis = np.round(np.linspace(0, 255, 24))
    wide = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3)
    dark = np.random.default_rng(4).integers(0, 48, (24 * 24 * 8, 3))
    return np.concatenate([wide, dark]).astype(np.uint8).reshape(24 * 32, 24, 3)


@pytest.mark.parametrize(
    ("grade", "most", "mean"), [(Grade(), MOST, MEAN), (Grade(0.05, 1.3, 85, 0.95, 1.1), 8, 0.6)], ids=str
)
def test_ffmpeg_shows_the_same_colours(grade: Grade, most: float, mean: float, tmp_path: Path) -> None:
    """Worst where the table's points are far apart for the curve: in the dark corner and where a channel clips."""
    import imageio_ffmpeg

    cube.write(tmp_path / "grade.cube", grade)
    picture = colours()
    size = f"{picture.shape[1]}x{picture.shape[0]}"
    words = f"-nostdin -v error -f rawvideo -pix_fmt rgb24 -s {size} -i - -vf lut3d=file=grade.cube -f rawvideo -pix_fmt rgb24 -"
    done = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), *words.split()],
        input=picture.tobytes(),
        capture_output=True,
        cwd=tmp_path,
        check=True,
        timeout=60,
    )
    out = np.frombuffer(done.stdout, np.uint8).reshape(picture.shape)
    error = np.abs(reference.apply(picture / 255.0, grade) * 255 - out)

    assert error.max() < most
    assert error.mean() < mean


def test_red_changes_fastest_and_the_head_is_the_specification_s() -> None:
    lines = cube.dumps(NEUTRAL, 'My "look"\n\\x', size=2).splitlines()
    assert lines[0] == 'TITLE "My lookx"'
    assert "LUT_3D_SIZE 2" in lines
    assert "DOMAIN_MIN 0.0 0.0 0.0" in lines
    numbers = [line for line in lines if line[:1].isdigit()]
    assert numbers[:3] == ["0.000000 0.000000 0.000000", "1.000000 0.000000 0.000000", "0.000000 1.000000 0.000000"]
    assert len(numbers) == 8


def test_reads_back_what_it_wrote(tmp_path: Path) -> None:
    path = tmp_path / "grade.cube"
    cube.write(path, Grade(), "Evening gym")
    back = cube.read(path)
    assert back.title == "Evening gym"
    assert back.table.shape == (33, 33, 33, 3)
    assert np.allclose(back.table, lut.grid(Grade()), atol=1e-6)


def test_sample_is_trilinear_and_respects_the_domain() -> None:
    identity = cube.loads(cube.dumps(NEUTRAL, size=5))
    rgb = np.random.default_rng(0).random((20, 3))
    assert np.allclose(cube.sample(identity, rgb), rgb, atol=1e-6)
    wide = cube.loads(cube.dumps(NEUTRAL, size=5).replace("DOMAIN_MAX 1.0 1.0 1.0", "DOMAIN_MAX 2.0 2.0 2.0"))
    assert np.allclose(cube.sample(wide, rgb * 2), rgb, atol=1e-6)
    assert np.allclose(cube.sample(identity, np.array([[-5.0, 9.0, 0.5]])), [[0, 1, 0.5]], atol=1e-6)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no LUT_3D_SIZE line"),
        (SMALL.replace("LUT_3D_SIZE 2", "LUT_3D_SIZE 66"), "2 to 65"),
        (SMALL.replace("LUT_3D_SIZE 2", "LUT_3D_SIZE 1"), "2 to 65"),
        (SMALL.replace("LUT_3D_SIZE 2", "LUT_3D_SIZE ²"), "2 to 65"),
        (SMALL.replace("LUT_3D_SIZE 2", "LUT_3D_SIZE 2\nLUT_3D_SIZE 3"), "one LUT_3D_SIZE"),
        (SMALL.replace("LUT_3D_SIZE 2", "LUT_1D_SIZE 2"), "more numbers"),
        (SMALL.replace("LUT_3D_SIZE 2", "LUT_1D_SIZE 65537"), "LUT_1D_SIZE from 2 to"),
        (SMALL.replace("LUT_3D_SIZE 2", "LUT_3D_SIZE 2\nLUT_IN_VIDEO_RANGE yes"), "LUT_IN_VIDEO_RANGE"),
        (SMALL.replace("LUT_3D_SIZE 2", "LUT_3D_SIZE 2\nLUT_1D_SIZE 3"), "8 of 11"),
        (SMALL.replace("LUT_3D_SIZE 2", "LUT_3D_SIZE 2\nLUT_3D_INPUT_RANGE 1 1"), "not above"),
        (SMALL.replace("LUT_3D_SIZE 2\n", ""), "more numbers"),
        (SMALL + "0 0 0\n", "more numbers"),
        ("\n".join(SMALL.splitlines()[:-1]), "7 of 8"),
        ("\n".join(SMALL.splitlines()[:-1]) + "\nnan 0 0\n", "is unknown"),
        ("\n".join(SMALL.splitlines()[:-1]) + "\n0 nan 0\n", "three numbers"),
        ("\n".join(SMALL.splitlines()[:-1]) + "\n0 0\n", "three numbers"),
        ("\n".join(SMALL.splitlines()[:-1]) + "\n0 0 1e999\n", "infinite"),
        ("\n".join(SMALL.splitlines()[:-1]) + "\n0 0 1_0\n", "three numbers"),
        (SMALL.replace("DOMAIN_MAX 1.0 1.0 1.0", "DOMAIN_MAX 0 1 1"), "DOMAIN_MAX is not above"),
        ("<html>", "three numbers"),
        ("x" * 1000, "too long"),
    ],
)
def test_hostile_texts_get_a_sentence(text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        cube.loads(text.replace("<html>", "LUT_3D_SIZE 2\n<html>"))
    assert caught.value.ru != caught.value.en


def test_hostile_files_get_a_sentence(tmp_path: Path) -> None:
    binary = tmp_path / "b.cube"
    binary.write_bytes(bytes(range(256)))
    huge = tmp_path / "h.cube"
    with huge.open("wb") as file:
        file.truncate(33 << 20)
    for path, says in (
        (binary, "not a text"),
        (huge, "larger"),
        (tmp_path / "none.cube", "no such file"),
        (tmp_path, "a folder"),
    ):
        with pytest.raises(SettingsError, match=says):
            cube.read(path)


def test_video_levels_are_brought_to_full_range() -> None:
    plain = cube.dumps(Grade(), size=17)
    levels = plain.replace("DOMAIN_MIN", "LUT_IN_VIDEO_RANGE\nLUT_OUT_VIDEO_RANGE\nDOMAIN_MIN")
    rgb = np.random.default_rng(0).random((50, 3))
    video = (16 + 219 * rgb) / 255
    expected = (cube.sample(cube.loads(plain), video) * 255 - 16) / 219
    assert np.allclose(cube.sample(cube.loads(levels), rgb), expected, atol=1e-5)
    only_in = cube.loads(levels.replace("LUT_OUT_VIDEO_RANGE\n", ""))
    assert np.allclose(cube.sample(only_in, rgb), cube.sample(cube.loads(plain), video), atol=1e-5)


def test_a_1d_table_is_taken_alone_and_before_a_3d_one() -> None:
    curve = [f"{x * x:.6f} {x:.6f} {1 - x:.6f}" for x in np.linspace(0, 1, 1024)]
    alone = cube.loads("\n".join(["LUT_1D_SIZE 1024", "LUT_1D_INPUT_RANGE -1 1", *curve]))
    rgb = np.random.default_rng(0).uniform(-1, 1, (50, 3))
    x = (rgb + 1) / 2
    bent = np.stack([x[:, 0] ** 2, x[:, 1], 1 - x[:, 2]], axis=1)
    assert np.allclose(cube.sample(alone, rgb), bent, atol=1e-3)
    solid = cube.dumps(Grade(), size=17)
    rows = [line for line in solid.splitlines() if line[:1].isdigit()]
    head = ["LUT_1D_SIZE 1024", "LUT_1D_INPUT_RANGE -1 1", "LUT_3D_SIZE 17", "LUT_3D_INPUT_RANGE 0 1"]
    both = cube.loads("\n".join([*head, *curve, *rows]))
    assert np.abs(cube.sample(both, rgb) - cube.sample(cube.loads(solid), bent)).max() < 0.02


def test_a_title_in_another_encoding_is_no_reason_to_refuse(tmp_path: Path) -> None:
    path = tmp_path / "old.cube"
    path.write_bytes(b"# Gr\xfc\xdfe\n" + SMALL.encode())
    assert cube.read(path).table.shape == (2, 2, 2, 3)


words = st.sampled_from(
    [
        "LUT_3D_SIZE",
        "LUT_1D_SIZE",
        "LUT_IN_VIDEO_RANGE",
        "2",
        "DOMAIN_MIN",
        "TITLE",
        "0 0 0",
        "1e9",
        "nan",
        "-",
        "\t",
        "\n",
        " ",
        "#",
        "9" * 400,
    ]
)


@settings(deadline=None, max_examples=300)
@given(text=st.one_of(st.text(), st.lists(words).map(" ".join), st.lists(words).map("\n".join)))
def test_fuzz_ends_in_a_table_or_a_sentence(text: str) -> None:
    try:
        table = cube.loads(text).table
    except SettingsError:
        return
    assert np.isfinite(table).all()


@settings(deadline=None, max_examples=200)
@given(place=st.integers(0, len(SMALL) - 1), junk=st.text(max_size=3), cut=st.integers(0, 40))
def test_fuzz_of_a_damaged_file(place: int, junk: str, cut: int) -> None:
    try:
        table = cube.loads(SMALL[:place] + junk + SMALL[place + cut :]).table
    except SettingsError:
        return
    assert np.isfinite(table).all()
