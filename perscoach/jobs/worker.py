"""The worker process: runs one claimed job and exits.

A process of its own keeps the app quick while frames are computed, and a crash in native code away from it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from perscoach.core.errors import Cancelled, JobError, PerscoachError, system_message
from perscoach.core.files import sweep
from perscoach.core.messages import Message, message
from perscoach.core.progress import Monitor
from perscoach.jobs import opening, runs
from perscoach.jobs.monitor import JobMonitor
from perscoach.jobs.state import STAGES
from perscoach.jobs.workspace import Job, Workspace

_PATIENCE = 20.0  # seconds to get the outcome into the database: another writer, or a disk that is full for a moment


def run_job(job: Job, wanted: Sequence[str] = (), beside: Monitor | None = None) -> str:
    """Submit a job and run it in this process; the outcome is stored and returned as a status.

    Args:
        wanted: the stages to run; none: those of the submission before.
        beside: receives the progress too and may raise ``Cancelled``.

    Raises:
        JobError: another process works on this job.
    """
    with runs.claim(job.workspace, job.token, wanted) as claim:
        return run_claimed(claim.job, beside)


def run_claimed(job: Job, beside: Monitor | None = None) -> str:
    """Run a job whose lock this process holds."""
    sweep(job.folder)
    monitor = JobMonitor(job, beside)
    results: dict[str, Any] = {}
    error: Message | None = None
    try:
        with contextlib.suppress(JobError):  # for people who look at processes; the work does not need it
            runs.began(job.workspace, job.token)
        results = _run(job, monitor)
        status = "done"
    except Cancelled as stop:
        status, error = "cancelled", stop.message
    except PerscoachError as failure:
        status, error = "failed", failure.message
    except Exception as failure:  # whatever breaks, the user gets a sentence and the log its details
        traceback.print_exc()
        status, error = "failed", unexpected(failure)
    _store(job, status, error, results)
    if results.get("bundle"):  # stored: from now on nothing refers to what versions without a store kept
        from perscoach.pipeline import drop_earlier_layout

        drop_earlier_layout(job.folder)
    return status


def _run(job: Job, monitor: Monitor) -> dict[str, Any]:
    from perscoach.core.settings import load_settings
    from perscoach.pipeline import run_stages

    source = job.source()
    if source is None:
        raise JobError("jobs.no_clip")
    state = job.state
    result = run_stages(source, job.folder, state.recipe, job.name, monitor, state.wanted or STAGES, load_settings())
    opening.decide(job, result.clip)
    results: dict[str, Any] = {}
    for name, path in (("clip", result.clip.path), ("bundle", result.bundle), ("viewer", result.viewer)):
        if path is not None:
            results[name] = path.relative_to(job.folder).as_posix()
    if result.report is not None:
        results["report"] = result.report
    results["timings"] = result.timings
    return results


def _store(job: Job, status: str, error: Message | None, results: dict[str, Any]) -> None:
    """Store the outcome, for a while also against a refusal: the work is done and would be done again for want of a line.

    Raises:
        JobError: it was refused to the end, or the job was removed.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return runs.finish(job.workspace, job.token, status, error, results)
        except JobError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def unexpected(error: Exception) -> Message:
    """The sentence for an error that is not one of ours."""
    return system_message(error) or message("jobs.unexpected", reason=type(error).__name__)


def _die_with_parent() -> None:
    """End when the app that started us is gone: it holds the other end of our standard input."""

    def wait() -> None:
        while os.read(0, 4096):
            pass
        os.killpg(os.getpgrp(), signal.SIGKILL)  # the group: an encoder of ours must not outlive us

    threading.Thread(target=wait, daemon=True).start()


def main(argv: list[str]) -> int:
    """Run the job that the parent process has claimed: ``python -m perscoach.jobs.worker WORKSPACE TOKEN``. The parent
    passes the job's locked file on as an inherited descriptor, which holds the job until this process ends."""
    if os.getpgrp() == os.getpid():
        _die_with_parent()
    try:
        return 0 if run_claimed(Workspace(Path(argv[0])).open(argv[1])) == "done" else 1
    except JobError as error:
        print(error.en, file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
