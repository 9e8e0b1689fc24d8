"""The background generator: order, errors, closing."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from perscoach.core.errors import Cancelled
from perscoach.core.progress import Quiet
from perscoach.core.threads import overlap


def _threads() -> set[threading.Thread]:
    return {t for t in threading.enumerate() if t.name == "perscoach-overlap"}


def test_same_items_same_order() -> None:
    assert list(overlap(iter(range(100)), 3)) == list(range(100))
    assert list(overlap(iter(()), 3)) == []


def test_an_error_comes_in_its_place() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise KeyError("x")

    before = _threads()  # another test's generator may wait for the collector
    made = overlap(items(), 2)
    assert next(made) == 1
    with pytest.raises(KeyError):
        next(made)
    assert _threads() <= before


def test_it_runs_only_so_far_ahead() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for i in range(50):
            made.append(i)
            yield i

    ahead = overlap(items(), 3)
    next(ahead)
    time.sleep(0.3)
    assert len(made) <= 6
    ahead.close()


def test_closing_closes_the_inner_generator_and_its_thread() -> None:
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    before = _threads()
    ahead = overlap(items(), 2)
    next(ahead)
    ahead.close()
    assert closed.wait(2)
    assert _threads() <= before


def test_a_cancel_is_heard_while_an_item_takes_long() -> None:
    over = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        over.wait(20)
        yield 2

    class Stopped(Quiet):
        stopped = False

        def check(self) -> None:
            if self.stopped:
                raise Cancelled

    monitor = Stopped()
    made = overlap(items(), 1, monitor)
    assert next(made) == 1
    monitor.stopped = True
    began = time.monotonic()
    with pytest.raises(Cancelled):
        next(made)
    took = time.monotonic() - began
    over.set()
    assert took < 1


def test_the_process_ends_well_after_a_cancel_in_the_middle_of_an_item() -> None:
    code = """
import cv2, numpy as np
from perscoach.core.errors import Cancelled
from perscoach.core.threads import overlap
class Stopped:
    def check(self): raise Cancelled
def items():
    yield 1
    for _ in range(12): cv2.GaussianBlur(np.zeros((2000, 2000), np.float32), (61, 61), 9)
    print("closed", flush=True)
    yield 2
made = overlap(items(), 1, Stopped())
next(made)
try:
    next(made)
except Cancelled:
    print("heard", flush=True)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.split()) == (0, ["heard", "closed"]), done.stderr
