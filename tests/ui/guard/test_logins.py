"""The login: slow to guess, its cookies of no use to other sites, and ended only by who made it."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from perscoach.ui.guard.budgets import Backoff
from tests.ui.guard.web import FOREIGN, Answer, Visitor
from tests.ui.served import Served, serve

HTTPS = {"X-Forwarded-Proto": "https"}


FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An app with a login. It counts failures by address and by name: whoever fails here comes from an address of its own."""
    app = serve(tmp_path_factory.mktemp("locked"), PERSCOACH_USER="coach", PERSCOACH_PASSWORD="s3cret")
    yield app
    assert app.stop() == 0


def log_in(visitor: Visitor, password: str, user: str = "coach", **headers: str) -> Answer:
    body = urllib.parse.urlencode({"username": user, "password": password}).encode()
    return visitor.ask("POST", "/login", {"Content-Type": FORM, **headers}, body)


def test_cookies_of_a_login_stay_on_this_site(locked: Served) -> None:
    for headers, secure in (({}, False), (HTTPS, True)):
        answer = log_in(Visitor(locked), "s3cret", **headers)
        assert answer.status == 200 and len(answer.all("set-cookie")) == 2
        for cookie in answer.all("set-cookie"):
            assert "SameSite=Lax" in cookie and "HttpOnly" in cookie and "None" not in cookie, cookie
            assert "Secure" in cookie or not secure, cookie


def test_a_foreign_page_reads_nothing_with_the_coach_s_cookies(locked: Served) -> None:
    coach = Visitor(locked)
    log_in(coach, "s3cret", **HTTPS)
    assert coach.ask("GET", "/config").status == 200
    for path in ("/config", "/gradio_api/info", "/gradio_api/user", "/"):
        answer = coach.ask("GET", path, {**FOREIGN, **HTTPS})
        assert answer.status == 403 and b"coach" not in answer.body and not answer.header("access-control-allow-origin")


def test_logging_out_ends_this_browser_s_login_alone(locked: Served) -> None:
    here, there = Visitor(locked), Visitor(locked)
    assert log_in(here, "s3cret").status == log_in(there, "s3cret").status == 200
    before = dict(here.cookies)
    assert here.ask("GET", "/logout", FOREIGN).status == 403
    assert here.ask("GET", "/config").status == 200
    answer = here.ask("GET", "/logout")
    assert answer.status == 303 and len(answer.all("set-cookie")) == 2
    assert there.ask("GET", "/config").status == 200, "the other browser is still in"
    assert Visitor(locked, before).ask("GET", "/config").status == 401, "and the old cookies open nothing"


def test_without_a_login_no_body_is_read(locked: Served) -> None:
    stranger = Visitor(locked)
    for path in ("/gradio_api/component_server", "/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/reset"):
        assert stranger.json(path, b"[" * 500_000).status == 401, path
    assert stranger.upload(b"x" * 1000).status == 401


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        *[
            (FORM, body)
            for body in (b"", b"username=" + b"x" * 100_000, b"\xff\xfe=\x00", b"username=a&username=b", b"%%%")
        ],
        *[("multipart/form-data", body) for body in (b"", b"username=a&username=b")],
        *[("multipart/form-data; boundary=x", body) for body in (b"", b"\xff\xfe=\x00", b"%%%")],
    ],
)
def test_a_strange_login_is_refused(locked: Served, kind: str, body: bytes) -> None:
    away = {"Content-Type": kind, "X-Forwarded-For": "203.0.113.8"}
    assert Visitor(locked).ask("POST", "/login", away, body).status in (400, 413, 422)
    assert "Traceback" not in locked.log.read_text()


def test_ten_wrong_passwords_make_the_next_ones_wait(locked: Served) -> None:
    stranger = Visitor(locked)
    assert [log_in(stranger, f"wrong{n}").status for n in range(10)] == [400] * 10
    refused = log_in(stranger, "wrong")
    assert refused.status == 429 and 1 <= int(refused.header("retry-after")) <= 60
    assert log_in(stranger, "s3cret").status == 429, "the right one has to wait too, or waiting would tell"
    away = {"X-Forwarded-For": "203.0.113.7"}
    assert log_in(Visitor(locked), "guess", **away).status == 429, "the name waits, wherever the guess comes from"
    assert log_in(Visitor(locked), "guess", user="boris", **away).status == 400, "another name from another address"


@pytest.mark.browser
def test_the_login_form_says_that_it_has_to_wait(locked: Served, page: Any) -> None:
    """After the failures of the test before, each wrong password doubles the wait until one comes too early."""
    page.goto(locked.url + "?lang=en")
    page.wait_for_selector("input[type=password]", timeout=60_000)
    words = page.locator("#pc-login-wait[role=alert]")
    for _ in range(8):
        page.locator("input:not([type=password])").first.fill("coach")
        page.locator("input[type=password]").fill("wrong")
        page.get_by_role("button").first.click()
        page.wait_for_timeout(500)
        if words.count():
            break
    words.wait_for(timeout=20_000)
    assert "too many" in words.inner_text().lower() and re.search(r"\d+ second", words.inner_text())


def test_waiting_doubles_ends_and_is_forgotten() -> None:
    now = 0.0
    backoff: Backoff[str] = Backoff(free=3, first=2, most=10, forget=100, clock=lambda: now)
    waits = []
    for _ in range(7):
        backoff.attempt("a")
        waits.append(backoff.wait("a"))
    assert waits == [0, 0, 2, 4, 8, 10, 10] and backoff.wait("b") == 0
    now = 5.0
    assert backoff.wait("a") == 5
    now = 200.0
    backoff.attempt("a")
    assert backoff.wait("a") == 0, "after a calm time it counts from the beginning"
    backoff.succeeded("a")
    assert backoff.wait("a") == 0


def test_many_addresses_cost_no_more_memory() -> None:
    backoff: Backoff[int] = Backoff()
    for n in range(20_000):
        backoff.attempt(n)
    assert len(backoff._failures) <= 4096
