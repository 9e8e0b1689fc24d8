from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from perscoach.core.places import EXAMPLE
from perscoach.core.settings import EngineFiles
from perscoach.extract_3d_pose import main

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("mediapipe", "torch", "scipy", "cv2", "av", "numpy")


def test_help_answers_without_heavy_imports() -> None:
    code = (
        "import sys\nfrom perscoach.extract_3d_pose import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True).stdout
    assert out.splitlines()[-1] == "[]"
    for flag in ("--video", "--output", "--checkpoint", "--mhr", "--skip", "--device", "--engine", "--smoothing"):
        assert flag in out
    assert "exit codes" in out


def test_a_missing_checkpoint_is_named_with_the_way_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--video", "v.mp4", "--output", str(tmp_path), "--checkpoint", str(tmp_path / "model.ckpt")]
    words += ["--mhr", str(tmp_path / "mhr_model.pt"), "--skip", "2", "--device", "cuda"]
    assert main([*words, "--language", "en"]) == 3
    told = capsys.readouterr().err
    assert "model.ckpt: there is no such file" in told
    assert "--engine mediapipe" in told
    assert main([*words, "--json"]) == 3
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    assert "--engine mediapipe" in answer["error"]
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_alone_does_not_make_the_engine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from perscoach.pose.registry import availability

    if availability()["sam3d"].ok:
        pytest.skip("SAM 3D Body runs here")
    (tmp_path / "model.ckpt").write_bytes(b"weights")
    words = ["--video", "v.mp4", "--output", str(tmp_path / "out"), "--checkpoint", str(tmp_path / "model.ckpt")]
    assert main([*words, "--language", "ru"]) == 3
    told = capsys.readouterr().err
    assert "SAM 3D Body" in told
    assert "чтобы продолжить без SAM 3D Body" in told
    assert main(["--video", "v", "--output", str(tmp_path / "out"), "--engine", "sam3d"]) == 3


@pytest.mark.parametrize("inside", [False, True])
def test_named_files_select_the_engine_and_travel_as_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    """A file or the folder that holds it; naming one selects SAM 3D Body. The environment stays as it was."""
    from perscoach import extract_3d_pose as command
    from perscoach.commands.options import engine_of, settings_of
    from perscoach.core.checks import Availability

    seen: list[argparse.Namespace] = []
    files: list[EngineFiles] = []

    def availability(model: str = "full", files_: object = None, **more: EngineFiles) -> dict[str, Availability]:
        files.append(more["files"])
        return {"sam3d": Availability(True)}

    monkeypatch.setattr("perscoach.extract_3d_pose.run", lambda arguments: seen.append(arguments) or 0)
    monkeypatch.setattr("perscoach.pose.registry.availability", availability)
    monkeypatch.setenv("PERSCOACH_SAM3D_CHECKPOINT", "before")
    monkeypatch.delenv("PERSCOACH_SAM3D_MHR", raising=False)
    before = dict(os.environ)
    (tmp_path / "model.ckpt").write_bytes(b"weights")
    (tmp_path / "mhr_model.pt").write_bytes(b"rig")
    named = tmp_path / "model.ckpt" if inside else tmp_path
    words = ["--video", "v.mp4", "--output", "o", "--checkpoint", str(named), "--mhr", str(tmp_path / "mhr_model.pt")]
    assert command.main(words) == 0
    assert engine_of(seen[0]) == "sam3d"
    assert files == [settings_of(seen[0]).files] == [EngineFiles(named, tmp_path / "mhr_model.pt")]
    assert dict(os.environ) == before


@pytest.mark.parametrize(("words", "code"), [([], 2), (["--video", "v", "--output", "o", "--skip", "x"], 2)])
def test_a_wrong_command_line(words: list[str], code: int) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == code


@pytest.mark.parametrize(("skip", "name"), [("0", "clip.mp4"), ("2", "nothing.mp4"), ("2", "--json")])
def test_a_setting_or_clip_that_cannot_be_used(
    tmp_path: Path, skip: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"")
    words = [f"--video={tmp_path / name}", f"--output={tmp_path / 'out'}", f"--work={tmp_path / 'work'}"]
    assert main([*words, "--skip", skip, "--engine", "mediapipe", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["ok"] is False


def test_the_two_files_of_a_real_clip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from perscoach.media.ingest import load_clip

    work = tmp_path / "work"
    words = ["--video", str(EXAMPLE), "--output", str(tmp_path / "out"), "--work", str(work)]
    code = main([*words, "--checkpoint", "no.ckpt", "--skip", "24", "--engine", "mediapipe", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert code == 0, answer
    clip = load_clip(next(work.rglob("clip/**/*.mp4")))
    count = -(-clip.frames // 24)
    assert (answer["frames"], answer["found"], answer["engine"]) == (count, count, "mediapipe")
    told = json.loads((tmp_path / "out" / "trainer_poses.json").read_text(encoding="utf-8"))
    assert told["fps"] == pytest.approx(float(clip.fps) / 24)
    assert told["total_frames"] == len(told["poses"]) == count
    assert {"joints_3d", "keypoints_2d", "global_rot"} <= set(told["poses"][0])
    with np.load(tmp_path / "out" / "trainer_poses.npz", allow_pickle=False) as file:
        assert file["joints_3d"].shape == (count, 33, 3)
        assert file["vertices"].shape[0] == count
