"""Links: of their own, renewed, revoked, gone with the job, outside the login, and inside the app."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from perscoach.core.errors import JobError
from perscoach.core.names import is_token
from perscoach.core.settings import load_settings
from perscoach.jobs import Job, JobQueue, Workspace
from perscoach.mirror import share
from perscoach.mirror.server import HEADERS
from perscoach.ui import routes
from perscoach.ui.bundle.mirror import address, mirror_html, qr_uri
from perscoach.ui.context import OWNER_COOKIE, AppContext, load_secret
from tests.jobs.states import put
from tests.mirror.conftest import WEBM, small_bundle
from tests.ui.asked import Asked


@pytest.fixture
def context(tmp_path: Path) -> AppContext:
    import dataclasses

    root = tmp_path / "workspace"
    settings = dataclasses.replace(load_settings(), workspace=root)
    workspace = Workspace(root)
    return AppContext(settings, workspace, JobQueue(workspace, 2), load_secret(root))


def finished(context: AppContext, owner: str = "anna") -> Job:
    job = context.workspace.create(owner, "squat")
    small_bundle(job.folder / "bundle" / "squat")
    return put(job, status="done", bundle="bundle/squat")


def client_of(context: AppContext, **state: Any) -> TestClient:
    app = Starlette(routes=routes.routes(context), middleware=[Middleware(routes.PageFrame, context=context)])
    for name, value in state.items():
        setattr(app, name, value)
    return TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)


def test_a_link_is_random_stays_and_opens_the_bundle(context: AppContext) -> None:
    job, other = finished(context), finished(context)
    token = share.share(context.workspace, job)
    assert is_token(token) and token != job.token and token not in job.token
    assert share.share(context.workspace, job) == token != share.share(context.workspace, other)
    opened = share.resolve(context.workspace, token)
    assert opened == job.bundle()
    again = share.resolve(Workspace(context.workspace.root), token)  # after a restart
    assert again == job.bundle()


def test_a_new_link_ends_the_old_one(context: AppContext) -> None:
    job = finished(context)
    old = share.share(context.workspace, job)
    new = share.renew(context.workspace, job)
    assert new != old and share.resolve(context.workspace, old) is None
    assert share.resolve(context.workspace, new) is not None and share.share(context.workspace, job) == new


def test_a_link_goes_with_its_job(context: AppContext) -> None:
    job, other = finished(context), finished(context)
    token = share.share(context.workspace, job)
    share.share(context.workspace, other)
    context.workspace.delete(job)
    assert share.resolve(context.workspace, token) is None
    with context.workspace.database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM shares").fetchone()[0] == 1
    with pytest.raises(JobError):
        share.share(context.workspace, job)


def test_a_job_without_a_bundle_shows_nothing(context: AppContext) -> None:
    job = context.workspace.create("anna", "squat")
    assert share.resolve(context.workspace, share.share(context.workspace, job)) is None


@pytest.mark.parametrize("token", ["", "x", "../../jobs", "A" * 21, "A" * 23, "A" * 22 + "\n", "é" * 22, "A" * 10000])
def test_odd_tokens_open_nothing(context: AppContext, token: str) -> None:
    finished(context)
    assert share.resolve(context.workspace, token) is None


def test_in_the_app_the_link_opens_the_page_and_nothing_of_the_job(context: AppContext) -> None:
    job = finished(context)
    token = share.share(context.workspace, job)
    client = client_of(context)
    page = client.get(f"/mirror/{token}/", headers={"Accept": "text/html"})
    assert page.status_code == 200 and b"shell.js" not in page.content  # the app's own frame stays away
    assert "set-cookie" not in page.headers
    for name, value in HEADERS.items():
        assert page.headers.get_list(name) == [value]
    assert client.get(f"/mirror/{token}/bundle/trainer_transparent.webm").content == WEBM
    for path in (
        *(f"/mirror/{token}/{name}" for name in ("job.json", "share.json", "bundle/../../job.json", "source.mp4")),
        *(f"/mirror/{job.token}/", f"/mirror/{secrets.token_urlsafe(16)}/", "/mirror/", "/mirror"),
        f"/perscoach/job/{token}/bundle.json",
    ):
        assert client.get(path).status_code == 404, path
    assert job.token not in page.text


def test_a_client_needs_no_login_and_gets_no_further(context: AppContext) -> None:
    token = share.share(context.workspace, finished(context))
    client = client_of(context, auth=lambda user, word: False, tokens={}, cookie_id="x")
    assert client.get(f"/mirror/{token}/").status_code == 200
    assert client.get(f"/perscoach/job/{token}/bundle.zip").status_code == 401


def test_a_share_token_is_no_key_to_the_job_s_own_files(context: AppContext) -> None:
    cookie = context.new_owner()
    job = finished(context, cookie.split(".")[0])
    token = share.share(context.workspace, job)
    client = client_of(context)
    client.cookies.set(OWNER_COOKIE, cookie)
    assert client.get(f"/perscoach/job/{job.token}/bundle.json").status_code == 200
    assert client.get(f"/perscoach/job/{token}/bundle.json").status_code == 404


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"host": "coach.example"}, "http://coach.example/mirror/T/"),
        ({"referer": "https://coach.example/app/?job=1#bundle", "host": "10.0.0.1"}, "https://coach.example/app/mirror/T/"),
        ({"referer": "https://coach.example", "host": "x"}, "https://coach.example/mirror/T/"),
        ({"host": "a:7860", "x-forwarded-proto": "https", "x-forwarded-host": "coach.example"}, "https://coach.example/mirror/T/"),
        ({"referer": "javascript:alert(1)", "host": "h"}, "http://h/mirror/T/"),
        ({"host": "h", "x-forwarded-proto": "javascript"}, "http://h/mirror/T/"),
        ({}, "http://127.0.0.1/mirror/T/"),
    ],
)  # fmt: skip
def test_the_address_is_the_one_that_the_browser_sees(headers: dict[str, str], expected: str) -> None:
    assert address("T", Asked(headers=headers)) == expected


def test_what_is_known_of_an_address_is_said() -> None:
    near = mirror_html("T", "http://127.0.0.1:7860/mirror/T/", "en")
    far = mirror_html("T", "http://192.168.1.5:7860/mirror/T/", "ru")
    safe = mirror_html("T", "https://coach.example/mirror/T/", "en")
    assert "only on this computer" in near and "https" in far and "камеру" in far
    assert "only on this computer" not in safe and "will not open" not in safe
    evil = mirror_html("T", 'http://x"><script>alert(1)</script>/', "en")
    assert "<script>" not in evil and 'href="mirror/T/"' in evil


def test_the_code_is_the_address() -> None:
    import urllib.parse
    import xml.etree.ElementTree as ElementTree

    cv2 = pytest.importorskip("cv2")
    import numpy as np
    import segno

    url = "https://coach.example/app/mirror/AAAAAAAAAAAbbbbbbbbbbb/"
    uri = qr_uri(url)
    assert uri.startswith("data:image/svg+xml") and '"' not in uri
    ElementTree.fromstring(urllib.parse.unquote(uri.split(",", 1)[1].replace("&amp;", "&")))
    modules = np.array([[not cell for cell in row] for row in segno.make(url, error="m", micro=False).matrix], np.uint8)
    picture = np.pad(np.kron(modules, np.ones((8, 8), np.uint8)) * 255, 40, constant_values=255)
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == url


def test_the_bundle_step_shows_the_link_only_to_the_job_s_owner_and_only_when_there_is_a_bundle(
    context: AppContext,
) -> None:
    from perscoach.ui.bundle.mirror import MirrorPart

    cookie = context.new_owner()
    asked = Asked(cookies={OWNER_COOKIE: cookie}, headers={"host": "coach.example", "accept-language": "ru"})
    job = finished(context, cookie.split(".")[0])
    part = MirrorPart(context)
    shown, row = part.follow(job.token, f"{job.token}/1", asked)
    token = share.share(context.workspace, job)
    assert f"http://coach.example/mirror/{token}/" in shown and "Открыть зеркало" in shown and row.visible
    stranger = Asked(cookies={OWNER_COOKIE: context.new_owner()}, headers={"host": "x"})
    for other in (stranger, Asked()):
        hidden, row = part.follow(job.token, f"{job.token}/1", other)
        assert hidden == "" and not row.visible
    assert part.follow(job.token, "", asked)[0] == ""
    unfinished = context.workspace.create(cookie.split(".")[0], "new")
    assert part.follow(unfinished.token, f"{unfinished.token}/1", asked)[0] == ""
    assert not (unfinished.folder / "share.json").exists()
