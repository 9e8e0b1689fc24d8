"""Presets: a grade with a name; the built-in ones and the JSON file that a coach keeps or passes on.

The file (``perscoach.grade/1``)::

    {"schema": "perscoach.grade/1", "name": "Evening gym", "grade": {"brightness_boost": 0.08, …}}

The inner object alone (a bundle's ``grade.json``) is read too.
"""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perscoach.core.checks import settings_from
from perscoach.core.errors import SettingsError
from perscoach.core.files import write_json
from perscoach.core.names import clean_name
from perscoach.grade.params import NEUTRAL, RANGES, Grade

SCHEMA = "perscoach.grade/1"
_MAX_BYTES = 65536
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # device names on Windows


@dataclass(frozen=True)
class Preset:
    """A grade with a name in both languages; ``key`` names the built-in ones."""

    key: str
    en: str
    ru: str
    grade: Grade


BUILT_IN: tuple[Preset, ...] = (
    Preset("v11", "V11, standard", "V11, обычный", Grade()),
    Preset("neutral", "As filmed", "Как снято", NEUTRAL),
    Preset("warm", "Warmer", "Теплее", Grade(0.06, 1.10, 45, 1.07, 0.91)),
    Preset("cool", "Cooler", "Холоднее", Grade(0.06, 1.10, 45, 0.97, 1.05)),
    Preset("dark_gym", "Dark gym", "Тёмный зал", Grade(0.10, 1.12, 85, 1.02, 0.98)),
    Preset("bright_gym", "Bright gym", "Яркий зал", Grade(-0.03, 1.10, 40, 1.02, 0.98)),
    Preset("soft", "Soft", "Мягко", Grade(0.05, 0.95, 40, 1.02, 0.98)),
    Preset("punchy", "Strong contrast", "Контрастно", Grade(0.04, 1.28, 35, 1.03, 0.97)),
)


def by_name(key: str) -> Grade:
    """The grade of a built-in preset by its key.

    Raises:
        SettingsError: there is none.
    """
    for preset in BUILT_IN:
        if preset.key == key:
            return preset.grade
    listed = ", ".join(p.key for p in BUILT_IN)
    raise SettingsError(
        f"There is no preset {key!r:.60}. There are: {listed}.", f"Нет набора {key!r:.60}. Есть: {listed}."
    )


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
        raise SettingsError(
            f"This is not a colour preset: expected a JSON file with schema {SCHEMA!r}. Choose a file that was saved "
            "on the Colour page.",
            f"Это не набор настроек цвета: нужен файл JSON со схемой {SCHEMA!r}. Выберите файл, сохранённый на "
            "странице «Цвет».",
        )
    unknown = sorted(str(k) for k in set(value) - {"schema", "name", "grade"})
    if unknown:
        raise SettingsError(f"preset: unknown part {unknown[0]!r:.60}.", f"Набор: лишняя часть {unknown[0]!r:.60}.")
    name = value.get("name", "")
    if not isinstance(name, str):
        raise SettingsError("preset: the name is not text.", "Набор: имя должно быть текстом.")
    return clean_name(name), settings_from(Grade, value.get("grade"), "preset")


def loads(text: str) -> tuple[str, Grade]:
    """The name and the grade in a preset file's text.

    Raises:
        SettingsError: too long, not JSON, or not a preset.
    """
    if len(text) > _MAX_BYTES:
        raise SettingsError("This preset is larger than 64 KB.", "Файл набора больше 64 КБ.")
    try:
        value = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        raise SettingsError("This preset is not a JSON file.", "Набор должен быть файлом JSON.") from None
    return from_json(value)


def save(path: Path, grade: Grade, name: str = "") -> None:
    """Write a preset file, atomically; ``name`` is the file's own where it is left out."""
    write_json(path, to_json(name or path.stem, grade))


def load(path: Path) -> Grade:
    """The grade of a preset file.

    Raises:
        SettingsError: missing, too large, not text, or not a preset.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        return loads(data.decode("utf-8"))[1]
    except (OSError, UnicodeDecodeError):
        raise SettingsError(
            f"{path.name[:80]}: cannot be read as a preset.", f"{path.name[:80]}: не читается как набор."
        ) from None


def file_name(name: str, ending: str = ".json") -> str:
    """A file name from a preset's name: letters, digits, ``-`` and ``_`` of any language, never a path."""
    stem = re.sub(r"[^\w-]+", "_", clean_name(name)).strip("_-")[:60]
    if not stem or _RESERVED.fullmatch(stem):
        stem = f"preset_{stem}".rstrip("_")
    return f"{stem}{ending}"
