"""No body without a limit: of bytes, of values, of time; no session of somebody else; no file from elsewhere."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.guard.web import Visitor, config_of, raw, tracebacks
from tests.ui.served import Served

JSON_PATHS = ["/gradio_api/component_server", "/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/run/x"]


def memory(app: Served) -> int:
    """Bytes that a process holds."""
    text = Path(f"/proc/{app.process.pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0]) << 10


def endless(piece: bytes, pieces: int) -> Iterator[bytes]:
    for _ in range(pieces):
        yield piece


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_a_huge_body_costs_no_memory(stranger: Visitor) -> None:
    """150 MB of JSON without a cookie took a gigabyte."""
    before = memory(stranger.app)
    for path in JSON_PATHS:
        for length in (f"Content-Length: {150 << 20}", "Transfer-Encoding: chunked"):
            head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
            body = b"100000\r\n" + b"[" * (1 << 20) + b"\r\n" if "chunked" in length else b"[" * (2 << 20)
            try:
                answer = raw(stranger.app, head.encode() + body * 3, 1.5)
            except (ConnectionResetError, BrokenPipeError):  # closed while we were still sending: refused
                continue
            assert b" 413 " in answer.split(b"\r\n")[0], (path, answer[:100])
    assert memory(stranger.app) - before < 60 << 20


@pytest.mark.parametrize("path", JSON_PATHS)
@pytest.mark.parametrize("body", [
    b"", b"null", b"[]", b"3", b'"x"', b"{", b"\xff\xfe", b"{}" * 3, b"[" * 100_000, b'{"a":' * 50_000,
    b'{"session_hash": ["a"]}', b'{"component_id": {}}', b'{"component_id": true}', b'{"fn_index": "0"}', b'{"fn_name": []}',
    b'{"data": [NaN]}', b'{"n": ' + b"9" * 10_000 + b"}", b'{"session_hash": "../../x"}', b'{"session_hash": "' + b"a" * 500 + b'"}',
])  # fmt: skip
def test_strange_json_is_refused_without_a_traceback(coach: Visitor, path: str, body: bytes) -> None:
    before = len(tracebacks(coach.app))
    assert coach.json(path, body).status in (400, 404, 413, 422)
    assert len(tracebacks(coach.app)) == before


def test_many_small_values_are_refused(coach: Visitor) -> None:
    """Each of them becomes an object: 12 MB of brackets were 300 MB."""
    value = b'{"data": [' + b"[]," * 400_000 + b"[]]}"
    assert coach.json("/gradio_api/component_server", value).status == 413


def test_only_a_known_browser_may_send_much(coach: Visitor, stranger: Visitor) -> None:
    value = {"data": ["x" * (3 << 20)], "component_id": 99999, "fn_name": "look", "session_hash": "large"}
    assert stranger.json("/gradio_api/component_server", value).status == 413
    assert coach.json("/gradio_api/component_server", value).status != 413
    assert coach.json("/gradio_api/queue/join", value).status == 413


def test_a_body_that_does_not_come_is_given_up(quick: Served) -> None:
    head = b"POST /gradio_api/queue/join HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
    begun = time.monotonic()
    answer = raw(quick, head, 15)
    assert b" 408 " in answer.split(b"\r\n")[0] and time.monotonic() - begun < 10


def test_a_request_head_that_does_not_come_is_given_up(quick: Served) -> None:
    kept = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    ended: dict[bytes, float] = {}

    def wait(data: bytes) -> None:
        begun = time.monotonic()
        raw(quick, data, 15, whole=True)
        ended[data] = time.monotonic() - begun

    heads = [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ", kept + b"GET /"]
    threads = [threading.Thread(target=wait, args=(data,)) for data in heads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(seconds < 8 for seconds in ended.values()), ended


@pytest.mark.parametrize(
    "head", [b"X: " + b"a" * 100_000, b"\r\n".join(b"X%d: 1" % n for n in range(20_000)), b"Cookie: " + b"a=b; " * 20_000]
)  # fmt: skip
def test_a_flood_of_headers_is_refused(served: Served, head: bytes) -> None:
    try:
        answer = raw(served, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n" + head + b"\r\n\r\n", 5)
    except (ConnectionResetError, BrokenPipeError):
        return
    assert b" 400 " in answer.split(b"\r\n")[0] or b" 431 " in answer.split(b"\r\n")[0]


def test_a_long_query_is_refused(served: Served) -> None:
    answer = raw(served, b"GET /?" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 5)
    assert b" 400 " in answer.split(b"\r\n")[0] or b" 414 " in answer.split(b"\r\n")[0]


def test_nobody_follows_or_uses_another_browser_s_session(coach: Visitor, served: Served) -> None:
    other, nobody = Visitor(served).visit(), Visitor(served)
    body = {"data": [], "fn_index": 0, "session_hash": "own1234"}
    assert coach.json("/gradio_api/queue/join", body).status != 404
    for visitor in (other, nobody):
        assert visitor.json("/gradio_api/queue/join", body).status == 404
        assert (
            visitor.json("/gradio_api/cancel", {"session_hash": "own1234", "fn_index": 0, "event_id": "x"}).status
            == 404
        )
        call = {"data": [], "component_id": 1, "fn_name": "x", "session_hash": "own1234"}
        assert visitor.json("/gradio_api/component_server", call).status == 404
        for path in ("/gradio_api/queue/data?session_hash=own1234", "/gradio_api/heartbeat/own1234"):
            assert visitor.ask("GET", path).status == 404


@pytest.mark.parametrize(
    "path", ["http://192.0.2.1/x.mp4", " HTTPS://192.0.2.1/x", "//192.0.2.1/x", "ftp://192.0.2.1/x"]
)
def test_the_server_fetches_nothing_for_a_visitor(coach: Visitor, path: str) -> None:
    file = {"path": path, "orig_name": "x.mp4", "meta": {"_type": "gradio.FileData"}}
    body = {"data": [[{"deep": file}]], "fn_index": 0, "session_hash": "fetching"}
    answer = coach.json("/gradio_api/queue/join", body)
    assert answer.status == 400 and json.loads(answer.body)["reason"] == "guard.foreign_file"


def test_no_listener_takes_a_file_of_the_server(coach: Visitor, served: Served) -> None:
    """A path in the place of an upload: the job's folder, the secret, the system."""
    video = next(c for c in config_of(coach)["components"] if c["type"] in ("video", "file"))
    dependency = next(d for d in config_of(coach)["dependencies"] if video["id"] in d["inputs"])
    for n, path in enumerate((str(served.workspace / ".secret"), "/etc/passwd", str(Path(__file__)))):
        inputs = [None] * len(dependency["inputs"])
        at = dependency["inputs"].index(video["id"])
        inputs[at] = {"path": path, "meta": {"_type": "gradio.FileData"}}  # type: ignore[call-overload]
        if video["type"] == "video" and "video" in str(video["props"].get("value", "")):
            inputs[at] = {"video": inputs[at]}  # type: ignore[call-overload]
        session = f"taking{n}"
        body = {"data": inputs, "fn_index": dependency["id"], "session_hash": session}
        assert coach.json("/gradio_api/queue/join", body).status == 200
        answer = coach.ask("GET", f"/gradio_api/queue/data?session_hash={session}")
        assert b'"success":false' in answer.body.replace(b" ", b""), answer.body[-400:]
    assert not [path for path in (served.workspace / "jobs").iterdir()]


def test_the_page_tells_no_secret(coach: Visitor, served: Served) -> None:
    secret = (served.workspace / ".secret").read_text().strip()
    for path in ("/", "/config", "/gradio_api/info", "/gradio_api/app_id", "/gradio_api/queue/status"):
        text = coach.ask("GET", path, {"Accept": "text/html"}).body.decode()
        assert secret not in text and str(served.workspace) not in text and str(Path.home()) not in text, path
