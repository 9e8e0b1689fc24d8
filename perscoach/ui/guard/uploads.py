"""Uploads: from a browser that the app knows, within a size, a speed and a budget; nothing stays of one that breaks off.

Gradio writes an upload to the disk while it arrives, and removes the file again only where its own parser raises an error.
So the guard raises that error in the stream which Gradio reads: on a lost connection too, which Gradio itself ignores.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_multipart.multipart import parse_options_header
from starlette.formparsers import MultiPartException

from perscoach.ui.guard.budgets import Allowance
from perscoach.ui.guard.origins import UPLOAD
from perscoach.ui.guard.requests import Receive, Scope, Send, address, header, inside, refuse
from perscoach.ui.guard.visitors import Visitors

_OVERHEAD = 1 << 20
"""Bytes of a multipart body around the file."""
_LOOK_EVERY = 8 << 20
"""Bytes of an upload between two looks at the disk's free space."""
_PER_START = 1 << 16
"""What an upload costs of the budget at least, so that many small ones are counted too."""


@dataclass(frozen=True)
class UploadLimits:
    """How much may be uploaded.

    Attributes:
        bytes: of one upload.
        running: uploads at one time from one address; together: from all.
        interval: seconds; per_interval: bytes from one address in that time.
        stall: seconds without a byte after which an upload is given up.
        folder: on the disk that takes the uploads; None: the disk is not looked at.
        spare: bytes that stay free on it, so that running jobs can finish and store their state.
        grace, rate: after ``grace`` seconds it must have come at ``rate`` bytes a second on the average: 16 KiB/s is slower
            than any phone that can send a clip.
    """

    bytes: int
    running: int = 4
    together: int = 24
    interval: float = 3600.0
    per_interval: int = 0
    stall: float = 30.0
    grace: float = 60.0
    rate: float = 16384.0
    folder: Path | None = None
    spare: int = 256 << 20

    @classmethod
    def of(cls, max_bytes: int, hourly: int = 0) -> UploadLimits:
        """For clips of at most ``max_bytes``.

        Args:
            hourly: bytes from one address in an hour; 0: eight of the largest clips, and never less than 2 GiB.
        """
        return cls(bytes=max_bytes + _OVERHEAD, per_interval=hourly or max(8 * max_bytes, 2 << 30))

    def has_room(self, size: int) -> bool:
        """Whether the disk takes ``size`` more bytes and keeps ``spare``."""
        return self.folder is None or shutil.disk_usage(self.folder).free >= size + self.spare


class Uploads:
    """ASGI middleware around Gradio's upload route."""

    def __init__(self, app: Any, visitors: Visitors, limits: UploadLimits) -> None:
        self.app = app
        self.visitors = visitors
        self.limits = limits
        self._allowance = Allowance(limits.running, limits.per_interval, limits.interval)
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or inside(scope).rstrip("/") != UPLOAD:
            await self.app(scope, receive, send)
            return
        problem = self._problem(scope)
        if problem is not None:
            await refuse(scope, send, *problem)
            return
        who = address(scope)
        if self._running >= self.limits.together or not self._allowance.begin(who):
            await refuse(scope, send, 429, "guard.upload_budget", {"Retry-After": "60"})
            return
        self._running += 1
        try:
            await self._pass_on(scope, receive, send, who)
        finally:
            self._running -= 1
            self._allowance.end(who)

    def _problem(self, scope: Scope) -> tuple[int, str] | None:
        if not self.visitors.may_enter(scope):
            return 401, "guard.log_in"
        if not self.visitors.is_known(scope):
            return 403, "guard.upload_unknown"
        length = header(scope, "content-length")
        if length.isdecimal() and int(length[:20]) > self.limits.bytes:
            return 413, "guard.upload_size"
        if not self.limits.has_room(int(length[:20]) if length.isdecimal() else 0):
            return 507, "guard.disk_full"
        return None if _boundary(scope) else (400, "guard.bad_upload")

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, who: str) -> None:
        stream = Stream(receive, self.limits, b"--" + _boundary(scope) + b"--")
        stream.spend = lambda amount: self._allowance.spend(who, amount)
        stream.spend(_PER_START)

        async def unless_refused(message: Any) -> None:
            if stream.problem is None:
                await send(message)

        await self.app(scope, stream.receive, unless_refused)
        if stream.problem is not None:
            await refuse(scope, send, *stream.problem)


class Stream:
    """The body of an upload, which ends with an error (``MultiPartException``) where a limit is passed.

    Args:
        closing: what a whole body ends with; empty where its length says so.

    Attributes:
        problem: (status, id of the sentence) where the upload was given up.
        spend: counts bytes; ``False`` where the budget is used up.
    """

    def __init__(self, receive: Receive, limits: UploadLimits, closing: bytes) -> None:
        self.problem: tuple[int, str] | None = None
        self.spend: Callable[[int], bool] = lambda amount: True
        self._receive = receive
        self._limits = limits
        self._closing = closing
        self._tail = b""
        self._count = 0
        self._next_look = 0
        self._begun = time.monotonic()

    async def receive(self) -> Any:
        """The next piece."""
        if self.problem is not None:
            return {"type": "http.disconnect"}
        try:
            part = await asyncio.wait_for(self._receive(), self._limits.stall)
        except asyncio.TimeoutError:
            self._give_up(408, "guard.too_slow")
        if part["type"] != "http.request":
            self._give_up(400, "guard.bad_upload")
        data = part.get("body", b"")
        self._count += len(data)
        if self._count > self._limits.bytes:
            self._give_up(413, "guard.upload_size")
        if self._count >= self._next_look:
            self._next_look = self._count + _LOOK_EVERY
            if not self._limits.has_room(0):
                self._give_up(507, "guard.disk_full")
        if not self.spend(len(data)):
            self._give_up(429, "guard.upload_budget")
        seconds = time.monotonic() - self._begun
        if seconds > self._limits.grace and self._count < seconds * self._limits.rate:
            self._give_up(408, "guard.too_slow")
        self._tail = (self._tail + data)[-(len(self._closing) + 256) :]
        if not part.get("more_body") and self._closing not in self._tail:
            self._give_up(400, "guard.bad_upload")
        return part

    def _give_up(self, status: int, id: str) -> None:
        self.problem = (status, id)
        raise MultiPartException(id)


def _boundary(scope: Scope) -> bytes:
    _, options = parse_options_header(header(scope, "content-type"))
    found = options.get(b"boundary", b"")
    return found if 0 < len(found) <= 200 else b""
