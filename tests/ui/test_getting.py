"""Bringing a better model by a button: progress, an end, a stop, and a failure in words."""

from __future__ import annotations

import importlib
import threading
import time
from typing import Any

import pytest

from perscoach.core.errors import ModelError
from perscoach.ui import getting
from perscoach.ui.context import AppContext
from tests.ui.asked import Asked

fetching = importlib.import_module("perscoach.models.fetch")  # the package's own attribute is the function


def wait_for(true: Any) -> None:
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_download_tells_how_far_it_is_and_stops_when_it_is_asked(
    context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, name = threading.Event(), "pose_landmarker_heavy"

    def fetch(wanted: str, progress: Any) -> None:
        assert wanted == name
        progress(5 << 20, 30 << 20)
        go_on.wait(5)
        progress(6 << 20, 30 << 20)
        raise AssertionError("it went on after the stop")

    monkeypatch.setattr(fetching, "fetch", fetch)
    monkeypatch.setattr(getting, "_DOWNLOADS", {})
    monkeypatch.setattr(getting, "is_here", lambda name: False)
    part = getting.Getting(context, name, "getting.heavy")
    _, line, get, cancel, timer = part.show(Asked())
    assert "Apache-2.0" in line and "MB" in line and get.visible and not cancel.visible and not timer.active
    download = getting.download_of(name)
    download.start()
    wait_for(lambda: download.done)
    _, line, get, cancel, timer = part.show(Asked(headers={"accept-language": "ru"}))
    assert "5 МБ из" in line and "progressbar" in line and cancel.visible and not get.visible and timer.active
    download.stop()
    go_on.set()
    wait_for(lambda: not download.running)
    assert not download.failed


def test_a_failure_is_told_in_words_and_its_details_go_to_the_log(
    context: AppContext, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fetch(wanted: str, progress: Any) -> None:
        raise ModelError("models.offline")

    monkeypatch.setattr(fetching, "fetch", fetch)
    monkeypatch.setattr(getting, "_DOWNLOADS", {})
    monkeypatch.setattr(getting, "is_here", lambda name: False)
    download = getting.download_of("pose_landmarker_heavy")
    download.start()
    wait_for(lambda: download.failed and not download.running)
    line = getting.Getting(context, "pose_landmarker_heavy", "getting.heavy").show(Asked())[1]
    assert "The download failed" in line and "perscoach models" not in line
    assert "pose_landmarker_heavy" in caplog.text
