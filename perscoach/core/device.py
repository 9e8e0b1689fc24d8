"""The device setting of the engines: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``."""

from __future__ import annotations

import importlib.metadata
import re

from perscoach.core.errors import EngineError, SettingsError

_DEVICE = re.compile(r"auto|cpu|cuda(:[0-9]{1,3})?", re.ASCII)


def check_device(name: str, value: object) -> str:
    """A device setting in form; ``resolve_device`` finds out whether the device exists.

    Args:
        name: what the sentence calls the setting.

    Raises:
        SettingsError: anything but ``auto``, ``cpu``, ``cuda`` and ``cuda:N``.

    Example:
        >>> check_device("device", "cuda:1")
        'cuda:1'
    """
    if not isinstance(value, str) or not _DEVICE.fullmatch(value):
        raise SettingsError("checks.device", name=name, value=f"{value!r:.40}")
    return value


def resolve_device(device: str) -> str:
    """``cpu`` or ``cuda:N`` for a device setting: the first GPU for ``cuda``, and for ``auto`` where there is one.

    Raises:
        SettingsError: not a device setting.
        EngineError: a GPU was named that torch does not find.
    """
    check_device("device", device)
    if device == "cpu":
        return device
    found = gpu_count()
    if device == "auto":
        return "cuda:0" if found else "cpu"
    index = int(device.partition(":")[2] or 0)
    if index >= found:
        raise EngineError("checks.no_such_gpu" if found else "checks.no_gpu", device=device, found=found)
    return f"cuda:{index}"


def gpu_count() -> int:
    """How many GPUs torch can use; 0 without torch. Imports torch only where its build supports GPUs."""
    if not _built_for_gpus():
        return 0
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _built_for_gpus() -> bool:
    """False without torch and for its CPU-only builds; importing torch only to find that out takes seconds."""
    try:
        return not importlib.metadata.version("torch").endswith("+cpu")
    except importlib.metadata.PackageNotFoundError:
        return False
