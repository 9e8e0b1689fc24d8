"""The Matte step: engine, fixed camera, edges, trainer, painting, with one frame to judge them on."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.arrays import Array
from perscoach.core.errors import JobError, PerscoachError, SettingsError
from perscoach.matting.base import MattingSettings
from perscoach.ui.context import AppContext
from perscoach.ui.controls import for_preview, store_changes, with_part, with_values
from perscoach.ui.engines import engine_html
from perscoach.ui.matte import pictures
from perscoach.ui.matte.moving import MovingPicture
from perscoach.ui.matte.paint import PaintBox
from perscoach.ui.matte.people import PeopleBox
from perscoach.ui.matte.preview import FrameMattes
from perscoach.ui.message import QUIET, good, lead, next_button, said
from perscoach.ui.session import Session

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job
    from perscoach.recipe import Recipe

_MAX_PICTURE = 50_000_000
# the cut-out is made when somebody looks at it, not for every clip that is opened
SHOWN_JS = """
window.addEventListener("perscoach:step", (event) => { if (event.detail === "%s") trigger("shown"); });
"""
AGAIN_JS = """() => { const step = document.documentElement.dataset.step;
  if (step === "%s") window.dispatchEvent(new CustomEvent("perscoach:step", { detail: step })); }"""


class MattePanel:
    """``render()`` inside the page's blocks, ``listen(session)`` after every panel has rendered."""

    def __init__(self, context: AppContext) -> None:
        self.context = context
        self.mattes = FrameMattes()
        self.paint = PaintBox(context)
        self.people = PeopleBox(context)
        self.moving = MovingPicture(context)

    # what is on the screen -------------------------------------------------------------------------------------------

    def render(self) -> None:
        """Preview on top, the two edge sliders under it, the rest folded."""
        t = self.context.t
        gr.HTML(lead(self.context, "matte"))
        with gr.Column(elem_classes="pc-needs-clip"):
            self.hook = gr.HTML("", js_on_load=SHOWN_JS % "matte")
            self._render_preview()
            with gr.Row():
                self.softness = gr.Slider(
                    0, 1, 0, step=0.05, label=t("matte.softness"), buttons=["reset"], min_width=300
                )
                self.shift = gr.Slider(
                    -8,
                    8,
                    0,
                    step=0.5,
                    label=t("matte.shift"),
                    info=t("matte.shift_info"),
                    buttons=["reset"],
                    min_width=300,
                )
            self.people.render()
            self.moving.render()
            with gr.Accordion(t("matte.advanced"), open=False):
                self._render_advanced()
            with gr.Accordion(t("matte.paint"), open=False):
                self.paint.render()
            gr.HTML(next_button(self.context, "pose"))

    def _render_preview(self) -> None:
        t = self.context.t
        show: dict[str, Any] = {"interactive": False, "buttons": ["fullscreen"], "min_width": 300}
        with gr.Row():
            self.picture = gr.Image(
                label=t("matte.picture"), format="jpeg", height=460, elem_id="pc-matte-view", **show
            )
            self.detail = gr.Image(label=t("matte.detail"), format="png", height=460, elem_id="pc-matte-detail", **show)
        with gr.Row():
            self.frame = gr.Slider(0, 1, 0, step=1, label=t("matte.frame"), scale=2, min_width=300)
            choices = [(t(f"matte.{name}"), name) for name in pictures.BACKDROPS]
            self.backdrop = gr.Radio(choices, value="green", label=t("matte.backdrop"), scale=2, min_width=300)
        self.look = gr.State(None)

    def _render_advanced(self) -> None:
        t = self.context.t
        engines = [(t(f"matte.{name}"), name) for name in ("auto", "modnet", "mediapipe", "plate")]
        self.engine = gr.Radio(engines, value="auto", label=t("matte.engine"))
        self.availability = gr.HTML("")
        plates = [(t(f"matte.plate_{name}"), name) for name in ("auto", "off", "median", "picture")]
        self.plate = gr.Radio(plates, value="auto", label=t("matte.plate_use"), info=t("matte.plate_info"))
        self.plate_file = gr.File(label=t("matte.plate_upload"), file_types=["image"], height=160)
        with gr.Row():
            models = [(t(f"matte.model_{name}"), name) for name in ("video", "photo")]
            self.model = gr.Radio(models, value="video", label=t("matte.model"), min_width=260)
            sizes = [(t(f"matte.size_{name}"), name) for name in ("best", "fast")]
            self.size = gr.Radio(sizes, value="best", label=t("matte.size"), min_width=260)
        self.refine = gr.Checkbox(True, label=t("matte.refine"))

    @property
    def controls(self) -> dict[str, Any]:
        """Setting to component."""
        chosen = {"engine": self.engine, "model": self.model, "size": self.size, "refine": self.refine}
        return {**chosen, "plate": self.plate, "edge_softness": self.softness, "edge_shift": self.shift}

    # what happens ----------------------------------------------------------------------------------------------------

    def listen(self, session: Session) -> None:
        """Wire it up."""
        context = self.context
        views = [session.message, self.picture, self.detail, self.look]
        inputs = [session.token, self.frame, self.backdrop, self.look]
        show = said(context, 3)(self.show)
        heavy = for_preview(self.picture)
        self.hook.shown(show, inputs, views, **heavy)
        gr.on([self.frame.release, self.frame.input, self.backdrop.input], show, inputs, views, **heavy)

        kept = store_changes(context, session, self.controls, self.save, [self.availability])
        kept.success(show, inputs, views, **heavy)
        self.moving.listen(session)
        self._listen_zoom(show, inputs, views, heavy)
        self.people.listen(session, self.frame, after=lambda done: done.success(show, inputs, views, **heavy))
        self._listen_plate(session, show, inputs, views, heavy)
        self.paint.listen(session, self.frame, after=lambda done: done.success(show, inputs, views, **heavy))
        filled = [*self.controls.values(), self.frame, self.availability, self.picture, self.detail, self.look]
        session.clip.change(self.fill, session.token, filled, queue=False, **QUIET).then(
            fn=None, js=AGAIN_JS % "matte", api_visibility="private"
        )

    def show(self, token: str | None, index: float, backdrop: str, look: Any, request: gr.Request) -> list[Any]:
        """The chosen frame, cut out."""
        if not token:
            return [gr.skip()] * 4
        job = self.context.open(token, request)
        clip = job.clip()
        if clip is None:
            return [gr.skip()] * 4
        from perscoach.matting.preview import colour_of

        at, recipe = int(min(max(index, 0), clip.frames - 1)), job.state.recipe
        rgb, alpha = self.mattes.finished(job, clip, at)
        point = (float(look[0]), float(look[1])) if look else pictures.upper_edge(alpha)
        name = backdrop if backdrop in pictures.BACKDROPS else "green"
        colour = colour_of(clip, at, rgb, alpha, recipe.matting, job.folder, recipe.people())
        whole = pictures.cut_out(colour, alpha, name)
        seen = pictures.marked(whole, point)
        return [gr.skip(), seen, pictures.detail(whole, point), point]

    def save(self, token: str | None, values: dict[str, Any], request: Any) -> list[str]:
        """Store the controls' values in the job; the engine's line for them is returned."""

        def change(recipe: Recipe) -> Recipe:
            settings = with_values(recipe.matting, values)
            if settings.plate == "picture" and not settings.plate_picture:
                raise SettingsError("matte.plate_first")
            return dataclasses.replace(recipe, matting=settings)

        settings = self.context.edit(token, request, change).state.recipe.matting
        return [self.engine_line(settings, self.context.language(request))]

    def engine_line(self, settings: MattingSettings, language: str) -> str:
        """What will run, and what is missing for the others."""
        from perscoach.matting import registry

        return engine_html("matte", registry.availability(settings), lambda: registry.choose(settings), language)

    def _listen_zoom(self, show: Any, inputs: Any, views: Any, heavy: dict[str, Any]) -> None:
        def click(picture: Array | None, event: gr.SelectData) -> Any:
            if picture is None or not isinstance(event.index, (list, tuple)):
                return gr.skip()
            x, y = event.index
            return (min(1.0, max(0.0, x / picture.shape[1])), min(1.0, max(0.0, y / picture.shape[0])))

        self.picture.select(click, self.picture, self.look, queue=False, **QUIET).success(show, inputs, views, **heavy)

    def _listen_plate(self, session: Session, show: Any, inputs: Any, views: Any, heavy: dict[str, Any]) -> None:
        context = self.context

        @said(context, 3)
        def keep(path: str | None, token: str | None, request: gr.Request) -> list[Any]:
            job = context.open(token, request)
            name = keep_picture(Path(path or ""), job)
            recipe = job.edit(lambda recipe: with_part(recipe, "matting", plate="picture", plate_picture=name))
            line = self.engine_line(recipe.matting, context.language(request))
            return [good(context.say("matte.plate_kept", request)), None, "picture", line]

        outputs = [session.message, self.plate_file, self.plate, self.availability]
        kept = self.plate_file.upload(keep, [self.plate_file, session.token], outputs, queue=False, **QUIET)
        kept.success(show, inputs, views, **heavy)
        kept.then(lambda: None, None, self.plate_file, queue=False, **QUIET)  # a bad one makes room for another

    def fill(self, token: str | None, request: gr.Request) -> list[Any]:
        """Show the open job's settings."""
        skip = [gr.skip()] * (len(self.controls) + 2)
        try:
            job = self.context.open(token, request)
            clip = job.clip()
        except (JobError, PerscoachError):
            return [*skip, None, None, None]
        if clip is None:
            return [*skip, None, None, None]
        settings = job.state.recipe.matting
        values = [getattr(settings, name) for name in self.controls]
        frame = gr.Slider(maximum=max(1, clip.frames - 1), value=clip.frames // 2)
        return [*values, frame, self.engine_line(settings, self.context.language(request)), None, None, None]


def keep_picture(path: Path, job: Job) -> str:
    """Bring an uploaded picture into the job as an upright PNG named by its content.

    Raises:
        SettingsError: not a picture, or a huge one.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path, formats=["JPEG", "PNG", "WEBP"]) as image:
            if image.width * image.height > _MAX_PICTURE:
                raise ValueError("too large")
            upright = ImageOps.exif_transpose(image).convert("RGB")
        name = f"plate-{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}.png"
        upright.save(job.folder / name)
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise SettingsError("matte.plate_bad") from error
    path.unlink(missing_ok=True)
    return name
