"""What the guards read from a request, and how they refuse one."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from perscoach.core.messages import message
from perscoach.ui.context import AppContext

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def headers(scope: Scope, name: str) -> list[str]:
    """Every value of a header."""
    wanted = name.encode()
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == wanted]


def header(scope: Scope, name: str) -> str:
    """A header's first value, ``""`` where it is missing."""
    return next(iter(headers(scope, name)), "")


def inside(scope: Scope) -> str:
    """The path below the server's own root path."""
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def address(scope: Scope) -> str:
    """Who asks, for budgets: an IPv4 address, or an IPv6 network of 64 bits, which one customer usually has whole."""
    client = scope.get("client")
    try:
        found = ipaddress.ip_address(str(client[0]).partition("%")[0]) if client else None
    except ValueError:
        found = None
    if found is None:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def is_https(scope: Scope) -> bool:
    """Whether the browser came by https, perhaps to a proxy."""
    return (header(scope, "x-forwarded-proto") or str(scope.get("scheme", ""))).split(",")[0].strip().lower() == "https"


async def refuse(
    scope: Scope, send: Send, status: int, id: str, extra: Mapping[str, str] | None = None, **values: object
) -> None:
    """Answer with a sentence of the catalogue. The server drops the rest of the request's body for a while, since a browser
    that is still sending would report a lost connection instead of the answer.

    Args:
        id: of the catalogue; extra: further headers; values: what the sentence names.
    """
    text = message(id, **values).text(AppContext.language(Request(scope)))
    answer = JSONResponse(
        {"detail": text, "reason": id},
        status_code=status,
        headers={"Cache-Control": "no-store", **({"Connection": "close"} if status == 408 else {}), **(extra or {})},
    )
    await answer(scope, _nothing, send)


async def _nothing() -> MutableMapping[str, Any]:
    return {"type": "http.disconnect"}
