"""The page over HTTP: headers on everything, only listed names, ranges, caches, and no answer that tells more than it must."""

from __future__ import annotations

import http.client
import re
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from perscoach.mirror import alone
from perscoach.mirror.parts import IN_BUNDLE, PAGE, Places
from perscoach.mirror.server import HEADERS, POLICY
from perscoach.mirror.vendor import Vendor
from tests.mirror.conftest import WEBM, small_bundle

TOKEN = "A" * 11 + "b" * 11
BASE = f"/mirror/{TOKEN}"


def client_of(places: Places, bundle: Path) -> TestClient:
    app = alone.app(places, TOKEN, bundle)
    return TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)


@pytest.fixture
def client(places: Places, bundle: Path) -> TestClient:
    return client_of(places, bundle)


def assert_guarded(answer: Any) -> None:
    for name, value in HEADERS.items():
        assert answer.headers.get_list(name) == [value], (answer.request.url, name)
    assert "set-cookie" not in answer.headers


KINDS = {
    "": "text/html; charset=utf-8",
    "index.html": "text/html; charset=utf-8",
    "score.mjs": "text/javascript; charset=utf-8",
    "pose.worker.mjs": "text/javascript; charset=utf-8",
    "rules.json": "application/json",
    "vendor/vision_bundle.mjs": "text/javascript; charset=utf-8",
    "vendor/wasm/vision_wasm_module_internal.js": "text/javascript; charset=utf-8",
    "vendor/wasm/vision_wasm_module_internal.wasm": "application/wasm",
    "vendor/LICENSES.txt": "text/plain; charset=utf-8",
    "models/pose_landmarker_full.task": "application/octet-stream",
    "models/models.json": "application/json",
    "bundle/bundle.json": "application/json",
    "bundle/trainer_transparent.webm": "video/webm",
    "bundle/mirror/track.json": "application/json",
    "bundle/mirror/body.bin": "application/octet-stream",
}


@pytest.mark.parametrize("name", KINDS)
def test_every_part_has_its_type_and_the_headers(client: TestClient, name: str) -> None:
    answer = client.get(f"{BASE}/{name}")
    assert answer.status_code == 200 and answer.content
    assert answer.headers["content-type"] == KINDS[name]
    assert_guarded(answer)
    head = client.head(f"{BASE}/{name}")
    assert head.status_code == 200 and not head.content and head.headers["content-type"] == KINDS[name]
    assert head.headers["content-length"] == answer.headers["content-length"]
    assert_guarded(head)
    again = client.get(f"{BASE}/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304 and not again.content and again.headers["etag"] == answer.headers["etag"]
    assert_guarded(again)


def test_the_page_can_ask_which_models_are_there(client: TestClient, places: Places) -> None:
    assert client.get(f"{BASE}/models/models.json").json() == ["pose_landmarker_full.task"]
    (places.models / "pose_landmarker_lite.task").write_bytes(b"x")
    assert len(client.get(f"{BASE}/models/models.json").json()) == 2


def test_every_module_of_the_page_is_there(client: TestClient) -> None:
    for path in PAGE.iterdir():
        assert client.get(f"{BASE}/{path.name}").status_code == 200, path.name


def test_the_policy_lets_nothing_out_and_the_page_says_the_same() -> None:
    rules = dict(part.strip().split(" ", 1) for part in POLICY.split(";"))
    assert rules["default-src"] == "'none'" and rules["connect-src"] == rules["worker-src"] == "'self'"
    assert rules["script-src"] == "'self' 'wasm-unsafe-eval'" and rules["style-src"] == "'self'"
    assert not re.search(r"https?:|\*|unsafe-inline|'unsafe-eval'", POLICY)
    said = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', (PAGE / "index.html").read_text())
    assert said is not None and said[1] == POLICY
    assert "camera=(self)" in HEADERS["Permissions-Policy"] and "microphone=()" in HEADERS["Permissions-Policy"]


HOSTILE = [
    "..", "../", "../index.html", "%2e%2e/index.html", "..%2f..%2fjob.json", "bundle", "bundle/", "vendor/", "models/",
    "bundle/../bundle.json", "bundle//bundle.json", "bundle/./bundle.json", "//etc/passwd", "/etc/passwd", "bundle/%2fetc%2fpasswd",
    "bundle/poses/trainer_poses.json", "bundle/poses/trainer_poses.npz", "bundle/grade.json", "bundle/job.json", "bundle/mirror/",
    "bundle/mirror/../bundle.json", "bundle/trainer_transparent.webm%00", "bundle/trainer_transparent.webm/", "bundle/BUNDLE.JSON",
    "vendor/package.json", "vendor/three/package.json", "vendor/../../package.json", "vendor/vision_bundle.cjs", "vendor/wasm/",
    "vendor/wasm/vision_wasm_internal.wasm", "models/pose_landmarker_heavy.task", "models/modnet.onnx", "models/../bundle.json",
    "server.py", "parts.py", "page", "page/index.html", "__init__.py", "index.html/", "index.html%0a", "index.html%00", "a%0ab",
    "score.mjs%3f", ".git/config", "rules.json/..", "%ff%fe", "x" * 3000, "index.html\\..\\..", "C:/windows", "index.HTML",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_every_other_name_is_not_there(client: TestClient, name: str) -> None:
    nothing = client.get("/mirror/" + "x" * 22 + "/")
    answer = client.request("GET", f"http://127.0.0.1{BASE}/x", extensions={"target": f"{BASE}/{name}".encode()})
    assert answer.status_code == 404 and answer.content == nothing.content
    assert_guarded(answer)


def test_what_a_real_server_makes_of_hostile_paths(places: Places, bundle: Path) -> None:
    """The test client tidies paths up before they are sent; a stranger's program does not."""
    with alone.serving(places, bundle) as served:
        url = urllib.parse.urlsplit(served.url)
        for name in HOSTILE:
            connection = http.client.HTTPConnection("127.0.0.1", url.port, timeout=10)
            connection.putrequest("GET", f"{url.path}{name}".replace(" ", "%20"), skip_accept_encoding=True)
            connection.endheaders()
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            assert answer.status == 404 and body.startswith(b"There is nothing here."), name
            assert answer.headers["content-security-policy"] == POLICY, name


@pytest.mark.parametrize(
    "path", ["/mirror", "/mirror/", f"/mirror/{TOKEN[:-1]}/", f"/mirror/{TOKEN}x/", "/mirror/*/", "/mirror//"]
)
def test_without_the_token_there_is_nothing_and_no_list(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (
        answer.status_code == 404 and answer.text.startswith("There is nothing here.") and "etag" not in answer.headers
    )
    assert_guarded(answer)


def test_a_missing_slash_leads_to_the_page(client: TestClient) -> None:
    answer = client.get(f"{BASE}?lang=ru")
    assert (
        answer.status_code == 307 and answer.headers["location"] == f"{TOKEN}/?lang=ru"
    )  # relative: behind any prefix
    assert_guarded(answer)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_can_be_written(client: TestClient, method: str) -> None:
    answer = client.request(method, f"{BASE}/index.html")
    assert answer.status_code == 405 and answer.headers["allow"] == "GET, HEAD"
    assert_guarded(answer)


def test_the_video_comes_in_ranges(client: TestClient) -> None:
    name = f"{BASE}/bundle/trainer_transparent.webm"
    whole = client.get(name)
    assert whole.headers["accept-ranges"] == "bytes" and whole.content == WEBM
    part = client.get(name, headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and part.content == WEBM[10:20]
    assert part.headers["content-range"] == f"bytes 10-19/{len(WEBM)}"
    last = client.get(name, headers={"Range": "bytes=-5"})
    assert last.status_code == 206 and last.content == WEBM[-5:]
    beyond = client.get(name, headers={"Range": f"bytes={len(WEBM)}-"})
    assert beyond.status_code == 416 and beyond.headers["content-range"] == f"bytes */{len(WEBM)}"
    odd = client.get(name, headers={"Range": "bytes=zzz"})
    changed = client.get(name, headers={"Range": "bytes=0-1", "If-Range": '"other"'})
    assert odd.status_code in (200, 400, 416) and changed.status_code == 200 and changed.content == WEBM
    for answer in (whole, part, last, beyond, odd, changed):
        assert_guarded(answer)


def test_text_is_packed_for_those_who_are_away_and_kept_apart(client: TestClient) -> None:
    name = f"{BASE}/score.mjs"
    plain = client.get(name, headers={"Accept-Encoding": "identity"})
    packed = client.get(name, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert packed.content == plain.content and int(packed.headers["content-length"]) < len(plain.content)
    assert packed.headers["etag"] != plain.headers["etag"] and packed.headers["vary"] == "Accept-Encoding"
    wasm = client.get(f"{BASE}/vendor/wasm/vision_wasm_module_internal.wasm", headers={"Accept-Encoding": "gzip"})
    assert wasm.headers["content-encoding"] == "gzip" and wasm.headers["content-type"] == "application/wasm"
    video = client.get(f"{BASE}/bundle/trainer_transparent.webm", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in video.headers
    assert_guarded(packed)


def test_a_changed_file_has_another_tag(client: TestClient, bundle: Path) -> None:
    name = f"{BASE}/bundle/trainer_transparent.webm"
    before = client.get(name).headers["etag"]
    (bundle / "trainer_transparent.webm").write_bytes(WEBM + b"more")
    after = client.get(name, headers={"If-None-Match": before})
    assert after.status_code == 200 and after.headers["etag"] != before


def test_libraries_are_kept_for_an_hour_and_all_else_is_asked_for_again(client: TestClient) -> None:
    assert client.get(f"{BASE}/vendor/three.core.js").headers["cache-control"] == "private, max-age=3600"
    for name in ("", "score.mjs", "bundle/trainer_transparent.webm"):
        assert client.get(f"{BASE}/{name}").headers["cache-control"] == "private, no-cache"


def test_without_libraries_the_page_says_what_to_do(places: Places, bundle: Path, tmp_path: Path) -> None:
    client = client_of(Places(Vendor(tmp_path / "none"), places.models), bundle)
    page = client.get(f"{BASE}/")
    assert page.status_code == 200 and 'role="alert"' in page.text and page.text.count("make vendor") == 2
    assert client.get(f"{BASE}/vendor/three.module.js").status_code == 404
    assert client.get(f"{BASE}/bundle/trainer_transparent.webm").status_code == 200
    assert 'role="alert"' not in client_of(places, bundle).get(f"{BASE}/").text


def test_a_copy_that_reports_is_not_served(places: Places, bundle: Path, tmp_path: Path) -> None:
    bad = places.vendor.folder / "@mediapipe/tasks-vision/vision_bundle.mjs"
    bad.write_bytes(b'"https://odml.pa.googleapis.com/v1/log"')
    client = client_of(places, bundle)
    assert client.get(f"{BASE}/vendor/vision_bundle.mjs").status_code == 404


@pytest.mark.parametrize("name", IN_BUNDLE)
def test_links_in_a_stranger_s_bundle_lead_nowhere(places: Places, tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden")
    bundle = small_bundle(tmp_path / "b")
    (bundle / name).unlink(missing_ok=True)
    (bundle / name).parent.mkdir(exist_ok=True)
    (bundle / name).symlink_to(secret)
    answer = client_of(places, bundle).get(f"{BASE}/bundle/{name}")
    assert answer.status_code == 404 and b"hidden" not in answer.content


def test_a_linked_folder_in_a_stranger_s_bundle_leads_nowhere(places: Places, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "track.json").write_text("hidden")
    bundle = small_bundle(tmp_path / "b", whole=False)
    (bundle / "mirror").symlink_to(outside)
    assert b"hidden" not in client_of(places, bundle).get(f"{BASE}/bundle/mirror/track.json").content


def test_a_failure_inside_is_guarded_too(places: Places, bundle: Path, caplog: pytest.LogCaptureFixture) -> None:
    from starlette.applications import Starlette

    from perscoach.mirror.server import Mirror, MirrorRoute

    def broken(token: str) -> Path | None:
        raise RuntimeError("/secret/place")

    client = TestClient(Starlette(routes=[MirrorRoute(Mirror(places, broken))]), raise_server_exceptions=False)
    answer = client.get(f"{BASE}/")
    assert answer.status_code == 500 and "secret" not in answer.text
    assert_guarded(answer)
    assert "/secret/place" in caplog.text


def test_one_bundle_s_own_server_knows_no_other_token(places: Places, bundle: Path) -> None:
    import urllib.error
    import urllib.request

    with alone.serving(places, bundle) as served, urllib.request.urlopen(served.url, timeout=10) as answer:
        assert answer.status == 200 and served.url.startswith("http://127.0.0.1:")
        other = served.url[:-2] + ("A" if served.url[-2] != "A" else "B") + "/"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(other, timeout=10)
        assert refused.value.code == 404
        refused.value.close()
