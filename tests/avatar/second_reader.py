"""three.js and Khronos' validator as second readers of what is written; skips where they are not installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
_VALIDATE = """
import { validateBytes } from "gltf-validator";
import { readFileSync } from "node:fs";
console.log(JSON.stringify((await validateBytes(new Uint8Array(readFileSync(process.argv[1])))).issues));
"""


def _node(package: str) -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    if not (ROOT / "node_modules" / package).is_dir():
        pytest.skip(f"the npm package {package} is not installed: run npm ci")
    return node


def _run(*words: str) -> Any:
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def by_three(path: Path, times: np.ndarray) -> dict[str, Any]:
    """``names``, ``rest`` (B, 3) as the file stands still, ``frames`` (T, B, 3) and ``vertices`` (T, P, 3; every ``step``-th) as three.js has them at ``times``."""
    node = _node("three")
    wanted = path.with_name("times.json")
    wanted.write_text(json.dumps(times.tolist()))
    found = _run(node, str(ROOT / "tests/avatar/read_back.mjs"), str(path), str(wanted))
    return found | {key: np.array(found[key]) for key in ("rest", "frames", "vertices")}


def issues(path: Path) -> dict[str, Any]:
    """What Khronos' validator finds."""
    return dict(_run(_node("gltf-validator"), "--input-type=module", "-e", _VALIDATE, str(path)))
