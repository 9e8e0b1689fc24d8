"""The web server under the app and under ``perscoach serve BUNDLE``: uvicorn with time limits and bounded connections."""

from __future__ import annotations

import asyncio
import collections
import ipaddress
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0
"""A connection that has not sent a whole request head by then is closed; uvicorn itself would wait for ever. The same goes for
the rest of a body whose request was answered already."""
IDLE_SECONDS = 5
"""How long an answered connection stays open for a next request."""
CONNECTIONS = 800
"""Connections at one time; further ones get 503. Two per open page stay busy, and a process has 1024 files as a rule."""
CONNECTIONS_PER_ADDRESS = 120
"""Connections from one address; not counted for this computer's own, from which a reverse proxy speaks for everyone."""
_CLOSING_SECONDS = 5.0


class TimedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with a limit on the time that a request head may take and on connections per address."""

    per_address: collections.Counter[str] = collections.Counter()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection; close it at once where its address has too many."""
        super().connection_made(transport)
        self._late: asyncio.TimerHandle | None = None
        self._address = _counted_address(transport)
        if self._address:
            self.per_address[self._address] += 1
            if self.per_address[self._address] > CONNECTIONS_PER_ADDRESS:
                transport.abort()
                return
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._late is not None:
            self._late.cancel()
        if self._address:
            self.per_address[self._address] -= 1
            if self.per_address[self._address] <= 0:
                del self.per_address[self._address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take the bytes, then start or stop the clock of the request head."""
        super().data_received(data)
        self._watch()

    def _watch(self) -> None:
        answered = self.cycle is not None and self.cycle.response_complete
        waiting = self.conn.their_state is h11.IDLE or (self.conn.their_state is h11.SEND_BODY and answered)
        waiting = waiting and not self.transport.is_closing()
        if waiting and self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)
        elif not waiting and self._late is not None:
            self._late.cancel()
            self._late = None


def _counted_address(transport: asyncio.Transport) -> str:
    peer = transport.get_extra_info("peername")
    try:
        address = ipaddress.ip_address(str(peer[0]).partition("%")[0])
    except (TypeError, IndexError, ValueError):
        return ""
    return "" if address.is_loopback else str(address)


class Listener:
    """An ASGI application served by a thread of its own.

    Args:
        app: the application.
        sockets: bound, not yet listening.
        lifespan: whether the application is told when serving begins and ends.
        proxies: addresses whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed.
        tls: files of a certificate and its key, for https.
    """

    def __init__(
        self,
        app: Any,
        sockets: Sequence[socket.socket],
        *,
        lifespan: bool = False,
        proxies: Sequence[str] = (),
        tls: tuple[Path, Path] | None = None,
    ) -> None:
        config = uvicorn.Config(
            app,
            http=TimedProtocol,
            ws="none",
            lifespan="on" if lifespan else "off",
            log_level="warning" if lifespan else "error",
            access_log=False,
            server_header=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=list(proxies),
            limit_concurrency=CONNECTIONS,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=1,
            ssl_certfile=tls[0] if tls else None,
            ssl_keyfile=tls[1] if tls else None,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": list(sockets)}, daemon=True)

    def start(self) -> None:
        """Begin to answer.

        Raises:
            RuntimeError: the application did not start; its traceback is on the error stream.
        """
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the web server ended while it started")
            time.sleep(0.01)

    def close(self) -> None:
        """Stop listening; what is being sent gets a second to end."""
        self._server.should_exit = True
        self._thread.join(_CLOSING_SECONDS)
