"""A small network with the interface that the runner uses of upstream's: instant, and every number depends on the frame's
own crop, box and place in the picture alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor

SIZES = {"global_rot": 3, "body_pose": 133, "hand": 108, "scale": 28, "shape": 45, "face": 72, "pred_pose_raw": 266}
VERTICES = 12


class StandInNetwork:
    """See the module.

    Args:
        fits: the largest batch that does not run out of memory.

    Attributes:
        batches: the sizes that went through, in order; too large ones as negative numbers.
        prompts: how many points each frame of each call of ``run_keypoint_prompt`` was given.
    """

    def __init__(self, fits: int = 1000, wrapped: bool = False) -> None:
        random = torch.Generator().manual_seed(0)
        self.device = torch.device("cpu")
        self.cfg = SimpleNamespace(MODEL=SimpleNamespace(IMAGE_SIZE=[512, 512]))
        self.batches: list[int] = []
        self.prompts: list[list[int]] = []
        self.body_batch_idx: list[int] = []
        self.hand_batch_idx: list[int] = []
        self._fits, self._wrapped = fits, wrapped
        self._mix = {name: torch.randn(8, n, generator=random) * 0.1 for name, n in SIZES.items()}
        self._points = torch.rand(70, 3, generator=random) * 0.6 - 0.3
        self._points[[62, 41]] = torch.tensor([[-0.25, 0.0, 0.0], [0.25, 0.0, 0.0]])  # in the middle of the hand boxes
        self.head_pose, self.head_pose_hand = _Head(), _Head()

    # -- what the runner calls ------------------------------------------------------------------------------------

    def _initialize_batch(self, batch: dict[str, Tensor]) -> None:
        self._count = batch["img"].shape[1]

    def camera_project(self, pose_output: dict[str, Any], batch: dict[str, Any]) -> dict[str, Any]:
        return pose_output

    camera_project_hand = camera_project

    def get_ray_condition(self, batch: dict[str, Tensor]) -> Tensor:
        raise AssertionError("upstream's own asks for cuda:0 by name")

    def forward_step(self, batch: dict[str, Tensor], decoder_type: str) -> dict[str, Any]:
        count = batch["img"].shape[1]
        if count > self._fits:
            self.batches.append(-count)
            if self._wrapped:
                raise RuntimeError("The following operation failed in the TorchScript interpreter. CUDA out of memory.")
            raise torch.OutOfMemoryError("CUDA out of memory.")
        self.batches.append(count)
        assert batch["img"].shape == (1, count, 3, 512, 512) and 0 <= batch["img"].min() <= batch["img"].max() <= 1
        rays = self.get_ray_condition(batch)
        assert rays.shape == (1, count, 2, 512, 512)
        quarters = torch.nn.functional.avg_pool2d(batch["img"][0], 256)[:, :2].flatten(1)[:, :6]
        masks = batch["mask"][0].mean(dim=(1, 2, 3)) / 255 * batch["mask_score"][0]
        features = torch.cat([quarters, masks[:, None], rays[0, :, 0, 256, 256, None]], dim=1)
        out = self._posed(features, batch, self._points if decoder_type == "body" else self._points * 0.2)
        self.body_batch_idx = list(range(count)) if decoder_type == "body" else []
        key = "mhr" if decoder_type == "body" else "mhr_hand"
        return {key: out, "image_embeddings": features[:, :, None, None], "condition_info": features}

    def _posed(self, features: Tensor, batch: dict[str, Tensor], points: Tensor) -> dict[str, Tensor]:
        out = {name: features @ mix for name, mix in self._mix.items()}
        count = len(features)
        keypoints = points + out["global_rot"][:, None] * 0.1
        focal = batch["cam_int"][0, 0, 0]
        centre, side = batch["bbox_center"][0], batch["bbox_scale"][0, :, 0]
        depth = 1.25 * focal / side
        middle = batch["cam_int"][0, :2, 2]
        out["pred_cam_t"] = torch.cat([(centre - middle) / focal * depth[:, None], depth[:, None]], dim=1)
        out["focal_length"] = focal.expand(count)
        seen = keypoints + out["pred_cam_t"][:, None]
        out["pred_keypoints_3d"] = keypoints
        out["pred_keypoints_2d"] = seen[..., :2] / seen[..., 2:] * focal + middle
        out["pred_keypoints_2d_cropped"] = self._full_to_crop(batch, out["pred_keypoints_2d"])
        out["pred_vertices"] = keypoints[:, :VERTICES]
        turn = features[:, 0] * 0.3
        c, s, o = torch.cos(turn), torch.sin(turn), torch.zeros_like(turn)
        matrix = torch.stack([c, -s, o, s, c, o, o, o, o + 1], dim=1).view(count, 1, 3, 3)
        out["joint_global_rots"] = matrix.expand(count, 127, 3, 3).clone()
        boxes = torch.tensor([[[0.3, 0.5, 0.4, 0.4], [0.7, 0.5, 0.4, 0.4]]]).expand(count, 2, 4).clone()
        # of frames with a dark corner the left hand is too small to count
        boxes[features[:, 0] < 0.3, 0, 2:] = 0.05
        out["hand_box"] = boxes
        return out

    def _full_to_crop(self, batch: dict[str, Tensor], points: Tensor) -> Tensor:
        ones = torch.ones_like(points[..., :1])
        return torch.cat([points, ones], dim=-1) @ batch["affine_trans"][0].mT / 512 - 0.5

    def _get_hand_box(self, output: dict[str, Any], batch: dict[str, Tensor]) -> tuple[np.ndarray, np.ndarray]:
        batch["left_center"] = np.zeros(2)  # type: ignore[assignment]  # upstream leaves such things there
        boxes = output["mhr"]["hand_box"].numpy() * 512
        affine = batch["affine_trans"][0].numpy()
        zoom, shift = affine[:, 0, 0][:, None, None], affine[:, None, :, 2]
        centre, side = (boxes[..., :2] - shift) / zoom, boxes[..., 2:] / zoom
        made = np.concatenate([centre - side / 2, centre + side / 2], axis=-1).astype(np.float32)
        return made[:, 0], made[:, 1]

    def run_keypoint_prompt(self, batch: dict[str, Any], output: dict[str, Any], prompt: Tensor) -> Any:
        count = len(prompt)
        assert self._count == count == len(output["image_embeddings"]) == len(self.body_batch_idx)
        assert batch["img"].shape[1] == len(batch["affine_trans"][0]) == len(output["mhr"]["pred_pose_raw"]) == count
        assert ((prompt[..., :2] >= 0) & (prompt[..., :2] <= 1)).all() and (prompt[..., 2] >= 0).all()
        self.prompts.append([prompt.shape[1]] * count)
        told = prompt.sum(dim=1) / 100
        features = output["condition_info"] + torch.nn.functional.pad(told, (0, 5))
        return {"mhr": self._posed(features, batch, self._points)}, prompt


class _Head:
    """The rig of one branch: keypoints are the first numbers of the pose."""

    def __init__(self) -> None:
        self.faces = torch.zeros(4, 3, dtype=torch.long)
        self.keypoint_mapping = torch.zeros(308, VERTICES + 127)
        self.joint_rotation = torch.eye(3).expand(127, 3, 3)
        self.scale_mean = torch.linspace(0, 0.1, 68)
        self.scale_comps = torch.eye(28, 68) * 0.2 + 0.1 * torch.eye(28, 68).roll(1, 0) ** 2

    def mhr_forward(self, **given: Any) -> tuple[Tensor, ...]:
        parts = [given[f"{name}_params"] for name in ("body_pose", "hand_pose", "scale", "shape", "expr")]
        values = torch.cat([given["global_rot"], *parts], dim=1)
        vertices = values[:, : 3 * VERTICES].reshape(-1, VERTICES, 3)
        keypoints = values[:, : 3 * 70].reshape(-1, 70, 3)
        joints = values[:, :381].reshape(-1, 127, 3)
        turns = torch.eye(3).expand(len(values), 127, 3, 3)
        if not given.get("return_keypoints"):
            return vertices, turns
        return vertices, keypoints, joints, values[:, :204], turns
