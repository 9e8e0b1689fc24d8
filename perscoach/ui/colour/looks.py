"""What the page asks of the server about looks: `.cube` files put after V11."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perscoach.ui.context import AppContext


def functions(context: AppContext) -> list[Any]:
    """The server functions of this part, as Gradio calls them (see ``panel.server_functions``)."""
    return []
