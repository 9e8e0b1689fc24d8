"""The page's libraries: versions, what is served of them, and what is said when they are not there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from perscoach.mirror.parts import PAGE
from perscoach.mirror.vendor import FILES, LICENCES, LOG_HOST, NAMES, VERSIONS, Vendor
from tests.mirror.conftest import small_vendor

ROOT = Path(__file__).resolve().parents[2]
HERE = Vendor()
installed = pytest.mark.skipif(HERE.problem() is not None, reason="the page's libraries are not installed: make vendor")


def test_package_json_and_the_lock_name_the_versions_that_are_served() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert wanted == VERSIONS
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, version in VERSIONS.items():
        assert packages[f"node_modules/{name}"]["version"] == version
        assert packages[f"node_modules/{name}"]["integrity"].startswith("sha512-")
    assert "resolved" not in (ROOT / "package-lock.json").read_text()  # whoever installs has a registry of their own


@installed
def test_the_installed_libraries_are_whole_and_report_to_nobody() -> None:
    for name in FILES:
        data = HERE.read(name)
        assert data and LOG_HOST not in data, name
        if name.endswith(("js", "mjs")):
            assert not re.search(rb"""(?m)^(?:\}|import|export)[^\n]*?(?:\bfrom|\bimport)\s*["'][^./"']""", data), (
                f"{name} imports a bare name"
            )
            assert b"sourceMappingURL" not in data, name
    assert HERE.read("wasm/vision_wasm_module_internal.wasm")[:4] == b"\0asm"


@installed
def test_the_licences_go_with_them() -> None:
    text = (HERE.read(LICENCES) or b"").decode()
    assert "three.js authors" in text and "MIT" in text and "Apache License" in text and "tasks-vision" in text


def test_the_page_asks_for_nothing_that_is_not_served() -> None:
    asked = set()
    for path in PAGE.glob("*.mjs"):
        asked |= set(re.findall(r"""["'](?:\./)?vendor/([\w./]+)["']""", path.read_text(encoding="utf-8")))
    assert asked, "no module of the page imports a library"
    assert asked - {"wasm"} <= set(NAMES)


def test_bare_imports_become_relative(tmp_path: Path) -> None:
    vendor = small_vendor(tmp_path / "n")
    text = (vendor.read("OrbitControls.js") or b"").decode()
    assert text.count("./three.module.js") == 2 and "'three'" not in text and '"three"' not in text
    assert b"sourceMappingURL" not in (vendor.read("vision_bundle.mjs") or b"")


def test_what_is_not_listed_is_not_read(tmp_path: Path) -> None:
    vendor = small_vendor(tmp_path / "n")
    for name in ("../package.json", "three/package.json", "", "wasm", "wasm/", "vision_bundle.cjs", "/etc/passwd"):
        assert vendor.read(name) is None and vendor.path(name) is None


def test_every_problem_is_a_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    none = Vendor(tmp_path / "nothing").problem()
    assert none is not None and "npm" in none.en and "make vendor" in none.en and "make vendor" in none.ru
    vendor = small_vendor(tmp_path / "n")
    assert vendor.problem() is None
    (vendor.folder / FILES["three.core.js"]).unlink()
    lacks = vendor.problem()
    assert lacks is not None and "three.core.js" in lacks.en


@pytest.mark.parametrize("found", ["1.1.0", "0.10.36", "20230920.0.0", "", None, 7])
def test_another_version_is_refused(tmp_path: Path, found: object) -> None:
    vendor = small_vendor(tmp_path / "n")
    (vendor.folder / "@mediapipe/tasks-vision/package.json").write_text(json.dumps({"version": found}))
    problem = vendor.problem()
    assert problem is not None
    if isinstance(found, str) and found:
        assert found in problem.en and "0.10.35" in problem.ru


@pytest.mark.parametrize("name", ["vision_bundle.mjs", "wasm/vision_wasm_module_internal.wasm"])
def test_a_copy_that_reports_is_refused_whatever_its_version_says(tmp_path: Path, name: str) -> None:
    vendor = small_vendor(tmp_path / "n")
    assert vendor.problem() is None
    (vendor.folder / FILES[name]).write_bytes(b'fetch("https://odml.pa.googleapis.com/v1/log")')
    problem = vendor.problem()
    assert problem is not None and "odml" in problem.en
