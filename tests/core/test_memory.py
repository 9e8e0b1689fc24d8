"""Memory that was freed in many small pieces goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

MEASURED = """
from pathlib import Path

from perscoach.core.memory import give_back


def anonymous():
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon"))


before = anonymous()
pieces = [bytes(60_000) for _ in range(1500)]  # under malloc's threshold for pages of their own
kept = pieces[::300]
full = anonymous()
del pieces
give_back()
print(before, full, anonymous(), len(kept))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_freed_pieces_are_given_back() -> None:
    """In a process of its own: what other tests have freed would take the pieces in, and the process would not grow."""
    done = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True, timeout=60)
    before, full, after, kept = map(int, done.stdout.split())
    assert full - before > 60 << 20
    assert after - before < (full - before) / 4
    assert kept == 5
