"""SAM 3D Body: a real human mesh from single pictures, made steady.

Registered in ``perscoach.pose.registry`` by ``availability`` and ``open_engine``. Nothing heavy is imported until then.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.core.checks import Availability
from perscoach.core.device import resolve_device
from perscoach.core.messages import joined, message
from perscoach.core.settings import EngineFiles

if TYPE_CHECKING:
    from perscoach.pose.base import PoseEngine, Take

SECONDS_ON_CPU = 10.0
"""A frame on a CPU: 5 to 15 s were measured for the backbone, by others and on other machines."""


def availability(auto: bool = False, files: EngineFiles | None = None) -> Availability:
    """Whether the engine can run here; the sentence names everything that is missing and what to do.

    Args:
        auto: asked on behalf of ``auto``, which takes neither random weights nor a CPU (short previews must be asked for).
        files: the checkpoint and the rig; those of the installation's settings where it is left out.
    """
    from perscoach.pose.sam3d import access

    state = access.state(auto, files)
    if not state.ok or has_gpu():
        return state
    slow = message("sam3d.slow", seconds=SECONDS_ON_CPU)
    if auto:
        return Availability(False, joined([message("sam3d.choose_by_name"), slow]))
    return Availability(True, joined([state.message, slow]))


def has_gpu() -> bool:
    """Whether a CUDA GPU is to be expected; asks torch only where it is imported anyway."""
    torch = sys.modules.get("torch")
    if torch is not None and hasattr(torch, "cuda"):
        return bool(torch.cuda.is_available())
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return False
    return Path("/dev/nvidiactl").exists() or Path("/dev/dxg").exists() or shutil.which("nvidia-smi") is not None


def open_engine(take: Take) -> PoseEngine:
    """The engine for one pass; the network itself is opened when a frame has to be looked at.

    Raises:
        EngineError, ModelError: something is missing; the sentence says what to do.
    """
    from perscoach.pose.sam3d import network, upstream
    from perscoach.pose.sam3d.checkpoint import Weights
    from perscoach.pose.sam3d.engine import Sam3dEngine
    from perscoach.pose.sam3d.sources import open_source

    weights = Weights.find(take.files.checkpoint, take.files.mhr)
    device = resolve_device(take.settings.device)
    dtype = network.precision(device)
    about = {
        "code": f"{upstream.BODY.repository} {upstream.BODY.commit[:12]}",
        **weights.describe(),
        "device": device,
        "precision": f"backbone {str(dtype).removeprefix('torch.')}, decoder and rig float32",
    }

    def opened() -> Any:
        if device == "cpu":
            frames = -(-take.clip.frames // take.settings.skip)
            minutes = max(1, round(frames * SECONDS_ON_CPU / 60))
            take.monitor.note(message("sam3d.on_cpu", minutes=minutes, frames=frames))
        return network.build(weights, device, dtype)

    return Sam3dEngine(take, open_source(take, device), opened, about)
