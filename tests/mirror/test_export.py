"""The mirror as a folder: what is in it, and that a browser opens it from a host that knows nothing."""

from __future__ import annotations

import functools
import http.server
import json
import re
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from perscoach.bundles.mirror import write_mirror
from perscoach.cli import main
from perscoach.core.errors import BundleError, ModelError
from perscoach.mirror import alone
from perscoach.mirror.export import README, export_mirror
from perscoach.mirror.parts import MODELS, PAGE, Places, places_here
from perscoach.mirror.server import HEADERS
from perscoach.mirror.vendor import Vendor
from tests.bundles.factories import Blob, motion
from tests.bundles.factories import bundle as real_bundle
from tests.mirror.conftest import WEBM

installed = pytest.mark.skipif(
    Vendor().problem() is not None, reason="the page's libraries are not installed: make vendor"
)


class Plain(http.server.SimpleHTTPRequestHandler):
    """A host without any headers of ours."""

    def log_message(self, format: str, *args: Any) -> None: ...


@contextmanager
def hosted(folder: Path) -> Iterator[str]:
    """The folder from a plain static server on the loopback."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Plain, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def watched(chromium: Any, url: str) -> Iterator[tuple[Any, list[str], list[str]]]:
    """A page at ``url`` with everything that it complains of and every address that it asks for."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    page = context.new_page()
    wrong: list[str] = []
    asked: list[str] = []
    page.on("console", lambda m: wrong.append(f"{m.text} {m.location}") if m.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    context.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    try:
        yield page, wrong, asked
    finally:
        context.close()


def test_everything_is_in_it_and_nothing_else(places: Places, bundle: Path, tmp_path: Path) -> None:
    (bundle / "private.txt").write_text("x")
    made = export_mirror(bundle, tmp_path / "out", places)
    found = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert found == set(made.files) and not any("private" in name or "trainer_poses" in name for name in found)
    assert {path.name for path in PAGE.iterdir()} | {"rules.json", README} <= found
    assert {"vendor/three.module.js", "vendor/LICENSES.txt", "bundle/bundle.json", "bundle/mirror/body.bin"} <= found
    assert (tmp_path / "out/bundle/trainer_transparent.webm").read_bytes() == WEBM
    assert json.loads((tmp_path / "out/models/models.json").read_text()) == [MODELS[0]]
    assert made.lacks == (MODELS[1],) and f"models/{MODELS[0]}" in found
    assert b"./three.module.js" in (tmp_path / "out/vendor/OrbitControls.js").read_bytes()
    assert made.size == sum((tmp_path / "out" / n).stat().st_size for n in found if n != README)


def test_the_readme_says_which_headers_a_host_should_send(places: Places, bundle: Path, tmp_path: Path) -> None:
    export_mirror(bundle, tmp_path / "out", places)
    text = (tmp_path / "out" / README).read_text(encoding="utf-8")
    for name, value in HEADERS.items():
        assert f"{name}: {value}" in text
    assert "https" in text and 'allow="camera"' in text and "application/wasm" in text and "камер" in text


def test_an_export_can_be_made_again_but_not_over_other_files(places: Places, bundle: Path, tmp_path: Path) -> None:
    first = export_mirror(bundle, tmp_path / "out", places)
    assert export_mirror(bundle, tmp_path / "out", places) == first
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "index.html").write_text("mine")
    with pytest.raises(BundleError):
        export_mirror(bundle, tmp_path / "home", places)
    assert (tmp_path / "home" / "index.html").read_text() == "mine"


def test_without_libraries_nothing_is_written(places: Places, bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="make vendor"):
        export_mirror(bundle, tmp_path / "out", Places(Vendor(tmp_path / "none"), places.models))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["missing", "file", "empty"])
def test_what_is_no_bundle_is_said(tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / kind
    if kind == "file":
        path.write_bytes(b"PK\x03\x04 no zip")
    elif kind == "empty":
        path.mkdir()
    assert main(["mirror", str(path), "-o", str(tmp_path / "out")]) == 5
    assert not (tmp_path / "out").exists()
    assert "Traceback" not in capsys.readouterr().err


@installed
def test_the_command_takes_a_zip(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from perscoach.bundles.archive import zip_bundle

    zipped = zip_bundle(bundle, "squat")
    assert main(["mirror", str(zipped), "-o", str(tmp_path / "out"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] and "index.html" in said["files"] and (tmp_path / "out" / "index.html").is_file()


def test_one_bundle_is_served_from_the_command_line_until_it_is_stopped(bundle: Path) -> None:
    command = [sys.executable, "-m", "perscoach.cli", "serve", str(bundle), "--port", "0", "--language", "en"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            url = next(
                re.search(r"http://127\.0\.0\.1:\d+/mirror/[\w-]{22}/", line) for line in lines if "The mirror:" in line
            )
            assert url is not None
            with urllib.request.urlopen(url[0] + "bundle/trainer_transparent.webm", timeout=10) as answer:
                assert answer.read() == WEBM and answer.headers["permissions-policy"].startswith("camera=(self)")
            process.terminate()
            assert process.wait(15) == 0
        finally:
            process.kill()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with a video that plays."""
    out = real_bundle(tmp_path_factory.mktemp("whole"), frames=45)
    moved = motion(45, fps=Fraction(30000, 1001))
    write_mirror(out, moved, Blob(moved))
    return out


def assert_calm(page: Any, wrong: list[str], asked: list[str], own: str) -> None:
    page.wait_for_selector("#mirror:not([data-state=loading])", timeout=20_000)
    page.wait_for_timeout(500)
    assert not wrong, wrong
    hosts = {urllib.parse.urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
    assert hosts == {urllib.parse.urlsplit(own).netloc}, hosts
    assert page.locator("#mirror").inner_text().strip() not in ("", "…")


@pytest.mark.browser
@installed
def test_from_a_plain_host_the_page_opens_without_complaint(chromium: Any, whole: Path, tmp_path: Path) -> None:
    export_mirror(whole, tmp_path / "out", places_here())
    with hosted(tmp_path / "out") as url, watched(chromium, url) as (page, wrong, asked):
        assert_calm(page, wrong, asked, url)
        assert any(u.endswith("bundle/mirror/track.json") for u in asked)


@pytest.mark.browser
@installed
def test_from_our_own_server_the_page_opens_without_complaint(chromium: Any, whole: Path) -> None:
    with alone.serving(places_here(), whole) as served, watched(chromium, served.url) as (page, wrong, asked):
        assert_calm(page, wrong, asked, served.url)


@pytest.mark.browser
def test_without_libraries_the_page_still_opens_and_says_so(chromium: Any, whole: Path, tmp_path: Path) -> None:
    places = Places(Vendor(tmp_path / "none"), tmp_path)
    with alone.serving(places, whole) as served, watched(chromium, served.url) as (page, _, _):
        page.wait_for_selector("[role=alert]", timeout=10_000)
        assert "make vendor" in page.locator("[role=alert]").first.inner_text()
        assert page.locator("[role=alert]").first.is_visible()
        page.screenshot(path=tmp_path / "page.png")


@pytest.mark.browser
@installed
def test_neither_page_nor_worker_can_reach_another_host(chromium: Any, whole: Path) -> None:
    """The policy itself: a request to another host fails in the page and in a worker, before it leaves the browser."""
    other: list[str] = []

    class Listener(Plain):
        def do_GET(self) -> None:
            other.append(self.path)
            self.send_response(204)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    there = f"http://127.0.0.1:{server.server_address[1]}/leak"
    try:
        with alone.serving(places_here(), whole) as served, watched(chromium, served.url) as (page, _, _):
            inside = "(u) => fetch(u, {mode: 'no-cors'}).then(() => 'sent', () => 'blocked')"
            assert page.evaluate(inside, there) == "blocked"
            page.wait_for_timeout(500)
            worker = page.evaluate_handle("new Worker('pose.worker.mjs', {type: 'module'})")
            page.wait_for_timeout(1500)
            workers = page.workers
            assert workers, "the worker did not start"
            assert workers[-1].evaluate(inside, there) == "blocked"
            worker.dispose()
    finally:
        server.shutdown()
        server.server_close()
    assert other == []
