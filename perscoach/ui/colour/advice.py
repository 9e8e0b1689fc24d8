"""What the page asks of the server for suggest and match: five numbers, and why in words."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import threading
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.checks import check_number
from perscoach.core.errors import JobError, SettingsError
from perscoach.grade.advice.match import match
from perscoach.grade.advice.picture import SIDE
from perscoach.grade.advice.subject import Subject, subject_of_clip, subject_of_picture
from perscoach.grade.advice.suggest import suggest
from perscoach.matting.preview import stored_mattes
from perscoach.ui.colour.pictures import Kept
from perscoach.ui.colour.service import Answer, answered, turn

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job
    from perscoach.ui.context import AppContext

_LEAST_SIDE = 8
_KEPT_BYTES = 8 << 20  # some eighty clips' samples


class AdviceService:
    """The server's side of suggest and match; one request is worked on at a time.

    Args:
        context: the app's; ``context.open(token, request)`` decides whose job it is.
    """

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._subjects = Kept(_KEPT_BYTES)
        self._working = threading.Semaphore(1)

    @answered
    def suggest(self, data: Any, request: Any) -> Answer:
        """``{token}`` → ``{grade, why}``; ``why`` is a list of sentences, each [English, Russian]."""
        job = self._context.open(data.get("token"), request)
        with turn(self._working):
            found = suggest(self._subject(job))
        return {"grade": dataclasses.asdict(found.grade), "why": [reason.to_json() for reason in found.messages]}

    @answered
    def match(self, data: Any, request: Any) -> Answer:
        """``{token, width, height, rgb, alpha?}`` → ``{grade, before, after, why}``.

        ``rgb`` is base64 of height x width x 3 bytes, ``alpha`` of height x width; sides of at most ``picture.SIDE``.
        ``before`` and ``after`` are mean CIEDE2000 differences to the picture.
        """
        job = self._context.open(data.get("token"), request)
        width, height = (int(check_number(side, data.get(side), _LEAST_SIDE, SIDE)) for side in ("width", "height"))
        rgb = _bytes(data.get("rgb"), (height, width, 3))
        alpha = None if data.get("alpha") is None else _bytes(data["alpha"], (height, width))
        with turn(self._working):
            found = match(self._subject(job), subject_of_picture(rgb, alpha))
        return {
            "grade": dataclasses.asdict(found.grade),
            "before": round(found.before, 2),
            "after": round(found.after, 2),
            "why": [reason.to_json() for reason in found.messages],
        }

    def _subject(self, job: Job) -> Subject:
        clip = job.clip()
        if clip is None:
            raise JobError("colour.no_clip")
        settings = job.state.recipe.matting

        def look() -> tuple[Array, ...]:
            subject = subject_of_clip(clip, settings, job.folder)
            return subject.rgb, subject.skin

        rgb, skin = self._subjects.get((str(clip.path), repr(settings), stored_mattes(job.folder)), look)
        return Subject(rgb, skin)


def functions(context: AppContext) -> list[Any]:
    """The server functions of this part, as Gradio calls them (see ``panel.server_functions``)."""
    service = AdviceService(context)

    def suggest(data: Any, request: gr.Request) -> Any:
        return service.suggest(data, request)

    def match(data: Any, request: gr.Request) -> Any:
        return service.match(data, request)

    return [suggest, match]


def _bytes(text: Any, shape: tuple[int, ...]) -> Array:
    """The picture (uint8, ``shape``) in a page's base64.

    Raises:
        SettingsError: not base64, or not as many bytes as the shape has.
    """
    count = int(np.prod(shape))
    try:
        if not isinstance(text, str) or len(text) != 4 * -(-count // 3):
            raise ValueError
        return np.frombuffer(base64.b64decode(text, validate=True), np.uint8).reshape(shape)
    except (ValueError, binascii.Error):
        raise SettingsError("colour.picture_incomplete") from None
