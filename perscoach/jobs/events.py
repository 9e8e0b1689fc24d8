"""What happens to jobs, as lines of JSON for a machine that collects logs.

A line holds the time, the event, the job's token and numbers. It never holds what a person typed or filmed: no name of a clip,
no file name, no owner, no address. A token opens nothing without its owner's cookie, login or the API's token.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import TextIO

_log = logging.getLogger("perscoach.events")
_log.propagate = False
_log.addHandler(logging.NullHandler())


def event(what: str, /, **facts: object) -> None:
    """Log an event, where ``write_events`` was called.

    Args:
        what: its name, such as ``job_ended``.
        facts: JSON values.
    """
    if _log.isEnabledFor(logging.INFO):
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + "Z"
        _log.info("%s", json.dumps({"time": moment, "event": what, **facts}, ensure_ascii=True))


def write_events(stream: TextIO | None = None) -> None:
    """Write every event from now on to ``stream`` (standard error), one line each."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _log.handlers[:] = [handler]
    _log.setLevel(logging.INFO)
