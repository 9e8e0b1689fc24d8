"""Run a generator in a thread of its own, a few items ahead."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from typing import Any, TypeVar

T = TypeVar("T")
_END = object()


def overlap(items: Iterator[T], ahead: int) -> Generator[T, None, None]:
    """The same items in the same order, made up to ``ahead`` items early in a background thread.

    An error of ``items`` is raised here in its place. Closing the generator closes ``items`` and ends the thread.

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

    thread = threading.Thread(target=work, name="perscoach-overlap", daemon=True)
    thread.start()
    try:
        while True:
            item, error = box.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item
    finally:
        gone.set()
        thread.join(10)
