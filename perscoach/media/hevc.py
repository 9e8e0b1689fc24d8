"""Can this ffmpeg write HEVC with alpha? Builds differ, and some drop the alpha without a word, so it is tried."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np

from perscoach.core.checks import Availability
from perscoach.core.errors import EncodeError
from perscoach.core.progress import Monitor, Quiet
from perscoach.media import encoders, ffmpeg

_SIDE = 64
_answers: dict[str, Availability] = {}  # by the path of the binary


def probe_hevc_alpha(monitor: Monitor | None = None) -> Availability:
    """Encode and join two frames with a ramp of alpha, decode them and compare; the answer is kept for this binary.

    Raises:
        Cancelled: by the monitor.
    """
    binary = ffmpeg.exe()
    if binary not in _answers:
        _answers[binary] = _probe(monitor or Quiet())
    return _answers[binary]


def _probe(monitor: Monitor) -> Availability:
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
            with ffmpeg.pipe_reader(encoders.decode_rgba(path, None), _SIDE * _SIDE * 4, monitor) as blocks:
                back = [np.frombuffer(b, np.uint8).reshape(_SIDE, _SIDE, 4) for b in blocks]
    except EncodeError as error:
        return _no(error.en, error.ru)
    if len(back) != 2:
        return _no(f"{len(back)} of 2 frames came back", f"вернулось кадров: {len(back)} из 2")
    off = np.abs(np.stack(back)[..., 3].astype(int) - ramp[..., 3]).mean()
    if off > 8:
        return _no("the alpha did not come back", "прозрачность не сохранилась")
    return Availability(True)


def _no(en: str, ru: str) -> Availability:
    return Availability(
        False,
        f"No file for Safari: this ffmpeg cannot write HEVC with alpha ({en.rstrip('.')}).",
        f"Файла для Safari не будет: этот ffmpeg не пишет HEVC с прозрачностью ({ru.rstrip('.')}).",
    )
