"""Half files, locks and file names that are no UTF-8."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perscoach.core.files import atomic, held, is_held, read_json, sweep, write_json

HOLDER = """
import sys, time
from pathlib import Path
from perscoach.core.files import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_ends_with_its_process_however_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "busy"
    assert not is_held(path)
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        assert is_held(path)
        with pytest.raises(BlockingIOError), held(path, patience=0.1):
            pass
        other.kill()
        other.wait()
    assert not is_held(path)
    with held(path):
        assert is_held(path)
    assert path.exists() and not is_held(path)


def test_only_old_half_files_are_swept(tmp_path: Path) -> None:
    folder = tmp_path / "clip"
    folder.mkdir()
    names = (".0a1b2c3d.part.mp4", ".1a1b2c3d.part", "trainer.part.mp4", ".hidden")
    for name in names:
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (time.time() - 3600,) * 2)
    with atomic(folder / "fresh.mp4") as part:
        part.write_bytes(b"y")
        sweep(tmp_path)
    assert sorted(p.name for p in folder.iterdir()) == [".hidden", "fresh.mp4", "trainer.part.mp4"]


def test_a_name_that_is_no_utf8_survives_json(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xcf\xf0\xe8\xf1\xe5\xe4.mp4")  # cp1251, as old archives have it
    write_json(tmp_path / "a.json", {"name": name})
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["name"] == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        '{"a":' * 100_000,
        "NaN",
        "[Infinity]",
        "-Infinity",
        "1e999",
        "9" * 400,
        "-" + "9" * 400,
        "[" + "9" * 5000 + "]",
        "\u00e9",
        '"' + "x" * 2000 + '"',
    ],
)
def test_json_that_python_takes_and_nobody_can_use_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(text.encode("latin-1"))  # an é alone is no UTF-8
    with pytest.raises(ValueError):
        read_json(path, 1000 if "x" in text else 1 << 20)


def test_json_from_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="regular"):
        read_json(tmp_path / "pipe", 100)
    (tmp_path / "a.json").write_text('{"a": [1, -9223372036854775808, 0.5, null]}')
    assert read_json(tmp_path / "a.json", 100) == {"a": [1, -(2**63), 0.5, None]}
