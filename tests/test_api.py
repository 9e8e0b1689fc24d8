"""The public door: quick to import, callable, typed, and its examples run."""

from __future__ import annotations

import doctest
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import perscoach
from perscoach import api
from perscoach.core import device, names
from perscoach.core.places import EXAMPLE

HEAVY = {"numpy", "cv2", "torch", "scipy", "av", "mediapipe", "gradio", "babel", "rich", "huggingface_hub"}
FUNCTIONS = ("process", "pose", "matte", "check", "score", "open_bundle")


def test_import_is_quick() -> None:
    code = "import sys, perscoach; dir(perscoach); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not HEAVY & set(loaded)
    assert sum(name.startswith("perscoach") for name in loaded) <= 4


def test_every_public_name_is_there_and_documented() -> None:
    for name in perscoach.__all__:
        value = getattr(perscoach, name)
        if name != "__version__":
            assert inspect.getdoc(value), name
    for name in FUNCTIONS:
        assert callable(getattr(perscoach, name))
        assert ">>>" in (inspect.getdoc(getattr(api, name)) or ""), name
    with pytest.raises(AttributeError):
        perscoach.nothing  # noqa: B018


def test_a_room_and_a_function_of_one_name_are_both_reached() -> None:
    code = (
        "import perscoach\nfrom perscoach import pose\nimport perscoach.pose.registry, perscoach.score.report\n"
        "assert pose is perscoach.pose and callable(pose) and callable(perscoach.score)\n"
        "assert perscoach.pose.registry.choose\n"
        "try:\n    perscoach.pose('no such clip.mp4')\nexcept perscoach.PerscoachError as error:\n    print(error.message.id)"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert made.stdout.split() == ["files.missing"], made.stderr


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSCOACH_WORKSPACE", str(tmp_path / "workspace"))
    names_ = {"example": EXAMPLE, "folder": tmp_path, **vars(api)}
    for test in doctest.DocTestFinder(recurse=False).find(getattr(api, name), name, globs=names_):
        assert test.examples
        result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)
        assert result.failed == 0


@pytest.mark.parametrize("module", [device, names])
def test_the_small_examples_run(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]
