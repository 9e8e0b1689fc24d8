"""Which device MODNet runs on."""

from __future__ import annotations

import importlib.metadata

from perscoach.core.errors import EngineError


def resolve_device(device: str) -> str:
    """``cpu`` or ``cuda:N`` for a device setting.

    Raises:
        EngineError: a GPU was asked for by name and there is none, or no such device name.
    """
    if device == "cpu":
        return "cpu"
    name, _, index = device.partition(":")
    if device != "auto" and (name != "cuda" or (index and not index.isdigit())):
        raise EngineError(
            f"device: expected auto, cpu, cuda or cuda:N, got {device!r:.40}.",
            f"device: нужно auto, cpu, cuda или cuda:N, получено {device!r:.40}.",
        )
    found = 0
    if _torch_may_see_gpus():
        import torch

        found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "auto":
        return "cuda:0" if found else "cpu"
    if int(index or 0) >= found:
        raise EngineError(
            f"device {device}: torch sees {found} GPUs here. Choose cpu or auto.",
            f"device {device}: torch видит здесь {found} GPU. Выберите cpu или auto.",
        )
    return f"cuda:{int(index or 0)}"


def _torch_may_see_gpus() -> bool:
    """False without torch and for its builds for processors alone; importing it only to ask takes seconds."""
    try:
        return not importlib.metadata.version("torch").endswith("+cpu")
    except importlib.metadata.PackageNotFoundError:
        return False
