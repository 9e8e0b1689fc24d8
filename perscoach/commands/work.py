"""``work``: a worker beside the app, for the same workspace."""

from __future__ import annotations

import argparse

from perscoach.commands.shell import Shell
from perscoach.core.messages import message
from perscoach.core.settings import load_settings


def run_work(arguments: argparse.Namespace, shell: Shell) -> int:
    """Run waiting jobs one after the other until SIGTERM or Ctrl-C; the app on the same workspace shows them."""
    from perscoach.jobs import JobQueue, Workspace
    from perscoach.jobs.ending import until_ended
    from perscoach.jobs.events import write_events

    settings = load_settings()
    if settings.log == "json":
        write_events()
    queue = JobQueue(Workspace(settings.workspace), settings.max_jobs, settings.max_each)
    queue.start()
    shell.say(message("cli.working", folder=str(settings.workspace)))
    try:
        until_ended(queue, settings.drain_seconds)
    finally:
        queue.stop()
    return 0
