"""The colour of the light that falls on a person, guessed from the person alone.

A cast multiplies red, green and blue, so in ``u = log(R / G)`` and ``v = log(B / G)`` of linear light it is one shift of
all pixels (``perscoach.grade.advice.skin``). Three things are known beforehand, and the shift that suits them best is taken:

* skin lies on the skin line: hue 51 degrees in CIE Lab, within about 6. The preferred hue of skin on screens is 50.5
  degrees at a chroma of 25 (S.-H. Chen, H.-S. Chen, N. Ohta, M. R. Luo, "The Effect of Chromatic and Lightness Components
  for Preferred Skin Color Reproduction on a Display", J. Imaging Sci. Technol. 57, 2013); people differ much more in the
  chroma of their skin than in its hue, so along the line much is allowed;
* clothes, shoes and hair are often black, grey or white, and coloured ones are of any colour: a robust pull to grey;
* most light is nearly white; casts are more often warm or cold than green or magenta.
"""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.messages import Message, message
from perscoach.grade.advice.skin import ratios_of
from perscoach.grade.advice.subject import Subject

SKIN_BAND = (44.0, 59.0)
"""Hues that pass for skin in white light."""

# The skin line in (u, v): colours of hue 51 degrees at L = 50, chroma 18 to 32, with the spread of 6 degrees across it
# and that of a chroma of 25 +- 8 along it.
_MIDDLE = np.array([0.77, -0.46])
_ALONG = np.array([1.0, -0.8]) / np.hypot(1.0, 0.8)
_ACROSS_SPREAD, _ALONG_SPREAD = 0.09, 0.30
_SKIN_WEIGHT = 0.5  # skin's pixels agree among themselves, but the person's own skin is one sample

_WARM = np.array([0.53, -0.85])  # the way from daylight to lamplight
_WARM_SPREAD, _TINT_SPREAD = 0.4, 0.25
_GREY_SPREAD = 0.12
_GREY_WEIGHT = 6.0
_FEW = 160  # pixels that are asked
_REACH, _POINTS = 0.75, 61

_SURE = (0.10, 0.30)
"""A guess shorter than the first is no cast (white balance is never perfect), longer than the second surely one."""


def cast_of(subject: Subject) -> Array:
    """(2,): the shift of u and v by the light's colour, as far as it is sure; zeros for white light."""
    shift = guess(subject)
    low, high = _SURE
    return np.asarray(shift * np.clip((np.hypot(*shift) - low) / (high - low), 0, 1))


def guess(subject: Subject) -> Array:
    """(2,): the likeliest shift of u and v."""
    axis = np.linspace(-_REACH, _REACH, _POINTS)
    shifts = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    tint = np.array([-_WARM[1], _WARM[0]])
    unlikely = (shifts @ _WARM / _WARM_SPREAD) ** 2 + (shifts @ tint / _TINT_SPREAD) ** 2
    ratios, light = ratios_of(subject.rgb)
    if subject.has_skin:
        off = np.median(ratios[subject.skin], axis=0) - shifts - _MIDDLE
        across = np.array([-_ALONG[1], _ALONG[0]])
        unlikely += _SKIN_WEIGHT * ((off @ across / _ACROSS_SPREAD) ** 2 + (off @ _ALONG / _ALONG_SPREAD) ** 2)
    rest, weight = ratios[~subject.skin], np.clip(light[~subject.skin], 0, 0.3) + 0.01
    if len(rest):
        chosen = np.linspace(0, len(rest) - 1, min(_FEW, len(rest))).round().astype(np.intp)
        rest, weight = rest[chosen], weight[chosen] / weight[chosen].sum()
        apart = ((rest[:, None] - shifts[None]) ** 2).sum(axis=-1) / _GREY_SPREAD**2
        unlikely += _GREY_WEIGHT * (weight[:, None] * np.log1p(apart)).sum(axis=0)
    return np.asarray(shifts[unlikely.argmin()])


def name_of(shift: Array) -> Message:
    """The colour that a cast gives the picture."""
    warm, tint = float(shift @ _WARM), float(shift @ np.array([-_WARM[1], _WARM[0]]))
    if abs(tint) > abs(warm):
        return message("grade.cast_magenta" if tint > 0 else "grade.cast_green")
    return message("grade.cast_orange" if warm > 0 else "grade.cast_blue")
