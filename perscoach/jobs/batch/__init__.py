"""Many clips, one recipe: each becomes a package, and what fails or was done before stops nothing."""

from perscoach.jobs.batch.clips import find_clips
from perscoach.jobs.batch.record import HTML, JSON, Entry, Record
from perscoach.jobs.batch.run import Order, run_batch

__all__ = ["HTML", "JSON", "Entry", "Order", "Record", "find_clips", "run_batch"]
