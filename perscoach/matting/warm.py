"""One engine kept open between previews: opening one costs up to a second, a single matte a tenth of that.

One per process, used by one thread at a time; closed after a while without a preview, and when the process ends.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable

from perscoach.core.arrays import Array
from perscoach.matting.base import MattingEngine

SECONDS = 60.0
"""How long an unused engine stays open: a coach who moves the sliders comes back sooner, one who left frees the memory."""


class WarmEngine:
    """Keeps the engine of the last preview; safe to call from several threads."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._key: object = None
        self._engine: MattingEngine | None = None
        self._timer: threading.Timer | None = None

    def matte(self, key: object, opener: Callable[[], MattingEngine], rgb: Array) -> Array:
        """Alpha (H, W) uint8 of one frame.

        Args:
            key: what decides the engine; another one closes the engine that is kept.
            opener: opens the engine where it is not kept.
            rgb: (H, W, 3) uint8.

        Raises:
            PerscoachError: the engine cannot be opened, or failed; then it is not kept.
        """
        with self._lock:
            self._stop_timer()
            if self._engine is None or self._key != key:
                self._close()
                self._engine, self._key = opener(), key
            elif (restart := getattr(self._engine, "restart", None)) is not None:
                restart()  # engines without memory between two calls of ``mattes`` have none
            try:
                alpha = next(iter(self._engine.mattes(iter([rgb]))))
            except BaseException:
                self._close()
                raise
            self._timer = threading.Timer(self._seconds, self.close)
            self._timer.daemon = True
            self._timer.start()
            return alpha

    def close(self) -> None:
        """Close the engine that is kept, if any."""
        with self._lock:
            self._stop_timer()
            self._close()

    def _stop_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _close(self) -> None:
        engine, self._engine, self._key = self._engine, None, None
        if engine is not None:
            engine.close()


PREVIEWS = WarmEngine()
atexit.register(PREVIEWS.close)
