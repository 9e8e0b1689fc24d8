"""Values of the wrong kind from strangers: an answer, and one line in the log instead of a traceback."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests.ui.guard.web import Visitor, config_of, raw, tracebacks
from tests.ui.served import Served

ODD: list[Any] = [
    None, True, -1, 10**400, 1e308, "", "x" * 3000, "\ud800", "\x00", "../../etc/passwd", [], [[]], {}, {"a": 1}, {"path": 3}, [None] * 50,
    {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, {"__type__": "update"}, {"token": [], "grade": {"exposure": "x"}},
    {"token": "A" * 22, "index": -5, "pixels": "many"}, {"token": {"a": {}}}, [{"token": 1}], "<script>", {"value": {"nested": [1] * 99}},
]  # fmt: skip


def lines(app: Served) -> list[str]:
    return app.log.read_text(errors="replace").splitlines()


def test_listeners_get_odd_values(coach: Visitor, served: Served) -> None:
    """Every listener of the page with every odd value in the place of all inputs, and with the wrong number of them."""
    dependencies = [d for d in config_of(coach)["dependencies"] if d.get("backend_fn")]
    assert len(dependencies) > 20
    chance = random.Random(0)
    for n, dependency in enumerate(dependencies):
        for odd in chance.sample(ODD, 3):
            inputs = [odd] * max(0, len(dependency["inputs"]) + chance.choice((0, 0, 0, -1, 1)))
            body = {
                "data": inputs,
                "fn_index": dependency["id"],
                "session_hash": f"fuzz{n}",
                "event_data": odd,
                "trigger_id": None,
            }
            if dependency["queue"] is False:
                status = coach.json("/gradio_api/run/predict", body).status
            else:
                status = coach.json("/gradio_api/queue/join", body).status
                if status == 200:
                    coach.ask("GET", f"/gradio_api/queue/data?session_hash=fuzz{n}", timeout=60)
            assert status in (200, 400, 404, 422, 500, 503), (dependency["id"], odd)
    found = tracebacks(served)
    assert not found, f"{len(found)} tracebacks, the last one: {found[-1]}"


def test_the_panels_functions_get_odd_values(coach: Visitor, served: Served) -> None:
    config = config_of(coach)
    called = 0
    for component in config["components"]:
        for name in component["props"].get("server_fns") or ():
            for odd in ODD:
                call = {"data": odd, "component_id": component["id"], "fn_name": name, "session_hash": "fns"}
                assert coach.json("/gradio_api/component_server", call).status in (200, 400, 404, 413, 422, 500), (
                    name,
                    odd,
                )
                called += 1
    assert called > 100
    found = tracebacks(served)
    assert not found, f"{len(found)} tracebacks, the last one: {found[-1]}"


@pytest.mark.parametrize("component", [0, -1, 10**9, 1, 2, 3])
@pytest.mark.parametrize("name", ["save", "__init__", "get_config", "preprocess", "", "_id"])
def test_nothing_but_server_functions_can_be_called(coach: Visitor, served: Served, component: int, name: str) -> None:
    call = {"data": [], "component_id": component, "fn_name": name, "session_hash": "nothing"}
    assert coach.json("/gradio_api/component_server", call).status in (404, 500)
    assert not tracebacks(served)


def test_odd_requests_leave_no_traceback(coach: Visitor, served: Served) -> None:
    token = "A" * 22
    paths = [
        "/gradio_api/queue/join",
        "/gradio_api/cancel",
        "/gradio_api/reset",
        "/gradio_api/run/predict",
        "/gradio_api/run/x",
    ]
    for path in paths:
        for body in ({}, {"data": {}}, {"data": "x", "fn_index": 10**9}, {"data": [], "fn_index": -7, "session_hash": "odd"},
                     {"session_hash": "odd", "event_id": "x", "fn_index": 3}, {"data": [], "fn_index": 0, "session_hash": "odd", "batched": "x"}):  # fmt: skip
            assert coach.json(path, body).status in (200, 400, 404, 422, 500), (path, body)
    for path in ("/gradio_api/queue/data", "/gradio_api/queue/data?session_hash=", "/gradio_api/queue/data?session_hash=none",
                 "/gradio_api/file=", "/gradio_api/file=/", "/gradio_api/file=%00", "/gradio_api/file=http://192.0.2.1/", "/gradio_api/file=a/../../b",
                 "/?deep_link=x", "/?__theme=%00", "/?lang=%ff", "/assets/../../x", "/static/%2e%2e/x", "/svelte/x", "/theme.css?v=%00",
                 f"/perscoach/job/{token}/clip.mp4", "/gradio_api/upload_progress", "/gradio_api/user", "/favicon.ico", "/manifest.json"):  # fmt: skip
        for headers in ({}, {"Range": "bytes=9-1"}, {"Range": "bytes=" + ",".join(["0-1"] * 500)}, {"Range": "x" * 2000},
                        {"Cookie": "perscoach_owner=\xff; perscoach_lang=%; a" + "b" * 4000}, {"Accept-Language": "q" * 5000},
                        {"X-Forwarded-Host": "[", "X-Forwarded-Proto": "\xfe"}, {"If-None-Match": "*" * 5000}, {"Accept": "text/html"}):  # fmt: skip
            if "session_hash=none" in path and headers:
                continue
            status = Visitor(served, dict(coach.cookies)).ask("GET", path, headers).status
            assert status < 600, (path, headers)
    found = tracebacks(served)
    assert not found, f"{len(found)} tracebacks, the last one: {found[-1]}"


@pytest.mark.parametrize(
    "data", [b"\x00" * 500, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
             b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
             b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
             b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
)  # fmt: skip
def test_what_is_no_http_leaves_no_traceback(served: Served, data: bytes) -> None:
    raw(served, data, 0.5)
    assert not tracebacks(served) and json.loads(Visitor(served).ask("GET", "/healthz").body) == {"ok": True}
