"""The queue: one run at a time, a limit and a fair order, cancelling and resuming; survives a restart of the app."""

from __future__ import annotations

import contextlib
import threading
import time
import traceback
from collections.abc import Callable, Sequence

from perscoach.core.errors import JobError
from perscoach.core.messages import message
from perscoach.jobs import runs
from perscoach.jobs.events import event
from perscoach.jobs.keeping import Keeper
from perscoach.jobs.runner import LocalRunner, Runner, Work
from perscoach.jobs.runs import Claim, Limits
from perscoach.jobs.state import STAGES
from perscoach.jobs.worker import unexpected
from perscoach.jobs.workspace import Job, Workspace
from perscoach.recipe import Recipe

_GRACE = 0.8  # seconds a worker gets to stop by itself: cancelling must be felt within a second
_POLL = 0.1
_IDLE = 3.0  # seconds until a submission of another process is seen


class JobQueue:
    """Runs the waiting jobs of a workspace one after the other. Another app may serve the same workspace.

    Args:
        max_jobs, max_each: how many jobs may wait, of all owners and of one.
        keeper: cleans the workspace from time to time while the queue runs.
        runner: where the work is done.
    """

    def __init__(
        self,
        workspace: Workspace,
        max_jobs: int = 16,
        max_each: int = 4,
        keeper: Keeper | None = None,
        runner: Runner | None = None,
    ) -> None:
        self.workspace = workspace
        self.limits = Limits(max_jobs, max_each)
        self.keeper = keeper
        self._runner = runner or LocalRunner()
        self._following = False
        self._wake = threading.Condition()
        self._stopping = False
        self.draining = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Take up what was waiting or interrupted when the app last stopped, and begin."""
        with self._wake:
            if self._thread is not None:
                return
            runs.recover(self.workspace)
            self._thread = threading.Thread(target=self._loop, name="perscoach-queue", daemon=True)
            self._thread.start()
        if self.keeper is not None:
            self.keeper.start()

    def stop(self) -> None:
        """End the worker and the thread; what runs can be resumed."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(10)
        if self.keeper is not None:
            self.keeper.stop()

    def drain(self, seconds: float) -> bool:
        """Begin no further job, and wait until the one that runs has ended; whether it has within ``seconds``."""
        self.draining = True
        until = time.monotonic() + seconds
        while self._following and time.monotonic() < until and not self._stopping:
            time.sleep(_POLL)
        return not self._following

    def submit(
        self, job: Job, wanted: Sequence[str] = STAGES, change: Callable[[Recipe], Recipe] | None = None
    ) -> None:
        """Let a job wait for its turn, with its newest recipe.

        Args:
            change: an edit of the recipe that is stored together with the submission, or not at all.

        Raises:
            JobError: it waits or runs, or too many jobs wait.
        """
        runs.submit(job, wanted, change, self.limits)
        event("job_queued", job=job.token, stages=list(wanted))
        self._notify()

    def resume(self, job: Job) -> None:
        """Queue again what was stopped or failed; finished pieces are not done again."""
        runs.submit(job, limits=self.limits, resume=True)
        event("job_queued", job=job.token)
        self._notify()

    def cancel(self, job: Job) -> None:
        """Take it from the queue, or stop it within a second; what is finished stays."""
        runs.cancel(job)
        event("job_cancelled", job=job.token)
        self._notify()

    def position(self, job: Job) -> int | None:
        """0 when it runs, 1, 2, … when it waits, None otherwise."""
        order = runs.waiting(self.workspace)
        if job.token in order:
            return order.index(job.token) + 1
        with contextlib.suppress(JobError):  # it was removed
            return 0 if self.workspace.open(job.token).state.status == "running" else None
        return None

    def _notify(self) -> None:
        with self._wake:
            self._wake.notify_all()

    def _loop(self) -> None:
        while not self._stopping:
            try:
                begun = self._run_next()
            except Exception:  # a full disk, a database that is locked: the next attempt may do better
                traceback.print_exc()
                begun = False
            with self._wake:
                if not begun and not self._stopping:
                    self._wake.wait(_IDLE)

    def _run_next(self) -> bool:
        """Run the first waiting job that can be claimed; whether there was one."""
        for token in () if self.draining else runs.waiting(self.workspace):
            with contextlib.suppress(JobError):  # another app was quicker, or it was removed
                try:
                    with runs.claim(self.workspace, token) as claim:
                        work = self._begin(claim)
                except OSError as error:
                    runs.fail(self.workspace, token, message("jobs.files_gone", reason=error.strerror or "?"))
                    continue
                self._follow_logged(claim.job, work)
                return True
        return False

    def _begin(self, claim: Claim) -> Work | Exception:
        """Start the work; the claim's lock is the worker's alone as soon as the claim's block ends."""
        try:
            return self._runner.start(claim)
        except Exception as error:  # a full disk, no process to be had
            traceback.print_exc()
            return error

    def _follow_logged(self, job: Job, work: Work | Exception) -> None:
        begun = time.monotonic()
        self._following = True
        event("job_started", job=job.token, tries=job.state.tries, waited=round(time.time() - job.state.queued, 1))
        try:
            self._follow(job, work)
        finally:
            self._following = False
            with contextlib.suppress(JobError):  # it was removed
                status = self.workspace.open(job.token).state.status
                event("job_ended", job=job.token, status=status, seconds=round(time.monotonic() - begun, 1))

    def _follow(self, job: Job, work: Work | Exception) -> None:
        """Wait for the end of a run and see to it that there is an outcome."""
        token, submission = job.token, job.state.submission
        if isinstance(work, Exception):
            runs.record_death(self.workspace, token, submission, unexpected(work))
            return
        try:
            self._watch(token, work)
        finally:
            code = work.poll()
            work.end()  # also after its own end: what it started may live on
        if self._stopping and code is None:
            runs.give_back(self.workspace, token, submission)
        else:
            runs.record_death(self.workspace, token, submission, message("jobs.died", code=str(code)))

    def _watch(self, token: str, work: Work) -> None:
        """Return when the run has ended, when the app stops, or when a cancelled run does not end by itself."""
        asked: float | None = None
        while work.poll() is None and not self._stopping:
            with contextlib.suppress(JobError):
                if asked is None and runs.is_cancelled(self.workspace, token):
                    asked = time.monotonic()
            if asked is not None and time.monotonic() - asked > _GRACE:
                return
            with self._wake:
                self._wake.wait(_POLL)
