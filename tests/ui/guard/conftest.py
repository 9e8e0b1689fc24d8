"""Visitors of the served app, and an app with short limits."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perscoach.core.settings import load_settings
from perscoach.jobs import JobQueue, Workspace
from perscoach.ui.context import AppContext, load_secret
from tests.ui.guard.web import TOKEN, Visitor
from tests.ui.served import Served, serve


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One app for all files of this folder: whatever strangers do to it, it must still end well."""
    app = serve(tmp_path_factory.mktemp("guarded"))
    yield app
    assert app.stop() == 0, app.log.read_text()


@pytest.fixture
def stranger(served: Served) -> Visitor:
    """Somebody without a cookie."""
    return Visitor(served)


@pytest.fixture
def coach(served: Served) -> Visitor:
    """Somebody who has opened the page."""
    return Visitor(served).visit()


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The real server in this process, impatient: a head and a body have a second, an upload half a second without a byte.

    One address may upload 1 MB in a minute, two files at a time. Has ``port`` and ``workspace`` as ``Served`` has.
    """
    import gradio as gr

    from perscoach.mirror import listening
    from perscoach.ui.guard.bodies import BodyLimits
    from perscoach.ui.guard.uploads import UploadLimits
    from perscoach.ui.launch import prepare_environment, start
    from perscoach.ui.page import Page

    monkeypatch.setattr(listening, "HEAD_SECONDS", 1.0)
    settings = dataclasses.replace(
        load_settings(), workspace=tmp_path / "w", host="127.0.0.1", port=0, user=None, api_token=TOKEN
    )
    secret = load_secret(settings.workspace)
    prepare_environment(settings)
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(settings.workspace / "uploads"))
    workspace = Workspace(settings.workspace)
    context = AppContext(settings, workspace, JobQueue(workspace, 1), secret)
    with Page() as demo:
        gr.File()
    uploads = UploadLimits(bytes=4 << 20, running=2, per_interval=1 << 20, interval=60, stall=0.5, grace=1.0, rate=1e5)
    url = start(demo, context, bodies=BodyLimits(seconds=1.0), uploads=uploads)
    yield Served(url, int(url.rstrip("/").rpartition(":")[2]), settings.workspace, 0.0, None, tmp_path / "log")  # type: ignore[arg-type]
    demo.close(verbose=False)
