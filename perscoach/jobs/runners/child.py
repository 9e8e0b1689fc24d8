"""The process behind ``LocalRunner``: reads tasks from standard input, one JSON line each, and answers in JSON lines.

A line of the answer is ``{"progress": [stage, done, total]}`` or ``{"outcome": …}``. One process does many tasks one after
the other, so the engines are imported once. It ends with its parent, whose end closes standard input.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import time
from typing import Any, BinaryIO

from perscoach.core.errors import Cancelled
from perscoach.core.messages import Message
from perscoach.jobs.runners.task import Outcome, Task, perform

_EVERY = 0.25  # seconds between two lines of progress


class LineMonitor:
    """Writes progress as lines; ``stop`` makes the next ``check`` raise ``Cancelled``."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._last = ("", 0.0)
        self.stop = False

    def report(self, stage: str, done: int, total: int) -> None:
        with self._lock:
            now = time.monotonic()
            if stage != self._last[0] or now - self._last[1] >= _EVERY or done >= total > 0:
                self._last = (stage, now)
                self._write({"progress": [stage, done, total]})

    def note(self, message: Message) -> None: ...

    def check(self) -> None:
        if self.stop:
            raise Cancelled

    def finish(self, outcome: Outcome) -> None:
        """Write how the task ended."""
        with self._lock:
            self._write({"outcome": outcome.to_json()})

    def _write(self, value: Any) -> None:
        with contextlib.suppress(BrokenPipeError):  # the parent is gone, and so shall we be in a moment
            self._out.write(json.dumps(value).encode("ascii") + b"\n")
            self._out.flush()


def _lines(tasks: queue.SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        tasks.put(line)
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)  # the group: an encoder of ours must not outlive us
    os._exit(0)


def main() -> int:
    """Do tasks until standard input ends."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no answer
    monitor = LineMonitor(out)

    def stop(_signal: int, _frame: object) -> None:
        monitor.stop = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_lines, args=(tasks,), daemon=True).start()
    while True:
        monitor.finish(perform(Task.from_json(json.loads(tasks.get())), monitor))


if __name__ == "__main__":
    raise SystemExit(main())
