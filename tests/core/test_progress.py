"""The adapter between a stage and the monitor of whoever runs it."""

from __future__ import annotations

import pytest

from perscoach.core.errors import Cancelled
from perscoach.core.messages import Message
from perscoach.core.progress import Adapter, Quiet, cancel_only


class Log(Quiet):
    def __init__(self) -> None:
        self.lines: list[object] = []
        self.cancelled = False

    def report(self, stage: str, done: int, total: int) -> None:
        self.lines.append((stage, done, total))

    def note(self, message: Message) -> None:
        self.lines.append(message.en)

    def check(self) -> None:
        if self.cancelled:
            raise Cancelled


def test_notes_are_collected_and_forwarded_once() -> None:
    adapter = Adapter(log := Log(), stages={"pose": "compare"})
    for _ in range(2):
        adapter.note(Message("a", "а"))
    adapter.report("pose", 1, 2)
    adapter.report("clip", 1, 2)
    assert log.lines == ["a", ("compare", 1, 2), ("clip", 1, 2)] and adapter.notes == [Message("a", "а")]


def test_cancel_only_forwards_cancellation_alone() -> None:
    adapter = cancel_only(log := Log())
    adapter.report("pose", 1, 2)
    adapter.note(Message("a", "а"))
    adapter.check()
    assert log.lines == []
    log.cancelled = True
    with pytest.raises(Cancelled):
        adapter.check()


def test_a_stop_from_inside_cancels_this_adapter_alone() -> None:
    adapter = Adapter(log := Log())
    adapter.stop()
    with pytest.raises(Cancelled):
        adapter.check()
    log.check()
