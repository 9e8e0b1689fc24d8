"""A headless browser, a free port and settings of its own for every test of the app."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CALM = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """``PERSCOACH_CHROMIUM``, else one on the PATH, else Playwright's own."""
    named = os.environ.get("PERSCOACH_CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    found = next((path for path in map(shutil.which, CHROMIUM) if path), None)
    if found:
        return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).is_file() else None


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium for the session; skips where there is none."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium: install one or set PERSCOACH_CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=list(CALM))
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


def free_port() -> int:
    """A port of the loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def app_settings(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Settings on a free port with a workspace of their own."""
    import dataclasses

    from perscoach.settings import load_settings
    from perscoach.ui.launch import prepare_environment

    root = tmp_path_factory.mktemp("workspace")
    settings = dataclasses.replace(load_settings(), host="127.0.0.1", port=free_port(), workspace=root, user=None)
    settings = dataclasses.replace(settings, password=None)
    prepare_environment(settings)
    return settings
