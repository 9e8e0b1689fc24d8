"""Links to a finished bundle's mirror: a random token of its own for every job, which opens nothing else of it.

``share.json`` in the job's folder holds the token; ``shares/<SHA-256 of the token>`` beside the jobs says whose it is, so
that finding one takes one look whatever is asked for. A token counts only while the job's own file names it: a new link
ends the old one, and a deleted job ends its link.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from perscoach.core.errors import JobError
from perscoach.core.files import atomic, write_json
from perscoach.core.names import is_token, new_token

if TYPE_CHECKING:
    from perscoach.jobs.job import Job
    from perscoach.jobs.workspace import Workspace

FOLDER = "shares"
_FILE = "share.json"
_lock = threading.Lock()


def share(workspace: Workspace, job: Job) -> str:
    """The job's share token; made when there is none yet."""
    with _lock:
        token = _token_of(job.folder)
        return token if token and _place(workspace, token).is_file() else _issue(workspace, job, token)


def renew(workspace: Workspace, job: Job) -> str:
    """A new token; the one before opens nothing any more."""
    with _lock:
        return _issue(workspace, job, _token_of(job.folder))


def revoke(workspace: Workspace, job: Job) -> None:
    """No link opens the job's mirror any more."""
    with _lock:
        token = _token_of(job.folder)
        (job.folder / _FILE).unlink(missing_ok=True)
        if token:
            _place(workspace, token).unlink(missing_ok=True)


def resolve(workspace: Workspace, token: str) -> Path | None:
    """The finished bundle's folder behind a token; ``None`` where the token is not (or no longer) known or nothing is finished."""
    if not is_token(token):
        return None
    place = _place(workspace, token)
    try:
        job = workspace.open(place.read_text(encoding="ascii").strip())
        own = _token_of(job.folder) or ""
        return job.bundle() if secrets.compare_digest(own, token) else None
    except (OSError, ValueError):
        return None
    except JobError:
        return None


def _issue(workspace: Workspace, job: Job, before: str | None) -> str:
    token = new_token()
    folder = workspace.root / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    with atomic(_place(workspace, token)) as part:
        part.write_text(job.token, encoding="ascii")
    write_json(job.folder / _FILE, {"token": token})
    (job.folder / _FILE).chmod(0o600)
    if before:
        _place(workspace, before).unlink(missing_ok=True)
    _forget_deleted(workspace)
    return token


def _forget_deleted(workspace: Workspace) -> None:
    """The places of jobs that are gone lead nowhere; they need not stay either."""
    for place in (workspace.root / FOLDER).iterdir():
        with contextlib.suppress(OSError, ValueError):
            name = place.read_text(encoding="ascii").strip()
            if is_token(name) and not (workspace.jobs_root / name).exists():
                place.unlink()


def _place(workspace: Workspace, token: str) -> Path:
    return workspace.root / FOLDER / hashlib.sha256(token.encode()).hexdigest()


def _token_of(folder: Path) -> str | None:
    try:
        value = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    token = value.get("token") if isinstance(value, dict) else None
    return token if is_token(token) else None
