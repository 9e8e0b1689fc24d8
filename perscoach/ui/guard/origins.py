"""Requests that another site's page made a browser send are refused, and so is everything that the app does not need.

A browser says where a request comes from (``Sec-Fetch-Site``, ``Origin``), and a page cannot change that. Programs on the
command line send neither and are let through: nobody can make them act for somebody else.
"""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from perscoach.core.settings import Settings
from perscoach.mirror.server import is_mirror
from perscoach.ui.guard.requests import Receive, Scope, Send, header, headers, inside, refuse

PAGE = ("", "/")
UPLOAD = "/gradio_api/upload"
LOGIN = "/login"
JOBS = "/api/jobs"
_ROOMS = (
    *("assets", "config", "favicon.ico", "gradio_api", "healthz", "login", "logout", "manifest.json", "perscoach"),
    *("robots.txt", "static", "svelte", "theme.css"),
)
"""First parts of the addresses that the app's page uses."""
SERVICE = ("api", "metrics")
"""First parts of the addresses for programs (``ui.service``)."""
_GRADIO = (
    *("app_id", "cancel", "component_server", "heartbeat", "info", "login_check", "queue", "reset", "run"),
    *("startup-events", "theme.css", "upload", "upload_progress", "user"),
)
"""Second parts below ``gradio_api``, beside ``file=…``. Gradio has more (a proxy, recordings, a code editor, a list of
tokens); the app uses none of them."""
_METHODS = ("GET", "HEAD", "POST", "OPTIONS")
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_QUERY_BYTES, _HEAD_BYTES = 8 << 10, 32 << 10
"""Most bytes of an address and of all headers; uvicorn itself takes what arrives in one piece, up to 256 KB."""
_PORTS = {"http": 80, "https": 443}


class Origins:
    """ASGI middleware: known host names, known addresses, this site's own pages, and the content types that it sends.

    Args:
        settings: ``host``, ``hosts`` and ``frame_ancestors`` decide what is let through.
    """

    def __init__(self, app: Any, settings: Settings) -> None:
        self.app = app
        self.hosts = allowed_hosts(settings)
        self.framed = bool(settings.frame_ancestors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http":
            await self.app(scope, receive, send)
        elif (problem := self.problem(scope)) is not None:
            await refuse(scope, send, *problem)
        else:
            await self.app(scope, receive, send)

    def problem(self, scope: Scope) -> tuple[int, str] | None:
        """(status, id of the sentence) of what is wrong with a request's head; ``None`` where it may pass."""
        if len(scope["query_string"]) + len(scope["path"]) > _QUERY_BYTES:
            return 414, "guard.long_address"
        if sum(len(name) + len(value) for name, value in scope["headers"]) > _HEAD_BYTES:
            return 431, "guard.many_headers"
        if not self.knows_host(header(scope, "host")):
            return 421, "guard.unknown_host"
        if is_mirror(scope):
            return None
        if not _is_used(inside(scope)):
            return 404, "guard.no_such_page"
        if scope["method"] not in (*_METHODS, *(("DELETE",) if is_service(scope) else ())):
            return 405, "guard.wrong_method"
        if is_foreign(scope) and not self._opens_page(scope):
            return 403, "guard.foreign_site"
        if scope["method"] == "POST" and not _is_expected(scope):
            return 415, "guard.content_type"
        return None

    def knows_host(self, host: str) -> bool:
        """Whether the ``Host`` header names this app: a foreign name that leads here is how DNS rebinding begins."""
        if self.hosts is None or not host:
            return True
        name = _host_and_port(f"//{host}")[0]
        if name is None:
            return False
        return _is_loopback(name) or any(_covers(allowed, name) for allowed in self.hosts)

    def _opens_page(self, scope: Scope) -> bool:
        """Following a link to the app's page from elsewhere; in a frame only where frames are allowed."""
        if scope["method"] not in ("GET", "HEAD") or inside(scope) not in PAGE:
            return False
        places = ("document", "iframe", "frame") if self.framed else ("document",)
        return header(scope, "sec-fetch-mode") == "navigate" and header(scope, "sec-fetch-dest") in places


def is_service(scope: Scope) -> bool:
    """Whether a request is for programs (``SERVICE``)."""
    return inside(scope).removeprefix("/").partition("/")[0] in SERVICE


def allowed_hosts(settings: Settings) -> tuple[str, ...] | None:
    """Host names beside this computer's own; ``None`` where any name is right."""
    if "*" in settings.hosts:
        return None
    here = settings.host.strip("[]")
    if not _is_loopback(here) and not settings.hosts:
        return None
    return (here.lower(), *(name.strip("[]").lower() for name in settings.hosts))


def is_foreign(scope: Scope) -> bool:
    """Whether a page of another origin caused the request (another port of the same host is another origin)."""
    sites, origins = headers(scope, "sec-fetch-site"), headers(scope, "origin")
    if any(site not in ("same-origin", "none") for site in sites):
        return True
    if any(not _is_here(origin, scope) for origin in origins):
        return True
    if sites or origins or scope["method"] in ("GET", "HEAD"):
        return False
    referer = header(scope, "referer")
    return bool(referer) and not _is_here(referer, scope)


def _is_here(address: str, scope: Scope) -> bool:
    """Whether an origin (or the address of a page) is the one that the request was sent to.

    A proxy may name the outer host in ``X-Forwarded-Host``: a page cannot send that header without asking first.
    """
    scheme = address.partition(":")[0].lower()
    name, port = _host_and_port(address)
    if name is None or scheme not in _PORTS:
        return False
    for here in (header(scope, "host"), header(scope, "x-forwarded-host").split(",")[0].strip()):
        own, own_port = _host_and_port(f"//{here}")
        if own == name and (own_port or _PORTS[scheme]) == (port or _PORTS[scheme]):
            return True
    return False


def _host_and_port(address: str) -> tuple[str | None, int | None]:
    try:
        parts = urlsplit(address)
        return (parts.hostname.rstrip(".") if parts.hostname else None), parts.port
    except ValueError:
        return None, None


def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _covers(allowed: str, name: str) -> bool:
    return name.endswith(allowed[1:]) if allowed.startswith("*.") else name == allowed


def _is_used(path: str) -> bool:
    room, _, rest = path.removeprefix("/").partition("/")
    if room != "gradio_api":
        return path in PAGE or room in (*_ROOMS, *SERVICE)
    return rest.startswith("file=") or rest.partition("/")[0] in _GRADIO


def _is_expected(scope: Scope) -> bool:
    """Whether the body is of the kind that the address takes.

    A form or plain text can be sent from any site without asking; JSON cannot.
    """
    kind = header(scope, "content-type").partition(";")[0].strip().lower()
    path = inside(scope).rstrip("/")
    if path == UPLOAD:
        return kind == _MULTIPART
    if path == LOGIN:
        return kind in (_FORM, _MULTIPART)
    if path == JOBS:
        return kind == "application/octet-stream" or kind.startswith("video/")
    empty = header(scope, "content-length") in ("", "0") and not headers(scope, "transfer-encoding")
    return kind == "application/json" or (empty and not kind)
