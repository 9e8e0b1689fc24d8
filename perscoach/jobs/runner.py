"""Where a claimed job runs. The queue knows only ``Runner``; a process on this machine is the one there is."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from typing import Protocol

from perscoach.core.places import PACKAGE
from perscoach.jobs.runs import Claim


class Work(Protocol):
    """A run that was started."""

    def poll(self) -> int | None:
        """The exit code, or ``None`` while it runs."""

    def end(self) -> None:
        """Stop it, also what it started itself; it has ended when this returns."""


class Runner(Protocol):
    """Starts runs somewhere. What runs must hold the job (``Claim.lock``) until it ends, and must end with this process."""

    def start(self, claim: Claim) -> Work:
        """Begin to work on the claimed job.

        Raises:
            OSError: it cannot be started.
        """


class LocalRunner:
    """A worker process on this machine for every run."""

    def start(self, claim: Claim) -> Work:
        job = claim.job
        with (job.folder / "log.txt").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "perscoach.jobs.worker", str(job.workspace.root), job.token],
                stdin=subprocess.PIPE,  # never written to: it ends when we do, and the worker with it
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                cwd=PACKAGE.parent,  # where `-m perscoach…` finds this same code
                start_new_session=True,  # a group of its own: its encoders end with it
                pass_fds=(claim.lock.fileno(),),
            )
        return LocalWork(child)


class LocalWork:
    """A worker process and its group."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child

    def poll(self) -> int | None:
        return self._child.poll()

    def end(self) -> None:
        """Ask the worker, then insist. Encoders of a worker that was killed live in its group; they go too."""
        child = self._child
        with contextlib.suppress(subprocess.TimeoutExpired):
            if child.poll() is None:
                child.terminate()
            child.wait(0.5)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(5.0)
        if child.stdin is not None:
            child.stdin.close()
