"""What the MODNet tests share: random weights, made once, and small pictures."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import numpy as np

WIDTH, HEIGHT = 96, 64


@functools.lru_cache(maxsize=1)
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="modnet-tests-")


@functools.lru_cache(maxsize=1)
def random_files() -> tuple[Path, Path]:
    """The random graph and checkpoint."""
    from perscoach.matting.modnet.random_weights import write_random

    return write_random(Path(_folder().name))


def picture(width: int, height: int, seed: int = 0) -> np.ndarray:
    """A smooth colour picture (H, W, 3) uint8."""
    import cv2

    cells = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), np.uint8)
    return cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)


def network_input(seed: int = 0, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """(1, 3, height, width) float32 in -1..1."""
    from perscoach.matting.modnet.preprocess import to_network

    return to_network(picture(2 * width, 2 * height, seed), width, height)[None]


def tiny_graph(path: Path, scale: float = 1.0) -> Path:
    """A graph of three small convolutions with MODNet's input and output, on which 8 bits work well."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(3)
    shapes = {"w0": (8, 3, 3, 3), "w1": (8, 8, 3, 3), "w2": (1, 8, 3, 3)}
    values = {k: (np.abs(rng.normal(size=s)) / s[1] / 9).astype(np.float32) for k, s in shapes.items()}
    values["w2"] *= np.float32(scale)
    nodes = []
    last = "input"
    for index in range(3):
        nodes.append(helper.make_node("Conv", [last, f"w{index}"], [f"c{index}"], name=f"conv{index}", pads=[1] * 4))
        nodes.append(helper.make_node("Relu" if index < 2 else "Sigmoid", [f"c{index}"], [f"a{index}"]))
        last = f"a{index}"
    nodes[-1].output[0] = "output"
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 3, "h", "w"])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["n", 1, "h", "w"])],
        [numpy_helper.from_array(v, k) for k, v in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))
    return path
