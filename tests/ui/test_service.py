"""What programs ask: the API and the metrics, behind the app's real guards, on the real server without Gradio's page."""

from __future__ import annotations

import dataclasses
import http.client
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from perscoach.core.places import EXAMPLE
from perscoach.core.settings import load_settings
from perscoach.jobs import JobQueue, Workspace, events
from perscoach.mirror.listening import Listener
from perscoach.ui.context import AppContext, load_secret
from perscoach.ui.guard import guarded
from perscoach.ui.guard.uploads import UploadLimits
from perscoach.ui.health import health
from perscoach.ui.launch import bind
from perscoach.ui.service import Service

TOKEN = "a-token-of-the-test-0123456789"
BYTES = {"Content-Type": "application/octet-stream"}
RECIPE = json.dumps(
    {
        "ingest": {"trim_end": 0.2},
        "matting": {"engine": "mediapipe", "plate": "off"},
        "pose": {"engine": "mediapipe", "model": "full"},
        "export": {"quality": "draft", "mov": False, "audio": False},
    }
)


@dataclass
class Served:
    """The API on a free port."""

    port: int
    context: AppContext

    def ask(self, method: str, path: str, body: Any = None, token: str | None = TOKEN, **headers: str) -> Any:
        """(status, headers, body) of a request."""
        words = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            words["Authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            chunked = body is not None and not isinstance(body, bytes)
            connection.request(method, path, body, words, encode_chunked=chunked)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def json(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """(status, value) of a request."""
        status, _, data = self.ask(method, path, body, **headers)
        return status, json.loads(data) if data else None

    def send(self, data: Any = b"clip", recipe: str = "{}", name: str = "squat", **headers: str) -> Any:
        """(status, value) of a new job."""
        query = urllib.parse.urlencode({"name": name, "recipe": recipe})
        return self.json("POST", f"/api/jobs?{query}", data, **{"Content_Type": "application/octet-stream", **headers})

    @property
    def left(self) -> list[str]:
        """What lies in the folder of uploads."""
        folder = self.context.settings.workspace / "uploads"
        return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def _serve(folder: Path, token: str = TOKEN) -> tuple[Served, Listener]:
    settings = dataclasses.replace(
        load_settings(), workspace=folder, host="127.0.0.1", port=0, user=None, api_token=token, max_bytes=1 << 20
    )
    workspace = Workspace(folder)
    context = AppContext(settings, workspace, JobQueue(workspace, 3, 2), load_secret(folder))

    async def rest(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b"the app"})

    limits = UploadLimits(bytes=1 << 20, running=2, stall=0.5, grace=60.0)
    app = guarded(rest, context, object(), programs=lambda inner: Service(inner, context, limits))
    taken = bind("127.0.0.1", 0)
    listener = Listener(app, [taken], lifespan=False)
    listener.start()
    return Served(taken.getsockname()[1], context), listener


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made, listener = _serve(tmp_path / "w")
    yield made
    listener.close()


# the door -------------------------------------------------------------------------------------------------------------


def test_without_a_token_in_the_settings_there_is_nothing(tmp_path: Path) -> None:
    made, listener = _serve(tmp_path / "w", token="")
    try:
        for path in ("/api/jobs", "/api/openapi.json", "/metrics", "/api"):
            assert made.ask("GET", path, token="")[0] == 404
        assert made.ask("GET", "/healthz")[0] == 299, "everything else is the app's"
    finally:
        listener.close()


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer \xff"]
)
def test_a_wrong_token_opens_nothing(given: str, served: Served) -> None:
    for method, path in (("GET", "/api/jobs"), ("GET", "/metrics"), ("POST", "/api/jobs"), ("DELETE", "/api/jobs/x")):
        status, headers, body = served.ask(
            method, path, token=None, Authorization=given, **{"Content_Type": BYTES["Content-Type"]}
        )
        assert status == 401 and headers["WWW-Authenticate"].startswith("Bearer") and TOKEN.encode() not in body
    assert served.ask("GET", f"/api/jobs?token={TOKEN}", token=None)[0] == 401


def test_guessing_is_slowed_and_locks_nobody_out(served: Served) -> None:
    statuses = [served.ask("GET", "/api/jobs", token="guess")[0] for _ in range(12)]
    assert statuses[:10] == [401] * 10 and statuses[-1] == 429
    assert served.json("GET", "/api/jobs") == (200, [])


def test_a_page_of_another_site_is_refused_with_the_right_token_too(served: Served) -> None:
    assert served.ask("GET", "/api/jobs", Origin="https://evil.example")[0] == 403
    assert served.ask("GET", "/api/jobs", Host="evil.example")[0] == 421
    assert served.ask("OPTIONS", "/api/jobs")[0] in (401, 405)


# sending a clip -------------------------------------------------------------------------------------------------------


def test_a_clip_becomes_a_job_that_waits(served: Served) -> None:
    status, job = served.send(b"x" * 100_000, RECIPE, name="Приседание")
    assert status == 201 and job["status"] == "queued" and job["position"] == 1 and job["name"] == "Приседание"
    stored = served.context.workspace.open(job["id"])
    assert stored.state.recipe.ingest.trim_end == 0.2
    source = stored.source()
    assert source is not None and source.stat().st_size == 100_000 and served.left == []
    assert served.json("GET", f"/api/jobs/{job['id']}") == (200, job)
    assert served.json("GET", "/api/jobs") == (200, [job])


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ("[]", "checks.object"),
        ("{", "service.recipe"),
        ("[" * 1200, "service.recipe"),
        ('{"export": {"quality": "best"}}', "checks.choice"),
        ('{"matting": {"paint": "../../secret"}}', "batch.recipe_name"),
        ('{"matting": {"plate_picture": "plate.png"}}', "batch.recipe_file"),
    ],
)
def test_a_recipe_that_cannot_be_used_is_refused_before_the_clip(recipe: str, reason: str, served: Served) -> None:
    status, answer = served.send(recipe=recipe)
    assert status == 422 and (answer["reason"] == reason or reason.startswith("checks."))
    assert served.left == [] and not served.context.workspace.all_jobs()


def test_a_body_that_is_too_large_leaves_nothing(served: Served) -> None:
    assert served.send(b"x" * ((1 << 20) + 1))[0] == 413
    assert served.send(iter([b"x" * 65536] * 20))[0] == 413, "without a length it is counted"
    assert served.send(b"")[0] in (400, 415)
    assert served.ask("POST", "/api/jobs", b"a=b", Content_Type="application/x-www-form-urlencoded")[0] == 415
    assert served.left == [] and not served.context.workspace.all_jobs()


@pytest.mark.parametrize("how", ["closed", "silent"])
def test_an_upload_that_breaks_off_leaves_nothing(how: str, served: Served) -> None:
    head = f"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 500000\r\n"
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(f"{head}Content-Type: video/mp4\r\n\r\n".encode() + b"x" * 100_000)
        _until(lambda: served.left)
        if how == "silent":
            connection.settimeout(10)
            assert b" 408 " in connection.recv(100)
    _until(lambda: not served.left)
    assert not served.context.workspace.all_jobs()


def test_a_full_queue_keeps_no_clip(served: Served) -> None:
    assert [served.send()[0] for _ in range(3)] == [201, 201, 429]
    assert len(served.context.workspace.all_jobs()) == 2 and served.left == []


def test_while_the_app_ends_it_takes_nothing_new(served: Served) -> None:
    assert health(served.context).status_code == 200
    served.context.queue.drain(0)
    assert served.send()[0] == 503 and health(served.context).status_code == 503


# jobs -------------------------------------------------------------------------------------------------------------------


def test_a_job_is_stopped_resumed_and_removed(served: Served) -> None:
    _, job = served.send()
    path = f"/api/jobs/{job['id']}"
    assert served.json("POST", f"{path}/cancel")[1]["status"] == "cancelled"
    assert served.json("POST", f"{path}/resume")[1]["status"] == "queued"
    assert served.json("POST", f"{path}/resume")[0] == 409
    assert served.json("DELETE", path)[0] == 409, "it waits"
    served.json("POST", f"{path}/cancel")
    assert served.json("DELETE", path) == (204, None) and served.json("GET", path)[0] == 404


@pytest.mark.parametrize("id", ["x", "../jobs.db", "%2e%2e", "A" * 22])
def test_what_is_no_job_is_not_found(id: str, served: Served) -> None:
    assert served.ask("GET", f"/api/jobs/{id}")[0] == 404
    assert served.ask("GET", f"/api/jobs/{id}/files/bundle.zip")[0] == 404


def test_a_coachs_jobs_are_not_the_apis(served: Served) -> None:
    job = served.context.workspace.create("browser", "private", EXAMPLE)
    assert served.json("GET", "/api/jobs") == (200, [])
    for method, path in (
        ("GET", ""),
        ("POST", "/cancel"),
        ("POST", "/resume"),
        ("DELETE", ""),
        ("GET", "/files/clip.mp4"),
    ):
        assert served.ask(method, f"/api/jobs/{job.token}{path}")[0] == 404


def test_the_description_fits_what_is_answered(served: Served) -> None:
    status, described = served.json("GET", "/api/openapi.json", token=None)
    assert status == 200 and described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    _, job = served.send()
    fields = described["components"]["schemas"]["JobAnswer"]["properties"]
    assert set(job) == set(fields)
    body = described["paths"]["/api/jobs"]["post"]["requestBody"]["content"]
    assert list(body) == ["application/octet-stream"]
    names = {operation["operationId"] for path in described["paths"].values() for operation in path.values()}
    assert names == {"create_job", "list_jobs", "get_job", "get_file", "cancel_job", "resume_job", "delete_job"}


# metrics and logs -------------------------------------------------------------------------------------------------------


def _metrics(served: Served) -> dict[str, float]:
    status, headers, body = served.ask("GET", "/metrics")
    assert status == 200 and headers["Content-Type"].startswith("text/plain")
    return {
        " ".join((sample.name, *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def test_the_queue_and_failures_are_counted(served: Served) -> None:
    _, job = served.send()
    served.send()
    found = _metrics(served)
    assert found["perscoach_jobs queued"] == 2 and found["perscoach_runs_total cancelled"] == 0
    assert found["perscoach_disk_free_bytes"] > 0 and found["perscoach_queue_wait_seconds"] >= 0
    served.json("POST", f"/api/jobs/{job['id']}/cancel")
    served.json("DELETE", f"/api/jobs/{job['id']}")
    found = _metrics(served)
    assert found["perscoach_runs_total cancelled"] == 1, "a job that is removed stays counted"
    assert found["perscoach_jobs queued"] == 1


def test_the_log_names_the_job_and_nobody(served: Served) -> None:
    lines = io.StringIO()
    events.write_events(lines)
    try:
        _, job = served.send(name="Anna Petrova, knee")
    finally:
        events._log.setLevel("WARNING")
    written = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [(line["event"], line["job"]) for line in written] == [("job_queued", job["id"])]
    assert "Anna" not in lines.getvalue() and served.context.workspace.open(job["id"]).owner not in lines.getvalue()


# everything together ------------------------------------------------------------------------------------------------------


def test_a_program_orders_a_package_from_a_worker_that_is_told_to_end(served: Served, tmp_path: Path) -> None:
    """The worker is another process. It is asked to end while it works, finishes the job, and leaves the next one waiting."""
    environment = {**os.environ, "PERSCOACH_WORKSPACE": str(served.context.settings.workspace)}
    environment |= {"PERSCOACH_DRAIN_SECONDS": "100", "PERSCOACH_LOG": "json"}
    words = [sys.executable, "-m", "perscoach.cli", "work", "--quiet"]
    clip = tmp_path / "short.mp4"
    clip.write_bytes(EXAMPLE.read_bytes())
    with (tmp_path / "log").open("wb") as log:
        worker = subprocess.Popen(words, env=environment, stdout=log, stderr=log)
    try:
        status, job = served.send(clip.read_bytes(), RECIPE)
        assert status == 201
        path = f"/api/jobs/{job['id']}"
        _until(lambda: served.json("GET", path)[1]["status"] == "running", 60)
        _, second = served.send(b"waits", RECIPE)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(110) == 0
    finally:
        worker.kill()
        worker.wait(10)
    _, done = served.json("GET", path)
    assert done["status"] == "done", done
    assert served.json("GET", f"/api/jobs/{second['id']}")[1]["status"] == "queued"
    status, headers, data = served.ask("GET", done["files"]["bundle.zip"])
    assert status == 200 and "attachment" in headers["Content-Disposition"]
    assert any(name.endswith("trainer_transparent.webm") for name in zipfile.ZipFile(io.BytesIO(data)).namelist())
    found = _metrics(served)
    assert found["perscoach_runs_total done"] == 1 and found["perscoach_stage_seconds_count encode"] == 1
    named = re.findall(r'"event": "(\w+)"', (tmp_path / "log").read_text())
    assert named == ["job_started", "draining", "job_ended"]


def _until(condition: Any, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
