"""Where a clip is cut."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perscoach.media import segments
from perscoach.media.encoders import KEY_EVERY
from perscoach.media.export_types import ExportSettings
from tests.media.exports import Source


@pytest.mark.parametrize("frames", [1, 2, 90, 240, 241, 254, 480, 1000, 5793, 18000])
@pytest.mark.parametrize("workers", [1, 2, 8])
def test_pieces_cover_the_clip_and_cost_under_two_percent(frames: int, workers: int) -> None:
    pieces = segments.cut(frames, workers)
    assert [i for a, b in pieces for i in range(a, b)] == list(range(frames))
    assert all(b - a <= KEY_EVERY for a, b in pieces), "no piece needs a key frame inside"
    extra = len(pieces) - -(-frames // KEY_EVERY)
    assert extra * segments.KEY_COST <= 0.02 * frames


def test_two_cores_are_busy_from_nine_seconds_on() -> None:
    assert segments.cut(254, 2) == ((0, 127), (127, 254))


def test_in_order_one_encoder_has_all_cores() -> None:
    division = segments.make_plan(Source(1000, ready=False), 8)
    assert (division.workers, division.threads) == (1, 8)
    division = segments.make_plan(Source(1000, ready=True), 8)
    assert (division.workers, division.threads) == (6, 1)


def test_a_resume_keeps_the_plan_it_was_begun_with(tmp_path: Path) -> None:
    settings = ExportSettings()
    first = segments.kept_plan(tmp_path, Source(700, ready=False), settings, 1)
    (tmp_path / "webm-piece").touch()
    again = segments.kept_plan(tmp_path, Source(700, ready=True), settings, 2)
    assert again.segments == first.segments and again.workers == 2
    assert (tmp_path / "webm-piece").exists()


@pytest.mark.parametrize("change", [{"frames": 701}, {"size": (64, 50)}, {"quality": "draft"}])
def test_other_frames_make_old_pieces_useless(tmp_path: Path, change: dict) -> None:
    segments.kept_plan(tmp_path, Source(700), ExportSettings(), 2)
    (tmp_path / "piece").touch()
    (tmp_path / "png-folder").mkdir()
    quality = change.pop("quality", "standard")
    division = segments.kept_plan(tmp_path, Source(**{"frames": 700, **change}), ExportSettings(quality=quality), 2)
    assert [p.name for p in tmp_path.iterdir()] == ["plan.json"]
    assert division.segments[-1][1] == change.get("frames", 700)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"of": {}, "segments": [[0]]}', '{"segments": 3}'])
def test_a_damaged_plan_is_made_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    assert segments.kept_plan(tmp_path, Source(700), ExportSettings(), 2).segments[-1][1] == 700


def test_a_plan_with_a_hole_is_made_anew(tmp_path: Path) -> None:
    segments.kept_plan(tmp_path, Source(700), ExportSettings(), 2)
    value = json.loads((tmp_path / "plan.json").read_text())
    value["segments"] = [[0, 100], [200, 700]]
    (tmp_path / "plan.json").write_text(json.dumps(value))
    division = segments.kept_plan(tmp_path, Source(700), ExportSettings(), 2)
    assert division.segments == segments.cut(700, 2)


def test_half_written_pieces_are_swept(tmp_path: Path) -> None:
    (tmp_path / ".0a1b2c3d.part.webm").touch()
    (tmp_path / ".0a1b2c3d.part").mkdir()
    segments.kept_plan(tmp_path, Source(700), ExportSettings(), 2)
    assert [p.name for p in tmp_path.iterdir()] == ["plan.json"]
