from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from perscoach.core.errors import ModelError
from perscoach.pose.sam3d import config
from tests.standin.sam3d_config import small_config, true_config, write_config


@pytest.mark.parametrize("values", [true_config(), small_config()])
def test_a_configuration_is_read_as_it_is(tmp_path: Path, values: dict[str, Any]) -> None:
    assert config.read(write_config(tmp_path, values)) == values
    assert config.image_size(values) == 512
    assert config.field(values, "MODEL.DECODER.TYPE") == "sam"
    assert config.field(values, "MODEL.NOTHING.AT.ALL") is None


def test_references_are_followed_and_unknown_ones_left(tmp_path: Path) -> None:
    values = small_config()
    values["MODEL"]["DECODER"]["MLP_DIM"] = "${MODEL.DECODER.DIM}"
    values["PATHS"] = {"LOG": "${paths.nowhere}"}
    path = write_config(tmp_path, values)
    path.write_text(path.read_text().replace("LAYER_SCALE_INIT: 0.0", "LAYER_SCALE_INIT: 1e-05"))
    got = config.read(path)
    assert got["MODEL"]["DECODER"]["LAYER_SCALE_INIT"] == 1e-5
    assert got["MODEL"]["DECODER"]["MLP_DIM"] == 64
    assert got["PATHS"]["LOG"] == "${paths.nowhere}"


@pytest.mark.parametrize("name", list(config._FIELDS))
def test_a_field_that_is_missing_or_wrong_is_named(tmp_path: Path, name: str) -> None:
    *path, last = name.split(".")
    for value in (None, object):
        values = true_config()
        inner = values
        for part in path:
            inner = inner[part]
        if value is None:
            del inner[last]
        else:
            inner[last] = {"a": 1} if not isinstance(inner[last], dict) else "text"
        with pytest.raises(ModelError) as caught:
            config.read(write_config(tmp_path, values))
        assert name in caught.value.en
        assert name in caught.value.ru


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("MODEL.BACKBONE.TYPE", "vit_hmr_512_384", "facebook/sam-3d-body-dinov3"),
        ("MODEL.PERSON_HEAD.POSE_TYPE", "smpl", "expected mhr"),
        ("MODEL.PERSON_HEAD.CAMERA_TYPE", "weak", "expected perspective"),
        ("MODEL.DECODER.DEPTH", 10**9, "MODEL.DECODER.DEPTH is 1000000000"),
        ("MODEL.DECODER.DIM", 0, "MODEL.DECODER.DIM is 0"),
        ("MODEL.IMAGE_SIZE", [512, 384], "MODEL.IMAGE_SIZE is [512, 384]"),
        ("MODEL.IMAGE_SIZE", [500, 500], "MODEL.IMAGE_SIZE"),
        ("MODEL.IMAGE_SIZE", [512], "MODEL.IMAGE_SIZE"),
        ("MODEL.IMAGE_SIZE", ["512", "512"], "MODEL.IMAGE_SIZE"),
        ("MODEL.IMAGE_SIZE", True, "MODEL.IMAGE_SIZE"),
    ],
)
def test_another_network_is_refused(tmp_path: Path, name: str, value: Any, told: str) -> None:
    values = true_config()
    *path, last = name.split(".")
    inner = values
    for part in path:
        inner = inner[part]
    inner[last] = value
    with pytest.raises(ModelError) as caught:
        config.read(write_config(tmp_path, values))
    assert told in caught.value.en
    assert caught.value.ru != caught.value.en


_BOMB = "a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10)
)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is no YAML"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"MODEL: [unfinished", "no YAML"),
        (b"\xff\xfe\x00binary", "no YAML"),
        (b"- 1\n- 2\n", "is no YAML"),
        (b"MODEL: !!python/object/apply:os.system ['echo bad']", "no YAML"),
        (b"1: 2\n", "is no YAML"),
        (b"[" * 5000, "no YAML"),
        (b"x: '" + b"y" * 200_000 + b"'", "200,005 bytes"),
        (_BOMB.encode(), "too large"),
        (("{a: " * 60 + "1" + "}" * 60).encode(), "nested"),
        (b"MODEL: &x {MODEL: *x}", "nested"),
    ],
)
def test_what_is_no_configuration_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "model_config.yaml"
    path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        config.read(path)
    assert told in caught.value.en
    assert "model_config.yaml" in caught.value.ru


def test_a_missing_file_says_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"published beside model\.ckpt"):
        config.read(tmp_path / "model_config.yaml")


@pytest.mark.parametrize(
    ("precision", "half", "kind"),
    [("float32", False, "float16"), ("bfloat16", True, "bfloat16"), ("float16", True, "float16")],
)
def test_upstream_gets_a_frozen_copy(tmp_path: Path, precision: str, half: bool, kind: str) -> None:
    pytest.importorskip("yacs")
    values = true_config()
    del values["TRAIN"], values["MODEL"]["BACKBONE"]["DROP_PATH_RATE"]
    before = copy.deepcopy(values)
    node = config.node(values, tmp_path / "mhr_model.pt", precision)
    assert values == before
    assert node.is_frozen()
    assert str(tmp_path / "mhr_model.pt") == node.MODEL.MHR_HEAD.MHR_MODEL_PATH
    assert (half, kind) == (node.TRAIN.USE_FP16, node.TRAIN.FP16_TYPE)
    assert node.MODEL.BACKBONE.DROP_PATH_RATE == 0.0
    assert node.MODEL.DECODER.get("DO_INTERM_PREDS", False) is True
    assert yaml.safe_load(node.dump())["MODEL"]["DECODER"] == values["MODEL"]["DECODER"]
