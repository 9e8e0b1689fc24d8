"""Made-up people as pixels, and what light and cameras do to them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from perscoach.grade import reference
from perscoach.grade.advice.difference import ciede2000, to_lab
from perscoach.grade.advice.subject import Subject
from perscoach.grade.params import NEUTRAL, Grade

LIGHT_SKIN = (0.46, 0.25, 0.165)  # linear light in the middle of the skin
BROWN_SKIN = (0.165, 0.062, 0.030)
BLACK, NAVY, RED, WHITE = (0.012, 0.012, 0.012), (0.03, 0.045, 0.09), (0.35, 0.03, 0.04), (0.62, 0.62, 0.62)

DEGRADED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "dark": lambda linear: linear * 0.3,
    "warm": lambda linear: linear * (1.3, 1.0, 0.6),
    "cold": lambda linear: linear * (0.7, 1.0, 1.35),
    "flat": lambda linear: 0.65 * linear + 0.08,
    "green": lambda linear: linear * (0.78, 1.05, 0.78),
    "magenta": lambda linear: linear * (1.2, 0.82, 1.15),
}


def person(
    skin: tuple[float, float, float] | None = LIGHT_SKIN,
    clothes: tuple[float, float, float] = BLACK,
    *,
    count: int = 1500,
    bare: float = 0.35,
    seed: int = 0,
) -> Subject:
    """Shaded skin, clothes in folds, white shoes."""
    dice = np.random.default_rng(seed)
    bare = 0.0 if skin is None else bare
    parts = [
        (skin or BLACK, round(bare * count)),
        (clothes, round((0.94 - bare) * count)),
        (WHITE, round(0.06 * count)),
    ]
    pixels, on_skin = [], []
    for colour, many in parts:
        shade = np.exp(dice.normal(0, 0.35, (many, 1)))
        pixels.append(np.array(colour) * shade * np.exp(dice.normal(0, 0.03, (many, 3))))
        on_skin.append(np.full(many, colour is skin))
    return Subject(codes(np.concatenate(pixels)), np.concatenate(on_skin))


def codes(linear: np.ndarray) -> np.ndarray:
    """Linear light as an 8-bit camera stores it: sRGB in 0..1 on steps of 1/255."""
    return np.floor(reference.linear_to_srgb(np.clip(linear, 0, 1)) * 255 + 0.5) / 255


def worse(subject: Subject, kind: str) -> Subject:
    """The same pixels in poor light."""
    return Subject(codes(DEGRADED[kind](reference.srgb_to_linear(subject.rgb))), subject.skin)


def apart(subject: Subject, aim: np.ndarray, grade: Grade = NEUTRAL) -> float:
    """Mean CIEDE2000 of the graded person, pixel by pixel, to (n, 3) sRGB."""
    return float(ciede2000(to_lab(reference.apply(subject.rgb, grade)), to_lab(aim)).mean())
