from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from perscoach.pose.sam3d import access, upstream
from perscoach.pose.sam3d.checkpoint import Weights
from tests.standin.sam3d_config import write_config

ROOT = Path(__file__).resolve().parents[3]
REPOSITORY = "/facebook/sam-3d-body-dinov3/resolve/"
COMMIT = "c" * 40

# What the hub answers to each token: status, X-Error-Code, X-Error-Message (as its servers word them).
ANSWERS: dict[str, tuple[int, str, str]] = {
    "": (401, "GatedRepo", "Access to model facebook/sam-3d-body-dinov3 is restricted. You must have access to it and "
         "be authenticated to access it. Please log in."),
    "hf_new": (403, "GatedRepo", "Access to model facebook/sam-3d-body-dinov3 is restricted and you are not in the "
               "authorized list. Visit the page to ask for access."),
    "hf_waiting": (403, "GatedRepo", "Your request to access model facebook/sam-3d-body-dinov3 is awaiting a review "
                   "from the repo authors."),
    "hf_refused": (403, "GatedRepo", "Your request to access model facebook/sam-3d-body-dinov3 has been rejected by "
                   "the repo's authors."),
    "hf_expired": (401, "", "Invalid credentials in Authorization header"),
    "hf_fine": (403, "", "Please enable access to public gated repositories in your fine-grained token settings to "
                "view this repository."),
    "hf_blind": (404, "RepoNotFound", "Repository not found"),
    "hf_old": (404, "EntryNotFound", "Entry not found"),
    "hf_shut": (410, "", "Gone"),
}  # fmt: skip
TOLD = {
    "": ("no token is set", "токен не задан"),
    "hf_new": ("has no access", "нет доступа"),
    "hf_waiting": ("still waiting", "ещё ждёт"),
    "hf_refused": ("rejected this account's request", "отклонил запрос"),
    "hf_expired": ("does not know the token", "не знает токен"),
    "hf_fine": ("fine-grained token", "настройках токена"),
    "hf_blind": ("no repository facebook/sam-3d-body-dinov3", "не показывает"),
    "hf_old": ("has no model_config.yaml", "нет model_config.yaml"),
    "hf_shut": ("answered 410", "ответил 410"),
    "hf_page": ("was refused", "отклонён"),
}


class Hub(BaseHTTPRequestHandler):
    """A hub on this machine: gated answers by token, files for who has access."""

    files: dict[str, bytes] = {}

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        if not self.path.startswith(REPOSITORY):  # "is anybody there?"
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ").strip()
        refusal = ANSWERS.get(token)
        content = Hub.files.get(self.path.split("/", 5)[-1], b"")
        if token == "hf_page":
            content = b"<!DOCTYPE html><title>Sign in to the hotel's network</title>"
        self.send_response(refusal[0] if refusal else 200)
        if refusal:
            content = b""
            if refusal[1]:
                self.send_header("X-Error-Code", refusal[1])
            self.send_header("X-Error-Message", refusal[2])
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{len(content)}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="module")
def hub(toy_rig: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("safetensors", reason="safetensors is not installed; run: make sam3d")
    import torch

    from tests.pose.sam3d.test_checkpoint import table

    made = tmp_path_factory.mktemp("hub")
    torch.save(table(), made / "model.ckpt")
    Hub.files = {
        "model.ckpt": (made / "model.ckpt").read_bytes(),
        "model_config.yaml": write_config(made).read_bytes(),
        "assets/mhr_model.pt": toy_rig.read_bytes(),
    }
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()
    thread.join()


_ASK = """
import contextlib, dataclasses, io, json, os, sys
from perscoach.cli import main
from perscoach.models import MODELS, Hub
published = json.loads(sys.argv[1])
real = MODELS["sam3d_body"]
MODELS["sam3d_body"] = dataclasses.replace(real, files=tuple(
    dataclasses.replace(f, size=published[f.path][0], sha256=published[f.path][1],
                        sources=tuple(s for s in f.sources if isinstance(s, Hub)))
    for f in real.files))
told = {}
for token in json.loads(sys.argv[2]):
    os.environ.pop("HF_TOKEN", None)
    if token:
        os.environ["HF_TOKEN"] = token
    told[token] = {}
    for language in ("en", "ru"):
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        with contextlib.redirect_stdout(out):
            code = main(["models", "fetch", "sam3d_body", "--json", "--language", language])
        told[token][language] = {**json.loads(out.buffer.getvalue()), "exit": code}
print(json.dumps(told))
"""


def ask(endpoint: str, tokens: list[str], home: Path) -> dict[str, Any]:
    """What a fetch with each token says, in a process of its own: the hub's client reads its address when imported."""
    import hashlib

    published = {
        f"sam-3d-body-dinov3/{name}": (len(content), hashlib.sha256(content).hexdigest())
        for name, content in Hub.files.items()
    }
    environment = {
        **{name: value for name, value in os.environ.items() if "proxy" not in name.lower()},
        "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(home / "hf"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "PERSCOACH_CHECKPOINTS": str(home / "checkpoints"),
    }
    done = subprocess.run(
        [sys.executable, "-c", _ASK, json.dumps(published), json.dumps(tokens)],
        capture_output=True, text=True, env=environment, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_each_refusal_has_its_own_sentence_and_access_its_files(hub: str, tmp_path: Path) -> None:
    told = ask(hub, [*TOLD, "hf_good"], tmp_path)
    sentences = []
    for token, (english, russian) in TOLD.items():
        answers = told[token]
        assert [answers[language]["exit"] for language in ("en", "ru")] == [4, 4]
        sentence = answers["en"]["error"]
        assert english in sentence, token
        assert russian in answers["ru"]["error"], token
        assert "sam-3d-body-dinov3" in sentence
        addresses = 2 if token == "hf_old" else 1  # a refusal of both addresses is told once; what each lacks, for each
        assert sentence.count(english) == addresses
        sentences.append(sentence)
    assert len(set(sentences)) == len(sentences)
    good = told["hf_good"]["en"]
    assert (good["ok"], good["exit"]) == (True, 0)
    assert [(m["name"], m["present"], m["ok"]) for m in good["models"]] == [("sam3d_body", True, True)]
    folder = tmp_path / "checkpoints" / "sam-3d-body-dinov3"
    for name, content in Hub.files.items():
        assert (folder / name).read_bytes() == content
    assert not [p for p in folder.rglob("*") if p.name.startswith(".")]  # nothing half is left
    assert (folder / "model.safetensors").is_file()
    assert Weights.find(folder).head_buffers()["scale_mean"][0] == 0.25


def test_no_network_is_said_at_once(hub: str, tmp_path: Path) -> None:
    started = time.monotonic()
    told = ask("http://127.0.0.1:9", ["hf_good"], tmp_path)["hf_good"]
    assert "cannot be reached" in told["en"]["error"]
    assert "недоступен" in told["ru"]["error"]
    assert time.monotonic() - started < 60


@pytest.fixture
def everything(small_weights: Weights, monkeypatch: pytest.MonkeyPatch) -> Weights:
    monkeypatch.setenv("PERSCOACH_SAM3D_CHECKPOINT", str(small_weights.source))
    monkeypatch.setenv("PERSCOACH_SAM3D_MHR", str(small_weights.mhr))
    return small_weights


def test_auto_does_not_take_random_weights(everything: Weights) -> None:
    asked, auto = access.state(), access.state(auto=True)
    assert asked.ok
    assert "for measuring speed only" in asked.message.en
    assert "случайными весами" in asked.message.ru
    assert not auto.ok
    assert "for measuring speed only" in auto.message.en


def test_weights_under_their_own_name_are_taken(
    everything: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file, save_file

    save_file(load_file(everything.source), tmp_path / "model.safetensors")
    (tmp_path / "model_config.yaml").write_text(everything.settings.read_text())
    monkeypatch.setenv("PERSCOACH_SAM3D_CHECKPOINT", str(tmp_path))
    assert access.state(auto=True).ok
    assert "model.safetensors" in access.state().message.en


def test_everything_that_is_missing_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSCOACH_CHECKPOINTS", str(tmp_path))
    monkeypatch.setenv(upstream.SOURCE, str(tmp_path / "nowhere"))
    state = access.state()
    assert not state.ok
    for text in (state.message.en, state.message.ru):
        assert "make sam3d" in text
        assert "model.ckpt" in text
        assert "HF_TOKEN" in text


def test_a_bad_configuration_is_part_of_the_answer(
    everything: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model_random.safetensors").write_bytes(everything.source.read_bytes())
    (tmp_path / "model_config.yaml").write_text("MODEL: {}")
    monkeypatch.setenv("PERSCOACH_SAM3D_CHECKPOINT", str(tmp_path / "model_random.safetensors"))
    state = access.state()
    assert not state.ok
    assert "model_config.yaml cannot be used" in state.message.en
