"""How a stage tells what it has done and hears that it should stop."""

from __future__ import annotations

from typing import Protocol

from perscoach.core.messages import Message


class Monitor(Protocol):
    """What a stage is given by whoever runs it (a job, the command line, a test)."""

    def report(self, stage: str, done: int, total: int) -> None:
        """``done`` of ``total`` frames (0 where unknown) of ``stage`` are finished."""

    def note(self, message: Message) -> None:
        """Something the user should know (which engine ran and why, what was changed in the clip)."""

    def check(self) -> None:
        """Called at least once a frame. Raises ``Cancelled`` when the user stopped the work."""


class Quiet:
    """The monitor that says nothing and never stops anything."""

    def report(self, stage: str, done: int, total: int) -> None: ...

    def note(self, message: Message) -> None: ...

    def check(self) -> None: ...
