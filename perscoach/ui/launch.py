"""Starting the app: settings, jobs, hardened launch."""

from __future__ import annotations

import argparse
import dataclasses
import hmac
import logging
import os
import socket
import sys
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.core.errors import PerscoachError, SettingsError
from perscoach.core.places import CHECKOUT, PACKAGE
from perscoach.core.settings import Settings, load_settings

if TYPE_CHECKING:
    from perscoach.ui.context import AppContext


@dataclass
class Running:
    """A served app.

    Attributes:
        url: where it answers.
        context: what its panels were given.
    """

    url: str
    context: Any
    _demo: Any

    def stop(self) -> None:
        """Stop listening and end the worker; what runs can be resumed at the next start."""
        self.context.queue.stop()
        self.context.lan.stop()
        self._demo.close(verbose=False)


def serve(settings: Settings, *, say: Callable[[str], None] = print) -> Running:
    """Start the app and return at once.

    Raises:
        SettingsError: the port is taken, or the workspace cannot be written.
    """
    prepare_environment(settings)
    check_port(settings.host, settings.port)
    from perscoach.jobs import JobQueue, Workspace
    from perscoach.jobs.events import write_events
    from perscoach.jobs.keeping import Keeper, policy_of
    from perscoach.ui.app import build
    from perscoach.ui.context import AppContext, load_secret

    try:
        secret = load_secret(settings.workspace)
        workspace = Workspace(settings.workspace)
    except OSError as error:
        raise SettingsError("launch.workspace", folder=settings.workspace, problem=error.strerror) from error
    queue = JobQueue(workspace, settings.max_jobs, settings.max_each, Keeper(workspace, policy_of(settings)))
    context = AppContext(settings, workspace, queue, secret)
    demo = build(context)
    if settings.log == "json":
        write_events()
    if settings.queue == "here":
        queue.start()
    elif queue.keeper is not None:  # who works elsewhere only works
        queue.keeper.start()
    url = start(demo, context)
    say(f"perscoach: {url}")
    return Running(url, context, demo)


def start(demo: Any, context: AppContext, **limits: Any) -> str:
    """Serve a page of Gradio behind the guards in a thread; ``demo.close()`` ends it.

    ``Blocks.launch`` would start a web server of its own, without time limits and without a way to stand before all of
    Gradio's routes.

    Args:
        limits: other limits than the settings' (see ``guard.guarded``).

    Returns:
        The page's address.

    Raises:
        SettingsError: the port is taken.
    """
    import fastapi
    import gradio

    from perscoach.mirror.listening import Listener
    from perscoach.ui.guard import guarded
    from perscoach.ui.service import Service

    settings = context.settings
    demo.state_session_capacity = 500
    outer = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    gradio.mount_gradio_app(outer, demo, path="/", **mount_options(context))
    inner = outer.router.routes[-1].app  # type: ignore[attr-defined]
    demo.has_launched = True  # only then does Gradio check which files a listener may take and return
    sockets = [bind(settings.host, settings.port)]
    app = guarded(outer, context, inner, programs=lambda rest: Service(rest, context), **limits)
    listener = Listener(app, sockets, lifespan=True, proxies=settings.proxies)
    inner.startup_events_triggered = True  # the lifespan of the mounted application does it
    demo.app, demo.server = inner, listener
    listener.start()
    host = {"0.0.0.0": "localhost", "::": "localhost"}.get(settings.host, settings.host)
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{sockets[0].getsockname()[1]}/"


def prepare_environment(settings: Settings) -> None:
    """What Gradio reads from the environment when it is imported: nothing is sent anywhere, uploads stay with the jobs."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["GRADIO_RUN_HISTORY"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = str(uploads(settings))
    os.environ.pop("GRADIO_SHARE", None)
    os.environ.pop("GRADIO_ALLOWED_PATHS", None)
    os.environ.pop("GRADIO_MCP_SERVER", None)


def uploads(settings: Settings) -> Path:
    """Where Gradio puts uploads and pictures; cleaned with the jobs."""
    return settings.workspace / "uploads"


def mount_options(context: AppContext) -> dict[str, Any]:
    """Everything that Gradio is given: only what the app needs is open."""
    from starlette.middleware import Middleware

    from perscoach.ui import routes, texts, theme

    settings: Settings = context.settings
    return {
        "server_name": settings.host,
        "server_port": settings.port,
        "root_path": os.environ.get("GRADIO_ROOT_PATH") or None,
        "max_file_size": settings.max_bytes,
        "enable_monitoring": False,
        "run_history": False,
        "footer_links": [],
        "show_error": False,
        "allowed_paths": [],
        "blocked_paths": blocked(settings),
        "auth": _login(settings),
        "pwa": False,
        "mcp_server": False,
        "ssr_mode": False,
        "i18n": texts.gradio_i18n(),
        "theme": theme.make_theme(),
        "css_paths": [theme.CSS],
        "head": theme.head(),
        "app_kwargs": {
            "routes": routes.routes(context),
            "middleware": [Middleware(routes.PageFrame, context=context)],
            "docs_url": None,
            "redoc_url": None,
            "openapi_url": None,
        },
    }


def blocked(settings: Settings) -> list[str]:
    """Folders whose files Gradio must never hand out, even if a listener returned one by mistake."""
    home = Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface"))
    places = [
        settings.workspace / "jobs",
        *(settings.workspace / f"jobs.db{suffix}" for suffix in ("", "-wal", "-shm", "-journal")),
        settings.workspace / ".secret",
        settings.checkpoints,
        home,
    ]
    if CHECKOUT:
        places += [CHECKOUT / name for name in (".git", ".env", ".venv", "tests", "checkpoints", "assets")]
    places.append(PACKAGE)
    return [str(place) for place in places]


def _login(settings: Settings) -> Callable[[str, str], bool] | None:
    user, password = settings.user, settings.password
    if user is None or password is None:
        return None

    def check(given_user: str, given_password: str) -> bool:
        # both are compared, always: the time that it takes must not show which one was right
        same_user = hmac.compare_digest(given_user.encode(), user.encode())
        return hmac.compare_digest(given_password.encode(), password.encode()) and same_user

    return check


def check_port(host: str, port: int) -> None:
    """A sentence instead of a traceback where another program listens already.

    Raises:
        SettingsError: the port cannot be opened.
    """
    bind(host, port).close()


def bind(host: str, port: int) -> socket.socket:
    """A socket at an address, not yet listening.

    Raises:
        SettingsError: the port cannot be opened.
    """
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host.strip("[]"), port))
    except OSError as error:
        bound.close()
        raise SettingsError(
            "launch.port", host=host, port=str(port), problem=error.strerror or str(error), other=str(port + 1)
        ) from error
    return bound


def hosted_settings(settings: Settings) -> Settings:
    """Settings with the host, port, frame and proxy of a Space or Studio, where ours are not set."""
    changes: dict[str, Any] = {}
    if "PERSCOACH_HOST" not in os.environ and os.environ.get("GRADIO_SERVER_NAME"):
        changes["host"] = os.environ["GRADIO_SERVER_NAME"]
    port = os.environ.get("GRADIO_SERVER_PORT", "")
    if "PERSCOACH_PORT" not in os.environ and port.isdecimal() and 0 < int(port) < 65536:
        changes["port"] = int(port)
    if os.environ.get("SPACE_ID"):  # Hugging Face shows a Space in a frame and stands before it as a proxy
        if "PERSCOACH_FRAME_ANCESTORS" not in os.environ:
            changes["frame_ancestors"] = ("https://huggingface.co",)
        if "PERSCOACH_PROXIES" not in os.environ:
            changes["proxies"] = ("*",)
    return dataclasses.replace(settings, **changes)


def main(argv: Sequence[str] | None = None) -> int:
    """``python app.py`` and ``perscoach serve``: serve until stopped."""
    parser = argparse.ArgumentParser(prog="perscoach serve", description="The app in the browser.")
    parser.add_argument("--host", help="where to listen (127.0.0.1; 0.0.0.0 opens it to the network)")
    parser.add_argument("--port", type=int, help="the port (7860)")
    parser.add_argument("--open", action="store_true", help="open the browser")
    options = parser.parse_args(argv)
    try:
        settings = hosted_settings(load_settings())
        if options.host:
            settings = dataclasses.replace(settings, host=options.host)
        if options.port:
            settings = dataclasses.replace(settings, port=options.port)
        running = serve(settings)
    except PerscoachError as error:
        print(f"perscoach: {error.en}", file=sys.stderr)
        return 2
    from perscoach.jobs.ending import until_ended

    if options.open:
        webbrowser.open(running.url)
    until_ended(running.context.queue, settings.drain_seconds)
    running.stop()
    _leave()
    return 0


def _leave() -> None:
    """End the process, as everything is stopped and stored.

    Threads of the web server may still be inside native code (a preview). Python's own ending takes the interpreter from
    under them, and such a thread then aborts the whole process.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)
