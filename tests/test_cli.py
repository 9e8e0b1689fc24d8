"""The command line: quick help, exit codes, words into a recipe."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from perscoach.cli import build_parser, main
from perscoach.commands.options import parse_trim, recipe_from, settings_of
from perscoach.commands.shell import Shell
from perscoach.core.errors import Cancelled, SettingsError
from perscoach.core.files import held
from perscoach.core.places import EXAMPLE
from perscoach.jobs import Workspace
from perscoach.media import IngestSettings
from perscoach.recipe import Recipe
from tests.jobs.states import put

HEAVY = ("torch", "mediapipe", "cv2", "gradio", "openvino", "onnxruntime", "numba", "av", "rich")


def _modules(code: str) -> set[str]:
    script = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint('LOADED', *sys.modules)"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    return set(out.split("LOADED")[1].split())


@pytest.mark.parametrize("words", [["--help"], ["process", "--help"], ["pose", "--help"], ["--version"]])
def test_help_answers_before_anything_heavy_is_imported(words: list[str]) -> None:
    assert not _modules(f"from perscoach.cli import main; main({words!r})") & set(HEAVY)


def test_the_core_never_imports_gradio() -> None:
    code = "import perscoach.pipeline, perscoach.jobs.queue, perscoach.commands.clips, perscoach.bundles.check"
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
        --hands --lens 35 --detail medium --person mediapipe
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
    assert (pose.hands, pose.lens, pose.lens_mm) == (True, "custom", 35)
    assert (pose.detail, pose.person) == ("medium", "mediapipe")
    assert (recipe.grade.contrast, recipe.grade.lab_lift) == (1.2, 52.0)
    export = recipe.export
    assert (export.quality, export.frames, export.mov, export.audio) == ("archive", True, False, False)


@pytest.mark.parametrize(
    ("words", "lens"),
    [("", "phone"), ("--lens webcam", "webcam"), ("--lens upstream", "upstream"), ("--lens 50", "custom")],
)
def test_the_lens_has_a_name_or_millimetres(words: str, lens: str, tmp_path: Path) -> None:
    pose = recipe_from(build_parser().parse_args(["pose", "clip.mp4", *words.split()]), tmp_path).pose
    assert pose.lens == lens and pose.lens_mm == (50 if lens == "custom" else 26)


@pytest.mark.parametrize("text", ["", "-5", "1e3", "nan", "fisheye", "٣٥", "9999", "5"])
def test_another_lens_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="lens"):
        recipe_from(build_parser().parse_args(["pose", "clip.mp4", f"--lens={text}"]), tmp_path)


@pytest.mark.parametrize(
    ("words", "engine"),
    [
        ([], "auto"),
        (["--checkpoint", "model.ckpt"], "sam3d"),
        (["--mhr", "mhr_model.pt"], "sam3d"),
        (["--recording", "r.npz"], "recorded"),
        (["--recording", "r.npz", "--checkpoint", "model.ckpt"], "recorded"),
        (["--recording", "r.npz", "--pose", "mediapipe"], "mediapipe"),
    ],
)
def test_who_names_an_engines_files_wants_that_engine(words: list[str], engine: str, tmp_path: Path) -> None:
    assert recipe_from(build_parser().parse_args(["process", "clip.mp4", *words]), tmp_path).pose.engine == engine


def test_the_published_script_asks_for_the_same(tmp_path: Path) -> None:
    from perscoach import extract_3d_pose as command

    shared = "--skip 2 --hands --lens 28 --detail full --person matte --smoothing 0.2 --mhr m.pt --recording r"
    published = f"--video v.mp4 --output o --engine sam3d --model lite {shared}"
    own = f"pose v.mp4 -o o --pose sam3d --pose-model lite {shared}"
    assert vars(command.build_parser().parse_args(published.split())) == vars(build_parser().parse_args(own.split()))


def test_named_files_travel_as_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PERSCOACH_RECORDING", raising=False)
    monkeypatch.setenv("PERSCOACH_SAM3D_MHR", "/before/m.pt")
    recording = tmp_path / "r.npz"
    recording.write_bytes(b"")
    before = dict(os.environ)
    files = settings_of(build_parser().parse_args(["pose", "c.mp4", "--recording", str(recording)])).files
    assert (files.checkpoint, files.mhr, files.recording) == (None, Path("/before/m.pt"), recording)
    assert dict(os.environ) == before
    with pytest.raises(SettingsError) as refused:
        settings_of(build_parser().parse_args(["pose", "c.mp4", "--recording", str(tmp_path / "no")]))
    assert refused.value.message.id == "files.missing"


def test_a_plain_matte_keeps_the_colours(tmp_path: Path) -> None:
    from perscoach.grade.params import NEUTRAL

    assert recipe_from(build_parser().parse_args(["matte", "clip.mp4"]), tmp_path).grade == NEUTRAL


def test_models_are_listed_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    names = {m["name"] for m in json.loads(capsys.readouterr().out)["models"]}
    assert {"pose_landmarker_full", "modnet_video", "sam3d_body"} <= names


def test_a_work_folder_with_other_things_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = tmp_path / "a.mp4"
    clip.write_bytes(b"")
    (tmp_path / "project" / "bundle").mkdir(parents=True)
    assert main(["pose", str(clip), "-o", str(tmp_path / "out"), "--work", str(tmp_path / "project")]) == 3
    assert "other files" in capsys.readouterr().err


def test_two_runs_never_share_a_work_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip, work = tmp_path / "a.mp4", tmp_path / "work"
    clip.write_bytes(b"")
    work.mkdir()
    with held(work / "busy"):
        assert main(["pose", str(clip), "-o", str(tmp_path / "out"), "--work", str(work)]) == 3
    assert "Another perscoach" in capsys.readouterr().err


NOISY = """
import os, sys
from perscoach.commands.shell import Shell
def work():
    os.write(1, b"native noise")
    print("library noise")
    shell.result({"ok": True, "name": os.fsdecode(b"\\xcf.mp4"), "ru": "Присед"})
    return 0
shell = Shell(json=True)
raise SystemExit(shell.run(work))
"""


def test_nothing_but_the_object_reaches_standard_output() -> None:
    made = subprocess.run([sys.executable, "-c", NOISY], capture_output=True, env={**os.environ, "LC_ALL": "C"})
    assert made.returncode == 0, made.stderr
    answer = json.loads(made.stdout)
    assert answer["ru"] == "Присед" and os.fsencode(answer["name"]) == b"\xcf.mp4"
    assert b"native noise" in made.stderr and b"library noise" in made.stderr


def test_an_error_after_the_result_is_the_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(json=True)

    def work() -> int:
        shell.result({"ok": True})
        raise PermissionError(13, "Permission denied", "/home/anna/out/frame.png")

    assert shell.run(work) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False and "frame.png" in answer["error"]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_heard_where_the_work_asks(sign: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(json=True)

    def work() -> int:
        os.kill(os.getpid(), sign)
        time.sleep(0.01)
        shell.check()
        return 0

    assert shell.run(work) == 130
    assert json.loads(capsys.readouterr().out)["code"] == 130


def test_a_stop_is_heard_by_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C once: the check asks its monitor, and so does the unpacking of a zip."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("bundle.json", "{}")
    monkeypatch.setattr(Shell, "check", _stop)
    assert main(["check", str(tmp_path / "a.zip"), "--json"]) == 130


def _stop(_shell: Shell) -> None:
    raise Cancelled


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
from perscoach.cli import main
raise SystemExit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("command", ["grade", "pose"])
def test_a_full_disk_is_said_in_words(command: str, tmp_path: Path) -> None:
    words = [command, str(EXAMPLE), "-o", str(tmp_path / "out"), "--work", str(tmp_path / "work"), "--trim", ":0.5"]
    made = subprocess.run([sys.executable, "-c", LIMITED, *words, "--json"], capture_output=True, text=True)
    answer = json.loads(made.stdout)
    assert made.returncode == answer["code"] != 0
    assert "disk" in answer["error"].lower() and "broke" not in answer["error"]
    assert not list(tmp_path.rglob("*.part*"))


def test_a_name_that_is_no_utf8_goes_all_the_way(tmp_path: Path) -> None:
    clip = tmp_path / os.fsdecode(b"\xcf\xf0\xe8\xf1\xe5\xe4.mp4")  # cp1251, as old archives have it
    try:
        shutil.copyfile(EXAMPLE, clip)
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    words = ["grade", str(clip), "-o", str(tmp_path / "out"), "--work", str(tmp_path / "work"), "--trim", ":0.2"]
    made = subprocess.run([sys.executable, "-m", "perscoach.cli", *words, "--json"], capture_output=True)
    assert made.returncode == 0, made.stdout + made.stderr
    assert json.loads(made.stdout)["ok"]


def test_a_job_is_resumed_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PERSCOACH_WORKSPACE", str(tmp_path))
    job = Workspace(tmp_path).create("a", "x", EXAMPLE)
    job.edit(lambda _: Recipe(ingest=IngestSettings(trim_end=0.2)))
    put(job, wanted=["clip"])
    with held(job.folder / "busy"):  # the app is at it
        assert main(["jobs", "resume", job.token, "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["ok"] is False
    assert main(["jobs", "resume", job.token, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "state": "done"}
    with monkeypatch.context() as stopped:
        stopped.setattr(Shell, "check", _stop)  # Ctrl-C
        assert main(["jobs", "resume", job.token, "--json"]) == 130
    assert Workspace(tmp_path).open(job.token).state.status == "cancelled"


def test_advice_gives_the_numbers_and_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``grade --suggest`` and ``--match`` on a darkened example, which a picture of the example itself brings back."""
    import cv2
    import imageio_ffmpeg

    from perscoach.media.ingest import load_clip

    dark, picture = tmp_path / "dark.mp4", tmp_path / "wanted.png"
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    words = [
        "-v",
        "error",
        "-i",
        str(EXAMPLE),
        "-t",
        "0.4",
        "-vf",
        "lutrgb=r=val*0.55:g=val*0.55:b=val*0.55",
        "-an",
        str(dark),
    ]
    subprocess.run([ffmpeg, *words], check=True, timeout=60)
    subprocess.run([ffmpeg, "-v", "error", "-ss", "1", "-i", str(EXAMPLE), "-frames:v", "1", str(picture)], check=True)
    place = ["-o", str(tmp_path / "out"), "--work", str(tmp_path / "work"), "--json"]
    told = {}
    for name, advice in (("suggest", ["--suggest"]), ("match", ["--match", str(picture)])):
        assert main(["grade", str(dark), *advice, *place]) == 0
        told[name] = json.loads(capsys.readouterr().out)
        assert told[name]["why"]
    assert told["match"]["after"] < 0.6 * told["match"]["before"]
    assert told["match"]["grade"] == json.loads((tmp_path / "out" / "grade.json").read_text())["grade"]
    filmed = load_clip(next((tmp_path / "work").rglob("clip/**/*.mp4"))).frame(0)
    graded = cv2.imread(str(tmp_path / "out" / "frame.png"))
    assert graded.mean() > 1.3 * filmed.mean(), "the picture is lighter"
    assert main(["grade", str(dark), "--suggest", "--preset", "warm", *place]) != 0
    assert "--preset" in capsys.readouterr().out
