"""The folder of all jobs and its database: making, finding, listing, changing and deleting them.

A job is a coach's clip, its settings and everything made from it. Its state (owner, name, recipe, progress, outcome) is a
row of the database; clips, mattes and bundles are files in the job's folder.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.core.errors import JobError
from perscoach.core.files import is_held
from perscoach.core.names import is_token, new_token
from perscoach.jobs.database import FILE, Database
from perscoach.jobs.state import BUSY_FILE, JobState, clean_name, read_recipe, row_of, state_of, write_recipe
from perscoach.jobs.takeover import take_over
from perscoach.recipe import Recipe

if TYPE_CHECKING:
    from perscoach.media import Clip

SUFFIXES = {".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".3gp", ".ts", ".mts", ".m2ts"}
"""Endings of video files, in small letters."""


class Job:
    """One job as it was when it was opened; ``refresh`` reads it again."""

    def __init__(self, workspace: Workspace, token: str, state: JobState) -> None:
        self.workspace = workspace
        self.token = token
        self.folder = workspace.jobs_root / token
        self.state = state

    @property
    def owner(self) -> str:
        return self.state.owner

    @property
    def name(self) -> str:
        return self.state.name

    @property
    def created(self) -> float:
        return self.state.created

    @property
    def busy(self) -> bool:
        """Whether it waits or runs."""
        return self.state.busy

    def refresh(self) -> Job:
        """Read the newest state.

        Raises:
            JobError: it was removed.
        """
        self.state = self.workspace.open(self.token).state
        return self

    def edit(self, change: Callable[[Recipe], Recipe]) -> Recipe:
        """Replace the recipe by a function of the newest one; the only way to change a recipe.

        Args:
            change: returns the new recipe; runs while the database is locked, so it must be quick and change nothing else.

        Returns:
            The new recipe, which ``state`` holds from now on.

        Raises:
            JobError: the job was removed, or the disk is full.
        """
        recipe = self.workspace.edit(self.token, change)
        self.state = dataclasses.replace(self.state, recipe=recipe)
        return recipe

    def rename(self, name: str) -> None:
        """Call it ``name`` (cut to 80 characters, control characters dropped).

        Raises:
            JobError: nothing is left of the name.
        """
        clean = clean_name(name)
        if not clean:
            raise JobError("jobs.needs_name")
        self.workspace.rename(self.token, clean)
        self.state = dataclasses.replace(self.state, name=clean)

    def source(self) -> Path | None:
        """The upload."""
        return next(iter(sorted(self.folder.glob("source.*"))), None)

    def _inside(self, relative: str | None) -> Path | None:
        if not relative:
            return None
        path = (self.folder / relative).resolve()
        return path if path.is_relative_to(self.folder.resolve()) and path.exists() else None

    def clip(self) -> Clip | None:
        """The normalised clip, once it is there."""
        path = self._inside(self.state.clip)
        if path is None:
            return None
        from perscoach.media.ingest import load_clip

        return load_clip(path)

    def bundle(self) -> Path | None:
        """The finished bundle's folder."""
        return self._inside(self.state.bundle)

    def zip(self) -> Path | None:
        """The finished bundle as one file."""
        folder = self.bundle()
        return next(iter(sorted(folder.parent.glob("*.zip"))), None) if folder else None

    def viewer(self) -> Path | None:
        """The compact body that the 3D viewer reads."""
        return self._inside(self.state.viewer)

    def comparison(self) -> Path | None:
        """The other engine's movement beside the bundle's, where one was made."""
        from perscoach.bundles.engine_comparison import comparison_file

        bundle = self.bundle()
        return None if bundle is None else comparison_file(self.folder, bundle)

    def thumbnail(self) -> Path | None:
        """A small picture of the clip."""
        return self._inside("thumbnail.jpg")


class Workspace:
    """All jobs of an installation below one folder that only this user can enter.

    Opening it takes over jobs of versions that kept their state in JSON files.

    Raises:
        JobError: the database is damaged or was made by a newer version.
        OSError: the folder cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.jobs_root = root / "jobs"
        self.jobs_root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.database = Database(root / FILE)
        take_over(self.database, root)

    def create(self, owner: str, name: str, source: Path | None = None) -> Job:
        """A new job; ``source`` is copied in under our own name (hard-linked where possible).

        Raises:
            JobError: the clip cannot be stored; nothing of the job is left.
        """
        token = new_token()
        folder = self.jobs_root / token
        now = time.time()
        try:
            folder.mkdir(mode=0o700)
            if source is not None:
                suffix = source.suffix.lower()
                _bring(source, folder / f"source{suffix if suffix in SUFFIXES else '.video'}")
            with self.database.changing() as connection:  # last: a row always has its folder and clip
                connection.execute(
                    "INSERT INTO jobs (token, owner, name, created, changed, recipe) VALUES (?, ?, ?, ?, ?, ?)",
                    (token, owner, clean_name(name) or "clip", now, now, write_recipe(Recipe())),
                )
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise JobError("jobs.not_stored", reason=error.strerror or type(error).__name__) from error
        except JobError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return self.open(token)

    def open(self, token: str) -> Job:
        """The job with this token.

        Raises:
            JobError: no such job, not a token, or settings that this version cannot read.
        """
        if not is_token(token):
            raise JobError("jobs.not_a_token")
        with self.database.reading() as connection:
            row = row_of(connection, token)
            progress = connection.execute("SELECT * FROM progress WHERE token = ?", (token,)).fetchall()
        return Job(self, token, state_of(row, progress, self.jobs_root / token))

    def all_jobs(self) -> list[Job]:
        """Every readable job, newest first."""
        return self._jobs("ORDER BY created DESC")

    def jobs_of(self, owner: str) -> list[Job]:
        """One owner's readable jobs, newest first."""
        return self._jobs("WHERE owner = ? ORDER BY created DESC", (owner,)) if owner else []

    def _jobs(self, clause: str, values: Iterable[Any] = ()) -> list[Job]:
        with self.database.reading() as connection:
            rows = connection.execute(f"SELECT * FROM jobs {clause}", tuple(values)).fetchall()
            stages: dict[str, list[sqlite3.Row]] = {}
            for stage in connection.execute("SELECT * FROM progress"):
                stages.setdefault(stage["token"], []).append(stage)
        jobs = []
        for row in rows:
            token = row["token"]
            try:
                jobs.append(Job(self, token, state_of(row, stages.get(token, ()), self.jobs_root / token)))
            except JobError:  # its recipe is of a newer version; the others are listed
                continue
        return jobs

    def edit(self, token: str, change: Callable[[Recipe], Recipe]) -> Recipe:
        """Replace a job's recipe by ``change`` of the newest one, as ``Job.edit``.

        Raises:
            JobError: no such job, or the disk is full. Errors of ``change`` pass; the recipe then stays.
        """
        with self.database.changing() as connection:
            recipe = change(read_recipe(row_of(connection, token)["recipe"]))
            connection.execute(
                "UPDATE jobs SET recipe = ?, changed = ?, leaves = NULL WHERE token = ?",
                (write_recipe(recipe), time.time(), token),
            )
        return recipe

    def rename(self, token: str, name: str) -> None:
        """Store a clean name (``Job.rename``)."""
        with self.database.changing() as connection:
            row_of(connection, token)
            connection.execute("UPDATE jobs SET name = ?, changed = ? WHERE token = ?", (name, time.time(), token))

    def delete(self, job: Job) -> None:
        """Remove a job and all its files.

        Raises:
            JobError: it runs or waits; stop it first.
        """
        if not self.remove(job.token):
            raise JobError("jobs.is_running")

    def remove(self, token: str, unless: Callable[[sqlite3.Row], bool] = lambda row: False) -> bool:
        """Remove a job that neither waits nor runs; whether it was removed (or was not there).

        Args:
            unless: is given the newest row and keeps the job by returning true.
        """
        folder = self.jobs_root / token
        with self.database.changing() as connection:
            row = connection.execute("SELECT * FROM jobs WHERE token = ?", (token,)).fetchone()
            if row is not None and (row["status"] == "queued" or is_held(folder / BUSY_FILE) or unless(row)):
                return False
            connection.execute("DELETE FROM jobs WHERE token = ?", (token,))
        # a kill before this line leaves a folder that no row names; cleaning removes it
        shutil.rmtree(folder, ignore_errors=True)
        return True


def _bring(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
