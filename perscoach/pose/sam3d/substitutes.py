"""Small replacements for two heavy packages, on ``sys.modules`` only while upstream's code is imported.

Upstream's inference touches very little of them: of torchvision ``ToTensor`` (crops to tensors) and the name of ``pad``
(never called), of PyTorch Lightning the base class of the network (its ``device``), one decorator and two class names.
The packages themselves would bring a second CUDA build that must fit torch to the digit (there is none for torch on a
CPU) and a training framework. So these stand in, on every machine alike; a package of that name that is really
installed is left as it is and comes back after the import.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from perscoach.core.arrays import Array


class ToTensor:
    """A picture as torchvision's ``ToTensor`` gives it: (H, W, C) uint8 becomes (C, H, W) float32 in 0..1.

    Other number types keep their values, as there.
    """

    def __call__(self, picture: Array) -> Tensor:
        if not isinstance(picture, np.ndarray) or picture.ndim not in (2, 3):
            raise TypeError(f"ToTensor: expected an array (H, W) or (H, W, C), got {type(picture).__name__}")
        planes = picture[:, :, None] if picture.ndim == 2 else picture
        tensor = torch.from_numpy(planes.transpose(2, 0, 1)).contiguous()
        return tensor.to(torch.get_default_dtype()).div(255) if tensor.dtype == torch.uint8 else tensor


class LightningModule(nn.Module):
    """What upstream's network uses of Lightning's base class."""

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return next(self.parameters()).device

    def save_hyperparameters(self, *_: Any, **__: Any) -> None:
        """For training only; nothing to keep."""


def _rank_zero_only(function: Callable[..., Any]) -> Callable[..., Any]:
    return function  # there is one process


def _unused(*_: Any, **__: Any) -> Any:
    raise NotImplementedError("inference does not come here")


def _module(name: str, **members: Any) -> ModuleType:
    module = ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)  # ``find_spec`` refuses modules without one
    for key, value in members.items():
        setattr(module, key, value)
    return module


def _modules() -> dict[str, ModuleType]:
    named = [
        _module("torchvision"),
        _module("torchvision.transforms", ToTensor=ToTensor),
        _module("torchvision.transforms.functional", pad=_unused),
        _module("pytorch_lightning", LightningModule=LightningModule),
        _module("pytorch_lightning.callbacks", ModelCheckpoint=type("ModelCheckpoint", (), {})),
        _module(
            "pytorch_lightning.loggers",
            TensorBoardLogger=type("TensorBoardLogger", (), {}),
            WandbLogger=type("WandbLogger", (), {}),
        ),
        _module("pytorch_lightning.utilities", rank_zero_only=_rank_zero_only),
    ]
    modules = {module.__name__: module for module in named}
    for name, module in modules.items():
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(modules[parent], child, module)
    return modules


@contextmanager
def in_place() -> Iterator[None]:
    """The replacements are what an import finds, until the block ends."""
    names = [n for n in sys.modules if n.split(".")[0] in ("torchvision", "pytorch_lightning")]
    before = {name: sys.modules.pop(name) for name in names}
    ours = _modules()
    sys.modules.update(ours)
    try:
        yield
    finally:
        for name in ours:
            sys.modules.pop(name, None)
        sys.modules.update(before)
