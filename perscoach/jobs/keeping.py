"""What stays on the disk and for how long.

A coach's job is removed for two reasons only: nobody changed it for ``Policy.days``, or, where the installation asks for it
(``Policy.when_full`` is ``"oldest"``), the jobs' disk space runs out. The second is announced ``Policy.notice_days`` before.
Never for an upload: while the space is used up, new clips are refused instead. Uploads have their own budget.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from perscoach.core.errors import JobError
from perscoach.core.files import is_held
from perscoach.core.settings import Settings
from perscoach.core.store import store_of
from perscoach.jobs import runs
from perscoach.jobs.state import BUSY_FILE
from perscoach.jobs.uploads import clean_uploads
from perscoach.jobs.workspace import Job, Workspace

log = logging.getLogger(__name__)

_DAY = 86400.0
_EARLY = 0.8
"""Share of the jobs' disk space at which the oldest are announced: room is made before new clips have to be refused."""
_ORPHAN = 3600.0
"""Seconds after which a folder that no job names is removed: ``create`` and ``delete`` leave one when they are killed."""
_UPLOADS_EVERY = 60.0
_CLEAN_EVERY = 600.0


@dataclass(frozen=True)
class Policy:
    """What may be removed.

    Attributes:
        days: age since the last change at which a job goes.
        bytes: disk space of all jobs and of the command line's work folders.
        when_full: ``"refuse"``: no job is removed for space; ``"oldest"``: the oldest idle ones are, after a notice.
        notice_days: between the announcement and the removal for space.
        upload_bytes: budget of uploads that no job has taken.
        bytes_each: of ``bytes``, what one owner's jobs may take, so that nobody fills the space of all.
    """

    days: float = 14.0
    bytes: int = 20 << 30
    when_full: str = "refuse"
    notice_days: float = 3.0
    upload_bytes: int = 2 << 30
    bytes_each: int = 10 << 30


def policy_of(settings: Settings) -> Policy:
    """The installation's policy."""
    return Policy(
        days=settings.keep_days,
        bytes=settings.keep_bytes,
        when_full=settings.when_full,
        notice_days=settings.notice_days,
        upload_bytes=2 * settings.max_bytes,
        bytes_each=settings.keep_bytes_each,
    )


class Keeper:
    """Applies a policy to a workspace, from time to time in a thread of its own or when it is told to."""

    def __init__(self, workspace: Workspace, policy: Policy) -> None:
        self.workspace = workspace
        self.policy = policy
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._measured = (float("-inf"), 0)

    def start(self) -> None:
        """Clean now and from then on in the background."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name="perscoach-keeper", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(5)

    def _loop(self) -> None:
        cleaned = float("-inf")
        while True:
            try:
                self.clean_uploads()
                if time.monotonic() - cleaned >= _CLEAN_EVERY:
                    self.clean()
                    cleaned = time.monotonic()
            except (OSError, JobError):  # a folder that vanished, a locked database: the next round does it
                log.exception("cleaning was interrupted")
            if self._stopped.wait(_UPLOADS_EVERY):
                return

    def clean_uploads(self, now: float | None = None) -> list[str]:
        """Remove broken and forgotten uploads; their names are returned."""
        return clean_uploads(self.workspace.root / "uploads", self.policy.upload_bytes, now)

    def clean(self, now: float | None = None) -> list[str]:
        """Remove what has reached its age, then make room as the policy says. Nothing that waits, runs or is held goes.

        Returns:
            The names of what was removed.
        """
        moment = time.time() if now is None else now
        removed = self.clean_uploads(moment)
        removed += self._remove_old(moment)
        removed += self._remove_orphans(moment)
        removed += self.clean_work(moment)
        removed += self._clean_stores(moment)
        removed += self._make_room(moment)
        self._measured = (float("-inf"), 0)
        return removed

    def check_room(self, size: int, owner: str) -> None:
        """Refuse a new clip of so many bytes where the owner's share or all jobs' disk space is used up.

        Raises:
            JobError: the sentence says what to do.
        """
        own = sum(folder_size(job.folder) for job in self.workspace.jobs_of(owner))
        if own + size > self.policy.bytes_each:
            raise JobError("jobs.no_room_each", limit=self.policy.bytes_each / 2**30)
        if self.used() + size > self.policy.bytes:
            raise JobError("jobs.no_room", limit=self.policy.bytes / 2**30)

    def used(self) -> int:
        """Bytes of all jobs and work folders, at most a minute old."""
        moment, size = self._measured
        if time.monotonic() - moment > 60:
            size = self._bytes()
            self._measured = (time.monotonic(), size)
        return size

    def leaves(self, job: Job) -> float | None:
        """When the job will be removed (seconds since the epoch) if nothing changes; ``None`` while it waits or runs."""
        if job.busy:
            return None
        by_age = job.state.changed + self.policy.days * _DAY
        return by_age if job.state.leaves is None else min(by_age, job.state.leaves)

    @property
    def _jobs(self) -> Path:
        return self.workspace.jobs_root

    @property
    def _work(self) -> Path:
        return self.workspace.root / "cli"

    def _remove_old(self, now: float) -> list[str]:
        limit = now - self.policy.days * _DAY
        with self.workspace.database.reading() as connection:
            rows = connection.execute("SELECT token FROM jobs WHERE changed < ?", (limit,)).fetchall()
        return [
            row["token"]
            for row in rows
            if self.workspace.remove(row["token"], unless=lambda newest: newest["changed"] >= limit)
        ]

    def _remove_orphans(self, now: float) -> list[str]:
        """Folders that no row names. One with a damaged ``job.json`` of an earlier version may hold a coach's clip: it
        goes by the jobs' age."""
        with self.workspace.database.reading() as connection:
            known = {row["token"] for row in connection.execute("SELECT token FROM jobs")}
        removed = []
        for folder in _folders(self._jobs):
            limit = self.policy.days * _DAY if (folder / "job.json").exists() else _ORPHAN
            if folder.name not in known and now - _latest(folder) > limit and not is_held(folder / BUSY_FILE):
                shutil.rmtree(folder, ignore_errors=True)
                removed.append(folder.name)
        return removed

    def clean_work(self, now: float | None = None) -> list[str]:
        """Remove work folders of the command line. They save time and hold nothing that is not in its output: they go by
        age, and before any job when space runs out."""
        now = time.time() if now is None else now
        folders = sorted(_folders(self._work), key=_latest)
        excess = self._bytes() - self.policy.bytes * _EARLY
        removed = []
        for folder in folders:
            if (now - _latest(folder) > self.policy.days * _DAY or excess > 0) and not is_held(folder / BUSY_FILE):
                excess -= folder_size(folder)
                shutil.rmtree(folder, ignore_errors=True)
                removed.append(folder.name)
        return removed

    def _clean_stores(self, now: float) -> list[str]:
        """Where space runs out: intermediate results of idle jobs that nobody used for a day, before any job. The clip, the
        package and the viewer's file stay; the rest is made again when it is needed."""
        if self._bytes() <= self.policy.bytes * _EARLY:
            return []
        removed = []
        for job in self.workspace.all_jobs():
            try:
                with runs.claim_idle(job):
                    state = job.refresh().state
                    places = [Path(path).parts for path in (state.clip, state.bundle, state.viewer) if path]
                    keep = {(parts[1], parts[2]) for parts in places if len(parts) > 2 and parts[0] == "store"}
                    store = store_of(job.folder)
                    removed += [f"{job.token}/{name}" for name in store.prune(keep, older=_DAY, now=now)]
            except JobError:  # it waits, runs, or was removed
                continue
        return removed

    def _bytes(self) -> int:
        return sum(folder_size(folder) for folder in [*_folders(self._jobs), *_folders(self._work)])

    def _make_room(self, now: float) -> list[str]:
        """Announce the oldest idle jobs while all together take too much; remove those whose notice has passed."""
        chosen = self._too_much() if self.policy.when_full == "oldest" else []
        with self.workspace.database.reading() as connection:
            due = {row["token"] for row in connection.execute("SELECT token FROM jobs WHERE leaves <= ?", (now,))}

        def was_used(row: sqlite3.Row) -> bool:  # an edit or a submission withdraws the announcement
            return row["leaves"] is None or row["leaves"] > now

        removed = [token for token in chosen if token in due and self.workspace.remove(token, unless=was_used)]
        with self.workspace.database.changing() as connection:
            marks = ", ".join("?" * len(chosen))
            connection.execute(f"UPDATE jobs SET leaves = NULL WHERE token NOT IN ({marks})", chosen)
            connection.execute(
                f"UPDATE jobs SET leaves = ? WHERE leaves IS NULL AND token IN ({marks})",
                (now + self.policy.notice_days * _DAY, *chosen),
            )
        return removed

    def _too_much(self) -> list[str]:
        """The oldest idle jobs without which the others fit."""
        with self.workspace.database.reading() as connection:
            rows = connection.execute("SELECT token, status FROM jobs ORDER BY changed, token").fetchall()
        sizes = {row["token"]: folder_size(self._jobs / row["token"]) for row in rows}
        excess = sum(sizes.values()) - self.policy.bytes * _EARLY
        chosen = []
        for row in rows:
            if excess <= 0:
                break
            if row["status"] != "queued" and not is_held(self._jobs / row["token"] / BUSY_FILE):
                chosen.append(row["token"])
                excess -= sizes[row["token"]]
        return chosen


def folder_size(folder: Path) -> int:
    """Bytes of a folder's files; one that vanishes meanwhile counts nothing."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            stat = path.lstat()
            total += stat.st_size if S_ISREG(stat.st_mode) else 0
    return total


def _folders(parent: Path) -> list[Path]:
    return [path for path in parent.iterdir() if path.is_dir() and not path.is_symlink()] if parent.is_dir() else []


def _latest(folder: Path) -> float:
    """When anything in the folder was changed last."""
    latest = 0.0
    for path in [folder, *folder.rglob("*")]:
        with suppress(OSError):
            latest = max(latest, path.lstat().st_mtime)
    return latest
