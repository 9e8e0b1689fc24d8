"""Another site's page can neither read, change nor frame anything; the page itself, links to it and programs work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.guard.web import FOREIGN, TOKEN, Visitor, config_of
from tests.ui.served import Served, serve

DATA = [
    ("GET", "/config"), ("GET", "/gradio_api/info"), ("GET", "/gradio_api/queue/data?session_hash=abc"),
    ("GET", "/gradio_api/queue/status"), ("GET", "/gradio_api/heartbeat/abc"), ("GET", "/gradio_api/file=/etc/passwd"),
    ("GET", "/gradio_api/upload_progress?upload_id=x"), ("GET", f"/perscoach/job/{'A' * 22}/clip.mp4"),
    ("GET", "/perscoach/static/shell/shell.js"), ("GET", "/logout"), ("GET", "/gradio_api/user"), ("GET", "/healthz"),
    ("HEAD", f"/perscoach/job/{'A' * 22}/bundle.zip"), ("GET", "/theme.css"), ("GET", "/gradio_api/app_id"),
    ("POST", "/gradio_api/queue/join"), ("POST", "/gradio_api/component_server"), ("POST", "/gradio_api/run/predict"),
    ("POST", "/gradio_api/cancel"), ("POST", "/gradio_api/reset"), ("POST", "/gradio_api/upload"), ("POST", "/login"),
    ("POST", "/logout"), ("OPTIONS", "/gradio_api/queue/join"), ("OPTIONS", "/config"), ("POST", "/"),
]  # fmt: skip
SITES = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},  # another program on this computer
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    FOREIGN,
]


@pytest.mark.parametrize("proxy", [{}, {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}])
@pytest.mark.parametrize("site", SITES)
def test_another_site_gets_nothing(coach: Visitor, site: dict[str, str], proxy: dict[str, str]) -> None:
    for method, path in DATA:
        headers = {**site, **proxy, "Content-Type": "application/json", "Accept": "application/json"}
        if method == "OPTIONS":
            headers |= {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        answer = coach.ask(method, path, headers, b"{}" if method == "POST" else None)
        assert answer.status == 403, (method, path, answer.status)
        assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")], (method, path)
        assert b"root:" not in answer.body and b"components" not in answer.body


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_answer_gives_leave_to_another_origin(served: Served, host: str) -> None:
    """Whatever the Host header: Gradio gives leave to any origin where it is not this computer's."""
    for method, path in [*DATA, ("GET", "/"), ("GET", f"/mirror/{'A' * 22}/")]:
        headers = {"Host": f"{host}:{served.port}", "Origin": "https://evil.example"}
        answer = Visitor(served).ask(method, path, headers)
        assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")], (method, path)


def test_a_link_from_elsewhere_opens_the_page_but_no_file(coach: Visitor) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document",
            "Accept": "text/html"}  # fmt: skip
    assert coach.ask("GET", "/", link).status == coach.ask("GET", "/?lang=ru", link).status == 200
    assert coach.ask("GET", "/logout", link).status == 403
    assert coach.ask("GET", f"/perscoach/job/{'A' * 22}/bundle.zip", link).status == 403


def test_the_page_itself_and_programs_are_let_through(coach: Visitor, stranger: Visitor) -> None:
    port = coach.app.port
    own = {"Sec-Fetch-Site": "same-origin", "Origin": f"http://127.0.0.1:{port}", "Sec-Fetch-Mode": "cors"}
    assert coach.json("/gradio_api/reset", {"event_id": "x"}, own).status == 200
    assert coach.ask("GET", "/config", own).status == 200
    assert coach.ask("GET", "/", {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}).status == 200
    assert stranger.json("/gradio_api/reset", {"event_id": "x"}).status == 200  # curl, gradio_client
    assert config_of(stranger)["components"]


def test_behind_a_proxy_the_outer_name_counts(coach: Visitor) -> None:
    proxied = {"X-Forwarded-Host": "coach.example", "X-Forwarded-Proto": "https"}
    own, other = {"Origin": "https://coach.example"}, {"Origin": "https://coach.example:8443"}
    assert coach.json("/gradio_api/reset", {"event_id": "x"}, {**proxied, **own}).status == 200
    assert coach.json("/gradio_api/reset", {"event_id": "x"}, {**proxied, **other}).status == 403


@pytest.mark.parametrize(
    "path", ["/gradio_api/component_server", "/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/cancel"]
)
@pytest.mark.parametrize(
    "kind", ["text/plain", "", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"]
)
def test_a_body_that_a_form_could_send_is_refused(coach: Visitor, path: str, kind: str) -> None:
    body = b'{"data": [], "component_id": 1, "fn_name": "save", "session_hash": "abc"}'
    assert coach.ask("POST", path, {"Content-Type": kind} if kind else {}, body).status == 415


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "localhost.evil.example", "192.168.1.2", "0.0.0.0:{port}", "[::2]", "a b"]
)  # fmt: skip
def test_a_foreign_name_that_leads_to_this_computer_is_refused(served: Served, host: str) -> None:
    """DNS rebinding: the browser takes the other site's page for the app's own."""
    for path in ("/", "/config", f"/mirror/{'A' * 22}/"):
        answer = Visitor(served).ask("GET", path, {"Host": host.format(port=served.port), "Accept": "text/html"})
        assert answer.status in (400, 421) and not answer.all("set-cookie"), path


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost:{port}", "LOCALHOST", "[::1]:{port}", "127.0.0.2", "app.localhost"]
)
def test_this_computer_s_names_are_known(served: Served, host: str) -> None:
    assert Visitor(served).ask("GET", "/healthz", {"Host": host.format(port=served.port)}).status == 200


@pytest.mark.parametrize(
    "path",
    ["/gradio_api/token", "/gradio_api/proxy=https://x.hf.space/a", "/gradio_api/vibe-code", "/gradio_api/dev/reload",
     "/gradio_api/call/x", "/gradio_api/process_recording", "/gradio_api/stream/a", "/gradio_api/openapi.json",
     "/gradio_api/deep_link", "/monitoring", "/pwa_icon/9999", "/gradio_api/runs", "/gradio_api/custom_component/a/b/c/d",
     "/docs", "/openapi.json", "/gradio_api/mcp/", "/gradio_api//proxy=x", "/GRADIO_API/token", "/gradio_api/profiling/clear"],
)  # fmt: skip
def test_what_the_app_does_not_use_is_not_there(stranger: Visitor, path: str) -> None:
    for method in ("GET", "POST"):
        answer = stranger.ask(method, path, {"Content-Type": "application/json"}, b"{}" if method == "POST" else None)
        assert answer.status == 404, method


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "FOO"])
def test_other_methods_are_refused(stranger: Visitor, method: str) -> None:
    assert stranger.ask(method, "/config").status == 405


def test_only_the_app_s_own_pages_may_frame_it(coach: Visitor) -> None:
    for path in ("/", "/config", f"/perscoach/job/{'A' * 22}/clip.mp4", "/nothing", "/perscoach/static/shell/shell.js"):
        answer = coach.ask("GET", path, {"Accept": "text/html"})
        assert "frame-ancestors 'self'" in answer.header("content-security-policy"), path
        assert answer.header("x-frame-options") == "SAMEORIGIN", path
        assert answer.header("cross-origin-resource-policy") == "same-origin", path
    mirror = coach.ask("GET", f"/mirror/{'A' * 22}/")
    assert mirror.status == 404 and "frame-ancestors" not in mirror.header("content-security-policy")


@pytest.fixture(scope="module")
def framed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root: Path = tmp_path_factory.mktemp("framed")
    app = serve(root, PERSCOACH_FRAME_ANCESTORS="https://huggingface.co", PERSCOACH_HOSTS="coach.example, *.hf.space")
    yield app
    assert app.stop() == 0


def test_a_space_s_page_may_frame_it_where_the_setting_says_so(framed: Served) -> None:
    frame = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe",
             "Accept": "text/html", "X-Forwarded-Proto": "https", "Host": "anna-perscoach.hf.space"}  # fmt: skip
    answer = Visitor(framed).ask("GET", "/", frame)
    assert answer.status == 200 and not answer.all("x-frame-options")
    assert "frame-ancestors 'self' https://huggingface.co" in answer.header("content-security-policy")
    cookie = answer.header("set-cookie")
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=None", "Partitioned"))
    assert "SameSite=Lax" in Visitor(framed).ask("GET", "/", {"Accept": "text/html"}).header("set-cookie")
    fetched = {**FOREIGN, "Host": "anna-perscoach.hf.space", "X-Forwarded-Proto": "https"}
    assert Visitor(framed).ask("GET", "/config", fetched).status == 403


def test_named_hosts_are_known_and_no_others(framed: Served) -> None:
    for host, status in (
        ("coach.example", 200),
        ("a.hf.space:443", 200),
        ("hf.space", 421),
        ("coach.example.evil", 421),
    ):
        assert Visitor(framed).ask("GET", "/healthz", {"Host": host}).status == status, host


def test_programs_find_their_addresses_in_the_real_app(quick: Served) -> None:
    program, bearer = Visitor(quick), {"Authorization": f"Bearer {TOKEN}"}
    assert program.ask("GET", "/metrics").status == 401
    assert b"perscoach_jobs" in program.ask("GET", "/metrics", bearer).body
    assert program.ask("GET", "/api/jobs", {**bearer, **FOREIGN}).status == 403
    body = {**bearer, "Content-Type": "video/mp4"}
    answer = program.ask("POST", "/api/jobs?name=a", body, b"clip")
    assert answer.status == 201 and b'"status":"queued"' in answer.body
    assert program.ask("DELETE", "/config", bearer).status == 405, "nothing else learns new methods"


def test_without_a_token_in_the_settings_programs_find_nothing(stranger: Visitor) -> None:
    for method, path in (("GET", "/metrics"), ("GET", "/api/openapi.json"), ("DELETE", "/api/jobs/x")):
        assert stranger.ask(method, path, {"Authorization": "Bearer "}).status == 404
