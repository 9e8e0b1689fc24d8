"""Jobs: their state, the queue, the worker process, cleaning."""

from perscoach.jobs.job import STAGES, Job, JobState
from perscoach.jobs.queue import JobQueue
from perscoach.jobs.workspace import Workspace

__all__ = ["STAGES", "Job", "JobQueue", "JobState", "Workspace"]
