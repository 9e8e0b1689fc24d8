"""One bundle's mirror on a server of its own: ``perscoach serve BUNDLE``."""

from __future__ import annotations

import contextlib
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perscoach.bundles import layout
from perscoach.bundles.opened import open_bundle
from perscoach.core.errors import BundleError, SettingsError
from perscoach.core.names import new_token
from perscoach.mirror.listening import Listener
from perscoach.mirror.parts import Places
from perscoach.mirror.server import PREFIX, Mirror, MirrorRoute


@dataclass
class Served:
    """A running server.

    Attributes:
        url: the page's address.
    """

    url: str
    _listener: Listener

    def stop(self) -> None:
        """Stop listening."""
        self._listener.close()


def app(places: Places, token: str, bundle: Path) -> Any:
    """The ASGI application that serves one bundle under one token."""
    from starlette.applications import Starlette

    def resolve(given: str) -> Path | None:
        return bundle if secrets.compare_digest(given.encode(), token.encode()) else None

    return Starlette(routes=[MirrorRoute(Mirror(places, resolve))])


@contextlib.contextmanager
def opened_bundle(path: Path) -> Iterator[Path]:
    """A bundle's folder; a zip is unpacked into a temporary folder, and nothing in it is trusted.

    Raises:
        BundleError: neither a bundle's folder nor its zip, or one without the mirror's files.
    """
    with open_bundle(path) as bundle:
        _need_movement(bundle.folder)
        yield bundle.folder


def _need_movement(folder: Path) -> None:
    for file in (layout.MIRROR_TRACK, layout.MIRROR_BODY):
        if not (folder / file).is_file():
            raise BundleError("mirror.no_movement", name=folder.name, file=file)


@contextlib.contextmanager
def serving(places: Places, bundle: Path, host: str = "127.0.0.1", port: int = 0) -> Iterator[Served]:
    """Serve one bundle until the block ends; port 0 takes a free one.

    Raises:
        SettingsError: the port cannot be opened.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, port))
        except OSError as error:
            raise SettingsError(
                "mirror.port", host=host, port=str(port), problem=error.strerror or str(error), other=str(port + 1)
            ) from error
        token = new_token()
        listener = Listener(app(places, token, bundle), [bound])
        listener.start()
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        name = f"[{here}]" if ":" in here else here
        served = Served(f"http://{name}:{bound.getsockname()[1]}{PREFIX}/{token}/", listener)
        try:
            yield served
        finally:
            served.stop()
