"""What the page asks of the server to play the clip with its matte.

The matte is stored without loss and far too large to play; its alpha proxy (``matting/proxy.py``) is made when a page
first asks for it, in a thread of its own.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from perscoach.core.errors import Cancelled, JobError, PerscoachError, system_message
from perscoach.core.messages import Message, message
from perscoach.matting.proxy import build_proxy, doubts_of, proxy_file, proxy_key
from perscoach.ui.colour.service import Answer, answered
from perscoach.ui.routes import job_url

if TYPE_CHECKING:
    from perscoach.matting.stage import MatteJob
    from perscoach.ui.context import AppContext

log = logging.getLogger(__name__)

_AGAIN = 60.0  # seconds until a proxy that could not be made is tried again


class Making:
    """One proxy in the making: a monitor for ``build_proxy``, and what a page is told of it."""

    def __init__(self, key: str) -> None:
        self.key, self.done, self.thread = key, 0, threading.current_thread()
        self.error: Message | None = None
        self.ended = 0.0
        self._stop = threading.Event()

    def stop(self) -> None:
        """It ends at the next frame."""
        self._stop.set()

    @property
    def failed(self) -> bool:
        """Whether it ended badly, a short while ago."""
        return self.error is not None and time.monotonic() - self.ended < _AGAIN

    def report(self, stage: str, done: int, total: int) -> None:
        """Frames that are in."""
        self.done = done

    def note(self, message: Message) -> None:
        """Nothing is said here."""

    def check(self) -> None:
        """Raises ``Cancelled`` once it should stop."""
        if self._stop.is_set():
            raise Cancelled


class Makers:
    """Makes proxies, one at a time so that the machine stays free, and never two for one job."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turn = threading.Semaphore(1)
        self._making: dict[Path, Making] = {}

    def want(self, matte: MatteJob) -> Making:
        """The making of this matte's proxy, begun where it is not under way; one of an earlier matte is stopped."""
        key = proxy_key(matte)
        with self._lock:
            now = self._making.get(matte.folder)
            if now is not None and now.key == key and (now.thread.is_alive() or now.failed):
                return now
            if now is not None:
                now.stop()
            making = Making(key)
            making.thread = threading.Thread(
                target=self._work, args=(matte, making), name="perscoach-proxy", daemon=True
            )
            self._making[matte.folder] = making
            making.thread.start()
            return making

    def close(self) -> None:
        """Stop all of them."""
        with self._lock:
            running = list(self._making.values())
        for making in running:
            making.stop()
        for making in running:
            making.thread.join(2)

    def _work(self, matte: MatteJob, making: Making) -> None:
        with self._turn:
            try:
                making.check()
                build_proxy(matte, making)
            except (Cancelled, FileNotFoundError):  # another matte is wanted, or the job was removed
                pass
            except IndexError:
                making.error = message("colour.matte_damaged")
            except PerscoachError as error:
                making.error = error.message
            except Exception as error:
                log.exception("proxy: not made")
                refused = system_message(error)
                making.error = refused or message("colour.matte_damaged")
            finally:
                making.ended = time.monotonic()
        with self._lock:
            if making.error is None and self._making.get(matte.folder) is making:
                del self._making[matte.folder]


MAKERS = Makers()
atexit.register(MAKERS.close)


class PlayingService:
    """The server's side of playing."""

    def __init__(self, context: AppContext, makers: Makers = MAKERS) -> None:
        self._context, self._makers = context, makers

    @answered
    def matte(self, data: Any, request: Any) -> Answer:
        """``{token}`` → the address of the clip, relative to the page, and where its matte stands.

        ``{"clip", "frames", "state", "done", "url", "why"}``; ``state`` is ``none`` (the clip is not cut out with the
        present settings; ``done`` frames are), ``building`` (``done`` frames are in the proxy) or ``ready`` (at
        ``url``). ``why`` is a sentence in both languages where the matte cannot be had at all, else ``None``.
        """
        job = self._context.open(data.get("token"), request)
        clip, recipe = job.clip(), job.state.recipe
        if clip is None:
            raise JobError("colour.no_clip")
        answer: Answer = {"clip": job_url(job.token, "clip.mp4", clip.path.stem), "frames": clip.frames, "url": ""}
        from perscoach.matting.stage import MatteJob

        try:
            matte = MatteJob(clip, recipe.matting, job.folder, recipe.people())
        except PerscoachError as error:  # no engine, a picture that is gone: the clip plays nevertheless
            return {**answer, "state": "none", "done": 0, "why": error.message.to_json()}
        if not matte.ready:
            return {**answer, "state": "none", "done": matte.done, "why": None}
        key = proxy_key(matte)
        if proxy_file(job.folder, key):
            return {
                **answer, "state": "ready", "done": clip.frames, "url": job_url(job.token, "alpha.bin", key), "why": None
            }  # fmt: skip
        making = self._makers.want(matte)
        if making.failed:
            return {
                **answer,
                "state": "none",
                "done": 0,
                "why": (making.error or message("colour.matte_damaged")).to_json(),
            }
        return {**answer, "state": "building", "done": making.done, "why": None}

    @answered
    def doubts(self, data: Any, request: Any) -> Answer:
        """``{token}`` → ``{share, why}`` of the job's proxy: how doubtful each frame is (see ``matting.proxy``)."""
        job = self._context.open(data.get("token"), request)
        path = proxy_file(job.folder)
        return (None if path is None else doubts_of(path)) or {"share": [], "why": {}}


def functions(context: AppContext) -> list[Any]:
    """The server functions of this part, as Gradio calls them (see ``panel.server_functions``)."""
    service = PlayingService(context)

    def matte(data: Any, request: gr.Request) -> Any:
        return service.matte(data, request)

    return [matte]
