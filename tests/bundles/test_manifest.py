"""``bundle.json``: what it tells, and what its reader refuses."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from perscoach.bundles.manifest import clip_rate, file_table, read_manifest
from perscoach.core.errors import BundleError
from perscoach.core.files import sha256_of
from perscoach.recipe import Recipe

from .factories import describe, motion


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "trainer_frames").mkdir()
    (tmp_path / "grade.json").write_text("{}")
    for index in range(3):
        (tmp_path / f"trainer_frames/{index:06d}.png").write_bytes(bytes([index]))
    describe(tmp_path, motion(4, misses=(2,)), 4, Fraction(30000, 1001))
    return tmp_path


def test_it_tells_what_made_the_bundle(out: Path) -> None:
    value = read_manifest(out)
    assert value == read_manifest(out / "bundle.json")
    assert value["mesh"] == "mannequin" and value["engines"]["pose"] == "synthetic"
    assert value["versions"]["perscoach"] and value["versions"]["numpy"]
    assert Recipe.from_json(value["recipe"]) == Recipe()
    assert value["warnings"] == [{"en": "A note.", "ru": "Заметка."}]
    assert value["motion"]["frames_with_body"] == 3 and clip_rate(value) == Fraction(30000, 1001)
    assert value["timings"] == {"encode": 1.5} and value["made"].endswith("+00:00")
    assert value["files"]["grade.json"] == {"bytes": 2, "sha256": sha256_of(out / "grade.json")}
    assert value["files"]["trainer_frames"]["count"] == 3


def test_no_path_of_the_machine_is_told(out: Path) -> None:
    assert "secret" not in (out / "bundle.json").read_text()


def test_the_frames_hash_changes_with_any_frame(out: Path) -> None:
    before = file_table(out)["trainer_frames"]["sha256"]
    (out / "trainer_frames/000001.png").write_bytes(b"x")
    assert file_table(out)["trainer_frames"]["sha256"] != before


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema", "other"),
        ("name", 3),
        ("clip", []),
        ("clip", {"fps": "0/1", "frames": 1}),
        ("clip", {"fps": "1/0", "frames": 1}),
        ("clip", {"fps": 30, "frames": 1}),
        ("clip", {"fps": "30", "frames": 0}),
        ("files", {"../x": {"bytes": 1, "sha256": "0" * 64}}),
        ("files", {"x": {"bytes": -1, "sha256": "0" * 64}}),
        ("files", {"x": {"bytes": 1, "sha256": "0"}}),
        ("files", {"x": 3}),
        ("recipe", None),
    ],
)
def test_what_others_rely_on_is_checked(out: Path, key: str, value: Any) -> None:
    whole = json.loads((out / "bundle.json").read_text())
    whole[key] = value
    (out / "bundle.json").write_text(json.dumps(whole))
    with pytest.raises(BundleError, match=f"{key}|schema"):
        read_manifest(out)


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, '{"schema": Infinity}', "\x00"])
def test_what_is_no_json_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bundle.json").write_text(text)
    with pytest.raises(BundleError, match=r"bundle\.json"):
        read_manifest(tmp_path)
    with pytest.raises(BundleError, match=r"bundle\.json"):
        read_manifest(tmp_path / "missing")
