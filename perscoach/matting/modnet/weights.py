"""MODNet's weights: finding the file, identifying it, and loading every published form as one state dict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from perscoach.core.errors import ModelError
from perscoach.core.files import sha256_of
from perscoach.core.settings import load_settings

if TYPE_CHECKING:
    from torch import Tensor

    from perscoach.matting.modnet.network import MODNet

OVERRIDE = "PERSCOACH_MODNET_WEIGHTS"
"""Names a file that is used in place of both checkpoints (a fine-tuned one, or random ones for measuring)."""
CHECKPOINT_ENDINGS = (".ckpt", ".pt", ".pth")
RANDOM_MARK = "perscoach random weights"
"""Stands in the metadata of files that ``random_weights`` writes; they are also called ``…random…``."""
# The names under which upstream gives its checkpoints away, for operators who have these files.
_UPSTREAM = {
    "video": ("modnet_webcam_portrait_matting", "modnet_webcam", "modnet_video"),
    "photo": ("modnet_photographic_portrait_matting", "modnet_photo"),
}


@dataclass(frozen=True)
class Weights:
    """A file of weights.

    Attributes:
        path: an ONNX graph or a torch checkpoint.
        sha256: of its bytes, in hex.
        random: made for measuring; cuts nothing out.
    """

    path: Path
    sha256: str
    random: bool

    @property
    def onnx(self) -> bool:
        return self.path.suffix.lower() == ".onnx"

    def title(self) -> str:
        """For people and ``bundle.json``."""
        start = "random weights, for measuring only: " if self.random else ""
        return f"{start}{self.path.name} (sha256 {self.sha256[:12]})"


def find(model: str) -> Weights:
    """The weights of ``model`` (``video`` or ``photo``): the operator's override, the fetched ONNX, an upstream checkpoint.

    Raises:
        ModelError: none is there.
    """
    path = load_settings().files.modnet
    if path is not None:
        if not path.is_file() or path.suffix.lower() not in (".onnx", *CHECKPOINT_ENDINGS):
            raise ModelError("modnet.override", variable=OVERRIDE, name=repr(path.name)[:80])
        return weights_at(path)
    from perscoach.models import path_of

    try:
        return weights_at(path_of(f"modnet_{model}"))
    except ModelError:
        checkpoint = _checkpoint(model)
        if checkpoint is None:
            raise
        return weights_at(checkpoint)


def _checkpoint(model: str) -> Path | None:
    folder = load_settings().checkpoints
    names = (folder / f"{stem}{ending}" for stem in _UPSTREAM[model] for ending in CHECKPOINT_ENDINGS)
    return next((path for path in names if path.is_file()), None)


def weights_at(path: Path) -> Weights:
    """Identify the file at ``path``; cached until it changes."""
    stat = path.stat()
    return _identify(path.resolve(), stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=8)
def _identify(path: Path, changed: int, size: int) -> Weights:
    """Identify ``path``; ``changed`` and ``size`` are part of the cache's key, so a replaced file is read again."""
    marked = "random" in path.name.lower()
    if not marked:
        with path.open("rb") as file:
            file.seek(max(0, size - 4096))  # where ONNX and zip keep metadata; a renamed random file is still found
            marked = RANDOM_MARK.encode() in file.read()
    return Weights(path, sha256_of(path), marked)


def load_network(weights: Weights) -> MODNet:
    """The torch network in ``eval()`` on the CPU with these weights.

    Raises:
        ModelError: the file holds something else than the released MODNet.
    """
    from perscoach.matting.modnet.network import MODNet

    network = MODNet().eval()
    if weights.onnx:
        from perscoach.matting.modnet.from_onnx import load_onnx

        load_onnx(network, weights.path)
    else:
        load_checkpoint(network, weights.path)
    return network


def load_checkpoint(network: MODNet, path: Path) -> None:
    """Load an upstream checkpoint strictly; ``module.`` in front of names (torch's DataParallel) is taken off.

    Raises:
        ModelError: not a checkpoint, or one of another network: names what is missing, extra or of another shape.
    """
    import torch

    try:
        loaded: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds on damaged or unsafe files
        raise ModelError("modnet.not_a_checkpoint", name=path.name, kind=type(error).__name__) from error
    state = _state_of(loaded, path)
    expected = network.state_dict()
    wrong = list(_differences(expected, state))
    if wrong:
        raise ModelError("modnet.other_checkpoint", name=path.name, count=len(wrong), first=wrong[0])
    network.load_state_dict(state, strict=True)


def _state_of(loaded: Any, path: Path) -> dict[str, Tensor]:
    import torch

    if isinstance(loaded, dict) and isinstance(loaded.get("state_dict"), dict):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, dict) or not all(isinstance(k, str) and torch.is_tensor(v) for k, v in loaded.items()):
        raise ModelError("modnet.no_tensors", name=path.name)
    return {key.removeprefix("module."): value for key, value in loaded.items()}


def _differences(expected: dict[str, Tensor], state: dict[str, Tensor]) -> Iterator[str]:
    for key, value in expected.items():
        if key not in state:
            yield f"{key} is missing"
        elif state[key].shape != value.shape:
            yield f"{key} has shape {tuple(state[key].shape)}, expected {tuple(value.shape)}"
        elif value.is_floating_point() and not np.isfinite(state[key].float().abs().max().item()):
            yield f"{key} has numbers that are not finite"
    for key in state:
        if key not in expected:
            yield f"{key[:80]} is not part of it"
