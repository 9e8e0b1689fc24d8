"""Can this ffmpeg write HEVC with alpha? Builds differ, and some drop the alpha without a word, so it is tried."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np

from perscoach.core.errors import EncodeError
from perscoach.core.messages import Message, message
from perscoach.core.progress import Monitor, Quiet
from perscoach.media import encoders, ffmpeg
from perscoach.media.verify import decode_rgba

_SIDE = 64
_answers: dict[str, Message | None] = {}  # by the path of the binary


def hevc_alpha_problem(monitor: Monitor | None = None) -> Message | None:
    """Why this ffmpeg cannot write HEVC with alpha, or ``None`` where it can; the answer is kept for this binary.

    Two frames with a ramp of alpha are encoded, joined, decoded and compared.

    Raises:
        EncodeError: the disk is full.
        Cancelled: by the monitor.
    """
    binary = ffmpeg.exe()
    if binary not in _answers:
        reason = _try(monitor or Quiet())
        _answers[binary] = message("media.no_hevc_alpha", reason=reason) if reason else None
    return _answers[binary]


def _try(monitor: Monitor) -> Message | None:
    ramp = np.zeros((2, _SIDE, _SIDE, 4), np.uint8)
    ramp[..., :3] = (200, 60, 50)
    ramp[..., 3] = np.linspace(0, 255, _SIDE).astype(np.uint8)
    ramp[1] = ramp[1, :, ::-1]
    picture = encoders.Picture(_SIDE, _SIDE, Fraction(30))
    try:
        with tempfile.TemporaryDirectory() as folder:
            piece, listed, path = (Path(folder) / name for name in ("piece.nut", "pieces.ffconcat", "probe.mov"))
            ffmpeg.run(encoders.mov_segment(picture, "draft", 1, piece), monitor, stdin=ramp.tobytes(), silence=60)
            listed.write_text(encoders.concat_list([piece.name], [2], picture.fps), encoding="ascii")
            ffmpeg.run(encoders.join_mov(listed, path, 2, picture.fps, None), monitor)
            decoded = np.stack(list(decode_rgba(path, monitor)))
    except EncodeError as error:
        if error.message.id == "errors.disk_full":
            raise
        return error.message
    except ValueError:  # np.stack of no frames
        return message("media.no_alpha_back")
    if len(decoded) != 2 or np.abs(decoded[..., 3].astype(int) - ramp[..., 3]).mean() > 8:
        return message("media.no_alpha_back")
    return None
