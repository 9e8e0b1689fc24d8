"""What every answer of the app carries, and what none does: no leave for other sites, cookies that other sites cannot use."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import Any

from perscoach.core.settings import Settings
from perscoach.mirror.server import is_mirror
from perscoach.ui.guard.requests import Receive, Scope, Send, inside, is_https, refuse

log = logging.getLogger("perscoach.web")
_PACKAGE = Path(__file__).resolve().parents[2]
_GUARD = Path(__file__).resolve().parent
_PASSED_THROUGH = {
    "page.py": {"process_api"},
    "routes.py": {"__call__", "with_script", "with_headers"},
    "server.py": {"handle", "__call__"},
    "door.py": {"__call__"},
}
"""Functions of the package that every request passes: a traceback through them says nothing about whose fault it is."""
_WHERE = 160


class Answers:
    """ASGI middleware: response headers, cookies, and one line in the log where a request broke something.

    Args:
        settings: ``frame_ancestors`` decides who may show the app in a frame.
    """

    def __init__(self, app: Any, settings: Settings) -> None:
        self.app = app
        self.framed = bool(settings.frame_ancestors)
        self.ancestors = " ".join(("'self'", *settings.frame_ancestors))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, streaming = False, False

        async def guarded(message: Any) -> None:
            nonlocal begun, streaming
            if message["type"] == "http.response.start":
                begun = True
                streaming = any(value.startswith(b"text/event-stream") for _, value in message.get("headers", []))
                message = {**message, "headers": self.headers(scope, message.get("headers", []))}
            await send(message)

        try:
            await self.app(scope, receive, guarded)
        except Exception as error:
            log_failure(f"{scope['method']} {inside(scope)[:_WHERE]!r}", error)
            if not begun:
                await refuse(scope, guarded, 500, "guard.broken")
            elif streaming:  # events have no length: end them properly. A file must stay visibly incomplete
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    def headers(self, scope: Scope, given: Any) -> list[tuple[bytes, bytes]]:
        """An answer's headers with ours; the client's page (the mirror) keeps its own policy."""
        kept = [(name.lower(), value) for name, value in given if not name.lower().startswith(b"access-control-")]
        if is_mirror(scope):
            return kept
        ancestors = f"frame-ancestors {self.ancestors}".encode()
        own: list[tuple[bytes, bytes]] = []
        for name, value in kept:
            if name == b"set-cookie":
                value = cookie(value.decode("latin-1"), is_https(scope), self.framed).encode("latin-1")
            elif name == b"content-security-policy" and b"frame-ancestors" not in value:
                value = value + b"; " + ancestors
            own.append((name, value))
        names = {name for name, _ in own}
        if b"content-security-policy" not in names:
            own.append((b"content-security-policy", ancestors))
        always = [(b"cross-origin-resource-policy", b"same-origin"), (b"x-content-type-options", b"nosniff")]
        if not self.framed:  # it knows no list of sites, so it would shut out those that the policy lets in
            always += [(b"x-frame-options", b"SAMEORIGIN"), (b"cross-origin-opener-policy", b"same-origin")]
        return [*own, *(pair for pair in always if pair[0] not in names)]


def cookie(given: str, https: bool, framed: bool) -> str:
    """A ``Set-Cookie`` value that scripts cannot read and other sites cannot use.

    Args:
        https: the browser came by https. framed: another site may show the app in a frame. Only with both the cookie goes
            along inside that frame, in a jar of its own there (``Partitioned``).

    Example:
        >>> cookie("a=1; Path=/; SameSite=none; Secure", https=False, framed=False)
        'a=1; Path=/; Secure; HttpOnly; SameSite=Lax'
    """
    parts = [part.strip() for part in given.split(";")]
    ours = ("samesite", "httponly", "partitioned", *(("secure",) if https else ()))
    kept = [part for part in parts if part.partition("=")[0].strip().lower() not in ours]
    kept.append("HttpOnly")
    if https:
        kept.append("Secure")
    return "; ".join([*kept, *(("SameSite=None", "Partitioned") if https and framed else ("SameSite=Lax",))])


def log_failure(what: str, error: BaseException) -> None:
    """One line for a request that Gradio or Starlette stumbled over; the whole traceback where our own code did."""
    frames = traceback.extract_tb(error.__traceback__)
    if any(_is_ours(frame) for frame in frames):
        log.error("%s failed", what, exc_info=error)
        return
    last = frames[-1] if frames else None
    place = f"{Path(last.filename).name}:{last.lineno}" if last else "?"
    words = " ".join(str(error).split())[:_WHERE]
    log.warning("%s was refused: %s: %s (%s)", what, type(error).__name__, words, place)


def _is_ours(frame: traceback.FrameSummary) -> bool:
    path = Path(frame.filename)
    if not path.is_relative_to(_PACKAGE) or path.is_relative_to(_GUARD):
        return False
    return frame.name not in _PASSED_THROUGH.get(path.name, ())
