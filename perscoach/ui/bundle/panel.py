"""The Bundle step: what goes in, making it, following it, the result."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.errors import PerscoachError
from perscoach.core.messages import translate
from perscoach.media.types import ExportSettings
from perscoach.ui.bundle import forecast
from perscoach.ui.bundle.compare import ComparePart, compares
from perscoach.ui.bundle.mirror import MirrorPart
from perscoach.ui.bundle.score import ScorePart
from perscoach.ui.bundle.sizes import size_text, time_text
from perscoach.ui.bundle.views import progress_html, result_html
from perscoach.ui.context import AppContext
from perscoach.ui.controls import act_on_job, idle, resume_key, store_changes, with_values
from perscoach.ui.message import QUIET, lead
from perscoach.ui.session import Session
from perscoach.ui.watch import result_mark

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job
    from perscoach.ui.watch import Watch

QUALITIES = ("draft", "standard", "archive")


class BundlePanel:
    """``render()`` inside the page's blocks, ``listen(session, watch)`` after every panel has rendered."""

    def __init__(self, context: AppContext) -> None:
        self.context = context
        self.compare = ComparePart(context)
        self.mirror = MirrorPart(context)
        self.score = ScorePart(context)

    def render(self, viewer: Any) -> None:
        """Settings, the main button, progress, result; ``viewer`` renders the 3D body below the video."""
        t = self.context.t
        default = ExportSettings()
        gr.HTML(lead(self.context, "bundle"))
        with gr.Column(elem_classes="pc-needs-clip"):
            with gr.Accordion(t("bundle.options"), open=True, elem_id="pc-options") as self.options:
                names = [(t(f"bundle.{name}"), name) for name in QUALITIES]
                self.quality = gr.Radio(names, value=default.quality, label=t("bundle.quality"), elem_id="pc-quality")
                with gr.Row(elem_classes="pc-checks"):
                    self.mov = gr.Checkbox(default.mov, label=t("bundle.mov"), min_width=290)
                    self.audio = gr.Checkbox(default.audio, label=t("bundle.audio"), min_width=120)
                    self.frames = gr.Checkbox(default.frames, label=t("bundle.frames"), min_width=290)
            with gr.Row(elem_id="pc-acts"):
                self.run = gr.Button(t("bundle.run"), variant="primary", size="lg", elem_id="pc-run")
                self.resume = gr.Button(t("bundle.resume"), size="lg", visible=False, elem_id="pc-resume")
                self.cancel = gr.Button(t("bundle.cancel"), size="lg", visible=False, elem_id="pc-cancel")
            self.progress = gr.HTML("", elem_id="pc-progress")
            with gr.Column(elem_classes="pc-needs-result"):
                self.result = gr.HTML("", elem_id="pc-result")
                self.mirror.render()
                self.score.render()
                gr.HTML(f'<h3 class="pc-part">{self.context.both("viewer_title")}</h3>')
                self.compare.render()
                viewer.render()

    def listen(self, session: Session, watch: Watch) -> None:
        """Wire it up."""
        self._listen_settings(session)
        self._listen_work(session, watch)
        self.compare.listen(session, watch)
        self.mirror.listen(session)
        self.score.listen(session)
        session.seen.change(
            self.follow,
            session.token,
            [self.progress, self.run, self.resume, self.cancel],
            queue=False,
            **QUIET,
        )
        session.result.change(
            # with a result on the screen the settings step back
            lambda mark: gr.Accordion(open=not mark),
            session.result,
            self.options,
            queue=False,
            **QUIET,
        )
        gr.on(
            [session.result.change, session.seen.change],
            self.finished,
            [session.token, session.result],
            self.result,
            queue=False,
            **QUIET,
        )

    def _listen_settings(self, session: Session) -> None:
        context = self.context
        controls = {"quality": self.quality, "mov": self.mov, "frames": self.frames, "audio": self.audio}

        def save(token: str | None, values: dict[str, Any], request: gr.Request) -> list[Any]:
            job = context.edit(
                token, request, lambda recipe: dataclasses.replace(recipe, export=with_values(recipe.export, values))
            )
            # the words alone: the next choice may have been made before this answer arrives
            return [gr.Radio(self.qualities(job, context.language(request)))]

        store_changes(context, session, controls, save, [self.quality])
        session.clip.change(self.fill, session.token, list(controls.values()), queue=False, **QUIET)

    def _listen_work(self, session: Session, watch: Watch) -> None:
        context, queue = self.context, self.context.queue
        act_on_job(context, session, watch, self.run, lambda job: queue.submit(idle(job)), "bundle.queued")
        act_on_job(context, session, watch, self.resume, queue.resume)
        act_on_job(context, session, watch, self.cancel, queue.cancel, "bundle.stopping")

    def fill(self, token: str | None, request: gr.Request) -> list[Any]:
        """Show the open job's settings."""
        try:
            job = self.context.open(token, request)
        except PerscoachError:
            return [gr.skip()] * 4
        settings = job.state.recipe.export
        quality = self.qualities(job, self.context.language(request))
        return [gr.Radio(quality, value=settings.quality), settings.mov, settings.frames, settings.audio]

    def qualities(self, job: Job, language: str) -> list[tuple[str, str]]:
        """The three qualities with the size that each package would have."""
        clip, recipe = job.clip(), job.state.recipe
        named = []
        for name in QUALITIES:
            text = translate(f"bundle.{name}", language)
            if clip is not None:
                size = forecast.size(clip, dataclasses.replace(recipe.export, quality=name), recipe.pose.detail)
                text = translate("bundle.about", language, name=text, size=size_text(size, language))
            named.append((text, name))
        return named

    def expected(self, job: Job, language: str) -> str:
        """How long the package will take here, as HTML; where this machine has made none yet, that it is not known."""
        clip = job.clip()
        if clip is None or job.busy:
            return ""
        seconds = forecast.seconds(self.context.workspace, job, clip)
        if seconds is None:
            words = translate("bundle.time_unknown", language)
        else:
            words = translate("bundle.time", language, time=time_text(seconds, language))
        return f'<p class="pc-note" id="pc-expected">{words}</p>'

    def follow(self, token: str | None, request: gr.Request) -> list[Any]:
        """Progress and the buttons that make sense now."""
        context = self.context
        job = _own(context, token, request)
        if job is None:
            return ["", gr.Button(visible=True), gr.Button(visible=False), gr.Button(visible=False)]
        language = context.language(request)
        aside = compares(job)  # it has its own place
        stopped = (
            job.state.status in ("failed", "cancelled", "interrupted") and job.state.wanted != ("clip",) and not aside
        )
        words = translate("bundle.run_again" if job.state.bundle else "bundle.run", language)
        return [
            ("" if aside else progress_html(job, context.queue.position(job), language)) + self.expected(job, language),
            # a run that was stopped has one way on: Resume takes the newest settings too
            gr.Button(
                words, visible=not job.busy and not stopped, variant="secondary" if job.state.bundle else "primary"
            ),
            gr.Button(translate(resume_key(job), language), visible=stopped, variant="primary"),
            gr.Button(visible=job.busy and not aside),
        ]

    def finished(self, token: str | None, mark: str, request: gr.Request) -> str:
        """The result, or nothing."""
        job = _own(self.context, token, request)
        if job is None or not mark:
            return ""
        return result_html(job, result_mark(job), self.context.language(request))


def _own(context: AppContext, token: str | None, request: Any) -> Job | None:
    try:
        return context.open(token, request)
    except PerscoachError:
        return None
