"""The small protocol of MODNet's runtimes, and the choice among them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from perscoach.errors import ModelError
from perscoach.files import key_of
from perscoach.matting.modnet.cores import physical_cores
from perscoach.matting.modnet.weights import Weights, load_network

CPU_RUNTIMES = ("openvino", "onnxruntime", "torch")
"""Fastest first."""
FORM = "rewritten 1"
"""Goes into the names of derived graphs; raised when ``rewrite`` changes."""


class Runtime(Protocol):
    """Runs the network.

    Attributes:
        name: ``openvino``, ``onnxruntime`` or ``torch`` and its device.
        precision: ``fp32``, ``fp16``.
        batch: how many frames at once serve it best.
        graph: the ONNX file behind it; ``None`` where there is none.
        open_graph: opens another graph (the 8-bit one) the same way; ``None`` where that is not possible.
    """

    name: str
    precision: str
    batch: int
    graph: Path | None
    open_graph: Callable[[Path], Runtime] | None

    def infer(self, batch: np.ndarray) -> np.ndarray:
        """(N, 3, H, W) float32 in -1..1 to (N, 1, H, W) float32 in 0..1."""

    def close(self) -> None:
        """Give back memory."""


def open_cpu(weights: Weights, size: tuple[int, int], folder: Path, only: str | None = None) -> Runtime:
    """The fastest runtime installed: OpenVINO, else onnxruntime, else torch.

    Args:
        size: (width, height) of the network's input.
        folder: for what is made from the weights.
        only: this one and no other.

    Raises:
        ModelError: the weights cannot be used.
    """
    names = (only,) if only else tuple(name for name in CPU_RUNTIMES if importlib.util.find_spec(name))
    for name in names:
        if name == "torch":
            break
        try:
            return _open_graph(name, graph_of(weights, folder), size, folder)
        except (
            ImportError
        ):  # there but not loadable (a missing library, telemetry that is already loaded): the next one
            if only:
                raise
    from perscoach.matting.modnet.runtime_torch import TorchRuntime

    return TorchRuntime(load_network(weights), "cpu", False, size)


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
