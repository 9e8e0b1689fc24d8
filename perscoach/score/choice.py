"""The coach's own settings of the measures: ``score.json`` of a package."""

from __future__ import annotations

import math
from dataclasses import asdict, astuple, dataclass, replace
from typing import Any

from perscoach.core.errors import BundleError
from perscoach.score.plan import Plan, Target
from perscoach.score.rules import rules

SCHEMA = "perscoach.score.1"
MOST_CUE = 120
"""Characters of a coach's own words, and of the title."""


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
    room = target.room if worse == target.worse else 0.0
    tolerance = target.tolerance * choice.tolerance
    return replace(target, tolerance=tolerance, room=room, worse=worse, weight=weight, cue=choice.cue)


@dataclass(frozen=True)
class ScoreSettings:
    """What the coach says about the score, as a part of the recipe.

    Attributes:
        title: the name that clients see; empty: the package's.
        measures: (name, on, weight, tolerance, worse, cue) of each measure that is not left as it is; see ``Choice``.

    Raises:
        ValueError: from construction: a measure that is not known, or a value outside its range.
    """

    title: str = ""
    measures: tuple[tuple[str, bool, float, float, int | None, str], ...] = ()

    def __post_init__(self) -> None:
        _text("title", self.title)
        rows = [(_known(row[0]), *_choice(*row[1:])) for row in (tuple(row) for row in self.measures)]
        if len({row[0] for row in rows}) != len(rows):
            raise ValueError("measures: one is there twice")
        object.__setattr__(self, "measures", tuple(rows))

    @property
    def choices(self) -> dict[str, Choice]:
        """Measure to what is said about it."""
        return {name: Choice(*rest) for name, *rest in self.measures}  # type: ignore[arg-type]

    def titled(self, title: str) -> ScoreSettings:
        """The same with another title."""
        return replace(self, title=title)

    def to_json(self) -> dict[str, Any]:
        """The contents of ``score.json``."""
        measures = {name: asdict(one) for name, one in self.choices.items()}
        return {"schema": SCHEMA, "title": self.title, "measures": measures}

    @classmethod
    def from_json(cls, value: Any) -> ScoreSettings:
        """Read what ``to_json`` wrote.

        Raises:
            BundleError: it is something else.
        """
        try:
            if value["schema"] != SCHEMA:
                raise ValueError(f"schema {value['schema']!r:.40}")
            rows = [(name, *astuple(Choice(**one))) for name, one in value["measures"].items()]
            return cls(value["title"], tuple(rows))
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise BundleError("score.bad_choice", reason=f"{error!s:.200}") from error


def _known(name: Any) -> str:
    if name not in rules().measure:
        raise ValueError(f"measure {name!r:.40}")
    return str(name)


def _choice(on: Any, weight: Any, tolerance: Any, worse: Any, cue: Any) -> tuple[bool, float, float, int | None, str]:
    if worse not in (None, -1, 0, 1) or isinstance(worse, bool) or not isinstance(on, bool):
        raise ValueError("on or worse")
    return on, _number(weight, 0.1, 3), _number(tolerance, 0.25, 4), worse, _text("cue", cue)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > MOST_CUE or any(ord(c) < 32 for c in value):
        raise ValueError(f"{name}: expected at most {MOST_CUE} characters in one line")
    return value


def _number(value: Any, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("a number")
    if not least <= value <= most:
        raise ValueError(f"expected {least} to {most}, got {value}")
    return float(value)
