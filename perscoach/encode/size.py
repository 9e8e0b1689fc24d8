"""How large an export will be, said before it is made."""

from __future__ import annotations

from perscoach.encode.types import FRAMES, MOV, WEBM, ExportSettings

#: Measured kilobytes per million pixels of picture (all frames together), for a person who moves before a smooth
#: fill (``benchmarks/encode.py``, 602×722). A real clip is within about half and double of it.
VP9_RATE = {"draft": 5.2, "standard": 5.0, "archive": 7.3}
HEVC_RATE = {"draft": 2.3, "standard": 3.1, "archive": 4.7}
PNG_RATE = 950.0  # noise does not compress: about 410 kB a frame at 602×722
SOUND_RATE = {WEBM: 12.0, MOV: 20.0}  # kilobytes a second: 96 and 160 kbit/s


def estimate_size(
    settings: ExportSettings, width: int, height: int, frames: int, sound_seconds: float = 0.0
) -> dict[str, float]:
    """The expected size of each file in megabytes (10⁶ bytes), and their ``total``; an estimate, not a promise.

    Example:
        >>> estimate_size(ExportSettings(mov=False), 602, 722, 5793)["total"] < 20
        True
    """
    pixels = width * height * frames / 1e6
    sound = sound_seconds if settings.audio else 0.0
    sizes = {WEBM: (VP9_RATE[settings.quality] * pixels + SOUND_RATE[WEBM] * sound) / 1e3}
    if settings.mov:
        sizes[MOV] = (HEVC_RATE[settings.quality] * pixels + SOUND_RATE[MOV] * sound) / 1e3
    if settings.frames:
        sizes[FRAMES] = PNG_RATE * pixels / 1e3
    sizes["total"] = sum(sizes.values())
    return sizes
