"""Uploads: from a known browser, within a size and a budget, in time; nothing stays of one that breaks off."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from perscoach.ui.guard.budgets import Allowance
from tests.ui.guard.web import BOUNDARY, Visitor, multipart, raw
from tests.ui.served import Served, serve

MB = 1 << 20


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An app that takes clips of 2 MB."""
    app = serve(tmp_path_factory.mktemp("small"), PERSCOACH_MAX_MB="2")
    yield app
    assert app.stop() == 0, app.log.read_text()


def left(app: Served) -> list[str]:
    """Files below the uploads' folder."""
    return [path.name for path in (app.workspace / "uploads").rglob("*") if path.is_file()]


def until_nothing_is_left(app: Served, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while left(app) and time.monotonic() < end:
        time.sleep(0.05)
    assert left(app) == []


def head(length: str = "Transfer-Encoding: chunked", cookie: str = "") -> bytes:
    return (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n{length}\r\n\r\n"
    ).encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def cookie_of(visitor: Visitor) -> str:
    return "; ".join(f"{k}={v}" for k, v in visitor.cookies.items())


def test_a_stranger_uploads_nothing(small: Served) -> None:
    assert Visitor(small).upload(b"x" * 1000).status == 403
    forged = Visitor(small, {"perscoach_owner": f"{'A' * 22}.{'0' * 32}"})
    assert forged.upload(b"x" * 1000).status == 403
    assert left(small) == []


def test_a_known_browser_uploads(small: Served) -> None:
    answer = Visitor(small).visit().upload(b"x" * MB)
    assert answer.status == 200 and left(small) == ["c.mp4"]
    for path in (small.workspace / "uploads").rglob("*.mp4"):
        path.unlink()


def test_too_large_is_refused_before_and_while_it_comes(small: Served) -> None:
    coach = Visitor(small).visit()
    assert coach.upload(b"x" * (4 * MB)).status == 413
    answer = raw(small, head(cookie=cookie_of(coach)) + chunk(multipart(b"", close=False)) + chunk(b"x" * MB) * 4, 5)
    assert b" 413 " in answer.split(b"\r\n")[0], answer[:200]
    until_nothing_is_left(small)


@pytest.mark.parametrize("kind", ["length", "chunked"])
def test_nothing_stays_of_an_upload_that_breaks_off(small: Served, kind: str) -> None:
    coach = Visitor(small).visit()
    with socket.create_connection(("127.0.0.1", small.port), 5) as connection:
        body = multipart(b"x" * 300_000, close=False)
        if kind == "length":
            connection.sendall(head(f"Content-Length: {MB}", cookie_of(coach)) + body)
        else:
            connection.sendall(head(cookie=cookie_of(coach)) + chunk(body))
        end = time.monotonic() + 5
        while not left(small) and time.monotonic() < end:
            time.sleep(0.02)
        assert left(small), "it was being written"
    until_nothing_is_left(small)


@pytest.mark.parametrize(
    "body", [multipart(b"x" * 5000, close=False), b"", b"rubbish", b"--" + BOUNDARY.encode() + b"-"]
)
def test_nothing_stays_of_an_upload_without_its_end(small: Served, body: bytes) -> None:
    coach = Visitor(small).visit()
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    assert coach.ask("POST", "/gradio_api/upload", kind, body).status == 400
    until_nothing_is_left(small)
    assert "Traceback" not in small.log.read_text()


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 900]
)
def test_an_upload_without_a_boundary_is_refused(small: Served, kind: str) -> None:
    assert Visitor(small).visit().ask("POST", "/gradio_api/upload", {"Content-Type": kind}, b"x").status == 400


def test_a_stalled_upload_is_given_up(quick: Served) -> None:
    coach = Visitor(quick).visit()
    begun = time.monotonic()
    answer = raw(quick, head(cookie=cookie_of(coach)) + chunk(multipart(b"x" * 1000, close=False)), 10)
    assert b" 408 " in answer.split(b"\r\n")[0] and time.monotonic() - begun < 5
    until_nothing_is_left(quick)


def test_an_endless_upload_is_given_up(quick: Served) -> None:
    """A byte now and then never stalls, and never ends."""
    coach = Visitor(quick).visit()
    with socket.create_connection(("127.0.0.1", quick.port), 5) as connection:
        connection.sendall(head(cookie=cookie_of(coach)) + chunk(multipart(b"x" * 1000, close=False)))
        connection.settimeout(0.1)
        answer, begun = b"", time.monotonic()
        while not answer and time.monotonic() - begun < 8:
            connection.sendall(chunk(b"x"))
            try:
                answer = connection.recv(1000)
            except TimeoutError:
                continue
    assert b" 408 " in answer.split(b"\r\n")[0]
    until_nothing_is_left(quick)


def test_an_address_has_a_budget_of_uploads_and_of_bytes(quick: Served) -> None:
    coach = Visitor(quick).visit()
    opened = []
    for _ in range(2):
        connection = socket.create_connection(("127.0.0.1", quick.port), 5)
        connection.sendall(head(cookie=cookie_of(coach)) + chunk(multipart(b"x", close=False)))
        opened.append(connection)
    time.sleep(0.2)
    assert coach.upload(b"x").status == 429, "two are running"
    assert coach.upload(b"x", {"X-Forwarded-For": "203.0.113.5"}).status == 200, "another address is free"
    for connection in opened:
        connection.close()
    time.sleep(0.3)
    statuses = [coach.upload(b"x" * 400_000).status for _ in range(4)]
    assert statuses[0] == 200 and statuses[-1] == 429, statuses


def test_a_budget_comes_back_and_is_bounded() -> None:
    now = 0.0
    allowance = Allowance(1, 100, 60, clock=lambda: now)
    assert allowance.begin("a") and not allowance.begin("a") and allowance.begin("b")
    allowance.end("a")
    assert allowance.spend("a", 90) and not allowance.spend("a", 20) and not allowance.begin("a")
    now = 61.5
    assert allowance.begin("a")
    for n in range(10_000):
        allowance.spend("a", 1)
        allowance.spend(str(n), 1)
    assert len(allowance._uses) <= 4096


def test_a_full_disk_is_named_and_nothing_stays_of_the_upload(quick: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Full before the upload, and filling up while it arrives."""
    from perscoach.ui.guard import uploads

    free = iter([10 << 30, 10 << 30])
    full = uploads.UploadLimits(1).spare - 1
    usage = type("Usage", (), {"free": property(lambda self: next(free, full))})
    coach = Visitor(quick).visit()
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda folder: usage())
    monkeypatch.setattr(uploads, "_LOOK_EVERY", 1000)
    for _ in range(2):
        answer = coach.upload(b"x" * 300_000)
        assert answer.status == 507 and b"guard.disk_full" in answer.body
    until_nothing_is_left(quick)
