"""Request bodies: none without a limit of size and time, no JSON that costs much memory, no session of somebody else."""

from __future__ import annotations

import asyncio
import json
import re
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool

from perscoach.ui.guard.budgets import Recent
from perscoach.ui.guard.origins import LOGIN, UPLOAD
from perscoach.ui.guard.requests import Receive, Scope, Send, header, inside, refuse
from perscoach.ui.guard.visitors import Visitors

_PICTURES = "/gradio_api/component_server"
_FOLLOW = re.compile(r"/gradio_api/(?:heartbeat|stream)/([^/]+)(?:/.*)?")
_SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_IN_A_THREAD = 1 << 16  # bytes of JSON from which on parsing would hold up other requests


@dataclass(frozen=True)
class BodyLimits:
    """How much of a body is taken.

    Attributes:
        login, small: bytes of a login and of an ordinary JSON body.
        large: bytes of JSON for the panels' own functions, from a browser that the app knows: a look of 65 x 65 x 65
            colours is 8 MB of text.
        together: bytes of all JSON bodies that are held at one time.
        values: commas and opening brackets in a JSON body; each becomes an object of some 60 bytes in Python.
        seconds: until the whole body has to be there.
    """

    login: int = 16 << 10
    small: int = 1 << 20
    large: int = 12 << 20
    together: int = 64 << 20
    values: int = 300_000
    seconds: float = 30.0


class TooSlow(Exception):
    """The body did not arrive in time."""


class TooLarge(Exception):
    """The body has more bytes than its kind may have."""


class Bodies:
    """ASGI middleware: reads bodies other than uploads whole, checks them, and hands them on.

    Args:
        visitors: tells who asks.
    """

    def __init__(self, app: Any, visitors: Visitors, limits: BodyLimits | None = None) -> None:
        self.app = app
        self.visitors = visitors
        self.limits = limits or BodyLimits()
        self._sessions: Recent[str, str] = Recent(16384)
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = inside(scope).rstrip("/") if scope["type"] == "http" else ""
        if scope["type"] != "http" or path == UPLOAD:
            await self.app(scope, receive, send)
        elif scope["method"] != "POST":
            problem = self._follows_foreign(scope)
            if problem is None:
                await self.app(scope, receive, send)
            else:
                await refuse(scope, send, 404, problem)
        elif path != LOGIN and not self.visitors.may_enter(scope):
            await refuse(scope, send, 401, "guard.log_in")
        else:
            await self._with_body(scope, receive, send, path)

    async def _with_body(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        limit = self._limit(scope, path)
        reserved = min(limit, int(header(scope, "content-length") or limit) if _is_length(scope) else limit)
        if self._held + reserved > self.limits.together:
            await refuse(scope, send, 503, "guard.busy", {"Retry-After": "2"})
            return
        self._held += reserved
        try:
            body = await read_body(scope, receive, limit, self.limits.seconds)
            problem = await self._problem(scope, body) if path != LOGIN else None
            if problem is not None:
                await refuse(scope, send, *problem)
                return
            await self.app(scope, replay(body, receive), send)
        except TooLarge:
            await refuse(scope, send, 413, "guard.too_large", limit=limit)
        except TooSlow:
            await refuse(scope, send, 408, "guard.too_slow")
        finally:
            self._held -= reserved

    def _limit(self, scope: Scope, path: str) -> int:
        if path == LOGIN:
            return self.limits.login
        known = path == _PICTURES and self.visitors.is_known(scope)
        return self.limits.large if known else self.limits.small

    async def _problem(self, scope: Scope, body: bytes) -> tuple[int, str] | None:
        if not body:
            return None
        if sum(body.count(mark) for mark in (b",", b"[", b"{")) > self.limits.values:
            return 413, "guard.too_many_values"
        try:
            value = await run_in_threadpool(_parse, body) if len(body) > _IN_A_THREAD else _parse(body)
        except (ValueError, RecursionError):
            return 400, "guard.bad_json"
        if not isinstance(value, dict) or not _has_plain_names(value):
            return 400, "guard.bad_json"
        if any(_leads_elsewhere(one) for one in _objects(value)):
            return 400, "guard.foreign_file"
        session = value.get("session_hash")
        if session is not None and not self._owns(scope, session):
            return 404, "guard.foreign_session"
        return None

    def _follows_foreign(self, scope: Scope) -> str | None:
        """The messages of a page's own session only."""
        path = inside(scope).rstrip("/")
        match = _FOLLOW.fullmatch(path)
        session = match[1] if match else None
        if path == "/gradio_api/queue/data":
            query = urllib.parse.parse_qs(scope["query_string"].decode("latin-1"))
            session = next(iter(query.get("session_hash", ())), None)
        return None if session is None or self._owns(scope, session) else "guard.foreign_session"

    def _owns(self, scope: Scope, session: Any) -> bool:
        """Whether a session is the visitor's; the first who names one has it."""
        if not isinstance(session, str) or not _SESSION.fullmatch(session):
            return False
        visitor = self.visitors.mark(scope)
        owner = self._sessions.get(session)
        if owner is None:
            self._sessions.put(session, visitor)
        return owner in (None, visitor)


def _is_length(scope: Scope) -> bool:
    length = header(scope, "content-length")
    return length.isascii() and length.isdecimal() and len(length) < 16


async def read_body(scope: Scope, receive: Receive, limit: int, seconds: float) -> bytes:
    """The whole body.

    Raises:
        TooLarge: more than ``limit`` bytes, announced or sent.
        TooSlow: not complete after ``seconds``, or the sender has gone.
    """
    if _is_length(scope) and int(header(scope, "content-length")) > limit:
        raise TooLarge
    end = asyncio.get_running_loop().time() + seconds
    body = bytearray()
    while True:
        left = end - asyncio.get_running_loop().time()
        try:
            part = await asyncio.wait_for(receive(), max(left, 0.01))
        except asyncio.TimeoutError:
            raise TooSlow from None
        if part["type"] != "http.request":
            raise TooSlow
        body += part.get("body", b"")
        if len(body) > limit:
            raise TooLarge
        if not part.get("more_body"):
            return bytes(body)


def replay(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives the body in one piece, then what the server says."""
    given = False

    async def again() -> Any:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _parse(body: bytes) -> Any:
    return json.loads(body, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _has_plain_names(value: dict[str, Any]) -> bool:
    """What Gradio takes as keys of its own dictionaries is a text or a number."""
    kinds = {"fn_name": str, "session_hash": str, "event_id": str, "component_id": int, "fn_index": int}
    return all(value.get(name) is None or type(value[name]) is kind for name, kind in kinds.items())


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object in a value, however deep."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            yield one
            left += one.values()
        elif isinstance(one, list):
            left += one


def _leads_elsewhere(value: dict[str, Any]) -> bool:
    """A file that Gradio would fetch from another server: the app takes files only from its own uploads."""
    path = value.get("path")
    return isinstance(path, str) and path.lstrip().lower().startswith(("http:", "https:", "ftp:", "//"))
