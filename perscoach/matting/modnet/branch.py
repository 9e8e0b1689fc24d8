"""The low-resolution branch after the backbone: three 5x5 convolutions of enlarged maps (``enlarged``), one after another."""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array
from perscoach.matting.modnet.enlarged import convolve_enlarged, pack_taps, sum_enlarged, working_memory
from perscoach.matting.modnet.norms import norm_of, plain_norm

Memory = dict[str, tuple[Array, ...]]
"""Results and working memory of one thread for one size, used again for every frame; empty at first."""


class Branch:
    """``conv_lr16x`` from its taps on, ``conv_lr8x`` and the fusion's ``conv_lr4x``.

    Args:
        arrays: from ``halves``.

    Raises:
        KeyError, ValueError: something is missing there, or of another shape.
    """

    def __init__(self, arrays: dict[str, Array]) -> None:
        self._bias = {name: arrays[f"{name}.bias"] for name in ("lr16x", "lr8x", "lr4x")}
        self._split = {name: arrays[f"{name}.norm"] for name in self._bias}
        self._filters = {name: pack_taps(arrays[f"{name}.weight"]) for name in ("lr8x", "lr4x")}

    def run(self, memory: Memory, taps: Array) -> tuple[Array, Array, Array]:
        """(the branch's result (4 h, 4 w, 32), ``conv_lr4x`` (8 h, 8 w, 32), the norm that the latter still needs).

        Args:
            taps: (h, w, 25 * 96), the 1x1 convolutions of ``conv_lr16x``.
        """
        y, sums = self._place(memory, "lr16x", taps.shape, 0)[:2]
        sum_enlarged(taps, self._bias["lr16x"], y, sums)
        branch, norm = self._convolve(memory, "lr8x", y, self._norm("lr16x", y, sums))
        np.multiply(branch, norm[0], out=branch)
        np.add(branch, norm[1], out=branch)
        np.maximum(branch, 0, out=branch)
        low, norm = self._convolve(memory, "lr4x", branch, plain_norm(branch.shape[2]))
        return branch, low, norm

    def _convolve(self, memory: Memory, name: str, x: Array, norm: Array) -> tuple[Array, Array]:
        y, sums, v, taps = self._place(memory, name, x.shape, x.shape[2])
        convolve_enlarged(x, norm[:3], self._filters[name], v, taps, self._bias[name], y, sums)
        return y, self._norm(name, y, sums)

    def _norm(self, name: str, y: Array, sums: Array) -> Array:
        split, eps = self._split[name]
        return norm_of(sums, y.shape[0] * y.shape[1], int(split), eps)

    def _place(self, memory: Memory, name: str, shape: tuple[int, ...], inputs: int) -> tuple[Array, ...]:
        if name not in memory:
            height, width, outputs = shape[0], shape[1], len(self._bias[name])
            work = working_memory(width, inputs, outputs) if inputs else ()
            memory[name] = (np.empty((2 * height, 2 * width, outputs), np.float32), np.zeros((3, outputs)), *work)
        sums = memory[name][1]
        sums[:2], sums[2] = 0, -np.inf
        return memory[name]
