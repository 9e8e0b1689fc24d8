"""Links: of their own, renewed, revoked, gone with the job, outside the login, and inside the app."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import secrets
import zipfile
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
from perscoach.ui.bundle.mirror import Ways, is_near, mirror_html, page_of, qr_uri
from perscoach.ui.context import OWNER_COOKIE, AppContext, load_secret
from tests.jobs.states import put
from tests.mirror.conftest import WEBM, small_bundle
from tests.ui.asked import Asked


@pytest.fixture
def context(tmp_path: Path) -> AppContext:
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
        ({"host": "coach.example"}, "http://coach.example/"),
        ({"referer": "https://coach.example/app/?job=1#bundle", "host": "10.0.0.1"}, "https://coach.example/app/"),
        ({"referer": "https://coach.example", "host": "x"}, "https://coach.example/"),
        ({"host": "a:7860", "x-forwarded-proto": "https", "x-forwarded-host": "coach.example"}, "https://coach.example/"),
        ({"referer": "javascript:alert(1)", "host": "h"}, "http://h/"),
        ({"host": "h", "x-forwarded-proto": "javascript"}, "http://h/"),
        ({}, "http://127.0.0.1/"),
    ],
)  # fmt: skip
def test_the_page_is_the_one_that_the_browser_sees(headers: dict[str, str], expected: str) -> None:
    assert page_of(Asked(headers=headers)) == expected


def ways(page: str, lan: str = "") -> Ways:
    return Ways("T", page, lan, "J", 5 << 20)


@pytest.mark.parametrize(
    "page",
    ["http://127.0.0.1:7860/", "http://localhost/", "http://[::1]:1/", "http://127.1.2.3/", "http://192.168.1.5/"],
)
def test_an_address_that_works_nowhere_else_is_no_link_and_no_code(page: str) -> None:
    for language in ("en", "ru"):
        shown = mirror_html(ways(page), language)
        assert "data-copy" not in shown and "pc-mirror-code" not in shown and "pc-mirror-link" not in shown
        assert 'href="perscoach/mirror/J/mirror.zip"' in shown  # the folder works everywhere
        assert ("pc-mirror-start" in shown) == is_near(page)  # the network is shared at the computer itself alone


def test_a_link_that_works_is_shown_with_its_code_and_a_new_one_asks_first() -> None:
    safe = mirror_html(ways("https://coach.example/app/"), "en")
    assert 'data-copy="https://coach.example/app/mirror/T/"' in safe and "pc-mirror-code" in safe
    assert "pc-mirror-start" not in safe and re.search(r'data-press="pc-mirror-new" data-ask="[^"]{20,}"', safe)
    shared = mirror_html(ways("http://127.0.0.1:7860/", "https://192.168.1.5:7861"), "ru")
    assert 'data-copy="https://192.168.1.5:7861/mirror/T/"' in shared and "pc-mirror-stop" in shared
    evil = mirror_html(ways('https://x"><script>alert(1)</script>/'), "en")
    assert "<script>" not in evil and 'href="mirror/T/"' in evil


def test_the_coach_s_title_is_what_clients_see_and_the_folder_has(context: AppContext) -> None:
    cookie = context.new_owner()
    job = finished(context, cookie.split(".")[0])
    token, client = share.share(context.workspace, job), client_of(context)
    client.cookies.set(OWNER_COOKIE, cookie)
    assert client.get(f"/mirror/{token}/bundle/bundle.json").json()["name"] != "Squat, week 1"
    job.edit(lambda recipe: dataclasses.replace(recipe, score=recipe.score.titled("Squat, week 1")))
    assert client.get(f"/mirror/{token}/bundle/bundle.json").json()["name"] == "Squat, week 1"
    answer = client.get(f"/perscoach/mirror/{job.token}/mirror.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert json.loads(archive.read("mirror/bundle/bundle.json"))["name"] == "Squat, week 1"
        assert {"mirror/index.html", "mirror/README.txt"} <= set(archive.namelist())
    assert not list(context.workspace.root.glob("made-*")), "nothing stays behind"
    client.cookies.set(OWNER_COOKIE, context.new_owner())
    assert client.get(f"/perscoach/mirror/{job.token}/mirror.zip").status_code == 404
    assert not list(context.workspace.root.glob("made-*"))


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
    asked = Asked(
        cookies={OWNER_COOKIE: cookie}, headers={"referer": "https://coach.example/", "accept-language": "ru"}
    )
    job = finished(context, cookie.split(".")[0])
    part = MirrorPart(context)
    shown, _, box = part.follow(job.token, f"{job.token}/1", asked)
    token = share.share(context.workspace, job)
    assert f"https://coach.example/mirror/{token}/" in shown and "Открыть зеркало" in shown and box.visible
    stranger = Asked(cookies={OWNER_COOKIE: context.new_owner()}, headers={"host": "x"})
    for other in (stranger, Asked()):
        hidden, _, box = part.follow(job.token, f"{job.token}/1", other)
        assert hidden == "" and not box.visible
    assert part.follow(job.token, "", asked)[0] == ""
    unfinished = context.workspace.create(cookie.split(".")[0], "new")
    assert part.follow(unfinished.token, f"{unfinished.token}/1", asked)[0] == ""
    assert not (unfinished.folder / "share.json").exists()
