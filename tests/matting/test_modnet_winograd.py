"""Our own convolutions against torch's, and the network in two parts against the whole."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("numba")

from perscoach.errors import ModelError  # noqa: E402
from perscoach.matting.modnet import runtimes  # noqa: E402
from perscoach.matting.modnet.filters import fold_picture, last_layer, pack, working_memory  # noqa: E402
from perscoach.matting.modnet.weights import weights_at  # noqa: E402
from perscoach.matting.modnet.winograd import convolve  # noqa: E402
from tests.matting.modnet_material import network_input, random_files, tiny_graph  # noqa: E402

NONE = np.zeros((0, 0, 0), np.float32)


def planes(x: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(x.transpose(2, 0, 1)))[None].double()


def normal(x: np.ndarray, norm: np.ndarray) -> np.ndarray:
    return np.maximum(x * norm[0] + norm[1], norm[2]).astype(np.float32)


@pytest.mark.parametrize("enlarge", [False, True], ids=["as it is", "enlarged"])
@pytest.mark.parametrize("second", [0, 16], ids=["one input", "two inputs"])
# One tile; a last row of tiles that is no multiple of six; more tiles in a row than go together.
@pytest.mark.parametrize("size", [(4, 4), (8, 28), (12, 104)])
def test_the_convolution_is_torchs(size: tuple[int, int], second: int, enlarge: bool) -> None:
    rng = np.random.default_rng(size[1] + second)
    height, width = size
    first, outputs, unused = 24, 32, 3
    low = (height // 2, width // 2) if enlarge else size
    x = rng.normal(size=(*low, first)).astype(np.float32)
    x2 = rng.normal(size=(height, width, second)).astype(np.float32) if second else NONE
    depth = first + second
    weight = rng.normal(size=(outputs, depth - unused, 3, 3)).astype(np.float32) / 12
    bias = rng.normal(size=outputs).astype(np.float32)
    norm = rng.normal(size=(3, depth)).astype(np.float32)
    norm[2, ::2] = -np.inf
    y, sums = np.full((height, width, outputs), np.nan, np.float32), np.zeros((2, outputs))

    convolve(x, x2, enlarge, False, norm, pack(weight), bias, y, sums, *working_memory(depth, outputs))

    inputs = planes(normal(x, norm[:, :first]))
    if enlarge:
        inputs = torch.nn.functional.interpolate(inputs, scale_factor=2, mode="bilinear", align_corners=False)
    if second:
        inputs = torch.cat((inputs, planes(normal(x2, norm[:, first:]))), 1)
    filters = torch.from_numpy(weight).double()
    expected = torch.nn.functional.conv2d(inputs[:, :-unused], filters, torch.from_numpy(bias).double(), padding=1)
    wanted = expected[0].permute(1, 2, 0).numpy()
    assert np.abs(y - wanted).max() < 5e-5
    assert np.allclose(sums[0], wanted.sum((0, 1)), rtol=1e-4, atol=1e-2)
    assert np.allclose(sums[1], (wanted**2).sum((0, 1)), rtol=1e-4, atol=1e-2)


def test_a_repeated_edge_is_torchs_replicate_padding() -> None:
    rng = np.random.default_rng(5)
    x, x2 = (rng.normal(size=(8, 12, c)).astype(np.float32) for c in (8, 16))
    weight = rng.normal(size=(16, 24, 3, 3)).astype(np.float32) / 12
    norm = np.ones((3, 24), np.float32) * np.array([[2], [0.5], [-np.inf]], np.float32)
    y, sums = np.empty((8, 12, 16), np.float32), np.zeros((2, 16))
    convolve(x, x2, False, True, norm, pack(weight), np.zeros(16, np.float32), y, sums, *working_memory(24, 16))
    repeated = torch.nn.functional.pad(planes(normal(x, norm[:, :8])), (1, 1, 1, 1), mode="replicate")
    zeros = torch.nn.functional.pad(planes(normal(x2, norm[:, 8:])), (1, 1, 1, 1))
    wanted = torch.nn.functional.conv2d(torch.cat((repeated, zeros), 1), torch.from_numpy(weight).double())
    assert np.abs(y - wanted[0].permute(1, 2, 0).numpy()).max() < 5e-5


def test_filters_of_another_shape_are_refused() -> None:
    for shape in ((16, 8, 5, 5), (12, 8, 3, 3), (16, 8)):
        with pytest.raises(ValueError, match="filters"):
            pack(np.zeros(shape, np.float32))


def test_the_picture_is_folded_and_the_last_layer_unfolds() -> None:
    image = np.arange(3 * 4 * 6, dtype=np.float32).reshape(3, 4, 6)
    folded = np.full((2, 3, 16), np.nan, np.float32)
    fold_picture(image, folded)
    assert folded[1, 2].tolist() == [*(image[c, i, j] for c in range(3) for i in (2, 3) for j in (4, 5)), 0, 0, 0, 0]
    y = np.random.default_rng(1).normal(size=(2, 3, 64)).astype(np.float32)
    norm = np.ones((3, 16), np.float32) * np.array([[1.5], [0.2], [0]], np.float32)
    weight, alpha = np.linspace(-1, 1, 16, dtype=np.float32), np.empty((4, 6), np.float32)
    last_layer(y, norm, weight, np.float32(0.3), alpha)
    total = np.maximum(y[1, 2, 32:48] * 1.5 + 0.2, 0) @ weight + 0.3  # the pixel below and left
    assert alpha[3, 4] == pytest.approx(1 / (1 + np.exp(-total)), abs=1e-6)


@pytest.mark.parametrize("size", [(32, 32), (224, 64), (64, 160)])
def test_the_network_in_two_parts_is_the_network(size: tuple[int, int]) -> None:
    """Also at the rim, where the last convolution is corrected, and with a second frame in the same memory."""
    from perscoach.matting.modnet.weights import load_network

    weights = weights_at(random_files()[1])
    folder = random_files()[0].parent / "halves"  # made once for all sizes
    runtime = runtimes.open_cpu(weights, size, folder, only="winograd")
    network = load_network(weights).double()
    for seed in (1, 2):
        x = network_input(seed, *size)
        with torch.inference_mode():
            wanted = network(torch.from_numpy(x).double()).numpy()
        got = runtime.infer(np.concatenate((x, x)))
        assert got.shape == (2, 1, *x.shape[2:]) and got.dtype == np.float32
        assert (
            np.abs(got - wanted).max() < 2e-4
        )  # a tiny picture's norms are over few pixels: every runtime is off by 1e-4
    runtime.close()


def test_a_damaged_second_part_is_named(tmp_path: Path) -> None:
    weights = weights_at(random_files()[1])
    _, arrays = runtimes.halves_of(weights, tmp_path)
    arrays.write_bytes(arrays.read_bytes()[:1000])
    with pytest.raises(ModelError, match=arrays.name):
        runtimes.open_cpu(weights, (64, 32), tmp_path, only="winograd")


def test_the_faster_of_two_runtimes_is_measured_once_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    class Timed:
        lanes = 1

        def __init__(self, name: str) -> None:
            self.name, self.closed = name, False
            opened.append(name)

        def infer(self, batch: np.ndarray) -> np.ndarray:
            import time

            time.sleep(0.02 if self.name == "winograd" else 0.005)
            return batch

        def close(self) -> None:
            self.closed = True

    monkeypatch.setattr(runtimes, "installed", lambda name: True)
    monkeypatch.setattr(runtimes, "_open", lambda name, *_: Timed(name))
    weights = weights_at(random_files()[1])
    first = runtimes.open_cpu(weights, (64, 32), tmp_path)
    assert first.name == "openvino" and not first.closed and opened == ["winograd", "openvino"]  # type: ignore[attr-defined]
    record = json.loads(next(tmp_path.glob("fastest_*.json")).read_text())
    assert record["milliseconds_per_frame"]["winograd"] > record["milliseconds_per_frame"]["openvino"]
    assert runtimes.open_cpu(weights, (64, 32), tmp_path).name == "openvino" and opened[2:] == ["openvino"]


def test_a_graph_whose_layers_cannot_be_read_runs_as_it_is(tmp_path: Path) -> None:
    runtime = runtimes.open_cpu(weights_at(tiny_graph(tmp_path / "tiny.onnx")), (64, 32), tmp_path)
    assert runtime.name == "openvino"
    runtime.close()
