"""The command line destroys nothing, hangs on nothing and ends every bad input in a sentence."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from perscoach.cli import main
from perscoach.core.places import EXAMPLE
from perscoach.extract_3d_pose import main as extract

Answer = tuple[int, dict[str, Any]]
FAST = "--trim :0.2 --matting mediapipe --pose mediapipe --quality draft --no-mov --no-audio".split()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    def run(*words: object) -> Answer:
        code = main([*map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another clip with somebody in it."""
    path = tmp_path_factory.mktemp("other") / "other.mp4"
    words = ["-v", "error", "-ss", "0.6", "-i", str(EXAMPLE), "-t", "0.5", "-an", str(path)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words], check=True, timeout=60)
    return path


@pytest.fixture(scope="module")
def empty_room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "room.mp4"
    words = ["-v", "error", "-f", "lavfi", "-i", "color=gray:s=320x240:r=10:d=0.4", "-pix_fmt", "yuv420p", str(path)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words], check=True, timeout=60)
    return path


def _state(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_process_leaves_a_foreign_zip_folder_and_source_alone(
    tmp_path: Path, other: Path, run: Callable[..., Answer]
) -> None:
    out, work = tmp_path / "out", tmp_path / "work"
    out.mkdir()
    (out / "squat.zip").write_bytes(b"somebody's letters")
    words = ["process", EXAMPLE, "-o", out, "--name", "squat", "--work", work, *FAST]
    before = _state(out)
    code, answer = run(*words)
    assert code == 3 and "squat.zip" in answer["error"] and _state(out) == before
    (out / "squat.zip").unlink()
    (out / "squat").mkdir()
    (out / "squat" / "bundle.json").write_text("{}")  # a bundle in name only
    assert run(*words)[0] == 3 and run(*words, "--replace")[0] == 3
    shutil.rmtree(out / "squat")
    assert run(*words)[0] == 0
    assert run(*words)[0] == 0, "the same clip may come again"
    source = out / "squat" / "clip.mp4"  # the next clip lies inside the earlier bundle
    shutil.copyfile(other, source)
    before = _state(out)
    again = ["process", source, "-o", out, "--name", "squat", "--work", tmp_path / "w2", *FAST]
    code, answer = run(*again)
    assert code == 3 and "squat" in answer["error"] and _state(out) == before
    assert run(*again, "--replace")[0] == 0
    assert source.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("command", ["pose", "matte", "grade"])
def test_another_clip_s_results_are_not_overwritten(
    command: str, tmp_path: Path, other: Path, run: Callable[..., Answer]
) -> None:
    more = {"pose": ["--pose", "mediapipe"], "matte": ["--matting", "mediapipe", "--quality", "draft", "--no-mov"]}
    words = [*more.get(command, []), "-o", tmp_path / "out", "--trim", ":0.2"]
    first = [command, EXAMPLE, "--work", tmp_path / "a", *words]
    assert run(*first)[0] == 0 and run(*first)[0] == 0
    before = _state(tmp_path / "out")
    second = [command, other, "--work", tmp_path / "b", *words]
    code, answer = run(*second)
    assert code == 3 and "--replace" in answer["error"] and _state(tmp_path / "out") == before
    assert run(*second, "--replace")[0] == 0
    assert run(*first)[0] == 3


def test_the_published_script_keeps_to_the_same_rule(
    tmp_path: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = [f"--output={out}", "--engine=mediapipe", "--skip=24", "--json"]
    first = [f"--video={EXAMPLE}", f"--work={tmp_path / 'a'}", *words]
    assert extract(first) == 0 and extract(first) == 0
    before = _state(out)
    assert extract([f"--video={other}", f"--work={tmp_path / 'b'}", *words]) == 3
    assert _state(out) == before
    assert extract([f"--video={other}", f"--work={tmp_path / 'b'}", *words, "--replace"]) == 0


def test_names_that_look_alike_stay_apart(tmp_path: Path) -> None:
    from perscoach.core.names import safe_name

    names = [safe_name(Path(name).stem) for name in ("..mp4", "clip.mp4", "...mp4", " .mp4")]
    assert names[1] == "clip" and len(set(names[:2])) == 2


@pytest.mark.parametrize(
    "words",
    [
        "process {} -o {out}",
        "matte {} -o {out}",
        "pose {} -o {out}",
        "grade {} -o {out}",
        "grade {clip} --trim :0.1 -o {out} --preset {}.json",
        "grade {clip} --trim :0.1 -o {out} --look {}",
        "grade {clip} --trim :0.1 -o {out} --match {}",
        "matte {clip} --trim :0.1 -o {out} --paint {}",
        "matte {clip} --trim :0.1 -o {out} --plate {}",
        "pose {clip} --trim :0.1 -o {out} --pose sam3d --checkpoint {}",
        "pose {clip} --trim :0.1 -o {out} --mhr {}",
        "pose {clip} --trim :0.1 -o {out} --recording {}",
        "compare {} {clip}",
        "compare {poses} {}",
        "check {}",
        "mirror {} -o {out}",
        "bench {}",
    ],
)
@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "folder", "nothing"])
def test_what_is_no_file_is_refused_at_once(
    words: str, kind: str, tmp_path: Path, run: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    from perscoach.api import scoring

    monkeypatch.setenv("PERSCOACH_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setattr(
        scoring, "_filmed", lambda *_: pytest.fail("the client was measured before the trainer was read")
    )
    if kind == "folder" and any(w in words for w in ("check", "mirror", "compare", "--checkpoint", "--recording")):
        pytest.skip("a folder is taken here")
    path = tmp_path / "given"
    named = Path(f"{path}.json") if ".json" in words else path
    listening = socket.socket(socket.AF_UNIX)
    if kind == "pipe":
        os.mkfifo(named)
    elif kind == "socket":
        listening.bind(os.path.relpath(named))
    elif kind == "device":
        named.symlink_to(os.devnull)
    elif kind == "folder":
        named.mkdir()
    poses = tmp_path / "poses.json"
    poses.write_text("{}")
    filled = words.format(path, clip=EXAMPLE, out=tmp_path / "out", poses=poses).split()
    code, answer = run(*filled)
    listening.close()
    assert code in (3, 5), answer
    said = answer.get("error") or " ".join(f["en"] for f in answer["findings"])
    assert "internal" not in said.lower()
    if kind == "nothing":
        assert "no such" in said or "poses.json" in said, said
    else:
        assert "no such" not in said, said
    if kind == "folder":
        assert "folder" in said, said


@pytest.mark.parametrize("device", ["gpu", "cuda:", "cuda:x", "", "CUDA", "0"])
@pytest.mark.parametrize("command", ["process", "matte", "pose", "grade", "bench"])
def test_another_device_word_is_refused(device: str, command: str, tmp_path: Path, run: Callable[..., Answer]) -> None:
    out = [] if command == "bench" else ["-o", tmp_path / "out", "--work", tmp_path / "work"]
    code, answer = run(command, EXAMPLE, *out, f"--device={device}")
    assert code == 3 and "cuda:N" in answer["error"]


@pytest.mark.parametrize("engine", ["mediapipe", "auto"])
def test_a_gpu_that_is_not_there_is_said_also_for_an_engine_on_the_cpu(
    engine: str, tmp_path: Path, run: Callable[..., Answer]
) -> None:
    words = ["-o", tmp_path / "out", "--work", tmp_path / "work", "--pose", engine, "--device", "cuda:99"]
    code, answer = run("pose", EXAMPLE, *words)
    assert code == 4 and "cuda:99" in answer["error"]


NUMBERS = ["", "nan", "inf", "-inf", "1e999", "9" * 400, "-" + "9" * 400, "0x10", "1_0", "٣", "one", "-5"]
FLAGS = {
    "process": "skip smoothing edge-softness edge-shift brightness-boost contrast lab-lift red-boost blue-reduce lens trim",
    "pose": "skip smoothing lens trim crop trainer",
    "grade": "frame look-amount contrast trim crop trainer",
    "compare": "offset",
    "bench": "seconds",
    "serve": "port",
}


@pytest.mark.parametrize("value", NUMBERS, ids=lambda v: v[:8] or "empty")
@pytest.mark.parametrize(("command", "flag"), [(c, f) for c, flags in FLAGS.items() for f in flags.split()])
def test_every_number_of_the_command_line(
    command: str, flag: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if (flag, value) in {("edge-shift", "-5"), ("offset", "-5")}:
        pytest.skip("a good value")
    (tmp_path / "clip.mp4").write_bytes(b"no clip")
    (tmp_path / "poses.json").write_text("{}")
    text = ",".join([value] * {"crop": 4, "trainer": 2}.get(flag, 1))
    text = f"{text}:" if flag == "trim" and value else text
    words = {
        "compare": [command, str(tmp_path / "poses.json"), str(tmp_path / "poses.json")],
        "serve": [command],
        "bench": [command, str(tmp_path / "clip.mp4")],
    }.get(command, [command, str(tmp_path / "clip.mp4"), "-o", str(tmp_path / "out"), "--work", str(tmp_path / "work")])
    try:
        code = main([*words, f"--{flag}={text}"])
    except SystemExit as usage:
        code = int(usage.code or 0)
    said = capsys.readouterr().err
    assert code in (2, 3, 5), said
    assert said.strip() and "internal" not in said.lower() and "Traceback" not in said
    assert len(said) < 4000


@pytest.mark.parametrize("command", ["process", "pose", "matte"])
def test_nobody_in_the_clip_is_three_and_leaves_no_file(
    command: str, tmp_path: Path, empty_room: Path, run: Callable[..., Answer]
) -> None:
    engine = ["--matting", "mediapipe"] if command != "pose" else []
    pose = ["--pose", "mediapipe"] if command != "matte" else []
    code, answer = run(command, empty_room, "-o", tmp_path / "out", "--work", tmp_path / "work", *engine, *pose)
    assert code == 3 and answer["code"] == 3
    assert "person" in answer["error"].lower()
    assert not list((tmp_path / "out").glob("**/*")) if (tmp_path / "out").exists() else True


FULL = """
import errno, os, sys
from perscoach.core import files
import shutil
def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")
shutil.copyfile = full
from perscoach.cli import main
raise SystemExit(main(sys.argv[1:]))
"""


def test_a_disk_that_fills_up_at_the_last_step(tmp_path: Path) -> None:
    words = ["grade", str(EXAMPLE), "-o", str(tmp_path / "out"), "--work", str(tmp_path / "work"), "--trim", ":0.1"]
    made = subprocess.run([sys.executable, "-c", FULL, *words], capture_output=True, text=True, timeout=120)
    assert made.returncode == 1
    assert "disk is full" in made.stderr.lower() and "internal" not in made.stderr.lower()
    assert not list((tmp_path / "out").glob("*.png"))
