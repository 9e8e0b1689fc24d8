"""The constants of the score, shared with the browser: one file, ``rules.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
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
class Rules:
    """``rules.json``.

    Attributes:
        points: names of the points that are read from any skeleton; the first twelve make the bones.
        joints: for each skeleton the index of each point.
        other_side: for each point its mirror image.
        bones: what is compared.
        values: the rest, as it stands in the file.
    """

    points: tuple[str, ...]
    joints: dict[str, tuple[int, ...]]
    other_side: tuple[int, ...]
    bones: tuple[Bone, ...]
    values: dict[str, Any]


@lru_cache(maxsize=1)
def rules() -> Rules:
    """The rules of this version."""
    data = json.loads(PATH.read_text(encoding="utf-8"))
    bones = tuple(
        Bone(b["name"], tuple(b["from"]), tuple(b["to"]), b["ok"], b["bad"], b["other_side"]) for b in data["bones"]
    )
    joints = {name: tuple(where) for name, where in data["joints"].items()}
    return Rules(tuple(data["points"]), joints, tuple(data["other_side"]), bones, data)
