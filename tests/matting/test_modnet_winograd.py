"""Our own convolutions against torch's, and the network in two parts against the whole."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("numba")

from perscoach.core.errors import ModelError  # noqa: E402
from perscoach.matting.modnet import enlarged, int8, integers, runtimes  # noqa: E402
from perscoach.matting.modnet.filters import fold_picture, last_layer, pack, working_memory  # noqa: E402
from perscoach.matting.modnet.weights import weights_at  # noqa: E402
from perscoach.matting.modnet.winograd import convolve  # noqa: E402
from tests.matting.modnet_material import network_input, random_files, tiny_graph  # noqa: E402

needs_integers = pytest.mark.skipif(not integers.possible(), reason="integer convolutions need AVX2")
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

    convolve(x, x2, enlarge, False, norm, pack(weight), bias, bias, y, sums, *working_memory(depth, outputs))

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
    bias = np.zeros(16, np.float32)
    convolve(x, x2, False, True, norm, pack(weight), bias, bias, y, sums, *working_memory(24, 16))
    repeated = torch.nn.functional.pad(planes(normal(x, norm[:, :8])), (1, 1, 1, 1), mode="replicate")
    zeros = torch.nn.functional.pad(planes(normal(x2, norm[:, 8:])), (1, 1, 1, 1))
    wanted = torch.nn.functional.conv2d(torch.cat((repeated, zeros), 1), torch.from_numpy(weight).double())
    assert np.abs(y - wanted[0].permute(1, 2, 0).numpy()).max() < 5e-5


def in_integers(
    x: np.ndarray, x2: np.ndarray, enlarge: bool, norm: np.ndarray, weight: np.ndarray, bias: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(result, sums) of the convolution in integers, with the limits of the inputs as they are."""
    outputs, depth = len(bias), norm.shape[1]
    height, width = (2 * x.shape[0], 2 * x.shape[1]) if enlarge else x.shape[:2]
    low, high = np.empty(depth, np.float32), np.empty(depth, np.float32)
    integers.limits(normal(x, norm[:, : x.shape[2]]), low[: x.shape[2]], high[: x.shape[2]])
    if x2.size:
        integers.limits(normal(x2, norm[:, x.shape[2] :]), low[x.shape[2] :], high[x.shape[2] :])
    levels, worth = integers.levels_of(norm, low, high)
    packed = integers.pack_even(weight)
    filters = np.empty((36, outputs // 16, packed.shape[2] // 2, 32), np.int16)
    back = np.empty(outputs, np.float32)
    integers.filter_levels(packed, worth, filters, back)
    y, sums = np.full((height, width, outputs), np.nan, np.float32), np.zeros((3, outputs))
    sums[2] = -np.inf
    work = integers.working_memory(depth, outputs)
    convolve(x, x2, enlarge, False, levels, filters, back, bias, y, sums, *work)
    return y, sums


@needs_integers
@pytest.mark.parametrize("enlarge", [False, True], ids=["as it is", "enlarged"])
@pytest.mark.parametrize("size", [(4, 4), (12, 104)])
def test_the_convolution_in_integers_is_nearly_the_same(size: tuple[int, int], enlarge: bool) -> None:
    """Two inputs, the second one with channels below zero; filters of an odd number of inputs."""
    rng = np.random.default_rng(size[1])
    height, width = size
    low = (height // 2, width // 2) if enlarge else size
    x, x2 = rng.normal(size=(*low, 24)).astype(np.float32), rng.normal(size=(height, width, 16)).astype(np.float32)
    weight = rng.normal(size=(32, 37, 3, 3)).astype(np.float32) / 12
    bias = rng.normal(size=32).astype(np.float32)
    norm = np.ones((3, 40), np.float32) * np.array([[2], [0.5], [0]], np.float32)
    norm[2, 24:] = -np.inf
    norm[0, :8] = 0.01  # channels a hundred times smaller than others
    weight[:, :8] *= 100
    exact, sums = np.empty((height, width, 32), np.float32), np.zeros((2, 32))
    convolve(x, x2, enlarge, False, norm, pack(weight), bias, bias, exact, sums, *working_memory(40, 32))
    y, found = in_integers(x, x2, enlarge, norm, weight, bias)
    error = y - exact
    assert np.sqrt((error**2).mean()) < 0.008 * exact.std() and np.abs(error).max() < 0.06 * exact.std()
    assert np.allclose(found[0], y.sum((0, 1)), rtol=1e-4, atol=1e-2)
    assert np.array_equal(found[2], y.max((0, 1)))


@needs_integers
@pytest.mark.parametrize("signed", [False, True])
def test_integers_never_overflow(signed: bool) -> None:
    """Pictures and filters at their limits, in the patterns that B' x B and the sum over channels enlarge most."""
    rng = np.random.default_rng(9)
    size, depth, bias, norm = (16, 16), 104, np.zeros(16, np.float32), np.zeros((3, 104), np.float32)
    norm[0], norm[2] = 1, -np.inf
    row = np.array([0, -1, -1, 1, 1, 0, -1, -1, 1, 1, 0, -1, -1, 1, 1, 0])
    for pattern in (np.outer(row, row), np.ones(size), np.outer(row, np.roll(row, 1)), rng.choice([-1, 1], size)):
        plane = pattern if signed else pattern > 0
        x = np.repeat(plane.astype(np.float32)[:, :, None], depth, 2)
        for weight in (np.ones((16, depth, 3, 3), np.float32), rng.choice([-1, 1], (16, depth, 3, 3))):
            exact, sums = np.empty((*size, 16), np.float32), np.zeros((2, 16))
            weight = weight.astype(np.float32)
            convolve(x, NONE, False, False, norm, pack(weight), bias, bias, exact, sums, *working_memory(depth, 16))
            y, _ = in_integers(x, NONE, False, norm, weight, bias)
            assert np.abs(y - exact).max() < 0.02 * 9 * depth  # of the most that could come out


@needs_integers
def test_the_network_in_integers_passes_the_test_that_decides() -> None:
    """Also with random weights, whose alpha is nowhere black or white; 8 bits of every layer fail it there."""
    runtime = runtimes.open_cpu(
        weights_at(random_files()[1]), (64, 160), random_files()[0].parent / "halves", "winograd"
    )
    quick = runtime.integers()  # type: ignore[attr-defined]
    inputs = [network_input(seed, 64, 160) for seed in range(4)]
    assert int8.compare(runtime, quick, inputs).accurate
    assert not np.array_equal(quick.infer(inputs[0]), runtime.infer(inputs[0]))
    assert quick.precision == "int16"
    runtime.close()


@pytest.mark.parametrize("size", [(1, 1), (3, 4), (5, 50)])
def test_a_5x5_convolution_of_an_enlarged_map_is_torchs(size: tuple[int, int]) -> None:
    """From the map itself, and from the taps' 1x1 convolutions."""
    rng = np.random.default_rng(size[1])
    height, width = size
    x, weight = rng.normal(size=(height, width, 24)), rng.normal(size=(32, 24, 5, 5)) / 25
    x, bias = x.astype(np.float32), rng.normal(size=32).astype(np.float32)
    norm = np.array([[1.3], [0.1], [0]], np.float32).repeat(24, 1)
    big = torch.nn.functional.interpolate(planes(normal(x, norm)), scale_factor=2, mode="bilinear", align_corners=False)
    wanted = torch.nn.functional.conv2d(big, torch.from_numpy(weight), torch.from_numpy(bias).double(), padding=2)
    wanted = wanted[0].permute(1, 2, 0).numpy()
    taps = np.einsum("hwc,ocab->hwabo", normal(x, norm), weight).reshape(height, width, -1).astype(np.float32)
    for once in (True, False):
        y, sums = np.full((2 * height, 2 * width, 32), np.nan, np.float32), np.zeros((3, 32))
        sums[2] = -np.inf
        if once:
            enlarged.sum_enlarged(taps, bias, y, sums)
        else:
            work = enlarged.working_memory(width, 24, 32)
            enlarged.convolve_enlarged(x, norm, enlarged.pack_taps(weight), *work, bias, y, sums)
        assert np.abs(y - wanted).max() < 2e-5
        assert np.allclose(
            sums, [wanted.sum((0, 1)), (wanted**2).sum((0, 1)), wanted.max((0, 1))], rtol=1e-4, atol=1e-3
        )


def test_filters_of_another_shape_are_refused() -> None:
    for shape in ((16, 8, 5, 5), (12, 8, 3, 3), (16, 8)):
        for packed in (pack, integers.pack_even):
            with pytest.raises(ValueError, match="filters"):
                packed(np.zeros(shape, np.float32))
    with pytest.raises(ValueError, match="filters"):
        enlarged.pack_taps(np.zeros((16, 8, 3, 3), np.float32))


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
