"""pyproject.toml declares what is imported and no more; requirements.txt and constraints.txt are in step with it."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.project.repository import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_DISTRIBUTIONS = {
    "PIL": "pillow",
    "cv2": "opencv-contrib-python",
    "imageio_ffmpeg": "imageio-ffmpeg",
    "yaml": "pyyaml",
    "multipart": "python-multipart",
    "python_multipart": "python-multipart",
}
"""Where the package on PyPI has another name than the module."""

_BY_NAME = {
    "openvino": "loaded through importlib, which keeps its usage statistics off",
    "plotly": "its JavaScript file is served, the package is never imported",
}
_UPSTREAM = {"roma", "omegaconf", "einops", "braceexpand"}
"""Imported by SAM 3D Body's own code."""
_RUN = {"pytest-xdist", "pytest-cov", "import-linter", "ruff", "mypy"}
"""Commands of ``make test``."""
_NOT_DECLARED = {
    "detectron2": "an optional detector that builds from source (docs/gpu.md)",
    "torchvision": "only named in tests of its substitute, and in a benchmark that skips without it",
    "pytorch_lightning": "only named in tests of its substitute",
    "sam_3d_body": "fetched by `make sam3d`",
    "matte_figure": "a module beside the benchmark that imports it",
    "tomli": "comes with pytest before Python 3.11",
}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9_.-]+", requirement)
    assert found, requirement
    return found.group().lower().replace("_", "-")


def _names(requirements: list[str]) -> set[str]:
    return {_name(line) for line in requirements}


def _imports(*folders: str) -> Iterator[tuple[str, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    modules = [node.module]
                for module in modules:
                    yield path.relative_to(ROOT).as_posix(), module.split(".")[0]


def _distributions(*folders: str) -> set[str]:
    own = {*("perscoach", "tests", "benchmarks", "assets"), *_NOT_DECLARED, *sys.stdlib_module_names}
    return {_DISTRIBUTIONS.get(m, m).lower().replace("_", "-") for _, m in _imports(*folders) if m not in own}


def test_everything_imported_is_declared_and_nothing_else(project: dict[str, Any]) -> None:
    declared = _names(project["dependencies"])
    sam3d = _names(project["optional-dependencies"]["sam3d"])
    imported = _distributions("perscoach")
    assert imported - declared - sam3d == set()
    assert declared - imported == set(_BY_NAME)
    assert sam3d - imported == _UPSTREAM
    outside = {
        (where, module)
        for where, module in _imports("perscoach")
        if _DISTRIBUTIONS.get(module, module) in sam3d and not where.startswith("perscoach/pose/sam3d/")
    }
    assert not outside  # whoever installs without the extra never meets them


def test_the_development_packages_are_used_too(project: dict[str, Any]) -> None:
    extras = project["optional-dependencies"]
    dev = _names(extras["dev"]) - {"perscoach"}
    imported = _distributions("tests", "benchmarks", "assets", ".ci")
    assert imported - dev - _names(project["dependencies"]) - _names(extras["sam3d"]) == set()
    assert dev - imported == _RUN


def _lines(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_requirements_are_those_of_the_project(project: dict[str, Any]) -> None:
    assert _lines("requirements.txt") == project["dependencies"]  # else: make lock


def test_constraints_hold_all_that_is_declared_and_let_fixes_in(project: dict[str, Any]) -> None:
    pins = _lines("constraints.txt")
    extras = project["optional-dependencies"]
    needed = _names(project["dependencies"]) | _names(extras["sam3d"]) | _names(extras["dev"]) - {"perscoach"}
    assert needed - _names(pins) == set()  # else: make lock
    exact = _names([line for line in pins if "==" in line.split(";")[0]])
    assert all(re.match(r"[\w.-]+(~=|==)\d[\w.]*( ; python_version .*)?$", line) for line in pins)
    assert not exact & {"pillow", "starlette", "gradio", "huggingface-hub", "uvicorn"}  # these meet the outside world


def test_one_opencv() -> None:
    """Two wheels with the same ``cv2`` folder overwrite each other, and which one remains is chance."""
    owners = {
        distribution.metadata["Name"]
        for distribution in importlib.metadata.distributions()
        if any(path.parts[:1] == ("cv2",) for path in distribution.files or ())
    }
    assert owners == {"opencv-contrib-python"}
