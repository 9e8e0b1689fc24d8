"""Bytes and seconds for people."""

from __future__ import annotations

from perscoach.core.messages import translate


def size_text(count: float, language: str) -> str:
    """Bytes as KB, MB or GB, with one decimal below ten."""
    power = 1
    while count / 1024**power >= 1000 and power < 3:
        power += 1
    value = count / 1024**power
    unit = ("kb", "mb", "gb")[power - 1]
    return translate(f"bundle.size_{unit}", language, n=round(value) if value >= 10 else round(value, 1))


def time_text(seconds: float, language: str) -> str:
    """Seconds for people."""
    whole = max(0, round(seconds))
    if whole < 60:
        return translate("bundle.secs", language, s=whole)
    return translate("bundle.minutes", language, m=whole // 60, s=whole % 60)


def clock_text(seconds: float) -> str:
    """Seconds as a clock shows them: ``2:10``, ``1:02:03``."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
