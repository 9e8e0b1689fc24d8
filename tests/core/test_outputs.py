"""Results go into a user's folder without destroying anything there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perscoach.core import outputs
from perscoach.core.errors import SettingsError
from perscoach.core.outputs import Owner, check_outputs, place

A, B = Owner("pose", "a" * 64), Owner("pose", "b" * 64)


def _source(tmp_path: Path, text: str, name: str = "made") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def _refused(id: str, folder: Path, sources: dict[str, Path], owner: Owner, **more: object) -> None:
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    with pytest.raises(SettingsError) as refused:
        place(sources, folder, owner, **more)  # type: ignore[arg-type]
    assert refused.value.message.id == id
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_the_same_source_may_come_again_and_another_may_not(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert place({"a.json": _source(tmp_path, "1")}, out, A) == [out / "a.json"]
    place({"a.json": _source(tmp_path, "2")}, out, A)
    assert (out / "a.json").read_text() == "2"
    check_outputs(out, ("a.json",), A)
    for owner in (B, Owner("matte", A.source)):
        _refused("outputs.foreign", out, {"a.json": _source(tmp_path, "3")}, owner)
        with pytest.raises(SettingsError):
            check_outputs(out, ("a.json",), owner)
    place({"a.json": _source(tmp_path, "3")}, out, Owner("pose", B.source, replace=True))
    assert (out / "a.json").read_text() == "3"
    _refused("outputs.foreign", out, {"a.json": _source(tmp_path, "4")}, A)


def test_what_was_changed_or_never_ours_stays(tmp_path: Path) -> None:
    out = tmp_path / "out"
    place({"a.json": _source(tmp_path, "1")}, out, A)
    (out / "a.json").write_text("the coach's own words")
    _refused("outputs.foreign", out, {"a.json": _source(tmp_path, "2")}, A)
    (out / "b.json").write_text("another program's")
    _refused("outputs.foreign", out, {"b.json": _source(tmp_path, "2"), "c.json": tmp_path / "made"}, A)
    (out / outputs.RECORD).write_text('{"schema": [' * 900)  # damaged: nothing counts as ours
    _refused("outputs.foreign", out, {"a.json": _source(tmp_path, "2")}, A)


@pytest.mark.parametrize("kind", ["folder", "link", "pipe"])
def test_what_is_no_file_is_never_replaced_unasked(tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "precious").write_text("x")
    if kind == "folder":
        (out / "a.json").mkdir()
    elif kind == "link":
        (out / "a.json").symlink_to(tmp_path / "precious")
    else:
        os.mkfifo(out / "a.json")
    with pytest.raises(SettingsError):
        place({"a.json": _source(tmp_path, "1")}, out, A)
    assert (tmp_path / "precious").read_text() == "x"


def test_an_input_is_never_overwritten_even_on_request(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    clip = out / "trainer_transparent.webm"
    clip.write_text("the clip")
    owner = Owner("matte", A.source, (clip,), replace=True)
    _refused("outputs.input", out, {clip.name: _source(tmp_path, "1")}, owner)
    (out / "squat").mkdir()
    (out / "squat" / "bundle.json").write_text("{}")
    made = tmp_path / "new"
    made.mkdir()
    inside = Owner("process", A.source, (out / "squat" / "bundle.json",), replace=True)
    _refused("outputs.input", out, {"squat": made}, inside, mine=lambda name: name == "bundle.json")


def test_foreign_files_in_a_folder_stay_when_it_is_replaced(tmp_path: Path) -> None:
    out, made = tmp_path / "out", tmp_path / "made"
    (out / "squat" / "sub").mkdir(parents=True)
    (out / "squat" / "old.json").write_text("ours")
    (out / "squat" / "sub" / "clip.mov").write_text("the source")
    made.mkdir()
    (made / "new.json").write_text("new")
    mine = {"old.json"}.__contains__
    _refused("outputs.foreign", out, {"squat": made}, A, mine=mine)
    place({"squat": made}, out, Owner("process", A.source, replace=True), mine)
    assert (out / "squat" / "sub" / "clip.mov").read_text() == "the source"
    assert (out / "squat" / "new.json").read_text() == "new" and not (out / "squat" / "old.json").exists()


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(SettingsError) as refused:
        check_outputs(tmp_path / "out", ("a",), A)
    assert refused.value.message.id == "outputs.not_a_folder"


SWAPPER = """
import sys
from pathlib import Path
from perscoach.core.outputs import Owner, place
out, one, two = (Path(a) for a in sys.argv[1:])
print("go", flush=True)
while True:
    for made in (one, two):
        place({"squat": made, "squat.zip": made / "a"}, out, Owner("process", "a" * 64), lambda name: name in "ab")
"""


def test_a_kill_at_any_moment_leaves_a_whole_folder_and_the_next_run_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        for file in ("a", "b"):
            (tmp_path / name / file).write_text(name)
    words = [sys.executable, "-c", SWAPPER, *(str(tmp_path / name) for name in ("out", "one", "two"))]
    place({"squat": tmp_path / "one", "squat.zip": tmp_path / "one" / "a"}, out, Owner("process", "a" * 64))
    for attempt in range(12):
        with subprocess.Popen(words, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None and child.stdout.readline() == b"go\n"
            time.sleep(0.01 + 0.007 * attempt)
            child.kill()
            child.wait()
        found = {(out / "squat" / file).read_text() for file in ("a", "b")}
        assert len(found) == 1, "both files are of one run"
        assert (out / "squat.zip").read_text() in ("one", "two")
    place({"squat": tmp_path / "two"}, out, Owner("process", "a" * 64), lambda name: name in "ab")
    assert (out / "squat" / "b").read_text() == "two"
