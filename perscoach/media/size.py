"""How large an export will be, said before it is made."""

from __future__ import annotations

from perscoach.media.types import FRAMES, MOV, WEBM, ExportSettings

#: Kilobytes per million pixels of picture (all frames together). In between of what two real clips gave: a person in a
#: clean studio (half of it) and one in a grainy gym (up to twice).
VP9_RATE = {"draft": 8.0, "standard": 9.5, "archive": 13.0}
HEVC_RATE = {"draft": 3.0, "standard": 4.0, "archive": 6.0}
PNG_RATE = 950.0  # noise does not compress: about 410 kB a frame at 602×722
SOUND_RATE = {WEBM: 12.0, MOV: 20.0}  # kilobytes a second: 96 and 160 kbit/s


def estimate_size(
    settings: ExportSettings, width: int, height: int, frames: int, sound_seconds: float = 0.0
) -> dict[str, float]:
    """The expected size of each file in megabytes (10⁶ bytes), and their ``total``; an estimate, not a promise.

    Example:
        >>> estimate_size(ExportSettings(mov=False), 602, 722, 5793)["total"] < 30
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
