"""Memory that a stage has freed, given back to the system before the next one begins."""

from __future__ import annotations

import contextlib
import ctypes


def give_back() -> None:
    """Return freed memory to the system, where the C library can (glibc's ``malloc_trim``).

    glibc keeps what threads have freed for each of them: after the landmarker's pass over a clip that is a quarter of the
    process, and the next stage would come on top of it.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
