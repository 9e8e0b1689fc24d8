"""The client's page over HTTP: the same answers inside the app and from ``perscoach serve BUNDLE``.

``/mirror/<share token>/<name>``: a name is one of ``perscoach.mirror.parts``, anything else is not there. Who has the
link may look; there is no login and no list. Every answer, errors included, carries ``HEADERS``: a worker is bound by the
policy of its own script's answer, not by that of the page.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import logging
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match

from perscoach.core.messages import message
from perscoach.core.names import is_token
from perscoach.mirror.parts import INDEX, Part, Places, bundle_part, shared_part

log = logging.getLogger(__name__)

PREFIX = "/mirror"
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob: mediastream:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'"
)
PERMISSIONS = "camera=(self), microphone=(), geolocation=(), display-capture=(), payment=(), usb=(), serial=(), midi=()"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": PERMISSIONS,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}
"""Any site may show this page in a frame (the app itself may not be): there is no login and nothing to click away. The frame
needs ``allow="camera"``."""

THREADS = 6
"""Requests that are looked up at one time: clients who have a link must not take the coach's threads."""

_PACKED = (".html", ".css", ".js", ".mjs", ".json", ".txt", ".svg", ".wasm")
_SLOW_TO_CHANGE = ("vendor/", "models/")
_MOST_IN_MEMORY = 16 << 20  # bytes of a file that is packed


class Mirror:
    """The ASGI application behind the prefix.

    A request costs reading a few small files at most: nothing is made for somebody who only has a link, and what is packed
    is packed once.

    Args:
        places: the page, its libraries and models.
        resolve: a share token (of the right form) to the bundle's folder, or ``None``; called in a thread.
        title: a share token to the name that clients see; an empty one leaves the bundle's own.
    """

    def __init__(
        self, places: Places, resolve: Callable[[str], Path | None], title: Callable[[str], str] = lambda token: ""
    ) -> None:
        self.places = places
        self.resolve = resolve
        self.title = title
        self._limiter: CapacityLimiter | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        begun = False

        async def guarded(event: Any) -> None:
            nonlocal begun
            if event["type"] == "http.response.start":
                begun = True
                event = {**event, "headers": _with_headers(event.get("headers", []))}
            elif scope["method"] == "HEAD" and event["type"] == "http.response.body":
                event = {**event, "body": b""}
            await send(event)

        try:
            self._limiter = self._limiter or CapacityLimiter(THREADS)
            response = await to_thread.run_sync(self.answer, Request(scope), limiter=self._limiter)
            await response(scope, receive, guarded)
        except Exception:
            log.exception("mirror: a request failed")
            if begun:
                raise
            await PlainTextResponse(_both("mirror.broken"), status_code=500)(scope, receive, guarded)

    def answer(self, request: Request) -> Response:
        """The response without ``HEADERS``."""
        if request.method not in ("GET", "HEAD"):
            return PlainTextResponse(_both("mirror.wrong_method"), status_code=405, headers={"Allow": "GET, HEAD"})
        token, slash, name = _inside(request.scope).removeprefix(PREFIX).removeprefix("/").partition("/")
        bundle = self.resolve(token) if is_token(token) else None
        if bundle is None:
            return _nothing()
        if not slash:  # relative, so that a proxy's own prefix stays
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"{token}/{query}", headers={"Cache-Control": "no-store"})
        part = self.find(bundle, name or INDEX, token)
        if part is None:
            return _nothing()
        if part.name == INDEX:
            part = Part(INDEX, data=self.index(part.data or b""))
        return respond(part, request)

    def find(self, bundle: Path, name: str, token: str) -> Part | None:
        """The part of this name."""
        room, _, rest = name.partition("/")
        if room != "bundle":
            return shared_part(self.places, name)
        return bundle_part(bundle, rest, self.title(token) if rest.endswith(".json") else "")

    def index(self, page: bytes) -> bytes:
        """The page; where its libraries are missing, with a sentence that says so."""
        problem = self.places.vendor.problem()
        if problem is None:
            return page
        words = f'<p lang="en">{html.escape(problem.en)}</p><p lang="ru">{html.escape(problem.ru)}</p>'
        return page.replace(b"<body>", f'<body><div class="notice" role="alert">{words}</div>'.encode(), 1)


class MirrorRoute(BaseRoute):
    """Serves every path under the prefix, whatever characters it holds (Starlette's patterns stop at a line break)."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror

    def matches(self, scope: Any) -> tuple[Match, Any]:
        """Match every HTTP request under the prefix."""
        if scope["type"] == "http" and is_mirror(scope):
            return Match.FULL, {"endpoint": self.mirror}
        return Match.NONE, {}

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:
        """Refuse: the route has no name.

        Raises:
            NoMatchFound: always.
        """
        from starlette.routing import NoMatchFound

        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the request."""
        await self.mirror(scope, receive, send)


def is_mirror(scope: Any) -> bool:
    """Whether a request is the client page's, which has no owner, no cookie and no language of the app's."""
    path = _inside(scope)
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def _inside(scope: Any) -> str:
    """The path below the server's own root path."""
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def respond(part: Part, request: Request) -> Response:
    """A part as the browser asks for it: 304 when it has it already, a range, gzip where that saves time."""
    packed = _is_packed(part, request)
    tag = _tag(part, packed)
    headers = {
        "ETag": tag,
        "Cache-Control": f"private, {'max-age=3600' if _is_slow_to_change(part.name) else 'no-cache'}",
    }
    if part.name.endswith(_PACKED):
        headers["Vary"] = "Accept-Encoding"
    if _known(tag, request.headers.get("if-none-match")):
        return Response(status_code=304, headers=headers)
    if packed:
        data = _pack(part.data if part.data is not None else _Stamped.of(part.path))
        return Response(data, headers={**headers, "Content-Encoding": "gzip"}, media_type=part.kind)
    if part.data is not None:
        return Response(part.data, headers=headers, media_type=part.kind)
    assert part.path is not None
    return FileResponse(part.path, headers=headers, media_type=part.kind)


def _is_slow_to_change(name: str) -> bool:
    return name.startswith(_SLOW_TO_CHANGE) and not name.endswith(".json")


def _is_packed(part: Part, request: Request) -> bool:
    """Whether a part is sent as gzip: not to this computer, where packing costs more than sending, and not in ranges."""
    accepted = request.headers.get("accept-encoding", "").lower().replace(" ", "").split(",")
    near = request.client is not None and request.client.host in ("127.0.0.1", "::1")
    proxied = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    if (
        not part.name.endswith(_PACKED)
        or "gzip" not in accepted
        or "range" in request.headers
        or (near and not proxied)
    ):
        return False
    return part.path is None or part.path.stat().st_size <= _MOST_IN_MEMORY


class _Stamped(NamedTuple):
    """A file at one state of its content."""

    path: Path
    changed: int
    size: int

    @classmethod
    def of(cls, path: Path | None) -> _Stamped:
        assert path is not None
        stat = path.stat()
        return cls(path, stat.st_mtime_ns, stat.st_size)


_packing = threading.Lock()


def _pack(what: bytes | _Stamped) -> bytes:
    """What was packed before comes from memory; of the rest one is packed at a time, however many ask."""
    with _packing:
        return _packed(what)


@lru_cache(maxsize=48)
def _packed(what: bytes | _Stamped) -> bytes:
    return gzip.compress(what.path.read_bytes() if isinstance(what, _Stamped) else what, 6, mtime=0)


def _tag(part: Part, packed: bool) -> str:
    """An ETag; another one for the packed form, as HTTP asks for."""
    if part.data is not None:
        name = _digest(part.data)
    else:
        assert part.path is not None
        stat = part.path.stat()
        name = _digest(f"{stat.st_mtime_ns} {stat.st_size} {part.name}".encode())
    return f'"{name}{"-gz" if packed else ""}"'


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:20]


def _known(tag: str, header: str | None) -> bool:
    """Whether ``If-None-Match`` names this ETag (weakly compared, as HTTP asks for)."""
    if header is None:
        return False
    named = [one.strip().removeprefix("W/") for one in header[:4096].split(",")]
    return "*" in named or tag in named


def _with_headers(given: Any) -> list[tuple[bytes, bytes]]:
    own = {name.lower().encode(): value.encode() for name, value in HEADERS.items()}
    kept = [(name, value) for name, value in given if name.lower() not in own]
    return [*kept, *own.items()]


def _both(id: str) -> str:
    """A sentence in both languages: a client's browser may be set to any."""
    text = message(id)
    return f"{text.en}\n{text.ru}\n"


def _nothing() -> Response:
    """The same answer for everything that is not there, so that it tells a stranger nothing."""
    return PlainTextResponse(_both("mirror.nothing"), status_code=404, headers={"Cache-Control": "no-store"})
