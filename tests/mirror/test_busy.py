"""Requests of people who only have a link cost little and hold nobody else up."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from perscoach.mirror import server
from perscoach.mirror.alone import serving
from perscoach.mirror.listening import Listener
from perscoach.mirror.parts import Places
from perscoach.mirror.server import Mirror, MirrorRoute
from tests.mirror.conftest import small_bundle

TOKEN = "A" * 22


def test_a_bundle_without_the_mirror_s_files_is_a_quick_404(places: Places, tmp_path: Path) -> None:
    """Making them on demand held the coach's page for 42 s where the bundle was damaged."""
    bundle = small_bundle(tmp_path / "b", whole=False)
    (bundle / "poses" / "trainer_poses.json").write_text('{"poses": [' + "[0]," * 3_000_000 + "[0]]}")
    with serving(places, bundle) as served, httpx.Client(timeout=30) as client:
        begun = time.process_time()
        for name in ("mirror/track.json", "mirror/body.bin") * 30:
            assert client.get(f"{served.url}bundle/{name}").status_code == 404
        assert time.process_time() - begun < 5  # server and client together, 60 requests
    assert sorted(path.name for path in bundle.iterdir()) == ["bundle.json", "poses", "trainer_transparent.webm"]


def test_slow_links_leave_the_app_its_threads(places: Places) -> None:
    """Sixty requests that hang while they are looked up (a slow disk): the rest of the app answers meanwhile."""
    import socket

    hanging = threading.Event()

    def resolve(token: str) -> Path | None:
        hanging.wait(20)
        return None

    def page(request: Any) -> Any:
        from starlette.responses import PlainTextResponse

        return PlainTextResponse("coach")

    app = Starlette(routes=[MirrorRoute(Mirror(places, resolve)), Route("/coach", page)])
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    listener = Listener(app, [bound])
    listener.start()
    askers = [threading.Thread(target=lambda: httpx.get(f"{url}/mirror/{TOKEN}/", timeout=30)) for _ in range(60)]
    try:
        for asker in askers:
            asker.start()
        time.sleep(1)
        assert httpx.get(f"{url}/coach", timeout=10).text == "coach"
    finally:
        hanging.set()
        for asker in askers:
            asker.join()
        listener.close()


def test_what_is_sent_packed_is_packed_once(places: Places, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed: list[int] = []
    real = server.gzip.compress
    monkeypatch.setattr(server.gzip, "compress", lambda data, *a, **k: packed.append(len(data)) or real(data, *a, **k))
    server._packed.cache_clear()
    away = {"Accept-Encoding": "gzip", "X-Forwarded-For": "203.0.113.4"}
    with serving(places, bundle) as served, httpx.Client(headers=away) as client:
        for _ in range(20):
            answer = client.get(f"{served.url}bundle/mirror/track.json")
            assert answer.status_code == 200 and answer.headers["content-encoding"] == "gzip"
        assert len(packed) == 1
        (bundle / "mirror" / "track.json").write_text('{"another": 1}')
        assert client.get(f"{served.url}bundle/mirror/track.json").json() == {"another": 1}
