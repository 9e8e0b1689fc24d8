"""A clip as the plain body of a request, on its way to the disk: the same limits as a browser's upload has."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from perscoach.core.messages import Message, message
from perscoach.core.settings import Settings
from perscoach.ui.guard.requests import header
from perscoach.ui.guard.uploads import Stream, UploadLimits

_BLOCK = 1 << 20


class Refused(Exception):
    """A request that is answered with a sentence.

    Args:
        status: of HTTP.
        sentence: for people.
        headers: further ones.
    """

    def __init__(self, status: int, sentence: Message, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence.en)
        self.status, self.message, self.headers = status, sentence, headers or {}


class Uploader:
    """Takes clips into the folder of uploads, where what a killed process leaves is cleaned too.

    Args:
        limits: other ones than the settings'.
    """

    def __init__(self, settings: Settings, limits: UploadLimits | None = None) -> None:
        self._folder = settings.workspace / "uploads"
        found = limits or UploadLimits(bytes=settings.max_bytes)
        self._limits = UploadLimits(**{**vars(found), "folder": settings.workspace})
        self._running = 0

    async def receive(self, request: Request) -> Path:
        """The clip as a file that the caller moves or removes.

        Raises:
            Refused: too large, too slow, broken off, empty, no room on the disk, or too many at one time. Nothing is left.
        """
        length = header(request.scope, "content-length")
        size = int(length[:20]) if length.isascii() and length.isdecimal() else 0
        if size > self._limits.bytes:
            raise Refused(413, message("guard.upload_size"))
        if not self._limits.has_room(size):
            raise Refused(507, message("guard.disk_full"))
        if self._running >= self._limits.running:
            raise Refused(429, message("guard.busy"), {"Retry-After": "10"})
        self._running += 1
        try:
            return await self._write(request)
        finally:
            self._running -= 1

    async def _write(self, request: Request) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix="tmp", suffix=".video", dir=self._folder)
        path, stream = Path(name), Stream(request.receive, self._limits, b"")
        whole = False
        try:
            with os.fdopen(handle, "wb") as file:
                block, more = bytearray(), True
                while more:
                    part = await stream.receive()
                    block += part.get("body", b"")
                    more = bool(part.get("more_body"))
                    if len(block) >= _BLOCK or not more:
                        await run_in_threadpool(file.write, bytes(block))
                        block.clear()
            if not path.stat().st_size:
                raise Refused(400, message("service.empty"))
            whole = True
            return path
        except MultiPartException:
            status, id = stream.problem or (400, "guard.bad_upload")
            raise Refused(status, message(id), {"Connection": "close"}) from None
        finally:
            if not whole:
                path.unlink(missing_ok=True)
