"""A ``model_config.yaml`` for tests: the published one's fields with its values, or a small network of the same shape."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

_TRUE: dict[str, Any] = {
    "MODEL": {
        "IMAGE_SIZE": [512, 512],
        "IMAGE_MEAN": [0.485, 0.456, 0.406],
        "IMAGE_STD": [0.229, 0.224, 0.225],
        "BACKBONE": {"TYPE": "dinov3_vith16plus", "DROP_PATH_RATE": 0.1, "FROZEN_STAGES": -1, "PRETRAINED_WEIGHTS": ""},
        "DECODER": {
            "TYPE": "sam",
            "DIM": 1024,
            "DEPTH": 6,
            "HEADS": 8,
            "MLP_DIM": 1024,
            "DIM_HEAD": 64,
            "LAYER_SCALE_INIT": 0.0,
            "DROP_RATE": 0.0,
            "ATTN_DROP_RATE": 0.0,
            "DROP_PATH_RATE": 0.0,
            "FFN_TYPE": "origin",
            "ENABLE_TWOWAY": False,
            "REPEAT_PE": True,
            "FROZEN": False,
            "CONDITION_TYPE": "cliff",
            "USE_INTRIN_CENTER": True,
            "DO_INTERM_PREDS": True,
            "DO_INTERM_SUP": True,
            "DO_KEYPOINT_TOKENS": True,
            "DO_HAND_DETECT_TOKENS": True,
            "KEYPOINT_TOKEN_UPDATE": "v2",
            "KEYPOINT_TOKEN_UPDATE_COORD_EMB_USE_MLP": True,
            "DO_KEYPOINT3D_TOKENS": True,
        },
        "PROMPT_ENCODER": {
            "ENABLE": True,
            "MAX_NUM_CLICKS": 2,
            "PROMPT_KEYPOINTS": "mhr70",
            "FROZEN": False,
            "KEYPOINT_SAMPLER": {"TYPE": "v1", "WORST_RATIO": 0.8, "KEYBODY_RATIO": 0.8, "DISTANCE_THRESH": 0.0001},
            "MASK_EMBED_TYPE": "v2",
            "MASK_PROMPT": "v1",
        },
        "PERSON_HEAD": {"POSE_TYPE": "mhr", "CAMERA_ENABLE": True, "CAMERA_TYPE": "perspective"},
        "MHR_HEAD": {"MLP_DEPTH": 2, "MLP_CHANNEL_DIV_FACTOR": 1},
        "CAMERA_HEAD": {"MLP_DEPTH": 2, "MLP_CHANNEL_DIV_FACTOR": 1, "DEFAULT_SCALE_FACTOR_HAND": 10},
    },
    "TRAIN": {"USE_FP16": True, "FP16_TYPE": "bfloat16"},
}


def true_config() -> dict[str, Any]:
    """The published architecture (DINOv3-H+, 840 million numbers in the backbone)."""
    return copy.deepcopy(_TRUE)


def small_config(depth: int = 2, width: int = 64) -> dict[str, Any]:
    """The same network with DINOv3-S and a narrow decoder: 24 million numbers, built in a second."""
    values = true_config()
    values["MODEL"]["BACKBONE"]["TYPE"] = "dinov3_vits16"
    values["MODEL"]["DECODER"].update(DIM=width, DEPTH=depth, HEADS=2, DIM_HEAD=16, MLP_DIM=width)
    return values


def write_config(folder: Path, values: dict[str, Any] | None = None) -> Path:
    """Write ``model_config.yaml`` (the small one by default)."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model_config.yaml"
    path.write_text(yaml.safe_dump(values or small_config()), encoding="utf-8")
    return path
