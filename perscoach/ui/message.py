"""Sentences for the coach, and listeners that turn an error into one."""

from __future__ import annotations

import functools
import html
import logging
from collections.abc import Callable
from typing import Any

import gradio as gr

from perscoach.core.errors import PerscoachError, system_message
from perscoach.ui.context import AppContext

log = logging.getLogger(__name__)

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""Options of quick listeners: no progress overlay on their outputs and no public API name."""


OPENS: dict[str, Any] = {**QUIET, "concurrency_limit": None}
"""Options of listeners that change a shared state (``Session``). They go through the queue: without it the page does not
notice that a state changed."""


def good(text: str) -> str:
    """HTML for what was done."""
    return f'<div class="pc-message" role="status">{html.escape(text)}</div>'


def bad(text: str) -> str:
    """HTML for what is wrong and what to do."""
    return f'<div class="pc-message pc-bad" role="alert">{html.escape(text)}</div>'


def said(context: AppContext, others: int = 0) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A listener whose first output is the page's message and which has ``others`` further outputs.

    An error leaves the others as they are. What the computer refused (a full disk, no memory) is named. Any other
    unexpected error is logged in full and described in general words, so that no path or value of the server reaches the
    page.
    """

    def decorate(listener: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(listener)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            request = next((a for a in (*args, *kwargs.values()) if isinstance(a, gr.Request)), None)
            try:
                return listener(*args, **kwargs)
            except PerscoachError as error:
                sentence = bad(context.explain(error, request))
            except Exception as error:
                log.exception("%s failed", listener.__qualname__)
                refused = system_message(error)
                language = context.language(request)
                sentence = bad(refused.text(language) if refused else context.say("shell.broken", request))
            return sentence if others == 0 else [sentence, *[gr.skip()] * others]

        return guarded

    return decorate


def lead(context: AppContext, panel: str) -> str:
    """A step's heading and one line of explanation."""
    return f'<div class="pc-lead"><h2>{context.both(f"{panel}.title")}</h2><p>{context.both(f"{panel}.lead")}</p></div>'


def next_button(context: AppContext, step: str) -> str:
    """The main button that opens another step; the server is not involved."""
    return (
        f'<div class="pc-next"><button type="button" class="pc-main" data-step-to="{step}">'
        f"{context.both(f'shell.to_{step}')}</button></div>"
    )
