"""From the command line's words to a ``Recipe``."""

from __future__ import annotations

import argparse
import dataclasses
import re
import shutil
from pathlib import Path

from perscoach.core.errors import SettingsError
from perscoach.grade.look import NONE, Look, store
from perscoach.grade.params import NEUTRAL, Grade
from perscoach.matting.base import MattingSettings
from perscoach.media import IngestSettings
from perscoach.media.types import ExportSettings
from perscoach.pose.options import settings_of
from perscoach.recipe import Recipe

_MAX_PICTURE = 256 << 20


def _numbers(option: str, text: str, count: int) -> list[float]:
    parts = text.split(",")
    try:
        values = [float(p) for p in parts]
    except ValueError:
        values = []
    if len(values) != count:
        raise SettingsError(
            f"{option}: expected {count} numbers with commas between, got {text!r:.60}.",
            f"{option}: нужно чисел через запятую: {count}, получено {text!r:.60}.",
        )
    return values


def parse_trim(text: str | None) -> tuple[float | None, float | None]:
    """``"2:8"`` → (2, 8); ``":30"`` → (None, 30).

    Raises:
        SettingsError: anything else.
    """
    if text is None:
        return None, None
    if not re.fullmatch(r"\d*\.?\d*:\d*\.?\d*", text) or text == ":":
        raise _bad_trim(text)
    try:
        start, end = (float(p) if p else None for p in text.split(":"))
    except ValueError:
        raise _bad_trim(text) from None
    return start, end


def _bad_trim(text: str) -> SettingsError:
    return SettingsError(
        f"--trim: expected IN:OUT in seconds such as 2:8 or :30, got {text!r:.60}.",
        f"--trim: нужно НАЧАЛО:КОНЕЦ в секундах, например 2:8 или :30, получено {text!r:.60}.",
    )


def grade_from(arguments: argparse.Namespace, default: Grade) -> Grade:
    """A preset, then single values over it."""
    from perscoach.grade import presets

    grade = default
    if arguments.preset:
        path = Path(arguments.preset)
        grade = presets.load(path) if path.suffix == ".json" else presets.by_name(arguments.preset)
    single = {f.name: getattr(arguments, f.name) for f in dataclasses.fields(Grade)}
    return dataclasses.replace(grade, **{k: v for k, v in single.items() if v is not None})


def recipe_from(arguments: argparse.Namespace, work: Path) -> Recipe:
    """The recipe that the words ask for; pictures named by them are copied into ``work``."""
    start, end = parse_trim(arguments.trim)
    crop = _numbers("--crop", arguments.crop, 4) if arguments.crop else None
    trainer = _numbers("--trainer", arguments.trainer, 2) if arguments.trainer else None
    point = (trainer[0], trainer[1]) if trainer else None
    recipe = Recipe(
        ingest=IngestSettings(start, end, tuple(int(v) for v in crop) if crop else None),  # type: ignore[arg-type]
    )
    command = arguments.command
    if hasattr(arguments, "matting"):
        recipe = dataclasses.replace(recipe, matting=_matting(arguments, work, point))
    elif point:
        recipe = dataclasses.replace(recipe, matting=MattingSettings(trainer=point))
    if hasattr(arguments, "pose"):
        recipe = dataclasses.replace(recipe, pose=settings_of(arguments, point))
    if hasattr(arguments, "preset"):
        recipe = dataclasses.replace(recipe, grade=grade_from(arguments, NEUTRAL if command == "matte" else Grade()))
        recipe = dataclasses.replace(recipe, look=_look(arguments, work))
    if hasattr(arguments, "quality"):
        export = ExportSettings(
            quality=arguments.quality,
            mov=not arguments.no_mov,
            frames=arguments.frames,
            audio=not arguments.no_audio,
        )
        recipe = dataclasses.replace(recipe, export=export)
    return recipe


def _matting(arguments: argparse.Namespace, work: Path, point: tuple[float, float] | None) -> MattingSettings:
    plate, picture = arguments.plate, None
    if plate not in ("off", "median"):
        picture = _bring(Path(plate), work, "plate")
        plate = "picture"
    return MattingSettings(
        engine=arguments.matting,
        model=arguments.modnet_model,
        size=arguments.modnet_size,
        precision=arguments.precision,
        device=arguments.device,
        plate=plate,
        plate_picture=picture,
        refine=not arguments.no_refine,
        edge_softness=arguments.edge_softness,
        edge_shift=arguments.edge_shift,
        paint=_bring(arguments.paint, work, "paint") if arguments.paint else None,
        trainer=point,
    )


def _look(arguments: argparse.Namespace, work: Path) -> Look:
    """The look of ``--look`` and ``--look-amount``, its table kept in ``work``."""
    from perscoach.core.files import shown_name
    from perscoach.grade import cube

    path, amount = arguments.look, arguments.look_amount
    if path is None:
        if amount is not None:
            raise SettingsError(
                "--look-amount: there is no look to put on. Name one with --look FILE.cube.",
                "--look-amount: стиля нет. Укажите его: --look ФАЙЛ.cube.",
            )
        return NONE
    look = store(work, cube.text_in(path, shown_name(path)), shown_name(path))
    return look if amount is None else dataclasses.replace(look, amount=amount)


def _bring(path: Path, work: Path, name: str) -> str:
    """Copy a picture into the job's folder under our own name; its content names it, so that a change is noticed."""
    from perscoach.core.files import atomic, sha256_of, shown_name

    shown = shown_name(path)
    try:
        if not path.is_file() or path.stat().st_size > _MAX_PICTURE:
            raise SettingsError(
                f"--{name} {shown}: expected a picture file of at most {_MAX_PICTURE >> 20} MB.",
                f"--{name} {shown}: нужен файл картинки не больше {_MAX_PICTURE >> 20} МБ.",
            )
        target = f"{name}-{sha256_of(path)[:16]}{path.suffix.lower()[:5]}"
        if not (work / target).exists():
            with atomic(work / target) as part:
                shutil.copyfile(path, part)
    except OSError as error:
        raise SettingsError(
            f"--{name} {shown}: cannot be copied ({error.strerror}). Check the file and the disk.",
            f"--{name} {shown}: не копируется ({error.strerror}). Проверьте файл и диск.",
        ) from error
    return target
