"""One bundle's mirror on a server of its own: ``perscoach serve BUNDLE``."""

from __future__ import annotations

import contextlib
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perscoach.bundles import archive, layout
from perscoach.bundles.manifest import read_manifest
from perscoach.core.errors import BundleError, SettingsError
from perscoach.core.names import new_token
from perscoach.mirror.parts import Places
from perscoach.mirror.server import PREFIX, Mirror, MirrorRoute, Opened


@dataclass
class Served:
    """A server that runs.

    Attributes:
        url: the page's address.
    """

    url: str
    _server: Any
    _thread: threading.Thread

    def stop(self) -> None:
        """Stop listening."""
        self._server.should_exit = True
        self._thread.join(10)


def app(places: Places, token: str, opened: Opened) -> Any:
    """The ASGI application that knows one bundle under one token."""
    from starlette.applications import Starlette

    def resolve(given: str) -> Opened | None:
        return opened if secrets.compare_digest(given.encode(), token.encode()) else None

    return Starlette(routes=[MirrorRoute(Mirror(places, resolve))])


@contextlib.contextmanager
def opened_bundle(path: Path) -> Iterator[Path]:
    """A bundle's folder; a zip is unpacked into a temporary one, trusting nothing in it.

    Raises:
        BundleError: neither.
    """
    if path.is_dir():
        read_manifest(path)
        _need_poses(path)
        yield path
        return
    if not path.is_file():
        raise BundleError(f"{path.name}: there is no such bundle.", f"{path.name}: такого набора нет.")
    with tempfile.TemporaryDirectory(prefix="perscoach-mirror-") as folder:
        archive.unpack(path, Path(folder))
        read_manifest(Path(folder))
        _need_poses(Path(folder))
        yield Path(folder)


def _need_poses(folder: Path) -> None:
    if not any((folder / name).is_file() for name in (layout.MIRROR_TRACK, layout.POSES_JSON)):
        raise BundleError(
            f"{folder.name}: {layout.POSES_JSON} is missing; the mirror has nothing to compare with.",
            f"{folder.name}: нет файла {layout.POSES_JSON}, зеркалу не с чем сравнивать.",
        )


@contextlib.contextmanager
def serving(places: Places, bundle: Path, host: str = "127.0.0.1", port: int = 0) -> Iterator[Served]:
    """Serve one bundle until the block ends; port 0 takes a free one.

    Raises:
        SettingsError: the port cannot be opened.
    """
    import uvicorn

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with tempfile.TemporaryDirectory(prefix="perscoach-mirror-") as cache, socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"Cannot listen on {host}:{port} ({error.strerror}). Another port: --port {port + 1}.",
                f"Не удаётся открыть {host}:{port} ({error.strerror}). Другой порт: --port {port + 1}.",
            ) from error
        token = new_token()
        config = uvicorn.Config(
            app(places, token, Opened(bundle, Path(cache))), log_level="error", lifespan="off", server_header=False
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        name = f"[{here}]" if ":" in here else here
        served = Served(f"http://{name}:{listener.getsockname()[1]}{PREFIX}/{token}/", server, thread)
        try:
            yield served
        finally:
            served.stop()
