"""Every error that a person can meet speaks both languages."""

from __future__ import annotations

import ast
import errno
import string
import subprocess
import sys
from pathlib import Path

import pytest

import perscoach
from perscoach.core import errors
from perscoach.core.messages import catalogue

KINDS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.PerscoachError) and kind is not errors.Cancelled
}


def _calls() -> list[tuple[str, ast.Call]]:
    root = Path(perscoach.__file__).parent
    return [
        (f"{path.relative_to(root)}:{node.lineno}", node)
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS
    ]


def test_every_error_stands_in_the_catalogue_or_has_both_sentences() -> None:
    known, wrong = catalogue(), []
    calls = _calls()
    assert len(calls) > 80
    for place, call in calls:
        first = call.args[0] if call.args else None
        if isinstance(first, ast.Constant) and len(call.args) == 1:
            given = {keyword.arg for keyword in call.keywords}
            if first.value not in known or (None not in given and _named(known[first.value]) - given):
                wrong.append(place)
        elif len(call.args) == 1 and isinstance(first, ast.JoinedStr):
            wrong.append(place)
    assert not wrong


def _named(pair: tuple[str, str]) -> set[str]:
    """The values that a text of the catalogue names."""
    return {name for text in pair for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_has_one_sentence(code: int) -> None:
    refused = errors.system_message(OSError(code, "x", "/home/anna/a.json"))
    assert refused is not None and refused.id == "errors.disk_full"


def test_what_the_computer_refuses_names_the_file_and_no_folder() -> None:
    refused = errors.system_message(PermissionError(errno.EACCES, "Permission denied", "/home/anna/out/a.json"))
    assert refused is not None
    for text in refused.to_json():
        assert "a.json" in text and "/home" not in text
    assert errors.system_message(ValueError("x")) is None


WRITERS = {
    "open": "open(path, 'wb').write(bytes(10**6))",
    "numpy.save": "import numpy; file = open(path, 'wb'); numpy.save(file, numpy.zeros(10**5))",
    "numpy.savez": "import numpy; numpy.savez(path, a=numpy.zeros(10**5))",
    "zipfile": "import zipfile; zipfile.ZipFile(path, 'w').writestr('a', bytes(10**6))",
    "shutil": "import os, shutil; shutil.copyfile(os.__file__, path)",
    "PyAV": """
import av, numpy
with av.open(path, 'w', format='matroska') as container:
    stream = container.add_stream('rawvideo', rate=30)
    stream.width, stream.height, stream.pix_fmt = 640, 480, 'gray'
    for _ in range(10):
        container.mux(stream.encode(av.VideoFrame.from_ndarray(numpy.zeros((480, 640), 'u1'), format='gray')))
""",
    "sqlite3": """
import sqlite3
base = sqlite3.connect(path)
base.execute('create table t(a blob)')
base.execute('insert into t values(?)', (bytes(10**6),))
base.commit()
""",
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_recognised_through_every_library_that_writes(name: str, tmp_path: Path) -> None:
    """In a process that may not write files over 20 KB, which every library meets as it meets a full disk."""
    script = f"""
import resource, sys
from perscoach.core.errors import system_message
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    exec({WRITERS[name]!r}, {{"path": {str(tmp_path / "out")!r}}})
except BaseException as error:
    message = system_message(error)
    print(message and message.id, repr(error))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("errors.disk_full"), done.stdout
