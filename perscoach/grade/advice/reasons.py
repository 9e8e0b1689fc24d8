"""Why each slider moves, in one short sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.messages import Message, message
from perscoach.grade.advice.cast import guess, name_of
from perscoach.grade.advice.difference import to_lab
from perscoach.grade.advice.fit import moved
from perscoach.grade.advice.subject import Subject
from perscoach.grade.params import Grade

_SEEN = 1.5  # steps of lightness that are worth telling
_TURN = 3.0  # degrees of hue that are worth telling


@dataclass(frozen=True)
class Reason:
    """Why ``slider`` (a name of ``Grade``) moves."""

    slider: str
    message: Message


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
    cast = name_of(guess(subject)) if red_or_blue else Message("", "")
    reasons = {
        "brightness_boost": lambda: _brightness(grade, now, aim),
        "contrast": lambda: _contrast(grade, now, aim),
        "lab_lift": lambda: _lift(grade, subject, now, aim),
        "red_boost": lambda: _gain("red", grade.red_boost, cast, now, aim),
        "blue_reduce": lambda: _gain("blue", grade.blue_reduce, cast, now, aim),
    }
    return tuple(Reason(name, reasons[name]()) for name in moved(grade))


def _look(lab: Array, skin: Array) -> _Look:
    black, white = np.percentile(lab[:, 0], (2, 99))
    of = lab[skin] if skin.sum() >= 30 else lab
    a, b = np.median(of[:, 1:], axis=0)
    hue = float(np.degrees(np.arctan2(b, a)) % 360) if skin.sum() >= 30 else None
    return _Look(float(np.median(of[:, 0])), float(black), float(white), hue)


def _way(up: bool) -> Message:
    return message("grade.up" if up else "grade.down")


def _brightness(grade: Grade, now: _Look, aim: _Look) -> Message:
    change = grade.brightness_boost
    values: dict[str, object] = {"way": _way(change > 0), "by": _digits(abs(change))}
    if change > 0 and aim.middle > now.middle + _SEEN:
        return message("grade.why_dark", now=now.middle, aim=aim.middle, **values)
    if change < 0 and now.black > aim.black + 2 * _SEEN:
        return message("grade.why_grey_black", now=now.black, aim=aim.black, **values)
    if change < 0 and aim.middle < now.middle - _SEEN:
        return message("grade.why_bright", now=now.middle, aim=aim.middle, **values)
    return message("grade.why_keep_dark", **values)


def _contrast(grade: Grade, now: _Look, aim: _Look) -> Message:
    if grade.contrast > 1 and aim.span > now.span + _SEEN:
        return message("grade.why_flat", now=now.span, aim=aim.span, to=grade.contrast)
    if grade.contrast < 1 and aim.white < now.white - _SEEN:
        return message("grade.why_harsh", now=now.white, aim=aim.white, to=grade.contrast)
    return message("grade.why_keep_contrast", way=_way(grade.contrast > 1), to=grade.contrast)


def _lift(grade: Grade, subject: Subject, now: _Look, aim: _Look) -> Message:
    if subject.has_skin and aim.middle > now.middle + _SEEN:
        return message("grade.why_shadow", now=now.middle, aim=aim.middle, by=grade.lab_lift)
    return message("grade.why_lift", by=grade.lab_lift)


def _gain(channel: str, value: float, cast: Message, now: _Look, aim: _Look) -> Message:
    values: dict[str, object] = {
        "cast": cast,
        "channel": message(f"grade.{channel}"),
        "way": _way(value > 1),
        "to": _digits(value),
    }
    if now.hue is not None and aim.hue is not None and abs(_turn(aim.hue - now.hue)) >= _TURN:
        return message("grade.why_skin_hue", now=now.hue, aim=aim.hue, **values)
    return message("grade.why_clothes_hue" if now.hue is None else "grade.why_light_hue", **values)


def _digits(value: float) -> Message:
    """Up to three decimals, none of them a trailing zero."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return Message(text, text.replace(".", ","))


def _turn(degrees: float) -> float:
    """The same turn the short way round, -180 to 180."""
    return (degrees + 180) % 360 - 180
