"""What the Colour step's page asks of the server. Every argument comes from a browser and is checked here.

Each function takes the page's words (a JSON value) and the request, and answers a JSON object: what was asked for, or
``{"error": [English, Russian]}``.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.checks import check_number, settings_from
from perscoach.core.errors import JobError, PerscoachError, SettingsError
from perscoach.core.messages import message
from perscoach.core.names import clean_name
from perscoach.grade import presets
from perscoach.grade.look import NONE, Look, check_stored, finish
from perscoach.grade.params import Grade
from perscoach.jobs import opening
from perscoach.matting.preview import stored_mattes
from perscoach.ui.colour.pictures import Kept, View, pack
from perscoach.ui.routes import job_url
from perscoach.ui.watch import clip_mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perscoach.jobs.workspace import Job
    from perscoach.media import Clip
    from perscoach.ui.context import AppContext

log = logging.getLogger(__name__)

Answer = dict[str, Any]
_PATIENCE = 20.0  # seconds that a request waits for its turn


def answered(function: Callable[..., Answer]) -> Callable[..., Answer]:
    """Turns an error into an answer; what is not meant for people is logged and said in general words."""

    @functools.wraps(function)
    def call(self: ColourService, data: Any, request: Any) -> Answer:
        try:
            return function(self, data if isinstance(data, dict) else {}, request)
        except PerscoachError as error:
            return {"error": error.message.to_json()}
        except Exception:
            log.exception("colour: %s failed", function.__name__)
            return {"error": message("colour.broken").to_json()}

    return call


class ColourService:
    """The server's side of the Colour step.

    Args:
        context: the app's; ``context.open(token, request)`` decides whose job it is.
    """

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._frames = Kept()
        self._people = Kept()
        self._decoding = threading.Semaphore(2)
        self._matting = threading.Semaphore(1)

    @answered
    def job(self, data: Any, request: Any) -> Answer:
        """``{token}`` → the clip's size and length, the job's grade and its look (or None)."""
        job = self._context.open(data.get("token"), request)
        clip, recipe = job.clip(), job.state.recipe
        answer: Answer = {"name": job.name, "grade": dataclasses.asdict(recipe.grade), "look": look_words(recipe.look)}
        answer["opening"] = opening_words(opening.read(job.folder))
        answer["clip"] = None
        if clip is not None:
            answer["clip"] = {
                "width": clip.width,
                "height": clip.height,
                "frames": clip.frames,
                "fps": float(clip.fps),
            }
            answer["address"] = job_url(job.token, "clip.mp4", clip_mark(job))
        return answer

    @answered
    def frame(self, data: Any, request: Any) -> Answer:
        """``{token, index, view}`` → the frame's own pixels."""
        _, clip, index, view = self._asked(data, request)
        with turn(self._decoding):
            (rgb,) = self._frames.get((str(clip.path), index), lambda: (clip.frame(index),))
        return _picture(view, clip, index, rgb)

    @answered
    def cutout(self, data: Any, request: Any) -> Answer:
        """``{token, index, view}`` → the person's own colours and alpha of that frame, as the export will have them."""
        job, clip, index, view = self._asked(data, request)
        recipe = job.state.recipe
        key = (str(clip.path), index, repr(recipe.matting), recipe.people(), stored_mattes(job.folder))
        with turn(self._matting):
            rgb, alpha = self._people.get(key, lambda: _person(clip, index, job))
        return _picture(view, clip, index, np.dstack((rgb, alpha)))

    @answered
    def save(self, data: Any, request: Any) -> Answer:
        """``{token, grade, look}`` → the grade and the look as stored with the job.

        ``look`` is None or ``{id, name, amount}`` of a table that the job keeps; where it is left out, the look stays.
        """
        grade = settings_from(Grade, data.get("grade"), "grade")
        rooms: dict[str, Any] = {"grade": grade}
        if "look" in data:
            rooms["look"] = self._look(data, request)
        job = self._context.edit(data.get("token"), request, lambda recipe: dataclasses.replace(recipe, **rooms))
        recipe = job.state.recipe
        return {"grade": dataclasses.asdict(recipe.grade), "look": look_words(recipe.look)}

    @answered
    def preset(self, data: Any, request: Any) -> Answer:
        """``{token, text}`` → the name and the grade in a preset file's text."""
        self._context.open(data.get("token"), request)
        text = data.get("text")
        if not isinstance(text, str):
            raise SettingsError("colour.preset_not_text")
        name, grade = presets.loads(text)
        return {"name": name, "grade": dataclasses.asdict(grade)}

    @answered
    def preset_file(self, data: Any, request: Any) -> Answer:
        """``{token, name, grade}`` → a preset file's name and content."""
        self._context.open(data.get("token"), request)
        name = _name(data)
        grade = settings_from(Grade, data.get("grade"), "grade")
        return {"file": presets.file_name(name), "value": presets.to_json(name, grade)}

    @answered
    def cube(self, data: Any, request: Any) -> Answer:
        """``{token, name, grade, look}`` → a ``.cube`` file's name and text: the grade, and the look where one is given."""
        job = self._context.open(data.get("token"), request)
        name = _name(data)
        grade = settings_from(Grade, data.get("grade"), "grade")
        look = self._look(data, request)
        with turn(self._decoding):
            text = finish(grade, look, job.folder).text(name or "perscoach V11")
        return {"file": presets.file_name(name, ".cube"), "text": text}

    def _look(self, data: Any, request: Any) -> Look:
        """The page's look; its table has to be the job's already."""
        job = self._context.open(data.get("token"), request)
        return check_stored(job.folder, look_from(data.get("look")))

    def _asked(self, data: Any, request: Any) -> tuple[Job, Clip, int, View]:
        job = self._context.open(data.get("token"), request)
        clip = job.clip()
        if clip is None:
            raise JobError("colour.no_clip")
        index = int(check_number("frame", data.get("index"), 0, clip.frames - 1))
        return job, clip, index, View.read(data.get("view"))


def look_words(look: Look) -> dict[str, Any] | None:
    """A look as the page has it: ``{id, name, amount}``, or None for none."""
    return dataclasses.asdict(look) if look.id else None


def opening_words(found: opening.Opening | None) -> dict[str, Any] | None:
    """Why the clip did not open with the House look, or None where it did."""
    if found is None or found.grade is None:
        return None
    return {"source": found.source, "house": found.house, "grade": dataclasses.asdict(found.grade)}


def look_from(value: Any) -> Look:
    """A look from the page's words.

    Raises:
        SettingsError: neither None nor a look.
    """
    return NONE if value is None else settings_from(Look, value, "look")


def _name(data: Any) -> str:
    name = data.get("name", "")
    return clean_name(name) if isinstance(name, str) else ""


def _picture(view: View, clip: Clip, index: int, planes: Array) -> Answer:
    x, y, w, h = view.part(clip.width, clip.height)
    shown = view.cut(planes)
    return {
        "index": index,
        "width": shown.shape[1],
        "height": shown.shape[0],
        "part": [x, y, w, h],
        "planes": pack(shown),
    }


def _person(clip: Clip, index: int, job: Job) -> tuple[Array, Array]:
    from perscoach.matting.preview import preview_cutout

    recipe = job.state.recipe
    return preview_cutout(clip, index, recipe.matting, job.folder, recipe.people(), "draft")


@contextmanager
def turn(gate: threading.Semaphore) -> Iterator[None]:
    """Few at a time: a page that asks too fast waits and never takes the machine."""
    if not gate.acquire(timeout=_PATIENCE):
        raise JobError("colour.busy")
    try:
        yield
    finally:
        gate.release()
