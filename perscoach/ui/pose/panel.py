"""The Pose step: engine, every N-th frame, smoothing."""

from __future__ import annotations

import dataclasses
from typing import Any

import gradio as gr

from perscoach.errors import PerscoachError
from perscoach.pose.base import PoseSettings
from perscoach.ui.context import AppContext
from perscoach.ui.engines import engine_html
from perscoach.ui.message import QUIET, lead, next_button, said
from perscoach.ui.session import Session
from perscoach.ui.texts import pick

FIELDS = ("engine", "model", "skip", "smoothing")


class PosePanel:
    """``render()`` inside the page's blocks, ``listen(session)`` after every panel has rendered."""

    def __init__(self, context: AppContext) -> None:
        self.context = context

    def render(self) -> None:
        """Two sliders; the engine folded, with what will run said above."""
        t = self.context.t
        gr.HTML(lead(self.context, "pose"))
        with gr.Column(elem_classes="pc-needs-clip"):
            self.availability = gr.HTML("")
            with gr.Row():
                self.skip = gr.Slider(1, 10, 1, step=1, label=t("pose.skip"), info=t("pose.skip_info"), min_width=300)
                self.smoothing = gr.Slider(
                    0,
                    1,
                    PoseSettings().smoothing,
                    step=0.05,
                    label=t("pose.smoothing"),
                    info=t("pose.smoothing_info"),
                    min_width=300,
                )
            self.trainer = gr.HTML("")
            with gr.Accordion(t("pose.advanced"), open=False):
                engines = [(t(f"pose.{name}"), name) for name in ("auto", "sam3d", "mediapipe")]
                self.engine = gr.Radio(engines, value="auto", label=t("pose.engine"))
                models = [(t(f"pose.model_{name}"), name) for name in ("lite", "full", "heavy")]
                self.model = gr.Radio(models, value="full", label=t("pose.model"))
            gr.HTML(next_button(self.context, "bundle"))

    @property
    def controls(self) -> list[Any]:
        """In the order of ``FIELDS``."""
        return [self.engine, self.model, self.skip, self.smoothing]

    def listen(self, session: Session) -> None:
        """Wire it up."""
        context = self.context

        @said(context, 1)
        def save(token: str | None, engine: str, model: str, skip: float, smoothing: float,
                 request: gr.Request) -> list[Any]:  # fmt: skip
            job = context.open(token, request)
            settings = dataclasses.replace(
                job.state.recipe.pose, engine=engine, model=model, skip=int(skip), smoothing=float(smoothing)
            )
            context.change(token, request, pose=settings)
            return ["", self.engine_line(settings, context.language(request))]

        changed = [self.engine.input, self.model.input]
        changed += [self.skip.input, self.skip.release, self.smoothing.input, self.smoothing.release]
        gr.on(
            changed,
            save,
            [session.token, *self.controls],
            [session.message, self.availability],
            queue=False,
            trigger_mode="always_last",
            **QUIET,
        )
        filled = [*self.controls, self.availability, self.trainer]
        session.clip.change(self.fill, session.token, filled, queue=False, **QUIET)

    def engine_line(self, settings: PoseSettings, language: str) -> str:
        """What will run, and what is missing for the others."""
        from perscoach.pose import registry

        return engine_html("pose", registry.availability(settings.model), lambda: registry.choose(settings), language)

    def fill(self, token: str | None, request: gr.Request) -> list[Any]:
        """Show the open job's settings."""
        try:
            job = self.context.open(token, request)
        except PerscoachError:
            return [gr.skip()] * (len(FIELDS) + 2)
        settings = job.state.recipe.pose
        language = self.context.language(request)
        words = pick("pose.trainer_known" if settings.trainer else "pose.trainer", language)
        values = [getattr(settings, name) for name in FIELDS]
        return [*values, self.engine_line(settings, language), f"<p>{words}</p>"]
