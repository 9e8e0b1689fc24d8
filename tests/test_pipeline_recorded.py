"""The real body's way to a checked bundle, with a recording in the place of the network."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from perscoach.avatar.compact import read_compact
from perscoach.bundles.check import check_bundle
from perscoach.bundles.poses import read_npz
from perscoach.core.places import EXAMPLE
from perscoach.core.progress import Quiet
from perscoach.core.settings import load_settings
from perscoach.grade import Grade
from perscoach.matting.base import MattingSettings
from perscoach.media import IngestSettings
from perscoach.media.types import ExportSettings
from perscoach.pipeline import Result, run_stages
from perscoach.pose.base import PoseSettings
from perscoach.recipe import Recipe
from tests.avatar.second_reader import by_three
from tests.standin.recording import write_recording

RECIPE = Recipe(
    ingest=IngestSettings(trim_end=0.6),
    matting=MattingSettings(engine="mediapipe"),
    pose=PoseSettings(engine="recorded", skip=2),
    export=ExportSettings(quality="draft", mov=False, audio=False),
)
SIZE = (360, 640)


def run(folder: Path, recipe: Recipe = RECIPE) -> Result:
    return run_stages(EXAMPLE, folder, recipe, "squat", Quiet(), ("bundle",), load_settings())


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recording")
    clip = run_stages(EXAMPLE, folder / "job", RECIPE, "x", Quiet(), ("clip",), load_settings()).clip
    return write_recording(folder / "squat.npz", clip.frames, clip.width, clip.height, float(clip.fps), misses=(8, 9))


@pytest.fixture(scope="module")
def finished(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PERSCOACH_RECORDING", str(recording))
        return run(tmp_path_factory.mktemp("job"))


def test_the_bundle_holds_the_recorded_body_and_passes_its_check(finished: Result) -> None:
    bundle = finished.bundle
    assert bundle is not None and finished.zip is not None
    report = check_bundle(finished.zip)
    assert report.ok, report.findings
    assert report.figures["trainer.glb"]["frames"] == report.figures["trainer.bvh"]["frames"] == 9
    about = json.loads((bundle / "bundle.json").read_text())
    assert about["mesh"] == "mhr" and about["engines"]["pose"] == "recorded"
    assert {"poses/trainer.glb", "poses/trainer.bvh", "NOTICE.txt"} <= set(about["files"])
    assert about["figures"]["vertices"]["body"] == about["figures"]["vertices"]["npz"]
    assert "SAM License" in (bundle / "NOTICE.txt").read_text()
    motion = read_npz(bundle / "poses" / "trainer_poses.npz", vertices=True)
    assert motion.skeleton.name == "mhr70" and motion.valid.all() and len(motion) == 9
    assert motion.extras["mhr_model_params"].shape == (9, 204)
    assert motion.vertices is not None and finished.motion is not None and finished.motion.body is not None
    np.testing.assert_allclose(motion.vertices, finished.motion.body.vertices(0, 9), atol=1e-4)


def test_the_zip_and_the_viewer_have_it(finished: Result) -> None:
    assert finished.zip is not None and finished.viewer is not None
    with zipfile.ZipFile(finished.zip) as archive:
        assert {"poses/trainer.glb", "poses/trainer.bvh", "NOTICE.txt"} <= set(archive.namelist())
    header, _ = read_compact(finished.viewer)
    assert header["mesh"]["name"] == "mhr" and header["skeleton"]["name"] == "mhr70"


def test_three_js_reads_the_exports_upright_and_as_long(finished: Result) -> None:
    assert finished.bundle is not None
    fps = float(finished.clip.fps) / 2
    at = np.arange(9) / fps
    body = by_three(finished.bundle / "poses" / "trainer.glb", at)
    skeleton = by_three(finished.bundle / "poses" / "trainer.bvh", at)
    for found in (body, skeleton):
        assert found["duration"] == pytest.approx(8 / fps, abs=2e-4) and not found["warnings"]
    assert 1.4 < np.ptp(body["vertices"][0][:, 1]) < 2.1
    for found, metre in ((body, 1.0), (skeleton, 100.0)):
        head, foot = (found["frames"][0, found["names"].index(name), 1] for name in ("c_head", "l_foot"))
        assert head - foot > metre


def test_a_new_colour_leaves_the_body_alone(finished: Result, recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSCOACH_RECORDING", str(recording))
    pose = finished.folder / "store" / "body"
    before = {p: p.stat().st_mtime_ns for p in pose.rglob("*") if p.is_file()}
    again = run(finished.folder, dataclasses.replace(RECIPE, grade=Grade(contrast=1.3)))
    assert again.bundle is not None
    assert before and {p: p.stat().st_mtime_ns for p in pose.rglob("*") if p.is_file()} == before


def test_the_real_body_at_a_level(sam3d_folder: Path, tmp_path: Path) -> None:
    """MHR's own 18 439 vertices, fewer of them in the files."""
    from fractions import Fraction

    from perscoach.bundles.bodies import write_bodies
    from perscoach.media.types import Clip
    from perscoach.pose.base import Take
    from perscoach.pose.recorded import RecordedEngine
    from perscoach.pose.store import pack

    path = write_recording(tmp_path / "real.npz", 6, *SIZE, topology=sam3d_folder)
    take = Take(
        Clip(Path("c.mp4"), Fraction(30), *SIZE, 6, False),
        PoseSettings(engine="recorded"),
        tmp_path,
        None,
        Quiet(),
    )
    engine = RecordedEngine(path, take)
    blank = np.zeros((*SIZE[::-1], 3), np.uint8)
    raw = pack(list(engine.observe([blank] * 6, 30.0)), 70, engine.parameters)
    motion = engine.finish(raw, tmp_path / "pose")
    engine.close()
    shown, figures = write_bodies(tmp_path / "poses", motion, "large", Quiet())
    assert figures["vertices"]["body"] == 18439
    assert 4500 <= figures["vertices"]["shown"] == figures["vertices"]["npz"] <= 5000
    assert len(shown.rest) == figures["vertices"]["shown"] == figures["glb"]["vertices"]


def test_the_command_line_replays_and_compares(recording: Path, tmp_path: Path) -> None:
    words = ["pose", str(EXAMPLE), "-o", str(tmp_path / "out"), "--work", str(tmp_path / "work"), "--trim", ":0.6"]
    words += ["--recording", str(recording), "--skip", "2", "--compare", "mediapipe", "--json"]
    made = subprocess.run([sys.executable, "-m", "perscoach.cli", *words], capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    answer = json.loads(made.stdout)
    names = {Path(f).name for f in answer["files"]}
    assert names == {
        *("trainer_poses.json", "trainer_poses.npz", "trainer.glb", "trainer.bvh", "NOTICE.txt", "comparison.json"),
        *({"LICENSE.SAM.txt"} & names),
    }
    assert answer["engine"] == "recorded" and answer["comparison"]["engines"] == ["recorded", "mediapipe"]
    told = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert len(told["angles"]) == 11 and len(told["joints"]) == 27 and told["frames"] == 9
