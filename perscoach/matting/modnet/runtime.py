"""The small protocol of MODNet's runtimes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from perscoach.core.arrays import Array


class Runtime(Protocol):
    """Runs the network.

    Attributes:
        name: ``winograd``, ``openvino``, ``onnxruntime`` or ``torch`` and its device.
        precision: ``fp32``, ``fp16``.
        batch: how many frames at once serve it best.
        open_graph: opens another graph (the 8-bit one); ``None`` where that is not possible.
    """

    name: str
    precision: str
    batch: int
    open_graph: Callable[[Path], Runtime] | None

    @property
    def graph(self) -> Path | None:
        """The whole network as an ONNX file, made on first use; ``None`` where there is none."""

    def infer(self, batch: Array) -> Array:
        """(N, 3, H, W) float32 in -1..1 to (N, 1, H, W) float32 in 0..1."""

    def close(self) -> None:
        """Give back memory."""
