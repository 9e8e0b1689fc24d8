"""Presets: a grade with a name; the built-in ones and the JSON file that a coach keeps or passes on.

The file (``perscoach.grade/1``)::

    {"schema": "perscoach.grade/1", "name": "Evening gym", "grade": {"brightness_boost": 0.08, …}}

The inner object alone (a bundle's ``grade.json``) is read too.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perscoach.core.checks import settings_from
from perscoach.core.errors import SettingsError
from perscoach.core.files import regular_file, shown_name, write_json
from perscoach.core.messages import Message, message
from perscoach.core.names import clean_name, safe_name
from perscoach.grade.params import NEUTRAL, RANGES, Grade

SCHEMA = "perscoach.grade/1"
_MAX_BYTES = 65536


@dataclass(frozen=True)
class Preset:
    """A built-in grade."""

    key: str
    grade: Grade

    @property
    def title(self) -> Message:
        """Its name on the screen."""
        return message(f"grade.preset_{self.key}")


BUILT_IN: tuple[Preset, ...] = (
    Preset("v11", Grade()),
    Preset("neutral", NEUTRAL),
    Preset("warm", Grade(0.06, 1.10, 45, 1.07, 0.91)),
    Preset("cool", Grade(0.06, 1.10, 45, 0.97, 1.05)),
    Preset("dark_gym", Grade(0.10, 1.12, 85, 1.02, 0.98)),
    Preset("bright_gym", Grade(-0.03, 1.10, 40, 1.02, 0.98)),
    Preset("soft", Grade(0.05, 0.95, 40, 1.02, 0.98)),
    Preset("punchy", Grade(0.04, 1.28, 35, 1.03, 0.97)),
)


def by_name(key: str) -> Grade:
    """The grade of a built-in preset by its key.

    Raises:
        SettingsError: there is none.
    """
    for preset in BUILT_IN:
        if preset.key == key:
            return preset.grade
    raise SettingsError("grade.no_preset", name=f"{key!r:.60}", known=", ".join(p.key for p in BUILT_IN))


def to_json(name: str, grade: Grade) -> dict[str, Any]:
    """The preset file's content."""
    return {"schema": SCHEMA, "name": clean_name(name), "grade": dataclasses.asdict(grade)}


def from_json(value: Any) -> tuple[str, Grade]:
    """The name and the grade of a preset file's content; parameters left out take the V11 value.

    Raises:
        SettingsError: not a preset, an unknown parameter, or a value outside its range.
    """
    if (
        isinstance(value, dict) and value and set(value) <= set(RANGES)
    ):  # the numbers alone, as in a bundle's grade.json
        return "", settings_from(Grade, value, "preset")
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise SettingsError("grade.not_a_preset", schema=f"{SCHEMA!r}")
    unknown = sorted(str(k) for k in set(value) - {"schema", "name", "grade"})
    if unknown:
        raise SettingsError("grade.preset_part", key=f"{unknown[0]!r:.60}")
    name = value.get("name", "")
    if not isinstance(name, str):
        raise SettingsError("grade.preset_name")
    return clean_name(name), settings_from(Grade, value.get("grade"), "preset")


def loads(text: str) -> tuple[str, Grade]:
    """The name and the grade in a preset file's text.

    Raises:
        SettingsError: too long, not JSON, or not a preset.
    """
    if len(text) > _MAX_BYTES:
        raise SettingsError("grade.preset_size")
    try:
        value = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        raise SettingsError("grade.preset_json") from None
    return from_json(value)


def save(path: Path, grade: Grade, name: str = "") -> None:
    """Write a preset file, atomically; ``name`` is the file's own where it is left out."""
    write_json(path, to_json(name or path.stem, grade))


def load(path: Path) -> Grade:
    """The grade of a preset file.

    Raises:
        SettingsError: missing, too large, not text, or not a preset.
    """
    regular_file(path, SettingsError)
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        return loads(data.decode("utf-8"))[1]
    except UnicodeDecodeError:
        raise SettingsError("grade.preset_text", name=shown_name(path)) from None


def file_name(name: str, ending: str = ".json") -> str:
    """A file name from a preset's name; never a path."""
    return f"{safe_name(clean_name(name).replace(' ', '_'), 'preset')}{ending}"
