"""``Page``: Gradio's blocks, whose listeners answer wrong values with one log line."""

from __future__ import annotations

from typing import Any

import gradio as gr

from perscoach.core.messages import translate
from perscoach.ui.context import AppContext
from perscoach.ui.guard.answers import log_failure


class Page(gr.Blocks):
    """Blocks that log one line where a listener's inputs do not fit, and a traceback only for a fault of ours.

    Gradio prints a traceback for every value that does not fit a component, and strangers can send any.
    """

    async def process_api(self, block_fn: Any, inputs: list[Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Run a listener.

        Raises:
            gr.Error: it failed; the sentence tells the page nothing about the server.
        """
        try:
            return await super().process_api(block_fn, inputs, *args, **kwargs)
        except Exception as error:
            log_failure(f"listener {getattr(block_fn, 'name', block_fn)}", error)
            if isinstance(error, gr.Error):  # a component's own words, such as "greater than maximum value 1"
                error.print_exception = False
                raise
            request = kwargs.get("request")
            language = AppContext.language(request if not isinstance(request, list) else None)
            raise gr.Error(translate("shell.broken", language), print_exception=False) from error
