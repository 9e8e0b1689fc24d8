"""The worker's monitor: writes progress, rate and time left into the workspace's database and reads from it whether to stop."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

from perscoach.core.errors import Cancelled, JobError
from perscoach.core.messages import Message
from perscoach.core.progress import Monitor, Quiet
from perscoach.jobs import runs
from perscoach.jobs.workspace import Job

_WRITE_EVERY = 0.25
_LOOK_EVERY = 0.1
_HALF_LIFE = 4.0


class Pace:
    """Frames per second over about the last seconds, and the time left.

    Example:
        >>> pace = Pace()
        >>> pace.at(0, 100, now=0.0), pace.at(10, 100, now=1.0)
        ((None, None), (10.0, 9.0))
    """

    def __init__(self) -> None:
        self._time: float | None = None
        self._done = 0
        self._last = (0.0, 0)
        self._sample: tuple[float, int, float | None] | None = None
        self.rate: float | None = None

    def at(self, done: int, total: int, now: float) -> tuple[float | None, float | None]:
        """(rate, seconds left) once ``done`` of ``total`` are finished at ``now``; None while unknown."""
        if self._time is None or done < self._done:
            self._time, self._done, self.rate, self._sample = now, done, None, None
        elif now - self._last[0] >= 0.2:
            self._time, self._done = self._last  # the end of the last batch, where frames come in batches
        self._last = (now, done)
        if done > self._done and now - self._time >= 0.2:
            self._sample = (self._time, self._done, self.rate)
            self._time, self._done = now, done
        if self._sample is not None and now - self._time < 0.2:
            self.rate = _mixed(*self._sample, done, now)
        left = (total - done) / self.rate if self.rate and total else None
        return self.rate, left


def _mixed(start: float, begun: int, before: float | None, done: int, now: float) -> float:
    """The rate including the latest sample. The frames of a batch are reported within a moment; all of them belong to the
    time since the last batch, not the first one alone."""
    rate = (done - begun) / (now - start)
    if before is None:
        return rate
    result: float = before + (1 - 0.5 ** ((now - start) / _HALF_LIFE)) * (rate - before)
    return result


class JobMonitor:
    """Stores a job's progress and notes, and raises ``Cancelled`` soon after the user asked to stop.

    Stages report from several threads. A full disk or a locked database costs a progress line, never the work.

    Args:
        beside: another monitor that receives everything too and may raise ``Cancelled`` (the command line).
    """

    def __init__(self, job: Job, beside: Monitor | None = None) -> None:
        self._workspace, self._token = job.workspace, job.token
        self._beside = beside or Quiet()
        self._lock = threading.RLock()
        self._paces: dict[str, Pace] = {}
        self._unwritten: dict[str, dict[str, Any]] = {}
        self._stage = ""
        self._written = 0.0
        self._looked = 0.0

    def report(self, stage: str, done: int, total: int) -> None:
        self._beside.report(stage, done, total)
        with self._lock:
            self._note_progress(stage, done, total, time.monotonic())

    def _note_progress(self, stage: str, done: int, total: int, now: float) -> None:
        rate, left = self._paces.setdefault(stage, Pace()).at(done, total, now)
        self._unwritten[stage] = {"done": done, "total": total, "rate": rate, "eta": left}
        is_new, self._stage = stage != self._stage, stage
        if is_new or done >= total > 0 or now - self._written >= _WRITE_EVERY:
            self._written = now
            with contextlib.suppress(JobError):
                runs.write_progress(self._workspace, self._token, self._unwritten, stage)
                self._unwritten.clear()

    def note(self, message: Message) -> None:
        self._beside.note(message)
        with contextlib.suppress(JobError):
            runs.add_note(self._workspace, self._token, message)

    def check(self) -> None:
        self._beside.check()
        now = time.monotonic()
        if now - self._looked >= _LOOK_EVERY:
            self._looked = now
            stop = False
            with contextlib.suppress(JobError):
                stop = runs.is_cancelled(self._workspace, self._token)
            if stop:
                raise Cancelled
