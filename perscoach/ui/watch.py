"""Following the open job: the page shows what the workspace's database holds, never what a running listener remembers.

So a reload, a second tab or a restart of the server finds the same state again.
"""

from __future__ import annotations

import contextlib
import html
import time
from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.errors import JobError, PerscoachError
from perscoach.jobs.remaining import done
from perscoach.jobs.state import EXTRAS
from perscoach.ui.context import AppContext
from perscoach.ui.message import OPENS, bad
from perscoach.ui.session import Session

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job

# the address is the page's own matter: it hands the token over with the event
_ASK_JS = "(kept) => [kept, new URLSearchParams(location.search).get('job') || '']"
_BUSY_SECONDS = 1.0
_IDLE_SECONDS = 6.0


def clip_mark(job: Job | None) -> str:
    """The value of ``Session.clip``."""
    return f"{job.token}/{job.state.clip}" if job is not None and job.state.clip else ""


def result_mark(job: Job | None) -> str:
    """The value of ``Session.result``."""
    if job is None or not job.state.bundle or (job.busy and not set(job.state.wanted) <= set(EXTRAS)):
        return ""
    folder = job.bundle()
    if folder is None:
        return ""
    other = job.comparison()
    mark = f"{job.token}/{folder.stat().st_mtime_ns}"
    return f"{mark}/{other.stat().st_mtime_ns}" if other is not None else mark


def status_html(context: AppContext, job: Job | None, language: str) -> str:
    """The line under the steps, with what scripts and styles need to know as data attributes."""
    from perscoach.core.messages import translate

    if job is None:
        return _state(None, False, False, "") + translate("shell.no_clip_yet", language) + "</div>"
    has_clip, has_result = bool(job.state.clip), bool(result_mark(job))
    ready = ["clip"] if has_clip else []
    if has_result:
        ready = ["clip", "colour", "matte", "pose", "bundle"]
    parts = [f"<strong>{html.escape(job.name)}</strong>"]
    if job.busy:
        parts.append(f"<span>{html.escape(busy_line(context, job, language))}</span>")
    elif has_result:
        parts.append(f"<span>{translate('shell.done', language)}</span>")
    return _state(job, has_clip, has_result, " ".join(ready)) + "".join(parts) + "</div>"


def _state(job: Job | None, clip: bool, result: bool, ready: str) -> str:
    token, name, busy = ("", "", False) if job is None else (job.token, html.escape(job.name, quote=True), job.busy)
    run = int(job is not None and job.busy and job.state.wanted != ("clip",))
    percent = round(100 * done(job.state)) if job is not None and run else 0
    return (
        f'<div id="pc-state" class="pc-status" data-job="{token}" data-clip="{int(clip)}" data-busy="{int(busy)}" '
        f'data-result="{int(result)}" data-ready="{ready}" data-name="{name}" data-run="{run}" data-percent="{percent}">'
    )


def busy_line(context: AppContext, job: Job, language: str) -> str:
    """Where a queued or running job stands, in a few words."""
    from perscoach.core.messages import translate

    place = context.queue.position(job)
    if place:
        return translate("shell.waiting", language, n=place)
    stage = job.state.stage
    now = job.state.progress.get(stage)
    if job.state.status != "running" or now is None:
        return translate("shell.starting", language)
    total = now.get("total") or 0
    percent = int(100 * (now.get("done") or 0) / total) if total else 0
    return translate(
        "shell.working", language, stage=translate(f"bundle.stage_{stage}", language).lower(), percent=percent
    )


def fingerprint(context: AppContext, job: Job | None) -> str:
    """A text that is the same as long as nothing on the page has to change."""
    if job is None:
        return ""
    state = job.state
    steps = [(k, v.get("done"), v.get("total")) for k, v in state.progress.items()]
    return repr((job.token, job.name, state.status, state.stage, steps, state.clip, state.bundle, state.submission,
                 state.error, state.recipe, len(state.notes), state.leaves, context.queue.position(job) if job.busy else None))  # fmt: skip


class Watch:
    """The status line and the timer; opening a job and following it."""

    def __init__(self, context: AppContext) -> None:
        self.context = context

    def render(self) -> None:
        """The line under the steps."""
        self.status = gr.HTML("", elem_id="pc-statusline")
        self.timer = gr.Timer(_BUSY_SECONDS)
        self.asked = gr.Textbox("", visible=False)
        self.previous = gr.State(None)

    def outputs(self, session: Session) -> list[Any]:
        """What ``show`` fills, in its order."""
        return [session.token, session.clip, session.result, session.browser, self.status, session.seen, self.timer]

    def show(self, job: Job | None, request: Any) -> list[Any]:
        """Everything the page must know to show ``job``."""
        context = self.context
        status = status_html(context, job, context.language(request))
        wait = _BUSY_SECONDS if job is not None and job.busy else _IDLE_SECONDS
        token = job.token if job is not None else None
        seen = fingerprint(context, job)
        return [token, clip_mark(job), result_mark(job), token, status, seen, gr.Timer(wait)]

    def listen(self, demo: gr.Blocks, session: Session) -> None:
        """Open the job of the address or of the browser's memory, then follow it."""
        context = self.context
        outputs = [session.message, *self.outputs(session)]

        def load(kept: str | None, asked: str, request: gr.Request) -> list[Any]:
            sentence = ""
            for token in (asked, kept):
                if not token:
                    continue
                try:
                    return ["", *self.show(context.open(token, request), request)]
                except PerscoachError as error:
                    sentence = bad(context.explain(error, request)) if token == asked else sentence
            return [sentence, *self.show(None, request)]

        def tick(token: str | None, seen: str, previous: str | None, request: gr.Request) -> list[Any]:
            if not token:
                return [gr.skip()] * (len(outputs) + 1)
            try:
                job = context.open(token, request)
            except JobError as error:  # removed in another tab or by cleaning
                return [bad(context.explain(error, request)), *self.show(None, request), None]
            if fingerprint(context, job) == seen:
                return [gr.skip()] * (len(outputs) + 1)
            if refused(job):
                return self._fall_back(job, previous, request)
            # "started" and the like are over when the work is
            return [gr.skip() if job.busy else "", *self.show(job, request), gr.skip()]

        demo.load(load, [session.browser, self.asked], outputs, js=_ASK_JS, **OPENS)
        self.timer.tick(tick, [session.token, session.seen, self.previous], [*outputs, self.previous], **OPENS)

    def _fall_back(self, job: Job, previous: str | None, request: Any) -> list[Any]:
        """A clip that could not be taken: say why and open the one before again; the list still has it."""
        context = self.context
        error = job.state.error
        reason = error.text(context.language(request)) if error is not None else ""
        before = None
        with contextlib.suppress(JobError):
            before = context.open(previous, request) if previous else None
        sentence = context.say("clip.kept", request, reason=reason) if before is not None else reason
        return [bad(sentence), *self.show(before, request), None]


def refused(job: Job) -> bool:
    """Whether the clip itself could not be taken: there is nothing in such a job to work on."""
    return job.state.status == "failed" and job.state.clip is None and bool(job.state.error)


def since(created: float, now: float | None = None) -> str:
    """A date for the list of jobs, in numbers that every language reads."""
    moment = time.localtime(created)
    same = moment[:3] == time.localtime(time.time() if now is None else now)[:3]
    return time.strftime("%H:%M" if same else "%Y-%m-%d %H:%M", moment)
