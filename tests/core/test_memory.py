"""Memory that was freed in many small pieces goes back to the system."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from perscoach.core.memory import give_back


def anonymous() -> int:
    """Bytes of this process that no file backs."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon"))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_freed_pieces_are_given_back() -> None:
    before = anonymous()
    pieces = [bytes(60_000) for _ in range(1500)]  # under malloc's threshold for pages of their own
    kept = pieces[::300]
    full = anonymous()
    assert full - before > 60 << 20
    del pieces
    give_back()
    assert anonymous() - before < (full - before) / 4
    assert len(kept) == 5
