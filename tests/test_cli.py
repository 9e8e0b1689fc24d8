"""The command line: quick help, exit codes, words into a recipe."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from perscoach.cli import build_parser, main
from perscoach.commands.options import parse_trim, recipe_from
from perscoach.errors import SettingsError

HEAVY = ("torch", "mediapipe", "cv2", "gradio", "openvino", "onnxruntime", "numba", "av", "rich")


def _modules(code: str) -> set[str]:
    script = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint('LOADED', *sys.modules)"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    return set(out.split("LOADED")[1].split())


@pytest.mark.parametrize("words", [["--help"], ["process", "--help"], ["pose", "--help"], ["--version"]])
def test_help_answers_before_anything_heavy_is_imported(words: list[str]) -> None:
    assert not _modules(f"from perscoach.cli import main; main({words!r})") & set(HEAVY)


def test_the_core_never_imports_gradio() -> None:
    code = "import perscoach.pipeline, perscoach.jobs.queue, perscoach.commands.clips, perscoach.bundle.check"
    assert "gradio" not in _modules(code)


def test_a_wrong_command_line_is_two() -> None:
    with pytest.raises(SystemExit) as stop:
        main(["process"])
    assert stop.value.code == 2


def test_a_missing_clip_is_three_and_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["process", str(tmp_path / "no.mp4"), "-o", str(tmp_path), "--quiet"]) == 3
    assert "no.mp4" in capsys.readouterr().err


def test_json_mode_prints_one_object_also_for_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_text("hello")
    code = main(["process", str(bad), "-o", str(tmp_path), "--work", str(tmp_path / "work"), "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert code == 3 == answer["code"]
    assert answer["ok"] is False and answer["error"]


def test_russian_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["pose", str(tmp_path / "no.mp4"), "--language", "ru"])
    assert "такого файла нет" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "expected"),
    [(None, (None, None)), ("2:8", (2, 8)), (":30", (None, 30)), ("1.5:", (1.5, None))],
)
def test_trim(text: str | None, expected: tuple[float | None, float | None]) -> None:
    assert parse_trim(text) == expected


@pytest.mark.parametrize("text", ["", ":", "8", "a:b", "-1:3", "1:2:3", "nan:1", "1.2.3:4"])
def test_trim_refuses_nonsense(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_trim(text)


def test_every_word_reaches_the_recipe(tmp_path: Path) -> None:
    mask = tmp_path / "mask.png"
    mask.write_bytes(b"png")
    words = f"""process clip.mp4 --trim 1:4 --crop 0,0,64,128 --trainer 0.5,0.5 --device cpu --matting mediapipe
        --plate median --paint {mask} --no-refine --edge-softness 0.25 --edge-shift -1 --modnet-model photo
        --modnet-size fast --precision fp32 --pose mediapipe --pose-model heavy --skip 3 --smoothing 0.7
        --contrast 1.2 --quality archive --frames --no-mov --no-audio""".split()
    recipe = recipe_from(build_parser().parse_args(words), tmp_path)
    assert (recipe.ingest.trim_start, recipe.ingest.trim_end, recipe.ingest.crop) == (1, 4, (0, 0, 64, 128))
    matting = recipe.matting
    assert (matting.engine, matting.plate, matting.refine, matting.model) == ("mediapipe", "median", False, "photo")
    assert (matting.size, matting.precision, matting.edge_softness, matting.edge_shift) == ("fast", "fp32", 0.25, -1)
    assert matting.paint is not None and (tmp_path / matting.paint).read_bytes() == b"png"
    pose = recipe.pose
    assert (pose.engine, pose.model, pose.skip, pose.smoothing, pose.device) == ("mediapipe", "heavy", 3, 0.7, "cpu")
    assert matting.trainer == pose.trainer == (0.5, 0.5)
    assert (recipe.grade.contrast, recipe.grade.lab_lift) == (1.2, 52.0)
    export = recipe.export
    assert (export.quality, export.frames, export.mov, export.audio) == ("archive", True, False, False)


def test_a_plain_matte_keeps_the_colours(tmp_path: Path) -> None:
    from perscoach.grade.params import NEUTRAL

    assert recipe_from(build_parser().parse_args(["matte", "clip.mp4"]), tmp_path).grade == NEUTRAL


def test_models_are_listed_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    names = {m["name"] for m in json.loads(capsys.readouterr().out)["models"]}
    assert {"pose_landmarker_full", "modnet_video", "sam3d_body"} <= names
