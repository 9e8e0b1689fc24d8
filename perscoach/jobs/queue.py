"""One worker at a time, a bounded queue, positions, cancelling and resuming; survives a restart of the app."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Sequence

from perscoach.core.errors import Cancelled, JobError, system_message
from perscoach.core.files import is_held, write_json
from perscoach.core.places import PACKAGE
from perscoach.jobs.job import BUSY_FILE, CANCEL_FILE, EXTRAS, STAGES, Job, _read_json
from perscoach.jobs.workspace import Workspace
from perscoach.recipe import Recipe

_GRACE = 0.8  # seconds a worker gets to stop by itself: cancelling must be felt within a second


class JobQueue:
    """Runs jobs of a workspace one after the other in worker processes."""

    def __init__(self, workspace: Workspace, max_jobs: int = 16, keep: tuple[float, int] | None = None) -> None:
        self.workspace = workspace
        self.max_jobs = max_jobs
        self._keep = keep
        self._waiting: list[str] = []
        self._running: str | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._cancelled_at: float | None = None
        self._wake = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Take up what was waiting or interrupted when the app last stopped, and begin."""
        with self._wake:
            if self._thread is not None:
                return
            jobs = [j for j in self.workspace.all_jobs() if j.state.status in ("queued", "interrupted")]
            jobs.sort(key=lambda j: (j.state.status != "interrupted", j.state.queued))
            for job in jobs:
                if job.state.status == "interrupted":
                    job.update(request=job.state.request + 1, queued=time.time())
                self._waiting.append(job.token)
            self._thread = threading.Thread(target=self._loop, name="perscoach-queue", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the worker and the thread; what runs can be resumed."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
            child = self._child
        if child is not None:
            _end(child)
        if self._thread is not None:
            self._thread.join(5)

    def submit(self, job: Job, recipe: Recipe | None = None, wanted: Sequence[str] = STAGES) -> None:
        """Queue a job.

        Raises:
            JobError: it is queued already, or the queue is full.
        """
        with self._wake:
            if job.token in self._waiting or job.token == self._running or is_held(job.folder / BUSY_FILE):
                raise JobError("This job is already queued.", "Эта работа уже в очереди.")
            if len(self._waiting) >= self.max_jobs:
                raise JobError(
                    f"{self.max_jobs} jobs are waiting already. Try again when one has finished.",
                    f"В очереди уже {self.max_jobs}. Попробуйте, когда одна закончится.",
                )
            (job.folder / CANCEL_FILE).unlink(missing_ok=True)
            fresh = Job(job.folder).state
            job.update(
                recipe=recipe or fresh.recipe,
                wanted=[s for s in (*STAGES, *EXTRAS) if s in wanted],
                request=max(fresh.request, fresh.ran) + 1,
                queued=time.time(),
            )
            self._waiting.append(job.token)
            self._wake.notify_all()

    def resume(self, job: Job) -> None:
        """Queue again what was stopped or failed; finished pieces are not done again."""
        state = Job(job.folder).state
        self.submit(job, state.recipe, state.wanted or STAGES)

    def position(self, job: Job) -> int | None:
        """0 when it runs, 1, 2, … when it waits, None otherwise."""
        with self._wake:
            if job.token == self._running:
                return 0
            return self._waiting.index(job.token) + 1 if job.token in self._waiting else None

    def cancel(self, job: Job) -> None:
        """Take it from the queue, or stop it within a second; what is finished stays."""
        with self._wake:
            if job.token in self._waiting:
                self._waiting.remove(job.token)
                job.update(queued=0)
            elif job.token == self._running:
                (job.folder / CANCEL_FILE).touch()
                self._cancelled_at = time.monotonic()
                self._wake.notify_all()
            elif is_held(job.folder / BUSY_FILE):  # runs under a command line or another app: it reads the file too
                (job.folder / CANCEL_FILE).touch()

    def _loop(self) -> None:
        cleaned = 0.0
        while True:
            if self._keep is not None and time.monotonic() - cleaned > 600:
                cleaned = time.monotonic()
                with contextlib.suppress(OSError):
                    self.workspace.clean(*self._keep)
            with self._wake:
                if self._stopping:
                    return
                if not self._waiting:
                    self._wake.wait(60)
                    continue
                self._running = self._waiting.pop(0)
                self._cancelled_at = None
            try:
                self._run(self._running)
            except JobError:
                pass  # its folder was removed or damaged meanwhile
            except Exception as error:  # a full disk, no process to be had: the next job may do better
                traceback.print_exc()
                with contextlib.suppress(OSError, JobError):
                    kind, refused = type(error).__name__, system_message(error)
                    self._record_death(
                        self.workspace.open(self._running),
                        (refused.en, refused.ru)
                        if refused
                        else (f"The work did not begin ({kind}).", f"Работа не началась ({kind})."),
                    )
            finally:
                with self._wake:
                    self._running = None
                    self._child = None

    def _run(self, token: str) -> None:
        job = self.workspace.open(token)
        if job.state.status != "queued":  # another app on this workspace has done it, or is at it
            return
        with (job.folder / "log.txt").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "perscoach.jobs.worker", str(job.folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                cwd=PACKAGE.parent,  # where `-m perscoach…` finds this same code
                start_new_session=True,  # a group of its own: its encoders end with it
            )
            with self._wake:
                self._child = child
            try:
                self._watch(child)
            finally:
                _end(child)  # also after its own end: encoders of a worker that was killed live in its group
                if child.stdin is not None:
                    child.stdin.close()
        if not self._stopping:
            self._record_death(job, _death_words(child.returncode))

    def _watch(self, child: subprocess.Popen[bytes]) -> None:
        while child.poll() is None:
            with self._wake:
                self._wake.wait(0.1)
                asked = self._cancelled_at
                stopping = self._stopping
            if stopping or (asked is not None and time.monotonic() - asked > _GRACE):
                _end(child)

    def _record_death(self, job: Job, words: tuple[str, str]) -> None:
        """A worker that was ended or crashed wrote no outcome: write it for it."""
        state = Job(job.folder).state
        if state.status in ("done", "failed", "cancelled") and state.ran == state.request:
            return
        if is_held(job.folder / BUSY_FILE):  # ours gave way to another process, which will write the outcome
            return
        path = job.folder / "run.json"
        run = _read_json(path) if path.exists() else {"progress": {}, "notes": []}
        run["request"] = state.request
        if self._cancelled_at is not None:
            stop = Cancelled()
            run.update(status="cancelled", error=[stop.en, stop.ru])
        else:
            run.update(status="failed", error=list(words))
        write_json(path, run, indent=None)


def _death_words(code: int | None) -> tuple[str, str]:
    return (
        f"The work ended without a word (exit code {code}); most often the memory was full. Resume to go on.",
        f"Процесс оборвался (код {code}); чаще всего не хватило памяти. Нажмите «Продолжить».",
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ask the worker, then insist; whatever is left of its group (encoders) goes with it."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        if child.poll() is None:
            child.terminate()
        child.wait(0.5)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(5.0)
