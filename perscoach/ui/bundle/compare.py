"""On a finished bundle: MediaPipe on the same clip, for the viewer to show beside the bundle's own movement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.errors import PerscoachError
from perscoach.jobs.state import EXTRAS
from perscoach.ui.bundle.made import engine_of
from perscoach.ui.bundle.views import progress_html
from perscoach.ui.context import AppContext
from perscoach.ui.controls import act_on_job, idle
from perscoach.ui.message import QUIET
from perscoach.ui.session import Session

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job
    from perscoach.ui.watch import Watch

SAME = "mediapipe"
"""A bundle of this engine has nothing to be compared with here."""


class ComparePart:
    """Stands above the viewer: the button, and while it works its progress and the way to stop it."""

    def __init__(self, context: AppContext) -> None:
        self.context = context

    def render(self) -> None:
        """Inside the result."""
        t = self.context.t
        with gr.Row(elem_id="pc-compare-acts", visible=False) as self.row:
            self.start = gr.Button(t("bundle.compare"), size="sm", elem_id="pc-compare", visible=False)
            self.stop = gr.Button(t("bundle.cancel"), size="sm", elem_id="pc-compare-stop", visible=False)
        self.progress = gr.HTML("", elem_id="pc-compare-progress")

    def listen(self, session: Session, watch: Watch) -> None:
        """Wire it up."""
        context, queue = self.context, self.context.queue

        def start(job: Job) -> None:
            queue.submit(idle(job), EXTRAS)

        act_on_job(context, session, watch, self.start, start, "bundle.comparing")
        act_on_job(context, session, watch, self.stop, queue.cancel, "bundle.stopping")
        shown = [self.row, self.start, self.stop, self.progress]
        gr.on([session.seen.change, session.result.change], self.follow, session.token, shown, queue=False, **QUIET)

    def follow(self, token: str | None, request: gr.Request) -> list[Any]:
        """What makes sense now: offer it, follow it, or neither."""
        context = self.context
        try:
            job = context.open(token, request)
        except PerscoachError:
            return [gr.Row(visible=False), gr.Button(visible=False), gr.Button(visible=False), ""]
        working = job.busy and compares(job)
        offered = not job.busy and offers(job)
        language = context.language(request)
        words = progress_html(job, context.queue.position(job), language, EXTRAS) if compares(job) else ""
        return [
            gr.Row(visible=working or offered),
            gr.Button(visible=offered),
            gr.Button(visible=working),
            words,
        ]


def compares(job: Job) -> bool:
    """Whether the job's last wish was a comparison."""
    return bool(job.state.wanted) and set(job.state.wanted) <= set(EXTRAS)


def offers(job: Job) -> bool:
    """Whether there is something to compare that was not compared yet."""
    engine = engine_of(job)
    return engine is not None and engine != SAME and job.comparison() is None
