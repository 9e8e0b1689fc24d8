"""Where a run takes place: a process on this machine, or a Ray cluster. Both know only ``Task`` and ``Outcome``."""

from perscoach.jobs.runners.base import Progress, Run, Runner
from perscoach.jobs.runners.local import LocalRunner
from perscoach.jobs.runners.task import Outcome, Task

__all__ = ["LocalRunner", "Outcome", "Progress", "Run", "Runner", "Task"]
