"""MODNet's convolutions in 8 bits: made from the coach's own frames, used only where it proves itself against fp32.

Only ``Conv`` is quantised (per channel, QDQ), so the instance norms, which need their full range, stay fp32; so do
the first and the last convolution, which are cheap and sit next to the picture and to alpha.
"""

from __future__ import annotations

import json
import logging
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.cores import processor
from perscoach.core.files import atomic, key_of, write_json

MAX_MEAN = 2e-3
"""Largest mean difference of alpha against fp32: half a level of 255."""
MAX_TAIL = 0.06
"""Largest difference at the ``TAIL`` quantile of the pixels: 15 levels of 255, at the most in one pixel of 200."""
TAIL = 0.995
CALIBRATION, HELD_OUT = 6, 4
"""Frames that set the ranges, and other frames that judge the result."""
FRAMES = CALIBRATION + HELD_OUT
MIN_GAIN = 1.1
"""``auto`` takes 8 bits only where they are at least this much faster here: not every processor gains."""
_RECIPE = "conv-only per-channel minmax 1"


class Infer(Protocol):
    def infer(self, batch: Array) -> Array: ...


@dataclass(frozen=True)
class Verdict:
    """The outcome of the self-test.

    Attributes:
        mean: mean absolute difference of alpha (0..1) over the held-out frames.
        tail: the same at the ``TAIL`` quantile.
        largest: the largest one.
        gain: how many times faster than fp32.
        frames: how many frames were compared.
    """

    mean: float
    tail: float
    largest: float
    gain: float
    frames: int

    @property
    def accurate(self) -> bool:
        return self.frames > 0 and self.mean < MAX_MEAN and self.tail < MAX_TAIL

    @property
    def slower(self) -> bool:
        """Whether 8 bits cost time instead of saving it."""
        return self.gain < 1

    def text(self) -> str:
        """For ``describe()``."""
        return (
            f"{'passed' if self.accurate else 'failed'} on {self.frames} frames: mean difference {self.mean:.1e} "
            f"(limit {MAX_MEAN:.0e}), {TAIL:.1%} of pixels within {self.tail:.3f} (limit {MAX_TAIL:g}), "
            f"largest {self.largest:.2f}, {self.gain:.2f}x the speed of fp32"
        )


def split(inputs: Sequence[Array]) -> tuple[list[Array], list[Array]]:
    """Inputs in clip order to (calibration, held out), both spread over the whole, none in both.

    Raises:
        ValueError: fewer than ``FRAMES`` inputs.
    """
    if len(inputs) < FRAMES:
        raise ValueError(f"8-bit calibration: expected {FRAMES} frames, got {len(inputs)}")
    chosen = [inputs[i] for i in np.linspace(0, len(inputs) - 1, FRAMES).round().astype(int)]
    held = {round((i + 0.5) * FRAMES / HELD_OUT) for i in range(HELD_OUT)}
    return [x for i, x in enumerate(chosen) if i not in held], [x for i, x in enumerate(chosen) if i in held]


def path_for(folder: Path, sha256: str, size: tuple[int, int], against: str) -> Path:
    """Where the 8-bit graph of these weights at this input size lies; the test beside it is one of this machine.

    Args:
        against: the fp32 runtime it has to beat.
    """
    return folder / f"modnet_int8_{key_of(sha256, list(size), _RECIPE, saturates(), processor(), against)}.onnx"


def saturates() -> bool:
    """Whether this processor adds 8-bit products in 16 bits (x86 without VNNI), where 8-bit weights can overflow."""
    import platform

    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    try:
        return "vnni" not in Path("/proc/cpuinfo").read_text()
    except OSError:
        return True


def quantise(graph: Path, target: Path, inputs: Sequence[Array]) -> None:
    """Write the 8-bit form of ``graph``, with ranges measured on ``inputs`` ((1, 3, H, W) float32 each)."""
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):  # type: ignore[misc]  # its base is untyped
        def __init__(self, name: str) -> None:
            self._items = iter([{name: x} for x in inputs])

        def get_next(self) -> Any:
            return next(self._items, None)

    with tempfile.TemporaryDirectory(prefix="perscoach-int8-") as folder, _quiet():
        ready = Path(folder) / "ready.onnx"
        quant_pre_process(str(graph), str(ready), skip_symbolic_shape=True)
        model = onnx.load(str(ready))
        convolutions = [node.name for node in model.graph.node if node.op_type == "Conv"]
        with atomic(target) as part:
            quantize_static(
                str(ready),
                str(part),
                Reader(model.graph.input[0].name),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=["Conv"],
                nodes_to_exclude=[convolutions[0], convolutions[-1]],
                per_channel=True,
                reduce_range=saturates(),
                weight_type=QuantType.QInt8,
                activation_type=QuantType.QUInt8,
            )


class _quiet:  # noqa: N801
    """The quantiser advises on the root logger; its advice is for developers."""

    def __enter__(self) -> None:
        self._level = logging.root.level
        logging.root.setLevel(logging.ERROR)

    def __exit__(self, *_: object) -> None:
        logging.root.setLevel(self._level)


def compare(exact: Infer, quick: Infer, inputs: Sequence[Array]) -> Verdict:
    """Judge ``quick`` against ``exact`` on inputs ((1, 3, H, W) float32) that calibration did not see."""
    differences: list[Array] = []
    seconds: tuple[list[float], list[float]] = ([], [])
    for x in inputs:
        alphas = []
        for runtime, taken in zip((exact, quick), seconds, strict=True):
            start = time.perf_counter()
            alphas.append(runtime.infer(x))
            taken.append(time.perf_counter() - start)
        if alphas[0].shape != alphas[1].shape or not np.isfinite(alphas[1]).all():
            return Verdict(1.0, 1.0, 1.0, 0.0, len(inputs))
        differences.append(np.abs(alphas[0] - alphas[1]).ravel())
    if not differences:
        return Verdict(1.0, 1.0, 1.0, 0.0, 0)
    every = np.concatenate(differences)
    return Verdict(
        mean=float(every.mean()),
        tail=float(np.quantile(every, TAIL)),
        largest=float(every.max()),
        # The first run of each warms up; the quickest of the others is the least disturbed one.
        gain=min(seconds[0][-3:]) / max(1e-9, min(seconds[1][-3:])),
        frames=len(inputs),
    )


def record(target: Path, verdict: Verdict) -> None:
    """Keep the last verdict beside the graph, for people."""
    write_json(target.with_suffix(".json"), {**asdict(verdict), "accurate": verdict.accurate})


def recorded(target: Path) -> Verdict | None:
    """The last verdict, or ``None`` where there is none to read."""
    try:
        raw = json.loads(target.with_suffix(".json").read_text(encoding="utf-8"))
        return Verdict(**{name: raw[name] for name in Verdict.__dataclass_fields__})
    except (OSError, ValueError, KeyError, TypeError):
        return None
