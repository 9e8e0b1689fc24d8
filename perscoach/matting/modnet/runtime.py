"""The small protocol of MODNet's runtimes."""

from __future__ import annotations

from typing import Protocol

from perscoach.core.arrays import Array


class Runtime(Protocol):
    """Runs the network.

    Attributes:
        name: ``openvino``, ``onnxruntime`` or ``torch`` and its device.
        precision: ``fp32``, ``fp16``.
        batch: how many frames at once serve it best.
    """

    name: str
    precision: str
    batch: int

    def infer(self, batch: Array) -> Array:
        """(N, 3, H, W) float32 in -1..1 to (N, 1, H, W) float32 in 0..1."""

    def close(self) -> None:
        """Give back memory."""
