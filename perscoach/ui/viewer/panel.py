"""The viewer's place in the app. Everything that moves happens in ``viewer.mjs``; Python only says which files to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.errors import PerscoachError
from perscoach.core.messages.ui_viewer import MESSAGES as TEXTS
from perscoach.ui.context import AppContext
from perscoach.ui.session import Session
from perscoach.ui.viewer.data import source_of

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job

# The module is loaded by the page, not by Gradio; the viewer's own nodes stand outside the template, which Gradio draws
# anew with every value.
_ON_LOAD = """
const place = element.querySelector(".pcv-host") ?? element;
const told = () => {
  const value = props.value;
  return typeof value === "string" ? (value ? JSON.parse(value) : null) : value;
};
const texts = props.texts;
import(new URL("perscoach/static/viewer/viewer.mjs", document.baseURI).href).then(({ mount }) => {
  const viewer = mount(place, { texts, plotlyUrl: new URL("perscoach/static/plotly", document.baseURI).href });
  const follow = () => {
    const host = element.querySelector(".pcv-host") ?? element;
    if (viewer.root.parentNode !== host) host.append(viewer.root);
    viewer.open(told());
  };
  element.pcViewer = viewer;
  watch("value", follow);
  follow();
});
"""


class ViewerPanel:
    """``render()`` inside the page's blocks, ``listen(session)`` after every panel has rendered."""

    def __init__(self, context: AppContext) -> None:
        self.context = context

    def render(self) -> None:
        """The viewer's place on the page."""
        self.view = gr.HTML(
            None,
            html_template='<div class="pcv-host"></div>',
            js_on_load=_ON_LOAD,
            apply_default_css=False,
            texts=TEXTS,
            elem_id="pc-viewer",
        )

    def listen(self, session: Session) -> None:
        """Show the open job's movement; again when a new one is finished."""
        session.result.change(
            self.show,
            inputs=[session.token],
            outputs=[self.view],
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )

    def show(self, token: str | None, request: gr.Request) -> Any:
        """The files of the open job for the viewer, ``None`` where there are none."""
        job: Job | None = None
        if token:
            try:
                job = self.context.open(token, request)
            except PerscoachError:
                job = None
        return source_of(job)
