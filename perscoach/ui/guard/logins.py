"""Guessing a password takes long: after ten failures from an address or for a name, every further one doubles the wait."""

from __future__ import annotations

import asyncio
import hashlib
import math
from typing import Any

from starlette.requests import Request

from perscoach.ui.guard.bodies import BodyLimits, TooLarge, TooSlow, read_body, replay
from perscoach.ui.guard.budgets import Backoff
from perscoach.ui.guard.origins import LOGIN
from perscoach.ui.guard.requests import Receive, Scope, Send, address, inside, refuse

_USER_MOST = 60.0
"""Longest wait for a name in seconds: strangers who guess from many addresses must not lock its owner out."""


class Logins:
    """ASGI middleware around Gradio's login route.

    Args:
        addresses, users: the waiting times; made anew where left out.
    """

    def __init__(self, app: Any, addresses: Backoff[str] | None = None, users: Backoff[str] | None = None) -> None:
        self.app = app
        self.addresses = addresses or Backoff()
        self.users = users or Backoff(most=_USER_MOST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or inside(scope).rstrip("/") != LOGIN:
            await self.app(scope, receive, send)
            return
        who = address(scope)
        wait = self.addresses.wait(who)
        if wait > 0:
            await _refuse_for(wait, scope, send)
            return
        limits = BodyLimits()
        try:
            body = await read_body(scope, receive, limits.login, limits.seconds)
            user = await _user(scope, body)
        except TooLarge:
            await refuse(scope, send, 413, "guard.too_large")
            return
        except TooSlow:
            await refuse(scope, send, 408, "guard.too_slow")
            return
        wait = max(self.addresses.wait(who), self.users.wait(user))
        if wait > 0:
            await _refuse_for(wait, scope, send)
            return
        self.addresses.attempt(who)
        self.users.attempt(user)

        async def watched(message: Any) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                self.addresses.succeeded(who)
                self.users.succeeded(user)
            await send(message)

        await self.app(scope, replay(body, receive), watched)


async def _refuse_for(seconds: float, scope: Scope, send: Send) -> None:
    whole = math.ceil(seconds)
    await refuse(scope, send, 429, "guard.login_wait", {"Retry-After": str(whole)}, n=whole)


async def _user(scope: Scope, body: bytes) -> str:
    """The name in a login form, as a hash of one length; ``""`` where there is none."""
    request = Request(scope, replay(body, asyncio.Event().wait))  # type: ignore[arg-type]
    try:
        async with request.form(max_files=1, max_fields=20, max_part_size=BodyLimits.login) as form:
            name = form.get("username")
    except Exception:  # not a form: Gradio answers what is wrong with it
        return ""
    return hashlib.sha256(name.strip().encode("utf-8", "replace")).hexdigest() if isinstance(name, str) else ""
