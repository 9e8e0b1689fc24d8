"""``AppContext``: what every panel is given; the one place that says whose job it is and in which language to speak."""

from __future__ import annotations

import hashlib
import hmac
import html
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.core.errors import JobError, PerscoachError
from perscoach.core.messages import LANGUAGES, translate
from perscoach.core.names import TOKEN, is_token, new_token
from perscoach.ui import texts

if TYPE_CHECKING:
    from perscoach.core.settings import Settings
    from perscoach.jobs.queue import JobQueue
    from perscoach.jobs.workspace import Job, Workspace
    from perscoach.mirror.lan import Lan
    from perscoach.recipe import Recipe

OWNER_COOKIE = "perscoach_owner"
LANGUAGE_COOKIE = "perscoach_lang"
_OWNER = re.compile(rf"{TOKEN}\.[0-9a-f]{{32}}")


def load_secret(workspace: Path) -> str:
    """The installation's secret, made once and kept readable by its user only.

    A restart must know the same owners again, so it lives beside the jobs.
    """
    workspace.mkdir(parents=True, exist_ok=True)
    path = workspace / ".secret"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        path.chmod(0o600)
    secret = path.read_text(encoding="ascii").strip()
    if len(secret) < 32:
        raise JobError("launch.secret_damaged", folder=workspace.name)
    return secret


@dataclass(frozen=True)
class AppContext:
    """The app's surroundings.

    A panel is a class made as ``Panel(context)`` with ``render()`` (inside the page's blocks) and ``listen(session)``
    (after every panel has rendered; ``session`` is ``perscoach.ui.session.Session``). Listeners and server functions take the job's token from the page and turn it
    into a job by ``open(token, request)``, which refuses a job of somebody else; they never open the workspace
    themselves.

    Attributes:
        settings: the installation's settings.
        workspace, queue: the jobs.
        secret: signs the owner cookie; made by ``load_secret``.
    """

    settings: Settings
    workspace: Workspace
    queue: JobQueue
    secret: str = field(default="", repr=False)

    @cached_property
    def lan(self) -> Lan:
        """The mirror for the network around this computer; it serves while a coach has switched it on."""
        from perscoach.mirror.lan import Lan, mirror_app
        from perscoach.mirror.share import mirror_of

        return Lan(
            mirror_app(mirror_of(self.workspace, self.settings.checkpoints)),
            self.workspace.root,
            self.settings.port + 1,
        )

    # words -----------------------------------------------------------------------------------------------------------

    def t(self, key: str) -> Any:
        """The marker that the browser replaces by the text in its language.

        Works in labels, info lines and buttons; not in ``gr.Info``/``gr.Warning`` (use ``say``); in HTML use ``both``.
        """
        return texts.marker(key)

    def both(self, key: str) -> str:
        """A text for HTML in both languages; the page shows the one that is chosen.

        (Gradio translates one marker in an HTML value and leaves the others.)
        """
        en, ru = (html.escape(translate(key, language)) for language in LANGUAGES)
        return f'<span data-in="en">{en}</span><span data-in="ru" lang="ru">{ru}</span>'

    def say(self, key: str, request: Any = None, **values: object) -> str:
        """A text made on the server in the request's language; ``{name}`` is replaced by ``values``."""
        return translate(key, self.language(request), **values)

    def explain(self, error: PerscoachError, request: Any = None) -> str:
        """The sentence of an error in the request's language."""
        return error.text(self.language(request))

    @staticmethod
    def language(request: Any) -> str:
        """``"ru"`` or ``"en"``: the visible switch (a cookie) first, then the browser's own wish."""
        if request is None:
            return "en"
        chosen = (getattr(request, "cookies", None) or {}).get(LANGUAGE_COOKIE)
        if chosen in LANGUAGES:
            result: str = chosen
            return result
        return texts.best_language((getattr(request, "headers", None) or {}).get("accept-language", ""))

    # whose job -------------------------------------------------------------------------------------------------------

    def new_owner(self) -> str:
        """A signed owner id for a browser that has none."""
        name = new_token()
        return f"{name}.{self._sign(name)}"

    def owner(self, request: Any) -> str:
        """Whose request it is: the login's hash, else the browser's own signed cookie.

        Raises:
            JobError: neither is there (cookies are switched off).
        """
        user = login_of(request)
        if user is not None:
            return hashlib.sha256(f"{self.secret}:{user}".encode()).hexdigest()[:32]
        value = (getattr(request, "cookies", None) or {}).get(OWNER_COOKIE, "")
        if self.knows(value):
            result: str = value.split(".", 1)[0]
            return result
        raise JobError("shell.no_cookie")

    def storage_secret(self) -> str:
        """The key under which the browser stores which job is open; it reaches the page, so it tells nothing of ``secret``."""
        return self._sign("browser state")

    def knows(self, cookie: str) -> bool:
        """Whether an owner cookie was made here."""
        if not isinstance(cookie, str) or not _OWNER.fullmatch(cookie):
            return False
        name, signature = cookie.split(".", 1)
        return hmac.compare_digest(signature, self._sign(name))

    def open(self, token: object, request: Any) -> Job:
        """The job behind ``token``, if it is the requester's own.

        Raises:
            JobError: no such job, or somebody else's (the sentence is the same, so that nothing can be learned).
        """
        missing = JobError("shell.no_such_job")
        if not is_token(token):
            raise missing
        owner = self.owner(request)
        try:
            job = self.workspace.open(token)
        except JobError:
            raise missing from None
        if not hmac.compare_digest(job.owner.encode(), owner.encode()):
            raise missing
        return job

    def edit(self, token: object, request: Any, change: Callable[[Recipe], Recipe]) -> Job:
        """Change the settings of a job's next run: ``change`` returns the new recipe for the newest one (``Job.edit``).

        Raises:
            JobError: not the requester's job.
        """
        job = self.open(token, request)
        job.edit(change)
        return job

    def _sign(self, name: str) -> str:
        return hmac.new(self.secret.encode(), name.encode(), hashlib.sha256).hexdigest()[:32]


def login_of(request: Any) -> str | None:
    """The user who logged in, or ``None`` where no login is asked for or none was made.

    Works for Gradio's own request objects (queue events) and for plain Starlette ones (server functions, routes).
    """
    app = getattr(request, "app", None)
    tokens = getattr(app, "tokens", None)
    if app is None or tokens is None or getattr(app, "auth", None) is None:
        return None
    cookies = getattr(request, "cookies", None) or {}
    token = next((cookies[name] for name in login_cookies(app) if cookies.get(name)), None)
    return tokens.get(token) if token else None


def login_cookies(app: Any) -> tuple[str, str]:
    """Names of the cookies that Gradio gives at a login: the first one for https only."""
    return f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}"
