from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import perscoach
from perscoach.bundles.layout import MIRROR_TRACK, SCORE_JSON
from perscoach.bundles.mirror import check_mirror, read_score, write_mirror
from perscoach.bundles.report import Report
from perscoach.core.errors import BundleError, SettingsError
from perscoach.recipe import Recipe
from perscoach.score.choice import ScoreSettings, with_choice
from perscoach.score.offline import client_of, score
from tests.bundles.factories import Blob
from tests.score.people import trainer

MOTION, WORLD, TRACK = trainer(180)
PROUD = ScoreSettings(
    "Squats", (("trunk_lean", True, 1.0, 2.0, -1, "Proud chest!"), ("heels", False, 1.0, 1.0, None, ""))
)


def test_the_coach_overrules_the_plan() -> None:
    targets = {t.name: t for t in with_choice(TRACK.plan, PROUD.choices).targets}
    before = {t.name: t for t in TRACK.plan.targets}
    lean = targets["trunk_lean"]
    assert (lean.worse, lean.cue, lean.tolerance) == (-1, "Proud chest!", 2 * before["trunk_lean"].tolerance)
    assert targets["heels"].weight == 0
    assert targets["hip_drop"] == before["hip_drop"]


def test_what_is_off_is_not_judged() -> None:
    report = score(MOTION, client_of(MOTION), False, 0.0, PROUD.choices).report
    assert "heels" not in report.measures
    assert report.measures["trunk_lean"]["cue"] == "Proud chest!"


def test_it_is_a_part_of_the_recipe_and_of_the_package(tmp_path: Path) -> None:
    recipe = Recipe(score=PROUD)
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe
    write_mirror(tmp_path, MOTION, Blob(MOTION), PROUD)
    assert read_score(tmp_path) == PROUD
    assert "Proud chest!" in (tmp_path / MIRROR_TRACK).read_text()
    report = Report()
    check_mirror(tmp_path, MOTION, report)
    assert not report.findings


def test_a_package_without_settings_has_no_file(tmp_path: Path) -> None:
    write_mirror(tmp_path, MOTION, Blob(MOTION), ScoreSettings())
    assert not (tmp_path / SCORE_JSON).exists()
    assert read_score(tmp_path) == ScoreSettings()


def test_the_public_door_reads_them(tmp_path: Path) -> None:
    from perscoach.bundles import poses
    from perscoach.bundles.layout import POSES_JSON

    poses.write_json(tmp_path / POSES_JSON, MOTION)
    write_mirror(tmp_path, MOTION, Blob(MOTION), PROUD)
    assert "heels" not in perscoach.score(tmp_path, MOTION, mirror=False, offset=0.0).report.measures


BAD: list[Any] = [
    [], 7, {"schema": "x"}, {"schema": "perscoach.score.1", "title": "", "measures": {"nose": {}}},
    *({"schema": "perscoach.score.1", "title": "", "measures": {"heels": change}} for change in (
        {"weight": 0}, {"weight": float("nan")}, {"tolerance": 1e9}, {"worse": 2}, {"worse": True}, {"on": 1}, {"cue": "a\nb"},
        {"cue": "x" * 999}, {"other": 1}, None, {"weight": "1"},
    )),
    {"schema": "perscoach.score.1", "title": 7, "measures": {}},
]  # fmt: skip


@pytest.mark.parametrize("value", BAD)
def test_another_file_is_refused(tmp_path: Path, value: Any) -> None:
    with pytest.raises(BundleError):
        ScoreSettings.from_json(value)
    (tmp_path / SCORE_JSON).write_text(json.dumps(value))
    report = Report()
    check_mirror(tmp_path, MOTION, report)
    assert len(report.findings) == 1


def test_a_recipe_with_such_values_is_refused() -> None:
    for rows in ([["nose", True, 1.0, 1.0, 1, ""]], [["heels"]], [["heels", True, 1.0, 1.0, 1, ""]] * 2, 7):
        with pytest.raises(SettingsError):
            Recipe.from_json({"score": {"measures": rows}})
