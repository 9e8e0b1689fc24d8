"""The Cut-out step's moving picture: the colour room's player over any backdrop, with doubtful frames marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.messages import of
from perscoach.ui.colour.playing import PlayingService
from perscoach.ui.colour.service import ColourService
from perscoach.ui.component import PageComponent
from perscoach.ui.matte.pictures import BACKDROPS

if TYPE_CHECKING:
    from perscoach.ui.context import AppContext


class MovingPicture(PageComponent):
    """The player and the strip of doubtful frames."""

    name = "pc-moving"
    module = "matte/moving.mjs"

    def __init__(self, context: AppContext) -> None:
        super().__init__(functions(context), setup())


def functions(context: AppContext) -> list[Any]:
    """What the page asks of the server, as Gradio calls it."""
    colour, playing = ColourService(context), PlayingService(context)

    def job(data: Any, request: gr.Request) -> Any:
        return colour.job(data, request)

    def matte(data: Any, request: gr.Request) -> Any:
        return playing.matte(data, request)

    def doubts(data: Any, request: gr.Request) -> Any:
        return playing.doubts(data, request)

    return [job, matte, doubts]


def setup() -> dict[str, Any]:
    """What the page needs to know once: words in both languages, backdrops."""
    texts = {key: list(pair) for key, pair in of("ui_colour", "ui_colour_play", "ui_matte").items()}
    return {"texts": texts, "backdrops": {name: list(colour) for name, colour in BACKDROPS.items()}}
