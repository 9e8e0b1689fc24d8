"""A clip's thumbnail in the list of jobs."""

from __future__ import annotations

from pathlib import Path

from perscoach.core.files import atomic
from perscoach.media.types import Clip

_QUALITY = 88  # of 100


def write_thumbnail(clip: Clip, path: Path, width: int = 240) -> None:
    """Write the frame a third into the clip as a JPEG ``width`` pixels wide (never larger than the clip).

    The first frame often shows a hand on the phone; the middle of a squat shows little of the person.

    Raises:
        ClipError: the clip cannot be read.
        OSError: the picture cannot be written.
    """
    import cv2

    frame = clip.frame(clip.frames // 3)
    width = max(1, min(width, clip.width))
    height = max(1, round(clip.height * width / clip.width))
    small = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    with atomic(path) as part:
        part.write_bytes(data.tobytes())
