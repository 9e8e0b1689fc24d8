"""One store for everything that a stage makes: ``<root>/<kind>/<key>/``, named by content, finished by one rename.

A key names all that decides a result: the inputs' keys, the settings it reads, the engine's own description and the
code's format version (``files.key_of``). A folder is worked on under ``<key>.making``, where its pieces survive a stop, and
becomes ``<key>`` in one rename after ``made.json`` has been written and everything has been synchronised to the disk. So a
folder without that suffix is whole, at every moment, whatever was killed; two processes that want the same result wait
for each other and make it once.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perscoach.core.files import sweep, sync_tree, write_json
from perscoach.core.progress import Monitor, Quiet

MADE = "made.json"
_BEGUN = "begun.json"
_MAKING = ".making"
_PATIENCE = 0.05


@dataclass
class Making:
    """A result that is being made.

    Attributes:
        folder: where its pieces lie; those of an earlier attempt are still there.
        ready: another process finished it meanwhile; ``folder`` is the finished one and nothing is left to do.
        facts: what really ran (engine, runtime, precision, counts), for ``made.json``; filled while working. They begin
            with those of earlier attempts.
        complete: set to false where the block ends well but pieces are still missing: nothing is finished then.
    """

    folder: Path
    ready: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    complete: bool = True

    def add(self, name: str, value: Any) -> None:
        """Append ``value`` to the list ``facts[name]`` unless it is there, and write that down at once."""
        if self.ready:
            return
        values = self.facts.setdefault(name, [])
        if value not in values:
            values.append(value)
            write_json(self.folder / _BEGUN, {"facts": self.facts})


class Store:
    """The results below one folder.

    Args:
        root: made when the first result is.

    Attributes:
        used: (kind, key) of every result that was asked for through this object, for ``prune``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.used: set[tuple[str, str]] = set()

    def finished(self, kind: str, key: str) -> Path | None:
        """The folder of a finished result, or ``None``. Asking marks it as used (``prune``)."""
        self.used.add((kind, key))
        folder = self.root / kind / key
        if not (folder / MADE).is_file():
            return None
        with suppress(OSError):
            os.utime(folder)
        return folder

    def folder(self, kind: str, key: str) -> Path:
        """Where the pieces of a result are read: its finished folder, or the one in which it is being made (which may
        not exist yet)."""
        return self.finished(kind, key) or self.root / kind / f"{key}{_MAKING}"

    def facts(self, kind: str, key: str) -> dict[str, Any]:
        """What ``made.json`` says of a finished result.

        Raises:
            KeyError: it is not finished, or the file is damaged.
        """
        try:
            return _facts_in(self.root / kind / key / MADE)
        except (OSError, ValueError, TypeError) as error:
            raise KeyError(f"{kind}/{key}") from error

    def facts_so_far(self, kind: str, key: str) -> dict[str, Any]:
        """The facts of a result that is finished or being made; empty where nothing was begun."""
        for path in (self.root / kind / key / MADE, self.root / kind / f"{key}{_MAKING}" / _BEGUN):
            with suppress(OSError, ValueError, TypeError, KeyError):
                return _facts_in(path)
        return {}

    def make(
        self, kind: str, key: str, build: Callable[[Path], Mapping[str, Any] | None], monitor: Monitor | None = None
    ) -> Path:
        """The finished folder; ``build(folder)`` makes it where it is not there yet and returns its facts."""
        found = self.finished(kind, key)
        if found is not None:
            return found
        with self.making(kind, key, monitor) as work:
            if not work.ready:
                work.facts.update(build(work.folder) or {})
        return self.root / kind / key

    @contextmanager
    def making(self, kind: str, key: str, monitor: Monitor | None = None) -> Iterator[Making]:
        """Work on a result alone; leaving the block well finishes it, an exception (or ``complete`` set to false) leaves its
        pieces for the next attempt.

        Waits while another process works on the same result, asking ``monitor`` whether to go on.

        Raises:
            OSError: the disk refused.
            Cancelled: by the monitor while waiting.
        """
        self.used.add((kind, key))
        final, part = self.root / kind / key, self.root / kind / f"{key}{_MAKING}"
        with self._alone(final, part, monitor or Quiet()) as alone:
            if not alone:
                yield Making(final, ready=True)
                return
            sweep(part, older=0.0)  # half files of an attempt that was killed; nobody else writes here
            work = Making(part, facts=self.facts_so_far(kind, key))
            yield work
            if not work.complete:
                return
            # last of all, and only after the work: whoever finds it finds everything
            write_json(part / MADE, {"kind": kind, "key": key, "made": round(time.time(), 3), "facts": work.facts})
            (part / _BEGUN).unlink(missing_ok=True)
            sync_tree(part)
            shutil.rmtree(final, ignore_errors=True)  # only ever a folder without ``made.json``: a damaged one
            part.rename(final)
            sync_tree(final.parent, deep=False)

    @contextmanager
    def _alone(self, final: Path, part: Path, monitor: Monitor) -> Iterator[bool]:
        """Hold the working folder itself (the system lets go when this process ends); ``False`` where it is finished."""
        while True:
            if (final / MADE).is_file():
                yield False
                return
            part.mkdir(parents=True, exist_ok=True)
            try:
                handle = os.open(part, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:  # finished between the two lines
                continue
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if part.exists() and os.fstat(handle).st_ino == part.stat().st_ino:  # not renamed while we waited
                    yield True
                    return
            except BlockingIOError:
                monitor.check()
                time.sleep(_PATIENCE)
            finally:
                os.close(handle)

    def reopen(self, kind: str, key: str) -> None:
        """Turn a finished result in which a piece proved damaged into one that is being made; its good pieces and its facts
        stay."""
        final, part = self.root / kind / key, self.root / kind / f"{key}{_MAKING}"
        with suppress(FileNotFoundError):
            (final / MADE).replace(final / _BEGUN)
            if part.exists():
                shutil.rmtree(final)
            else:
                final.rename(part)

    def prune(
        self,
        keep: Collection[tuple[str, str]],
        older: float = 0.0,
        spare: int = 0,
        kinds: str = "*",
        now: float | None = None,
    ) -> list[str]:
        """Remove results that nobody needs, finished or begun, except those that are being worked on.

        Args:
            keep: (kind, key) of what a recipe still uses.
            older: seconds since the last use; younger results stay.
            spare: how many further results of each kind stay, the most recently used first.
            kinds: which kinds are looked at (a glob pattern).

        Returns:
            ``kind/key`` of what was removed.
        """
        limit = (time.time() if now is None else now) - older
        removed = []
        for kind in sorted(self.root.glob(kinds)):
            folders = (f for f in kind.glob("*") if f.is_dir() and (kind.name, _key_of(f)) not in keep)
            others = sorted(folders, key=_last_use)
            for folder in others[: max(0, len(others) - spare)]:
                with suppress(OSError):
                    if _last_use(folder) <= limit and not _is_held(folder):
                        shutil.rmtree(folder)
                        removed.append(f"{kind.name}/{_key_of(folder)}")
        return removed


def store_of(folder: Path) -> Store:
    """The store inside a job's folder."""
    return Store(folder / "store")


def _key_of(folder: Path) -> str:
    return folder.name.removesuffix(_MAKING)


def _last_use(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def _facts_in(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))["facts"])


def _is_held(folder: Path) -> bool:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
