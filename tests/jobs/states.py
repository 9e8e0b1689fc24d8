"""Jobs in a state that a test needs, without running anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from perscoach.jobs import Job

_JSON = ("wanted", "notes", "error", "report")


def put(job: Job, progress: Mapping[str, Mapping[str, Any]] | None = None, **columns: Any) -> Job:
    """Write columns of the job's row (and its stages' progress), then read the job again."""
    with job.workspace.database.changing() as connection:
        for name, value in columns.items():
            stored = json.dumps(value) if name in _JSON and value is not None else value
            connection.execute(f"UPDATE jobs SET {name} = ? WHERE token = ?", (stored, job.token))
        for stage, now in (progress or {}).items():
            connection.execute(
                "INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?, ?, ?)",
                (job.token, stage, now["done"], now["total"], now.get("rate"), now.get("eta")),
            )
    return job.refresh()


def stored_row(job: Job) -> tuple[Any, ...]:
    """The whole row as it is stored, to compare."""
    with job.workspace.database.reading() as connection:
        return tuple(connection.execute("SELECT * FROM jobs WHERE token = ?", (job.token,)).fetchone())
