"""Taking over jobs of earlier versions, whose state was ``job.json`` and ``run.json`` in the job's folder.

A job's row is written in one transaction and its JSON files are removed after that, so a kill at any moment loses nothing:
the next opening finishes the work. A damaged file costs what it said and no other job anything.
"""

from __future__ import annotations

import hashlib
import logging
import math
import time
from pathlib import Path
from typing import Any

from perscoach.core.errors import PerscoachError
from perscoach.core.files import read_json
from perscoach.core.messages import Message, message
from perscoach.core.names import SHA256, is_token
from perscoach.jobs.database import Database
from perscoach.jobs.state import EXTRAS, STAGES, STATES, clean_name, to_json, write_recipe
from perscoach.recipe import Recipe

log = logging.getLogger(__name__)

_FILES = ("run.json", "share.json", "job.json")
_MAX_JSON = 4 << 20
_BROKEN = (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


def take_over(database: Database, root: Path) -> None:
    """Bring every job that still has a ``job.json`` into the database. A damaged ``job.json`` stays where it is: it is of
    no use, but the clip beside it may be."""
    for file in sorted((root / "jobs").glob("*/job.json")):
        folder = file.parent
        if not is_token(folder.name):
            continue
        try:
            row = _row(folder)
        except _BROKEN as error:
            log.warning("job.json of %s is damaged (%s); the job is left out", folder.name, type(error).__name__)
            continue
        link = _link(folder, root / "shares")
        with database.changing() as connection:
            names = ", ".join(row)
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT OR IGNORE INTO jobs ({names}) VALUES ({marks})", tuple(row.values()))
            if link is not None:
                digest = hashlib.sha256(link.encode()).hexdigest()
                connection.execute("INSERT OR IGNORE INTO shares VALUES (?, ?, ?)", (digest, link, folder.name))
        for name in _FILES:  # job.json last: while it is there the others are read again
            (folder / name).unlink(missing_ok=True)
    _forget_places(root / "shares")


def _row(folder: Path) -> dict[str, Any]:
    """The columns of a job.

    Raises:
        one of ``_BROKEN``: ``job.json`` is damaged.
    """
    raw = _read(folder / "job.json")
    changed = folder.stat().st_mtime
    row: dict[str, Any] = {
        "token": folder.name,
        "owner": _text(raw["owner"]),
        "name": clean_name(_text(raw.get("name", ""))) or "clip",
        "created": _number(raw.get("created", changed)),
        "changed": changed,
        "wanted": to_json([s for s in raw.get("wanted") or () if s in (*STAGES, *EXTRAS)]),
        "submission": int(_number(raw.get("request", 0))),
        "queued": _number(raw.get("queued", 0)),
    }
    lost: Message | None = None
    recipe = Recipe()
    try:
        recipe = Recipe.from_json(raw.get("recipe", {}))
    except (PerscoachError, *_BROKEN):
        lost = message("jobs.recipe_lost")
    row["recipe"] = write_recipe(recipe)
    run_file = folder / "run.json"
    try:
        row |= _outcome(_read(run_file) if run_file.exists() else {}, row)
    except _BROKEN:
        row |= _found(folder)
        lost = lost or message("jobs.outcome_lost")
    if lost is not None:
        row |= {"status": "failed", "error": to_json(lost.to_json())}
    return row


def _outcome(run: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """The worker's side. A submission that the worker had not begun counts more than an earlier outcome."""
    ran = int(_number(run.get("request", 0)))
    status = run.get("status", "new")
    error = run.get("error")
    found: dict[str, Any] = {
        "submission": max(ran, row["submission"]),
        "status": status if status in STATES and status != "interrupted" else "failed",
        "stage": _text(run.get("stage", "")),
        "notes": to_json([Message.from_json(note).to_json() for note in run.get("notes", ())]),
        "error": to_json(Message.from_json(error).to_json()) if error else None,
        "report": to_json(run["report"]) if isinstance(run.get("report"), dict) else None,
    }
    for name in ("clip", "bundle", "viewer"):
        found[name] = _text(run[name]) if isinstance(run.get(name), str) else None
    if row["submission"] > ran:
        found |= {"status": "queued" if row["queued"] else "cancelled", "error": None}
    return found


def _found(folder: Path) -> dict[str, Any]:
    """What lies in the folder of a job whose ``run.json`` is damaged."""
    bundle = next(iter(sorted(folder.glob("bundle/*/bundle.json"))), None)
    clip = next(iter(sorted(folder.glob("clip/*.mp4"), key=lambda path: -path.stat().st_mtime)), None)
    viewer = folder / "viewer" / "viewer.bin"
    return {
        "bundle": f"bundle/{bundle.parent.name}" if bundle else None,
        "clip": f"clip/{clip.name}" if clip else None,
        "viewer": "viewer/viewer.bin" if viewer.is_file() else None,
    }


def _link(folder: Path, places: Path) -> str | None:
    """The job's mirror link, where it had one that worked."""
    try:
        link = _text(_read(folder / "share.json")["token"])
        place = places / hashlib.sha256(link.encode()).hexdigest()
        return link if is_token(link) and place.read_text(encoding="ascii").strip() == folder.name else None
    except _BROKEN:
        return None


def _forget_places(places: Path) -> None:
    """Earlier versions kept a file for every link; the database has them now."""
    if places.is_dir():
        for place in places.iterdir():
            if SHA256.fullmatch(place.name):
                place.unlink(missing_ok=True)
        try:
            places.rmdir()
        except OSError:
            log.info("%s holds other files and stays", places)


def _read(path: Path) -> dict[str, Any]:
    value = read_json(path, _MAX_JSON)
    if not isinstance(value, dict):
        raise TypeError(type(value).__name__)
    return value


def _text(value: Any) -> str:
    """A text that SQLite takes: lone surrogates are escaped."""
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value[:4096].encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "")


def _number(value: Any) -> float:
    """A finite number from 0 to far beyond today in seconds."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(type(value).__name__)
    number = float(value)
    if not math.isfinite(number) or not 0 <= number <= time.time() + 1e10:
        raise ValueError("out of range")
    return number
