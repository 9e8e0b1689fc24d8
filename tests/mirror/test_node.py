"""The page's pure modules, tested by node's own runner: one pytest case for each file."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

FILES = sorted(Path(__file__).parent.glob("*.test.mjs"))


def test_there_are_files() -> None:
    assert FILES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_node(file: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node: install Node.js 20 or newer to test the page's modules")
    done = subprocess.run(
        [node, "--test", "--test-reporter=tap", str(file)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "\n# tests 0\n" not in done.stdout, "the file holds no tests"
