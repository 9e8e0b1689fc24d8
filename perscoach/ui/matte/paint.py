"""Painting by hand: what is kept and what is dropped in every frame."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.arrays import Array
from perscoach.core.errors import SettingsError
from perscoach.ui.context import AppContext
from perscoach.ui.controls import with_part
from perscoach.ui.matte import pictures
from perscoach.ui.message import QUIET, good, said
from perscoach.ui.session import Session

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job

_LONGEST = 960  # the painted picture's longer side: a stroke needs no more, and the browser stays quick


class PaintBox:
    """The folded part of the Matte step with the brush."""

    def __init__(self, context: AppContext) -> None:
        self.context = context

    def render(self) -> None:
        """Brush with two colours, and what to do with the strokes."""
        t = self.context.t
        gr.HTML(f"<p>{self.context.both('matte.paint_lead')}</p>")
        self.load = gr.Button(t("matte.paint_load"), size="sm")
        colours: list[str | tuple[str, float]] = [_css(pictures.KEEP_COLOUR), _css(pictures.DROP_COLOUR)]
        self.editor = gr.ImageEditor(
            label=t("matte.paint"),
            type="numpy",
            format="png",
            sources=[],
            transforms=[],
            layers=False,
            brush=gr.Brush(colors=colours, default_color=colours[0], color_mode="fixed", default_size=24),
            eraser=gr.Eraser(default_size=24),
            height=560,
            elem_id="pc-paint",
        )
        with gr.Row():
            self.use = gr.Button(t("matte.paint_use"), variant="primary", size="sm")
            self.forget = gr.Button(t("matte.paint_forget"), size="sm")

    def listen(self, session: Session, frame: Any, after: Callable[[Any], Any]) -> None:
        """Wire it up; ``after`` is given what changes the painting, to look again when it succeeded."""
        context = self.context

        @said(context, 1)
        def load(token: str | None, index: float, request: gr.Request) -> list[Any]:
            job = context.open(token, request)
            clip = job.clip()
            if clip is None:
                return ["", gr.skip()]
            return ["", canvas(clip.frame(int(min(max(index, 0), clip.frames - 1))), _painted(job))]

        @said(context)
        def use(token: str | None, painted: dict[str, Any] | None, request: gr.Request) -> str:
            job = context.open(token, request)
            clip = job.clip()
            layers = [layer for layer in (painted or {}).get("layers", ()) if layer is not None]
            mask = pictures.mask_of_layers(layers, clip.width, clip.height) if clip is not None else None
            if mask is None:
                raise SettingsError("matte.paint_none")
            name = keep_mask(mask, job)
            self._paint_with(token, name, request)
            return good(context.say("matte.paint_used", request))

        @said(context, 1)
        def forget(token: str | None, request: gr.Request) -> list[Any]:
            self._paint_with(token, None, request)
            return [good(context.say("matte.paint_gone", request)), None]

        self.load.click(load, [session.token, frame], [session.message, self.editor], **QUIET)
        after(self.use.click(use, [session.token, self.editor], session.message, **QUIET))
        after(self.forget.click(forget, session.token, [session.message, self.editor], queue=False, **QUIET))
        session.clip.change(lambda: None, None, self.editor, queue=False, **QUIET)

    def _paint_with(self, token: str | None, name: str | None, request: Any) -> None:
        self.context.edit(token, request, lambda recipe: with_part(recipe, "matting", paint=name))


def canvas(rgb: Array, mask: Array | None) -> dict[str, Any]:
    """What the editor shows: the frame, and earlier strokes to go on with."""
    import cv2

    height, width = rgb.shape[:2]
    scale = min(1.0, _LONGEST / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    layers = []
    if mask is not None:
        layers = [pictures.strokes(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST))]
    return {"background": small, "layers": layers, "composite": None}


def keep_mask(mask: Array, job: Job) -> str:
    """Write the grey mask into the job under a name made from its content, so that a new painting is a new setting."""
    from PIL import Image

    from perscoach.core.files import atomic

    name = f"paint-{hashlib.sha256(mask.tobytes()).hexdigest()[:16]}.png"
    with atomic(job.folder / name) as part:
        Image.fromarray(mask).save(part)
    return name


def _painted(job: Job) -> Array | None:
    import numpy as np
    from PIL import Image

    name = job.state.recipe.matting.paint
    path = job.folder / name if name else None
    if path is None or not path.is_file():
        return None
    with Image.open(path, formats=["PNG"]) as image:
        return np.asarray(image.convert("L"))


def _css(colour: tuple[int, int, int]) -> str:
    return f"rgb({colour[0]}, {colour[1]}, {colour[2]})"
