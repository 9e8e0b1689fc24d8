"""The folder of all jobs: making, finding, listing, deleting, cleaning."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from pathlib import Path

from perscoach.core.errors import JobError
from perscoach.core.files import is_held
from perscoach.core.names import is_token, new_token
from perscoach.jobs.job import BUSY_FILE, Job, write_new

_SUFFIXES = {".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".3gp"}


class Workspace:
    """All jobs of an installation below one folder that only this user can enter."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.jobs_root = root / "jobs"
        self.jobs_root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def create(self, owner: str, name: str, source: Path | None = None) -> Job:
        """A new job; ``source`` is copied in under our own name (hard-linked where possible)."""
        folder = self.jobs_root / new_token()
        clean = "".join(c for c in name if c.isprintable()).strip()[:80] or "clip"
        try:
            folder.mkdir(mode=0o700)
            write_new(folder, owner, clean)
            if source is not None:
                suffix = source.suffix.lower()
                _bring(source, folder / f"source{suffix if suffix in _SUFFIXES else '.video'}")
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise JobError(
                f"The clip could not be stored: {error.strerror}. Free some disk space and try again.",
                f"Не удалось сохранить клип: {error.strerror}. Освободите место на диске и повторите.",
            ) from error
        return Job(folder)

    def open(self, token: str) -> Job:
        """The job with this token.

        Raises:
            JobError: no such job, or not a token.
        """
        if not is_token(token):
            raise JobError("This link does not name a job.", "Эта ссылка не ведёт к работе.")
        return Job(self.jobs_root / token)

    def all_jobs(self) -> list[Job]:
        """Every readable job, newest first."""
        jobs = []
        for folder in self.jobs_root.iterdir():
            if is_token(folder.name):
                try:
                    jobs.append(Job(folder))
                except JobError:
                    continue
        return sorted(jobs, key=lambda job: -job.created)

    def jobs_of(self, owner: str) -> list[Job]:
        """One owner's jobs, newest first."""
        return [job for job in self.all_jobs() if secrets.compare_digest(job.owner.encode(), owner.encode())]

    def delete(self, job: Job) -> None:
        """Remove a job and all its files.

        Raises:
            JobError: it runs or waits; stop it first.
        """
        if _is_busy(job.folder):
            raise JobError("This job is running. Stop it first.", "Эта работа выполняется. Сначала остановите её.")
        shutil.rmtree(job.folder, ignore_errors=True)

    def clean(self, keep_days: float, keep_bytes: int, now: float | None = None) -> list[str]:
        """Remove what is older than ``keep_days``, then the oldest until ``keep_bytes`` fit; never one that runs or waits.

        Folders that are no readable jobs and the uploads' temporary files go by age alone.

        Returns:
            The names of what was removed.
        """
        now = time.time() if now is None else now
        limit = now - keep_days * 86400
        removed: list[str] = []
        kept: list[tuple[float, int, Path]] = []
        for folder in [*self.jobs_root.iterdir(), *_children(self.root / "cli"), *_children(self.root / "uploads")]:
            if _is_busy(folder):
                continue
            touched, size = _age_and_size(folder)
            if touched < limit:
                _remove(folder)
                removed.append(folder.name)
            else:
                kept.append((touched, size, folder))
        total = sum(size for _, size, _ in kept)
        for _, size, folder in sorted(kept, key=lambda item: item[0]):
            if total <= keep_bytes:
                break
            if _is_busy(folder):  # began while the others were measured
                continue
            _remove(folder)
            removed.append(folder.name)
            total -= size
        return removed


def _bring(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _children(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _is_busy(folder: Path) -> bool:
    if is_held(folder / BUSY_FILE):
        return True
    if not (folder / "job.json").exists():
        return False
    try:
        return Job(folder).busy
    except JobError:
        return False


def _age_and_size(folder: Path) -> tuple[float, int]:
    """(latest change, bytes); a file that vanishes meanwhile counts nothing."""
    latest, total = 0.0, 0
    for path in [folder, *folder.rglob("*")]:
        try:
            stat = path.lstat()
        except OSError:
            continue
        latest = max(latest, stat.st_mtime)
        total += stat.st_size
    return latest, total


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
