"""The order of the rooms (docs/design.md), as pyproject.toml states it for import-linter."""

from __future__ import annotations

import ast
import re

import pytest

from tests.project.repository import ROOT

cli = pytest.importorskip("importlinter.cli", reason="import-linter is not installed")


def test_the_contracts_hold(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code = cli.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    said = capsys.readouterr().out
    assert code == 0, said[said.find("Broken contracts") :]
    assert re.search(r"Contracts: \d+ kept, 0 broken", said)


def test_all_imports_are_seen() -> None:
    """import-linter reads import statements; a room imported by name would escape it."""
    named = []
    for path in sorted((ROOT / "perscoach").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                "importlib.import_module",
                "import_module",
                "__import__",
            }:
                where = path.relative_to(ROOT).as_posix()
                named.append((where, ast.unparse(node.args[0])))
    room = {(where, name) for where, name in named if "perscoach" in name}
    assert {where for where, _ in room} <= {"perscoach/__init__.py", "perscoach/cli.py"}, room  # downwards, by design
