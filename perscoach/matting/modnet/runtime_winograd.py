"""MODNet on the CPU in two parts: OpenVINO for the coarse one, our Winograd convolutions for the fine one.

The fastest runtime measured on processors with AVX2 (``benchmarks/modnet_runtimes.py``): half of OpenVINO's time alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import ModelError
from perscoach.matting.modnet import integers
from perscoach.matting.modnet.fine import MAPS, Fine, Memory
from perscoach.matting.modnet.runtime_openvino import compile_graph, first_alone

if TYPE_CHECKING:
    from perscoach.matting.modnet.runtime import Runtime

MAX_LANES = 8
"""Frames at once, each on a core of its own; one takes about 100 MB."""


class WinogradRuntime:
    """Both parts for one input size.

    Args:
        coarse: the first part, an ONNX graph (``halves``).
        fine: the second part's filters.
        size: (width, height) of the input.
        threads: cores to use.
        cache: folder for OpenVINO's compiled graphs.
        whole: makes the whole network as one graph, for 8 bits.

    Raises:
        ModelError: a file is damaged.
    """

    name = "winograd"
    precision = "fp32"
    batch = 1

    def __init__(
        self, coarse: Path, fine: Path, size: tuple[int, int], threads: int, cache: Path, whole: Callable[[], Path]
    ) -> None:
        self.open_graph: Callable[[Path], Runtime] | None = None
        self.integers: Callable[[], Runtime] | None = self._in_integers if integers.possible() else None
        self.lanes = max(1, min(threads, MAX_LANES))
        self._whole = whole
        self.filters = fine
        try:
            self._fine = Fine(fine)
        except (OSError, KeyError, ValueError, BadZipFile) as error:
            raise ModelError("modnet.derived_damaged", name=fine.name, kind=type(error).__name__) from error
        self._compiled = compile_graph(coarse, size, len(MAPS), threads, self.lanes, cache)
        self._free: SimpleQueue[tuple[Any, Memory]] = SimpleQueue()
        for _ in range(self.lanes):
            self._free.put((self._compiled.create_infer_request(), Memory(size)))

    @property
    def graph(self) -> Path | None:
        """The whole network as one graph."""
        return self._whole()

    def _in_integers(self) -> Runtime:
        return IntegerRuntime(self)

    def infer(self, batch: Array) -> Array:
        """(N, 3, H, W) float32 in -1..1 to (N, 1, H, W) float32 in 0..1; up to ``lanes`` threads may call it."""
        return self.infer_with(self._fine, batch)

    def infer_with(self, fine: Fine, batch: Array) -> Array:
        """The same with these filters for the second part."""
        request, memory = self._free.get()
        try:
            alphas = []
            for one in batch:
                with first_alone():
                    request.infer([one[None]])
                    maps = {name: request.get_output_tensor(i).data[0] for i, name in enumerate(MAPS)}
                alphas.append(fine.alpha(memory, maps, one)[None])
        finally:
            self._free.put((request, memory))
        return np.stack(alphas)

    def close(self) -> None:
        """Give back the compiled graph's memory."""
        del self._free, self._compiled


class IntegerRuntime:
    """The same network with the second part in integers; shares all else with the exact one, which closes it."""

    name = "winograd"
    precision = "int16"
    batch = 1
    graph: Path | None = None
    open_graph: Callable[[Path], Runtime] | None = None

    def __init__(self, exact: WinogradRuntime) -> None:
        self._exact, self._fine = exact, Fine(exact.filters, whole=True)
        self.lanes = exact.lanes

    def infer(self, batch: Array) -> Array:
        """As ``WinogradRuntime.infer``."""
        return self._exact.infer_with(self._fine, batch)

    def close(self) -> None:
        """Nothing of its own to give back."""
