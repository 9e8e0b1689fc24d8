"""``model_config.yaml``: read as plain data, checked for the fields that building the network needs.

The file is published beside the checkpoint. Fields as read by upstream at the pinned commit (``models/meta_arch``,
``models/decoders/__init__.py``, ``models/heads/__init__.py``).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from perscoach.core.errors import ModelError
from perscoach.core.messages import message

NAME = "model_config.yaml"
MAX_BYTES, MAX_VALUES = 100_000, 10_000
"""What a configuration may have; YAML's references can make a small file a very large tree."""
BACKBONES = ("dinov3_vith16plus", "dinov3_vitl16", "dinov3_vitb16", "dinov3_vits16plus", "dinov3_vits16")
"""DINOv3 networks that upstream's factory and DINOv3's code both know; the published checkpoint has the first."""
PRECISIONS = {"float32": None, "bfloat16": "bfloat16", "float16": "float16"}
"""torch's name of the backbone's number type to upstream's ``TRAIN.FP16_TYPE`` (``None``: not converted)."""

_REFERENCE = re.compile(r"^\$\{([A-Za-z0-9_.]+)\}$")
_NUMBER = re.compile(r"^[-+]?[0-9]+[eE][-+]?[0-9]{1,3}$")
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "MODEL.IMAGE_SIZE": (list, int),
    "MODEL.IMAGE_MEAN": list,
    "MODEL.IMAGE_STD": list,
    "MODEL.BACKBONE.TYPE": str,
    "MODEL.DECODER.TYPE": str,
    "MODEL.DECODER.DIM": int,
    "MODEL.DECODER.DEPTH": int,
    "MODEL.DECODER.HEADS": int,
    "MODEL.DECODER.DIM_HEAD": int,
    "MODEL.DECODER.MLP_DIM": int,
    "MODEL.DECODER.LAYER_SCALE_INIT": (int, float),
    "MODEL.DECODER.DROP_RATE": (int, float),
    "MODEL.DECODER.ATTN_DROP_RATE": (int, float),
    "MODEL.DECODER.DROP_PATH_RATE": (int, float),
    "MODEL.DECODER.FFN_TYPE": str,
    "MODEL.DECODER.ENABLE_TWOWAY": bool,
    "MODEL.DECODER.REPEAT_PE": bool,
    "MODEL.DECODER.FROZEN": bool,
    "MODEL.DECODER.CONDITION_TYPE": str,
    "MODEL.PROMPT_ENCODER.ENABLE": bool,
    "MODEL.PROMPT_ENCODER.MAX_NUM_CLICKS": int,
    "MODEL.PROMPT_ENCODER.PROMPT_KEYPOINTS": str,
    "MODEL.PERSON_HEAD.POSE_TYPE": str,
    "MODEL.PERSON_HEAD.CAMERA_TYPE": str,
    "MODEL.MHR_HEAD": dict,
    "MODEL.CAMERA_HEAD": dict,
}
_SIZES = {
    "MODEL.DECODER.DIM": 4096,
    "MODEL.DECODER.DEPTH": 64,
    "MODEL.DECODER.HEADS": 64,
    "MODEL.DECODER.MLP_DIM": 16384,
}
_MEANT = {
    "MODEL.PERSON_HEAD.POSE_TYPE": "mhr",
    "MODEL.PERSON_HEAD.CAMERA_TYPE": "perspective",
    "MODEL.DECODER.TYPE": "sam",
}


def read(path: Path) -> dict[str, Any]:
    """The configuration as nested dictionaries.

    Raises:
        ModelError: no such file, no YAML, or a field that the network needs is missing or not usable.
    """
    import yaml

    try:
        if path.stat().st_size > MAX_BYTES:
            raise _unusable(path, "sam3d.config_large", size=path.stat().st_size)
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError("sam3d.config_missing", file=path.name, folder=str(path.parent)) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise _unusable(path, "sam3d.config_no_yaml") from error
    if not isinstance(values, dict):
        raise _unusable(path, "sam3d.config_no_yaml")
    values = _resolved(values, values, path, [MAX_VALUES])
    check(values, path)
    result: dict[str, Any] = values
    return result


def check(values: Mapping[str, Any], path: Path) -> None:
    """Whether every field that is used is there and of its kind.

    Raises:
        ModelError: the sentence names the first one that is not.
    """
    for name, kind in _FIELDS.items():
        found = field(values, name)
        fits = isinstance(found, kind) and (kind is bool or not isinstance(found, bool))
        if not fits:
            raise _unusable(path, "sam3d.config_value", name=name, found=_shown(found))
    backbone = field(values, "MODEL.BACKBONE.TYPE")
    if backbone not in BACKBONES:
        raise ModelError("sam3d.config_backbone", file=path.name, found=_shown(backbone), expected=BACKBONES[0])
    for name, meant in _MEANT.items():
        if field(values, name) != meant:
            raise _unusable(
                path, "sam3d.config_expected", name=name, found=_shown(field(values, name)), expected=str(meant)
            )
    for name, largest in _SIZES.items():
        if not 0 < field(values, name) <= largest:
            raise _unusable(path, "sam3d.config_value", name=name, found=_shown(field(values, name)))
    image_size(values, path)


def image_size(values: Mapping[str, Any], path: Path = Path(NAME)) -> int:
    """The side of the square crop in pixels (512 as published).

    Raises:
        ModelError: not square, or not a multiple of the backbone's patch of 16.
    """
    size = field(values, "MODEL.IMAGE_SIZE")
    sides = size if isinstance(size, list) else [size, size]
    whole = len(sides) == 2 and all(isinstance(s, int) and not isinstance(s, bool) and 32 <= s <= 2048 for s in sides)
    if not whole or sides[0] != sides[1] or sides[0] % 16:
        raise _unusable(path, "sam3d.config_value", name="MODEL.IMAGE_SIZE", found=_shown(size))
    return int(sides[0])


def field(values: Mapping[str, Any], name: str) -> Any:
    """The value under a dotted name, ``None`` where there is none."""
    found: Any = values
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def node(values: Mapping[str, Any], mhr: Path, precision: str) -> Any:
    """The ``yacs`` node that upstream's ``SAM3DBody`` takes.

    Args:
        mhr: the rig's file; precision: a key of ``PRECISIONS``.
    """
    from yacs.config import CfgNode

    plain = copy.deepcopy(dict(values))
    plain["MODEL"]["MHR_HEAD"]["MHR_MODEL_PATH"] = str(mhr)
    plain["MODEL"]["BACKBONE"].setdefault("DROP_PATH_RATE", 0.0)  # for training; upstream's factory reads it
    train = plain.setdefault("TRAIN", {})
    train["USE_FP16"] = PRECISIONS[precision] is not None
    train["FP16_TYPE"] = PRECISIONS[precision] or "float16"
    made = CfgNode(plain, new_allowed=True)
    made.freeze()
    return made


def _resolved(value: Any, root: Mapping[str, Any], path: Path, budget: list[int], depth: int = 0) -> Any:
    """``${A.B}`` replaced by the field it names, as upstream's reader does; what cannot be resolved stays as it is."""
    budget[0] -= 1
    if depth > 20 or budget[0] < 0:
        raise _unusable(path, "sam3d.config_deep")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise _unusable(path, "sam3d.config_no_yaml")
        return {key: _resolved(item, root, path, budget, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, root, path, budget, depth + 1) for item in value]
    if not isinstance(value, str):
        return value
    if _NUMBER.match(value):  # "1e-5": text to YAML 1.1, a number to whoever wrote it and to upstream's reader
        return float(value)
    reference = _REFERENCE.match(value)
    if reference is None:
        return value
    found = field(root, reference.group(1))
    return (
        value if found is None or isinstance(found, (dict, list)) else _resolved(found, root, path, budget, depth + 1)
    )


def _unusable(path: Path, id: str, **values: object) -> ModelError:
    return ModelError("sam3d.config_unusable", file=path.name, reason=message(id, **values))


def _shown(value: Any) -> str:
    return "missing" if value is None else f"{value!r:.60}"
