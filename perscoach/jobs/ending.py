"""How a process that works on jobs ends: at once, or after the job that runs."""

from __future__ import annotations

import signal
import time
from collections import deque

from perscoach.jobs.events import event
from perscoach.jobs.queue import JobQueue


def until_ended(queue: JobQueue, seconds: float) -> None:
    """Return when the process is asked to end. ``SIGTERM`` lets the running job go on for ``seconds`` and begins no other;
    a second signal, or Ctrl-C, ends that wait. What is not finished then goes on at the next start."""
    signals: deque[int] = deque()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda number, _: signals.append(number))
    while not signals:
        time.sleep(0.2)
    if signals[0] == signal.SIGTERM and seconds > 0:
        event("draining", seconds=seconds)
        end = time.monotonic() + seconds
        while len(signals) < 2 and time.monotonic() < end and not queue.drain(0.2):
            pass
