"""The app around the panels: words, owners, progress, cutting, hardened launch."""

from __future__ import annotations

import dataclasses
import json
import re
import string
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from perscoach.errors import JobError, PerscoachError
from perscoach.files import held
from perscoach.jobs import JobQueue, Workspace
from perscoach.jobs.job import BUSY_FILE
from perscoach.settings import load_settings
from perscoach.ui import texts
from perscoach.ui.bundle.views import progress_html, result_html, size_text, time_text
from perscoach.ui.clip.panel import cut_settings
from perscoach.ui.context import LANGUAGE_COOKIE, OWNER_COOKIE, AppContext, load_secret
from perscoach.ui.watch import clip_mark, fingerprint, refused, result_mark, status_html


@dataclasses.dataclass
class Asked:
    """A request as listeners and routes see it."""

    cookies: dict[str, str] = dataclasses.field(default_factory=dict)
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    app: Any = None


@pytest.fixture
def context(tmp_path: Path) -> AppContext:
    settings = dataclasses.replace(load_settings(), workspace=tmp_path)
    workspace = Workspace(tmp_path)
    return AppContext(settings, workspace, JobQueue(workspace, 2), load_secret(tmp_path))


def browser_of(context: AppContext) -> Asked:
    return Asked(cookies={OWNER_COOKIE: context.new_owner()})


# words ---------------------------------------------------------------------------------------------------------------


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_stands_in_both_languages() -> None:
    table = texts.all_texts()
    assert {key.split(".")[0] for key in table} >= {"shell", "clip", "matte", "pose", "bundle", "jobs"}
    for key, (en, ru) in table.items():
        assert en.strip() and ru.strip(), key
        assert fields(en) == fields(ru), key
        assert not re.search("[а-яё]", en, re.IGNORECASE), key


NAMES = {"perscoach", "modnet", "mediapipe", "sam", "body", "safari", "chrome", "edge", "firefox", "iphone", "mov", "png", "cube", "json", "jpeg",
         "webp", "shift", "ctrl", "enter", "tab", "davinci", "premiere", "resolve", "lite", "full", "heavy", "n", "lut", "v", "d", "x", "y", "hz",
         "en", "ru", "space", "home", "end", "esc", "webgl", "rgb", "lab", "cie", "glb", "bvh", "npz", "webm", "nvidia"}  # fmt: skip


def test_no_english_is_left_in_the_russian() -> None:
    for key, (_, ru) in texts.all_texts().items():
        words = {w.lower() for w in re.findall(r"[A-Za-z]+", re.sub(r"\{[^}]*\}", "", ru))}
        assert words <= NAMES, (key, words - NAMES)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de-DE,de;q=0.9", "en"),
        ("en;q=0.5, ru;q=0.9", "ru"),
        ("de, en;q=0.7, ru;q=0.3", "en"),
        ("ru;q=abc, en", "en"),
        ("," * 5000 + "ru", "en"),
    ],
)
def test_the_browser_s_wish_decides_the_language(header: str, expected: str) -> None:
    assert texts.best_language(header) == expected


def test_the_switch_wins_over_the_browser(context: AppContext) -> None:
    request = Asked(headers={"accept-language": "en"}, cookies={LANGUAGE_COOKIE: "ru"})
    assert context.say("shell.step_clip", request) == "Клип"
    assert context.say("shell.step_clip", Asked(cookies={LANGUAGE_COOKIE: "<b>"})) == "Clip"
    assert context.explain(PerscoachError("a", "б"), request) == "б"


def test_an_unknown_text_is_a_programming_error(context: AppContext) -> None:
    with pytest.raises(KeyError):
        context.t("shell.no_such_text")


# owners --------------------------------------------------------------------------------------------------------------


def test_the_secret_is_private_and_survives_a_restart(tmp_path: Path) -> None:
    first = load_secret(tmp_path)
    assert load_secret(tmp_path) == first and len(first) == 64
    assert (tmp_path / ".secret").stat().st_mode & 0o077 == 0
    (tmp_path / ".secret").write_text("short")
    with pytest.raises(JobError, match="damaged"):
        load_secret(tmp_path)


def test_a_job_opens_for_its_owner_only(context: AppContext) -> None:
    anna, boris = browser_of(context), browser_of(context)
    job = context.workspace.create(context.owner(anna), "squat")
    assert context.open(job.token, anna).token == job.token
    said = []
    for token, request in ((job.token, boris), ("A" * 22, anna), (None, anna), (["x"], anna), ("../x", anna)):
        with pytest.raises(JobError) as refusal:
            context.open(token, request)
        said.append(refusal.value.en)
    assert len(set(said)) == 1
    with pytest.raises(JobError, match="cookie"):
        context.open(job.token, Asked())
    with pytest.raises(JobError):
        context.change(job.token, boris, grade=None)
    assert context.workspace.jobs_of(context.owner(boris)) == []


def test_a_logged_in_user_is_not_the_browser_s_owner(context: AppContext) -> None:
    @dataclasses.dataclass
    class App:
        auth: Any = True
        tokens: dict[str, str] = dataclasses.field(default_factory=lambda: {"t": "anna"})
        cookie_id: str = "id"

    browser = browser_of(context)
    logged = Asked({**browser.cookies, "access-token-id": "t"}, app=App())
    assert context.owner(logged) != context.owner(browser)
    assert "anna" not in context.owner(logged)


def test_two_panels_saving_at_once_lose_nothing(context: AppContext) -> None:
    import threading

    from perscoach.grade.params import Grade
    from perscoach.pose.base import PoseSettings

    anna = browser_of(context)
    token = context.workspace.create(context.owner(anna), "squat").token

    def save(**rooms: Any) -> None:
        for _ in range(20):
            context.change(token, anna, **rooms)

    threads = [
        threading.Thread(target=save, kwargs={"grade": Grade(contrast=1.5)}),
        threading.Thread(target=save, kwargs={"pose": PoseSettings(skip=3)}),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recipe = context.open(token, anna).state.recipe
    assert (recipe.grade.contrast, recipe.pose.skip) == (1.5, 3)


# what the page shows ----------------------------------------------------------------------------------------------------


def job_with(context: AppContext, name: str = "squat", **run: Any) -> Any:
    job = context.workspace.create("anna", name)
    job.update(wanted=["clip", "matte", "pose", "encode", "bundle"], request=1, queued=1.0)
    state = {"request": 1, "status": "done", "progress": {}, "notes": [], **run}
    (job.folder / "run.json").write_text(json.dumps(state))
    return context.workspace.open(job.token)


def test_names_and_errors_are_text_on_the_page(context: AppContext) -> None:
    evil = '<img src=x onerror=alert(7)>${alert(7)}"'
    job = job_with(context, evil, status="failed", error=[evil, evil], progress={"pose": {"done": 1, "total": 4}})
    for page in (status_html(context, job, "en"), progress_html(job, None, "ru")):
        assert "<img" not in page


def test_progress_says_frames_rate_and_time_left(context: AppContext) -> None:
    progress = {"pose": {"done": 30, "total": 120, "rate": 10.0, "eta": 9.0}, "clip": {"done": 120, "total": 120}}
    job = job_with(context, status="running", stage="pose", progress=progress)
    with held(job.folder / BUSY_FILE):
        job = context.workspace.open(job.token)
    page = progress_html(job, 0, "en")
    assert "30 of 120 · 10.0 frames/s · 9 s left" in page and 'aria-valuenow="25"' in page and "done" in page
    assert "место 3" in progress_html(job, 3, "ru")
    assert "pose, 25 %" in status_html(context, job, "en")


def test_the_page_hears_of_every_change(context: AppContext) -> None:
    job = job_with(context, progress={"pose": {"done": 1, "total": 9}})
    before = fingerprint(context, job)
    assert before == fingerprint(context, context.workspace.open(job.token))
    job.rename("lunge")
    assert fingerprint(context, job) != before
    again = job_with(context, progress={"pose": {"done": 2, "total": 9}}, clip="clip/a.mp4")
    assert clip_mark(again) == f"{again.token}/clip/a.mp4" and clip_mark(None) == result_mark(None) == ""


def test_only_a_clip_that_could_not_be_taken_is_refused(context: AppContext) -> None:
    assert refused(job_with(context, status="failed", error=["a", "b"]))
    assert not refused(job_with(context, status="failed", error=["a", "b"], clip="clip/a.mp4"))
    assert not refused(job_with(context))


def test_no_result_is_shown_before_there_is_one(context: AppContext) -> None:
    assert result_html(job_with(context), "", "en") == ""


def test_a_bundle_of_earlier_settings_says_so(context: AppContext) -> None:
    from perscoach.pose.base import PoseSettings
    from perscoach.recipe import Recipe

    job = job_with(context, bundle="bundle/squat")
    folder = job.folder / "bundle" / "squat"
    folder.mkdir(parents=True)
    (folder.parent / "squat.zip").write_bytes(b"PK")
    (folder / "bundle.json").write_text(json.dumps({"recipe": Recipe().to_json()}))
    page = result_html(job, result_mark(job), "en")
    assert "Download the bundle" in page and "changed since" not in page
    job.update(recipe=Recipe(pose=PoseSettings(skip=2)))
    assert "changed since" in result_html(job, result_mark(job), "en")


@pytest.mark.parametrize(
    ("count", "en"),
    [(0, "0.0 KB"), (2048, "2.0 KB"), (500 * 1024, "500 KB"), (3 * 2**20, "3.0 MB"), (2**40, "1024 GB")],
)
def test_sizes_for_people(count: int, en: str) -> None:
    assert size_text(count, "en") == en


def test_times_for_people() -> None:
    assert (time_text(59.4, "en"), time_text(61, "en"), time_text(-1, "ru")) == ("59 s", "1 min 01 s", "0 с")


def test_cutting_in_percent_becomes_pixels() -> None:
    whole = (10.0, 1000, 500)
    assert cut_settings(whole, 0, 10, (0, 0, 0, 0)).crop is None
    cut = cut_settings(whole, 2, 8, (10, 20, 0, 50))
    assert (cut.trim_start, cut.trim_end, cut.crop) == (2, 8, (100, 0, 700, 250))
    for bad in ((5.0, 5.0, (0, 0, 0, 0)), (0, 10, (80, 80, 0, 0)), (0, 10, (0, 0, 50, 50))):
        with pytest.raises(PerscoachError):
            cut_settings(whole, bad[0], bad[1], bad[2])  # type: ignore[arg-type]


# the served app ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from tests.ui.served import serve

    app = serve(tmp_path_factory.mktemp("served"))
    yield app
    assert app.stop() == 0, app.log.read_text()


def status_of(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")


def test_the_page_is_served_with_its_owner_and_policy(running: Any) -> None:
    request = urllib.request.Request(running.url, headers={"Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        page = answer.read().decode()
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert OWNER_COOKIE in (answer.headers["set-cookie"] or "")
        assert answer.headers["referrer-policy"] == "same-origin"
    assert "perscoach/static/shell/shell.js" in page


def test_a_second_app_on_the_same_port_is_told_in_words(running: Any) -> None:
    from perscoach.errors import SettingsError
    from perscoach.ui.launch import check_port

    with pytest.raises(SettingsError, match="running already"):
        check_port("127.0.0.1", running.port)


@pytest.mark.parametrize(
    "path",
    ["monitoring", "monitoring/summary", "gradio_api/monitoring", "gradio_api/monitoring/summary", "docs", "redoc",
     "openapi.json", "gradio_api/mcp/", "perscoach/job/"],
)  # fmt: skip
def test_what_nobody_needs_is_closed(running: Any, path: str) -> None:
    status, text = status_of(running.url + path)
    assert status in (403, 404) or "<!doctype html" in text.lower()
    assert "average" not in text.lower() or status == 403


@pytest.mark.parametrize(
    "path",
    ["{repo}/README.md", "{repo}/app.py", "{repo}/pyproject.toml", "{jobs}", "{secret}", "/etc/passwd", "app.py"],
)
def test_gradio_serves_no_file_of_ours(running: Any, path: str) -> None:
    repo = Path(__file__).resolve().parents[2]
    root = running.workspace
    (root / "jobs" / "x.txt").write_text("a job's file")
    full = path.format(repo=repo, jobs=root / "jobs" / "x.txt", secret=root / ".secret")
    status, text = status_of(f"{running.url}gradio_api/file={full}")
    assert status in (403, 404) and "root:" not in text and "a job's file" not in text


def test_nothing_is_reported_and_nothing_public_is_listed(running: Any) -> None:
    status, text = status_of(running.url + "config")
    config = json.loads(text)
    assert status == 200 and config["analytics_enabled"] is False
    assert not config.get("run_history") and not config.get("is_space")
    status, text = status_of(running.url + "gradio_api/info")
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


def test_it_answers_soon_after_the_start(running: Any) -> None:
    assert running.seconds < 60  # it is a matter of seconds; this is only the end of patience


def test_launch_options_are_the_hardened_ones(context: AppContext) -> None:
    from perscoach.ui.launch import launch_options

    options = launch_options(context)
    expected = {"enable_monitoring": False, "run_history": False, "show_error": False, "share": False, "pwa": False,
                "strict_cors": True, "mcp_server": False, "ssr_mode": False, "allowed_paths": [], "auth": None}  # fmt: skip
    assert {name: options[name] for name in expected} == expected
    assert options["max_file_size"] == context.settings.max_bytes
    assert str(context.settings.checkpoints) in options["blocked_paths"]


def test_a_login_is_asked_for_and_compared_whole(context: AppContext) -> None:
    from perscoach.ui.launch import launch_options

    settings = dataclasses.replace(context.settings, user="анна", password="s3cret")
    check = launch_options(dataclasses.replace(context, settings=settings))["auth"]
    assert check("анна", "s3cret")
    assert not any(check(*pair) for pair in (("анна", ""), ("", "s3cret"), ("анна", "s3cre"), ("boris", "s3cret")))


def test_with_a_login_nothing_opens_without_it(tmp_path: Path) -> None:
    from tests.ui.served import serve

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
