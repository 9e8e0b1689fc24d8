"""``Grade``: the five V11 parameters."""

from __future__ import annotations

from dataclasses import dataclass

from perscoach.core.checks import check_number

RANGES: dict[str, tuple[float, float]] = {
    "brightness_boost": (-0.3, 0.3),
    "contrast": (0.5, 2.0),
    "lab_lift": (0.0, 100.0),
    "red_boost": (0.7, 1.3),
    "blue_reduce": (0.7, 1.3),
}

STEPS = {"brightness_boost": 0.005, "contrast": 0.01, "lab_lift": 1.0, "red_boost": 0.005, "blue_reduce": 0.005}
"""The finest move of each slider."""


@dataclass(frozen=True)
class Grade:
    """The five V11 parameters; a per-pixel map sRGB → sRGB (see ``perscoach.grade.reference``).

    Attributes:
        brightness_boost: offset in 0..1 sRGB units; neutral 0.
        contrast: gain about mid grey; neutral 1.
        lab_lift: lift of dark tones in CIE Lab lightness; neutral 0.
        red_boost, blue_reduce: gains of red and blue; neutral 1.
    """

    brightness_boost: float = 0.08
    contrast: float = 1.12
    lab_lift: float = 52.0
    red_boost: float = 1.03
    blue_reduce: float = 0.97

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            object.__setattr__(self, name, check_number(name, getattr(self, name), low, high))


NEUTRAL = Grade(0.0, 1.0, 0.0, 1.0, 1.0)
