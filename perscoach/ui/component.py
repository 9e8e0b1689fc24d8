"""A part of the page that is code of its own: one custom component that follows the open job and its clip."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import gradio as gr

if TYPE_CHECKING:
    from perscoach.ui.session import Session

_HERE = Path(__file__).resolve().parent

# The page's code stands in modules of its own; the address is relative so that a proxy's prefix is kept.
_LOADER = """
const address = new URL("perscoach/static/%s?v=" + props.version, document.baseURI);
import(address.href).then((module) => module.start(element, props, server, watch)).catch((error) => {
  element.textContent = String(error);
});
"""


class PageComponent:
    """``render()`` inside the page's blocks, ``listen(session)`` after every panel has rendered.

    Attributes:
        name: of the element, as its id and its class.
        module: whose ``start`` builds the part, relative to ``perscoach/ui``.
    """

    name: ClassVar[str]
    module: ClassVar[str]

    def __init__(self, functions: Sequence[Callable[..., Any]], setup: Mapping[str, Any]) -> None:
        """``functions`` are what the page asks of the server; ``setup`` is what it needs to know once."""
        self.functions, self.setup = list(functions), dict(setup)
        self.component: Any = None

    def render(self) -> None:
        """Create the component inside the current blocks."""
        self.component = gr.HTML(
            html_template=f'<div class="{self.name}"></div>',
            css_template=" ",
            js_on_load=_LOADER % self.module,
            apply_default_css=False,
            elem_id=self.name,
            server_functions=self.functions,
            token="",
            clip="",
            version=version(),
            setup=self.setup,
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


@cache
def version() -> str:
    """Changes with any of the page's code, because one room's modules import another's."""
    digest = hashlib.sha256()
    for path in sorted(p for p in _HERE.rglob("*") if p.suffix in (".mjs", ".css")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
