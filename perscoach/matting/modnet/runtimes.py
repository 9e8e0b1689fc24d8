"""The choice among MODNet's runtimes, and the graph that those on the CPU run."""

from __future__ import annotations

import importlib.util
from contextlib import suppress
from pathlib import Path

from perscoach.core.cores import physical_cores
from perscoach.core.errors import EngineError
from perscoach.core.files import key_of
from perscoach.matting.modnet.runtime import Runtime
from perscoach.matting.modnet.weights import Weights, load_network

CPU_RUNTIMES = ("openvino", "onnxruntime", "torch")
"""Fastest first; each is also the name of its package."""

FORM = "exported 1"
"""Goes into the names of derived files; raised when ``export`` changes."""


def installed(name: str) -> bool:
    """Whether the package of this runtime is there; nothing is imported."""
    return importlib.util.find_spec(name) is not None


def open_cpu(weights: Weights, size: tuple[int, int], folder: Path, only: str | None = None) -> Runtime:
    """The fastest runtime that can be loaded here.

    Args:
        size: (width, height) of the network's input.
        folder: for what is made from the weights.
        only: this one and no other.

    Raises:
        ModelError: the weights cannot be used.
        EngineError: no runtime can be loaded.
    """
    if only:
        return _open(only, weights, size, folder)
    for name in filter(installed, CPU_RUNTIMES):
        # There but not loadable (a missing library, telemetry that is already loaded): the next one.
        with suppress(ImportError):
            return _open(name, weights, size, folder)
    raise EngineError("modnet.no_runtime", package="openvino")


def _open(name: str, weights: Weights, size: tuple[int, int], folder: Path) -> Runtime:
    threads = physical_cores()
    if name == "torch":
        from perscoach.matting.modnet.runtime_torch import TorchRuntime

        return TorchRuntime(load_network(weights), "cpu", False, size)
    if name == "openvino":
        from perscoach.matting.modnet.runtime_openvino import OpenVinoRuntime

        return OpenVinoRuntime(graph_of(weights, folder), size, threads, folder / "openvino")
    from perscoach.matting.modnet.runtime_onnx import OnnxRuntime

    return OnnxRuntime(graph_of(weights, folder), threads)


def open_cuda(weights: Weights, size: tuple[int, int], device: str, half: bool) -> Runtime:
    """torch on a GPU.

    Raises:
        ModelError: the weights cannot be used.
        EngineError: not one frame fits into the GPU's memory.
    """
    from perscoach.matting.modnet.runtime_torch import TorchRuntime

    return TorchRuntime(load_network(weights), device, half, size)


def graph_of(weights: Weights, folder: Path) -> Path:
    """The weights as a graph: a published graph as it is, a checkpoint exported once and kept in ``folder``.

    Raises:
        ModelError: a checkpoint that is not MODNet's.
        ImportError: a checkpoint, and torch is missing.
    """
    if weights.onnx:
        return weights.path
    path = folder / f"modnet_{key_of(weights.sha256, FORM)}.onnx"
    if not path.is_file():
        from perscoach.matting.modnet.export import export_onnx

        export_onnx(load_network(weights), path)
    return path
