"""From a submission to its outcome: waiting, beginning, progress, stopping, ending.

Every function is one transaction, so the app, a second app on the same workspace, the command line and the workers agree
without talking to each other.

A job goes ``queued`` → ``running`` (``claim``: its folder is locked and the try is counted, in this order) → ``done``,
``failed`` or ``cancelled``. Where the processes that held it are gone before that, it reads as ``interrupted``.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from perscoach.core.errors import Cancelled, JobError
from perscoach.core.files import held, is_held
from perscoach.core.messages import Message, message
from perscoach.jobs.state import BUSY_FILE, EXTRAS, STAGES, TRIES, read_recipe, row_of, to_json, write_recipe
from perscoach.jobs.workspace import Job, Workspace
from perscoach.recipe import Recipe


@dataclass(frozen=True)
class Limits:
    """How many jobs may wait: ``total`` of all owners, ``each`` of one owner."""

    total: int = 16
    each: int = 4


def submit(
    job: Job,
    wanted: Sequence[str] = STAGES,
    change: Callable[[Recipe], Recipe] | None = None,
    limits: Limits | None = None,
    *,
    resume: bool = False,
) -> None:
    """Let a job wait for its turn, with the recipe as it is now.

    Args:
        change: an edit of the newest recipe that belongs to this submission, stored with it or not at all.
        resume: go on with the stages of the submission before (all, where there is none). Its broken runs count on, so
            that a job that was given up gets one more try and not three.

    Raises:
        JobError: it waits or runs, or too many jobs wait.
    """
    workspace = job.workspace
    with workspace.database.changing() as connection:
        row = row_of(connection, job.token)
        if row["status"] == "queued" or (row["status"] == "running" and _is_held(workspace, job.token)):
            raise JobError("jobs.already_queued")
        if limits is not None:
            _check(connection, row["owner"], limits)
        recipe = read_recipe(row["recipe"])
        stages = [stage for stage in (*STAGES, *EXTRAS) if stage in wanted]
        if resume:
            stages = json.loads(row["wanted"]) or list(STAGES)
        last = connection.execute("SELECT max(queued) FROM jobs WHERE status = 'queued'").fetchone()[0] or 0.0
        now = time.time()
        connection.execute(
            "UPDATE jobs SET status = 'queued', recipe = ?, wanted = ?, submission = submission + 1, queued = ?, "
            "tries = ?, cancel = 0, error = NULL, changed = ?, leaves = NULL WHERE token = ?",
            (
                write_recipe(change(recipe) if change is not None else recipe),
                to_json(stages),
                max(now, last + 1e-3),  # the order holds also where the clock was set back
                min(row["tries"], TRIES - 1) if resume else 0,
                now,
                job.token,
            ),
        )


def _check(connection: sqlite3.Connection, owner: str, limits: Limits) -> None:
    owners = [row["owner"] for row in connection.execute("SELECT owner FROM jobs WHERE status = 'queued'")]
    if owners.count(owner) >= limits.each:
        raise JobError("jobs.own_queue_full", count=limits.each)
    if len(owners) >= limits.total:
        raise JobError("jobs.queue_full", count=limits.total)


def cancel(job: Job) -> None:
    """Take it from the queue, or ask its worker to stop; what is finished stays."""
    workspace = job.workspace
    with workspace.database.changing() as connection:
        row = row_of(connection, job.token)
        if row["status"] == "running" and _is_held(workspace, job.token):
            connection.execute("UPDATE jobs SET cancel = 1 WHERE token = ?", (job.token,))
        elif row["status"] in ("queued", "running"):
            _end(connection, job.token, "cancelled", Cancelled().message)


def is_cancelled(workspace: Workspace, token: str) -> bool:
    """Whether the current run shall stop."""
    with workspace.database.reading() as connection:
        row = connection.execute("SELECT cancel FROM jobs WHERE token = ?", (token,)).fetchone()
    return row is None or bool(row["cancel"])


# order -------------------------------------------------------------------------------------------------------------------


def waiting(workspace: Workspace) -> list[str]:
    """The tokens of the waiting jobs in the order of their turn."""
    with workspace.database.reading() as connection:
        rows = connection.execute(
            "SELECT token, owner FROM jobs WHERE status = 'queued' ORDER BY queued, token"
        ).fetchall()
        served = connection.execute("SELECT owner, max(started) AS started FROM jobs GROUP BY owner").fetchall()
    return fair_order([(row["owner"], row["token"]) for row in rows], {row["owner"]: row["started"] for row in served})


def fair_order(queued: Sequence[tuple[str, str]], served: Mapping[str, float]) -> list[str]:
    """Round robin: every owner's first job before anyone's second; who was served longest ago goes first.

    Args:
        queued: (owner, token) in the order of submission.
        served: when an owner's last run began.

    Example:
        >>> fair_order([("a", "a1"), ("a", "a2"), ("b", "b1"), ("c", "c1")], {"a": 9.0, "b": 5.0})
        ['c1', 'b1', 'a1', 'a2']
    """
    counts: dict[str, int] = {}
    ranked = []
    for place, (owner, token) in enumerate(queued):
        counts[owner] = counts.get(owner, 0) + 1
        ranked.append((counts[owner], served.get(owner, 0.0), place, token))
    return [token for *_, token in sorted(ranked)]


# runs --------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Claim:
    """The right to work on a job until ``claim``'s block ends.

    Attributes:
        job: with its state after the claim.
        lock: the locked file; a child process that inherits it holds the job too.
    """

    job: Job
    lock: BinaryIO


@contextlib.contextmanager
def claim(workspace: Workspace, token: str, wanted: Sequence[str] | None = None) -> Iterator[Claim]:
    """Begin a job's run: lock its folder, then mark it ``running`` and count the try.

    Args:
        wanted: submit it in the same step, whatever its state, for these stages (the command line); an empty list repeats
            the stages of the submission before. ``None``: the job has to wait in the queue.

    Raises:
        JobError: another process works on it, or it does not wait (any more).
        OSError: its folder cannot be used.
    """
    with contextlib.ExitStack() as stack:
        try:
            lock = stack.enter_context(held(workspace.jobs_root / token / BUSY_FILE))
        except BlockingIOError as error:
            raise JobError("jobs.busy_elsewhere") from error
        with workspace.database.changing() as connection:
            row = row_of(connection, token)
            stages = json.loads(row["wanted"])
            if wanted is not None:
                stages = list(wanted) or stages or list(STAGES)
                connection.execute(
                    "UPDATE jobs SET submission = submission + 1, tries = 0, wanted = ? WHERE token = ?",
                    (to_json(stages), token),
                )
            elif row["status"] != "queued":
                raise JobError("jobs.not_waiting")
            extra = bool(stages) and set(stages) <= set(EXTRAS)  # beside a bundle, whose notes stay
            connection.execute(
                "UPDATE jobs SET status = 'running', tries = tries + 1, started = ?, pid = 0, cancel = 0, stage = '', "
                "error = NULL, notes = ? WHERE token = ?",
                (time.time(), row["notes"] if extra else "[]", token),
            )
            connection.execute("DELETE FROM progress WHERE token = ?", (token,))
        yield Claim(workspace.open(token), lock)


@contextlib.contextmanager
def claim_idle(job: Job) -> Iterator[None]:
    """Hold a job's folder without a run, so that none begins meanwhile.

    Raises:
        JobError: it waits or runs, or was removed.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(job.folder / BUSY_FILE, patience=0.0))
        except (BlockingIOError, FileNotFoundError) as error:
            raise JobError("jobs.busy_elsewhere") from error
        with job.workspace.database.reading() as connection:
            if row_of(connection, job.token)["status"] == "queued":
                raise JobError("jobs.already_queued")
        yield


def began(workspace: Workspace, token: str) -> None:
    """Note that this process is the worker."""
    with workspace.database.changing(durable=False) as connection:
        connection.execute("UPDATE jobs SET pid = ? WHERE token = ?", (os.getpid(), token))


def write_progress(workspace: Workspace, token: str, stages: Mapping[str, Mapping[str, Any]], stage: str) -> None:
    """Store the progress of some stages; ``stage`` is the one that reported last.

    Args:
        stages: stage to ``{"done", "total", "rate", "eta"}``.
    """
    with workspace.database.changing(durable=False) as connection:
        connection.execute("UPDATE jobs SET stage = ? WHERE token = ?", (stage, token))
        connection.executemany(
            "INSERT OR REPLACE INTO progress (token, stage, done, total, rate, eta) VALUES (?, ?, ?, ?, ?, ?)",
            [(token, name, p["done"], p["total"], p["rate"], p["eta"]) for name, p in stages.items()],
        )


def add_note(workspace: Workspace, token: str, note: Message) -> None:
    """Add a sentence to the run's notes, once."""
    with workspace.database.changing(durable=False) as connection:
        notes = json.loads(row_of(connection, token)["notes"])
        if note.to_json() not in notes:
            notes.append(note.to_json())
            connection.execute("UPDATE jobs SET notes = ? WHERE token = ?", (to_json(notes), token))


def finish(
    workspace: Workspace,
    token: str,
    status: str,
    error: Message | None = None,
    results: Mapping[str, Any] | None = None,
) -> None:
    """Store a run's outcome, and count it.

    Args:
        status: ``done``, ``failed`` or ``cancelled``.
        results: what was made: ``clip``, ``bundle``, ``viewer`` (paths inside the job's folder) and ``report`` (JSON
            values); what is left out stays as it was. ``timings`` (stage to seconds) are added to the totals.
    """
    made = dict(results or {})
    timings: Mapping[str, float] = made.pop("timings", {})
    if "report" in made:
        made["report"] = to_json(made["report"])
    with workspace.database.changing() as connection:
        row_of(connection, token)
        _end(connection, token, status, error)
        for name in ("clip", "bundle", "viewer", "report"):
            if name in made:
                connection.execute(f"UPDATE jobs SET {name} = ? WHERE token = ?", (made[name], token))
        for stage, seconds in timings.items():
            _add(connection, f"stage_seconds {stage}", seconds)
            _add(connection, f"stage_runs {stage}", 1)


def _end(connection: sqlite3.Connection, token: str, status: str, error: Message | None, tries: int = 0) -> None:
    connection.execute(
        "UPDATE jobs SET status = ?, error = ?, tries = ?, cancel = 0, pid = 0, changed = ? WHERE token = ?",
        (status, to_json(error.to_json()) if error is not None else None, tries, time.time(), token),
    )
    _add(connection, f"runs {status}", 1)


def _add(connection: sqlite3.Connection, name: str, amount: float) -> None:
    """Count in the table ``totals``."""
    connection.execute(
        "INSERT INTO totals (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        (name, amount),
    )


def totals(workspace: Workspace) -> dict[str, float]:
    """What was counted since the workspace was made: ``runs done``, ``runs failed``, ``stage_seconds matte``, …"""
    with workspace.database.reading() as connection:
        return {row["name"]: row["value"] for row in connection.execute("SELECT name, value FROM totals")}


def record_death(workspace: Workspace, token: str, submission: int, error: Message) -> None:
    """Write the outcome that a worker did not write because it was ended or crashed.

    Does nothing where there is an outcome, a newer submission, or a process that still works on it.
    """
    with workspace.database.changing() as connection:
        row = row_of(connection, token)
        if row["status"] != "running" or row["submission"] != submission or _is_held(workspace, token):
            return
        if row["cancel"]:
            _end(connection, token, "cancelled", Cancelled().message)
        else:
            _end(connection, token, "failed", _gave_up(row) or error, row["tries"])


def give_back(workspace: Workspace, token: str, submission: int) -> None:
    """Take back a try that was not the clip's fault: the app was asked to stop."""
    with workspace.database.changing() as connection:
        connection.execute(
            "UPDATE jobs SET tries = max(0, tries - 1) WHERE token = ? AND submission = ? AND status = 'running'",
            (token, submission),
        )


def recover(workspace: Workspace) -> None:
    """Let interrupted jobs wait again, before those that were submitted later, unless they broke off ``TRIES`` times."""
    with workspace.database.changing() as connection:
        for row in connection.execute("SELECT * FROM jobs WHERE status = 'running'").fetchall():
            if _is_held(workspace, row["token"]):  # by another app, or a command line
                continue
            gave_up = _gave_up(row)
            if row["cancel"]:
                _end(connection, row["token"], "cancelled", Cancelled().message)
            elif gave_up is not None:
                _end(connection, row["token"], "failed", gave_up, row["tries"])
            else:
                connection.execute("UPDATE jobs SET status = 'queued', pid = 0 WHERE token = ?", (row["token"],))


def fail(workspace: Workspace, token: str, error: Message) -> None:
    """A waiting job cannot begin."""
    with workspace.database.changing() as connection:
        if row_of(connection, token)["status"] == "queued":
            _end(connection, token, "failed", error)


def _gave_up(row: sqlite3.Row) -> Message | None:
    return message("jobs.gave_up", count=row["tries"]) if row["tries"] >= TRIES else None


def _is_held(workspace: Workspace, token: str) -> bool:
    return is_held(workspace.jobs_root / token / BUSY_FILE)
