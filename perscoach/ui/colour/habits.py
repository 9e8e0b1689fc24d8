"""What the page asks of the server about the coach's other jobs: which there are, and taking this clip's colour there."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.checks import settings_from
from perscoach.core.errors import JobError, PerscoachError
from perscoach.grade.look import NONE, Look, bring
from perscoach.grade.params import Grade
from perscoach.ui.colour.service import Answer, answered
from perscoach.ui.routes import job_url

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job
    from perscoach.ui.context import AppContext

_SHOWN = 60  # jobs in the list, newest first


class CopyService:
    """The server's side of copying.

    Args:
        context: the app's; ``context.open(token, request)`` decides whose job it is.
    """

    def __init__(self, context: AppContext) -> None:
        self._context = context

    @answered
    def jobs(self, data: Any, request: Any) -> Answer:
        """``{token}`` → ``{jobs: [{token, name, created, thumbnail, busy}]}``: the same owner's others that have a clip.

        ``created`` is seconds since the epoch, ``thumbnail`` an address relative to the page, or None.
        """
        here = self._context.open(data.get("token"), request)
        others = (job for job in self._context.workspace.jobs_of(here.owner) if job.token != here.token)
        listed = [_listed(job) for job in others if _has_clip(job)]
        return {"jobs": listed[:_SHOWN]}

    @answered
    def copy(self, data: Any, request: Any) -> Answer:
        """``{token, to, grade, look}`` → ``{name}`` of the job ``to``, whose next run now has this grade and look.

        ``look`` is null or ``{id, name, amount}``; its table is taken along.
        """
        here = self._context.open(data.get("token"), request)
        there = self._context.open(data.get("to"), request)
        grade = settings_from(Grade, data.get("grade"), "grade")
        shown = data.get("look")
        look = NONE if shown is None else settings_from(Look, shown, "look")
        if there.token == here.token:
            raise JobError("colour.same_clip")
        if there.busy:
            raise JobError("colour.target_busy", name=there.name)
        bring(here.folder, there.folder, look)
        self._context.edit(there.token, request, lambda recipe: dataclasses.replace(recipe, grade=grade, look=look))
        return {"name": there.name}


def functions(context: AppContext) -> list[Any]:
    """The server functions of this part, as Gradio calls them (see ``panel.server_functions``)."""
    service = CopyService(context)

    def jobs(data: Any, request: gr.Request) -> Any:
        return service.jobs(data, request)

    def copy(data: Any, request: gr.Request) -> Any:
        return service.copy(data, request)

    return [jobs, copy]


def _listed(job: Job) -> dict[str, Any]:
    small = job.thumbnail()
    return {
        "token": job.token,
        "name": job.name,
        "created": job.created,
        "thumbnail": job_url(job.token, "thumbnail.jpg", job.state.clip or "") if small else None,
        "busy": job.busy,
    }


def _has_clip(job: Job) -> bool:
    try:
        return job.clip() is not None
    except PerscoachError:  # a damaged clip: nothing to colour
        return False
