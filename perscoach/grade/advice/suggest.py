"""A grade from the person alone: is there too little or too much light, a veil over the blacks, a colour in the light?

What went wrong is estimated where it happened, in linear light: a veil adds the same to every pixel, the exposure and the
light's colour multiply. With these undone every pixel has its aim, and the five sliders are fitted to the aims. What is
within the usual is left alone, so a good picture stays as it was filmed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.messages import Message, message
from perscoach.grade import reference
from perscoach.grade.advice.cast import cast_of
from perscoach.grade.advice.clipping import burns, clipped, restrained, share
from perscoach.grade.advice.difference import ciede2000, to_lab, tolerance
from perscoach.grade.advice.fit import graded_lab, simplest, soften, solve
from perscoach.grade.advice.reasons import Reason, reasons_of
from perscoach.grade.advice.skin import ratios_of
from perscoach.grade.advice.subject import Subject
from perscoach.grade.params import Grade

# Lightness (CIE Lab L). The lightest parts of a person (white soles, a shine on skin or hair: the 99th hundredth) and the
# darkest (folds of clothes, hair: the 2nd) as a picture of a person in good light has them.
WHITE, BLACK = 82.0, 7.0
_WHITE_FINE = (70.0, 78.0, 93.0, 98.0)
"""The lightest parts: below the first surely too dark, between the second and third fine, above the last too bright."""
_SKIN_FINE = (20.0, 28.0, 70.0, 80.0)
"""Skin in the middle, dark skin and light skin alike: the same four."""
_BLACK_FINE = (12.0, 20.0)
"""The darkest parts: from the first on perhaps, from the second on surely grey, where the tones also span little:"""
_SPAN_FINE = (54.0, 62.0)

# Skin's own lightness. Melanin makes skin darker and redder at once, and redness, log(R / G), does not change with the
# exposure: in white light it is about 0.6 for light skin and 1.1 for brown skin.
_SKIN_LIGHT, _SKIN_BROWN = (0.70, 57.0), (1.10, 38.0)
_WHITE_SPREAD, _SKIN_SPREAD, _GAIN_SPREAD = 6.0, 10.0, 1.5
_MOST_STOPS = 2.3
SKIN_SHADE = 27.0
"""Skin that stays darker than this though the lightest parts are light enough lies in shadow and is lifted."""

_LOST = 0.05
"""A source that clips more of the person than this has lost detail that is missed (a forehead is about 5 % of a person)."""

_FITTED = 700  # pixels
_KEEP = 0.3
_ROBUST = 4.0
_WORTH = 0.25  # mean colour difference that a slider must gain to be moved


@dataclass(frozen=True)
class Suggestion:
    """What ``suggest`` found.

    Attributes:
        grade: the five numbers.
        reasons: one for every slider that moves.
        messages: the reasons as sentences, and further remarks.
    """

    grade: Grade
    reasons: tuple[Reason, ...]
    messages: tuple[Message, ...]


def suggest(subject: Subject) -> Suggestion:
    """The grade that puts right what is wrong with the person's colours, and why."""
    wanted = _wanted(subject)
    step = max(1, len(subject.rgb) // _FITTED)
    pixels, aim = subject.rgb[::step], to_lab(wanted[::step])
    scale = tolerance(aim)

    def wrong(lab: Array) -> Array:
        return np.asarray((soften((lab - aim) / scale, _ROBUST) / np.sqrt(len(aim))).ravel())

    def apart(grade: Grade) -> float:
        return float(ciede2000(graded_lab(pixels, grade), aim).mean())

    best = simplest(pixels, wrong, apart, solve(pixels, wrong, keep=_KEEP), keep=_KEEP, worth=_WORTH)
    grade = restrained(subject.rgb, best)
    reasons = reasons_of(grade, subject, wanted)
    messages = [reason.message for reason in reasons]
    if grade != best:
        messages.append(message("grade.restrained"))
    messages += _clipping(subject, stays=not reasons)
    if not subject.has_skin:
        messages.append(message("grade.no_skin"))
    return Suggestion(grade, reasons, tuple(messages))


def _clipping(subject: Subject, stays: bool) -> list[Message]:
    """What must be known of lost detail; ``stays``: no slider moves."""
    source, house = clipped(subject.rgb), clipped(subject.rgb, Grade())
    remarks = []
    if burns(subject.rgb, Grade()):
        remarks.append(
            message("grade.house_stays" if stays else "grade.house_burns", house=share(house), source=share(source))
        )
    elif stays and source <= _LOST:
        remarks.append(message("grade.fine"))
    elif stays:
        remarks.append(message("grade.stays"))
    if source > _LOST:
        remarks.append(message("grade.lost", source=share(source)))
    return remarks


def _wanted(subject: Subject) -> Array:
    """(n, 3) sRGB: every pixel as it should be."""
    linear = reference.srgb_to_linear(subject.rgb)
    veil, veiled = _veil(linear)
    linear = np.maximum(linear - veil, 0.0)
    cast = cast_of(replace(subject, rgb=reference.linear_to_srgb(linear)))
    linear = linear * np.exp([-cast[0], 0.0, -cast[1]])  # green stays, so that red and blue alone put it right
    linear = linear * _exposure(linear, subject, veiled)
    rgb = reference.linear_to_srgb(np.minimum(linear, 1.0))
    strength = _shade(rgb, subject)
    return reference.apply(rgb, Grade(0.0, 1.0, strength, 1.0, 1.0))


def _veil(linear: Array) -> tuple[float, float]:
    """Light that was added to every pixel (haze, a lamp in the lens, a flat picture profile), and how sure it is."""
    dark, white = np.percentile(_luminance(linear), (2, 99))
    black, span = float(_lightness(dark)), float(_lightness(white) - _lightness(dark))
    sure = _ramp(black, *_BLACK_FINE) * (1 - _ramp(span, *_SPAN_FINE))
    return sure * max(float(dark) - _light(BLACK), 0.0), sure


def _exposure(linear: Array, subject: Subject, veiled: float) -> float:
    """The factor that gives the person the light they need; 1 where it is fine and no veil has dulled it."""
    light = _luminance(linear)
    white = float(np.percentile(light, 99))
    middle = float(np.median(light[subject.skin])) if subject.has_skin else None
    off = max(veiled, _off(float(_lightness(white)), _WHITE_FINE))
    if middle is not None:
        off = max(off, _off(float(_lightness(middle)), _SKIN_FINE))
    stops = np.linspace(-_MOST_STOPS, _MOST_STOPS, 185)
    unlikely = ((_lightness(white * 2**stops) - WHITE) / _WHITE_SPREAD) ** 2 + (stops / _GAIN_SPREAD) ** 2 / 4
    if middle is not None:
        aim = _skin_aim(linear[subject.skin])
        unlikely += ((_lightness(middle * 2**stops) - aim) / _SKIN_SPREAD) ** 2
    return float(2 ** (off * stops[unlikely.argmin()]))


def _skin_aim(linear: Array) -> float:
    """The lightness that skin of this redness has in good light."""
    red = float(np.median(ratios_of(reference.linear_to_srgb(linear))[0][:, 0]))
    (light, high), (brown, low) = _SKIN_LIGHT, _SKIN_BROWN
    return float(high + (low - high) * _ramp(red, light, brown))


def _shade(rgb: Array, subject: Subject) -> float:
    """How much of the lift skin needs that is still in shadow when the rest has light enough."""
    if not subject.has_skin:
        return 0.0
    now = float(np.median(to_lab(rgb[subject.skin])[:, 0]))
    rise = reference.lift(np.array(now), 100.0)
    return float(np.clip((SKIN_SHADE - now) / max(float(rise), 1e-3), 0, 0.7) * 100)


def _off(value: float, fine: tuple[float, float, float, float]) -> float:
    too_dark, dark, bright, too_bright = fine
    return max(1 - _ramp(value, too_dark, dark), _ramp(value, bright, too_bright))


def _ramp(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0, 1))


def _luminance(linear: Array) -> Array:
    return np.asarray(linear @ reference.RGB_TO_XYZ[1])


def _lightness(luminance: Array | float) -> Array:
    return np.asarray(116 * reference.lab_curve(np.asarray(luminance)) - 16)


def _light(lightness: float) -> float:
    return float(reference.lab_curve_inverse(np.array((lightness + 16) / 116)))
