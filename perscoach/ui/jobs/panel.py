"""Earlier clips: a list to reopen, rename and delete."""

from __future__ import annotations

import html
from datetime import datetime
from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.errors import PerscoachError
from perscoach.core.messages import translate
from perscoach.ui.context import AppContext
from perscoach.ui.controls import resume_key
from perscoach.ui.message import OPENS, QUIET, good, said
from perscoach.ui.routes import job_url
from perscoach.ui.session import Session
from perscoach.ui.watch import since

if TYPE_CHECKING:
    from perscoach.jobs.keeping import Keeper
    from perscoach.jobs.workspace import Job
    from perscoach.ui.watch import Watch

_SHOWN = 60
_JS = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (!button) return;
  const card = button.closest("[data-token]");
  const what = { token: card.dataset.token, name: "", action: button.dataset.do };
  if (what.action === "rename") {
    what.name = window.prompt(button.dataset.ask, card.dataset.name) || "";
    if (!what.name) return;
  }
  if (what.action === "delete" && !window.confirm(button.dataset.ask)) return;
  trigger("select", what);
});
"""


def jobs_html(jobs: list[Job], current: str | None, language: str, keeper: Keeper | None = None) -> str:
    """The cards of the list.

    Args:
        current: the open job's token.
        keeper: knows until when each job stays; without one nothing is removed.
    """
    if not jobs:
        return f"<p>{translate('jobs.none', language)}</p>"
    cards = "".join(_card(job, current, language, keeper) for job in jobs[:_SHOWN])
    return f'<div class="pc-jobs">{cards}</div>'


def kept_html(job: Job, keeper: Keeper | None, language: str) -> str:
    """Until when the job stays; a warning where it goes for want of disk space."""
    moment = keeper.leaves(job) if keeper is not None else None
    if moment is None:
        return ""
    is_early = job.state.leaves is not None
    sentence = translate("jobs.leaves" if is_early else "jobs.kept", language, day=day_text(moment, language))
    return f'<small class="{"pc-warn" if is_early else "pc-kept"}">{html.escape(sentence)}</small>'


def day_text(moment: float, language: str) -> str:
    """A day without its year, in the language's own form.

    Args:
        moment: seconds since the epoch.
    """
    from babel.dates import format_skeleton

    return str(format_skeleton("MMMMd", datetime.fromtimestamp(moment), locale=language))


def _card(job: Job, current: str | None, language: str, keeper: Keeper | None) -> str:
    name = html.escape(job.name, quote=True)
    picture = '<span class="pc-blank"></span>'
    if job.thumbnail() is not None:
        picture = f'<img src="{job_url(job.token, "thumbnail.jpg", job.state.clip or "")}" alt="" loading="lazy">'
    status = job.state.status
    if status in ("done", "new") and not job.state.bundle:
        status = "clip" if job.state.clip else "new"
    here = ' aria-current="true"' if job.token == current else ""
    stopped = job.state.status in ("failed", "cancelled", "interrupted")

    def button(action: str, ask: str = "", key: str = "") -> str:
        asked = f' data-ask="{html.escape(translate(ask, language), quote=True)}"' if ask else ""
        return (
            f'<button type="button" data-do="{action}"{asked}>{translate(key or f"jobs.{action}", language)}</button>'
        )

    return (
        f'<div class="pc-job" data-token="{job.token}" data-name="{name}"{here}>{picture}<div><b>{name}</b>'
        f"<small>{since(job.created)} · {translate(f'jobs.status_{status}', language)}</small>"
        f"{kept_html(job, keeper, language)}{button('open')}{button('resume', key=resume_key(job)) if stopped else ''}"
        f"{button('rename', 'jobs.new_name')}{button('delete', 'jobs.sure')}</div></div>"
    )


class JobsPanel:
    """``render()`` inside the page's blocks, ``listen(...)`` after every panel has rendered."""

    def __init__(self, context: AppContext) -> None:
        self.context = context

    def render(self) -> None:
        """The list."""
        with gr.Column(elem_id="pc-earlier"):
            gr.HTML(f'<h3 class="pc-part">{self.context.both("jobs.title")}</h3>')
            self.list = gr.HTML("", js_on_load=_JS)

    def listen(self, demo: gr.Blocks, session: Session, watch: Watch) -> None:
        """Keep the list true and do what its buttons ask."""
        context = self.context
        outputs = [session.message, *watch.outputs(session), self.list]

        def listed(token: str | None, request: gr.Request) -> str:
            try:
                jobs = context.workspace.jobs_of(context.owner(request))
            except PerscoachError as error:
                return f"<p>{html.escape(context.explain(error, request))}</p>"
            return jobs_html(jobs, token, context.language(request), context.queue.keeper)

        @said(context, len(outputs) - 1)
        def act(token: str | None, request: gr.Request, event: gr.EventData) -> list[Any]:
            asked = event._data if isinstance(event._data, dict) else {}
            job = context.open(asked.get("token"), request)
            sentence, shown = "", None if token is None else _still(context, token, request)
            if asked.get("action") == "rename":
                job.rename(str(asked.get("name", "")))
                shown = _still(context, token, request)
            elif asked.get("action") == "delete":
                context.workspace.delete(job)
                sentence = good(context.say("jobs.deleted", request, name=job.name))
                shown = None if job.token == token else shown
            elif asked.get("action") == "resume":
                context.queue.resume(job)
                shown = job.refresh()
            elif asked.get("action") == "open":
                shown = job
            here = shown.token if shown is not None else None
            return [sentence, *watch.show(shown, request), listed(here, request)]

        self.list.select(act, session.token, outputs, **OPENS)
        session.seen.change(listed, session.token, self.list, queue=False, **QUIET)
        demo.load(listed, session.token, self.list, queue=False, **QUIET)


def _still(context: AppContext, token: str | None, request: Any) -> Job | None:
    try:
        return context.open(token, request)
    except PerscoachError:
        return None
