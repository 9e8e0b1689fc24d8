"""``Recipe``: all that a run is asked to do, as one value that is stored, sent and compared as JSON."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from perscoach.avatar.rigging import RigSettings
from perscoach.core.checks import not_an_object, settings_from
from perscoach.core.errors import SettingsError
from perscoach.grade.look import Look
from perscoach.grade.params import Grade
from perscoach.matting.base import MattingSettings
from perscoach.media.types import ExportSettings, IngestSettings
from perscoach.people.watch import PeopleSettings
from perscoach.pose.base import PoseSettings
from perscoach.score.choice import ScoreSettings


@dataclass(frozen=True)
class Recipe:
    """The settings of every stage."""

    ingest: IngestSettings = field(default_factory=IngestSettings)
    grade: Grade = field(default_factory=Grade)
    look: Look = field(default_factory=Look)
    matting: MattingSettings = field(default_factory=MattingSettings)
    pose: PoseSettings = field(default_factory=PoseSettings)
    rig: RigSettings = field(default_factory=RigSettings)
    export: ExportSettings = field(default_factory=ExportSettings)
    score: ScoreSettings = field(default_factory=ScoreSettings)

    def people(self, masks: bool = True) -> PeopleSettings:
        """The one pass of the landmarker that these settings ask for.

        Args:
            masks: whether a mask is needed: then every frame is looked at, else every ``pose.skip``-th.
        """
        trainer = self.matting.trainer or self.pose.trainer
        return PeopleSettings(self.pose.model, trainer, 1 if masks else self.pose.skip, masks)

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
            raise not_an_object("recipe", value)
        rooms = {f.name: f.default_factory for f in dataclasses.fields(cls)}  # the factory of a room is its class
        unknown = sorted(set(value) - set(rooms))
        if unknown:
            raise SettingsError("checks.unknown", name="recipe", key=f"{unknown[0]!r:.60}")
        return cls(**{name: settings_from(rooms[name], part, name) for name, part in value.items()})  # type: ignore[arg-type]
