"""On a finished bundle: how clients reach its mirror, the page on which they repeat the movement.

An address that works on this computer alone is never offered as a link or a code: the coach shares the mirror in the network
around this computer, over https, or takes it as a folder for a website.
"""

from __future__ import annotations

import dataclasses
import html
import urllib.parse
from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.errors import PerscoachError, SettingsError
from perscoach.core.messages import translate
from perscoach.mirror import share
from perscoach.mirror.export import export_size
from perscoach.mirror.server import PREFIX
from perscoach.mirror.vendor import Vendor
from perscoach.ui.bundle.sizes import size_text
from perscoach.ui.context import AppContext
from perscoach.ui.message import OPENS, QUIET, good, said
from perscoach.ui.routes import mirror_of, mirror_zip_url
from perscoach.ui.session import Session

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job

_NEAR = ("localhost", "127.0.0.1", "::1")


class MirrorPart:
    """Stands below the result: the title that clients see, the ways to the mirror, and a new address."""

    def __init__(self, context: AppContext) -> None:
        self.context = context

    def render(self) -> None:
        """Inside the result."""
        t = self.context.t
        with gr.Column(visible=False) as self.box:
            gr.HTML(
                f'<h3 class="pc-part">{self.context.both("bundle.mirror_title")}</h3>'
                f"<p>{self.context.both('bundle.mirror_lead')}</p>"
            )
            self.title = gr.Textbox(label=t("bundle.mirror_name"), max_lines=1, max_length=80, elem_id="pc-mirror-name")
            self.links = gr.HTML("", elem_id="pc-mirror")
            # pressed by the buttons inside ``links``, which ask first where that is needed (shell.js: data-press)
            with gr.Row(elem_classes="pc-pressed"):
                self.new = gr.Button("", elem_id="pc-mirror-new")
                self.start = gr.Button("", elem_id="pc-mirror-start")
                self.stop = gr.Button("", elem_id="pc-mirror-stop")

    def listen(self, session: Session) -> None:
        """Wire it up."""
        context = self.context

        def renew(token: str | None, request: gr.Request) -> list[Any]:
            job = context.open(token, request)
            share.renew(context.workspace, job)
            return [good(context.say("bundle.mirror_renewed", request)), self.show(job, request)]

        def start(token: str | None, request: gr.Request) -> list[Any]:
            job = context.open(token, request)
            if not is_near(page_of(request)):
                raise SettingsError("bundle.mirror_not_here")
            context.lan.start()
            return ["", self.show(job, request)]

        def stop(token: str | None, request: gr.Request) -> list[Any]:
            job = context.open(token, request)
            if is_near(page_of(request)):
                context.lan.stop()
            return ["", self.show(job, request)]

        def name(title: str, token: str | None, request: gr.Request) -> str:
            words = " ".join(title.split())[:80]
            job = context.open(token, request)
            if job.state.recipe.score.title == words:
                return ""
            context.edit(token, request, lambda recipe: dataclasses.replace(recipe, score=recipe.score.titled(words)))
            return good(context.say("bundle.mirror_named", request))

        outputs = [session.message, self.links]
        for button, act in ((self.new, renew), (self.start, start), (self.stop, stop)):
            button.click(said(context, 1)(act), session.token, outputs, **OPENS)
        for event in (self.title.submit, self.title.blur):
            event(said(context)(name), [self.title, session.token], session.message, **OPENS)
        session.result.change(
            self.follow, [session.token, session.result], [self.links, self.title, self.box], queue=False, **QUIET
        )

    def follow(self, token: str | None, mark: str, request: gr.Request) -> list[Any]:
        """The ways to the open job's finished bundle, or nothing."""
        try:
            job = self.context.open(token, request)
        except PerscoachError:
            return ["", "", gr.Column(visible=False)]
        there = bool(mark) and job.bundle() is not None
        title = gr.Textbox(job.state.recipe.score.title, placeholder=job.name)
        return [self.show(job, request) if there else "", title, gr.Column(visible=there)]

    def show(self, job: Job, request: Any) -> str:
        """The ways as HTML."""
        token, bundle = share.share(self.context.workspace, job), job.bundle()
        page = page_of(request)
        base = self.context.lan.url if is_near(page) else ""
        size = export_size(bundle, mirror_of(self.context).places) if bundle is not None else 0
        return mirror_html(Ways(token, page, base, job.token, size), self.context.language(request))


@dataclasses.dataclass(frozen=True)
class Ways:
    """How a client can reach a mirror.

    Attributes:
        token: of the share; page: the address of the coach's page; job: the job's token.
        lan: the address of the server for the network around this computer; empty where it does not serve.
        size: bytes of the folder for a website.
    """

    token: str
    page: str
    lan: str
    job: str
    size: int

    @property
    def link(self) -> str:
        """The address that a client types; empty where there is none that works elsewhere."""
        if self.lan:
            return f"{self.lan}{PREFIX}/{self.token}/"
        if is_near(self.page) or urllib.parse.urlsplit(self.page).scheme != "https":
            return ""
        return urllib.parse.urljoin(self.page, f"{PREFIX.lstrip('/')}/{self.token}/")


def is_near(page: str) -> bool:
    """Whether an address works on this computer alone."""
    name = urllib.parse.urlsplit(page).hostname or ""
    return name in _NEAR or name.endswith(".localhost") or name.startswith("127.")


def page_of(request: Any) -> str:
    """The address of the coach's page.

    The browser tells where its page is (``Referer``), behind whatever proxies; where it does not, the headers that a
    proxy adds, then the host that was asked.
    """
    headers = getattr(request, "headers", None) or {}
    page = urllib.parse.urlsplit(headers.get("referer", ""))
    if page.scheme in ("http", "https") and page.hostname:
        return f"{page.scheme}://{page.netloc}{page.path or '/'}"
    scheme = headers.get("x-forwarded-proto", "http").split(",")[0].strip()
    host = headers.get("x-forwarded-host", headers.get("host", "127.0.0.1")).split(",")[0].strip()
    return f"{'https' if scheme == 'https' else 'http'}://{host}/"


def mirror_html(ways: Ways, language: str) -> str:
    """The button that opens the mirror here, and each way for a client with what has to be known of it."""

    def word(key: str, **values: object) -> str:
        return html.escape(translate(f"bundle.mirror_{key}", language, **values))

    def press(target: str, key: str, ask: str = "") -> str:
        asked = f' data-ask="{word(ask)}"' if ask else ""
        return f'<button type="button" class="pc-plain" data-press="pc-mirror-{target}"{asked}>{word(key)}</button>'

    parts = [
        f'<div class="pc-mirror-row"><a class="pc-go" id="pc-mirror-open" href="{PREFIX.lstrip("/")}/{ways.token}/" '
        f'target="_blank" rel="noopener">{word("open")}</a></div>'
    ]
    problem = Vendor().problem()
    if problem is not None:
        parts.append(f'<p class="pc-note">{html.escape(problem.text(language))}</p>')
    if ways.link:
        parts.append(_link(ways, word, press))
    if ways.lan:
        parts.append(
            f'<p class="pc-note">{word("lan_on")}</p><p class="pc-note">{word("certificate")}</p>{press("stop", "lan_stop")}'
        )
    elif is_near(ways.page):
        parts.append(f'<h4>{word("lan")}</h4><p class="pc-note">{word("lan_help")}</p>{press("start", "lan_start")}')
    elif not ways.link:
        parts.append(f'<p class="pc-note">{word("insecure")}</p>')
    folder = word("folder", size=size_text(ways.size, language))
    parts.append(
        f'<h4>{word("site")}</h4><p class="pc-note">{word("folder_help")}</p>'
        f'<a class="pc-plain" id="pc-mirror-folder" href="{mirror_zip_url(ways.job)}" download>{folder}</a>'
    )
    return f'<section class="pc-mirror">{"".join(parts)}</section>'


def _link(ways: Ways, word: Any, press: Any) -> str:
    """The address to copy, its code, and the way to another address."""
    shown = html.escape(ways.link)
    return (
        f'<div class="pc-mirror-row"><input type="text" readonly value="{shown}" aria-label="{word("link")}" '
        f'id="pc-mirror-link"><button type="button" class="pc-plain" data-copy="{shown}" data-copied="{word("copied")}" '
        f'aria-live="polite">{word("copy")}</button>{press("new", "new", "new_ask")}</div>'
        f'<details class="pc-more"><summary>{word("code")}</summary><img class="pc-code" id="pc-mirror-code" '
        f'src="{qr_uri(ways.link)}" alt="{word("code_alt")}" width="220" height="220"></details>'
    )


def qr_uri(url: str) -> str:
    """The address as a QR code: an SVG picture in a ``data:`` address."""
    import segno

    return html.escape(str(segno.make(url, error="m", micro=False).svg_data_uri(scale=4, border=4, light="#fff")))
