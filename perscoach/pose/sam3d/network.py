"""Upstream's network on a device, with the weights given: every tensor accounted for, the rig in memory once.

Number types are upstream's (``BaseModel.convert_to_fp16``): of the whole network only the backbone is ever in half
precision; the decoder, the heads and the rig stay float32. Upstream takes the type from its configuration (bfloat16);
here it follows the device, since bfloat16 is emulated on cards before Ampere and slow there.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from perscoach.core.errors import EngineError, ModelError
from perscoach.pose.sam3d import config, upstream
from perscoach.pose.sam3d.checkpoint import Weights, check_whole, look_at_rig

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

# Tensors of upstream's network that the published checkpoint has no values for, and why that is right.
_MASK_TOKEN = "backbone.encoder.mask_token"  # stands for hidden patches in DINOv3's training; zero, and never looked at
_ORIGINALS = ("head_pose.hand_pose_comps_ori", "head_pose_hand.hand_pose_comps_ori")  # a copy upstream keeps, unused
_RIGS = ("head_pose.mhr.", "head_pose_hand.mhr.")  # from mhr_model.pt
_BUILDING = threading.Lock()
_SHOWN = 6  # names of tensors in an error


def precision(device: str | torch.device) -> torch.dtype:
    """The backbone's number type: bfloat16 from Ampere on (compute capability 8), float16 before, float32 on a CPU."""
    import torch

    place = torch.device(device)
    if place.type != "cuda":
        return torch.float32
    return torch.bfloat16 if torch.cuda.get_device_capability(place)[0] >= 8 else torch.float16


def build(weights: Weights, device: str | torch.device = "cpu", dtype: torch.dtype | None = None) -> nn.Module:
    """Upstream's ``SAM3DBody`` in ``eval()`` on ``device``, without gradients.

    Nothing random is drawn and nothing is loaded twice: the modules are made without memory and take their tensors
    straight from the safetensors file. Both heads share one rig.

    Args:
        dtype: of the backbone; ``precision(device)`` by default.

    Raises:
        EngineError: upstream's code is missing or another.
        ModelError: a file is wrong, or a tensor is missing, unexpected or of another shape (the sentence names it).
    """
    import torch

    upstream.load()
    dtype = precision(device) if dtype is None else dtype
    if str(dtype).removeprefix("torch.") not in config.PRECISIONS:
        raise ValueError(f"dtype: expected float32, bfloat16 or float16, got {dtype}")
    node = config.node(weights.values(), weights.mhr, str(dtype).removeprefix("torch."))
    place = torch.device(device)
    rig = load_rig(weights.mhr, place)
    with torch.no_grad():
        model = made(node, rig, "meta")
        _fill(model, weights, place)
        _settle(model, node, place)
    _check_nothing_is_left(model)
    return model.eval().requires_grad_(False)


def load_rig(path: Path, device: str | torch.device) -> Any:
    """The rig (MHR, TorchScript) in float32. Loading it runs the code in the file.

    Raises:
        ModelError: the file is damaged or cannot be loaded.
    """
    import torch

    look_at_rig(path)
    check_whole(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # torch has another format; MHR is published in this one
            rig = torch.jit.load(str(path), map_location=torch.device(device))  # type: ignore[no-untyped-call]
    except (RuntimeError, ValueError, OSError) as error:
        raise ModelError("sam3d.rig_unreadable", file=path.name, reason=_first_line(error)) from error
    return rig.eval()


def made(node: Any, rig: Any, device: str) -> nn.Module:
    """Upstream's network with ``rig`` in both heads: on ``meta`` without memory, elsewhere with its starting values."""
    import importlib

    import torch

    meta_arch = importlib.import_module(f"{upstream.BODY.package}.models.meta_arch")
    heads = importlib.import_module(f"{upstream.BODY.package}.models.heads.mhr_head")
    with _BUILDING, _giving(heads, rig), torch.device(device):
        model: nn.Module = meta_arch.SAM3DBody(node)
    return model


def is_stored(name: str) -> bool:
    """Whether the published checkpoint has a tensor of this name of upstream's network."""
    return name not in (_MASK_TOKEN, *_ORIGINALS) and not name.startswith(_RIGS)


@contextmanager
def _giving(heads: Any, rig: Any) -> Iterator[None]:
    """Upstream's head loads the rig from its file each time it is made; here it is given the one that is there."""
    real = heads.torch

    class Torch:
        jit = SimpleNamespace(load=lambda *_, **__: rig)

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

    heads.torch = Torch()
    try:
        yield
    finally:
        heads.torch = real


def _fill(model: nn.Module, weights: Weights, device: torch.device) -> None:
    from safetensors import safe_open

    path = weights.safe()
    wanted = {name: tensor for name, tensor in model.state_dict().items() if not name.startswith(_RIGS)}
    rig = model.head_pose.mhr.state_dict()  # type: ignore[union-attr]
    with safe_open(str(path), framework="pt", device=str(device)) as file:
        have = set(file.keys())
        check_names(wanted, have, path)
        _check_rig(file, have, rig, path)
        for name in sorted(wanted.keys() & have):
            found = tuple(file.get_slice(name).get_shape())
            if found != tuple(wanted[name].shape):
                raise ModelError(
                    "sam3d.shape", file=path.name, name=name, found=str(found), expected=str(tuple(wanted[name].shape))
                )
        state = {name: _as(file.get_tensor(name), wanted[name]) for name in wanted.keys() & have}
    for name in wanted.keys() - have:
        state[name] = _stand_in(name, wanted[name], device)
    model.load_state_dict(state, strict=False, assign=True)


def check_names(wanted: Iterable[str], have: Iterable[str], path: Path) -> None:
    """Whether the checkpoint has exactly the tensors of the network, but for those that come from elsewhere.

    Raises:
        ModelError: the sentence names the missing and the unexpected ones.
    """
    missing = sorted(name for name in set(wanted) - set(have) if is_stored(name))
    surplus = sorted(name for name in set(have) - set(wanted) if not name.startswith(_RIGS))
    if not missing and not surplus:
        return
    raise ModelError("sam3d.unfit", file=path.name, missing=_count(missing), surplus=_count(surplus))


def _count(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more or "–"


def _check_rig(file: Any, have: set[str], rig: dict[str, Tensor], path: Path) -> None:
    """A checkpoint may carry the rig's tensors along; they must be those of ``mhr_model.pt``, which both heads share."""
    import torch

    for name in sorted(n for n in have if n.startswith(_RIGS)):
        own = rig.get(name.split(".mhr.", 1)[1])
        if own is not None and not torch.equal(file.get_tensor(name).to(own), own):
            raise ModelError("sam3d.other_rigs", file=path.name, name=name)


def _as(tensor: Tensor, like: Tensor) -> Tensor:
    """In the number type of the network's own tensor (whole numbers are never made of others, nor others of them)."""
    if tensor.is_floating_point() != like.is_floating_point():
        raise ModelError("sam3d.number_type", found=str(tensor.dtype), expected=str(like.dtype))
    return tensor.to(like.dtype)


def _stand_in(name: str, like: Tensor, device: torch.device) -> Tensor:
    """What upstream has where the checkpoint says nothing (see ``_MASK_TOKEN``, ``_ORIGINALS``)."""
    import torch

    if name == _MASK_TOKEN:
        return torch.zeros(like.shape, dtype=like.dtype, device=device)
    return torch.eye(like.shape[0], dtype=like.dtype, device=device)


def _settle(model: nn.Module, node: Any, device: torch.device) -> None:
    """The two buffers that upstream takes from the configuration and does not store."""
    import torch

    for name, values in (("image_mean", node.MODEL.IMAGE_MEAN), ("image_std", node.MODEL.IMAGE_STD)):
        model.register_buffer(name, torch.tensor(values, device=device).view(-1, 1, 1), persistent=False)


def _check_nothing_is_left(model: nn.Module) -> None:
    """Every tensor has memory: a guard against an upstream that makes one in a new way."""
    from itertools import chain

    left = [name for name, tensor in chain(model.named_parameters(), model.named_buffers()) if tensor.is_meta]
    if left:
        raise EngineError("sam3d.no_values", names=_count(left))


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
