"""What stands between the network and Gradio: ASGI middlewares, from the outermost to the innermost.

``Answers`` (headers, cookies, one log line for a failure), ``Origins`` (host names, other sites, addresses that are used),
``Logins`` (waiting after failures), ``Bodies`` (JSON and sessions), ``Uploads``. What they defend against and which settings
there are: ``docs/security.md``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from perscoach.ui.context import AppContext
from perscoach.ui.guard.answers import Answers
from perscoach.ui.guard.bodies import Bodies, BodyLimits
from perscoach.ui.guard.logins import Logins
from perscoach.ui.guard.origins import Origins
from perscoach.ui.guard.uploads import UploadLimits, Uploads
from perscoach.ui.guard.visitors import Visitors


def guarded(
    app: Any,
    context: AppContext,
    gradio: Any,
    bodies: BodyLimits | None = None,
    uploads: UploadLimits | None = None,
    programs: Callable[[Any], Any] = lambda app: app,
) -> Any:
    """The ASGI application ``app`` behind all guards.

    Args:
        gradio: Gradio's application inside ``app``: it knows the logins.
        bodies, uploads: limits other than the settings' own.
        programs: middleware that answers programs (``ui.service``), before what defends browsers.
    """
    settings, visitors = context.settings, Visitors(context, gradio)
    limits = dataclasses.replace(uploads or UploadLimits.of(settings.max_bytes, settings.hourly_bytes), folder=settings.workspace)
    app = Uploads(app, visitors, limits)
    app = Bodies(app, visitors, bodies)
    return Answers(Origins(programs(Logins(app)), settings), settings)
