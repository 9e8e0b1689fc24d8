"""MODNet in OpenVINO on the CPU.

It is imported through ``quiet_openvino``, which keeps its usage statistics from being sent.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import ModelError


class FirstAlone:
    """The first inference of a process runs by itself; later ones side by side.

    OpenVINO's Python binding initialises itself in its first inference. Two threads that do so at once can wait for each
    other for ever: one is inside the initialiser and waits for Python's lock, the other holds that lock and waits for the initialiser.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed = False

    @contextmanager
    def __call__(self) -> Iterator[None]:
        if self._passed:
            yield
            return
        with self._lock:
            yield
            self._passed = True


first_alone = FirstAlone()


def compile_graph(path: Path, size: tuple[int, int], threads: int, lanes: int, cache: Path | None = None) -> Any:
    """A graph compiled for one input size, for ``lanes`` frames at once on ``threads`` cores together.

    Args:
        size: (width, height) of the input.
        cache: folder for compiled graphs, which makes the second start fast; ``None`` for none.

    Raises:
        ModelError: the file is not a graph with one (N, 3, H, W) input and one output.
    """
    from perscoach.matting.modnet.quiet_openvino import load_openvino

    core = load_openvino().Core()
    config: dict[str, Any] = {
        "NUM_STREAMS": str(lanes),
        # bf16 is what some versions choose on their own; without AMX it is 2 to 3 times slower, and it is not fp32.
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": max(2, threads),
    }
    if cache is not None:
        config["CACHE_DIR"] = str(cache)
    try:
        model = core.read_model(str(path))
        if len(model.inputs) != 1 or len(model.outputs) != 1:
            raise ValueError(f"{len(model.inputs)} inputs and {len(model.outputs)} outputs, expected 1 and 1")
        model.reshape([1, 3, size[1], size[0]])
        return core.compile_model(model, "CPU", config)
    except Exception as error:  # OpenVINO raises RuntimeError and its own kinds
        reason = str(error).strip().splitlines()[-1][:120] if str(error).strip() else type(error).__name__
        raise ModelError("modnet.not_opened", runtime="OpenVINO", name=path.name, reason=reason) from error


class OpenVinoRuntime:
    """One graph compiled for one input size.

    Args:
        size: (width, height) of the input.
        cache: folder for compiled graphs, which makes the second start fast; ``None`` for none.

    Raises:
        ModelError: the file is not a graph with one (N, 3, H, W) input and one output.
    """

    name = "openvino"
    precision = "fp32"
    batch = 1

    def __init__(self, path: Path, size: tuple[int, int], threads: int, cache: Path | None = None) -> None:
        # One frame on all threads: a stream with a single thread sums up a whole channel in one float, which costs the
        # instance norms three digits (alpha is then up to 3e-4 from upstream's).
        self.lanes = 1
        self._compiled = compile_graph(path, size, threads, self.lanes, cache)
        self._requests: SimpleQueue[Any] = SimpleQueue()
        for _ in range(self.lanes):
            self._requests.put(self._compiled.create_infer_request())

    def infer(self, batch: Array) -> Array:
        """(N, 3, H, W) float32 in -1..1 to (N, 1, H, W) float32 in 0..1; up to ``lanes`` threads may call it."""
        request = self._requests.get()
        try:
            with first_alone():
                alphas = [np.array(next(iter(request.infer([one[None]]).values()))) for one in batch]
        finally:
            self._requests.put(request)
        return alphas[0] if len(alphas) == 1 else np.concatenate(alphas)

    def close(self) -> None:
        """Give back the compiled graph's memory."""
        del self._requests, self._compiled
