"""The network, its weights and their forms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perscoach.core.errors import ModelError
from perscoach.matting.modnet.weights import CHECKPOINT_ENDINGS, load_network, weights_at
from tests.matting.modnet_material import network_input, random_files, tiny_graph

torch = pytest.importorskip("torch")


def run(network: object, x: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return network(torch.from_numpy(x)).numpy()  # type: ignore[operator]


def test_parameters_and_key_names_are_those_of_the_release() -> None:
    from perscoach.matting.modnet.network import PARAMETERS, MODNet

    network = MODNet()
    assert sum(p.numel() for p in network.parameters()) == PARAMETERS == 6_487_075
    shapes = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    assert len(shapes) == 751
    expected = {
        "backbone.model.features.0.0.weight": (32, 3, 3, 3),
        "backbone.model.features.17.conv.7.running_var": (320,),
        "lr_branch.backbone.model.features.18.0.weight": (1280, 320, 1, 1),
        "lr_branch.se_block.fc.2.weight": (1280, 320),
        "lr_branch.conv_lr16x.layers.0.weight": (96, 1280, 5, 5),
        "lr_branch.conv_lr.layers.0.bias": (1,),
        "hr_branch.conv_hr4x.0.layers.0.weight": (64, 99, 3, 3),
        "hr_branch.conv_hr2x.1.layers.1.bnorm.num_batches_tracked": (),
        "hr_branch.conv_hr.0.layers.0.weight": (32, 35, 3, 3),
        "f_branch.conv_f.0.layers.1.bnorm.weight": (8,),
        "f_branch.conv_f.1.layers.0.weight": (1, 16, 1, 1),
    }
    assert {key: shapes.get(key) for key in expected} == expected


def test_alpha_is_a_picture_within_0_and_1_and_follows_the_input() -> None:
    network = load_network(weights_at(random_files()[1]))
    first, second = run(network, network_input(0)), run(network, network_input(1))
    assert first.shape == (1, 1, 64, 96)
    assert first.min() >= 0 and first.max() <= 1 and first.std() > 0.02
    assert np.abs(first - second).mean() > 0.02


def test_a_graph_gives_back_the_weights_that_it_was_made_from() -> None:
    graph, checkpoint = random_files()
    x = network_input(2)
    ours, theirs = run(load_network(weights_at(graph)), x), run(load_network(weights_at(checkpoint)), x)
    assert np.abs(ours - theirs).max() < 1e-4


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s.pop("module.f_branch.conv_f.1.layers.0.bias"), "f_branch.conv_f.1.layers.0.bias is missing"),
        (lambda s: s.update({"module.extra": torch.zeros(1)}), "extra is not part of it"),
        (
            lambda s: s.update({"module.f_branch.conv_f.1.layers.0.bias": torch.zeros(2)}),
            "has shape (2,), expected (1,)",
        ),
        (
            lambda s: s.update({"module.f_branch.conv_f.1.layers.0.bias": torch.full((1,), float("nan"))}),
            "not finite",
        ),
    ],
)
def test_another_checkpoint_is_refused_by_name(tmp_path: Path, change: object, says: str) -> None:
    state = torch.load(random_files()[1], weights_only=True)
    change(state)  # type: ignore[operator]
    torch.save(state, tmp_path / "other.ckpt")
    with pytest.raises(ModelError, match=r"not a checkpoint of the released MODNet") as caught:
        load_network(weights_at(tmp_path / "other.ckpt"))
    assert says in caught.value.en and caught.value.ru != caught.value.en


def test_a_checkpoint_that_runs_code_is_refused(tmp_path: Path) -> None:
    import pickle

    target = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> object:
            return Path.touch, (target,)

    (tmp_path / "evil.ckpt").write_bytes(pickle.dumps({"state_dict": Trap()}))
    with pytest.raises(ModelError, match=r"cannot be read as a torch checkpoint"):
        load_network(weights_at(tmp_path / "evil.ckpt"))
    assert not target.exists()


def test_a_graph_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read as MODNet's"):
        load_network(weights_at(tiny_graph(tmp_path / "tiny.onnx")))
    (tmp_path / "noise.onnx").write_bytes(b"not a graph" * 100)
    with pytest.raises(ModelError):
        load_network(weights_at(tmp_path / "noise.onnx"))


def test_swapped_layers_of_equal_shape_are_noticed(tmp_path: Path) -> None:
    import onnx

    model = onnx.load(str(random_files()[0]))
    convolutions = [n for n in model.graph.node if n.op_type == "Conv" and "conv_hr2x" in n.name][-2:]
    first, second = convolutions
    # Same graph function, but listed in another order than it runs in: names the wrong weights for both.
    a, b = first.input[1], second.input[1]
    by_name = {i.name: i for i in model.graph.initializer}
    from perscoach.matting.modnet import from_onnx

    values = list(from_onnx._values(random_files()[0]))
    arrays = [onnx.numpy_helper.to_array(by_name[name]) for name in (a, b)]
    indices = [
        next(i for i, (_, v) in enumerate(values) if v and v[0].shape == arr.shape and np.array_equal(v[0], arr))
        for arr in arrays
    ]
    values[indices[0]], values[indices[1]] = values[indices[1]], values[indices[0]]
    from perscoach.matting.modnet.network import MODNet

    network = MODNet().eval()
    with torch.no_grad():
        from_onnx._fill(network, values)
    with pytest.raises(ModelError, match="alpha differs"):
        from_onnx._compare(network, random_files()[0])


def test_random_files_say_so_even_under_another_name(tmp_path: Path) -> None:
    graph, checkpoint = random_files()
    assert all("random" in path.name and weights_at(path).random for path in (graph, checkpoint))
    renamed = tmp_path / "modnet_webcam.onnx"
    renamed.write_bytes(graph.read_bytes())
    assert weights_at(renamed).random and "random weights" in weights_at(renamed).title()
    assert not weights_at(tiny_graph(tmp_path / "tiny.onnx")).random
    assert ".ckpt" in CHECKPOINT_ENDINGS


def test_runtimes_agree(tmp_path: Path) -> None:
    from perscoach.matting.modnet.runtimes import CPU_RUNTIMES, open_cpu

    x = network_input(5)
    graph, checkpoint = random_files()
    reference = run(load_network(weights_at(checkpoint)), x)
    for name in CPU_RUNTIMES:
        if name != "torch":
            pytest.importorskip(name) if name == "onnxruntime" else None
        runtime = open_cpu(weights_at(graph), (x.shape[3], x.shape[2]), tmp_path, only=name)
        alpha = runtime.infer(np.concatenate([x, x[:, :, ::-1]]))
        runtime.close()
        assert alpha.shape == (2, 1, 64, 96) and alpha.dtype == np.float32
        assert np.abs(alpha[:1] - reference).max() < 1e-4, name
