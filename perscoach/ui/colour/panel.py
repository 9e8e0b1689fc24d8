"""The Colour step's panel: one custom component whose page code grades in the browser.

The frame goes to the page once, without loss; a slider then moves nothing over the network, so its last value is always
the one that is shown. The server keeps the numbers, finds the person, reads and writes files.
"""

from __future__ import annotations

import dataclasses
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.messages import of
from perscoach.grade import presets, reference
from perscoach.grade.params import NEUTRAL, RANGES, STEPS, Grade
from perscoach.ui import texts
from perscoach.ui.colour import advice, habits, looks, playing
from perscoach.ui.colour.pictures import MAX_PIXELS
from perscoach.ui.colour.service import ColourService

if TYPE_CHECKING:
    from perscoach.ui.context import AppContext
    from perscoach.ui.session import Session

_HERE = Path(__file__).resolve().parent

# The page's code stands in modules of its own; the address is relative so that a proxy's prefix is kept.
_LOADER = """
const address = new URL("perscoach/static/colour/colour.mjs?v=" + props.version, document.baseURI);
import(address.href).then((module) => module.start(element, props, server, watch)).catch((error) => {
  element.textContent = String(error);
});
"""


class ColourPanel:
    """Five sliders, presets, before and after, backdrops."""

    def __init__(self, context: AppContext) -> None:
        self.context = context
        self.service = ColourService(context)
        self.component: Any = None

    def render(self) -> None:
        """Create the component inside the current blocks."""
        self.component = gr.HTML(
            html_template='<div class="pc-colour"></div>',
            css_template=" ",
            js_on_load=_LOADER,
            apply_default_css=False,
            elem_id="pc-colour",
            server_functions=[
                *server_functions(self.service),
                *(function for part in (playing, looks, habits, advice) for function in part.functions(self.context)),
            ],
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


def server_functions(service: ColourService) -> list[Any]:
    """The service's functions as Gradio calls them: one JSON value, and the request (its type is how Gradio knows)."""

    def job(data: Any, request: gr.Request) -> Any:
        return service.job(data, request)

    def frame(data: Any, request: gr.Request) -> Any:
        return service.frame(data, request)

    def cutout(data: Any, request: gr.Request) -> Any:
        return service.cutout(data, request)

    def save(data: Any, request: gr.Request) -> Any:
        return service.save(data, request)

    def preset(data: Any, request: gr.Request) -> Any:
        return service.preset(data, request)

    def preset_file(data: Any, request: gr.Request) -> Any:
        return service.preset_file(data, request)

    def cube(data: Any, request: gr.Request) -> Any:
        return service.cube(data, request)

    return [job, frame, cutout, save, preset, preset_file, cube]


def setup() -> dict[str, Any]:
    """What the page needs to know once: parameters, presets, words in both languages, the numbers of the maths."""
    default, neutral = dataclasses.asdict(Grade()), dataclasses.asdict(NEUTRAL)
    return {
        "parameters": [
            {
                "name": name,
                "low": low,
                "high": high,
                "step": STEPS[name],
                "default": default[name],
                "neutral": neutral[name],
            }
            for name, (low, high) in RANGES.items()
        ],
        "presets": [
            {"key": p.key, "name": p.title.to_json(), "grade": dataclasses.asdict(p.grade)} for p in presets.BUILT_IN
        ],
        "max_pixels": MAX_PIXELS,
        "texts": {key: list(pair) for key, pair in of(*texts.COLOUR).items()},
        "maths": {
            "to_xyz": reference.RGB_TO_XYZ.tolist(),
            "to_rgb": reference.XYZ_TO_RGB.tolist(),
            "lift": reference.lift_gain(1.0),
        },
    }


@cache
def version() -> str:
    """Changes with the page's code, so that no browser runs an earlier one."""
    digest = hashlib.sha256()
    for path in sorted(_HERE.glob("*.mjs")) + sorted(_HERE.glob("*.css")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
