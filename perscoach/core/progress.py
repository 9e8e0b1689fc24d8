"""How a stage reports progress and learns that the user stopped the work."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Protocol

from perscoach.core.errors import Cancelled
from perscoach.core.messages import Message


class Monitor(Protocol):
    """The interface between a stage and whoever runs it (a job, the command line, a test)."""

    def report(self, stage: str, done: int, total: int) -> None:
        """``done`` of ``total`` frames (0 where unknown) of ``stage`` are finished."""

    def note(self, message: Message) -> None:
        """Something the user should know (which engine ran and why, what was changed in the clip)."""

    def check(self) -> None:
        """Called at least once a frame. Raises ``Cancelled`` when the user stopped the work."""


class Quiet:
    """A monitor that drops everything and never cancels."""

    def report(self, stage: str, done: int, total: int) -> None: ...

    def note(self, message: Message) -> None: ...

    def check(self) -> None: ...


class Adapter:
    """Forwards to another monitor, with the changes that the stage in between needs.

    Args:
        inner: the other monitor.
        progress: whether progress is forwarded.
        notes: whether notes are forwarded; each sentence once.
        stages: names of stages under which progress is forwarded instead.

    Attributes:
        notes: every note so far, without repetitions.
    """

    def __init__(
        self, inner: Monitor, *, progress: bool = True, notes: bool = True, stages: Mapping[str, str] | None = None
    ) -> None:
        self._inner, self._progress, self._forward, self._stages = inner, progress, notes, stages or {}
        self._stopped = threading.Event()
        self.notes: list[Message] = []

    def report(self, stage: str, done: int, total: int) -> None:
        if self._progress:
            self._inner.report(self._stages.get(stage, stage), done, total)

    def note(self, message: Message) -> None:
        if message in self.notes:
            return
        self.notes.append(message)
        if self._forward:
            self._inner.note(message)

    def check(self) -> None:
        if self._stopped.is_set():
            raise Cancelled
        self._inner.check()

    def stop(self) -> None:
        """Make every later ``check`` raise ``Cancelled``, for threads that work for a stage that failed."""
        self._stopped.set()


def cancel_only(monitor: Monitor) -> Adapter:
    """Forward cancellation and drop the rest. Parallel readers share no single progress position."""
    return Adapter(monitor, progress=False, notes=False)
