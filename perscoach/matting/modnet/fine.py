"""The second part of the network (``halves``): the low-resolution branch's 5x5 convolutions (``branch``), then eleven 3x3
ones, normalised and enlarged on the way, and alpha.

The last 3x3 convolution works on an enlarged map at full size. Each pixel of a 2x2 square there is a 3x3 convolution of
the map before the enlargement, so the four are computed as four times the channels at half the size, with the picture's
own 2x2 squares folded into channels beside the map. Only at the rim this is not the same: there the enlargement repeats
its edge and the convolution has zeros around; the difference, one line wide, is taken off afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from perscoach.core.arrays import Array
from perscoach.matting.modnet import integers
from perscoach.matting.modnet.branch import Branch
from perscoach.matting.modnet.filters import CONTEXT, context, fold_picture, last_layer, pack, working_memory
from perscoach.matting.modnet.norms import norm_of, plain_norm
from perscoach.matting.modnet.vectors import LANES
from perscoach.matting.modnet.winograd import PANEL, convolve

MAPS = ("quarter", "skip", "half", "taps")
"""What the first part hands over, in this order."""
_NONE = np.zeros((0, 0, 0), np.float32)
# What one pixel of a pair (rows) sees of three neighbours before the enlargement (middle) through three taps (columns).
_PHASES = np.array(
    [
        [[0.75, 0.25, 0], [0.25, 0.75, 0.75], [0, 0, 0.25]],
        [[0.25, 0, 0], [0.75, 0.75, 0.25], [0, 0.25, 0.75]],
    ]
)


class _Layer:
    """One convolution with what comes after it."""

    def __init__(self, arrays: dict[str, Array], name: str, packed: Callable[[Array], Array]) -> None:
        weight, self.bias = arrays[f"{name}.weight"], arrays[f"{name}.bias"]
        split, self.eps = arrays[f"{name}.norm"]
        self.split = int(split)
        self.filters = packed(weight)
        self.outputs = weight.shape[0]


class Fine:
    """The convolutions' filters, made ready; any number of threads may use them, each with a ``Memory`` of its own.

    Args:
        path: the filters, from ``halves``.
        whole: compute in integers (``integers``), not in floats.

    Raises:
        OSError, KeyError, ValueError, BadZipFile: the file is damaged.
    """

    def __init__(self, path: Path, whole: bool = False) -> None:
        self._whole = whole
        packed = integers.pack_even if whole else pack
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        names = ("enc4x", "hr4x0", "hr4x1", "hr4x2", "hr2x0", "hr2x1", "hr2x2", "hr2x3", "f2x")
        self.layers = {name: _Layer(arrays, name, packed) for name in names}
        self._branch = Branch(arrays)
        self._last = _Folded(arrays, packed)
        self._weight = arrays["f1.weight"].reshape(-1).astype(np.float32)
        self._bias = np.float32(arrays["f1.bias"][0])

    def alpha(self, memory: Memory, maps: dict[str, Array], image: Array) -> Array:
        """Alpha (H, W) float32 from the first part's maps (h, w, C) and the picture (3, H, W)."""
        branch, low, low_norm = self._branch.run(memory.branch, maps["taps"])
        y, n = self._run(memory, "enc4x", maps["quarter"], None, maps["skip"])
        context(branch, image, memory.context)
        y, n = self._run(memory, "hr4x0", y, n, memory.context)
        y, n = self._run(memory, "hr4x1", y, n)
        y, n = self._run(memory, "hr4x2", y, n)
        y, n = self._run(memory, "hr2x0", y, n, maps["half"], enlarge=True)
        for name in ("hr2x1", "hr2x2", "hr2x3"):
            y, n = self._run(memory, name, y, n)
        y, n = self._run(memory, "f2x", low, low_norm, y, enlarge=True, norm2=n)
        fold_picture(image, memory.folded)
        y, n = self._run_last(memory, y, n)
        alpha = np.empty(image.shape[1:], np.float32)
        last_layer(y, n, self._weight, self._bias, alpha)
        return alpha

    def _run(
        self,
        memory: Memory,
        name: str,
        x: Array,
        norm: Array | None,
        x2: Array | None = None,
        *,
        enlarge: bool = False,
        norm2: Array | None = None,
    ) -> tuple[Array, Array]:
        layer = self.layers[name]
        x2 = _NONE if x2 is None else x2
        norms = np.concatenate((self._known(x, norm), self._known(x2, norm2)), 1)
        y = memory.result(4 if name.startswith(("enc4x", "hr4x")) else 2, layer.outputs, (x, x2))
        sums = self._convolve(memory, layer, x, x2, enlarge, False, norms, y)
        return y, norm_of(sums, y.shape[0] * y.shape[1], layer.split, layer.eps)

    def _run_last(self, memory: Memory, x: Array, norm: Array) -> tuple[Array, Array]:
        last = self._last
        norms = np.concatenate((norm, plain_norm(memory.folded.shape[2], -1, 1)), 1)
        y = memory.result(2, last.outputs, (x,))
        sums = self._convolve(memory, last, x, memory.folded, False, True, norms, y)
        last.take_rim_off(y, x, norm, sums)
        phases = sums.reshape(len(sums), 4, PANEL)
        by_channel = np.concatenate((phases[:2].sum(1), phases[2:].max(1)))
        return y, norm_of(by_channel, 4 * y.shape[0] * y.shape[1], last.split, last.eps)

    def _known(self, x: Array, norm: Array | None) -> Array:
        """The norm of an input; where it has none, nothing is done to it and only its limits are looked up."""
        if norm is not None:
            return norm
        plain = plain_norm(x.shape[2])
        if self._whole and x.size:
            integers.limits(x, plain[3], plain[4])
        return plain

    def _convolve(
        self,
        memory: Memory,
        layer: _Layer | _Folded,
        x: Array,
        x2: Array,
        enlarge: bool,
        repeat: bool,
        norms: Array,
        y: Array,
    ) -> Array:
        if norms.shape[1] % LANES:
            raise ValueError(f"channels: expected a multiple of {LANES}, got {x.shape} and {x2.shape}")
        work = memory.work(norms.shape[1], layer.outputs, self._whole)
        if not self._whole:
            sums = np.zeros((2, layer.outputs))
            filters = layer.filters
            convolve(x, x2, enlarge, repeat, norms[:3], filters, layer.bias, layer.bias, y, sums, *work)
            return sums
        sums = np.zeros((3, layer.outputs))
        sums[2] = -np.inf
        levels, worth = integers.levels_of(norms[:3], norms[3], norms[4])
        filters, back = memory.levels(layer.filters)
        integers.filter_levels(layer.filters, worth, filters, back)
        convolve(x, x2, enlarge, repeat, levels, filters, back, layer.bias, y, sums, *work)
        return sums


class _Folded:
    """The last 3x3 convolution at half the size, (phase, channel) side by side as 64 channels."""

    def __init__(self, arrays: dict[str, Array], packed: Callable[[Array], Array]) -> None:
        weight = arrays["f0.weight"].astype(np.float64)
        outputs, inputs = weight.shape[:2]
        if outputs != PANEL:
            raise ValueError(f"f0: expected {PANEL} outputs, got {outputs}")
        split, self.eps = arrays["f0.norm"]
        self.split = int(split)
        deep = inputs - 3
        folded = np.zeros((2, 2, outputs, deep + 12, 3, 3))
        for row in range(2):
            for column in range(2):
                part = folded[row, column]
                part[:, :deep] = np.einsum("ia,jb,ocab->ocij", _PHASES[row], _PHASES[column], weight[:, :deep])
                for a in range(3):
                    for b in range(3):
                        # which square, and which pixel of it, the tap (a, b) of this pixel falls on
                        down, right = row + a - 1, column + b - 1
                        phase = down % 2 * 2 + right % 2
                        part[:, deep + phase :: 4, down // 2 + 1, right // 2 + 1] = weight[:, deep:, a, b]
        self.outputs, self.filters = 4 * outputs, packed(folded.reshape(4 * outputs, deep + 12, 3, 3))
        self.bias = np.tile(arrays["f0.bias"], 4)
        self._deep = weight[:, :deep]

    def take_rim_off(self, y: Array, x: Array, norm: Array, sums: Array) -> None:
        """Subtract from the outermost full-size lines of ``y`` what the repeated edge brought in; ``sums`` follow."""
        whole = y.reshape(*y.shape[:2], 2, 2, PANEL)  # [row, column, down, right]
        w = self._deep
        before = self._rim(whole)
        corners = {}
        for side, taps in ((0, w[:, :, 0]), (-1, w[:, :, 2])):  # above, below: (outputs, inputs, 3)
            line = _enlarged(_normal(x[side], norm))
            found = _along(line, taps).reshape(-1, 2, PANEL)
            whole[side, :, side] -= found
            corners[side] = (line[0] @ taps[:, :, 0].T, line[-1] @ taps[:, :, 2].T)
        for side, taps in ((0, w[:, :, :, 0]), (-1, w[:, :, :, 2])):  # left, right
            line = _enlarged(_normal(x[:, side], norm))
            whole[:, side, :, side] -= _along(line, taps).reshape(-1, 2, PANEL)
        for down in (0, -1):  # a corner's tap belongs to both lines and was taken off twice
            for right in (0, -1):
                whole[down, right, down, right] += corners[down][right]
        after = self._rim(whole)
        sums[:2] += (after - before).reshape(2, -1)

    @staticmethod
    def _rim(whole: Array) -> Array:
        """Sums and sums of squares of the outermost squares, (2, 2, 2, 16)."""
        lines = (whole[0], whole[-1], whole[1:-1, 0], whole[1:-1, -1])
        parts = [line.astype(np.float64) for line in lines]
        return np.stack([sum(p.sum(0) for p in parts), sum((p * p).sum(0) for p in parts)])


class Memory:
    """Results and working memory of one thread for one size of picture, used again for every frame.

    Args:
        size: (width, height) of the network's input.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._results: list[Array] = []
        self._works: dict[tuple[int, int, bool], tuple[Array, ...]] = {}
        self._levels: dict[tuple[int, ...], tuple[Array, Array]] = {}
        self.folded = np.zeros((size[1] // 2, size[0] // 2, PANEL), np.float32)
        self.branch: dict[str, tuple[Array, ...]] = {}
        self.context = np.zeros((size[1] // 4, size[0] // 4, CONTEXT), np.float32)

    def result(self, part: int, outputs: int, other: tuple[Array, ...]) -> Array:
        """A map of 1/``part`` of the size that is none of ``other``, which are still read."""
        shape = (self._size[1] // part, self._size[0] // part, outputs)
        for found in self._results:
            if found.shape == shape and not any(found is one for one in other):
                return found
        self._results.append(np.empty(shape, np.float32))
        return self._results[-1]

    def work(self, depth: int, outputs: int, whole: bool = False) -> tuple[Array, ...]:
        key = (depth, outputs, whole)
        if key not in self._works:
            self._works[key] = (integers.working_memory if whole else working_memory)(depth, outputs)
        return self._works[key]

    def levels(self, filters: Array) -> tuple[Array, Array]:
        """Where ``integers.filter_levels`` writes to, for filters of this shape."""
        if filters.shape not in self._levels:
            positions, panels, inputs, lanes = filters.shape
            shape = (positions, panels, inputs // 2, 2 * lanes)
            self._levels[filters.shape] = (np.empty(shape, np.int16), np.empty(panels * lanes, np.float32))
        return self._levels[filters.shape]


def _normal(x: Array, norm: Array) -> Array:
    result: Array = np.maximum(x * norm[0] + norm[1], norm[2]).astype(np.float64)
    return result


def _enlarged(line: Array) -> Array:
    """(n, C) to (2 n, C), bilinear, edges repeated."""
    around = np.concatenate((line[:1], line, line[-1:]))
    pairs = np.stack((0.25 * around[:-2] + 0.75 * line, 0.75 * line + 0.25 * around[2:]), 1)
    result: Array = pairs.reshape(-1, line.shape[1])
    return result


def _along(line: Array, taps: Array) -> Array:
    """The convolution of a line (n, C), edges repeated, with taps (outputs, C, 3): (n, outputs)."""
    around = np.concatenate((line[:1], line, line[-1:]))
    n = len(line)
    result: Array = np.einsum("knc,ock->no", np.stack([around[i : i + n] for i in range(3)]), taps, optimize=True)
    return result
