"""The Cut-out step's moving picture: the colour room's player over any backdrop, with doubtful frames marked."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.messages import of
from perscoach.ui.colour.playing import PlayingService
from perscoach.ui.colour.service import ColourService
from perscoach.ui.matte.pictures import BACKDROPS

if TYPE_CHECKING:
    from perscoach.ui.context import AppContext
    from perscoach.ui.session import Session

_HERE = Path(__file__).resolve().parent

_LOADER = """
const address = new URL("perscoach/static/matte/moving.mjs?v=" + props.version, document.baseURI);
import(address.href).then((module) => module.start(element, props, server, watch)).catch((error) => {
  element.textContent = String(error);
});
"""


class MovingPicture:
    """One custom component; it follows the open job and its clip."""

    def __init__(self, context: AppContext) -> None:
        self.context = context
        self.component: Any = None

    def render(self) -> None:
        """Create the component inside the current blocks."""
        self.component = gr.HTML(
            html_template='<div class="pc-moving"></div>',
            css_template=" ",
            js_on_load=_LOADER,
            apply_default_css=False,
            elem_id="pc-moving",
            server_functions=functions(self.context),
            token="",
            clip="",
            version=version(),
            setup=setup(),
        )

    def listen(self, session: Session) -> None:
        """Follow the open job and its clip."""
        session.clip.change(
            self.follow,
            inputs=[session.token, session.clip],
            outputs=[self.component],
            show_progress="hidden",
            api_visibility="private",
        )

    def follow(self, token: str | None, clip: str | None) -> Any:
        """Hand the page the open job's token; it asks for the rest itself."""
        ready = isinstance(token, str) and bool(clip)
        return gr.HTML(token=token if ready else "", clip=clip if ready else "")


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


@cache
def version() -> str:
    """Changes with the page's code, so that no browser runs an earlier one."""
    digest = hashlib.sha256()
    for path in (*sorted(_HERE.glob("*.mjs")), *sorted(_HERE.glob("*.css"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
