"""The Colour step by itself on one clip: what the benchmark and the browser tests open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from perscoach.core.settings import Settings
from perscoach.jobs import JobQueue, Workspace
from perscoach.ui.colour.panel import ColourPanel
from perscoach.ui.context import OWNER_COOKIE, AppContext, load_secret
from perscoach.ui.launch import start
from perscoach.ui.page import Page
from perscoach.ui.session import make_session
from perscoach.ui.watch import clip_mark

if TYPE_CHECKING:
    from perscoach.jobs.workspace import Job


@dataclass(frozen=True)
class Alone:
    """A served step: where, whose job, and the cookie that opens it."""

    url: str
    context: AppContext
    job: Job
    cookie: dict[str, str]
    panel: ColourPanel


@contextmanager
def serve_alone(settings: Settings, source: Path) -> Iterator[Alone]:
    """Serve the step on a job made from ``source`` until the block ends."""
    workspace = Workspace(settings.workspace)
    context = AppContext(settings, workspace, JobQueue(workspace, 1), load_secret(settings.workspace))
    cookie = context.new_owner()
    job = _job(context, cookie.split(".", 1)[0], source)
    with Page(analytics_enabled=False) as demo:
        session = make_session(context.storage_secret())
        panel = ColourPanel(context)
        panel.render()
        panel.listen(session)
        demo.load(lambda: (job.token, clip_mark(job)), outputs=[session.token, session.clip])
    url = start(demo, context)
    try:
        yield Alone(url, context, job, {"name": OWNER_COOKIE, "value": cookie, "url": url}, panel)
    finally:
        demo.close(verbose=False)


def _job(context: AppContext, owner: str, source: Path) -> Job:
    from perscoach.jobs.worker import run_job

    job = context.workspace.create(owner, source.stem, source)
    if run_job(job, ("clip",)) != "done":
        raise RuntimeError(f"{source.name}: {job.refresh().state.error}")
    return job.refresh()
