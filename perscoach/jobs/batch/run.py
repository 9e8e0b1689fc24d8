"""Running a batch: every clip a task for a runner, the record written as it goes."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perscoach.core.errors import Cancelled, JobError
from perscoach.core.files import atomic, held, key_of, write_json
from perscoach.core.messages import message
from perscoach.core.outputs import Owner, check_outputs, place
from perscoach.core.progress import Monitor
from perscoach.jobs.batch.clips import names_for
from perscoach.jobs.batch.page import page
from perscoach.jobs.batch.record import HTML, JSON, Entry, Record, is_made, origin, read_entries, zip_size
from perscoach.jobs.runners.base import Run, Runner
from perscoach.jobs.runners.task import Outcome, Task

_POLL = 0.1
_WRITE_EVERY = 5.0  # seconds between two writings of the record: a thousand clips make it megabytes
STAGE = "batch"


@dataclass(frozen=True)
class Order:
    """What a batch is asked to do.

    Attributes:
        clips: as ``find_clips`` gives them.
        output: the folder for packages and report.
        recipe: of all clips, ``Recipe.to_json``.
        files: the folder with what the recipe names.
        work: the folder above the clips' work folders.
        deliver, replace: as for a ``Task``.
        language: of the report's page.
    """

    clips: Sequence[Path]
    output: Path
    recipe: Mapping[str, Any]
    files: Path | None
    work: Path
    deliver: str = "both"
    replace: bool = False
    language: str = "en"


def run_batch(order: Order, runner: Runner, monitor: Monitor, after: Callable[[], None] = lambda: None) -> Record:
    """Make every clip into a package.

    A clip that fails is noted and stops nothing. A clip whose package is there, made from the same file with the same
    recipe, is not worked on again; one that was begun goes on from what its work folder holds.

    Args:
        monitor: gets a note for each clip, and the number of finished clips as the progress of the stage ``batch``.
        after: called when a clip is finished, for example to make room on the disk.

    Returns:
        The record as it was written to ``batch.json`` and ``batch.html``.

    Raises:
        SettingsError: another file stands where the report goes; found before the work.
        JobError: another batch writes to this folder.
        Cancelled: by the monitor; the record is written first.
    """
    with _alone(order):
        owner = Owner("batch", "", (), order.replace)
        check_outputs(order.output, (JSON, HTML), owner)
        batch = _Batch(order, runner, monitor, owner, after)
        try:
            batch.run()
        finally:
            runner.close()
            batch.close()
    return batch.record


@contextlib.contextmanager
def _alone(order: Order) -> Iterator[None]:
    order.work.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(order.work / f"batch-{key_of(str(order.output.resolve()))}.busy"))
        except BlockingIOError as error:
            raise JobError("batch.busy") from error
        yield


class _Batch:
    def __init__(self, order: Order, runner: Runner, monitor: Monitor, owner: Owner, after: Callable[[], None]) -> None:
        self._order, self._runner, self._monitor, self._owner, self._after = order, runner, monitor, owner, after
        self._start = time.monotonic()
        self._written = float("-inf")
        self._key = key_of(order.recipe)
        earlier = read_entries(order.output)
        names = names_for(order.clips, {s: e.name for s, e in earlier.items()}, (JSON, HTML))
        self._entries = [
            self._first(clip, name, earlier.get(str(clip))) for clip, name in zip(order.clips, names, strict=True)
        ]
        self._running: dict[int, Run] = {}

    def _first(self, clip: Path, name: str, earlier: Entry | None) -> Entry:
        if earlier is not None and earlier.name == name:
            with contextlib.suppress(OSError, ValueError):
                if is_made(earlier, origin(clip, self._key, self._order.deliver), self._order.output):
                    return dataclasses.replace(earlier, status="kept")
        return Entry(str(clip), name)

    @property
    def record(self) -> Record:
        states = {entry.status for entry in self._entries}
        finished = states <= {"done", "kept", "failed"}
        seconds = time.monotonic() - self._start
        return Record(self._order.recipe, self._order.deliver, self._entries, seconds, finished)

    def run(self) -> None:
        waiting = deque(i for i, entry in enumerate(self._entries) if entry.status == "waiting")
        for entry in self._entries:
            if entry.status == "kept":
                self._monitor.note(message("batch.kept", name=entry.name))
        self._tell()
        while waiting or self._running:
            self._monitor.check()
            while waiting and len(self._running) < max(1, self._runner.places):
                self._begin(waiting.popleft())
            if not self._collect():
                time.sleep(_POLL)

    def _begin(self, index: int) -> None:
        entry, order = self._entries[index], self._order
        made_from: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError):  # its own run says what is wrong with the clip
            made_from = origin(Path(entry.source), self._key, order.deliver)
        self._entries[index] = dataclasses.replace(entry, status="running", made_from=made_from)
        task = Task(
            source=Path(entry.source),
            output=order.output,
            name=entry.name,
            recipe=order.recipe,
            files=order.files,
            work=order.work / key_of(entry.source),
            deliver=order.deliver,
            replace=order.replace,
        )
        self._running[index] = self._runner.start(task)

    def _collect(self) -> bool:
        """Take the outcomes that are there; whether there was one."""
        ended = {i: outcome for i, run in self._running.items() if (outcome := run.poll()) is not None}
        for index, outcome in ended.items():
            del self._running[index]
            self._end(index, outcome)
        if len(self._running) == 1 and not ended:
            now = next(iter(self._running.values())).progress
            if now.stage and self._runner.places == 1:  # several at once would share one bar
                self._monitor.report(now.stage, now.done, now.total)
        if ended:
            self._tell()
            self._after()
        return bool(ended)

    def _end(self, index: int, outcome: Outcome) -> None:
        entry = self._entries[index]
        facts = dict(outcome.facts)
        if outcome.status == "done":
            facts["zip_bytes"] = zip_size(self._order.output, entry.name)
            self._monitor.note(message("batch.done", name=entry.name, seconds=float(facts["seconds"])))
        elif outcome.status == "failed" and outcome.error is not None:
            self._monitor.note(message("batch.failed", name=entry.name, why=outcome.error))
        self._entries[index] = dataclasses.replace(entry, status=outcome.status, error=outcome.error, facts=facts)

    def _tell(self) -> None:
        done = sum(entry.status in ("done", "kept", "failed") for entry in self._entries)
        self._monitor.report(STAGE, done, len(self._entries))
        if time.monotonic() - self._written > _WRITE_EVERY:
            self._write()

    def close(self) -> None:
        """Write the record as it stands: what was running when the batch ended is noted as stopped."""
        for index in self._running:
            error = Cancelled().message
            self._entries[index] = dataclasses.replace(self._entries[index], status="cancelled", error=error)
        self._running.clear()
        self._write()

    def _write(self) -> None:
        record = self.record
        with tempfile.TemporaryDirectory(prefix="perscoach-batch-") as folder:
            write_json(Path(folder) / JSON, record.to_json())
            with atomic(Path(folder) / HTML) as part:
                part.write_text(page(record, self._order.language), encoding="utf-8", errors="replace")
            place({name: Path(folder) / name for name in (JSON, HTML)}, self._order.output, self._owner)
        self._written = time.monotonic()
