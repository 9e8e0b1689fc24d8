"""Bringing the person to the colours of a reference picture by the five sliders.

Neither pose nor crop is the same in the two, so no pixel has a partner. What is compared are distributions: along a few
directions of CIE Lab, the quantiles of the graded person against those of the reference (a sliced Wasserstein distance;
Bonneel, Rabin, Peyre, Pfister, "Sliced and Radon Wasserstein Barycenters of Measures", J. Math. Imaging Vis. 51, 2015).
Where both show skin, skin is compared with skin and the rest with the rest: more of a black shirt in one picture must
not darken a face in the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.messages import Message, message
from perscoach.grade.advice.difference import ciede2000, to_lab, tolerance
from perscoach.grade.advice.fit import graded_lab, moved, simplest, soften, solve
from perscoach.grade.advice.subject import Subject
from perscoach.grade.params import NEUTRAL, Grade

_LEVELS = np.linspace(0.03, 0.97, 15)
"""Quantiles that are compared; the outermost pixels are noise and mirrors of lamps."""

_PIXELS = 400  # of each part, for the first fit
_PAIRED = 240  # of each part, for pairs
_ROUNDS = 3  # of pairing and fitting
_KEEP = 0.5  # moving a slider by its whole way must gain as much as half a colour difference
_ROBUST = 2.5  # colour differences beyond this are rather other clothes than another light
_SKIN_WEIGHT = 0.6
"""How much skin counts where both have it: a coach looks at skin, and clothes may be other ones."""

_OTHER_CLOTHES, _OTHER_WEIGHT = 7.0, 0.1
"""Where the rest stays this far apart at best, it is other clothes: then it counts little, and skin decides."""

_WORTH = 0.25
"""The mean colour difference that a slider must gain to be moved: less is the difference between two frames."""

VERY_CLOSE, CLOSE, ALIKE = 2.5, 5.0, 10.0
"""Mean colour differences for the words. About 1 is just seen on plain patches; 2.5 goes unnoticed in a picture."""


@dataclass(frozen=True)
class Match:
    """What ``match`` found.

    Attributes:
        grade: the five numbers.
        before, after: the mean CIEDE2000 difference to the reference, as filmed and with ``grade``.
        messages: how close the colours come, and what was compared.
    """

    grade: Grade
    before: float
    after: float
    messages: tuple[Message, ...]


def match(subject: Subject, wanted: Subject) -> Match:
    """Fit the grade that brings ``subject`` to the colours of ``wanted``.

    Args:
        subject: the clip's person, as filmed.
        wanted: the reference's person, or the whole reference picture.
    """
    parts = _parts(subject, wanted)
    grade = _fitted(parts)
    dressed = len(parts) > 1 and _Pairs(parts[1:], grade).apart(grade) > _OTHER_CLOTHES
    if dressed:
        parts = _parts(subject, wanted, _OTHER_WEIGHT)
        grade = _fitted(parts)
    before, after = difference(subject, wanted, NEUTRAL), difference(subject, wanted, grade)
    if after >= before:  # nothing to be gained: leave it as filmed
        grade, after = NEUTRAL, before
    return Match(grade, before, after, _remarks(subject, wanted, grade, after, dressed))


def _fitted(parts: list[_Part]) -> Grade:
    grade = _first(parts)
    for _ in range(_ROUNDS):
        pairs = _Pairs(parts, grade)
        grade = solve(pairs.pixels, pairs.wrong, keep=_KEEP, starts=(grade,), patience=8)
    pairs = _Pairs(parts, grade)
    return simplest(pairs.pixels, pairs.wrong, pairs.apart, grade, keep=_KEEP, worth=_WORTH)


def difference(subject: Subject, wanted: Subject, grade: Grade) -> float:
    """The mean CIEDE2000 between the graded person and the reference, every pixel paired with one as like as possible.

    Pairs are found within skin and within the rest, where both have skin, by the assignment with the least sum. Two
    samples of one person differ by about 1 to 2 themselves.
    """
    return _Pairs(_parts(subject, wanted), grade).apart(grade)


@dataclass(frozen=True, eq=False)
class _Part:
    """Pixels (n, 3) sRGB that are to become like ``target`` (m, 3) Lab; ``aims`` are the target's quantiles."""

    pixels: Array
    target: Array
    weight: float
    directions: Array
    aims: Array

    def wrong(self, lab: Array) -> Array:
        ordered = np.sort(lab @ self.directions.T, axis=0)
        at = _LEVELS * (len(ordered) - 1)
        low = at.astype(np.intp)
        part = (at - low)[:, None]
        reached = ordered[low] * (1 - part) + ordered[np.minimum(low + 1, len(ordered) - 1)] * part
        weight = np.sqrt(self.weight / len(self.directions) * 3 / len(_LEVELS))
        return np.asarray(weight * soften((reached - self.aims)[..., None], _ROBUST).ravel())


def _first(parts: list[_Part]) -> Grade:
    """The fit of the distributions alone, from several starts."""
    pixels = np.concatenate([_even(part.pixels, _PIXELS) for part in parts])
    ends = np.cumsum([min(len(part.pixels), _PIXELS) for part in parts])[:-1]

    def wrong(lab: Array) -> Array:
        pieces = np.split(lab, ends)
        return np.concatenate([part.wrong(piece) for part, piece in zip(parts, pieces, strict=True)])

    return solve(pixels, wrong, keep=_KEEP, patience=15)


class _Pairs:
    """Every pixel with the one of the reference that it is to become; found anew as the grade gets better."""

    def __init__(self, parts: list[_Part], grade: Grade) -> None:
        pixels, targets, weights = [], [], []
        for part in parts:
            chosen, target = _sorted(part.pixels, to_lab(part.pixels)), _sorted(part.target, part.target)
            count = min(_PAIRED, len(chosen), len(target))
            chosen, target = _even(chosen, count), _even(target, count)
            a, b = _assigned(graded_lab(chosen, grade), target)
            pixels.append(chosen[a])
            targets.append(target[b])
            weights.append(np.full(count, part.weight / count))
        self.pixels, self._target, self._weight = (
            np.concatenate(pixels),
            np.concatenate(targets),
            np.concatenate(weights),
        )
        self._scale = tolerance(self._target)

    def wrong(self, lab: Array) -> Array:
        apart = soften((lab - self._target) / self._scale, _ROBUST)
        return np.asarray((np.sqrt(self._weight)[:, None] * apart).ravel())

    def apart(self, grade: Grade) -> float:
        """The pairs' mean CIEDE2000 with a grade."""
        return float(
            (self._weight * ciede2000(graded_lab(self.pixels, grade), self._target)).sum() / self._weight.sum()
        )


def _sorted(values: Array, lab: Array) -> Array:
    """The rows by lightness, so that an even choice holds dark and light ones alike."""
    return np.asarray(values[np.lexsort(lab.T[::-1])])


def _assigned(first: Array, second: Array) -> tuple[Array, Array]:
    """Rows of both (n, 3) Lab, paired with the least sum of differences (counted as in ``tolerance``)."""
    from scipy.optimize import linear_sum_assignment

    off = (first[:, None] - second[None]) / tolerance(second)
    a, b = linear_sum_assignment(np.sqrt(np.einsum("ijk,ijk->ij", off, off)))
    return a, b


def _parts(subject: Subject, wanted: Subject, rest: float = 1 - _SKIN_WEIGHT) -> list[_Part]:
    """What is compared with what: skin and the rest, the rest weighted by ``rest``; or all where one has no skin."""
    if not (subject.has_skin and wanted.has_skin):
        return [_part(subject.rgb, wanted.rgb, 1.0)]
    parts = [_part(subject.rgb[subject.skin], wanted.rgb[wanted.skin], _SKIN_WEIGHT)]
    if min((~subject.skin).sum(), (~wanted.skin).sum()) >= 30:
        parts.append(_part(subject.rgb[~subject.skin], wanted.rgb[~wanted.skin], rest))
    return parts


def _part(pixels: Array, target: Array, weight: float) -> _Part:
    lab = to_lab(target)
    directions = _directions(lab)
    return _Part(pixels, lab, weight, directions, np.quantile(lab @ directions.T, _LEVELS, axis=0))


def _directions(lab: Array) -> Array:
    """(9, 3): the axes of Lab and the diagonals between them, weighted about as CIEDE2000 weighs them there."""
    axes = np.eye(3)
    pairs = [(axes[i] + s * axes[j]) / np.sqrt(2) for i, j in ((0, 1), (0, 2), (1, 2)) for s in (1, -1)]
    return np.vstack((axes, *pairs)) / tolerance(np.median(lab, axis=0, keepdims=True))


def _even(values: Array, most: int) -> Array:
    """At most ``most`` of the rows, evenly spread."""
    if len(values) <= most:
        return values
    return values[np.linspace(0, len(values) - 1, most).round().astype(np.intp)]


def _remarks(subject: Subject, wanted: Subject, grade: Grade, after: float, dressed: bool) -> tuple[Message, ...]:
    remarks = [_how_close(after, bool(moved(grade)))]
    if wanted.whole:
        remarks.append(message("grade.match_whole"))
    elif not (subject.has_skin and wanted.has_skin):
        remarks.append(message("grade.match_no_skin"))
    elif dressed:
        remarks.append(message("grade.match_clothes"))
    return tuple(remarks)


def _how_close(after: float, moves: bool) -> Message:
    if not moves:
        return message("grade.match_none")
    steps = ((VERY_CLOSE, "very_close"), (CLOSE, "close"), (ALIKE, "alike"))
    return message(f"grade.match_{next((name for most, name in steps if after <= most), 'far')}")
