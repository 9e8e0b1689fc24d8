"""The network with seeded random weights, for tests and for measuring speed and memory where no checkpoint can be had.

Such a network finds nobody. Its file is called ``…random…`` and carries a mark inside; ``Weights.random`` and
``describe()`` say so, and ``auto`` never takes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.files import atomic
from perscoach.pose.sam3d import config, network, upstream
from perscoach.pose.sam3d.checkpoint import RANDOM_MARK, Weights

if TYPE_CHECKING:
    from torch import Tensor, nn

NAME = "model_random.safetensors"
_LEFT, _RIGHT = range(68, 95), range(95, 122)
"""Which of the 133 pose slots count as the hands' where no buffers are given: distinct, and nothing else."""
_SCALE = 0.1
"""Weight of the backbone's residual branches. DINOv3 starts them at 1e-5, which would make thirty layers invisible."""


def write_random(
    folder: Path,
    values: Mapping[str, Any],
    mhr: Path,
    head: Mapping[str, Array] | None = None,
    seed: int = 0,
    half: bool = True,
) -> Weights:
    """Write ``model_random.safetensors`` and ``model_config.yaml`` into ``folder``.

    Args:
        values: the configuration (``config.read``); its architecture is what is made.
        mhr: a rig in TorchScript, of the size that upstream's head is made for (18 439 vertices, 127 joints).
        head: buffers of both heads in place of the made-up ones, by the names of ``Weights.head_buffers``.
        half: the backbone in bfloat16, as published; else float32.

    Returns:
        The weights, as ``Weights.find(folder / NAME, mhr)`` gives them.
    """
    import torch
    import yaml
    from safetensors.torch import save_file

    config.check(values, folder / config.NAME)
    upstream.load()
    node = config.node(values, mhr, "bfloat16" if half else "float32")
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        model = network.made(node, network.load_rig(mhr, "cpu"), "cpu")
        _settle(model, head or {}, np.random.default_rng(seed))
        tensors = {name: _own(tensor) for name, tensor in model.state_dict().items() if network.is_stored(name)}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / config.NAME).write_text(yaml.safe_dump(dict(values)), encoding="utf-8")
    with atomic(folder / NAME) as part:
        save_file(tensors, str(part), metadata={"made": RANDOM_MARK, "seed": str(seed)})
        part.chmod(0o644)
    return Weights.find(folder / NAME, mhr)


def _own(tensor: Tensor) -> Tensor:
    return tensor.detach().clone().contiguous()


def _settle(model: nn.Module, head: Mapping[str, Array], random: np.random.Generator) -> None:
    """What training and the checkpoint would have put into the buffers, as far as the network needs it to run."""
    import torch

    parts: Any = model
    for name, tensor in parts.backbone.state_dict().items():
        if name.endswith((".ls1.gamma", ".ls2.gamma")):
            tensor.fill_(_SCALE)
    for pose in (parts.head_pose, parts.head_pose_hand):
        pose.joint_rotation.copy_(torch.eye(3).expand_as(pose.joint_rotation))
        pose.local_to_world_wrist.copy_(torch.eye(3))
        pose.hand_joint_idxs_left.copy_(torch.tensor(_LEFT))
        pose.hand_joint_idxs_right.copy_(torch.tensor(_RIGHT))
        rows, columns = pose.keypoint_mapping.shape
        pose.keypoint_mapping[torch.arange(rows), torch.from_numpy(random.integers(0, columns, rows))] = 1.0
        for name, value in head.items():
            getattr(pose, name).copy_(torch.from_numpy(np.array(value)))
    zero = parts.head_pose.get_zero_pose_init()
    parts.init_pose.weight.copy_(zero)
    parts.init_pose_hand.weight.copy_(zero)
    for camera in (parts.init_camera, parts.init_camera_hand):
        camera.weight.copy_(torch.tensor([[-1.0, 0.0, 0.0]]))  # upstream turns the sign: in front of the camera
