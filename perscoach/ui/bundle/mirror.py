"""On a finished bundle: the link to its mirror, the page on which a client repeats the movement, also as a QR code."""

from __future__ import annotations

import html
import urllib.parse
from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.errors import PerscoachError
from perscoach.core.messages import translate
from perscoach.mirror import share
from perscoach.mirror.server import PREFIX
from perscoach.mirror.vendor import Vendor
from perscoach.ui.context import AppContext
from perscoach.ui.message import OPENS, QUIET, good, said
from perscoach.ui.session import Session

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job

_NEAR = ("localhost", "127.0.0.1", "::1")


class MirrorPart:
    """Stands below the result: the button that opens the mirror, its address, the code, and a new address."""

    def __init__(self, context: AppContext) -> None:
        self.context = context

    def render(self) -> None:
        """Inside the result."""
        self.links = gr.HTML("", elem_id="pc-mirror")
        with gr.Row(elem_id="pc-mirror-acts", visible=False) as self.row:
            self.new = gr.Button(self.context.t("bundle.mirror_new"), size="sm", elem_id="pc-mirror-new")

    def listen(self, session: Session) -> None:
        """Wire it up."""
        context = self.context

        def renew(token: str | None, request: gr.Request) -> list[Any]:
            job = context.open(token, request)
            share.renew(context.workspace, job)
            return [good(context.say("bundle.mirror_renewed", request)), self.show(job, request)]

        outputs = [session.message, self.links]
        self.new.click(said(context, 1)(renew), session.token, outputs, **OPENS)
        session.result.change(
            self.follow, [session.token, session.result], [self.links, self.row], queue=False, **QUIET
        )

    def follow(self, token: str | None, mark: str, request: gr.Request) -> list[Any]:
        """The links of the open job's finished bundle, or nothing."""
        try:
            job = self.context.open(token, request)
        except PerscoachError:
            return ["", gr.Row(visible=False)]
        there = bool(mark) and job.bundle() is not None
        return [self.show(job, request) if there else "", gr.Row(visible=there)]

    def show(self, job: Job, request: Any) -> str:
        """The links as HTML."""
        token = share.share(self.context.workspace, job)
        return mirror_html(token, address(token, request), self.context.language(request))


def address(token: str, request: Any) -> str:
    """The mirror's whole address as a client types it.

    The browser tells where its page is (``Referer``), behind whatever proxies; where it does not, the headers that a
    proxy adds, then the host that was asked.
    """
    headers = getattr(request, "headers", None) or {}
    relative = f"{PREFIX.lstrip('/')}/{token}/"
    page = urllib.parse.urlsplit(headers.get("referer", ""))
    if page.scheme in ("http", "https") and page.hostname:
        return urllib.parse.urljoin(f"{page.scheme}://{page.netloc}{page.path or '/'}", relative)
    scheme = headers.get("x-forwarded-proto", "http").split(",")[0].strip()
    host = headers.get("x-forwarded-host", headers.get("host", "127.0.0.1")).split(",")[0].strip()
    return f"{'https' if scheme == 'https' else 'http'}://{host}/{relative}"


def mirror_html(token: str, url: str, language: str) -> str:
    """The button, the address to copy, the code, and what is to be known of it.

    Args:
        url: the whole address.
    """

    def word(key: str) -> str:
        return html.escape(translate(f"bundle.mirror_{key}", language))

    shown, notes = html.escape(url), "".join(f'<p class="pc-note">{note}</p>' for note in _notes(url, language))
    return (
        f'<section class="pc-mirror"><h3 class="pc-part">{word("title")}</h3><p>{word("lead")}</p>'
        f'<div class="pc-mirror-row"><a class="pc-go" id="pc-mirror-open" href="{PREFIX.lstrip("/")}/{token}/" '
        f'target="_blank" rel="noopener">{word("open")}</a>'
        f'<input type="text" readonly value="{shown}" aria-label="{word("link")}" id="pc-mirror-link">'
        f'<button type="button" class="pc-plain" data-copy="{shown}" data-copied="{word("copied")}" '
        f'aria-live="polite">{word("copy")}</button></div>{notes}'
        f'<details class="pc-more"><summary>{word("code")}</summary><img class="pc-code" id="pc-mirror-code" '
        f'src="{qr_uri(url)}" alt="{word("code_alt")}" width="220" height="220"></details></section>'
    )


def qr_uri(url: str) -> str:
    """The address as a QR code: an SVG picture in a ``data:`` address."""
    import segno

    return html.escape(str(segno.make(url, error="m", micro=False).svg_data_uri(scale=4, border=4, light="#fff")))


def _notes(url: str, language: str) -> list[str]:
    page = urllib.parse.urlsplit(url)
    problem = Vendor().problem()
    notes = [html.escape(problem.ru if language == "ru" else problem.en)] if problem is not None else []
    if page.hostname in _NEAR:
        notes.append(html.escape(translate("bundle.mirror_near", language)))
    elif page.scheme != "https":
        notes.append(html.escape(translate("bundle.mirror_insecure", language)))
    return notes
