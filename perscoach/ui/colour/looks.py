"""What the page asks of the server about looks: ``.cube`` files put after V11."""

from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from perscoach.core.errors import SettingsError
from perscoach.grade import look as looks
from perscoach.ui.colour.service import Answer, answered, look_words, turn

if TYPE_CHECKING:
    from perscoach.grade.cube import Cube
    from perscoach.ui.context import AppContext


class LookService:
    """The server's side of looks.

    Args:
        context: the app's; ``context.open(token, request)`` decides whose job it is.
    """

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._reading = threading.Semaphore(1)

    @answered
    def look(self, data: Any, request: Any) -> Answer:
        """``{token, name, text}`` → ``{look, cube}``: a ``.cube`` file's text, checked and kept with the job.

        ``look`` is ``{id, name, amount}``; ``cube`` is ``{size, domain, table}``, the table as base64 of little-endian
        float32, red changing fastest.
        """
        job = self._context.open(data.get("token"), request)
        text, name = data.get("text"), data.get("name", "")
        if not isinstance(text, str) or not isinstance(name, str):
            raise SettingsError("colour.look_not_text")
        with turn(self._reading):
            look, table = looks.take_in(job.folder, text, name, keep={job.state.recipe.look.id})
        return {"look": look_words(look), "cube": cube_words(table)}

    @answered
    def look_table(self, data: Any, request: Any) -> Answer:
        """``{token, id}`` → ``{cube}`` of a look that the job keeps."""
        job = self._context.open(data.get("token"), request)
        look = looks.Look(data.get("id"))  # it checks what it is given
        with turn(self._reading):
            table = looks.table(job.folder, look)
        if table is None:
            raise SettingsError("colour.no_look")
        return {"cube": cube_words(table)}


def functions(context: AppContext) -> list[Any]:
    """The server functions of this part, as Gradio calls them (see ``panel.server_functions``)."""
    service = LookService(context)

    def look(data: Any, request: gr.Request) -> Any:
        return service.look(data, request)

    def look_table(data: Any, request: gr.Request) -> Any:
        return service.look_table(data, request)

    return [look, look_table]


def cube_words(cube: Cube) -> dict[str, Any]:
    """A table as the page has it."""
    values = np.ascontiguousarray(cube.table.transpose(2, 1, 0, 3), "<f4")
    return {
        "size": len(cube.table),
        "domain": [list(end) for end in cube.domain],
        "table": base64.b64encode(values.tobytes()).decode("ascii"),
    }
