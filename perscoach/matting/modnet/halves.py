"""The rewritten network in two parts: what OpenVINO runs well, and what ``fine`` runs.

The first part is the backbone and the first layers of the high-resolution branch. The second part, the 5x5 convolutions
of enlarged maps and the dense 3x3 ones, is two thirds of all multiplications and is handed over as plain arrays.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perscoach.core.arrays import Array
from perscoach.core.files import atomic
from perscoach.matting.modnet.export import export_onnx
from perscoach.matting.modnet.fine import MAPS

if TYPE_CHECKING:
    from perscoach.matting.modnet.network import MODNet


def _halved(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=0.5, mode="bilinear", align_corners=False)


class Coarse(nn.Module):
    """(N, 3, H, W) to four maps, channels last: (N, h, w, C).

    ``quarter`` and ``skip`` (1/4, 32 each): side by side the input of ``conv_enc4x``; ``half`` (1/2, 32):
    ``tohr_enc2x``; ``taps`` (1/32, 25 * 96): the 1x1 convolutions of ``conv_lr16x``.
    """

    def __init__(self, network: MODNet) -> None:
        super().__init__()
        self.low, self.high = network.lr_branch, network.hr_branch

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        low: Any = self.low
        enc2x, enc4x, enc32x = low.backbone(image)
        high: Any = self.high
        half = high.tohr_enc2x(enc2x)
        hr4x = high.conv_enc2x(torch.cat((_halved(image), half), 1))
        taps = low.conv_lr16x.layers[0].taps(low.se_block(enc32x))
        maps = (hr4x, high.tohr_enc4x(enc4x), half, taps)
        return tuple(x.permute(0, 2, 3, 1) for x in maps)


def write_halves(network: MODNet, graph: Path, arrays: Path) -> None:
    """Write both parts of ``network`` (from ``rewrite.for_cpu``): an ONNX graph and the filters of ``fine`` as ``.npz``."""
    high: Any = network.hr_branch
    low: Any = network.lr_branch
    fusion: Any = network.f_branch
    blocks = {
        "lr8x": low.conv_lr8x,
        "lr4x": fusion.conv_lr4x,
        "enc4x": high.conv_enc4x,
        **{f"hr4x{i}": block for i, block in enumerate(high.conv_hr4x)},
        **{f"hr2x{i}": block for i, block in enumerate(high.conv_hr2x)},
        "f2x": fusion.conv_f2x,
        "f0": fusion.conv_f[0],
    }
    values: dict[str, Array] = {}
    for name, block in blocks.items():
        conv, norm = block.layers[0], block.layers[1]
        values[f"{name}.weight"], values[f"{name}.bias"] = _array(conv.weight), _array(conv.bias)
        values[f"{name}.norm"] = np.array([norm.split, norm.eps], np.float64)
    enlarged, norm = low.conv_lr16x.layers[:2]
    values["lr16x.bias"] = _array(enlarged.bias).reshape(-1)
    values["lr16x.norm"] = np.array([norm.split, norm.eps], np.float64)
    last = fusion.conv_f[1].layers[0]
    values["f1.weight"], values["f1.bias"] = _array(last.weight), _array(last.bias)
    export_onnx(Coarse(network).eval(), graph, outputs=MAPS, axes={1: "height", 2: "width"})
    with atomic(arrays) as part:
        np.savez(part, **values)


def _array(tensor: Tensor) -> Array:
    return tensor.detach().numpy().astype(np.float32)
