"""The whole way from a clip to a checked bundle, with the embedded engines and the project's own example clip."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from perscoach.core.errors import Cancelled, PerscoachError
from perscoach.core.places import EXAMPLE
from perscoach.core.progress import Quiet
from perscoach.core.settings import load_settings
from perscoach.grade import Grade
from perscoach.jobs import JobQueue, Workspace
from perscoach.matting.base import MattingSettings
from perscoach.matting.cue import MatteCue
from perscoach.media import IngestSettings
from perscoach.media.types import ExportSettings
from perscoach.media.verify import decode_rgba
from perscoach.pipeline import Result, run_stages
from perscoach.pose.base import PoseSettings
from perscoach.recipe import Recipe

RECIPE = Recipe(
    ingest=IngestSettings(trim_end=0.8),
    matting=MattingSettings(engine="mediapipe"),
    pose=PoseSettings(engine="mediapipe", skip=3),
    export=ExportSettings(quality="draft"),
)


class Stopper(Quiet):
    """Stops the work once ``stage`` has done ``after`` frames."""

    def __init__(self, stage: str, after: int) -> None:
        self._stage, self._after, self._stop = stage, after, False

    def report(self, stage: str, done: int, total: int) -> None:
        self._stop = self._stop or (stage == self._stage and done >= self._after)

    def check(self) -> None:
        if self._stop:
            raise Cancelled


def _run(
    folder: Path, recipe: Recipe = RECIPE, monitor: Quiet | None = None, wanted: tuple[str, ...] = ("bundle",)
) -> Result:
    return run_stages(EXAMPLE, folder, recipe, "Пример / one", monitor or Quiet(), wanted, load_settings())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    folder = tmp_path_factory.mktemp("job")
    return folder, _run(folder)


def _stamps(folder: Path) -> dict[str, int]:
    return {p.relative_to(folder).as_posix(): p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}


def _stored(folder: Path) -> list[dict[str, int]]:
    """What no change of colour may touch."""
    return [_stamps(folder / "store" / kind) for kind in ("clip", "people", "refined")]


def test_the_bundle_is_sound_and_its_lengths_agree(finished: tuple[Path, Result]) -> None:
    _, run = finished
    assert run.bundle is not None and run.report is not None and run.report["ok"]
    poses = json.loads((run.bundle / "poses" / "trainer_poses.json").read_text())
    assert run.clip.frames == 24
    assert poses["total_frames"] == len(poses["poses"]) == 8
    assert poses["fps"] == pytest.approx(10)
    assert {"joints_3d", "keypoints_2d", "global_rot"} <= set(poses["poses"][0])
    assert sum(1 for _ in decode_rgba(run.bundle / "trainer_transparent.webm")) == 24


def test_the_name_is_kept_where_it_can_be(finished: tuple[Path, Result]) -> None:
    _, run = finished
    assert run.bundle is not None and run.zip is not None
    assert "Пример" in run.bundle.name and "/" not in run.bundle.name
    assert run.zip.name == f"{run.bundle.name}.zip"
    with zipfile.ZipFile(run.zip) as archive:
        names = archive.namelist()
    assert any(n.endswith("bundle.json") for n in names)
    assert not any(n.startswith("/") or ".." in n for n in names)


def test_the_manifest_says_what_ran(finished: tuple[Path, Result]) -> None:
    _, run = finished
    assert run.bundle is not None
    text = (run.bundle / "bundle.json").read_text()
    manifest = json.loads(text)
    assert manifest["mesh"] == "mannequin"
    assert "mediapipe" in text
    assert str(run.folder) not in text  # no path of this computer travels with a bundle


def test_the_person_is_where_he_should_be(finished: tuple[Path, Result]) -> None:
    _, run = finished
    assert run.bundle is not None and run.motion is not None
    frame = next(iter(decode_rgba(run.bundle / "trainer_transparent.webm")))
    alpha = frame[..., 3]
    hips = run.motion.keypoints_2d[0, [23, 24]].mean(axis=0)
    x, y = (int(v) for v in hips)
    assert alpha[y, x] > 200
    assert (alpha[:8] < 30).all() and (alpha[:, :8] < 30).all()
    assert 0.03 < (alpha > 127).mean() < 0.6


def test_the_numpy_file_opens_without_pickles(finished: tuple[Path, Result]) -> None:
    _, run = finished
    assert run.bundle is not None
    with np.load(run.bundle / "poses" / "trainer_poses.npz", allow_pickle=False) as file:
        assert file["joints_3d"].shape == (8, 33, 3)
        assert file["vertices"].shape[0] == 8 and file["vertices"].dtype == np.float32
        assert file["faces"].max() < file["vertices"].shape[1]


def test_a_new_colour_encodes_again_and_mattes_nothing(finished: tuple[Path, Result]) -> None:
    folder, run = finished
    before = _stored(folder)
    assert run.bundle is not None
    old = next(iter(decode_rgba(run.bundle / "trainer_transparent.webm")))
    again = _run(folder, dataclasses.replace(RECIPE, grade=Grade(brightness_boost=0.25)))
    assert _stored(folder) == before
    assert again.bundle is not None
    new = next(iter(decode_rgba(again.bundle / "trainer_transparent.webm")))
    inside = old[..., 3] > 250
    assert new[inside][:, :3].mean() > old[inside][:, :3].mean() + 10
    assert np.abs(new[..., 3].astype(int) - old[..., 3]).mean() < 1


def test_a_stopped_run_goes_on_and_gives_the_same(finished: tuple[Path, Result], tmp_path: Path) -> None:
    longer = dataclasses.replace(RECIPE, ingest=IngestSettings(trim_end=3.0), export=ExportSettings("draft", mov=False))
    with pytest.raises(Cancelled):
        _run(tmp_path, longer, Stopper("matte", 70), ("encode",))
    chunks = _chunks(tmp_path)
    assert chunks, "nothing was kept of the stopped run"
    _run(tmp_path, longer, None, ("encode",))
    after = _chunks(tmp_path)
    assert {k: after[k] for k in chunks} == chunks


def _chunks(folder: Path) -> dict[str, int]:
    """Chunks of masks and mattes, whether or not their result is finished."""
    stamps = _stamps(folder / "store")
    return {k.replace(".making", ""): v for k, v in stamps.items() if k.endswith(".alpha")}


def test_more_files_later_make_no_finished_piece_again(finished: tuple[Path, Result]) -> None:
    folder, _ = finished
    plain = dataclasses.replace(RECIPE, export=ExportSettings(quality="draft", mov=False, audio=False))
    _run(folder, plain, None, ("encode",))
    before = {k: v for k, v in _stamps(folder / "store" / "segments").items() if k.endswith(".webm")}
    again = _run(
        folder, dataclasses.replace(plain, export=ExportSettings("draft", mov=False, frames=True)), None, ("encode",)
    )
    assert before and {k: v for k, v in _stamps(folder / "store" / "segments").items() if k.endswith(".webm")} == before
    assert again.video is not None and len(list((again.video / "trainer_frames").iterdir())) == 24


def test_new_code_makes_pieces_anew(finished: tuple[Path, Result], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, _ = finished
    _run(folder, RECIPE, None, ("encode",))
    before = set(_stamps(folder / "store" / "segments"))
    monkeypatch.setattr("perscoach.grade.video.VERSION", -1)
    _run(folder, RECIPE, None, ("encode",))
    assert any(name.endswith(".webm") for name in set(_stamps(folder / "store" / "segments")) - before)


def test_a_damaged_prepared_clip_is_prepared_again(tmp_path: Path) -> None:
    short = dataclasses.replace(RECIPE, ingest=IngestSettings(trim_end=0.2))
    first = _run(tmp_path, short, None, ("clip",))
    first.clip.path.write_bytes(b"cut off")
    again = _run(tmp_path, short, None, ("clip",))
    assert again.clip.path == first.clip.path and again.clip.frame(0).any()


def test_a_stop_is_heard_between_blocks_of_the_mesh(finished: tuple[Path, Result]) -> None:
    from perscoach.bundles.bodies import Level, body_of, detail_of

    _, run = finished
    assert run.motion is not None
    stopper = Stopper("bundle", 1)
    body = body_of(run.motion)
    mesh = Level(body, detail_of(body, "small"), stopper)
    assert mesh.vertices(0, 2).shape[0] == 2
    stopper.report("bundle", 1, 4)
    with pytest.raises(Cancelled):
        mesh.vertices(2, 4)


def test_what_fails_later_keeps_the_earlier_bundle(finished: tuple[Path, Result]) -> None:
    folder, run = finished
    assert run.bundle is not None
    with pytest.raises(Cancelled):
        _run(folder, dataclasses.replace(RECIPE, grade=Grade(contrast=1.5)), Stopper("encode", 4))
    assert (run.bundle / "trainer_transparent.webm").exists()
    assert (run.bundle / "poses" / "trainer_poses.json").exists()


def test_a_clip_without_a_person_is_told_so(tmp_path: Path) -> None:
    import imageio_ffmpeg

    empty = tmp_path / "room.mp4"
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-loglevel",
        "error",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=320x240:d=0.5:r=10",
    ]
    subprocess.run([*command, "-pix_fmt", "yuv420p", str(empty)], check=True)
    with pytest.raises(PerscoachError, match="No person"):
        run_stages(empty, tmp_path / "job", RECIPE, "room", Quiet(), ("pose",), load_settings())


# -- the matte as a cue ------------------------------------------------------------------------------------------------


def test_an_engine_that_takes_a_cue_gets_the_finished_matte(
    finished: tuple[Path, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SAM 3D Body's box and mask come from the matte, so that comes first, and only then, and only for it."""
    folder, run = finished
    asked: list[object] = []

    def run_pose(clip: object, settings: object, folder: Path, monitor: Quiet, cue: object, *_: object) -> object:
        asked.append(cue)
        return run.motion

    monkeypatch.setattr("perscoach.pose.stage.run_pose", run_pose)
    _run(folder, RECIPE, None, ("pose",))
    monkeypatch.setattr("perscoach.pose.registry.choose", lambda *given: ("sam3d", None))
    for person in ("auto", "matte", "mediapipe"):
        recipe = dataclasses.replace(RECIPE, pose=PoseSettings(engine="sam3d", person=person))
        _run(folder, recipe, None, ("pose",))
    none, auto, matte, other = asked
    assert none is None and other is None and isinstance(auto, MatteCue) and isinstance(matte, MatteCue)
    alpha = auto.alpha(20)
    assert alpha.shape == (run.clip.height, run.clip.width) and alpha.dtype == np.uint8
    assert 0.03 < (alpha > 127).mean() < 0.6
    assert auto.key == matte.key


def test_the_cue_is_the_matte_before_edges_and_mends_damage(finished: tuple[Path, Result]) -> None:
    folder, run = finished
    plain = MatteCue(run.clip, RECIPE.matting, folder)
    soft = MattingSettings(engine="mediapipe", edge_softness=0.5, edge_shift=3)
    raw = MattingSettings(engine="mediapipe", refine=False)
    assert MatteCue(run.clip, soft, folder).key == plain.key != MatteCue(run.clip, raw, folder).key
    before = plain.alpha(3)
    np.testing.assert_array_equal(MatteCue(run.clip, soft, folder).alpha(3), before)
    for piece in (folder / "store").rglob("*.alpha"):
        piece.write_bytes(b"cut off")
    assert np.abs(MatteCue(run.clip, RECIPE.matting, folder).alpha(3).astype(int) - before).max() <= 1


# -- jobs in worker processes ----------------------------------------------------------------------------------------


def _wait(workspace: Workspace, token: str, states: tuple[str, ...], seconds: float = 90) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status = workspace.open(token).state.status
        if status in states:
            return status
        time.sleep(0.05)
    raise AssertionError(f"still {workspace.open(token).state}")


@pytest.fixture
def queue(tmp_path: Path):  # type: ignore[no-untyped-def]
    made = JobQueue(Workspace(tmp_path), max_jobs=2)
    made.start()
    yield made
    made.stop()


def test_jobs_wait_run_cancel_and_resume(queue: JobQueue) -> None:
    workspace = queue.workspace
    long = dataclasses.replace(RECIPE, ingest=IngestSettings(), export=ExportSettings("draft", mov=False))
    first = workspace.create("a", "first", EXAMPLE)
    queue.submit(first, ("encode",), lambda _: long)
    second = workspace.create("a", "second", EXAMPLE)
    queue.submit(second, ("clip",), lambda _: RECIPE)
    _wait(workspace, first.token, ("running",))
    assert (queue.position(first), queue.position(second)) == (0, 1)
    with pytest.raises(PerscoachError):
        queue.submit(first)
    end = time.monotonic() + 90
    while workspace.open(first.token).state.progress.get("matte", {}).get("done", 0) < 5:  # type: ignore[operator]
        assert time.monotonic() < end, workspace.open(first.token).state
        time.sleep(0.05)
    queue.cancel(first)
    assert _wait(workspace, first.token, ("cancelled",), 5) == "cancelled"
    assert _wait(workspace, second.token, ("done", "failed")) == "done"
    state = workspace.open(first.token).state
    assert (state.error is not None and state.clip is None) or workspace.open(first.token).clip() is not None
    queue.submit(first, ("pose",), lambda _: RECIPE)
    assert _wait(workspace, first.token, ("done", "failed")) == "done", workspace.open(first.token).state


def test_a_bad_clip_fails_with_its_sentence(queue: JobQueue, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"")
    job = queue.workspace.create("a", "bad", bad)
    queue.submit(job, ("clip",), lambda _: RECIPE)
    assert _wait(queue.workspace, job.token, ("done", "failed")) == "failed"
    error = queue.workspace.open(job.token).state.error
    assert error is not None and "empty" in error.en.lower()


def test_a_killed_worker_is_noticed_and_the_queue_goes_on(queue: JobQueue) -> None:
    workspace = queue.workspace
    job = workspace.create("a", "x", EXAMPLE)
    queue.submit(job, ("encode",), lambda _: RECIPE)
    _wait(workspace, job.token, ("running",))
    while not workspace.open(job.token).state.pid:  # it is being started
        time.sleep(0.02)
    os.kill(workspace.open(job.token).state.pid, 9)
    assert _wait(workspace, job.token, ("failed",), 5) == "failed"
    queue.resume(job)
    assert _wait(workspace, job.token, ("done", "failed")) == "done"


def test_a_restart_of_the_app_takes_interrupted_jobs_up_again(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    first = JobQueue(workspace)
    first.start()
    job = workspace.create("a", "x", EXAMPLE)
    first.submit(job, ("pose",), lambda _: RECIPE)
    _wait(workspace, job.token, ("running",))
    first.stop()
    assert workspace.open(job.token).state.status == "interrupted"
    second = JobQueue(workspace)
    second.start()
    try:
        assert _wait(workspace, job.token, ("done", "failed")) == "done"
    finally:
        second.stop()


def test_the_command_line_makes_a_bundle_that_its_check_passes(tmp_path: Path) -> None:
    words = [
        "process",
        str(EXAMPLE),
        "-o",
        str(tmp_path),
        "--work",
        str(tmp_path / "work"),
        "--trim",
        ":0.5",
        "--skip",
        "5",
    ]
    words += ["--matting", "mediapipe", "--pose", "mediapipe", "--quality", "draft", "--frames", "--json"]
    made = subprocess.run([sys.executable, "-m", "perscoach.cli", *words], capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    answer = json.loads(made.stdout)
    assert answer["ok"] and answer["frames"] == 15
    check = subprocess.run(
        [sys.executable, "-m", "perscoach.cli", "check", answer["zip"], "--json"], capture_output=True, text=True
    )
    assert check.returncode == 0 and json.loads(check.stdout)["ok"], check.stdout
