"""Why each slider moves, in one short sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perscoach.core.arrays import Array
from perscoach.grade.advice.cast import guess, name_of
from perscoach.grade.advice.difference import to_lab
from perscoach.grade.advice.fit import moved
from perscoach.grade.advice.subject import Subject
from perscoach.grade.params import Grade

_SEEN = 1.5  # steps of lightness that are worth telling
_TURN = 3.0  # degrees of hue that are worth telling


@dataclass(frozen=True)
class Reason:
    """Why ``slider`` (a name of ``Grade``) moves: a sentence in English and Russian."""

    slider: str
    en: str
    ru: str


@dataclass(frozen=True)
class _Look:
    """Numbers of a person's picture: lightness of skin (or of all), of the darkest and lightest parts, hue of skin."""

    middle: float
    black: float
    white: float
    hue: float | None

    @property
    def span(self) -> float:
        return self.white - self.black


def reasons_of(grade: Grade, subject: Subject, wanted: Array) -> tuple[Reason, ...]:
    """The reasons for a grade that was fitted to ``wanted`` (n, 3) sRGB."""
    now, aim = _look(to_lab(subject.rgb), subject.skin), _look(to_lab(wanted), subject.skin)
    red_or_blue = {"red_boost", "blue_reduce"} & set(moved(grade))
    cast = name_of(guess(subject)) if red_or_blue else ("", "")
    tell = {
        "brightness_boost": lambda: _brightness(grade, now, aim),
        "contrast": lambda: _contrast(grade, now, aim),
        "lab_lift": lambda: _lift(grade, subject, now, aim),
        "red_boost": lambda: _gain("red", grade.red_boost, cast, now, aim),
        "blue_reduce": lambda: _gain("blue", grade.blue_reduce, cast, now, aim),
    }
    return tuple(Reason(name, *tell[name]()) for name in moved(grade))


def _look(lab: Array, skin: Array) -> _Look:
    black, white = np.percentile(lab[:, 0], (2, 99))
    of = lab[skin] if skin.sum() >= 30 else lab
    a, b = np.median(of[:, 1:], axis=0)
    hue = float(np.degrees(np.arctan2(b, a)) % 360) if skin.sum() >= 30 else None
    return _Look(float(np.median(of[:, 0])), float(black), float(white), hue)


def _brightness(grade: Grade, now: _Look, aim: _Look) -> tuple[str, str]:
    change = grade.brightness_boost
    by = f"{abs(change):.3f}".rstrip("0")
    comma = by.replace(".", ",")
    en_way, ru_way = ("up", "поднимаем") if change > 0 else ("down", "опускаем")
    numbers = (f"{now.middle:.0f}", f"{aim.middle:.0f}")
    if change > 0 and aim.middle > now.middle + _SEEN:
        why = "The person is dark", "Человек тёмный"
    elif change < 0 and now.black > aim.black + 2 * _SEEN:
        why, numbers = ("Black looks grey", "Чёрное выглядит серым"), (f"{now.black:.0f}", f"{aim.black:.0f}")
    elif change < 0 and aim.middle < now.middle - _SEEN:
        why = "The person is too bright", "Человек слишком светлый"
    else:
        return (
            f"Brightness goes {en_way} by {by}, so that dark tones keep their place.",
            f"Яркость {ru_way} на {comma}, чтобы тёмные тона остались на месте.",
        )
    return (
        f"{why[0]} (lightness {numbers[0]}, aim {numbers[1]}), so brightness goes {en_way} by {by}.",
        f"{why[1]} (светлота {numbers[0]}, нужно {numbers[1]}), поэтому яркость {ru_way} на {comma}.",
    )


def _contrast(grade: Grade, now: _Look, aim: _Look) -> tuple[str, str]:
    to = f"{grade.contrast:.2f}"
    comma = to.replace(".", ",")
    if grade.contrast > 1 and aim.span > now.span + _SEEN:
        return (
            f"Dark and light lie close together ({now.span:.0f} apart, aim {aim.span:.0f}), so contrast goes up to {to}.",
            f"Тёмное и светлое слишком близко (разница {now.span:.0f}, нужно {aim.span:.0f}), "
            f"поэтому контраст поднимаем до {comma}.",
        )
    if grade.contrast < 1 and aim.white < now.white - _SEEN:
        return (
            f"The light parts are too light (lightness {now.white:.0f}, aim {aim.white:.0f}), so contrast goes down to {to}.",
            f"Светлые места слишком светлые (светлота {now.white:.0f}, нужно {aim.white:.0f}), "
            f"поэтому контраст опускаем до {comma}.",
        )
    en, ru = ("up", "поднимаем") if grade.contrast > 1 else ("down", "опускаем")
    return (
        f"Contrast goes {en} to {to}, so that light and dark stay as they are.",
        f"Контраст {ru} до {comma}, чтобы светлое и тёмное остались как есть.",
    )


def _lift(grade: Grade, subject: Subject, now: _Look, aim: _Look) -> tuple[str, str]:
    by = f"{grade.lab_lift:.0f}"
    if subject.has_skin and aim.middle > now.middle + _SEEN:
        return (
            f"Skin lies in shadow (lightness {now.middle:.0f}, aim {aim.middle:.0f}), so dark tones are lifted by {by}.",
            f"Кожа в тени (светлота {now.middle:.0f}, нужно {aim.middle:.0f}), поэтому тёмные тона поднимаем на {by}.",
        )
    return (
        f"More contrast would make the darker tones too dark, so they are lifted by {by}.",
        f"От контраста тёмные тона стали бы слишком тёмными, поэтому поднимаем их на {by}.",
    )


def _gain(channel: str, value: float, cast: tuple[str, str], now: _Look, aim: _Look) -> tuple[str, str]:
    to = f"{value:.3f}".rstrip("0")
    comma = to.replace(".", ",")
    name = {"red": "красный", "blue": "синий"}[channel]
    en_way, ru_way = ("up", "поднимаем") if value > 1 else ("down", "опускаем")
    en_cast, ru_cast = cast
    if now.hue is not None and aim.hue is not None and abs(aim.hue - now.hue) >= _TURN:
        return (
            f"The skin leans to {en_cast} (hue {now.hue:.0f}°, aim {aim.hue:.0f}°), so {channel} goes {en_way} to {to}.",
            f"Кожа уходит в {ru_cast} (тон {now.hue:.0f}°, нужно {aim.hue:.0f}°), поэтому {name} {ru_way} до {comma}.",
        )
    what = ("light", "Свет") if now.hue is not None else ("clothes", "Одежда")
    return (
        f"The {what[0]} {'leans' if now.hue is not None else 'lean'} to {en_cast}, so {channel} goes {en_way} to {to}.",
        f"{what[1]} уходит в {ru_cast}, поэтому {name} {ru_way} до {comma}.",
    )
