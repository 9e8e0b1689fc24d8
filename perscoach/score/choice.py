"""The coach's own settings of the measures: ``score.json`` of a package."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from perscoach.core.errors import BundleError
from perscoach.score.plan import Plan, Target
from perscoach.score.rules import rules

SCHEMA = "perscoach.score.1"
MOST_CUE = 120
"""Characters of a coach's own words."""


@dataclass(frozen=True)
class Choice:
    """What the coach says about one measure; ``None`` leaves what the trainer's movement gives.

    Attributes:
        on: whether it is judged.
        weight: 0.1 to 3; under 1 it also counts less where it is the worst.
        tolerance: factor on the tolerance, 0.25 to 4.
        worse: 1: more is worse; -1: less is worse; 0: both.
        cue: the coach's own words, instead of the page's.
    """

    on: bool = True
    weight: float = 1.0
    tolerance: float = 1.0
    worse: int | None = None
    cue: str = ""


def with_choice(plan: Plan, choice: dict[str, Choice]) -> Plan:
    """The plan as the coach wants it."""
    return replace(plan, targets=tuple(_changed(t, choice[t.name]) if t.name in choice else t for t in plan.targets))


def _changed(target: Target, choice: Choice) -> Target:
    worse = target.worse if choice.worse is None else choice.worse
    weight = choice.weight if choice.on else 0.0
    return replace(target, tolerance=target.tolerance * choice.tolerance, worse=worse, weight=weight, cue=choice.cue)


def to_json(choice: dict[str, Choice]) -> dict[str, Any]:
    """Plain JSON values."""
    return {"schema": SCHEMA, "measures": {name: asdict(one) for name, one in choice.items()}}


def from_json(value: Any) -> dict[str, Choice]:
    """Read and check what ``to_json`` wrote, or what a form sent.

    Raises:
        BundleError: it is something else.
    """
    try:
        if value["schema"] != SCHEMA:
            raise ValueError(f"schema {value['schema']!r:.40}")
        return {_known(name): _choice(one) for name, one in value["measures"].items()}
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BundleError("score.bad_choice", reason=f"{error!s:.200}") from error


def _known(name: Any) -> str:
    if name not in rules().measure:
        raise ValueError(f"measure {name!r:.40}")
    return str(name)


def _choice(value: Any) -> Choice:
    weight, tolerance = _number(value.get("weight", 1.0), 0.1, 3), _number(value.get("tolerance", 1.0), 0.25, 4)
    worse, cue, on = value.get("worse"), value.get("cue", ""), value.get("on", True)
    if worse not in (None, -1, 0, 1) or isinstance(worse, bool) or not isinstance(on, bool):
        raise ValueError("on or worse")
    if not isinstance(cue, str) or len(cue) > MOST_CUE or any(ord(c) < 32 for c in cue):
        raise ValueError(f"cue: expected at most {MOST_CUE} characters")
    return Choice(on, weight, tolerance, worse, cue)


def _number(value: Any, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("a number")
    if not least <= value <= most:
        raise ValueError(f"expected {least} to {most}, got {value}")
    return float(value)
