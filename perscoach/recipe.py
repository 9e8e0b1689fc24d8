"""``Recipe``: all that a run is asked to do, as one value that is stored, sent and compared as JSON."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, TypeVar

from perscoach.clip.types import IngestSettings
from perscoach.encode.types import ExportSettings
from perscoach.errors import SettingsError
from perscoach.grade.look import Look
from perscoach.grade.params import Grade
from perscoach.matting.base import MattingSettings
from perscoach.pose.base import PoseSettings

T = TypeVar("T")


@dataclass(frozen=True)
class Recipe:
    """The settings of every stage."""

    ingest: IngestSettings = field(default_factory=IngestSettings)
    grade: Grade = field(default_factory=Grade)
    look: Look = field(default_factory=Look)
    matting: MattingSettings = field(default_factory=MattingSettings)
    pose: PoseSettings = field(default_factory=PoseSettings)
    export: ExportSettings = field(default_factory=ExportSettings)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> Recipe:
        """Read what ``to_json`` wrote; missing fields take their defaults.

        Raises:
            SettingsError: an unknown field, a wrong type or a value outside its range.
        """
        if not isinstance(value, dict):
            raise _not_an_object("recipe", value)
        rooms = {f.name: f.default_factory for f in dataclasses.fields(cls)}  # the factory of a room is its class
        unknown = sorted(set(value) - set(rooms))
        if unknown:
            raise SettingsError(
                f"recipe: unknown part {unknown[0]!r:.60}.", f"Рецепт: лишняя часть {unknown[0]!r:.60}."
            )
        return cls(**{name: settings_from(rooms[name], part, name) for name, part in value.items()})  # type: ignore[arg-type]


def settings_from(cls: type[T], value: Any, name: str) -> T:
    """A settings dataclass from a JSON object; its own checks decide the values.

    Raises:
        SettingsError: not an object, an unknown field, or a value that its checks refuse.
    """
    if not isinstance(value, dict):
        raise _not_an_object(name, value)
    known = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(str(k) for k in set(value) - set(known))
    if unknown:
        raise SettingsError(
            f"{name}: unknown setting {unknown[0]!r:.60}.", f"{name}: нет настройки {unknown[0]!r:.60}."
        )
    for key, item in value.items():
        default = known[key].default
        if isinstance(default, bool) and not isinstance(item, bool):
            raise SettingsError(
                f"{name}.{key}: expected true or false, got {item!r:.60}.",
                f"{name}.{key}: нужно true или false, получено {item!r:.60}.",
            )
        if not isinstance(item, (str, int, float, bool, list, tuple, type(None))):
            raise SettingsError(
                f"{name}.{key}: expected a plain value, got {type(item).__name__}.",
                f"{name}.{key}: нужно простое значение, получено {type(item).__name__}.",
            )
    try:
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in value.items()})
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{name}: {error}", f"{name}: настройки не подходят ({error}).") from error


def _not_an_object(name: str, value: Any) -> SettingsError:
    found = type(value).__name__
    return SettingsError(f"{name}: expected an object, got {found}.", f"{name}: нужен объект JSON, получено {found}.")
