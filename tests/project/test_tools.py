"""The scripts behind make: which torch is tried, and what the lock writes."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


def _script(name: str) -> ModuleType:
    path = Path(__file__).resolve().parents[2] / ".ci" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"ci_{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


lock, torch_build = _script("lock"), _script("torch_build")


@pytest.mark.parametrize(
    ("gpu", "system", "index", "tried"),
    [
        (True, "Linux", None, ["torch==2.13.0"]),
        (False, "Darwin", None, ["torch==2.13.0"]),
        (False, "Linux", None, ["torch==2.13.0+cpu", "torch==2.13.0+cpu", "torch==2.13.0"]),
        (False, "Linux", "https://torch.example/cpu", ["torch==2.13.0+cpu", "torch==2.13.0"]),
    ],
)
def test_the_cpu_build_is_tried_where_there_is_no_gpu(
    gpu: bool, system: str, index: str | None, tried: list[str]
) -> None:
    attempts = torch_build.attempts("2.13.0", gpu, system, index)
    assert [words[-1] for words in attempts] == tried
    named = [words[words.index("--extra-index-url") + 1] for words in attempts if "--extra-index-url" in words]
    assert named == ([] if len(tried) == 1 else [index or torch_build.CPU_INDEX])


@pytest.mark.parametrize(
    ("name", "version", "line"),
    [
        ("pillow", "12.3.0", "pillow~=12.3.0"),
        ("packaging", "26.4", "packaging~=26.4"),
        ("certifi", "2026.10.19.post1", "certifi~=2026.10.19.post1"),
        ("pytz", "7", "pytz~=7.0"),
        ("torch", "2.13.0+cpu", "torch==2.13.0"),
        ("ruff", "0.17.6", "ruff==0.17.6"),
    ],
)
def test_a_pin_lets_fixes_in_but_holds_tools_and_torch(name: str, version: str, line: str) -> None:
    assert lock.pin(name, version) == line


def test_versions_that_differ_get_a_marker() -> None:
    found = {"3.10": {"scipy": "1.15.3", "rich": "15.0.0"}, "3.11": {"scipy": "1.17.1", "rich": "15.0.0"}}
    assert lock.merge(found) == [
        "rich~=15.0.0",
        'scipy~=1.15.3 ; python_version == "3.10"',
        'scipy~=1.17.1 ; python_version == "3.11"',
    ]
