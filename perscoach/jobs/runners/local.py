"""Tasks in worker processes on this machine."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from perscoach.core.errors import Cancelled
from perscoach.core.messages import message
from perscoach.core.places import PACKAGE
from perscoach.jobs.runners.base import Progress
from perscoach.jobs.runners.task import Outcome, Task

_GRACE = 2.0  # seconds for a worker to stop by itself


class LocalRunner:
    """Worker processes that stay for the next task. A crash in native code ends one task and its process only.

    Args:
        places: how many at once. One task uses all cores already, so more help only where memory and cores are plenty.
        log: what the workers print is appended there.
    """

    def __init__(self, places: int = 1, log: Path | None = None) -> None:
        self.places = places
        self._log = log
        self._idle: list[_Worker] = []
        self._all: list[_Worker] = []

    def start(self, task: Task) -> LocalRun:
        for worker in self._all:
            if worker.idle and not worker.usable:
                worker.end()
        self._all = [worker for worker in self._all if worker.usable or not worker.idle]
        free = [worker for worker in self._all if worker.idle]
        worker = free[0] if free else _Worker(self._log)
        if not free:
            self._all.append(worker)
        return worker.begin(task)

    def close(self) -> None:
        for worker in self._all:
            worker.end()
        self._all.clear()


class LocalRun:
    """A task in a worker process."""

    def __init__(self, worker: _Worker) -> None:
        self.progress = Progress()
        self.outcome: Outcome | None = None
        self._worker = worker
        self._asked: float | None = None

    def poll(self) -> Outcome | None:
        if self.outcome is None and self._asked is not None and time.monotonic() - self._asked > _GRACE:
            self._worker.end()
            self.outcome = Outcome("cancelled", Cancelled().message)
        return self.outcome

    def cancel(self) -> None:
        if self.outcome is None and self._asked is None:
            self._asked = time.monotonic()
            self._worker.ask_to_stop()


class _Worker:
    def __init__(self, log: Path | None) -> None:
        self._run: LocalRun | None = None
        self._spoilt = False
        with contextlib.ExitStack() as stack:
            errors = subprocess.DEVNULL if log is None else stack.enter_context(log.open("ab"))
            self._child = subprocess.Popen(
                [sys.executable, "-m", "perscoach.jobs.runners.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                cwd=PACKAGE.parent,  # where `-m perscoach…` finds this same code
                start_new_session=True,  # a terminal's Ctrl-C reaches the parent alone, and encoders end with the group
            )
        self._reader = threading.Thread(target=self._read, name="perscoach-worker", daemon=True)
        self._reader.start()

    @property
    def usable(self) -> bool:
        """Whether it may get another task. One that was asked to stop gets none: the signal may arrive late."""
        return not self._spoilt and self._child.poll() is None

    @property
    def idle(self) -> bool:
        return self._run is None or self._run.outcome is not None

    def begin(self, task: Task) -> LocalRun:
        self._run = LocalRun(self)
        assert self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it died a moment ago: the reader says so
            self._child.stdin.write(json.dumps(task.to_json()).encode("ascii") + b"\n")
            self._child.stdin.flush()
        return self._run

    def ask_to_stop(self) -> None:
        self._spoilt = True
        self._child.terminate()

    def end(self) -> None:
        """Kill it with all that it started."""
        self._spoilt = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(5.0)
        self._reader.join(5.0)
        if self._child.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._child.stdin.close()

    def _read(self) -> None:
        assert self._child.stdout is not None
        with self._child.stdout as lines:
            for line in lines:
                value = json.loads(line)
                run = self._run
                if run is None:
                    continue
                if "progress" in value:
                    run.progress = Progress(*value["progress"])
                else:
                    run.outcome = Outcome.from_json(value["outcome"])
        code = self._child.wait()
        if self._run is not None and self._run.outcome is None:
            gone = Outcome("failed", message("jobs.died", code=str(code)))
            self._run.outcome = Outcome("cancelled", Cancelled().message) if self._spoilt else gone
