"""``/healthz``: what a load balancer or a container asks."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from perscoach.core.errors import PerscoachError
from perscoach.ui.context import AppContext


def health(context: AppContext) -> Response:
    """Whether the app may get requests: 503 while it ends, and while its database cannot be read."""
    problem = "draining" if context.queue.draining else ""
    try:
        with context.workspace.database.reading() as connection:
            connection.execute("SELECT count(*) FROM jobs WHERE status = 'queued'").fetchone()
    except PerscoachError:
        problem = "database"
    answer = {"ok": not problem, **({"problem": problem} if problem else {})}
    return JSONResponse(answer, 503 if problem else 200, headers={"Cache-Control": "no-store"})
