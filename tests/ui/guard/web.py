"""Requests as a program sends them, byte for byte, and a browser's first visit."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from perscoach.ui.context import OWNER_COOKIE
from tests.ui.served import Served

FOREIGN = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
BOUNDARY = "xxBOUNDARYxx"
TOKEN = "the-token-of-the-quick-app"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """A header's values, joined."""
        return ", ".join(value for key, value in self.headers if key.lower() == name.lower())

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass
class Visitor:
    """One visitor of a served app; ``visit`` gives it the owner cookie."""

    app: Served
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterator[bytes] | None = None,
        timeout: float = 20.0,
    ) -> Answer:
        """Send a request; a body that is an iterator goes in chunks without a length."""
        words = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.app.port, timeout=timeout)
        try:
            chunked = body is not None and not isinstance(body, bytes)
            connection.request(method, path, body, {**words, **(headers or {})}, encode_chunked=chunked)
            answer = connection.getresponse()
            found = Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()
        for value in found.all("set-cookie"):
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return found

    def json(self, path: str, value: Any, headers: Mapping[str, str] | None = None) -> Answer:
        """POST as the page does."""
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.ask("POST", path, {"Content-Type": "application/json", **(headers or {})}, data)

    def upload(self, data: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a file as the page does."""
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self.ask("POST", "/gradio_api/upload", {"Content-Type": kind, **(headers or {})}, multipart(data))

    def visit(self) -> Visitor:
        """Open the page, which gives the owner cookie."""
        answer = self.ask("GET", "/", {"Accept": "text/html"})
        assert answer.status == 200 and OWNER_COOKIE in self.cookies
        return self


def multipart(data: bytes, close: bool = True) -> bytes:
    """A file in a form; without its end where ``close`` is false."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="c.mp4"\r\n'
    end = f"\r\n--{BOUNDARY}--\r\n" if close else ""
    return head.encode() + b"Content-Type: video/mp4\r\n\r\n" + data + end.encode()


def config_of(visitor: Visitor) -> dict[str, Any]:
    """The page's configuration."""
    return dict(json.loads(visitor.ask("GET", "/config").body))


def raw(app: Served, data: bytes, timeout: float = 10.0, whole: bool = False) -> bytes:
    """Bytes sent as they are; what comes back until ``timeout`` is over or the server closes, or (unless ``whole``) until an
    answer's head is there."""
    with socket.create_connection(("127.0.0.1", app.port), timeout) as connection:
        connection.sendall(data)
        found = b""
        try:
            while part := connection.recv(65536):
                found += part
                if b"\r\n\r\n" in found and not whole:
                    break
        except TimeoutError:
            pass
        return found


def tracebacks(app: Served) -> list[str]:
    """The tracebacks in an app's log."""
    text = app.log.read_text(errors="replace")
    return re.findall(r"Traceback \(most recent call last\).*?\n(?=\S)[^\n]*", text, re.DOTALL)
