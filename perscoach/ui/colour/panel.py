"""The Colour step's panel: one custom component whose page code grades in the browser.

The frame goes to the page once, without loss; a slider then moves nothing over the network, so its last value is always
the one that is shown. The server keeps the numbers, finds the person, reads and writes files.
"""

from __future__ import annotations

import dataclasses
from itertools import chain
from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.messages import of
from perscoach.grade import presets, reference
from perscoach.grade.params import NEUTRAL, RANGES, STEPS, Grade
from perscoach.ui import texts
from perscoach.ui.colour import advice, habits, looks, playing
from perscoach.ui.colour.pictures import MAX_PIXELS
from perscoach.ui.colour.service import ColourService
from perscoach.ui.component import PageComponent

if TYPE_CHECKING:
    from perscoach.ui.context import AppContext


class ColourPanel(PageComponent):
    """Five sliders, presets, before and after, backdrops."""

    name = "pc-colour"
    module = "colour/colour.mjs"

    def __init__(self, context: AppContext) -> None:
        parts = (part.functions(context) for part in (playing, looks, habits, advice))
        super().__init__([*server_functions(ColourService(context)), *chain.from_iterable(parts)], setup())


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
