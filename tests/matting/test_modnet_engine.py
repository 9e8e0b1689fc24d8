"""MODNet as an engine."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from perscoach.core.errors import EngineError, ModelError
from perscoach.core.messages import Message
from perscoach.matting.base import MattingSettings
from perscoach.matting.modnet.engine import ModnetEngine, availability, open_modnet
from perscoach.matting.modnet.runtime_openvino import FirstAlone
from perscoach.matting.modnet.weights import OVERRIDE
from tests.matting.modnet_material import picture, random_files, tiny_graph

W, H = 70, 50


@pytest.fixture(autouse=True)
def _small_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perscoach.matting.modnet.preprocess.SHORT_SIDE", {"best": 64, "fast": 64})


@pytest.fixture()
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tiny_graph(tmp_path / "tiny.onnx")
    monkeypatch.setenv(OVERRIDE, str(path))
    return path


def engine() -> ModnetEngine:
    return open_modnet(MattingSettings(engine="modnet", device="cpu"), W, H)


def frames(count: int) -> list[np.ndarray]:
    return [picture(W, H, seed) for seed in range(count)]


def threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name == "perscoach-overlap"]


def test_one_alpha_per_frame_in_order(tiny: Path) -> None:
    given = frames(9)
    opened = engine()
    together = list(opened.mattes(iter(given)))
    opened.close()
    assert len(together) == 9
    assert all(a.shape == (H, W) and a.dtype == np.uint8 for a in together)
    alone = []
    for frame in given:
        opened = engine()
        alone += list(opened.mattes([frame]))
        opened.close()
    assert all(np.array_equal(a, b) for a, b in zip(together, alone, strict=True))
    assert len({a.tobytes() for a in together}) == 9


def test_the_random_network_runs_and_says_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OVERRIDE, str(random_files()[1]))
    opened = engine()
    alphas = list(opened.mattes(frames(3)))
    told = opened.describe()
    opened.close()
    assert len(alphas) == 3 and alphas[0].std() > 3
    assert told["weights"].startswith("random weights") and told["precision"] == "fp32" and told["input"] == "64x32"
    assert availability(MattingSettings(engine="modnet")).ok


def test_repeated_frames_share_a_matte_and_are_counted(tiny: Path) -> None:
    first, second = frames(2)
    opened = engine()
    alphas = list(opened.mattes([first, first, first, second, second]))
    assert opened.describe()["reused"].startswith("3 ")
    opened.close()
    assert np.array_equal(alphas[0], alphas[2]) and not np.array_equal(alphas[2], alphas[3])


def test_few_frames_are_read_ahead_and_closing_ends_the_threads(tiny: Path) -> None:
    read = itertools.count()
    taken = 0

    def endless() -> Iterator[np.ndarray]:
        nonlocal taken
        for taken in read:
            yield picture(W, H, taken % 50)

    opened = engine()
    mattes = opened.mattes(endless())
    for _ in range(5):
        next(mattes)
    time.sleep(0.3)
    assert taken < 5 + 12
    start = time.monotonic()
    mattes.close()  # type: ignore[attr-defined]
    assert time.monotonic() - start < 10
    deadline = time.monotonic() + 3
    while threads() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not threads()
    opened.close()


def test_a_reader_that_fails_is_heard(tiny: Path) -> None:
    def broken() -> Iterator[np.ndarray]:
        yield picture(W, H)
        raise EngineError(Message("the clip ends in the middle", ""))

    opened = engine()
    mattes = opened.mattes(broken())
    next(mattes)
    with pytest.raises(EngineError, match="ends in the middle"):
        next(mattes)
    opened.close()


def test_a_frame_of_another_size_is_named(tiny: Path) -> None:
    opened = engine()
    with pytest.raises(EngineError, match=rf"Frame 1: expected {W}x{H}"):
        list(opened.mattes([picture(W, H), picture(W + 2, H)]))
    opened.close()


def test_the_gpu_path_computes_what_the_cpu_path_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from perscoach.matting.modnet.runtimes import open_cpu
    from perscoach.matting.modnet.weights import weights_at

    monkeypatch.setenv(OVERRIDE, str(random_files()[1]))
    given = frames(5)
    runtime = open_cpu(weights_at(random_files()[1]), (64, 32), tmp_path, only="torch")
    runtime.batch = 3
    there = runtime.mattes(given)  # type: ignore[attr-defined]
    runtime.close()
    opened = engine()
    here = list(opened.mattes(given))
    opened.close()
    assert len(there) == 5
    assert max(int(np.abs(a.astype(int) - b).max()) for a, b in zip(there, here, strict=True)) <= 1


def test_batches_are_halved_when_memory_runs_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    from perscoach.matting.modnet.runtimes import open_cpu
    from perscoach.matting.modnet.weights import weights_at

    runtime = open_cpu(weights_at(random_files()[1]), (64, 32), tmp_path, only="torch")
    expected = runtime.mattes(frames(9))  # type: ignore[attr-defined]
    sizes: list[int] = []
    forward = runtime._forward  # type: ignore[attr-defined]

    def small_memory(tensor: object, room: int = 3) -> object:
        sizes.append(len(tensor))  # type: ignore[arg-type]
        if len(tensor) > room:  # type: ignore[arg-type]
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(tensor)

    monkeypatch.setattr(runtime, "_forward", small_memory)
    runtime.batch = 8
    alphas = runtime.mattes(frames(9))  # type: ignore[attr-defined]
    assert sizes == [8, 4, 2, 2, 2, 2, 1] and runtime.batch == 2 and runtime.halvings == 2  # type: ignore[attr-defined]
    # Convolutions of other batch sizes may round differently in the last place.
    assert max(int(np.abs(a.astype(int) - b).max()) for a, b in zip(alphas, expected, strict=True)) <= 1
    monkeypatch.setattr(runtime, "_forward", lambda tensor: small_memory(tensor, 0))
    with pytest.raises(EngineError, match="One frame does not fit"):
        runtime.mattes(frames(1))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("free", "per_frame", "expected"), [(10_000, 1_000, 6), (100, 1_000, 1), (10**12, 1_000, 32), (0, 0, 1)]
)
def test_a_batch_takes_a_share_of_the_free_memory(free: int, per_frame: int, expected: int) -> None:
    from perscoach.matting.modnet.runtime_torch import batch_that_fits

    assert batch_that_fits(free, per_frame) == expected


def test_missing_weights_are_a_sentence_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(OVERRIDE, raising=False)
    monkeypatch.setenv("PERSCOACH_CHECKPOINTS", str(tmp_path))
    found = availability(MattingSettings())
    assert not found.ok and "perscoach models fetch" in found.message.en and found.message.ru != found.message.en
    with pytest.raises(ModelError):
        open_modnet(MattingSettings(engine="modnet"), W, H)
    monkeypatch.setenv(OVERRIDE, str(tmp_path / "no.onnx"))
    assert OVERRIDE in availability(MattingSettings()).message.en


def test_an_operators_checkpoint_is_found_under_upstreams_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from perscoach.matting.modnet.weights import find

    monkeypatch.delenv(OVERRIDE, raising=False)
    monkeypatch.setenv("PERSCOACH_CHECKPOINTS", str(tmp_path))
    path = tmp_path / "modnet_webcam_portrait_matting.ckpt"
    path.write_bytes(random_files()[1].read_bytes())
    assert find("video").path.name == path.name
    with pytest.raises(ModelError):
        find("photo")


def test_opening_openvino_touches_no_network(tiny: Path, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    program = f"""
import sys
seen = []
sys.addaudithook(lambda event, args: seen.append(event) if event.startswith("socket.") else None)
from pathlib import Path
from perscoach.matting.modnet.runtime_openvino import OpenVinoRuntime
runtime = OpenVinoRuntime(Path({str(tiny)!r}), (64, 64), 1)
import threading, time
time.sleep(0.5)
loaded = [name for name in sys.modules if name.startswith("openvino_telemetry.")]
print(seen, loaded, [t.name for t in threading.enumerate()])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[] [] ['MainThread']", done.stdout + done.stderr


def test_the_first_inference_of_a_process_runs_alone() -> None:
    first = FirstAlone()
    entered, inside = [threading.Event(), threading.Event()], threading.Event()

    def run(i: int) -> None:
        with first():
            entered[i].set()
            inside.wait(10)

    workers = [threading.Thread(target=run, args=(i,)) for i in range(2)]
    workers[0].start()
    assert entered[0].wait(10)
    workers[1].start()
    assert not entered[1].wait(0.2)
    inside.set()
    for worker in workers:
        worker.join(10)
    assert entered[1].is_set()
    inside.clear()
    with first(), first():  # from now on side by side, and never in each other's way
        pass
