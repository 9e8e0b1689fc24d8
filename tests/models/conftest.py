"""An installation without weights, and a server whose answers are good and bad."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from perscoach.models import MODELS, Model, ModelFile

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
