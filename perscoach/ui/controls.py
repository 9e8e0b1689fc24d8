"""Controls and the open job: every change of a setting is stored in it at once; a button does something with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import gradio as gr

from perscoach.core.errors import JobError
from perscoach.ui.context import AppContext
from perscoach.ui.message import OPENS, QUIET, good, said
from perscoach.ui.session import Session

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job
    from perscoach.recipe import Recipe
    from perscoach.ui.watch import Watch

S = TypeVar("S")


def for_preview(component: Any) -> dict[str, Any]:
    """How an event that computes a picture is queued: one at a time in the whole app, the newest request last.

    Args:
        component: what shows that it is being computed.
    """
    return {
        "concurrency_limit": 1,
        "concurrency_id": "preview",
        "show_progress": "minimal",
        "show_progress_on": [component],
        "trigger_mode": "always_last",
        "api_visibility": "private",
    }


def store_changes(
    context: AppContext,
    session: Session,
    controls: Mapping[str, Any],
    save: Callable[[str | None, dict[str, Any], Any], list[Any]],
    outputs: Sequence[Any],
) -> Any:
    """Call ``save`` whenever the user changes one of the controls; the last change wins.

    Args:
        controls: setting to component.
        save: given the job's token, the values of all controls by setting and the request; returns what ``outputs``
            are to show. Its errors become the page's message.

    Returns:
        the event, for what follows it.
    """

    # the request stands first: Gradio counts the inputs off by the parameters before them
    @said(context, len(outputs))
    def keep(request: gr.Request, token: str | None, *values: Any) -> list[Any]:
        return ["", *save(token, dict(zip(controls, values, strict=True)), request)]

    events = [control.input for control in controls.values()]
    events += [control.release for control in controls.values() if isinstance(control, gr.Slider)]
    return gr.on(
        events,
        keep,
        [session.token, *controls.values()],
        [session.message, *outputs],
        queue=False,
        trigger_mode="always_last",
        **QUIET,
    )


def act_on_job(
    context: AppContext, session: Session, watch: Watch, button: Any, act: Callable[[Job], None], key: str = ""
) -> None:
    """A button that does something with the open job; then the page shows how the job stands.

    Args:
        act: is given the job; its errors become the page's message.
        key: the text that says what was done; nothing is said without one.
    """
    outputs = [session.message, *watch.outputs(session)]

    @said(context, len(outputs) - 1)
    def click(token: str | None, request: gr.Request) -> list[Any]:
        act(context.open(token, request))
        words = good(context.say(key, request)) if key else ""
        return [words, *watch.show(context.open(token, request), request)]

    button.click(click, session.token, outputs, **OPENS)


def idle(job: Job) -> Job:
    """The job, if nothing is done to it now.

    Raises:
        JobError: it is worked on or waits.
    """
    if job.busy:
        raise JobError("clip.busy")
    return job


def resume_key(job: Job) -> str:
    """The label of the button that goes on with a job that stopped."""
    return "bundle.try_once_more" if job.state.given_up else "bundle.resume"


def with_part(recipe: Recipe, part: str, **changes: Any) -> Recipe:
    """The recipe with some settings of one of its parts (``matting``, ``pose``, …) replaced; for ``Job.edit``."""
    return dataclasses.replace(recipe, **{part: dataclasses.replace(getattr(recipe, part), **changes)})


def with_values(settings: S, values: Mapping[str, Any]) -> S:
    """The settings with a page's values, each in the type that it has there (a slider may say 1 for 1.0); an emptied
    field changes nothing.

    Raises:
        SettingsError: a value that the settings refuse.
    """
    typed = {name: type(getattr(settings, name))(value) for name, value in values.items() if value is not None}
    return dataclasses.replace(settings, **typed)  # type: ignore[type-var]
