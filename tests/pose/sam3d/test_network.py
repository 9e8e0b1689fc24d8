from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from perscoach.core.errors import EngineError, ModelError
from perscoach.pose.sam3d import config, network, upstream
from perscoach.pose.sam3d.checkpoint import RANDOM_MARK, Weights
from tests.standin.sam3d_config import small_config, true_config

pytestmark = pytest.mark.usefixtures("upstream_code")

PUBLISHED = {"torch.bfloat16": 551, "torch.float32": 568, "torch.int64": 8}
"""Tensors of the published model.ckpt by number type, as several people who have it report."""


@pytest.fixture
def rewritten(small_weights: Weights, tmp_path: Path) -> Callable[..., Weights]:
    """The small weights with some tensors changed, in a folder of their own."""

    def rewrite(change: Callable[[dict[str, Any]], None]) -> Weights:
        from safetensors.torch import load_file, save_file

        tensors = load_file(small_weights.source)
        change(tensors)
        (tmp_path / config.NAME).write_text(small_weights.settings.read_text())
        save_file(tensors, tmp_path / "model_random.safetensors", metadata={"made": RANDOM_MARK})
        return Weights.find(tmp_path / "model_random.safetensors", small_weights.mhr)

    return rewrite


def upstreams_own(weights: Weights, precision: str) -> Any:
    """The network as upstream builds and loads it (``build_models.load_sam_3d_body``), from the same numbers."""
    from safetensors.torch import load_file

    package = upstream.load()
    load = importlib.import_module(f"{package.__name__}.utils.checkpoint").load_state_dict
    made = importlib.import_module(f"{package.__name__}.models.meta_arch").SAM3DBody(
        config.node(weights.values(), weights.mhr, precision)
    )
    load(made, load_file(weights.safe()), strict=False)
    return made.eval()


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_the_network_is_upstreams_to_the_bit(small_weights: Weights, precision: str) -> None:
    """Every tensor, every number type, and what the backbone answers."""
    import torch

    theirs = upstreams_own(small_weights, precision)
    ours = network.build(small_weights, "cpu", getattr(torch, precision))
    expected, found = theirs.state_dict(), ours.state_dict()
    assert list(found) == list(expected)
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype, name
        assert torch.equal(found[name], tensor), name
    buffers = dict(theirs.named_buffers())
    assert all(torch.equal(tensor, buffers[name]) for name, tensor in ours.named_buffers())
    assert ours.backbone_dtype == theirs.backbone_dtype == getattr(torch, precision)
    kinds = {str(p.dtype) for n, p in ours.named_parameters() if n.startswith("backbone.")}
    assert kinds == {f"torch.{precision}"}
    others = {str(p.dtype) for n, p in ours.named_parameters() if not n.startswith("backbone.")}
    assert others == {"torch.float32", "torch.int64"}
    if precision != "float16":  # its convolutions are not for a CPU
        picture = torch.rand(1, 3, 64, 48, generator=torch.Generator().manual_seed(0)).to(ours.backbone_dtype)
        with torch.no_grad():
            assert torch.equal(ours.backbone(picture), theirs.backbone(picture))


def test_what_comes_back_is_ready_to_run(small_weights: Weights) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = network.build(small_weights)
    assert not model.training
    assert not any(module.training for module in model.backbone.modules())
    assert not any(p.requires_grad for p in model.parameters())
    assert model.head_pose.mhr is model.head_pose_hand.mhr  # 0.7 GB once
    assert str(model.device) == "cpu"
    assert model.head_pose.faces.dtype.is_floating_point is False


def test_nothing_is_drawn_at_random(small_weights: Weights) -> None:
    import torch

    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    network.build(small_weights)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_rigs_file_is_loaded_once(small_weights: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    real, asked = torch.jit.load, []
    monkeypatch.setattr(torch.jit, "load", lambda path, **more: asked.append(path) or real(path, **more))
    network.build(small_weights)
    assert asked == [str(small_weights.mhr)]
    heads = importlib.import_module("sam_3d_body.models.heads.mhr_head")
    assert heads.torch is torch


def test_the_true_architecture_has_the_published_checkpoints_tensors(toy_rig: Path) -> None:
    """840 million numbers, without memory for them: names and types are what model.ckpt is known to hold."""
    from collections import Counter

    upstream.load()
    node = config.node(true_config(), toy_rig, "bfloat16")
    model = network.made(node, network.load_rig(toy_rig, "cpu"), "meta")
    stored = {name: tensor for name, tensor in model.state_dict().items() if network.is_stored(name)}
    assert Counter(str(tensor.dtype) for tensor in stored.values()) == PUBLISHED
    assert len(stored) == 1127
    backbone = sum(p.numel() for name, p in model.named_parameters() if name.startswith("backbone."))
    assert 835e6 < backbone < 845e6


def test_missing_and_unexpected_tensors_are_named(rewritten: Callable[..., Weights]) -> None:
    def change(tensors: dict[str, Any]) -> None:
        del tensors["decoder.norm_final.weight"], tensors["backbone.encoder.norm.bias"]
        tensors["decoder.something.new"] = tensors["init_pose.weight"].clone()

    with pytest.raises(ModelError) as caught:
        network.build(rewritten(change))
    for text in (caught.value.en, caught.value.ru):
        for name in ("decoder.norm_final.weight", "backbone.encoder.norm.bias", "decoder.something.new"):
            assert name in text
    assert "Missing: " in caught.value.en and "Unexpected: " in caught.value.en


def test_many_names_are_counted() -> None:
    with pytest.raises(ModelError, match=r"Missing: .* and 94 more\. Unexpected: –"):
        network.check_names([f"layer.{i}" for i in range(100)], [], Path("model.safetensors"))


def test_what_the_published_checkpoint_lacks_is_no_error() -> None:
    lacking = ["backbone.encoder.mask_token", "head_pose.hand_pose_comps_ori", "head_pose_hand.hand_pose_comps_ori"]
    network.check_names(["a", *lacking, "head_pose.mhr.x"], ["a"], Path("x"))
    network.check_names(["a"], ["a", "head_pose_hand.mhr.character_torch.parameter_limits.minmax_min"], Path("x"))
    with pytest.raises(ModelError, match=r"Missing: head_pose\.hand_pose_comps\."):
        network.check_names(["a", "head_pose.hand_pose_comps"], ["a"], Path("x"))


def test_another_shape_is_named(rewritten: Callable[..., Weights]) -> None:
    import torch

    def change(tensors: dict[str, Any]) -> None:
        tensors["init_pose.weight"] = torch.zeros(1, 520)

    with pytest.raises(ModelError, match=r"init_pose\.weight has the shape \(1, 520\), expected \(1, 519\)"):
        network.build(rewritten(change))


def test_whole_numbers_are_not_made_of_others(rewritten: Callable[..., Weights]) -> None:
    def change(tensors: dict[str, Any]) -> None:
        tensors["head_pose.faces"] = tensors["head_pose.faces"].float()

    with pytest.raises(ModelError, match=r"torch\.float32 where the network has torch\.int64"):
        network.build(rewritten(change))


@pytest.mark.parametrize("same", [True, False])
def test_a_rig_inside_the_checkpoint_must_be_the_rig(rewritten: Callable[..., Weights], same: bool) -> None:
    import torch

    rest = torch.linspace(-50, 50, 18439 * 3).reshape(18439, 3) + (0 if same else 1)

    def change(tensors: dict[str, Any]) -> None:
        tensors["head_pose_hand.mhr.rest"] = rest

    if same:
        network.build(rewritten(change))
    else:
        with pytest.raises(ModelError, match=r"different rigs \(head_pose_hand\.mhr\.rest\)"):
            network.build(rewritten(change))


@pytest.mark.parametrize(
    ("names", "told"), [((), "no TorchScript file"), (("r/constants.pkl", "r/code/x.py"), "TorchScript")]
)
def test_a_rig_that_is_none(tmp_path: Path, names: tuple[str, ...], told: str) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "mhr_model.pt", "w") as archive:
        for name in names:
            archive.writestr(name, "nothing")
    with pytest.raises(ModelError, match=told) as caught:
        network.load_rig(tmp_path / "mhr_model.pt", "cpu")
    assert "mhr_model.pt" in caught.value.ru


def test_a_tensor_without_values_would_be_seen() -> None:
    import torch

    with torch.device("meta"):
        left = torch.nn.Linear(2, 2)
    with pytest.raises(EngineError, match="weight"):
        network._check_nothing_is_left(left)


def test_the_number_type_follows_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    assert network.precision("cpu") is torch.float32
    for capability, kind in (((7, 5), torch.float16), ((8, 0), torch.bfloat16), ((9, 0), torch.bfloat16)):
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda place, found=capability: found)
        assert network.precision("cuda:1") is kind
    with pytest.raises(ValueError, match="float64"):
        network.build(None, "cpu", torch.float64)  # type: ignore[arg-type]


def test_random_weights_are_seeded_and_say_what_they_are(small_weights: Weights, toy_rig: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    from perscoach.pose.sam3d.random_weights import write_random

    assert small_weights.random
    assert small_weights.describe()["checkpoint"].startswith("random weights, for measuring only")
    again = load_file(write_random(tmp_path / "again", small_config(), toy_rig).source)
    first = load_file(small_weights.source)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert set(first["head_pose.keypoint_mapping"].sum(1).tolist()) == {1.0}
    assert torch.isfinite(torch.cat([t.flatten().float() for t in first.values()])).all()
