"""A button that brings a better model: how large it is, whose licence, how far the download is, and a way to stop it."""

from __future__ import annotations

import html
import logging
import threading
from typing import Any

import gradio as gr

from perscoach.core.errors import Cancelled, PerscoachError, SettingsError
from perscoach.core.messages import translate
from perscoach.core.settings import load_settings
from perscoach.ui.bundle.sizes import size_text
from perscoach.ui.context import AppContext
from perscoach.ui.message import QUIET, said
from perscoach.ui.session import Session

log = logging.getLogger(__name__)

_SECONDS = 1.0


class Download:
    """One model's download in a thread of its own; there is one for each model in the whole app."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.done = self.total = 0
        self.failed = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin, unless it runs already."""
        with self._lock:
            if self.running:
                return
            self.done, self.failed = 0, False
            self._stop.clear()
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop; what has arrived is dropped."""
        self._stop.set()

    def _work(self) -> None:
        from perscoach.models.fetch import fetch

        def report(done: int, total: int) -> None:
            if self._stop.is_set():
                raise Cancelled
            self.done, self.total = done, total

        try:
            fetch(self.name, report)
        except Cancelled:
            return
        except PerscoachError as error:  # names hosts and commands: for whoever runs the server
            log.warning("%s: %s", self.name, error.en)
            self.failed = True
        except Exception:
            log.exception("%s could not be fetched", self.name)
            self.failed = True


_DOWNLOADS: dict[str, Download] = {}


def download_of(name: str) -> Download:
    """The app's download of a model."""
    return _DOWNLOADS.setdefault(name, Download(name))


def is_here(name: str) -> bool:
    """Whether the model's files are there."""
    from perscoach.models import store

    return all((store.folder() / file.path).is_file() for file in store.model(name).files)


class Getting:
    """Stands below an engine's line while its better model is missing.

    Args:
        name: of the model (``perscoach.models.registry``).
        benefit: id of the sentence that tells what it brings.
    """

    def __init__(self, context: AppContext, name: str, benefit: str) -> None:
        self.context, self.name, self.benefit = context, name, benefit

    def render(self) -> None:
        """A line, a button, a button to stop."""
        t = self.context.t
        with gr.Column(visible=False, elem_classes="pc-getting") as self.box:
            self.line = gr.HTML("")
            with gr.Row():
                self.get = gr.Button(t("getting.get"), size="sm")
                self.cancel = gr.Button(t("getting.stop"), size="sm", visible=False)
        self.timer = gr.Timer(_SECONDS, active=False)

    def listen(self, session: Session) -> None:
        """Wire it up."""
        outputs = [self.box, self.line, self.get, self.cancel, self.timer]

        def start(request: gr.Request) -> list[Any]:
            if load_settings().offline:
                raise SettingsError("getting.offline")
            download_of(self.name).start()
            return ["", *self.show(request)]

        def stop(request: gr.Request) -> list[Any]:
            download_of(self.name).stop()
            return ["", *self.show(request, stopping=True)]

        said_here = said(self.context, len(outputs))
        self.get.click(said_here(start), None, [session.message, *outputs], queue=False, **QUIET)
        self.cancel.click(said_here(stop), None, [session.message, *outputs], queue=False, **QUIET)
        self.timer.tick(self.show, None, outputs, queue=False, **QUIET)
        session.clip.change(self.show, None, outputs, queue=False, **QUIET)

    def show(self, request: gr.Request, stopping: bool = False) -> list[Any]:
        """How it stands now; nothing once the model is there."""
        from perscoach.models import store

        language = self.context.language(request)
        download, model = download_of(self.name), store.model(self.name)
        running = download.running and not stopping
        values = {
            "size": size_text(model.size, language),
            "licence": model.licence,
            "done": size_text(download.done, language),
        }
        key = "getting.running" if running else "getting.failed" if download.failed else "getting.offer"
        words = f"{translate(self.benefit, language)} {translate(key, language, **values)}"
        percent = 100 * download.done / model.size if model.size else 0
        bar = (
            f'<div class="pc-bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent:.0f}" '
            f'aria-label="{translate("getting.get", language)}"><i style="width:{percent:.1f}%"></i></div>'
        )
        return [
            gr.Column(visible=not is_here(self.name)),
            f"<p>{html.escape(words)}</p>{bar if running else ''}",
            gr.Button(visible=not running),
            gr.Button(visible=running),
            gr.Timer(_SECONDS, active=running),
        ]
