"""Weights out of a published ONNX graph, into our network.

Exporters rename parameters and melt batch norms into convolutions, so names are of no use. What stays is the order in
which upstream's ``forward`` runs the layers. It is followed layer by layer with every shape checked; ``load_onnx``
then compares both networks on a picture, so a pairing that is wrong anywhere does not go unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import ModelError

if TYPE_CHECKING:
    from torch import nn

    from perscoach.matting.modnet.network import MODNet

TOLERANCE = 2e-3
"""Largest difference of alpha allowed between the file and our network; the runtimes differ by about 3e-5."""


def load_onnx(network: MODNet, path: Path) -> None:
    """Fill ``network`` (in ``eval()``) from the graph at ``path``; the unused training heads become zero.

    Raises:
        ModelError: the graph is not a MODNet, or our network with its weights gives another alpha.
    """
    import torch

    try:
        values = list(_values(path))
        with torch.no_grad():
            _fill(network, values)
    except ModelError:
        raise
    except Exception as error:  # onnx raises many kinds on damaged files
        raise _unusable(path, f"{type(error).__name__}: {error}"[:120]) from error
    _compare(network, path)


def _unusable(path: Path, why: str) -> ModelError:
    return ModelError("modnet.other_graph", name=path.name, reason=why)


def _values(path: Path) -> Iterator[tuple[str, list[Array]]]:
    """("conv" | "norm" | "linear", its parameters) in the order of the graph."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    known: dict[str, Array] = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    for node in graph.node:
        arrays = [known[name] for name in node.input if name in known]
        if node.op_type == "Constant":
            known[node.output[0]] = next(numpy_helper.to_array(a.t) for a in node.attribute if a.name == "value")
        elif node.op_type == "Identity" and arrays:
            known[node.output[0]] = arrays[0]
        elif node.op_type == "Transpose" and arrays:
            known[node.output[0]] = arrays[0].T
        elif node.op_type == "Conv":
            yield "conv", arrays
        elif node.op_type == "BatchNormalization":
            yield "norm", arrays
        elif node.op_type == "MatMul":
            yield "linear", [arrays[0].T]
        elif node.op_type == "Gemm":
            turned = any(a.name == "transB" and a.i for a in node.attribute)
            yield "linear", [arrays[0] if turned else arrays[0].T]


def _order(network: MODNet) -> list[nn.Module]:
    """Convolutions, batch norms and linear layers in the order in which ``forward`` runs them."""
    import torch
    from torch import nn

    ran: list[nn.Module] = []
    hooks = [
        module.register_forward_hook(lambda module, _inputs, _output: ran.append(module))
        for module in network.modules()
        if isinstance(module, (nn.Conv2d, nn.BatchNorm2d, nn.Linear))
    ]
    with torch.inference_mode():
        network(torch.zeros(1, 3, 32, 32))
    for hook in hooks:
        hook.remove()
    return ran


def _fill(network: MODNet, values: list[tuple[str, list[Array]]]) -> None:
    from torch import nn

    for head in (network.lr_branch.conv_lr, network.hr_branch.conv_hr):
        for parameter in head.parameters():
            parameter.zero_()
    layers = _order(network)
    position = 0
    previous: list[Array] = []
    for index, layer in enumerate(layers):
        kind = "conv" if isinstance(layer, nn.Conv2d) else "linear" if isinstance(layer, nn.Linear) else "norm"
        found = values[position][0] if position < len(values) else "the end"
        conv_before = layers[index - 1] if index else None
        if kind == "norm" and isinstance(conv_before, nn.Conv2d) and conv_before.bias is None and found != "norm":
            _set_melted(layer, previous[1])  # a batch norm that went into the convolution before it
            continue
        if found != kind:
            raise ValueError(f"layer {index}: expected {kind}, found {found}")
        previous = values[position][1]
        position += 1
        _set(layer, previous)
    if position != len(values):
        raise ValueError(f"expected {position} layers with weights, found {len(values)}")


def _set(layer: Any, arrays: list[Array]) -> None:
    from torch import nn

    if isinstance(layer, nn.BatchNorm2d):
        targets = [layer.weight, layer.bias, layer.running_mean, layer.running_var]
    elif getattr(layer, "bias", None) is not None:
        targets = [layer.weight, layer.bias]
    else:
        targets, arrays = [layer.weight], arrays[:1]
    if len(arrays) != len(targets):
        raise ValueError(f"expected {len(targets)} parameters, found {len(arrays)}")
    for target, array in zip(targets, arrays, strict=True):
        _copy(target, array)


def _set_melted(layer: Any, bias: Array) -> None:
    """A batch norm that only adds ``bias``: mean 0 and variance 1 - eps, so that its scale is exactly 1."""
    layer.weight.fill_(1)
    layer.running_mean.zero_()
    layer.running_var.fill_(1 - layer.eps)
    _copy(layer.bias, bias)


def _copy(target: Any, array: Array) -> None:
    import torch

    if tuple(target.shape) != array.shape:
        raise ValueError(f"expected shape {tuple(target.shape)}, found {array.shape}")
    target.copy_(torch.from_numpy(np.array(array, np.float32)))


def _compare(network: MODNet, path: Path) -> None:
    import torch

    from perscoach.matting.modnet.runtime_onnx import OnnxRuntime

    picture = np.random.default_rng(7).uniform(-1, 1, (1, 3, 64, 96)).astype(np.float32)
    runtime = OnnxRuntime(path, threads=1)
    theirs = runtime.infer(picture)
    runtime.close()
    with torch.inference_mode():
        ours = network(torch.from_numpy(picture)).numpy()
    worst = float(np.abs(ours - theirs).max()) if ours.shape == theirs.shape else float("inf")
    if not worst <= TOLERANCE:
        raise _unusable(path, f"alpha differs by {worst:.3g}")
