"""The page: header, steps, panels, footer."""

from __future__ import annotations

import html
import importlib
import importlib.util
import json
from typing import Any

import gradio as gr

from perscoach.core.messages import LANGUAGES, translate
from perscoach.ui.bundle.panel import BundlePanel
from perscoach.ui.clip.panel import ClipPanel
from perscoach.ui.context import AppContext
from perscoach.ui.jobs.panel import JobsPanel
from perscoach.ui.message import lead, next_button
from perscoach.ui.page import Page
from perscoach.ui.pose.panel import PosePanel
from perscoach.ui.session import make_session
from perscoach.ui.watch import Watch

WORDS = ("lost", "upload_broken", "ready_for", "stopped_for", "refused")
"""Sentences that the page says by itself."""
STEPS = ("clip", "colour", "matte", "pose", "bundle")


def build(context: AppContext) -> gr.Blocks:
    """The whole app, not yet launched."""
    with Page(title="Perscoach", analytics_enabled=False, delete_cache=(600, 3600)) as demo:
        gr.HTML(header_html(context))
        gr.HTML(nav_html(context))
        gr.HTML(words_html(context))
        watch = Watch(context)
        watch.render()
        session = make_session(context.storage_secret())
        clip, matte, pose = ClipPanel(context), room(context, "matte", "MattePanel"), PosePanel(context)
        bundle, jobs = BundlePanel(context), JobsPanel(context)
        colour, viewer = room(context, "colour", "ColourPanel"), room(context, "viewer", "ViewerPanel")
        with gr.Column(elem_id="step-clip", elem_classes="pc-step"):
            clip.render()
            jobs.render()
        with gr.Column(elem_id="step-colour", elem_classes="pc-step"):
            empty(context)
            gr.HTML(lead(context, "shell.colour"), elem_classes="pc-needs-clip")
            with gr.Column(elem_classes="pc-needs-clip"):
                colour.render()
                gr.HTML(next_button(context, "matte"))
        for step, panel in (("matte", matte), ("pose", pose)):
            with gr.Column(elem_id=f"step-{step}", elem_classes="pc-step"):
                empty(context)
                panel.render()
        with gr.Column(elem_id="step-bundle", elem_classes="pc-step"):
            empty(context)
            bundle.render(viewer)
        gr.HTML(footer_html(context))
        clip.listen(session, watch)
        jobs.listen(demo, session, watch)
        for each in (colour, matte, pose, viewer):
            each.listen(session)
        bundle.listen(session, watch)
        watch.listen(demo, session)
    demo.queue(max_size=64, default_concurrency_limit=4, api_open=False)
    result: gr.Blocks = demo
    return result


class Absent:
    """Stands where a panel's room is not installed, and says so."""

    def __init__(self, context: AppContext) -> None:
        self.context = context

    def render(self) -> None:
        gr.HTML(f'<div class="pc-empty">{self.context.both("shell.missing_room")}</div>')

    def listen(self, session: Any) -> None: ...


def room(context: AppContext, panel: str, name: str) -> Any:
    """A panel of another room, or ``Absent``."""
    module = f"perscoach.ui.{panel}.panel"
    if importlib.util.find_spec(f"perscoach.ui.{panel}") is None or importlib.util.find_spec(module) is None:
        return Absent(context)
    return getattr(importlib.import_module(module), name)(context)


def empty(context: AppContext) -> None:
    """What a step shows while there is no clip."""
    gr.HTML(
        f'<div class="pc-empty"><p>{context.both("shell.no_clip")}</p>'
        f'<button type="button" class="pc-main" data-step-to="clip">{context.both("shell.to_clip")}</button></div>',
        elem_classes="pc-no-clip",
    )


def header_html(context: AppContext) -> str:
    """Name, one line, language."""
    return (
        f'<header class="pc-header"><div><h1>Perscoach</h1><p>{context.both("shell.tagline")}</p></div>'
        f'<div class="pc-languages" role="group" aria-label="Language, Язык">'
        '<button type="button" data-lang-to="en" lang="en" aria-label="EN, English">EN</button>'
        '<button type="button" data-lang-to="ru" lang="ru" aria-label="RU, Русский">RU</button></div></header>'
    )


def nav_html(context: AppContext) -> str:
    """The five steps."""
    buttons = "".join(
        f'<button type="button" data-step-to="{step}"><span class="pc-number" aria-hidden="true">{number}</span>'
        f"<span>{context.both(f'shell.step_{step}')}</span></button>"
        for number, step in enumerate(STEPS, 1)
    )
    return f'<nav class="pc-nav" aria-label="1–5">{buttons}</nav>'


def words_html(context: AppContext) -> str:
    """The place for what the page says without the server, and the sentences for it (shell.js)."""
    words = {
        language: {key: translate(f"shell.{key}", language, name="{name}") for key in WORDS} for language in LANGUAGES
    }
    return f'<div id="pc-lost" role="alert" hidden data-words="{html.escape(json.dumps(words), quote=True)}"></div>'


def footer_html(context: AppContext) -> str:
    """Where the clips are, and for how long."""
    return f'<div class="pc-footer">{context.both("shell.privacy")}</div>'
