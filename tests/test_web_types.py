"""TypeScript's compiler over every script, and over what Python really hands to the pages: the types in
``perscoach/mirror/types/shared.d.ts`` name each field that Python writes, and no other."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.avatar.compact import write_compact
from perscoach.avatar.mannequin import Mannequin
from perscoach.bundles.engine_comparison import figures
from perscoach.core.messages import of
from perscoach.grade.cube import Cube
from perscoach.grade.look import Look
from perscoach.grade.params import Grade
from perscoach.pose.engine_comparison import compare_engines
from perscoach.score.rules import PATH as RULES
from perscoach.score.track import prepare
from perscoach.ui.colour.looks import cube_words
from perscoach.ui.colour.panel import setup
from perscoach.ui.colour.pictures import View
from perscoach.ui.colour.service import _picture, look_words
from tests.avatar.poses import exercise, motion_of

ROOT = Path(__file__).resolve().parents[1]
TSC = ROOT / "node_modules" / ".bin" / "tsc"
TYPES = ROOT / "perscoach" / "mirror" / "types" / "shared.d.ts"

needs_tsc = pytest.mark.skipif(not TSC.exists(), reason="typescript is not installed: make vendor-dev")


def compiled(*arguments: str, folder: Path = ROOT) -> str:
    done = subprocess.run([str(TSC), *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode == 0) == (done.stdout == "")
    return done.stdout


@needs_tsc
@pytest.mark.parametrize("project", [".", "tests"])
def test_no_script_has_a_type_error(project: str) -> None:
    assert compiled("-p", project) == ""


@dataclasses.dataclass(frozen=True)
class _Clip:
    width: int = 40
    height: int = 60


def _samples(folder: Path) -> dict[str, list[Any]]:
    """Type to values as Python writes them."""
    motion = motion_of(exercise(20))
    header = write_compact(folder / "viewer.bin", Mannequin(motion), motion)
    still = _picture(View(), _Clip(), 3, np.zeros((60, 40, 3), np.uint8))  # type: ignore[arg-type]
    table = np.zeros((2, 2, 2, 3), np.float32)
    return {
        "Rules": [json.loads(RULES.read_text(encoding="utf-8"))],
        "TrackJson": [prepare(motion).to_json()],
        "MovementHeader": [header],
        "Figures": [figures(compare_engines(motion, motion))],
        "Setup": [setup()],
        "Texts": [{key: list(pair) for key, pair in of("ui_viewer").items()}],
        "Grade": [dataclasses.asdict(Grade())],
        "Look | null": [look_words(Look("a" * 64, "Warm", 0.5)), None],
        "StillAnswer": [still],
        "CubeJson": [cube_words(Cube("neutral", table))],
    }


def _script(samples: dict[str, list[Any]]) -> str:
    lines = [
        f"export const v{i}_{j}: {' | '.join('Shared.' + n if n != 'null' else n for n in name.split(' | '))} = {json.dumps(value)};"
        for i, (name, values) in enumerate(samples.items())
        for j, value in enumerate(values)
    ]
    return "\n".join(lines)


def check(folder: Path, script: str) -> str:
    (folder / "data.ts").write_text(script, encoding="utf-8")
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": {"strict": True, "noEmit": True, "types": []}, "files": ["data.ts", str(TYPES)]}))  # fmt: skip
    return compiled("-p", str(folder), folder=folder)


@needs_tsc
def test_the_types_are_those_of_what_python_writes(tmp_path: Path) -> None:
    samples = _samples(tmp_path)
    assert check(tmp_path, _script(samples)) == ""


@needs_tsc
@pytest.mark.parametrize("change", ["a field more", "a field less", "another kind"])
def test_a_difference_is_found(tmp_path: Path, change: str) -> None:
    grade = dataclasses.asdict(Grade())
    changed = {
        "a field more": {**grade, "green": 1},
        "a field less": {name: value for name, value in grade.items() if name != "contrast"},
        "another kind": {**grade, "contrast": "1"},
    }[change]
    assert "error TS" in check(tmp_path, _script({"Grade": [changed]}))
