"""Run a generator in a thread of its own, a few items ahead."""

from __future__ import annotations

import atexit
import queue
import threading
import time
from collections.abc import Generator, Iterator
from typing import Any, TypeVar

from perscoach.core.errors import Cancelled
from perscoach.core.progress import Monitor

T = TypeVar("T")
_END = object()
_LISTEN_EVERY = 0.25  # seconds between two looks at the monitor while an item is waited for
_PATIENCE, _LAST_WAIT = 10.0, 0.25  # seconds for the thread to end: after the work, and after a cancel


_running: dict[threading.Thread, threading.Event] = {}


@atexit.register
def _end_all() -> None:
    """At the process's end: a thread that is inside native code then would abort the process."""
    until = time.monotonic() + _PATIENCE
    for thread, gone in list(_running.items()):
        gone.set()
        thread.join(max(0.0, until - time.monotonic()))


def overlap(items: Iterator[T], ahead: int, monitor: Monitor | None = None) -> Generator[T, None, None]:
    """The same items in the same order, made up to ``ahead`` items early in a background thread.

    An error of ``items`` is raised here in its place. Closing the generator closes ``items`` and ends the thread.

    Args:
        items: made in the thread.
        ahead: how many may wait.
        monitor: asked while an item is waited for, so that a cancel is heard within a second however long the item takes.

    Raises:
        Cancelled: by ``monitor``. The item that is being made is given up; its thread closes ``items`` when it is done.

    Example:
        >>> list(overlap(iter([1, 2, 3]), 2))
        [1, 2, 3]
    """
    box: queue.Queue[Any] = queue.Queue(maxsize=max(1, ahead))
    gone = threading.Event()

    def put(item: Any) -> bool:
        while not gone.is_set():
            try:
                box.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            for item in items:
                if not put((item, None)):
                    break
            else:
                put((_END, None))
        except BaseException as error:  # handed to the reader, who raises it
            put((_END, error))
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()
            _running.pop(thread, None)

    thread = threading.Thread(target=work, name="perscoach-overlap", daemon=True)
    _running[thread] = gone
    thread.start()
    patience = _PATIENCE

    def take() -> Any:
        while monitor is not None:
            try:
                return box.get(timeout=_LISTEN_EVERY)
            except queue.Empty:
                monitor.check()
        return box.get()

    try:
        while True:
            item, error = take()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    except Cancelled:
        patience = _LAST_WAIT
        raise
    finally:
        gone.set()
        thread.join(patience)
