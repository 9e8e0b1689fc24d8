from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from perscoach.core.errors import EngineError
from perscoach.pose.sam3d import substitutes, upstream
from perscoach.pose.sam3d.upstream import BODY, DINOV3, SOURCE, Code

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two packages of the right names and other content."""
    for code in (BODY, DINOV3):
        package = tmp_path / code.name / code.package
        (package / "inner").mkdir(parents=True)
        (package / "__init__.py").write_text("VALUE = 1\n")
        (package / "inner" / "__init__.py").write_text("")
    monkeypatch.setenv(SOURCE, str(tmp_path))
    return tmp_path


@pytest.fixture
def packages_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the extra ``sam3d`` were installed, so that only the code decides."""
    monkeypatch.setattr(upstream, "PACKAGES", ("json",))


def test_a_digest_is_that_of_the_code_alone(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.py").write_text("x = 1\n")
    (tmp_path / "c.py").write_text("y = 2\n")
    first = upstream.digest_of(tmp_path)
    assert len(first) == 64
    (tmp_path / "a" / "__pycache__").mkdir()
    (tmp_path / "a" / "__pycache__" / "b.pyc").write_bytes(b"compiled")
    (tmp_path / "notes.txt").write_text("nothing")
    assert upstream.digest_of(tmp_path) == first
    (tmp_path / "c.py").write_text("y = 3\n")
    assert upstream.digest_of(tmp_path) != first
    (tmp_path / "c.py").write_text("y = 2\n")
    assert upstream.digest_of(tmp_path) == first
    (tmp_path / "c.py").rename(tmp_path / "d.py")
    assert upstream.digest_of(tmp_path) != first


def test_where_the_code_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SOURCE, raising=False)
    assert upstream.folder_of(BODY) == Path(sys.prefix) / "sam3d" / "sam-3d-body"
    assert upstream.folder_of(DINOV3) == Path(sys.prefix) / "sam3d" / "dinov3"
    monkeypatch.setenv(SOURCE, str(tmp_path))
    assert upstream.folder_of(BODY) == tmp_path / "sam-3d-body"
    (tmp_path / "mine" / "sam_3d_body").mkdir(parents=True)
    monkeypatch.setenv(SOURCE, str(tmp_path / "mine"))
    assert upstream.folder_of(BODY) == tmp_path / "mine"
    assert upstream.folder_of(DINOV3) == tmp_path / "dinov3"


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SOURCE, str(tmp_path / "nowhere"))
    monkeypatch.setattr(upstream, "PACKAGES", ("json", "a_package_that_nobody_has"))
    state = upstream.state()
    assert not state.ok
    for text in (state.message.en, state.message.ru):
        assert "make sam3d" in text
        assert "sam-3d-body, dinov3, a_package_that_nobody_has" in text
        assert "json" not in text
    with pytest.raises(EngineError, match="make sam3d"):
        upstream.load()


def test_other_code_is_not_run(beside: Path, packages_here: None) -> None:
    state = upstream.state()
    assert not state.ok
    assert str(beside / "sam-3d-body") in state.message.en
    assert BODY.commit[:12] in state.message.en
    assert BODY.commit[:12] in state.message.ru
    with pytest.raises(EngineError):
        upstream.load()


def test_a_change_is_seen_at_the_next_look(beside: Path, packages_here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    _accept(beside, monkeypatch)
    assert upstream.state().ok
    file = beside / "dinov3" / "dinov3" / "inner" / "__init__.py"
    file.write_text("import os\n")
    os.utime(file, ns=(10**19, 10**19))
    assert str(beside / "dinov3") in upstream.state().message.en


def test_code_that_cannot_be_imported_is_a_sentence_and_leaves_nothing(
    beside: Path, packages_here: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sam_3d_body", ModuleType("sam_3d_body"))  # put back afterwards
    (beside / "sam-3d-body" / "sam_3d_body" / "__init__.py").write_text("import a_package_that_nobody_has\n")
    (beside / "dinov3" / "dinov3" / "hub").mkdir()
    (beside / "dinov3" / "dinov3" / "hub" / "__init__.py").write_text("")
    (beside / "dinov3" / "dinov3" / "hub" / "backbones.py").write_text("")
    _accept(beside, monkeypatch)
    kept = {name: module for name, module in sys.modules.items() if name.split(".")[0] in ("sam_3d_body", "dinov3")}
    try:
        with pytest.raises(EngineError, match="a_package_that_nobody_has"):
            upstream.load()
        assert "sam_3d_body" not in sys.modules
        assert not any(name.startswith(("torchvision", "pytorch_lightning")) for name in sys.modules)
    finally:
        for name in [n for n in sys.modules if n.split(".")[0] == "dinov3"]:
            del sys.modules[name]
        sys.modules.update(kept)


def _accept(beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, code in (("BODY", BODY), ("DINOV3", DINOV3)):
        digest = upstream.digest_of(beside / code.name / code.package)
        monkeypatch.setattr(
            upstream, name, Code(code.name, code.repository, code.package, code.commit, digest, code.keep)
        )


_QUIET_IMPORT = """
import json, os, sys, warnings
warnings.simplefilter("error")
def listen(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen"):
        raise RuntimeError(event)
sys.addaudithook(listen)
import torch
from perscoach.pose.sam3d import upstream
before = set(sys.modules)
package = upstream.load()
again = upstream.load()
from sam_3d_body.models.backbones import create_backbone
from types import SimpleNamespace
cfg = SimpleNamespace(MODEL=SimpleNamespace(BACKBONE=SimpleNamespace(DROP_PATH_RATE=0.1)))
with torch.device("meta"):
    backbone = create_backbone("dinov3_vits16", cfg)
new = {name.split(".")[0] for name in set(sys.modules) - before}
print(json.dumps({
    "same": package is again, "embed": backbone.embed_dim, "new": sorted(new), "momentum": os.environ.get("MOMENTUM_ENABLED"),
    "file": package.__file__, "enabled": sys.modules["sam_3d_body.models.heads.mhr_head"].MOMENTUM_ENABLED,
    "path": [p for p in sys.path if "sam-3d-body" in p or "dinov3" in p],
}))
"""


def test_the_import_is_quiet_local_and_small(upstream_code: None) -> None:
    """No network, no other process, no warning, nothing printed, no renderer, no path left behind, DINOv3 from here."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    environment.pop("MOMENTUM_ENABLED", None)
    done = subprocess.run(
        [sys.executable, "-c", _QUIET_IMPORT], capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stderr == ""
    told = json.loads(done.stdout)  # one line: nothing else was printed
    assert told["same"] is True
    assert told["embed"] == 384
    assert told["momentum"] is None
    assert told["enabled"] is False
    assert told["path"] == []
    assert Path(told["file"]).parents[1].resolve() == upstream.folder_of(BODY).resolve()
    unwanted = {"tools", "notebook", "pyrender", "trimesh", "detectron2", "timm", "mhr", "torchvision"}
    assert not unwanted & set(told["new"])
    assert "pytorch_lightning" not in told["new"]


def test_a_backbone_that_nobody_has_is_a_sentence(upstream_code: None) -> None:
    import torch

    upstream.load()
    hub = sys.modules["sam_3d_body.models.backbones.dinov3"].torch.hub  # type: ignore[attr-defined]
    with torch.device("meta"), pytest.raises(EngineError, match="dinov3_vit7b"):
        hub.load(DINOV3.repository, "dinov3_vit7b", source="github", pretrained=False, drop_path=0.1)
    with pytest.raises(EngineError):
        hub.load("somebody/else", "dinov3_vits16")


def test_the_real_torch_is_not_touched(upstream_code: None) -> None:
    import torch

    before = torch.hub.load
    upstream.load()
    assert torch.hub.load is before
    assert torch.hub.load.__module__ == "torch.hub"


@pytest.mark.parametrize("shape", [(5, 7, 3), (5, 7, 1), (5, 7)])
def test_pictures_become_tensors_as_torchvision_makes_them(shape: tuple[int, ...]) -> None:
    import torch

    picture = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    tensor = substitutes.ToTensor()(picture)
    assert tensor.dtype == torch.float32
    assert tensor.is_contiguous()
    planes = picture.reshape(5, 7, -1)
    assert tuple(tensor.shape) == (planes.shape[2], 5, 7)
    for channel in range(planes.shape[2]):
        expected = torch.tensor(planes[:, :, channel].tolist(), dtype=torch.float32) / 255
        assert torch.equal(
            tensor[channel], expected
        )  # to the bit: a picture's numbers must not depend on who made them


def test_numbers_that_are_no_bytes_keep_their_values() -> None:
    picture = np.random.default_rng(0).random((4, 6, 3), np.float32) * 300
    assert np.array_equal(substitutes.ToTensor()(picture).numpy(), picture.transpose(2, 0, 1))
    with pytest.raises(TypeError, match="expected an array"):
        substitutes.ToTensor()([[1, 2]])  # type: ignore[arg-type]


def test_the_same_as_torchvision_where_it_is_here() -> None:
    transforms = pytest.importorskip("torchvision.transforms")
    picture = np.random.default_rng(0).integers(0, 256, (33, 21, 3), np.uint8)
    assert np.array_equal(substitutes.ToTensor()(picture).numpy(), transforms.ToTensor()(picture).numpy())


def test_the_replacements_are_there_for_the_block_only(monkeypatch: pytest.MonkeyPatch) -> None:
    real = ModuleType("torchvision")
    inner = ModuleType("torchvision.ops")
    monkeypatch.setitem(sys.modules, "torchvision", real)
    monkeypatch.setitem(sys.modules, "torchvision.ops", inner)
    for failing in (False, True):
        try:
            with substitutes.in_place():
                import pytorch_lightning as pl
                import torchvision.transforms.functional as functional
                from pytorch_lightning.utilities import rank_zero_only
                from torchvision.transforms import ToTensor

                assert ToTensor is substitutes.ToTensor
                assert sys.modules["torchvision"] is not real
                assert "torchvision.ops" not in sys.modules
                assert importlib.util.find_spec("torchvision") is not None
                assert rank_zero_only(len) is len
                assert issubclass(pl.callbacks.ModelCheckpoint, object)
                with pytest.raises(NotImplementedError):
                    functional.pad(None)
                if failing:
                    raise KeyError
        except KeyError:
            assert failing
        assert sys.modules["torchvision"] is real
        assert sys.modules["torchvision.ops"] is inner
        assert "torchvision.transforms" not in sys.modules
        assert "pytorch_lightning" not in sys.modules
