"""``Session``: what all panels of one page share in the browser's tab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Session:
    """Components that carry the page's state; made once, before the panels listen.

    Panels follow ``clip`` and ``result`` by ``.change(fn, inputs=[session.token], …)``: they change when another job
    is opened, when a clip was normalised anew and when a bundle was finished.

    Attributes:
        token: ``gr.State``; the open job's token, or ``None``.
        clip: ``gr.State``; a text that names the open job's normalised clip (job and file), ``""`` while there is none.
        result: ``gr.State``; a text that names the open job's finished bundle (job and run), ``""`` while there is none.
        seen: ``gr.State``; changes whenever anything about the open job changed (progress, name, settings).
        browser: ``gr.BrowserState``; the token that a reload of the page opens again.
        message: ``gr.HTML``; the one place for sentences (``perscoach.ui.message``); ``""`` clears it.
    """

    token: Any
    clip: Any
    result: Any
    seen: Any
    browser: Any
    message: Any


def make_session(storage_secret: str) -> Session:
    """The shared components; call inside the page's blocks.

    Args:
        storage_secret: must outlive a restart of the server, or the browser's memory of its job is lost with it.
    """
    import gradio as gr

    return Session(
        token=gr.State(None),
        clip=gr.State(""),
        result=gr.State(""),
        seen=gr.State("-"),
        browser=gr.BrowserState(None, storage_key="perscoach-job", secret=storage_secret),
        message=gr.HTML("", elem_id="pc-message"),
    )
