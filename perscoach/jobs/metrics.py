"""The state of a workspace as Prometheus reads it. All of it comes from the database and the disk, so the app tells what the
workers of other processes did, and a restart loses no count."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily
from prometheus_client.registry import Collector

from perscoach.jobs import runs
from perscoach.jobs.keeping import Keeper
from perscoach.jobs.workspace import Workspace

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class WorkspaceCollector(Collector):
    """Reads the workspace at every scrape.

    Args:
        keeper: knows how much of the disk jobs use; ``None`` leaves that out.
    """

    def __init__(self, workspace: Workspace, keeper: Keeper | None = None) -> None:
        self._workspace, self._keeper = workspace, keeper

    def collect(self) -> Iterator[Any]:
        yield from self._jobs()
        yield from self._totals()
        disk = shutil.disk_usage(self._workspace.root)
        yield GaugeMetricFamily("perscoach_disk_free_bytes", "Free space of the workspace's disk.", disk.free)
        if self._keeper is not None:
            yield GaugeMetricFamily("perscoach_disk_used_bytes", "Space that jobs use.", self._keeper.used())
            limit = self._keeper.policy.bytes
            yield GaugeMetricFamily("perscoach_disk_limit_bytes", "Space that jobs may use.", limit)

    def _jobs(self) -> Iterator[Any]:
        with self._workspace.database.reading() as connection:
            rows = connection.execute("SELECT status, count(*) AS n FROM jobs GROUP BY status").fetchall()
            first = connection.execute("SELECT min(queued) FROM jobs WHERE status = 'queued'").fetchone()[0]
            rates = connection.execute(
                "SELECT p.stage, sum(p.rate) AS rate FROM progress p JOIN jobs j ON p.token = j.token "
                "WHERE j.status = 'running' AND j.stage = p.stage AND p.rate IS NOT NULL GROUP BY p.stage"
            ).fetchall()
        jobs = GaugeMetricFamily("perscoach_jobs", "Jobs in the workspace by state.", labels=["status"])
        counts = {row["status"]: row["n"] for row in rows}
        for status in ("new", "queued", "running", "done", "failed", "cancelled"):
            jobs.add_metric([status], counts.get(status, 0))
        yield jobs
        wait = max(0.0, time.time() - first) if first else 0.0
        yield GaugeMetricFamily("perscoach_queue_wait_seconds", "How long the first waiting job has waited.", wait)
        rate = GaugeMetricFamily("perscoach_stage_frames_per_second", "Speed of the running stage.", labels=["stage"])
        for row in rates:
            rate.add_metric([row["stage"]], row["rate"])
        yield rate

    def _totals(self) -> Iterator[Any]:
        totals = runs.totals(self._workspace)
        ended = CounterMetricFamily("perscoach_runs", "Runs that have ended, by outcome.", labels=["status"])
        for status in ("done", "failed", "cancelled"):
            ended.add_metric([status], totals.get(f"runs {status}", 0.0))
        yield ended
        stages = SummaryMetricFamily(
            "perscoach_stage_seconds", "Seconds of each stage of finished runs.", labels=["stage"]
        )
        for name, seconds in sorted(totals.items()):
            kind, _, stage = name.partition(" ")
            if kind == "stage_seconds":
                stages.add_metric([stage], count_value=int(totals[f"stage_runs {stage}"]), sum_value=seconds)
        yield stages


def metrics(workspace: Workspace, keeper: Keeper | None = None) -> bytes:
    """What ``/metrics`` answers (``CONTENT_TYPE``)."""
    registry = CollectorRegistry()
    registry.register(WorkspaceCollector(workspace, keeper))
    return generate_latest(registry)
