"""MODNet in torch: half precision and batches on a GPU, single precision on the CPU where nothing else is installed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import EngineError

if TYPE_CHECKING:
    from torch import Tensor

    from perscoach.matting.modnet.network import MODNet

MAX_BATCH = 32
"""More frames at once bring no speed at 608x512 and cost memory and a slower answer to "stop"."""
MEMORY_SHARE = 0.6
"""How much of the free GPU memory a batch may take: pose estimation and the screen live there too."""


def batch_that_fits(free: int, per_frame: int) -> int:
    """How many frames fit into ``MEMORY_SHARE`` of ``free`` bytes, 1 .. ``MAX_BATCH``."""
    return int(min(MAX_BATCH, max(1, free * MEMORY_SHARE // max(1, per_frame))))


class TorchRuntime:
    """The network on one device.

    Args:
        network: in ``eval()``, with its weights.
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        half: compute in float16 (GPU only).
        size: (width, height) of the input, to measure how much memory a frame takes.

    Raises:
        EngineError: one frame does not fit into the GPU's memory.
    """

    def __init__(self, network: MODNet, device: str, half: bool, size: tuple[int, int]) -> None:
        import torch

        self.name = f"torch on {device}"
        self.precision = "fp16" if half else "fp32"
        self._device = torch.device(device)
        self._type = torch.float16 if half else torch.float32
        self._network = network.to(self._device, self._type).eval()
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._size = size
        self.halvings = 0
        self.batch = 1
        if self._device.type == "cuda":
            torch.backends.cudnn.benchmark = True  # one input size per clip
            self.batch = self._measured_batch()

    def _measured_batch(self) -> int:
        import torch

        width, height = self._size
        torch.cuda.reset_peak_memory_stats(self._device)
        before = torch.cuda.memory_allocated(self._device)
        self.infer(np.zeros((1, 3, height, width), np.float32))
        used = torch.cuda.max_memory_allocated(self._device) - before
        free, _total = torch.cuda.mem_get_info(self._device)
        return batch_that_fits(free, used)

    def infer(self, batch: Array) -> Array:
        """(N, 3, H, W) float32 in -1..1 to (N, 1, H, W) float32 in 0..1."""
        import torch

        def run(part: Sequence[Array]) -> list[Array]:
            tensor = torch.from_numpy(np.stack(part)).to(self._device, self._type)
            return list(self._forward(tensor).float().cpu().numpy())

        return np.stack(self._by_halves(run, list(batch)))

    def mattes(self, frames: Sequence[Array]) -> list[Array]:
        """Frames (H, W, 3) uint8 of one size to alphas (H, W) uint8: resizing, too, happens on the device.

        The same steps as ``preprocess``, so that a GPU does not wait for numpy.
        """
        import torch
        import torch.nn.functional as F

        width, height = self._size

        def run(part: Sequence[Array]) -> list[Array]:
            # Pinned memory would need one copy more than it saves at these sizes.
            raw = torch.from_numpy(np.stack(part)).to(self._device).permute(0, 3, 1, 2)
            small = F.interpolate(raw.float(), size=(height, width), mode="area") / 127.5 - 1
            alpha = self._forward(small.to(self._type)).float()
            full = F.interpolate(alpha, size=raw.shape[2:], mode="area")
            return list((full * 255).round().clamp(0, 255).to(torch.uint8)[:, 0].cpu().numpy())

        return self._by_halves(run, list(frames))

    def _forward(self, tensor: Tensor) -> Tensor:
        import torch

        with torch.inference_mode():
            alpha: Tensor = self._network(tensor.contiguous(memory_format=torch.channels_last))
        return alpha

    def _by_halves(self, run: Callable[[Sequence[Any]], list[Array]], items: list[Any]) -> list[Array]:
        """Run batches; where memory does not suffice, halve them, for this call and all later ones."""
        import torch

        done: list[Array] = []
        while len(done) < len(items):
            part = items[len(done) : len(done) + self.batch] if self.batch < len(items) else items[len(done) :]
            try:
                done += run(part)
            except torch.OutOfMemoryError:
                if len(part) == 1:
                    raise EngineError("modnet.gpu_memory") from None
                self.batch = max(1, len(part) // 2)
                self.halvings += 1
                if self._device.type == "cuda":
                    torch.cuda.empty_cache()
        return done

    def close(self) -> None:
        """Give back the device's memory."""
        import torch

        del self._network
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
