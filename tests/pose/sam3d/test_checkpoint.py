from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.core.errors import ModelError
from perscoach.core.files import sha256_of
from perscoach.pose.sam3d import checkpoint
from perscoach.pose.sam3d.checkpoint import Weights
from tests.standin.sam3d_config import write_config

pytest.importorskip("safetensors", reason="safetensors is not installed; run: make sam3d")
import torch
from torch import Tensor

ROOT = Path(__file__).resolve().parents[3]


def table() -> OrderedDict[str, Tensor]:
    """A small state dict with what makes it SAM 3D Body's: half the backbone, both heads with shared memory."""
    mapping = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    names: OrderedDict[str, Tensor] = OrderedDict()
    names["backbone.encoder.cls_token"] = torch.tensor([0.5, -1.25], dtype=torch.bfloat16)
    for head in ("head_pose.", "head_pose_hand."):
        names[head + "keypoint_mapping"] = mapping
        names[head + "faces"] = torch.tensor([[0, 1, 2]])
        names[head + "scale_mean"] = torch.full((68,), 0.25)
        names[head + "scale_comps"] = torch.ones(28, 68, dtype=torch.bfloat16)
        names[head + "hand_pose_mean"] = torch.zeros(54)
        names[head + "hand_pose_comps"] = torch.eye(54)
        names[head + "hand_joint_idxs_left"] = torch.arange(68, 95)
        names[head + "hand_joint_idxs_right"] = torch.arange(95, 122)
    names["init_pose.weight"] = torch.zeros(1, 519)
    names["decoder.norm_final.weight"] = torch.ones(8)[::2]  # not contiguous
    return names


@pytest.fixture
def folder(tmp_path: Path, toy_rig: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The published layout, small: model.ckpt, model_config.yaml, assets/mhr_model.pt; an installation of its own."""
    monkeypatch.setenv("PERSCOACH_CHECKPOINTS", str(tmp_path / "checkpoints"))
    place = tmp_path / "checkpoints" / "sam-3d-body-dinov3"
    write_config(place)
    (place / "assets").mkdir()
    (place / "assets" / "mhr_model.pt").write_bytes(toy_rig.read_bytes())
    torch.save(table(), place / "model.ckpt")
    return place


def test_the_published_layout_is_found(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Weights.find()
    assert found == Weights(folder / "model.ckpt", folder / "assets" / "mhr_model.pt", folder / "model_config.yaml")
    assert found.values()["MODEL"]["BACKBONE"]["TYPE"] == "dinov3_vits16"
    for named in (folder, folder / "model.ckpt"):
        assert Weights.find(named) == found
        monkeypatch.setenv("PERSCOACH_SAM3D_CHECKPOINT", str(named))
        assert Weights.find() == found
    elsewhere = tmp_path / "rig.pt"
    elsewhere.write_bytes(found.mhr.read_bytes())
    monkeypatch.setenv("PERSCOACH_SAM3D_MHR", str(elsewhere))
    assert Weights.find().mhr == elsewhere
    assert Weights.find(mhr=found.mhr).mhr == found.mhr


def test_the_public_rig_stands_in_for_the_one_beside(folder: Path, tmp_path: Path) -> None:
    public = tmp_path / "checkpoints" / "mhr" / "mhr_model.pt"
    public.parent.mkdir()
    (folder / "assets" / "mhr_model.pt").rename(public)
    assert Weights.find().mhr == public
    (tmp_path / "checkpoints" / "mhr").rename(tmp_path / "gone")
    with pytest.raises(ModelError, match=r"mhr_model\.pt is missing"):
        Weights.find()


@pytest.mark.parametrize("name", ["model.ckpt", "model_config.yaml", "assets/mhr_model.pt"])
def test_a_missing_file_is_named_with_what_to_do(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelError) as caught:
        Weights.find()
    for text in (caught.value.en, caught.value.ru):
        assert Path(name).name in text
        assert "perscoach models fetch sam3d_body" in text
        assert "--checkpoint" in text
        assert "huggingface.co/facebook/sam-3d-body-dinov3" in text


def test_named_files_that_are_not_there(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r"mine\.ckpt is missing"):
        Weights.find(tmp_path / "mine.ckpt")
    with pytest.raises(ModelError, match=r"rig\.pt is missing"):
        Weights.find(mhr=tmp_path / "rig.pt")
    (tmp_path / "weights.onnx").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"expected model\.ckpt or model\.safetensors"):
        Weights.find(tmp_path / "weights.onnx")


def test_conversion_keeps_every_number(folder: Path) -> None:
    from safetensors.torch import load_file

    weights = Weights.find()
    before = sha256_of(folder / "model.ckpt")
    safe = weights.safe()
    assert safe == folder / "model.safetensors"
    got, meant = load_file(safe), table()
    assert set(got) == set(meant)
    for name, tensor in meant.items():
        assert got[name].dtype == tensor.dtype
        assert torch.equal(got[name], tensor)
    assert (folder / "model.safetensors.sha256").read_text().split()[0] == sha256_of(safe)
    assert weights.describe() == {"checkpoint": f"model.ckpt (sha256 {before[:12]})", "rig": "mhr_model.pt"}
    assert sha256_of(folder / "model.ckpt") == before
    assert oct(safe.stat().st_mode & 0o777) == "0o644"
    assert sorted(p.name for p in folder.iterdir()) == [
        "assets",
        "model.ckpt",
        "model.safetensors",
        "model.safetensors.sha256",
        "model_config.yaml",
    ]


def test_conversion_happens_once_and_again_for_another_file(folder: Path) -> None:
    weights = Weights.find()
    safe = weights.safe()
    first = safe.stat()
    assert weights.safe() == safe
    assert (safe.stat().st_ino, safe.stat().st_mtime_ns) == (first.st_ino, first.st_mtime_ns)
    changed = table()
    changed["head_pose.scale_mean"] = torch.full((68,), 0.75)
    torch.save(changed, folder / "model.ckpt")
    os.utime(folder / "model.ckpt", ns=(10**18, 10**18))
    assert weights.head_buffers()["scale_mean"][0] == 0.75


def test_the_converted_file_alone_is_enough(folder: Path) -> None:
    kept = Weights.find().head_buffers()
    (folder / "model.ckpt").unlink()
    again = Weights.find()
    assert again.source == folder / "model.safetensors"
    assert again.safe() == again.source
    assert {k: v.tolist() for k, v in again.head_buffers().items()} == {k: v.tolist() for k, v in kept.items()}


def test_the_heads_buffers_are_read_without_the_rest(folder: Path) -> None:
    buffers = Weights.find().head_buffers()
    assert set(buffers) == set(checkpoint._HEAD_BUFFERS)
    assert all(isinstance(value, np.ndarray) for value in buffers.values())
    for name, value in buffers.items():
        assert value.dtype == (np.int64 if name == "faces" or "idxs" in name else np.float32)
    assert buffers["keypoint_mapping"].tolist() == torch.arange(12.0).reshape(3, 4).tolist()
    assert buffers["hand_joint_idxs_right"].tolist() == list(range(95, 122))


def test_a_nested_table_is_found(folder: Path) -> None:
    torch.save({"epoch": 3, "state_dict": table()}, folder / "model.ckpt")
    assert Weights.find().head_buffers()["scale_mean"][0] == 0.25


def test_a_folder_that_cannot_be_written_gets_its_copy_elsewhere(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint.os, "access", lambda path, mode: False)  # who runs tests may be root
    safe = Weights.find().safe()
    assert safe.is_relative_to(tmp_path / "checkpoints" / "converted")
    assert Weights.find().safe() == safe
    assert not (folder / "model.safetensors").exists()


class _Bad:
    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, ("touch ran",))


def test_a_pickle_with_code_is_refused_and_not_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({**table(), "extra": _Bad()}, folder / "model.ckpt")
    with pytest.raises(ModelError, match="more than weights") as caught:
        Weights.find().safe()
    assert "model.ckpt" in caught.value.ru
    assert not (tmp_path / "ran").exists()
    assert not (folder / "model.safetensors").exists()


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        for name, content in members.items():
            bundle.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html>\n<html><title>Sign in</title>", "web page"),
        (b"\n  <html>", "web page"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code>', "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:b5a2", "Git LFS pointer"),
        (b"\x80\x02}q\x00.", "incomplete or damaged"),
        (b"any other bytes", "incomplete or damaged"),
        (_zip({"notes.txt": b"hello"}), "incomplete or damaged"),
        (
            _zip({"archive/data.pkl": pickle.dumps({"a": 1}, protocol=2), "archive/version": b"3"}),
            "no table of tensors",
        ),
    ],
)
def test_what_is_no_checkpoint_is_a_sentence(folder: Path, content: bytes, told: str) -> None:
    (folder / "model.ckpt").write_bytes(content)
    with pytest.raises(ModelError) as caught:
        Weights.find().safe()
    assert told in caught.value.en
    assert "model.ckpt" in caught.value.en
    assert "model.ckpt" in caught.value.ru
    assert not (folder / "model.safetensors").exists()


@pytest.mark.parametrize("name", ["model.ckpt", "model.safetensors", "assets/mhr_model.pt"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_half_a_file_is_seen_before_anything_is_loaded(folder: Path, name: str, share: float) -> None:
    if name == "model.safetensors":
        Weights.find().safe()
        (folder / "model.ckpt").unlink()
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ModelError, match="incomplete or damaged") as caught:
        Weights.find()
    assert Path(name).name in caught.value.ru


@pytest.mark.parametrize("name", ["model.ckpt", "assets/mhr_model.pt"])
def test_a_hole_in_a_file_of_full_length_is_seen(folder: Path, name: str) -> None:
    """torch loads such a file without a word."""
    from perscoach.pose.sam3d.network import load_rig

    path = folder / name
    with zipfile.ZipFile(path) as archive:
        largest = max(archive.infolist(), key=lambda member: member.file_size)
    whole = bytearray(path.read_bytes())
    start = largest.header_offset + 200
    whole[start : start + 64] = bytes(64) if any(whole[start : start + 64]) else b"x" * 64
    path.write_bytes(whole)
    weights = Weights.find()
    with pytest.raises(ModelError, match="is damaged") as caught:
        weights.safe() if name == "model.ckpt" else load_rig(weights.mhr, "cpu")
    assert Path(name).name in caught.value.ru
    assert not (folder / "model.safetensors").exists()


@pytest.mark.parametrize("missing", ["head_pose.keypoint_mapping", "decoder.norm_final.weight"])
def test_the_weights_of_another_network_are_refused(folder: Path, missing: str) -> None:
    other = table()
    del other[missing]
    torch.save(other, folder / "model.ckpt")
    with pytest.raises(ModelError, match=f"{missing} is missing"):
        Weights.find().safe()


def test_a_safetensors_file_without_the_head_is_refused(folder: Path) -> None:
    from safetensors.torch import save_file

    (folder / "model.ckpt").unlink()
    save_file({"head_pose.faces": torch.zeros(1, 3)}, folder / "model.safetensors")
    with pytest.raises(ModelError, match=r"head_pose\.scale_mean is missing"):
        Weights.find().head_buffers()


def test_a_checkpoint_in_the_rigs_place_is_seen(folder: Path) -> None:
    (folder / "assets" / "mhr_model.pt").write_bytes((folder / "model.ckpt").read_bytes())
    with pytest.raises(ModelError, match="no TorchScript file"):
        Weights.find()


def test_random_weights_say_what_they_are(folder: Path) -> None:
    from safetensors.torch import save_file

    assert Weights.find().random is False
    renamed = folder / "fine.safetensors"
    save_file(table_of_its_own(), renamed, metadata={"made": checkpoint.RANDOM_MARK})
    found = Weights.find(renamed)
    assert found.random is True
    assert found.describe()["checkpoint"].startswith("random weights, for measuring only")
    (folder / "model_random.safetensors").write_bytes(renamed.read_bytes())
    assert Weights.find().source == folder / "model.ckpt"  # such a file is never taken unasked


def table_of_its_own() -> dict[str, Tensor]:
    return {name: tensor.clone().contiguous() for name, tensor in table().items()}


def test_finding_does_not_import_torch(folder: Path) -> None:
    code = (
        "import sys\nfrom perscoach.pose.sam3d.checkpoint import Weights\nWeights.find().values()\n"
        "assert 'torch' not in sys.modules\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=ROOT)
