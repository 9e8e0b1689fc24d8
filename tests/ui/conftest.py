"""A headless browser, a free port and settings of its own for every test of the app."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perscoach.core.settings import load_settings
from perscoach.jobs import JobQueue, Workspace
from perscoach.ui.context import AppContext, load_secret
from tests.get_browser import find
from tests.ui.served import CALM, Served, free_port, serve


@pytest.fixture(scope="session")
def chromium(playwright_driver: Any) -> Iterator[Any]:
    """A headless Chromium for the session; skips where there is none."""
    path = find()
    if path is None:
        pytest.skip("no Chromium: install one or set PERSCOACH_CHROMIUM")
    browser = playwright_driver.chromium.launch(executable_path=path, headless=True, args=list(CALM))
    yield browser
    browser.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page with a fresh profile; the test fails on errors that the page's own code throws."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", accept_downloads=True)
    page = context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    context.close()
    assert not thrown, f"the page threw: {thrown}"


@pytest.fixture(scope="session")
def app_settings(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Settings on a free port with a workspace of their own."""
    from perscoach.ui.launch import prepare_environment

    root = tmp_path_factory.mktemp("workspace")
    settings = dataclasses.replace(load_settings(), host="127.0.0.1", port=free_port(), workspace=root, user=None)
    settings = dataclasses.replace(settings, password=None)
    prepare_environment(settings)
    return settings


@pytest.fixture
def context(tmp_path: Path) -> AppContext:
    """The app's surroundings in a workspace of their own."""
    settings = dataclasses.replace(load_settings(), workspace=tmp_path)
    workspace = Workspace(tmp_path)
    return AppContext(settings, workspace, JobQueue(workspace, 2), load_secret(tmp_path))


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app in a process of its own, with coaches who do not see each other; it must end well when it is asked to."""
    app = serve(tmp_path_factory.mktemp("app"))
    yield app
    assert app.stop() == 0, app.log.read_text()
