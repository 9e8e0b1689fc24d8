"""The worker process: runs one job's wanted stages and exits (``python -m perscoach.jobs.worker FOLDER``).

A process of its own keeps the app quick while frames are crunched, and a crash in native code away from it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from perscoach.core.errors import Cancelled, JobError, PerscoachError, system_message
from perscoach.core.files import held, sweep
from perscoach.core.progress import Monitor
from perscoach.jobs.job import BUSY_FILE, CANCEL_FILE, EXTRAS, STAGES, Job
from perscoach.jobs.monitor import FileMonitor


def run_job(job: Job, beside: Monitor | None = None) -> str:
    """Run what the job wants; the outcome stands in ``run.json`` and is returned as a status.

    Args:
        beside: hears of the progress too and can say stop.

    Raises:
        JobError: another process works on this job.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(job.folder / BUSY_FILE))
        except BlockingIOError as error:
            raise JobError(
                "Another perscoach is working on this job. Wait until it has finished.",
                "Над этой работой уже трудится другой perscoach. Дождитесь, пока он закончит.",
            ) from error
        for room in ("clip", "matte", "pose", "encode", "bundle", "viewer"):
            sweep(job.folder / room)
        return _run_held(job, beside)


def _run_held(job: Job, beside: Monitor | None) -> str:
    from perscoach.core.settings import load_settings
    from perscoach.pipeline import run_stages

    state = job.state
    run: dict[str, Any] = {
        "request": state.request,
        "status": "running",
        "pid": os.getpid(),
        "stage": "",
        "progress": {},
        "notes": [list(note) for note in state.notes] if state.wanted and set(state.wanted) <= set(EXTRAS) else [],
        "error": None,
        "clip": state.clip,
        "bundle": state.bundle,
        "viewer": state.viewer,
        "report": state.report,
    }
    monitor = FileMonitor(job.folder, run, beside)
    monitor.write()
    try:
        source = job.source()
        if source is None:
            raise JobError("This job has no clip. Upload it again.", "В этой работе нет клипа. Загрузите его снова.")
        wanted = state.wanted or STAGES
        result = run_stages(source, job.folder, state.recipe, job.name, monitor, wanted, load_settings())
        for key, path in (("clip", result.clip.path), ("bundle", result.bundle), ("viewer", result.viewer)):
            if path is not None:
                run[key] = path.relative_to(job.folder).as_posix()
        if result.report is not None:
            run["report"] = result.report
        run["status"] = "done"
    except Cancelled as stop:
        run.update(status="cancelled", error=[stop.en, stop.ru])
    except PerscoachError as error:
        run.update(status="failed", error=[error.en, error.ru])
    except Exception as error:  # the last fence: whatever breaks, the user gets a sentence and the log its details
        traceback.print_exc()
        run.update(status="failed", error=_unexpected(error))
    monitor.write()
    return str(run["status"])


def _unexpected(error: Exception) -> list[str]:
    refused = system_message(error)
    if refused is not None:
        return refused.to_json()
    kind = type(error).__name__
    return [
        f"Something broke inside perscoach ({kind}). What was finished is kept; the job's log.txt says more.",
        f"Внутренняя ошибка perscoach ({kind}). Готовое сохранено; подробности в log.txt этой работы.",
    ]


def _die_with_parent() -> None:
    """End when the app that started us is gone: it holds the other end of our standard input."""

    def wait() -> None:
        while os.read(0, 4096):
            pass
        os.killpg(os.getpgrp(), signal.SIGKILL)  # the group: an encoder of ours must not outlive us

    threading.Thread(target=wait, daemon=True).start()


def main(argv: list[str]) -> int:
    """Run the job whose folder is the first argument."""
    if os.getpgrp() == os.getpid():
        _die_with_parent()
    job = Job(Path(argv[0]))
    (job.folder / CANCEL_FILE).unlink(missing_ok=True)
    try:
        return 0 if run_job(job) == "done" else 1
    except JobError as error:
        print(error.en, file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
