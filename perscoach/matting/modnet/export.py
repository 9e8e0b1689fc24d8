"""A torch network to an ONNX graph."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from perscoach.core.files import atomic

if TYPE_CHECKING:
    from torch import nn

OPSET = 17


def export_onnx(
    network: nn.Module,
    path: Path,
    mark: str | None = None,
    outputs: Sequence[str] = ("output",),
    axes: Mapping[int, str] = MappingProxyType({2: "height", 3: "width"}),
) -> None:
    """Write ``network`` as a graph with upstream's names: ``input`` (N, 3, H, W), ``output`` (N, 1, H, W), free N, H, W.

    Args:
        mark: a remark kept in the file's metadata.
        outputs: the names of its outputs.
        axes: the axes of the outputs that are free besides N.
    """
    import onnx
    import torch

    buffer = io.BytesIO()
    free: dict[str, dict[int, str]] = {"input": {0: "batch_size", 2: "height", 3: "width"}}
    free |= {name: {0: "batch_size", **{axis: f"{name}_{side}" for axis, side in axes.items()}} for name in outputs}
    with warnings.catch_warnings():
        # The exporter of graphs by tracing is deprecated and is the only one that needs no further package.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.zeros(1, 3, 64, 64),),
            buffer,  # type: ignore[arg-type]
            dynamo=False,
            opset_version=OPSET,
            input_names=["input"],
            output_names=list(outputs),
            dynamic_axes=free,
        )
    graph = onnx.load_from_string(buffer.getvalue())
    if mark is not None:
        onnx.helper.set_model_props(graph, {"perscoach": mark})
    with atomic(path) as part:
        onnx.save(graph, str(part))
