"""The small picture of a clip in the list of jobs."""

from __future__ import annotations

from pathlib import Path

from perscoach.core.errors import ClipError
from perscoach.core.files import atomic
from perscoach.media.types import Clip

_QUALITY = 88


def write_thumbnail(clip: Clip, path: Path, width: int = 240) -> None:
    """Write the frame a third into the clip as a JPEG ``width`` pixels wide (never larger than the clip).

    The first frame often shows a hand on the phone; the middle of a squat shows little of the person.

    Raises:
        ClipError: the clip cannot be read, or the picture cannot be written.
    """
    import cv2

    frame = clip.frame(clip.frames // 3)
    width = max(1, min(width, clip.width))
    height = max(1, round(clip.height * width / clip.width))
    small = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    try:
        with atomic(path) as part:
            part.write_bytes(data.tobytes())
    except OSError as error:
        raise ClipError(
            f"The thumbnail could not be written: {error.strerror or 'unknown reason'}.",
            f"Не удалось записать миниатюру: {error.strerror or 'причина неизвестна'}.",
        ) from error
