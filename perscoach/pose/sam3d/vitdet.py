"""detectron2's ViTDet (Cascade Mask R-CNN, ViT-H) as person detector: optional, only where it is installed and asked for.

The network is put together from detectron2's own ``common/models/mask_rcnn_vitdet.py`` with the numbers of the published
``cascade_mask_rcnn_vitdet_h_75ep`` (detectron2, ``projects/ViTDet``), whose weights upstream uses too
(``tools/build_detector.py``).
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import EngineError, ModelError
from perscoach.people.tracking import TrainerTracker
from perscoach.people.watch import WARM_UP
from perscoach.pose.base import Take
from perscoach.pose.sam3d.person import Person, person_of

WEIGHTS = "model_final_f05665.pkl"
"""Among the checkpoints, in the folder ``vitdet``; a pickle, so only from its publisher."""

_SIDE = 1024  # pixels of the longer side, as trained
_PERSON = 0  # COCO's class
_SCORE = 0.5


def check() -> None:
    """Whether the detector can run.

    Raises:
        EngineError: detectron2 is not installed. ModelError: its weights are missing.
    """
    if importlib.util.find_spec("detectron2") is None:
        raise EngineError("sam3d.no_detectron2")
    if not weights().is_file():
        raise ModelError("sam3d.no_vitdet_weights", file=WEIGHTS)


def weights() -> Path:
    """Where the weights are looked for."""
    from perscoach.core.settings import load_settings

    return load_settings().checkpoints / "vitdet" / WEIGHTS


class DetectedPerson:
    """Everybody in each frame, the trainer followed by overlap."""

    name = "vitdet"
    warm_up = WARM_UP

    def __init__(self, take: Take, device: str) -> None:
        fps = float(take.clip.fps / take.settings.skip)
        self._tracker = TrainerTracker(take.settings.trainer, patience=max(1, round(3 * fps)))
        self._device = device
        self._network: Any = None

    def find(self, rgb: Array, index: int) -> Person | None:
        import torch

        if self._network is None:
            self._network = build(self._device)
        height, width = rgb.shape[:2]
        with torch.no_grad():
            seen = self._network([{"image": _sized(rgb), "height": height, "width": width}])[0]["instances"]
        chosen = (seen.pred_classes == _PERSON) & (seen.scores > _SCORE)
        boxes = seen.pred_boxes.tensor[chosen].float().cpu().numpy().astype(np.float64)
        whole = np.array([width, height, width, height])
        at = self._tracker.update([tuple(float(v) for v in box) for box in boxes / whole])  # type: ignore[misc]
        if at is None:
            return None
        mask = seen.pred_masks[chosen][at].cpu().numpy().astype(np.uint8) * np.uint8(255)
        person = person_of(mask)
        return Person(boxes[at], None if person is None else person.mask)

    def box_before(self, index: int) -> Array | None:
        return None

    def close(self) -> None:
        self._network = None


def _sized(rgb: Array) -> Any:
    """(3, h, w) float32, the longer side ``_SIDE`` pixels. RGB, as this network was trained (``input_format``)."""
    import cv2
    import torch

    scale = _SIDE / max(rgb.shape[:2])
    size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_LINEAR)
    return torch.from_numpy(small.astype(np.float32).transpose(2, 0, 1).copy())


def build(device: str) -> Any:
    """The detector with its weights on ``device``.

    Raises:
        EngineError: detectron2 here is another or broken.
    """
    try:
        from detectron2 import model_zoo
        from detectron2.checkpoint import DetectionCheckpointer
        from detectron2.config import instantiate

        model = instantiate(_settings(model_zoo.get_config("common/models/mask_rcnn_vitdet.py").model))
        DetectionCheckpointer(model).load(str(weights()))
    except (ImportError, AttributeError, KeyError, RuntimeError, AssertionError) as error:
        raise EngineError("sam3d.vitdet_failed", reason=str(error)[:160]) from error
    return model.to(device).eval()


def _settings(model: Any) -> Any:
    """The cascade with three heads and ViT-H in place of Mask R-CNN with ViT-B."""
    from detectron2.config import LazyCall as Call
    from detectron2.layers import ShapeSpec
    from detectron2.modeling.box_regression import Box2BoxTransform
    from detectron2.modeling.matcher import Matcher
    from detectron2.modeling.roi_heads import CascadeROIHeads, FastRCNNConvFCHead, FastRCNNOutputLayers

    heads = model.roi_heads
    for name in ("box_head", "box_predictor", "proposal_matcher"):
        heads.pop(name)
    shape = ShapeSpec(channels=256, height=7, width=7)
    head = {"input_shape": shape, "conv_dims": [256] * 4, "fc_dims": [1024], "conv_norm": "LN"}
    layers = {
        "input_shape": ShapeSpec(channels=1024),
        "test_score_thresh": 0.25,
        "cls_agnostic_bbox_reg": True,
        "num_classes": "${...num_classes}",
    }
    steps = ((10, 5, 0.5), (20, 10, 0.6), (30, 15, 0.7))
    heads.update(
        _target_=CascadeROIHeads,
        box_heads=[Call(FastRCNNConvFCHead)(**head) for _ in steps],
        box_predictors=[
            Call(FastRCNNOutputLayers)(box2box_transform=Call(Box2BoxTransform)(weights=(a, a, b, b)), **layers)
            for a, b, _ in steps
        ],
        proposal_matchers=[
            Call(Matcher)(thresholds=[t], labels=[0, 1], allow_low_quality_matches=False) for *_, t in steps
        ],
    )
    net = model.backbone.net
    net.embed_dim, net.depth, net.num_heads, net.drop_path_rate = 1280, 32, 16, 0.5
    net.window_block_indexes = [i for i in range(32) if i % 8 != 7]  # every eighth block sees the whole picture
    return model
