"""The app as it is served: hardened, private, quick to answer."""

from __future__ import annotations

import dataclasses
import json
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from perscoach.core.settings import load_settings
from perscoach.ui.context import OWNER_COOKIE, AppContext
from tests.ui.served import Served, serve


def status_of(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")


def test_the_page_is_served_with_its_owner_and_policy(served: Served) -> None:
    request = urllib.request.Request(served.url, headers={"Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        page = answer.read().decode()
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert OWNER_COOKIE in (answer.headers["set-cookie"] or "")
        assert answer.headers["referrer-policy"] == "same-origin"
    assert "perscoach/static/shell/shell.js" in page


def test_a_second_app_on_the_same_port_is_told_in_words(served: Served) -> None:
    from perscoach.core.errors import SettingsError
    from perscoach.ui.launch import check_port

    with pytest.raises(SettingsError, match="running already"):
        check_port("127.0.0.1", served.port)


@pytest.mark.parametrize(
    "path",
    ["monitoring", "monitoring/summary", "gradio_api/monitoring", "gradio_api/monitoring/summary", "docs", "redoc",
     "openapi.json", "gradio_api/mcp/", "perscoach/job/"],
)  # fmt: skip
def test_what_nobody_needs_is_closed(served: Served, path: str) -> None:
    status, text = status_of(served.url + path)
    assert status in (403, 404) or "<!doctype html" in text.lower()
    assert "average" not in text.lower() or status == 403


@pytest.mark.parametrize(
    "path",
    ["{repo}/README.md", "{repo}/app.py", "{repo}/pyproject.toml", "{jobs}", "{secret}", "/etc/passwd", "app.py"],
)
def test_gradio_serves_no_file_of_ours(served: Served, path: str) -> None:
    repo = Path(__file__).resolve().parents[2]
    root = served.workspace
    (root / "jobs" / "x.txt").write_text("a job's file")
    full = path.format(repo=repo, jobs=root / "jobs" / "x.txt", secret=root / ".secret")
    status, text = status_of(f"{served.url}gradio_api/file={full}")
    assert status in (403, 404) and "root:" not in text and "a job's file" not in text


def test_nothing_is_reported_and_nothing_public_is_listed(served: Served) -> None:
    status, text = status_of(served.url + "config")
    config = json.loads(text)
    assert status == 200 and config["analytics_enabled"] is False
    assert not config.get("run_history") and not config.get("is_space")
    status, text = status_of(served.url + "gradio_api/info")
    listed = json.loads(text)
    assert status == 200 and not listed["named_endpoints"] and not listed["unnamed_endpoints"]


def test_the_environment_is_set_before_gradio_reads_it(context: AppContext, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    from perscoach.ui.launch import prepare_environment

    for name in ("GRADIO_ANALYTICS_ENABLED", "GRADIO_TEMP_DIR", "HF_HUB_DISABLE_TELEMETRY", "GRADIO_RUN_HISTORY"):
        monkeypatch.setenv(name, "True")
    monkeypatch.setenv("GRADIO_ALLOWED_PATHS", "/")
    prepare_environment(context.settings)
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == os.environ["GRADIO_RUN_HISTORY"] == "False"
    assert "GRADIO_ALLOWED_PATHS" not in os.environ
    assert Path(os.environ["GRADIO_TEMP_DIR"]).is_relative_to(context.settings.workspace)


def test_it_answers_soon_after_the_start(served: Served) -> None:
    assert served.seconds < 60  # it is a matter of seconds; this is only the end of patience


def test_gradio_gets_the_hardened_options(context: AppContext) -> None:
    from perscoach.ui.launch import mount_options

    options = mount_options(context)
    expected = {"enable_monitoring": False, "run_history": False, "show_error": False, "pwa": False,
                "mcp_server": False, "ssr_mode": False, "allowed_paths": [], "auth": None}  # fmt: skip
    assert {name: options[name] for name in expected} == expected
    assert options["max_file_size"] == context.settings.max_bytes
    assert str(context.settings.checkpoints) in options["blocked_paths"]


def test_a_login_is_asked_for_and_compared_whole(context: AppContext) -> None:
    from perscoach.ui.launch import mount_options

    settings = dataclasses.replace(context.settings, user="анна", password="s3cret")
    check = mount_options(dataclasses.replace(context, settings=settings))["auth"]
    assert check("анна", "s3cret")
    assert not any(check(*pair) for pair in (("анна", ""), ("", "s3cret"), ("анна", "s3cre"), ("boris", "s3cret")))


def test_with_a_login_nothing_opens_without_it(tmp_path: Path) -> None:
    app = serve(tmp_path / "w", PERSCOACH_USER="coach", PERSCOACH_PASSWORD="s3cret")
    try:
        file = f"{app.url}perscoach/job/{'A' * 22}/clip.mp4"
        assert status_of(file)[0] == 401
        assert status_of(app.url + "gradio_api/info")[0] == 401
        jar = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        for password, expected in (("wrong", 400), ("s3cret", 200)):
            data = urllib.parse.urlencode({"username": "coach", "password": password}).encode()
            try:
                status = jar.open(app.url + "login", data, timeout=10).status
            except urllib.error.HTTPError as error:
                status = error.code
            assert status == expected
        with pytest.raises(urllib.error.HTTPError) as refusal:
            jar.open(file, timeout=10)
        assert refusal.value.code == 404  # logged in, and there is no such job
        refusal.value.close()
    finally:
        app.stop()


def test_a_space_may_be_framed_by_its_site_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from perscoach.ui.launch import hosted_settings

    for name in ("PERSCOACH_FRAME_ANCESTORS", "PERSCOACH_PROXIES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPACE_ID", "anna/perscoach")
    settings = hosted_settings(load_settings())
    assert settings.frame_ancestors == ("https://huggingface.co",) and settings.proxies == ("*",)
    monkeypatch.setenv("PERSCOACH_FRAME_ANCESTORS", "")
    monkeypatch.setenv("PERSCOACH_PROXIES", "10.0.0.0/8")
    settings = hosted_settings(load_settings())
    assert settings.frame_ancestors == () and settings.proxies == ("10.0.0.0/8",)


@pytest.mark.parametrize(
    ("name", "value"),
    [("HOSTS", "https://a.example"), ("HOSTS", "a;b"), ("FRAME_ANCESTORS", "huggingface.co"), ("FRAME_ANCESTORS", "'none'"),
     ("FRAME_ANCESTORS", "https://a.example; script-src *"), ("PROXIES", "proxy.example"), ("PROXIES", "10.0.0.0/8/8")],
)  # fmt: skip
def test_a_wrong_name_in_the_settings_is_said(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    from perscoach.core.errors import SettingsError

    monkeypatch.setenv(f"PERSCOACH_{name}", value)
    with pytest.raises(SettingsError, match=f"PERSCOACH_{name}"):
        load_settings()


def test_a_space_s_address_is_honoured_unless_ours_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from perscoach.ui.launch import hosted_settings

    for name in ("PERSCOACH_HOST", "PERSCOACH_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GRADIO_SERVER_NAME", "0.0.0.0")
    monkeypatch.setenv("GRADIO_SERVER_PORT", "7999")
    settings = hosted_settings(load_settings())
    assert (settings.host, settings.port) == ("0.0.0.0", 7999)
    monkeypatch.setenv("PERSCOACH_HOST", "127.0.0.1")
    monkeypatch.setenv("GRADIO_SERVER_PORT", "99999999")
    settings = hosted_settings(load_settings())
    assert (settings.host, settings.port) == ("127.0.0.1", 7860)
