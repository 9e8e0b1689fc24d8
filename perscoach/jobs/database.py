"""The workspace's database: one SQLite file in which the app, the worker and the command line keep the state of all jobs.

Every change is one transaction on the newest state. The write-ahead log lets one process read while another writes; a
writer waits up to ``_PATIENCE`` seconds for another. What is large (clips, mattes, bundles) stays in the jobs' folders.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from perscoach.core.errors import JobError

FILE = "jobs.db"
VERSION = 1
_PATIENCE = 10.0
_SCHEMA = """
CREATE TABLE jobs (
    token TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    created REAL NOT NULL,              -- seconds since the epoch, as every time here
    changed REAL NOT NULL,              -- last edit, submission or outcome; cleaning by age counts from here
    recipe TEXT NOT NULL,               -- JSON
    wanted TEXT NOT NULL DEFAULT '[]',  -- JSON list of stages
    submission INTEGER NOT NULL DEFAULT 0,
    queued REAL NOT NULL DEFAULT 0,
    started REAL NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,   -- runs of this submission that have begun and not ended in an outcome
    cancel INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'new',
    stage TEXT NOT NULL DEFAULT '',
    notes TEXT NOT NULL DEFAULT '[]',   -- JSON list of [English, Russian]
    error TEXT,                         -- JSON [English, Russian]
    clip TEXT, bundle TEXT, viewer TEXT,  -- paths inside the job's folder
    report TEXT,                        -- JSON
    pid INTEGER NOT NULL DEFAULT 0,
    leaves REAL                         -- when it is removed for want of space; NULL: it stays
) WITHOUT ROWID;
CREATE INDEX jobs_of_owner ON jobs (owner, created);
CREATE INDEX jobs_by_status ON jobs (status);
CREATE TABLE progress (
    token TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    stage TEXT NOT NULL,
    done INTEGER NOT NULL,
    total INTEGER NOT NULL,
    rate REAL,
    eta REAL,
    PRIMARY KEY (token, stage)
) WITHOUT ROWID;
CREATE TABLE shares (
    digest TEXT PRIMARY KEY,            -- SHA-256 of the link's token
    link TEXT NOT NULL,
    token TEXT NOT NULL UNIQUE REFERENCES jobs ON DELETE CASCADE
) WITHOUT ROWID;
"""

_TOTALS = """
CREATE TABLE IF NOT EXISTS totals (
    name TEXT PRIMARY KEY,              -- what is counted, since the workspace was made; removed jobs stay counted
    value REAL NOT NULL
) WITHOUT ROWID
"""
"""Beside the tables of every version: an earlier version does not miss it."""


class Database:
    """One connection, used by one thread at a time.

    Args:
        path: the file; made, readable by its user only, when it is not there.

    Raises:
        JobError: the file is damaged, of a newer version, or cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        with _in_words():
            with contextlib.suppress(FileExistsError):  # SQLite would make it readable by others
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            self._connection = sqlite3.connect(
                path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=64
            )
            self._connection.row_factory = sqlite3.Row
            self._connection.execute(
                "PRAGMA journal_mode=WAL"
            )  # where the file system cannot, SQLite keeps its journal
            self._connection.execute("PRAGMA foreign_keys=ON")
            self._sync("FULL")
        self._make()

    def _make(self) -> None:
        with self.changing() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise JobError("jobs.newer_database", file=FILE)
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={VERSION}")
            connection.execute(_TOTALS)

    def close(self) -> None:
        """Close the file; nothing can be read or changed afterwards."""
        with self._lock:
            self._connection.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for queries.

        Raises:
            JobError: the database cannot be read.
        """
        with self._lock, _in_words():
            yield self._connection

    @contextlib.contextmanager
    def changing(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction: everything that the block reads is the newest state, and nobody else writes meanwhile. An
        exception undoes it. Blocks do not nest.

        Args:
            durable: the change survives a power cut; ``False`` (progress) saves the disk that work. A killed process loses
                nothing either way.

        Raises:
            JobError: the disk is full, the database is damaged or another process holds it for too long.
        """
        with self._lock, _in_words():
            self._sync("FULL" if durable else "NORMAL")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # a full disk has undone it already
                    self._connection.execute("ROLLBACK")
                raise

    def _sync(self, level: str) -> None:
        self._connection.execute(f"PRAGMA synchronous={level}")


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    """Turn what SQLite and the system refuse into a sentence."""
    try:
        yield
    except sqlite3.Error as error:
        if "full" in str(error):
            raise JobError("errors.disk_full") from error
        if "locked" in str(error):
            raise JobError("jobs.database_locked") from error
        raise JobError("jobs.database_damaged", file=FILE, reason=str(error)[:80]) from error
    except OSError as error:
        if error.filename is not None and str(error.filename).endswith(FILE):
            raise JobError("jobs.database_refused", file=FILE, reason=error.strerror) from error
        raise
