"""The functions that ``import perscoach`` offers; the command line is a thin layer over them.

They take paths or objects and give dataclasses. Nothing of the user's is overwritten: see ``perscoach.core.outputs``.
"""

from __future__ import annotations

from pathlib import Path

from perscoach.api.clips import matte, pose, process
from perscoach.api.scoring import score
from perscoach.api.work import Made
from perscoach.bundles.check import check_bundle
from perscoach.bundles.opened import Bundle, open_bundle
from perscoach.bundles.report import Report
from perscoach.core.progress import Monitor
from perscoach.pipeline import Result

__all__ = ["Bundle", "Made", "Result", "check", "matte", "open_bundle", "pose", "process", "score"]


def check(bundle: Path | str, *, deep: bool = True, monitor: Monitor | None = None) -> Report:
    """Check a bundle's folder or zip.

    Args:
        bundle: the folder or the zip.
        deep: also hash every file, decode every frame and read every vertex.
        monitor: can stop the work.

    Returns:
        The findings; ``ok`` where none is an error. A damaged bundle is a finding, not an exception.

    Example:
        >>> import perscoach
        >>> perscoach.check(folder / "no such bundle").ok
        False
    """
    return check_bundle(Path(bundle), deep=deep, monitor=monitor)
