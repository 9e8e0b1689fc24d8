"""Presets: built in, saved, loaded, hostile."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perscoach.core.errors import SettingsError
from perscoach.core.names import clean_name
from perscoach.grade import presets
from perscoach.grade.params import NEUTRAL, RANGES, Grade

grades = st.builds(Grade, **{name: st.floats(*span) for name, span in RANGES.items()})


def test_built_in_presets_are_what_they_say() -> None:
    keys = [p.key for p in presets.BUILT_IN]
    assert (
        len(set(keys))
        == len(keys)
        == len({p.title.en for p in presets.BUILT_IN})
        == len({p.title.ru for p in presets.BUILT_IN})
    )
    assert presets.by_name("v11") == Grade()
    assert presets.by_name("neutral") == NEUTRAL
    warm, cool = presets.by_name("warm"), presets.by_name("cool")
    assert warm.red_boost / warm.blue_reduce > 1.06 > cool.red_boost / cool.blue_reduce
    assert presets.by_name("dark_gym").lab_lift > Grade().lab_lift
    assert presets.by_name("bright_gym").brightness_boost < 0
    with pytest.raises(SettingsError, match="no preset 'v12'"):
        presets.by_name("v12")


@settings(deadline=None, max_examples=50)
@given(name=st.text(), grade=grades)
def test_saved_and_loaded(tmp_path_factory: pytest.TempPathFactory, name: str, grade: Grade) -> None:
    path = tmp_path_factory.mktemp("presets") / presets.file_name(name)
    presets.save(path, grade, name)
    assert presets.load(path) == grade
    assert presets.loads(path.read_text(encoding="utf-8"))[1] == grade


def test_a_file_carries_its_name_and_the_numbers_alone_are_read_too(tmp_path: Path) -> None:
    presets.save(tmp_path / "a.json", Grade(contrast=1.5), "Evening gym")
    assert presets.loads((tmp_path / "a.json").read_text())[0] == "Evening gym"
    presets.save(tmp_path / "b.json", Grade())
    assert presets.loads((tmp_path / "b.json").read_text())[0] == "b"
    assert presets.loads(json.dumps({"contrast": 1.5})) == ("", Grade(contrast=1.5))


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Evening gym", "Evening_gym.json"),
        ("Вечерний зал", "Вечерний_зал.json"),
        ("", "preset.json"),
        ("a\x00b\nc", "a_b_c.json"),
    ],
)
def test_file_names_are_safe(name: str, file: str) -> None:
    assert presets.file_name(name) == file


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "con", "C:\\x|y?"])
def test_different_names_give_different_files(name: str) -> None:
    file = presets.file_name(name)
    assert Path(file).name == file and not file.startswith((".", "con"))
    assert file != presets.file_name(name + "_")


@given(name=st.text())
def test_file_names_never_leave_the_folder(name: str) -> None:
    file = presets.file_name(name)
    assert Path(file).name == file
    assert not file.startswith(".")
    assert len(file) <= 85


GOOD = presets.to_json("x", Grade())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a JSON"),
        ("[" * 20000, "not a JSON"),
        ("null", "not a colour preset"),
        (json.dumps({**GOOD, "schema": "other/1"}), "not a colour preset"),
        (json.dumps({**GOOD, "run": "rm"}), "unknown part 'run'"),
        (json.dumps({**GOOD, "name": 5}), "name must be text"),
        (json.dumps({**GOOD, "grade": [1]}), "JSON object"),
        (json.dumps({**GOOD, "grade": {"gamma": 1}}), "gamma"),
        (json.dumps({**GOOD, "grade": {"contrast": "2"}}), "contrast"),
        (json.dumps({**GOOD, "grade": {"contrast": True}}), "contrast"),
        (json.dumps({**GOOD, "grade": {"contrast": 3}}), "contrast"),
        (json.dumps({**GOOD, "grade": {"contrast": float("nan")}}), "contrast"),
        (json.dumps({**GOOD, "grade": {"contrast": 10**400}}), "contrast"),
        (json.dumps(GOOD) + " " * 70000, "64 KB"),
    ],
)
def test_hostile_presets_get_a_sentence(text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        presets.loads(text)


def test_hostile_files_get_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\x00")
    os.mkfifo(tmp_path / "pipe.json")
    for path, id in (
        (tmp_path / "b.json", "grade.preset_text"),
        (tmp_path / "none.json", "files.missing"),
        (tmp_path, "files.not_regular"),
        (tmp_path / "pipe.json", "files.not_regular"),
    ):
        with pytest.raises(SettingsError) as refused:
            presets.load(path)
        assert refused.value.message.id == id


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(list(RANGES)), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=200)
@given(grade=json_values, name=json_values, raw=st.none() | st.text())
def test_fuzz_ends_in_a_grade_or_a_sentence(grade: object, name: object, raw: str | None) -> None:
    text = raw if raw is not None else json.dumps({"schema": presets.SCHEMA, "name": name, "grade": grade})
    try:
        found_name, found = presets.loads(text)
    except SettingsError:
        return
    assert isinstance(found, Grade)
    assert found_name == clean_name(found_name)
