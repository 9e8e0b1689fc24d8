"""The Pose step: every N-th frame, smoothing; engine, camera, SAM 3D Body's own options and the files for 3D programs, folded."""

from __future__ import annotations

import dataclasses
from typing import Any

import gradio as gr

from perscoach.avatar.options import NAMES, RESTS
from perscoach.avatar.rigging import RigSettings
from perscoach.core.errors import PerscoachError
from perscoach.core.messages import translate
from perscoach.pose.base import DETAILS, LENSES, PERSONS, PoseSettings
from perscoach.recipe import Recipe
from perscoach.ui.bundle.sizes import time_text
from perscoach.ui.context import AppContext
from perscoach.ui.controls import store_changes, with_values
from perscoach.ui.engines import engine_html
from perscoach.ui.getting import Getting
from perscoach.ui.message import QUIET, lead, next_button
from perscoach.ui.session import Session


class PosePanel:
    """``render()`` inside the page's blocks, ``listen(session)`` after every panel has rendered."""

    def __init__(self, context: AppContext) -> None:
        self.context = context
        self.heavy = Getting(context, "pose_landmarker_heavy", "getting.heavy")

    def render(self) -> None:
        """Two sliders; the rest folded, with what will run said above."""
        t, default = self.context.t, PoseSettings()
        gr.HTML(lead(self.context, "pose"))
        with gr.Column(elem_classes="pc-needs-clip"):
            self.availability = gr.HTML("", elem_id="pc-pose-engine")
            self.heavy.render()
            with gr.Row():
                self.skip = gr.Slider(1, 10, 1, step=1, label=t("pose.skip"), info=t("pose.skip_info"), min_width=300)
                self.smoothing = gr.Slider(
                    0,
                    1,
                    default.smoothing,
                    step=0.05,
                    label=t("pose.smoothing"),
                    info=t("pose.smoothing_info"),
                    min_width=300,
                )
            self.trainer = gr.HTML("")
            with gr.Accordion(t("pose.advanced"), open=False, elem_id="pc-pose-advanced"):
                self._render_advanced(default)
            with gr.Accordion(t("pose.files"), open=False, elem_id="pc-pose-files"):
                self._render_files(default)
            gr.HTML(next_button(self.context, "bundle"))

    def _render_advanced(self, default: PoseSettings) -> None:
        """What an engine does not look at is not on the screen: see ``asks_for`` and the page's styles."""
        t = self.context.t
        self.engine = gr.Radio(self._choices("", self.engines()), value=default.engine, label=t("pose.engine"))
        with gr.Column(elem_classes="pc-of-mediapipe"):
            models = self._choices("model_", ("auto", "lite", "full", "heavy"))
            self.model = gr.Radio(models, value=default.model, label=t("pose.model"))
        with gr.Column(elem_classes="pc-of-lens"):
            self.lens = gr.Radio(
                self._choices("lens_", LENSES), value=default.lens, label=t("pose.lens"), info=t("pose.lens_info")
            )
            with gr.Column(elem_classes="pc-of-custom-lens"):
                self.lens_mm = gr.Number(
                    default.lens_mm, label=t("pose.lens_mm"), info=t("pose.lens_mm_info"), minimum=8, maximum=400
                )
        with gr.Column(elem_classes="pc-of-sam3d"):
            self.hands = gr.Checkbox(default.hands, label=t("pose.hands"), info=t("pose.hands_info"))
            self.person = gr.Radio(
                self._choices("person_", PERSONS),
                value=default.person,
                label=t("pose.person"),
                info=t("pose.person_info"),
            )

    def _render_files(self, default: PoseSettings) -> None:
        """How the body is stored: nothing here changes the movement."""
        t, rig = self.context.t, RigSettings()
        self.rest = gr.Radio(
            self._choices("rest_", RESTS), value=rig.rest, label=t("pose.rest"), info=t("pose.rest_info")
        )
        self.names = gr.Radio(
            self._choices("names_", NAMES), value=rig.names, label=t("pose.names"), info=t("pose.names_info")
        )
        self.in_place = gr.Checkbox(rig.in_place, label=t("pose.in_place"), info=t("pose.in_place_info"))
        self.detail = gr.Radio(
            self._choices("detail_", DETAILS), value=default.detail, label=t("pose.detail"), info=t("pose.detail_info")
        )

    def _choices(self, prefix: str, names: tuple[str, ...]) -> list[tuple[Any, str]]:
        return [(self.context.t(f"pose.{prefix}{name}"), name) for name in names]

    @staticmethod
    def engines() -> tuple[str, ...]:
        """What can be asked for; the recorded engine only where a recording is."""
        from perscoach.pose import registry

        recorded = registry.availability().get("recorded")
        return ("auto", "sam3d", "mediapipe", *(("recorded",) if recorded is not None and recorded.ok else ()))

    @property
    def controls(self) -> dict[str, Any]:
        """Setting to component."""
        common = {"engine": self.engine, "model": self.model, "skip": self.skip, "smoothing": self.smoothing}
        camera = {"lens": self.lens, "lens_mm": self.lens_mm}
        return {**common, **camera, "hands": self.hands, "detail": self.detail, "person": self.person}

    @property
    def rig_controls(self) -> dict[str, Any]:
        """Setting of the files for 3D programs to component."""
        return {"rest": self.rest, "names": self.names, "in_place": self.in_place}

    def listen(self, session: Session) -> None:
        """Wire it up."""
        context = self.context

        def save(token: str | None, values: dict[str, Any], request: gr.Request) -> list[Any]:
            pose = {name: values[name] for name in self.controls}
            rig = {name: values[name] for name in self.rig_controls}

            def change(recipe: Recipe) -> Recipe:
                return dataclasses.replace(
                    recipe, pose=with_values(recipe.pose, pose), rig=with_values(recipe.rig, rig)
                )

            job = context.edit(token, request, change)
            clip = job.clip()
            return [self.engine_line(job.state.recipe.pose, context.language(request), clip.frames if clip else 0)]

        self.heavy.listen(session)
        store_changes(context, session, {**self.controls, **self.rig_controls}, save, [self.availability])
        filled = [*self.controls.values(), *self.rig_controls.values(), self.availability, self.trainer]
        session.clip.change(self.fill, session.token, filled, queue=False, **QUIET)

    def engine_line(self, settings: PoseSettings, language: str, frames: int = 0) -> str:
        """What will run, how long a clip of so many frames may take, and what is missing for the others."""
        from perscoach.pose import registry

        found = registry.availability(settings.model)
        line = engine_html("pose", found, lambda: registry.choose(settings), language)
        try:
            runs = registry.choose(settings)[0]
        except PerscoachError:
            runs = settings.engine
        seconds = expected_seconds(runs, -(-frames // settings.skip)) if found.get(runs) and found[runs].ok else 0.0
        if seconds:
            line += f'<p class="pc-wait">{translate("pose.wait", language, time=time_text(seconds, language))}</p>'
        return f'<div id="pc-pose-asks" data-asks="{asks_for(runs, settings.lens)}">{line}</div>'

    def fill(self, token: str | None, request: gr.Request) -> list[Any]:
        """Show the open job's settings."""
        try:
            job = self.context.open(token, request)
            clip = job.clip()
        except PerscoachError:
            return [gr.skip()] * (len(self.controls) + len(self.rig_controls) + 2)
        settings = job.state.recipe.pose
        language = self.context.language(request)
        words = translate("pose.trainer_known" if settings.trainer else "pose.trainer", language)
        values = [getattr(settings, name) for name in self.controls]
        line = self.engine_line(settings, language, clip.frames if clip else 0)
        rig = [getattr(job.state.recipe.rig, name) for name in self.rig_controls]
        return [*values, *rig, line, f"<p>{words}</p>"]


def expected_seconds(engine: str, frames: int) -> float:
    """About how long an engine needs for so many frames, where that is long enough to be told before it starts; else 0."""
    from perscoach.pose import sam3d

    return frames * sam3d.SECONDS_ON_CPU if engine == "sam3d" and not sam3d.has_gpu() else 0.0


def asks_for(engine: str, lens: str) -> str:
    """Which groups of settings matter, for the page's styles: ``mediapipe``, ``sam3d``, ``lens``, ``custom-lens``.

    Args:
        engine: the one that will run, or that was asked for.
    """
    groups = [engine, "lens"] if engine in ("mediapipe", "sam3d") else []
    return " ".join([*groups, "custom-lens"] if groups and lens == "custom" else groups)
