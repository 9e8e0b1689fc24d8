"""Jobs: their state, the queue, the worker process, cleaning."""

from perscoach.jobs.queue import JobQueue
from perscoach.jobs.state import STAGES, JobState
from perscoach.jobs.workspace import Job, Workspace

__all__ = ["STAGES", "Job", "JobQueue", "JobState", "Workspace"]
