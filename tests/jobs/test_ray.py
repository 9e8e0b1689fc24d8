"""Batches on Ray: two nodes of one core each on the loopback, one of which is killed in the middle of a clip."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.cluster import Cluster, cluster
from perscoach.cli import main
from perscoach.core.errors import SettingsError
from perscoach.core.places import EXAMPLE
from perscoach.core.progress import Quiet
from perscoach.core.settings import load_settings
from perscoach.jobs.runners.ray import RayRunner, Share, load_ray
from perscoach.jobs.runners.task import Outcome, Task, perform

RECIPE: dict[str, Any] = {
    "ingest": {"trim_end": 0.2},
    "matting": {"engine": "mediapipe", "plate": "off"},
    "pose": {"engine": "mediapipe", "model": "full"},
    "export": {"quality": "draft", "mov": False, "audio": False},
}


@pytest.mark.parametrize("address", ["10.0.0.1", "ray://", "http://head:10001", "ray://a b:1", "local;rm"])
def test_an_address_is_checked_before_anything_is_started(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSCOACH_RAY", address)
    with pytest.raises(SettingsError):
        load_settings()
    monkeypatch.delenv("PERSCOACH_RAY")
    assert main(["batch", str(EXAMPLE), "-o", "never", "--on", address, "--quiet"]) == 3


def test_without_ray_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SettingsError, match=r"perscoach\[cluster\]"):
        RayRunner("local")


def test_usage_statistics_are_off_before_ray_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "1")
    monkeypatch.setitem(sys.modules, "ray", None)
    with contextlib.suppress(SettingsError):
        load_ray()
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


@pytest.fixture(scope="module")
def nodes() -> Iterator[Cluster]:
    pytest.importorskip("ray", reason="the extra cluster is not installed")
    with cluster(2) as made:
        yield made


def _busy(nodes: Cluster) -> Any:
    """The node that works on a task."""
    for node in nodes.nodes:
        if any("ray::work" in " ".join(process.cmdline()) for process in nodes.workers(node)[1:]):
            return node
    raise AssertionError("no node works")


def test_a_cluster_that_is_not_there_is_said_soon() -> None:
    pytest.importorskip("ray", reason="the extra cluster is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # bound, not listening: refused at once
        start = time.monotonic()
        with pytest.raises(SettingsError, match="does not answer"):
            RayRunner(f"127.0.0.1:{probe.getsockname()[1]}")
    assert time.monotonic() - start < 30


def _task(folder: Path, source: Path) -> Task:
    return Task(source, folder / "out", "squat", RECIPE, None, folder / "work", deliver="folder")


def _ended(run: Any, within: float = 150.0) -> Outcome:
    deadline = time.monotonic() + within
    while (outcome := run.poll()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert isinstance(outcome, Outcome)
    return outcome


def _digest(folder: Path) -> dict[str, str]:
    names = ("trainer_transparent.webm", "poses/trainer_poses.json", "mirror/track.json")
    return {name: hashlib.sha256((folder / "out" / "squat" / name).read_bytes()).hexdigest() for name in names}


@pytest.mark.slow
def test_a_lost_node_costs_time_and_changes_nothing(nodes: Cluster, tmp_path: Path) -> None:
    """Every process of a run imports the engines, so one clip has to show all of it: two nodes take two tasks, one of them
    dies while it works, the other does the rest, and the package is the same to the last byte as one made here."""
    runner = RayRunner(nodes.address, Share(cpus=1, memory=0.1))
    try:
        assert runner.places == 2
        _only_on_the_loopback(nodes)
        run = runner.start(_task(tmp_path / "ray", EXAMPLE))
        until = time.monotonic() + 90
        while not run.progress.stage and time.monotonic() < until:
            time.sleep(0.02)
        nodes.kill(_busy(nodes))
        assert _ended(run).status == "done"
        missing = _ended(runner.start(_task(tmp_path / "missing", tmp_path / "elsewhere" / "clip.mp4")))
        assert missing.status == "failed" and missing.error is not None and missing.error.id == ""
        assert "elsewhere" in missing.error.en, "a folder that the node does not see is named"
    finally:
        runner.close()
    assert perform(_task(tmp_path / "here", EXAMPLE), Quiet()).status == "done"
    assert _digest(tmp_path / "ray") == _digest(tmp_path / "here")


def _only_on_the_loopback(nodes: Cluster) -> None:
    """Whoever reaches a node can run code on it, so the test's nodes listen on this machine alone."""
    for process in [process for node in nodes.nodes for process in nodes.workers(node)]:
        for connection in process.net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN:
                assert connection.laddr.ip in ("127.0.0.1", "::1", "::ffff:127.0.0.1")
