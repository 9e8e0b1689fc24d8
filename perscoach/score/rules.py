"""The constants of the score, shared with the browser: one file, ``rules.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("rules.json")


@dataclass(frozen=True)
class Bone:
    """A direction that is compared: from the middle of some points to the middle of others.

    Attributes:
        ok, bad: degrees of difference up to which it counts as right, and from which it counts as wrong.
        other_side: the index of its mirror image.
    """

    name: str
    start: tuple[int, ...]
    end: tuple[int, ...]
    ok: float
    bad: float
    other_side: int


@dataclass(frozen=True)
class Measure:
    """One row of the table of anatomy: a number that is read from a pose, and when it is judged.

    Attributes:
        group: ``depth``, ``trunk``, ``knees``, ``feet`` or ``arms``.
        kind: ``travel``: the trainer goes from rest to the key pose, and going less far is worse. ``guard``: one
            direction is worse in every exercise in which the measure counts.
        unit: ``deg``, or the length that it is a share of: ``leg``, ``arm``, ``shank``, ``feet`` (between the ankles).
        points: what must be seen.
        tolerance: travel: share of the trainer's travel; guard: in the unit.
        bones: the limbs that it speaks for.
        values: the row as it stands in the file.
    """

    name: str
    group: str
    kind: str
    unit: str
    points: tuple[int, ...]
    tolerance: float
    bones: tuple[int, ...]
    values: dict[str, Any]


@dataclass(frozen=True)
class Rules:
    """``rules.json``.

    Attributes:
        points: names of the points that are read from any skeleton; the first twelve make the bones.
        joints: for each skeleton the index of each point.
        other_side: for each point its mirror image.
        bones: what the arrows compare.
        measures: what the score judges.
        values: the rest, as it stands in the file.
    """

    points: tuple[str, ...]
    joints: dict[str, tuple[int, ...]]
    other_side: tuple[int, ...]
    bones: tuple[Bone, ...]
    measures: tuple[Measure, ...]
    values: dict[str, Any]

    @cached_property
    def measure(self) -> dict[str, int]:
        """A measure's name to its index."""
        return {m.name: i for i, m in enumerate(self.measures)}


@lru_cache(maxsize=1)
def rules() -> Rules:
    """The rules of this version."""
    data = json.loads(PATH.read_text(encoding="utf-8"))
    bones = tuple(
        Bone(b["name"], tuple(b["from"]), tuple(b["to"]), b["ok"], b["bad"], b["other_side"]) for b in data["bones"]
    )
    measures = tuple(
        Measure(m["name"], m["group"], m["kind"], m["unit"], tuple(m["points"]), m["tolerance"], tuple(m["bones"]), m)
        for m in data["measures"]
    )
    joints = {name: tuple(where) for name, where in data["joints"].items()}
    return Rules(tuple(data["points"]), joints, tuple(data["other_side"]), bones, measures, data)
