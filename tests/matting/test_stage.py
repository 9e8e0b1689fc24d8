"""The stage stores every piece once, goes on after a stop, and gives the same matte however it is read."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from perscoach.core.errors import Cancelled, EngineError, SettingsError
from perscoach.core.messages import Message
from perscoach.matting import registry, stage
from perscoach.matting.base import MattingSettings
from perscoach.matting.preview import preview_alpha
from perscoach.matting.stage import MatteJob
from tests.matting.conftest import FRAMES, HEIGHT, WIDTH, Scene

PLATE = MattingSettings(engine="plate", plate="picture", plate_picture="room.png")


@pytest.fixture
def job_folder(scene: Scene, tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "room.png"), scene.wall[..., ::-1])
    return tmp_path


class Stopper:
    """Stops after so many frames."""

    def __init__(self, after: int) -> None:
        self.after, self.seen, self.notes = after, 0, []

    def report(self, name: str, done: int, total: int) -> None:
        self.seen = done

    def note(self, message: Message) -> None:
        self.notes.append(message.en)

    def check(self) -> None:
        if self.seen >= self.after:
            raise Cancelled


def engine_runs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many frames each opened engine was given."""
    runs: list[int] = []
    opened = registry.open_engine

    def counting(*args, **more):
        engine = opened(*args, **more)
        inner, place = engine.mattes, len(runs)
        runs.append(0)

        def mattes(frames):
            def counted():
                for frame in frames:
                    runs[place] += 1
                    yield frame

            return inner(counted())

        engine.mattes = mattes
        return engine

    monkeypatch.setattr(registry, "open_engine", counting)
    return runs


def test_all_frames_once_then_from_the_store(scene: Scene, job_folder: Path, monkeypatch) -> None:
    runs = engine_runs(monkeypatch)
    job = MatteJob(scene.clip, PLATE, job_folder)
    assert (job.ready, job.done) == (False, 0)
    with pytest.raises(IndexError):
        job.alpha(0)
    first = list(job.frames())
    assert job.ready and job.done == FRAMES == len(first) and runs == [FRAMES]
    for (rgb, alpha), expected in zip(first, scene.clip.read(), strict=True):
        np.testing.assert_array_equal(rgb, expected)
        assert alpha.shape == (HEIGHT, WIDTH) and alpha.dtype == np.uint8
    again = MatteJob(scene.clip, PLATE, job_folder)
    assert again.ready
    second = [alpha for _, alpha in again.frames(None, 10, 65)]
    for (_, a), b in zip(first[10:65], second, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(again.alpha(69), first[69][1])
    assert runs == [FRAMES]
    assert again.describe() == job.describe()
    scores = [
        ((a > 127) & (t > 127)).sum() / ((a > 127) | (t > 127)).sum()
        for (_, a), t in zip(first, scene.alphas, strict=True)
    ]
    assert np.median(scores) > 0.85


def test_ranges_in_order_make_the_same_clip(scene: Scene, job_folder: Path) -> None:
    whole = [a for _, a in MatteJob(scene.clip, PLATE, job_folder).frames()]
    other = job_folder / "other"
    other.mkdir()
    (other / "room.png").write_bytes((job_folder / "room.png").read_bytes())
    job = MatteJob(scene.clip, PLATE, other)
    parts = [a for start in (0, 25, 50) for _, a in job.frames(None, start, min(FRAMES, start + 25))]
    assert len(parts) == FRAMES and job.ready
    off = [np.abs(a.astype(int) - b).max() for a, b in zip(whole, parts, strict=True)]
    assert max(off[:60]) == 0
    assert max(off) <= 16, "a resumed chunk starts with its context, so the joint is not seen"


def test_cancel_and_resume(scene: Scene, job_folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(stage.AlphaStore, "__init__", _short_chunks(stage.AlphaStore.__init__))
    runs = engine_runs(monkeypatch)
    monitor = Stopper(35)
    with pytest.raises(Cancelled):
        list(MatteJob(scene.clip, PLATE, job_folder).frames(monitor))
    job = MatteJob(scene.clip, PLATE, job_folder)
    assert 30 <= job.done < FRAMES and monitor.notes
    list(job.frames())
    assert job.ready
    assert sum(runs) <= FRAMES + 30, "finished chunks are not matted again"


def _short_chunks(original):
    def init(self, folder, frames, width, height, chunk=10):
        original(self, folder, frames, width, height, chunk)

    return init


def test_closing_ends_the_threads(scene: Scene, job_folder: Path) -> None:
    frames = MatteJob(scene.clip, PLATE, job_folder).frames()
    next(frames)
    start = time.monotonic()
    frames.close()
    assert time.monotonic() - start < 10
    assert not [t for t in threading.enumerate() if t.name == "perscoach-overlap"]


def test_switching_refinement_keeps_the_engines_work(scene: Scene, job_folder: Path, monkeypatch) -> None:
    runs = engine_runs(monkeypatch)
    raw = [a for _, a in MatteJob(scene.clip, replace(PLATE, refine=False), job_folder).frames()]
    fine = [a for _, a in MatteJob(scene.clip, PLATE, job_folder).frames()]
    assert runs == [FRAMES]
    assert any((a != b).any() for a, b in zip(raw, fine, strict=True))


def test_sliders_and_paint_compute_nothing_again(scene: Scene, job_folder: Path, monkeypatch) -> None:
    runs = engine_runs(monkeypatch)
    plain = [a for _, a in MatteJob(scene.clip, PLATE, job_folder).frames()]
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[:, : WIDTH // 4] = 128
    cv2.imwrite(str(job_folder / "paint.png"), mask)
    job = MatteJob(scene.clip, replace(PLATE, edge_shift=4.0, paint="paint.png"), job_folder)
    assert job.ready
    assert runs == [FRAMES]
    assert (job.alpha(30)[:, : WIDTH // 5] == 0).all()
    assert job.alpha(30)[:, WIDTH // 2 :].sum() >= plain[30][:, WIDTH // 2 :].sum()
    before = job.describe()
    cv2.imwrite(str(job_folder / "paint.png"), mask[:, ::-1])
    assert MatteJob(scene.clip, replace(PLATE, paint="paint.png"), job_folder).describe() != before


def test_a_damaged_chunk_is_made_again(scene: Scene, job_folder: Path) -> None:
    before = [a for _, a in MatteJob(scene.clip, PLATE, job_folder).frames()]
    damaged = list((job_folder / "store").rglob("00000.alpha"))
    assert damaged, "no chunk was stored"
    for path in damaged:
        path.write_bytes(path.read_bytes()[:500])
    after = [a for _, a in MatteJob(scene.clip, PLATE, job_folder).frames()]
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_cue_has_its_own_store(scene: Scene, job_folder: Path) -> None:
    base = MattingSettings(engine="plate", plate="picture", plate_picture="room.png")
    keys = set()
    for settings in (base, replace(base, refine=False), replace(base, trainer=(0.2, 0.5))):
        keys.add(MatteJob(scene.clip, settings, job_folder)._final.folder.name)
    cv2.imwrite(str(job_folder / "room.png"), scene.wall[..., ::-1] // 2)
    keys.add(MatteJob(scene.clip, base, job_folder)._final.folder.name)
    assert len(keys) == 4


def test_preview_of_any_frame(scene: Scene, job_folder: Path) -> None:
    found = preview_alpha(scene.clip, 40, PLATE, job_folder)
    truth = scene.alphas[40] > 127
    assert ((found > 127) & truth).sum() / ((found > 127) | truth).sum() > 0.8
    with pytest.raises(IndexError):
        preview_alpha(scene.clip, FRAMES, PLATE, job_folder)
    job = MatteJob(scene.clip, PLATE, job_folder)
    list(job.frames())
    np.testing.assert_array_equal(preview_alpha(scene.clip, 40, PLATE, job_folder), job.alpha(40))


def test_missing_files_are_named(scene: Scene, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"room\.png"):
        MatteJob(scene.clip, PLATE, tmp_path)
    with pytest.raises(SettingsError, match="hidden"):
        MatteJob(scene.clip, MattingSettings(engine="plate", paint="../hidden.png"), tmp_path)
    with pytest.raises(EngineError):
        MatteJob(scene.clip, replace(PLATE, plate_picture=None), tmp_path)


def test_an_engine_that_fails_says_so(scene: Scene, job_folder: Path, monkeypatch) -> None:
    opened = registry.open_engine

    def broken(*args, **more):
        engine = opened(*args, **more)

        def mattes(frames):
            for index, alpha in enumerate(type(engine).mattes(engine, frames)):
                if index == 20:
                    raise EngineError(Message("out of memory at frame 20", ""))
                yield alpha

        engine.mattes = mattes
        return engine

    monkeypatch.setattr(registry, "open_engine", broken)
    with (
        pytest.raises(EngineError, match="frame 20"),
        contextlib.closing(MatteJob(scene.clip, PLATE, job_folder)) as job,
    ):
        list(job.frames())


# -- what made a matte ------------------------------------------------------------------------------------------------


class Painter:
    """An engine whose runtime has a name; one matte of half the picture per frame."""

    name = "modnet"
    closed: list[str] = []

    def __init__(self, runtime: str) -> None:
        self.runtime = runtime

    def describe(self) -> dict[str, str]:
        return {"engine": self.name, "runtime": self.runtime, "frames": "1"}

    def mattes(self, frames):
        for frame in frames:
            alpha = np.zeros(frame.shape[:2], np.uint8)
            alpha[:, : frame.shape[1] // 2] = 255
            yield alpha

    def close(self) -> None:
        Painter.closed.append(self.runtime)


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """MODNet played by ``Painter``; the weights' hash and the runtime can be changed."""
    world = {"weights": "a", "runtime": "first"}
    monkeypatch.setattr(Painter, "closed", [])
    monkeypatch.setattr(registry, "choose", lambda settings: ("modnet", Message("MODNet", "MODNet")))
    monkeypatch.setattr(registry, "identity", lambda name, settings, people: [name, world["weights"]])
    monkeypatch.setattr(registry, "open_engine", lambda *args, **more: Painter(world["runtime"]))
    monkeypatch.setattr(stage.AlphaStore, "__init__", _short_chunks(stage.AlphaStore.__init__))
    return world


MODNET = MattingSettings(engine="modnet", refine=False)


def test_the_matte_of_other_weights_is_not_served(scene: Scene, tmp_path: Path, painted: dict[str, str]) -> None:
    MatteJob(scene.clip, MODNET, tmp_path).complete()
    assert MatteJob(scene.clip, MODNET, tmp_path).ready
    painted["weights"] = "b"
    assert not MatteJob(scene.clip, MODNET, tmp_path).ready


def test_modnet_s_key_holds_the_hash_of_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    from perscoach.matting.modnet import weights
    from perscoach.people.watch import PeopleSettings

    keys = []
    for digest in ("a" * 64, "b" * 64):
        monkeypatch.setattr(
            weights, "find", lambda model, digest=digest: weights.Weights(Path("m.onnx"), digest, False)
        )
        keys.append(registry.identity("modnet", MODNET, PeopleSettings()))
    assert keys[0] != keys[1]


@pytest.mark.parametrize("refine", [False, True])
def test_a_matte_resumed_on_another_runtime_names_both(
    scene: Scene, tmp_path: Path, painted: dict[str, str], refine: bool
) -> None:
    settings = replace(MODNET, refine=refine)
    with pytest.raises(Cancelled), contextlib.closing(MatteJob(scene.clip, settings, tmp_path)) as job:
        job.complete(Stopper(35))
    painted["runtime"] = "second"
    with contextlib.closing(MatteJob(scene.clip, settings, tmp_path)) as job:
        job.complete()
        described = job.describe()
    assert described["runtime"] == "first" and [e["runtime"] for e in described["also"]] == ["second"]
    assert MatteJob(scene.clip, settings, tmp_path).describe() == described
    assert sorted(Painter.closed) == ["first", "second"]


def test_exporting_closes_every_engine(scene: Scene, tmp_path: Path, painted: dict[str, str]) -> None:
    """Also the one that is opened because a stored chunk proves damaged while it is exported."""
    from perscoach.core.progress import Quiet
    from perscoach.grade.look import Look
    from perscoach.grade.params import Grade
    from perscoach.grade.video import GradedFrames

    job = MatteJob(scene.clip, MODNET, tmp_path)
    job.complete()
    job.close()
    next(iter(sorted((tmp_path / "store" / "matte").rglob("*.alpha")))).write_bytes(b"cut off")
    source = GradedFrames(MatteJob(scene.clip, MODNET, tmp_path), Grade(), Look(), "draft", Quiet())
    assert source.ready and sum(1 for _ in source.rgba(0, FRAMES)) == FRAMES
    assert Painter.closed == ["first", "first"]
