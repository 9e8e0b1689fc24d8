"""The hand-made routes: names, tokens, ranges, owners, login."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from perscoach.jobs import Job
from perscoach.ui import routes
from perscoach.ui.context import OWNER_COOKIE, AppContext
from tests.jobs.states import put

BODY = bytes(range(256)) * 40


def client_of(context: AppContext, **state: Any) -> TestClient:
    app = Starlette(routes=routes.routes(context), middleware=[Middleware(routes.PageFrame, context=context)])
    for name, value in state.items():
        setattr(app, name, value)
    return TestClient(app, base_url="http://127.0.0.1")


def finished_job(context: AppContext, owner: str, name: str = "squat") -> Job:
    """A job whose bundle is there (its files hold bytes that are easy to tell apart)."""
    job = context.workspace.create(owner, name)
    bundle = job.folder / "bundle" / "squat"
    (bundle / "poses").mkdir(parents=True)
    (bundle / "trainer_transparent.webm").write_bytes(BODY)
    (bundle / "poses" / "trainer_poses.json").write_text("{}")
    (job.folder / "bundle" / "squat.zip").write_bytes(b"PK" + BODY)
    (job.folder / "thumbnail.jpg").write_bytes(b"\xff\xd8\xff")
    return put(job, status="done", bundle="bundle/squat")


@pytest.fixture
def own(context: AppContext) -> tuple[TestClient, Job]:
    cookie = context.new_owner()
    client = client_of(context)
    client.cookies.set(OWNER_COOKIE, cookie)
    return client, finished_job(context, cookie.split(".")[0])


def test_health(context: AppContext) -> None:
    assert client_of(context).get("/healthz").json() == {"ok": True}


def test_own_files_come_with_their_type_and_a_range(own: tuple[TestClient, Job]) -> None:
    client, job = own
    answer = client.get(f"/perscoach/job/{job.token}/trainer_transparent.webm")
    assert answer.status_code == 200 and answer.content == BODY
    assert answer.headers["content-type"] == "video/webm"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("inline")
    part = client.get(f"/perscoach/job/{job.token}/trainer_transparent.webm", headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and part.content == BODY[10:20]
    assert part.headers["content-range"] == f"bytes 10-19/{len(BODY)}"
    saved = client.get(f"/perscoach/job/{job.token}/bundle.zip?v=1&save=1")
    assert saved.headers["content-disposition"].startswith("attachment") and saved.content[:2] == b"PK"
    assert client.get(f"/perscoach/job/{job.token}/trainer_poses.json").json() == {}


def test_what_is_not_made_or_not_listed_is_not_there(own: tuple[TestClient, Job]) -> None:
    client, job = own
    (job.folder / "bundle" / "squat" / "bundle.json").symlink_to("/etc/passwd")
    names = ["", "job.json", "run.json", "log.txt", "source.mp4", "../job.json", "..%2fjob.json", "%2e%2e/job.json",
             "bundle", "bundle/squat/trainer_transparent.webm", "trainer_transparent.webm%00", "TRAINER.GLB",
             "trainer.glb", "bundle.json"]  # fmt: skip
    for name in names:
        answer = client.get(f"/perscoach/job/{job.token}/{name}")
        assert answer.status_code == 404, name
        assert "root:" not in answer.text and str(job.folder) not in answer.text


@pytest.mark.parametrize(
    "token", ["", ".", "..", "A" * 21, "A" * 23, "A" * 22, "%2e%2e", "..%2f..", "A" * 21 + "/", "а" * 22, "*" * 22]
)
def test_strange_tokens_are_refused(own: tuple[TestClient, Job], token: str) -> None:
    assert own[0].get(f"/perscoach/job/{token}/thumbnail.jpg").status_code == 404


def test_somebody_else_cannot_read_even_with_the_token(context: AppContext, own: tuple[TestClient, Job]) -> None:
    _, job = own
    address = f"/perscoach/job/{job.token}/thumbnail.jpg"
    assert own[0].get(address).status_code == 200
    assert client_of(context).get(address).status_code == 404
    stranger = client_of(context)
    stranger.cookies.set(OWNER_COOKIE, context.new_owner())
    refused = stranger.get(address)
    missing = stranger.get(f"/perscoach/job/{'A' * 22}/thumbnail.jpg")
    assert refused.status_code == 404 and refused.text == missing.text  # nothing tells that the job exists


def test_a_forged_owner_is_nobody(context: AppContext, own: tuple[TestClient, Job]) -> None:
    _, job = own
    for value in (f"{job.owner}.{'0' * 32}", job.owner, f"{job.owner}.", "x" * 4000):
        forger = client_of(context)
        forger.cookies.set(OWNER_COOKIE, value)
        assert forger.get(f"/perscoach/job/{job.token}/thumbnail.jpg").status_code == 404


@dataclasses.dataclass
class Login:
    """The parts of Gradio's app that say who is logged in."""

    tokens: dict[str, str]
    cookie_id: str = "id"


def test_with_a_login_the_files_ask_for_it(context: AppContext) -> None:
    state = {"auth": object(), "tokens": {"t1": "anna", "t2": "boris"}, "cookie_id": "id"}
    client = client_of(context, **state)

    class Asked:
        app = client.app
        cookies = {"access-token-id": "t1"}
        headers: dict[str, str] = {}

    job = finished_job(context, context.owner(Asked()))
    address = f"/perscoach/job/{job.token}/thumbnail.jpg"
    assert client.get(address).status_code == 401
    client.cookies.set("access-token-id", "nonsense")
    assert client.get(address).status_code == 401
    client.cookies.set("access-token-id", "t1")
    assert client.get(address).status_code == 200
    client.cookies.set("access-token-id", "t2")
    assert client.get(address).status_code == 404


def test_the_name_of_a_download_is_safe(context: AppContext) -> None:
    cookie = context.new_owner()
    client = client_of(context)
    client.cookies.set(OWNER_COOKIE, cookie)
    job = finished_job(context, cookie.split(".")[0], 'при"сед\r\nX-Bad: 1 ${alert(7)} ../../x')
    answer = client.get(f"/perscoach/job/{job.token}/bundle.zip?save=1")
    value = answer.headers["content-disposition"]
    assert "x-bad" not in answer.headers
    assert value.count('"') == 2 and "/" not in value and "$" not in value and value.isascii()
    assert value.endswith(".zip")


@pytest.mark.parametrize(
    "path",
    ["shell/app.css", "shell/shell.js", "colour/colour.mjs"],
)
def test_panel_scripts_are_served(context: AppContext, path: str) -> None:
    answer = client_of(context).get(f"/perscoach/static/{path}")
    assert answer.status_code == 200 and len(answer.content) > 500
    kind = answer.headers["content-type"]
    assert kind.startswith("text/css" if path.endswith(".css") else "text/javascript")


@pytest.mark.parametrize(
    "path",
    ["shell/__init__.py", "shell/../launch.py", "..%2f..%2fapp.py", "texts/shell.py", "shell/", "shell", "",
     "shell/%2e%2e%2fapp.py", "../settings.py", "shell/app.css%00.js", "SHELL/app.css", "context.py/x.js"],
)  # fmt: skip
def test_nothing_else_is_served(context: AppContext, path: str) -> None:
    answer = client_of(context).get(f"/perscoach/static/{path}")
    assert answer.status_code == 404 and "import" not in answer.text


def test_plotly_is_the_installed_one_and_kept_by_the_browser(context: AppContext) -> None:
    client = client_of(context)
    answer = client.get("/perscoach/static/plotly")
    assert answer.status_code == 200 and "plotly.js v" in answer.text[:400]
    assert "max-age" in answer.headers["cache-control"] and answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["content-encoding"] == "gzip"
    assert client.get("/perscoach/static/plotly", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_nothing_packs_plotly_again_for_each_request() -> None:
    """Gradio's middleware compresses by the ending of the address."""
    from gradio.brotli_middleware import BrotliMiddleware

    packs = BrotliMiddleware(app=None)._is_compressible_file_type  # type: ignore[arg-type]
    assert packs({"path": "/perscoach/static/plotly.min.js"}) and not packs({"path": "/perscoach/static/plotly"})


def test_a_page_gives_a_browser_its_owner_once(context: AppContext) -> None:
    client = client_of(context)
    first = client.get("/healthz", headers={"Accept": "text/html"})
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    assert context.knows(client.cookies[OWNER_COOKIE])
    assert "set-cookie" not in client.get("/healthz", headers={"Accept": "text/html"}).headers
    assert "set-cookie" not in client_of(context).get("/healthz").headers
    behind = client_of(context).get("/healthz", headers={"Accept": "text/html", "X-Forwarded-Proto": "https"})
    assert "; Secure" in behind.headers["set-cookie"] and "SameSite=Lax" in behind.headers["set-cookie"]


def test_the_policy_names_no_other_host(context: AppContext) -> None:
    policy = client_of(context).get("/healthz").headers["content-security-policy"]
    assert policy.startswith("default-src 'self'") and "http" not in policy and "*" not in policy
