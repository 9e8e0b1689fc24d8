"""The token in front of everything that programs ask."""

from __future__ import annotations

import hmac
import math
from typing import Any

from perscoach.ui.context import AppContext
from perscoach.ui.guard.budgets import Backoff
from perscoach.ui.guard.origins import is_service
from perscoach.ui.guard.requests import Receive, Scope, Send, address, header, inside, refuse
from perscoach.ui.guard.uploads import UploadLimits

DESCRIPTION = "/api/openapi.json"


class Service:
    """ASGI middleware: answers the addresses of programs, passes everything else on.

    A wrong token is refused, from the tenth on more and more slowly; the right one always opens, so that a stranger behind
    the same proxy locks nobody out.

    Args:
        limits: of an upload; those of the settings where left out.
    """

    def __init__(self, app: Any, context: AppContext, limits: UploadLimits | None = None) -> None:
        self.app = app
        self._token = context.settings.api_token
        self._guesses: Backoff[str] = Backoff()
        self._api: Any = None
        if self._token:
            from perscoach.ui.service.api import build

            self._api = build(context, limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_service(scope):
            await self.app(scope, receive, send)
        elif self._api is None:
            await refuse(scope, send, 404, "guard.no_such_page")
        elif inside(scope) == DESCRIPTION or self._opens(header(scope, "authorization")):
            await self._api(scope, receive, send)
        else:
            await self._refuse(scope, send)

    def _opens(self, given: str) -> bool:
        kind, _, token = given.partition(" ")
        same = hmac.compare_digest(token.strip().encode("utf-8", "replace"), self._token.encode())
        return same and kind.lower() == "bearer"

    async def _refuse(self, scope: Scope, send: Send) -> None:
        who = address(scope)
        wait = math.ceil(self._guesses.wait(who))
        if wait:
            await refuse(scope, send, 429, "service.wait", {"Retry-After": str(wait)}, n=wait)
            return
        self._guesses.attempt(who)
        await refuse(scope, send, 401, "service.token", {"WWW-Authenticate": 'Bearer realm="perscoach"'})
