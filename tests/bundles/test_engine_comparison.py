"""MediaPipe beside a finished bundle: which settings it runs with, what it refuses, what it leaves."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.avatar.compact import read_compact, real
from perscoach.bundles.engine_comparison import (
    compare_bundle,
    comparison_file,
    comparison_settings,
    figures,
    finished_bundle,
    write_engine_comparison,
)
from perscoach.bundles.poses_json import write_json
from perscoach.core.errors import BundleError, Cancelled, EngineError, JobError, ModelError
from perscoach.core.messages import Message
from perscoach.core.progress import Quiet
from perscoach.core.store import store_of
from perscoach.media import Clip
from perscoach.motion import Motion
from perscoach.pose.base import PoseSettings
from perscoach.pose.engine_comparison import compare_engines
from perscoach.recipe import Recipe
from tests.avatar.poses import exercise, motion_of
from tests.media.clips import take, write_numbered

FRAMES = 24


class Listener(Quiet):
    """Keeps what is reported; says stop after so many questions."""

    def __init__(self, patience: int = 10**9) -> None:
        self.reports: list[tuple[str, int, int]] = []
        self.notes: list[str] = []
        self.patience = patience

    def report(self, stage: str, done: int, total: int) -> None:
        self.reports.append((stage, done, total))

    def note(self, message: Message) -> None:
        self.notes.append(message.en)

    def check(self) -> None:
        self.patience -= 1
        if self.patience < 0:
            raise Cancelled


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A clip without a person."""
    folder = tmp_path_factory.mktemp("clip")
    return take(write_numbered(folder / "in.mp4", FRAMES), folder / "clip.mp4")


def job_of(folder: Path, clip: Clip, skip: int = 1) -> Motion:
    """A job's folder with a bundle of a movement in the clip's frame."""
    with store_of(folder).making("bundle", "k") as work:
        (work.folder / "squat" / "poses").mkdir(parents=True)
    bundle = store_of(folder).folder("bundle", "k") / "squat"
    motion = motion_of(exercise(-(-clip.frames // skip)))
    motion = dataclasses.replace(motion, fps=clip.fps / skip, width=clip.width, height=clip.height, engine="sam3d")
    write_json(bundle / "poses" / "trainer_poses.json", motion)
    pose = PoseSettings(engine="sam3d", skip=skip, smoothing=0.7, trainer=(0.5, 0.25))
    (bundle / "bundle.json").write_text(json.dumps({"recipe": Recipe(pose=pose).to_json()}))
    return motion


def test_it_runs_with_the_bundle_s_own_settings(tmp_path: Path, clip: Clip) -> None:
    job_of(tmp_path, clip, skip=2)
    wanted = PoseSettings(engine="mediapipe", skip=2, smoothing=0.7, trainer=(0.5, 0.25))
    assert comparison_settings(finished_bundle(store_of(tmp_path))) == wanted


def test_no_bundle_or_a_damaged_one_is_said(tmp_path: Path, clip: Clip) -> None:
    with pytest.raises(JobError, match="no package yet"):
        finished_bundle(store_of(tmp_path))
    job_of(tmp_path, clip)
    (tmp_path / "store" / "bundle" / "other.making").mkdir()
    bundle = finished_bundle(store_of(tmp_path))
    assert bundle.name == "squat"
    for damaged in ("{", "[]", "{}", '{"recipe": {"pose": {"skip": "x"}}}'):
        (bundle / "bundle.json").write_text(damaged)
        with pytest.raises(BundleError, match="Make the package again"):
            comparison_settings(bundle)


def test_a_bundle_from_before_the_store_is_found(tmp_path: Path) -> None:
    (tmp_path / "bundle" / "squat").mkdir(parents=True)
    assert finished_bundle(store_of(tmp_path)) == tmp_path / "bundle" / "squat"


def test_another_cut_of_the_clip_is_refused(tmp_path: Path, clip: Clip) -> None:
    job_of(tmp_path, clip)
    with pytest.raises(JobError, match="cut again"):
        compare_bundle(dataclasses.replace(clip, frames=FRAMES - 1), tmp_path, store_of(tmp_path), Quiet())
    assert comparison_file(tmp_path, finished_bundle(store_of(tmp_path))) is None


def test_it_reports_as_a_stage_of_its_own_stops_and_leaves_a_file(tmp_path: Path, clip: Clip) -> None:
    job_of(tmp_path, clip)
    try:
        with pytest.raises(Cancelled):
            compare_bundle(clip, tmp_path, store_of(tmp_path), Listener(3))
        assert comparison_file(tmp_path, finished_bundle(store_of(tmp_path))) is None
        listener = Listener()
        path = compare_bundle(clip, tmp_path, store_of(tmp_path), listener)
        assert comparison_file(tmp_path, finished_bundle(store_of(tmp_path))) == path
    except (EngineError, ModelError) as error:
        pytest.skip(error.en)
    assert {stage for stage, _, _ in listener.reports} == {"compare"}
    assert listener.reports[-1] == ("compare", FRAMES, FRAMES) and not listener.notes
    header, sections = read_compact(path)
    assert header["engines"] == ["sam3d", "mediapipe"] and not sections["valid"].any()
    assert header["figures"] == {"share": None, "px": None, "knee": None, "knee_deg": None, "frames": 24, "both": 0}


def test_a_slower_second_movement_keeps_its_place_in_time(tmp_path: Path) -> None:
    first, second = motion_of(exercise(40), fps=30), motion_of(exercise(40)[::2], fps=15)
    header = write_engine_comparison(tmp_path / "c.bin", first, second, compare_engines(first, second))
    sections: dict[str, Any]
    header, sections = read_compact(tmp_path / "c.bin")
    assert list(np.flatnonzero(sections["valid"])) == list(range(0, 40, 2))
    points = real(header, sections, "keypoints_2d")
    np.testing.assert_allclose(points[10], first.keypoints_2d[10], atol=0.05)
    assert np.isnan(points[11]).all()


def test_the_figures_are_those_of_the_movements() -> None:
    first = motion_of(exercise(60))
    shifted = dataclasses.replace(first, keypoints_2d=first.keypoints_2d + np.float32([3, 4]))
    found = figures(compare_engines(first, shifted))
    assert found["px"] == pytest.approx(5, abs=0.01) and found["knee"] == pytest.approx(1) and found["knee_deg"] == 0
    tall = float(np.median(np.ptp(first.keypoints_2d[..., 1], axis=1)))
    assert found["share"] == pytest.approx(5 / tall, rel=0.1)
