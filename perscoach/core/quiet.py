"""Keeps the start-up chatter of native libraries off the terminal, and nothing else."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator

_NOISE = (
    b"All log messages before absl::InitializeLog()",
    b"GPU suport is not available",  # as MediaPipe spells it
    b"Created TensorFlow Lite XNNPACK delegate",
    b"inference_feedback_manager.cc",
    b"landmark_projection_calculator.cc",
)

_one_at_a_time = threading.RLock()


@contextlib.contextmanager
def quiet_start() -> Iterator[None]:
    """Hold back what is written to the error stream's file descriptor, then pass on every line that is not known noise.

    These lines come from C++ before it reads any setting, so no environment variable stops them. For the whole process:
    keep the block short.
    """
    with _one_at_a_time:
        try:
            sys.stderr.flush()
            kept = os.dup(2)
        except (OSError, ValueError, AttributeError):  # no error stream (a service, a closed terminal)
            yield
            return
        with tempfile.TemporaryFile() as held:
            os.dup2(held.fileno(), 2)
            try:
                yield
            finally:
                os.dup2(kept, 2)
                os.close(kept)
                held.seek(0)
                rest = b"".join(line for line in held if not any(noise in line for noise in _NOISE))
                if rest:
                    os.write(2, rest)
