"""How much of a run is done, over all its stages in one, and how long the rest takes."""

from __future__ import annotations

import time

from perscoach.jobs.state import JobState

_SHARES = {"pose": 0.45, "matte": 0.1, "encode": 0.4, "bundle": 0.05}
"""The stages' usual parts of the time, for the bar until each has told how long it really takes."""
_SOON = 0.04  # of the work; before that no time left is told


def done(state: JobState) -> float:
    """How much of a run is done, 0..1, over all its stages in one."""
    wanted = {stage: share for stage, share in _SHARES.items() if stage in state.wanted or "bundle" in state.wanted}
    if not wanted:
        wanted = {stage: 1.0 for stage in state.wanted}
    part = 0.0
    for stage, share in wanted.items():
        now = state.progress.get(stage) or {}
        total = now.get("total") or 0
        part += share * min(1.0, (now.get("done") or 0) / total) if total else 0.0
    return part / sum(wanted.values()) if wanted else 0.0


def left(state: JobState, now: float | None = None) -> float | None:
    """Seconds until the run is done, from what it has taken so far; ``None`` while nothing can be said."""
    part = done(state)
    if state.status != "running" or part < _SOON or not state.started:
        return None
    spent = (time.time() if now is None else now) - state.started
    return float(max(0.0, spent * (1 - part) / part))
