"""The true architecture with seeded random weights, for tests and for measuring speed where no checkpoint can be had.

Such a network cuts out nothing. Its files are called ``…random…`` and carry a mark inside; ``engine`` says so in
``describe()``, and ``auto`` never takes them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.core.files import atomic

if TYPE_CHECKING:
    from torch import Tensor

    from perscoach.matting.modnet.network import MODNet

ONNX_NAME = "modnet_random.onnx"
CHECKPOINT_NAME = "modnet_random.ckpt"
MIN_SPREAD = 0.05
"""Standard deviation of alpha below which the network counts as constant and would prove nothing."""
ROUGHNESS, RESIDUAL, SHARPNESS = 0.3, 0.3, 2.0
"""The random part of a filter; the weight of residual branches; how steep alpha is."""


def random_network(
    seed: int = 0, sharpness: float = SHARPNESS, share: float = 0.5, picture: Tensor | None = None
) -> MODNet:
    """A network in ``eval()`` whose alpha follows the picture, smoothly, with half of the picture on either side of 0.5.

    Wholly random weights amplify a change of 1/1000 in the picture to 1/10 in alpha, through sixty layers that all
    sharpen; two correct runtimes would disagree, and 8 bits could only fail. Trained filters are mostly smooth, so
    these are: bell-shaped with a random part, and with quiet residual branches.

    Raises:
        RuntimeError: the alpha of a test picture has no spread with this seed.
    """
    import torch

    from perscoach.matting.modnet.network import MODNet

    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        network = MODNet().eval()
        _draw(network)
        picture = _test_picture() if picture is None else picture
        _settle(network, picture)
        last: Any = network.get_submodule("f_branch.conv_f.1.layers.0")
        middle = torch.quantile(torch.logit(network(picture), 1e-6), 1 - share)
        last.weight.mul_(sharpness)
        last.bias.sub_(middle).mul_(sharpness)
        spread = float(network(picture).std())
    if spread < MIN_SPREAD:
        raise RuntimeError(f"random MODNet, seed {seed}: alpha has a spread of {spread:.4f}, expected {MIN_SPREAD}")
    return network


def _draw(network: MODNet) -> None:
    import torch
    from torch import nn

    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if isinstance(module, nn.Conv2d):
            kernel = module.kernel_size[0]
            if kernel > 1:
                outputs, inputs = module.weight.shape[:2]
                amplitude = torch.randn(outputs, inputs, 1, 1)
                amplitude = amplitude.abs() + 0.5 if inputs == 1 else amplitude
                scale = (2 / inputs) ** 0.5
                module.weight.mul_(ROUGHNESS).add_(amplitude * _bell(kernel) * scale * (1 - ROUGHNESS))
            if module.bias is not None:
                module.bias.normal_(0, 0.1)
        elif isinstance(module, nn.BatchNorm2d):
            module.weight.uniform_(0.7, 1.3)
            module.bias.normal_(0, 0.1)
    for block in network.backbone.model.features:
        if getattr(block, "shortcut", False):
            block.conv[-1].weight.mul_(RESIDUAL)  # type: ignore[index, union-attr]


def _bell(kernel: int) -> Tensor:
    """A Gaussian of (kernel, kernel) with norm 1."""
    import torch

    line = torch.exp(-((torch.arange(kernel) - (kernel - 1) / 2) ** 2) / (2 * (kernel / 3) ** 2))
    bell = line[:, None] * line[None, :]
    result: Tensor = bell / bell.norm()
    return result


def _test_picture() -> Tensor:
    """Shapes of all sizes, (4, 3, 192, 192) in -1..1: what photographs have and white noise has not.

    Several, and large, because a batch norm at 1/32 sees a picture of 192 pixels as 6x6 numbers.
    """
    import torch
    import torch.nn.functional as F

    random = torch.Generator().manual_seed(1)
    picture = torch.zeros(4, 3, 192, 192)
    for cells in (3, 6, 12, 24, 48):
        noise = torch.randn((4, 3, cells, cells), generator=random) * (3 / cells) ** 0.5
        picture += F.interpolate(noise, size=(192, 192), mode="bicubic", align_corners=False)
    return (picture * 0.4).clamp(-1, 1)


def _settle(network: MODNet, picture: Tensor) -> None:
    """Batch norms take their statistics from the picture, as training would have given them."""
    from torch import nn

    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
        norm.train()
    network(picture)
    for norm in norms:
        norm.momentum = 0.1
        norm.eval()
        norm.running_var.clamp_(min=1e-3)  # type: ignore[union-attr]


def write_random(
    folder: Path, seed: int = 0, sharpness: float = SHARPNESS, share: float = 0.5, picture: Tensor | None = None
) -> tuple[Path, Path]:
    """Write ``modnet_random.onnx`` (opset 17, free batch, height and width) and ``modnet_random.ckpt`` (upstream's names).

    Args:
        folder: where.
        seed: of the random part.
        sharpness: how steep alpha is; a trained matte is nearly black and white, which needs about ten times the default.
        share: of the picture that counts as a person.
        picture: (1, 3, h, w) in -1..1, sides divisible by 32, that the statistics are taken from; a made one by default.

    Returns:
        The paths of the graph and of the checkpoint.
    """
    import torch

    from perscoach.matting.modnet.export import export_onnx
    from perscoach.matting.modnet.weights import RANDOM_MARK

    network = random_network(seed, sharpness, share, picture)
    graph, checkpoint = folder / ONNX_NAME, folder / CHECKPOINT_NAME
    export_onnx(network, graph, mark=RANDOM_MARK)
    with atomic(checkpoint) as part:
        torch.save({f"module.{key}": value for key, value in network.state_dict().items()}, part)
    return graph, checkpoint
