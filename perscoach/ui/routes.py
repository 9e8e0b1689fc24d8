"""Plain routes beside Gradio's: the panels' own scripts, a job's files, a health check.

Gradio does not put added routes behind its login; ``guarded`` does.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import urllib.parse
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from perscoach.bundles.lighter import write_lighter
from perscoach.core.errors import BundleError, PerscoachError, system_message
from perscoach.core.messages import translate
from perscoach.core.names import safe_name
from perscoach.matting.proxy import proxy_file
from perscoach.mirror import share
from perscoach.mirror.parts import PAGE, Part
from perscoach.mirror.server import Mirror, MirrorRoute, is_mirror, respond
from perscoach.ui.context import OWNER_COOKIE, AppContext, login_cookies, login_of
from perscoach.ui.guard.requests import is_https
from perscoach.ui.health import health

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job

_UI = Path(__file__).resolve().parent
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}\.(mjs|js|css)")
_PANEL = re.compile(r"[a-z]{2,20}")
_TYPES = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".css": "text/css",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".mov": "video/quicktime",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".json": "application/json",
    ".npz": "application/zip",
    ".zip": "application/zip",
    ".bin": "application/octet-stream",
    ".glb": "model/gltf-binary",
    ".bvh": "text/plain",
    ".cube": "text/plain",
    ".txt": "text/plain",
}
_IN_BUNDLE = {
    "trainer_transparent.webm": "trainer_transparent.webm",
    "trainer_transparent.mov": "trainer_transparent.mov",
    "trainer_poses.json": "poses/trainer_poses.json",
    "trainer_poses.npz": "poses/trainer_poses.npz",
    "trainer.glb": "poses/trainer.glb",
    "trainer.bvh": "poses/trainer.bvh",
    "grade.json": "grade.json",
    "grade.cube": "grade.cube",
    "look.cube": "look.cube",
    "score.json": "score.json",
    "poster.webp": "poster.webp",
    "bundle.json": "bundle.json",
    "NOTICE.txt": "NOTICE.txt",
    "LICENSE.SAM.txt": "LICENSE.SAM.txt",
}
_SHOWN = (
    "clip.mp4",
    "alpha.bin",
    "viewer.bin",
    "compare.bin",
    "thumbnail.jpg",
)  # looked at on the page; everything else is saved
_BORROWED = {f"web/{name}": PAGE / name for name in ("elements.mjs", "format.mjs", "locale.mjs")}
"""Scripts of the client's page that the app uses too."""
JOB_FILES = (*_SHOWN, *_IN_BUNDLE, "bundle.zip")

Handler = Callable[[Request], Awaitable[Response]]


def routes(context: AppContext) -> list[BaseRoute]:
    """The app's own routes, served beside Gradio's."""

    async def job_file(request: Request) -> Response:
        return await run_in_threadpool(serve_job_file, context, request)

    async def lighter_zip(request: Request) -> Response:
        return await run_in_threadpool(serve_lighter_zip, context, request)

    async def mirror_zip(request: Request) -> Response:
        return await run_in_threadpool(serve_mirror_zip, context, request)

    async def healthz(request: Request) -> Response:
        return await run_in_threadpool(health, context)

    return [
        Route("/healthz", healthz, methods=["GET", "HEAD"]),
        Route("/logout", _logout, methods=["GET", "POST"]),
        Route("/perscoach/static/plotly", _plotly, methods=["GET", "HEAD"]),
        Route("/perscoach/static/{panel}/{name}", _static, methods=["GET", "HEAD"]),
        Route("/perscoach/job/{token}/{name}", guarded(job_file), methods=["GET", "HEAD"]),
        Route("/perscoach/lighter/{token}/bundle.zip", guarded(lighter_zip), methods=["GET"]),
        Route("/perscoach/mirror/{token}/mirror.zip", guarded(mirror_zip), methods=["GET"]),
        MirrorRoute(mirror_of(context)),
    ]


def mirror_of(context: AppContext) -> Mirror:
    """The client's page. It needs no login: whoever has the link may look."""
    return share.mirror_of(context.workspace, context.settings.checkpoints)


def guarded(handler: Handler) -> Handler:
    """``handler``, answering 401 without a login where the app has one."""

    async def check(request: Request) -> Response:
        if getattr(request.app, "auth", None) is not None and login_of(request) is None:
            return _refuse(request, 401, "guard.log_in")
        return await handler(request)

    return check


def job_url(token: str, name: str, version: str = "") -> str:
    """The address of one of ``JOB_FILES``, relative to the page so that a proxy's prefix is kept.

    Args:
        version: any text that changes with the content, so that a browser shows no earlier file.
    """
    if name not in JOB_FILES:
        raise ValueError(f"{name!r}: not among the files of a job")
    return f"perscoach/job/{token}/{name}" + (f"?v={urllib.parse.quote(version, safe='')}" if version else "")


def serve_job_file(context: AppContext, request: Request) -> Response:
    """One file of the requester's own job; ranges are answered, so that a video can be scrubbed."""
    name = request.path_params["name"]
    if name not in JOB_FILES:
        return _refuse(request, 404, "routes.no_file")
    try:
        job = context.open(request.path_params["token"], request)
        path = find(job, name)
    except PerscoachError as error:
        return _answer(404, context.explain(error, request))
    if path is None:
        return _refuse(request, 404, "routes.not_made")
    inline = name in _SHOWN or "save" not in request.query_params
    return file_answer(job, name, path, inline, "private, max-age=3600" if request.url.query else "private, no-cache")


def file_answer(job: Job, name: str, path: Path, inline: bool, cache: str) -> Response:
    """A file of a job that ``find`` gave, harmless in a browser."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": cache,
        "Content-Security-Policy": "sandbox",
        "Content-Disposition": _disposition(job.name, name, inline),
    }
    return FileResponse(path, headers=headers, media_type=_TYPES[Path(name).suffix])


def mirror_zip_url(token: str) -> str:
    """The address of a job's mirror as a folder in a zip file, relative to the page."""
    return f"perscoach/mirror/{token}/mirror.zip"


def serve_mirror_zip(context: AppContext, request: Request) -> Response:
    """The mirror of the requester's own job, for any static host; made for this request."""
    from perscoach.mirror.export import zip_mirror

    def make(job: Job, bundle: Path, target: Path) -> None:
        zip_mirror(bundle, target, mirror_of(context).places, job.state.recipe.score.title)

    return _made_for(context, request, make, " mirror")


def _made_for(context: AppContext, request: Request, make: Callable[[Job, Path, Path], None], suffix: str) -> Response:
    """A zip that is made for one request and removed after it.

    Args:
        make: given the job, its package's folder and where the zip has to be.
        suffix: is added to the job's name for the file's.
    """
    made = Path(tempfile.mkdtemp(prefix="made-", dir=context.workspace.root))

    def clean() -> None:
        shutil.rmtree(made, ignore_errors=True)

    try:
        job = context.open(request.path_params["token"], request)
        bundle = job.bundle()
        if bundle is None:
            raise BundleError("routes.not_made")
        make(job, bundle, made / "made.zip")
    except PerscoachError as error:
        clean()
        return _answer(404, context.explain(error, request))
    except OSError as error:
        clean()
        refused = system_message(error)
        return _answer(
            507, refused.text(context.language(request)) if refused else context.say("shell.broken", request)
        )
    headers = {
        "Content-Disposition": _disposition(f"{job.name}{suffix}", "bundle.zip", False),
        "Cache-Control": "no-store",
    }
    return FileResponse(
        made / "made.zip", headers=headers, media_type="application/zip", background=BackgroundTask(clean)
    )


def lighter_zip_url(token: str) -> str:
    """The address of a job's package without the NPZ, relative to the page."""
    return f"perscoach/lighter/{token}/bundle.zip"


def serve_lighter_zip(context: AppContext, request: Request) -> Response:
    """The package of the requester's own job without the NPZ; made for this request."""

    def make(job: Job, bundle: Path, target: Path) -> None:
        zipped = job.zip()
        if zipped is None:
            raise BundleError("routes.not_made")
        write_lighter(bundle, zipped, target)

    return _made_for(context, request, make, "")


def find(job: Job, name: str) -> Path | None:
    """Where a file of ``JOB_FILES`` lies in a job's folder; ``None`` while it is not there."""
    if name == "clip.mp4":
        clip = job.clip()
        path = clip.path if clip else None
    elif name == "alpha.bin":
        path = proxy_file(job.folder)
    elif name == "viewer.bin":
        path = job.viewer()
    elif name == "compare.bin":
        path = job.comparison()
    elif name == "thumbnail.jpg":
        path = job.thumbnail()
    elif name == "bundle.zip":
        path = job.zip()
    else:
        folder = job.bundle()
        path = folder / _IN_BUNDLE[name] if folder else None
    if path is None or path.is_symlink() or not path.is_file():
        return None
    return path if path.resolve().is_relative_to(job.folder.resolve()) else None


def _disposition(job_name: str, name: str, inline: bool) -> str:
    stem = safe_name(job_name, "bundle")
    full = f"{stem}.zip" if name == "bundle.zip" else f"{stem} {name}"
    ascii_only = full.encode("ascii", "replace").decode().replace("?", "_")
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{ascii_only}\"; filename*=UTF-8''{urllib.parse.quote(full, safe='')}"


def _refuse(request: Request, status: int, id: str) -> Response:
    return _answer(status, translate(id, AppContext.language(request)))


def _answer(status: int, sentence: str) -> Response:
    return PlainTextResponse(
        sentence, status_code=status, headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    )


async def _logout(request: Request) -> Response:
    """End this browser's login and no other (Gradio's own route ends all logins of the same name)."""
    cookies = login_cookies(request.app)
    answer = RedirectResponse("./", status_code=303, headers={"Cache-Control": "no-store"})
    for name in cookies:
        request.app.tokens.pop(request.cookies.get(name), None)
        answer.delete_cookie(name, path="/")
    return answer


def script_path(panel: str, name: str) -> Path | None:
    """A panel's script or style sheet on the disk; ``web`` holds those that all panels share. ``None`` for anything else."""
    path = _BORROWED.get(f"{panel}/{name}", _UI / panel / name)
    return path if _PANEL.fullmatch(panel) and _NAME.fullmatch(name) and path.is_file() else None


async def _static(request: Request) -> Response:
    path = script_path(request.path_params["panel"], request.path_params["name"])
    if path is None:
        return _refuse(request, 404, "routes.no_file")
    return FileResponse(
        path,
        media_type=_TYPES[path.suffix],
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"},
    )


@cache
def plotly_path() -> Path:
    """plotly.min.js of the installed package, so that the page needs no other host."""
    import importlib.util

    spec = importlib.util.find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("plotly is not installed")
    return Path(next(iter(spec.submodule_search_locations))) / "package_data" / "plotly.min.js"


async def _plotly(request: Request) -> Response:
    """Packed once for everybody. Its address has no ending: Gradio packs what ends in ``.js`` anew for each request."""
    answer = await run_in_threadpool(respond, Part("vendor/plotly.min.js", path=plotly_path()), request)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


_FIRST_SCRIPT = b'<head><script src="perscoach/static/shell/shell.js"></script>'


class PageFrame:
    """ASGI middleware for pages: gives the owner cookie, limits what a page may load, and adds the script that must run first.

    The policy allows no other host, whatever a component requests. The script sets the language: Gradio would add it only
    after it has read the browser's own.
    """

    policy = (
        "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval'; "
        "object-src 'none'; base-uri 'self'; form-action 'self'"
    )

    def __init__(self, app: Any, context: AppContext) -> None:
        self.app = app
        self.context = context

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or is_mirror(scope):  # the client's page has its own, stricter frame
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        is_page = scope["method"] == "GET" and "text/html" in request.headers.get("accept", "")
        cookie = None
        if is_page and not self.context.knows(request.cookies.get(OWNER_COOKIE, "")):
            cookie = _cookie(self.context.new_owner(), request)

        held: dict[str, Any] = {}

        async def with_script(message: Any) -> None:
            """Delay an HTML answer's start until its whole body is there: the added script changes its length."""
            if message["type"] == "http.response.start" and is_page and _is_html(message):
                held.update(start=message, body=b"")
            elif held and message["type"] == "http.response.body":
                held["body"] += message.get("body", b"")
                if not message.get("more_body"):
                    body = held["body"].replace(b"<head>", _FIRST_SCRIPT, 1)
                    await with_headers(_resized(held["start"], len(body)))
                    await send({"type": "http.response.body", "body": body})
            else:
                await with_headers(message)

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                names = {name.lower() for name, _ in message.get("headers", [])}
                added = [(b"referrer-policy", b"same-origin"), (b"x-content-type-options", b"nosniff")]
                if b"content-security-policy" not in names:
                    added.append((b"content-security-policy", self.policy.encode()))
                fresh = [pair for pair in added if pair[0] not in names]
                if cookie is not None:
                    fresh.append((b"set-cookie", cookie.encode()))
                message["headers"] = [*message.get("headers", []), *fresh]
            await send(message)

        await self.app(scope, receive, with_script)


def _is_html(start: Any) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in start["headers"])


def _resized(start: Any, length: int) -> Any:
    kept = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
    return {**start, "headers": [*kept, (b"content-length", str(length).encode())]}


def _cookie(value: str, request: Request) -> str:
    """A year, unreadable to scripts; ``guard.answers`` loosens it for frames where the settings allow them."""
    secure = "; Secure" if is_https(request.scope) else ""
    return f"{OWNER_COOKIE}={value}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}"
