"""The interface between a batch and the place where its clips are worked on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from perscoach.jobs.runners.task import Outcome, Task


@dataclass(frozen=True)
class Progress:
    """How far a run is: ``done`` of ``total`` frames (0 where unknown) of ``stage``."""

    stage: str = ""
    done: int = 0
    total: int = 0


class Run(Protocol):
    """One task that was started."""

    @property
    def progress(self) -> Progress:
        """The newest progress; an empty one before the first."""

    def poll(self) -> Outcome | None:
        """The outcome, or ``None`` while it runs. Never blocks."""

    def cancel(self) -> None:
        """Stop it; ``poll`` gives its outcome within a few seconds. What is finished stays in the store."""


class Runner(Protocol):
    """Does tasks somewhere. A task may be begun again elsewhere: the store's keys make that safe.

    Attributes:
        places: how many tasks run at once; may change between two calls as machines come and go.
    """

    @property
    def places(self) -> int:
        """See the class."""

    def start(self, task: Task) -> Run:
        """Begin a task.

        Raises:
            OSError: it cannot be started here.
        """

    def close(self) -> None:
        """End everything that was started, at once."""
