"""Who the trainer is: everybody in a frame of the room with a box, and a click on one of them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import SettingsError
from perscoach.core.progress import Quiet
from perscoach.people.tracking import Box, box_of_points, iou
from perscoach.ui.context import AppContext
from perscoach.ui.controls import for_preview, with_part
from perscoach.ui.message import QUIET, good, said
from perscoach.ui.session import Session

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job
    from perscoach.media import Clip
    from perscoach.people.everyone import Person
    from perscoach.recipe import Recipe

_LONGEST = 720  # pixels of the shown picture's longer side
_TRAINER, _OTHER = (45, 212, 191), (240, 240, 240)
_FONTS = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "NotoSans-Regular.ttf", "arial.ttf", "Arial Unicode.ttf")
_SAME = 0.3  # overlap from which a box is the trainer's


class PeopleBox:
    """The part of the Cut-out step in which the trainer is chosen."""

    def __init__(self, context: AppContext) -> None:
        self.context = context
        self._turn = threading.Semaphore(1)

    def render(self) -> None:
        """The room with boxes, folded until somebody needs it."""
        t = self.context.t
        with gr.Accordion(t("matte.several"), open=False, elem_id="pc-matte-people") as self.fold:
            gr.HTML(f"<p>{self.context.both('matte.several_lead')}</p>")
            self.room = gr.Image(
                label=t("matte.room"), format="jpeg", height=460, interactive=False, buttons=[], elem_id="pc-matte-room"
            )
            self.found = gr.HTML("")
            self.clear = gr.Button(t("matte.trainer_clear"), size="sm")
        self.opened = gr.State(False)

    def listen(self, session: Session, frame: Any, after: Any) -> None:
        """Wire it up; ``after`` is given what changes the trainer, to look again when it succeeded."""
        context, outputs = self.context, [session.message, self.room, self.found]
        heavy = for_preview(self.room)

        @said(context, 2)
        def show(token: str | None, index: float, opened: bool, request: gr.Request) -> list[Any]:
            return self.show(token, index, request) if token and opened else [gr.skip()] * 3

        @said(context, 2)
        def click(
            token: str | None, index: float, picture: Array | None, event: gr.SelectData, request: gr.Request
        ) -> list[Any]:
            if not token or picture is None or not isinstance(event.index, (list, tuple)):
                return [gr.skip()] * 3
            x, y = event.index
            return self.choose(token, index, (x / picture.shape[1], y / picture.shape[0]), request)

        @said(context)
        def clear(token: str | None, request: gr.Request) -> str:
            self._store(token, None, request)
            return good(context.say("matte.trainer_cleared", request))

        inputs = [session.token, frame, self.opened]
        self.fold.expand(lambda: True, None, self.opened, queue=False, **QUIET).then(show, inputs, outputs, **heavy)
        self.fold.collapse(lambda: False, None, self.opened, queue=False, **QUIET)
        gr.on([frame.release], show, inputs, outputs, **heavy)
        after(self.room.select(click, [session.token, frame, self.room], outputs, **heavy))
        cleared = self.clear.click(clear, session.token, session.message, queue=False, **QUIET)
        cleared.success(show, inputs, outputs, **heavy)
        after(cleared)
        emptied = session.clip.change(lambda: (None, ""), None, [self.room, self.found], queue=False, **QUIET)
        emptied.then(show, inputs, outputs, **heavy)

    # what happens ----------------------------------------------------------------------------------------------------

    def show(self, token: str | None, index: float, request: Any) -> list[Any]:
        """The frame with everybody in it: message, picture, and who the trainer is in words."""
        job = self.context.open(token, request)
        clip = job.clip()
        if clip is None:
            return [gr.skip()] * 3
        at = int(min(max(index, 0), clip.frames - 1))
        rgb, people = clip.frame(at), self._people(job, clip, at)
        trainer = trainer_among(people, followed_box(job, clip, at))
        return [gr.skip(), drawn(rgb, people, trainer, self._word(request)), self._line(people, trainer, request)]

    def choose(self, token: str | None, index: float, point: tuple[float, float], request: Any) -> list[Any]:
        """The person at ``point`` of frame ``index`` is the trainer from the clip's beginning on.

        Raises:
            SettingsError: nobody is there.
        """
        from perscoach.people.everyone import Everyone, at_point, at_the_beginning

        job = self.context.open(token, request)
        clip = job.clip()
        if clip is None:
            return [gr.skip()] * 3
        at = int(min(max(index, 0), clip.frames - 1))
        with self._turn:
            everyone = Everyone(_model(job))
            try:
                rgb = clip.frame(at)
                people = everyone.people(rgb)
                chosen = at_point(people, point)
                if chosen is None:
                    raise SettingsError("matte.nobody_there")
                start = at_the_beginning(clip, at, people[chosen], everyone, Quiet())
            finally:
                everyone.close()
        self._store(token, start, request)
        line = self._line(people, chosen, request)
        message = good(self.context.say("matte.trainer_set", request))
        return [message, drawn(rgb, people, chosen, self._word(request)), line]

    def _people(self, job: Job, clip: Clip, index: int) -> list[Person]:
        from perscoach.people.everyone import Everyone

        with self._turn:
            everyone = Everyone(_model(job))
            try:
                return everyone.people(clip.frame(index))
            finally:
                everyone.close()

    def _store(self, token: str | None, point: tuple[float, float] | None, request: Any) -> None:
        """The same person for the matte and for the movement."""

        def change(recipe: Recipe) -> Recipe:
            return with_part(with_part(recipe, "matting", trainer=point), "pose", trainer=point)

        self.context.edit(token, request, change)

    def _word(self, request: Any) -> str:
        return self.context.say("matte.trainer_tag", request)

    def _line(self, people: list[Person], trainer: int | None, request: Any) -> str:
        if not people:
            return good(self.context.say("matte.nobody_here", request))
        told = "matte.people_trainer" if trainer is not None else "matte.people_unknown"
        return good(self.context.say(told, request, people=len(people)))


def followed_box(job: Job, clip: Clip, index: int) -> Box | None:
    """Where the trainer is in a frame as the pass with the job's present settings followed them.

    Before that pass has run, the point in the first frame that stands for the trainer, if one was chosen; else ``None``.
    """
    from perscoach.core.store import store_of
    from perscoach.people.watch import watch

    settings = job.state.recipe.people()
    marks = watch(clip, settings, store_of(job.folder)).stored_image(index)
    if marks is not None:
        return box_of_points(np.asarray(marks[:, :2], np.float64))
    if settings.trainer is None or index:
        return None
    x, y = settings.trainer
    return x - 0.01, y - 0.01, x + 0.01, y + 0.01


def trainer_among(people: list[Person], box: Box | None) -> int | None:
    """Which of ``people`` is at ``box``; ``None`` where nobody is, or nothing is known."""
    if box is None or not people:
        return None
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2

    def here(one: Person) -> float:
        inside = one.box[0] <= x <= one.box[2] and one.box[1] <= y <= one.box[3]
        return iou(one.box, box) + (1.0 if inside and box[2] - box[0] < 0.05 else 0.0)

    best = max(range(len(people)), key=lambda i: here(people[i]))
    return best if here(people[best]) > _SAME else None


def drawn(rgb: Array, people: list[Person], trainer: int | None, word: str) -> Array:
    """The room (H, W, 3) uint8, made smaller, with a box round everybody and ``word`` at the trainer's."""
    import cv2
    from PIL import Image, ImageDraw

    height, width = rgb.shape[:2]
    scale = min(1.0, _LONGEST / max(height, width))
    picture = Image.fromarray(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    pen, (w, h) = ImageDraw.Draw(picture), picture.size
    order = sorted(range(len(people)), key=lambda i: i == trainer)  # the trainer's lies on top
    for i in order:
        x0, y0, x1, y1 = _around(people[i].box)
        corners = [x0 * w, y0 * h, max(x1 * w, x0 * w + 1), max(y1 * h, y0 * h + 1)]
        mine = i == trainer
        pen.rectangle(corners, outline=(0, 0, 0), width=6 if mine else 4)
        inner = [
            corners[0] + 1,
            corners[1] + 1,
            max(corners[2] - 1, corners[0] + 2),
            max(corners[3] - 1, corners[1] + 2),
        ]
        pen.rectangle(inner, outline=_TRAINER if mine else _OTHER, width=4 if mine else 2)
        if mine:
            left, top = corners[0], max(0.0, corners[1] - 26)
            font = _font(word)
            right = left + (26 if font is None else pen.textlength(word, font=font) + 14)
            pen.rectangle([left, top, right, top + 26], fill=_TRAINER)
            if font is None:
                pen.line([(left + 6, top + 14), (left + 11, top + 19), (left + 20, top + 7)], fill=(0, 0, 0), width=3)
            else:
                pen.text((left + 7, top + 2), word, fill=(0, 0, 0), font=font)
    return np.asarray(picture)


def _font(word: str) -> Any | None:
    """A font that has the word's letters: PIL's own has Latin ones only. ``None`` where there is none: a tick says the same."""
    from PIL import ImageFont

    if word.isascii():
        return ImageFont.load_default(18)
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, 18)
        except OSError:
            continue
    return None


def _around(box: Box) -> Box:
    """The box to show: landmarks end at the eyes, the ankles and the hips' middle."""
    wide, tall = box[2] - box[0], box[3] - box[1]
    side = max(0.12 * wide, 0.04 * tall)
    return (
        max(0.0, box[0] - side),
        max(0.0, box[1] - 0.1 * tall),
        min(1.0, box[2] + side),
        min(1.0, box[3] + 0.04 * tall),
    )


def _model(job: Job) -> Any:
    from perscoach.models import path_of

    return path_of(job.state.recipe.people().weights)
