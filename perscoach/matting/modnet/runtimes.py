"""The choice among MODNet's runtimes, and the files that are made from the weights for them."""

from __future__ import annotations

import importlib.util
import json
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from perscoach.core.cores import physical_cores, processor
from perscoach.core.errors import ModelError
from perscoach.core.files import key_of, write_json
from perscoach.matting.modnet.runtime import Runtime
from perscoach.matting.modnet.weights import Weights, load_network

CPU_RUNTIMES = ("winograd", "openvino", "onnxruntime", "torch")
"""Fastest first; between the first two a measurement decides."""
PACKAGES = {
    "winograd": ("openvino", "numba"),
    "openvino": ("openvino",),
    "onnxruntime": ("onnxruntime",),
    "torch": ("torch",),
}
"""What each of them needs."""
FORM = "rewritten 4"
"""Goes into the names of derived files; raised when ``rewrite`` or ``halves`` change."""
_TRIALS = 3


def installed(name: str) -> bool:
    """Whether the packages of this runtime are there; nothing is imported."""
    return all(importlib.util.find_spec(package) for package in PACKAGES[name])


def open_cpu(weights: Weights, size: tuple[int, int], folder: Path, only: str | None = None) -> Runtime:
    """The fastest runtime that runs here.

    OpenVINO has the better convolutions on processors with wide vectors (AVX-512, AMX), ours win where it has none; the
    first time both run a picture, and the faster one is remembered in ``folder`` for this processor and this size.

    Args:
        size: (width, height) of the network's input.
        folder: for what is made from the weights.
        only: this one and no other.

    Raises:
        ModelError: the weights cannot be used.
    """
    if only:
        return _open(only, weights, size, folder)
    names = [name for name in CPU_RUNTIMES if installed(name)]
    if "winograd" in names:
        with suppress(ModelError, ImportError, RuntimeError):
            return _faster(weights, size, folder)
        names.remove("winograd")  # layers that cannot be read, a package that cannot be loaded
    for name in names:
        # There but not loadable (a missing library, telemetry that is already loaded): the next one.
        with suppress(ImportError):
            return _open(name, weights, size, folder)
    return _open("torch", weights, size, folder)


def _faster(weights: Weights, size: tuple[int, int], folder: Path) -> Runtime:
    """Of ``winograd`` and ``openvino`` the one that was faster here; measured once."""
    record = folder / f"fastest_{key_of(FORM, processor(), physical_cores(), list(size))}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(record.read_text(encoding="utf-8"))["fastest"]
        if kept in ("winograd", "openvino"):
            return _open(kept, weights, size, folder)
    runtimes = {name: _open(name, weights, size, folder) for name in ("winograd", "openvino")}
    picture = np.zeros((1, 3, size[1], size[0]), np.float32)
    seconds: dict[str, list[float]] = {name: [] for name in runtimes}
    for turn in range(_TRIALS + 1):
        for name, runtime in runtimes.items():
            start = time.perf_counter()
            runtime.infer(picture)
            if turn:  # the first one warms up
                # a core of its own per frame against half of the cores per frame
                seconds[name].append((time.perf_counter() - start) / getattr(runtime, "lanes", 1))
    fastest = min(seconds, key=lambda name: min(seconds[name]))
    milliseconds = {name: round(1000 * min(values), 1) for name, values in seconds.items()}
    write_json(record, {"fastest": fastest, "milliseconds_per_frame": milliseconds})
    for name, runtime in runtimes.items():
        if name != fastest:
            runtime.close()
    return runtimes[fastest]


def _open(name: str, weights: Weights, size: tuple[int, int], folder: Path) -> Runtime:
    threads = physical_cores()
    if name == "torch":
        from perscoach.matting.modnet.runtime_torch import TorchRuntime

        return TorchRuntime(load_network(weights), "cpu", False, size)
    if name != "winograd":
        return _open_graph(name, graph_of(weights, folder), size, folder)
    coarse, fine = halves_of(weights, folder)
    from perscoach.matting.modnet.runtime_winograd import WinogradRuntime

    runtime = WinogradRuntime(coarse, fine, size, threads, folder / "openvino", lambda: graph_of(weights, folder))
    runtime.open_graph = lambda other: _open_graph("openvino", other, size, folder)
    return runtime


def _open_graph(name: str, graph: Path, size: tuple[int, int], folder: Path) -> Runtime:
    threads = physical_cores()
    runtime: Runtime
    if name == "openvino":
        from perscoach.matting.modnet.runtime_openvino import OpenVinoRuntime

        runtime = OpenVinoRuntime(graph, size, threads, folder / "openvino")
    else:
        from perscoach.matting.modnet.runtime_onnx import OnnxRuntime

        runtime = OnnxRuntime(graph, threads)
    runtime.open_graph = lambda other: _open_graph(name, other, size, folder)
    return runtime


def open_cuda(weights: Weights, size: tuple[int, int], device: str, half: bool) -> Runtime:
    """torch on a GPU.

    Raises:
        ModelError: the weights cannot be used.
        EngineError: not one frame fits into the GPU's memory.
    """
    from perscoach.matting.modnet.runtime_torch import TorchRuntime

    return TorchRuntime(load_network(weights), device, half, size)


def graph_of(weights: Weights, folder: Path) -> Path:
    """The weights as a graph for CPU runtimes (``rewrite.for_cpu``), made once and kept in ``folder``.

    Where an ONNX file's layers cannot be read one by one, or torch is missing, the file itself.

    Raises:
        ModelError: a checkpoint that is not MODNet's.
    """
    path = folder / f"modnet_{key_of(weights.sha256, FORM)}.onnx"
    if path.is_file():
        return path
    try:
        from perscoach.matting.modnet.export import export_onnx
        from perscoach.matting.modnet.rewrite import for_cpu

        export_onnx(for_cpu(load_network(weights)), path)
    except (ModelError, ImportError):
        if not weights.onnx:
            raise
        return weights.path
    return path


def halves_of(weights: Weights, folder: Path) -> tuple[Path, Path]:
    """The weights in two parts (``halves``), made once and kept in ``folder``: a graph and a file of filters.

    Raises:
        ModelError: not MODNet's layers.
        ImportError: torch is missing.
    """
    key = key_of(weights.sha256, FORM)
    graph, arrays = folder / f"modnet_coarse_{key}.onnx", folder / f"modnet_fine_{key}.npz"
    if not (graph.is_file() and arrays.is_file()):
        from perscoach.matting.modnet.halves import write_halves
        from perscoach.matting.modnet.rewrite import for_cpu

        write_halves(for_cpu(load_network(weights)), graph, arrays)
    return graph, arrays
