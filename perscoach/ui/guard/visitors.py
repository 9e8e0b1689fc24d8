"""Who asks: the owner cookie or the login, as the panels know them."""

from __future__ import annotations

import hashlib
from typing import Any

from starlette.requests import Request

from perscoach.ui.context import OWNER_COOKIE, AppContext, login_of
from perscoach.ui.guard.requests import Scope


class Visitors:
    """Tells visitors apart before Gradio sees their requests.

    Args:
        context: knows the owner cookies.
        gradio: Gradio's application, which knows the logins.
    """

    def __init__(self, context: AppContext, gradio: Any) -> None:
        self.context = context
        self.gradio = gradio

    def may_enter(self, scope: Scope) -> bool:
        """Whether no login is asked for, or one was made."""
        return getattr(self.gradio, "auth", None) is None or self._login(scope) is not None

    def is_known(self, scope: Scope) -> bool:
        """Whether the visitor has opened the app's page before (it gives the cookie) or is logged in."""
        return self._login(scope) is not None or self.context.knows(self._cookie(scope))

    def mark(self, scope: Scope) -> str:
        """A name for the visitor; ``""`` for all who send no cookie."""
        login, cookie = self._login(scope), self._cookie(scope)
        if login is not None:
            return "login " + hashlib.sha256(login.encode("utf-8", "replace")).hexdigest()
        return cookie if self.context.knows(cookie) else ""

    def _login(self, scope: Scope) -> str | None:
        return login_of(Request({**scope, "app": self.gradio}))

    def _cookie(self, scope: Scope) -> str:
        return Request(scope).cookies.get(OWNER_COOKIE, "")
