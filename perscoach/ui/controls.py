"""Settings on the screen: every change of a control is stored in the job at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import gradio as gr

from perscoach.ui.context import AppContext
from perscoach.ui.message import QUIET, said
from perscoach.ui.session import Session

S = TypeVar("S")


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


def with_values(settings: S, values: Mapping[str, Any]) -> S:
    """The settings with a page's values, each in the type that it has there (a slider may say 1 for 1.0); an emptied
    field changes nothing.

    Raises:
        SettingsError: a value that the settings refuse.
    """
    typed = {name: type(getattr(settings, name))(value) for name, value in values.items() if value is not None}
    return dataclasses.replace(settings, **typed)  # type: ignore[type-var]
