"""Links to a finished bundle's mirror: a random token of its own for every job, which opens nothing else of it.

A job has at most one link. The table ``shares`` of the workspace's database finds it by its SHA-256; a new link replaces
the old one, and a deleted job takes its link along.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from perscoach.core.errors import JobError
from perscoach.core.names import is_token, new_token
from perscoach.mirror.parts import Places
from perscoach.mirror.server import Mirror
from perscoach.mirror.vendor import Vendor

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from perscoach.jobs.workspace import Job, Workspace


def share(workspace: Workspace, job: Job) -> str:
    """The job's share token; made when there is none yet.

    Raises:
        JobError: the job was removed, or the disk is full.
    """
    with workspace.database.changing() as connection:
        row = connection.execute("SELECT link FROM shares WHERE token = ?", (job.token,)).fetchone()
        return str(row["link"]) if row is not None else _issue(connection, job)


def renew(workspace: Workspace, job: Job) -> str:
    """A new token; the one before opens nothing any more.

    Raises:
        JobError: the job was removed, or the disk is full.
    """
    with workspace.database.changing() as connection:
        return _issue(connection, job)


def resolve(workspace: Workspace, token: str) -> Path | None:
    """The finished bundle's folder behind a token; ``None`` where the token is not (or no longer) known or nothing is finished."""
    if not is_token(token):
        return None
    try:
        with workspace.database.reading() as connection:
            row = connection.execute("SELECT link, token FROM shares WHERE digest = ?", (_digest(token),)).fetchone()
        if row is None or not secrets.compare_digest(str(row["link"]), token):
            return None
        return workspace.open(row["token"]).bundle()
    except JobError:
        return None


def title(workspace: Workspace, token: str) -> str:
    """What clients behind a token see as the name; empty where the coach has set none."""
    try:
        with workspace.database.reading() as connection:
            row = connection.execute("SELECT token FROM shares WHERE digest = ?", (_digest(token),)).fetchone()
        return "" if row is None else workspace.open(row["token"]).state.recipe.score.title
    except JobError:
        return ""


def mirror_of(workspace: Workspace, checkpoints: Path) -> Mirror:
    """The client's page for the links of a workspace.

    Args:
        checkpoints: the folder with the page's models.
    """
    places = Places(Vendor(), checkpoints)
    return Mirror(places, lambda token: resolve(workspace, token), lambda token: title(workspace, token))


def _issue(connection: sqlite3.Connection, job: Job) -> str:
    if connection.execute("SELECT 1 FROM jobs WHERE token = ?", (job.token,)).fetchone() is None:
        raise JobError("jobs.gone")
    link = new_token()
    connection.execute("DELETE FROM shares WHERE token = ?", (job.token,))
    connection.execute("INSERT INTO shares VALUES (?, ?, ?)", (_digest(link), link, job.token))
    return link


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
