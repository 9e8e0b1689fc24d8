"""What a job's finished package says of itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from perscoach.ui.routes import find

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job


def manifest_of(job: Job) -> dict[str, Any]:
    """``bundle.json``, or nothing where there is none that can be read."""
    path = find(job, "bundle.json")
    try:
        made = json.loads(path.read_text(encoding="utf-8")) if path is not None else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return made if isinstance(made, dict) else {}


def engine_of(job: Job) -> str | None:
    """The pose engine that made the bundle; ``None`` while there is no bundle."""
    engines = manifest_of(job).get("engines")
    engine = engines.get("pose") if isinstance(engines, dict) else None
    return engine if isinstance(engine, str) else None
