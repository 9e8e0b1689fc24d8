"""From the command line's arguments to a ``Recipe``."""

from __future__ import annotations

import argparse
import dataclasses
import re
import shutil
from pathlib import Path
from typing import Any

from perscoach.avatar.rigging import RigSettings
from perscoach.core.errors import SettingsError
from perscoach.core.files import atomic, regular_file, sha256_of, shown_name
from perscoach.core.settings import Settings, load_settings
from perscoach.grade.look import NONE, Look, store
from perscoach.grade.params import NEUTRAL, Grade
from perscoach.matting.base import MattingSettings
from perscoach.media import IngestSettings
from perscoach.media.types import ExportSettings
from perscoach.pose.base import PoseSettings
from perscoach.pose.options import LENSES
from perscoach.recipe import Recipe

_MAX_PICTURE = 256 << 20
_NUMBER = re.compile(r"-?(\d{1,9}(\.\d{0,9})?|\.\d{1,9})", re.ASCII)
_TIME = r"(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})?"
_TRIM = re.compile(f"{_TIME}:{_TIME}", re.ASCII)


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The installation's settings, with the engines' files that the command line names in place of the environment's.

    Raises:
        SettingsError: an environment variable cannot be used, or a named file is not one.
    """
    settings = load_settings()
    named: dict[str, Path] = {}
    for name in ("checkpoint", "mhr", "recording"):
        path: Path | None = getattr(arguments, name, None)
        if path is not None:
            named[name] = path.expanduser().absolute()
            if engine_of(arguments) in ("sam3d", "recorded") and not (name != "mhr" and path.is_dir()):
                regular_file(named[name], SettingsError)
    return dataclasses.replace(settings, files=dataclasses.replace(settings.files, **named))


def engine_of(arguments: argparse.Namespace) -> str:
    """The pose engine. Passing an engine's files selects that engine; there is no fallback."""
    if arguments.pose != "auto":
        return str(arguments.pose)
    if arguments.recording:
        return "recorded"
    return "sam3d" if arguments.checkpoint or arguments.mhr else "auto"


def parse_trim(text: str | None) -> tuple[float | None, float | None]:
    """``"2:8"`` → (2, 8); ``":30"`` → (None, 30).

    Raises:
        SettingsError: anything else.
    """
    if text is None:
        return None, None
    match = _TRIM.fullmatch(text)
    if match is None or text == ":":
        raise SettingsError("cli.trim", value=f"{text!r:.60}")
    start, end = (float(part) if part else None for part in match.groups())
    return start, end


def recipe_from(arguments: argparse.Namespace, work: Path) -> Recipe:
    """The recipe that the arguments describe; pictures that they name are copied into ``work``.

    Raises:
        SettingsError: a value or a file cannot be used.
    """
    start, end = parse_trim(arguments.trim)
    crop = _numbers("--crop", arguments.crop, 4) if arguments.crop is not None else None
    trainer = _numbers("--trainer", arguments.trainer, 2) if arguments.trainer is not None else None
    point = (trainer[0], trainer[1]) if trainer else None
    corners = (int(crop[0]), int(crop[1]), int(crop[2]), int(crop[3])) if crop else None
    parts: dict[str, Any] = {"ingest": IngestSettings(start, end, corners)}
    if hasattr(arguments, "matting"):
        parts["matting"] = _matting(arguments, work, point)
    else:
        parts["matting"] = MattingSettings(device=arguments.device, trainer=point)
    if hasattr(arguments, "pose"):
        parts["pose"] = _pose(arguments, point)
        parts["rig"] = RigSettings(arguments.rest_pose, arguments.bone_names, arguments.in_place)
    if hasattr(arguments, "preset"):
        parts["grade"] = _grade(arguments, NEUTRAL if arguments.command == "matte" else Grade())
        parts["look"] = _look(arguments, work)
    if hasattr(arguments, "quality"):
        parts["export"] = ExportSettings(
            quality=arguments.quality,
            mov=not arguments.no_mov,
            frames=arguments.frames,
            audio=not arguments.no_audio,
        )
    return Recipe(**parts)


def _numbers(option: str, text: str, count: int) -> list[float]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != count or not all(_NUMBER.fullmatch(part) for part in parts):
        raise SettingsError("cli.numbers", option=option, count=count, value=f"{text!r:.60}")
    return [float(part) for part in parts]


def _grade(arguments: argparse.Namespace, default: Grade) -> Grade:
    """A preset, then single values over it."""
    from perscoach.grade import presets

    grade = default
    if arguments.preset is not None:
        path = Path(arguments.preset)
        grade = presets.load(path) if path.suffix == ".json" else presets.by_name(arguments.preset)
    return dataclasses.replace(grade, **single_values(arguments))


def single_values(arguments: argparse.Namespace) -> dict[str, float]:
    """The colour's numbers that the command line gives one by one."""
    given = {field.name: getattr(arguments, field.name) for field in dataclasses.fields(Grade)}
    return {name: value for name, value in given.items() if value is not None}


def _pose(arguments: argparse.Namespace, point: tuple[float, float] | None) -> PoseSettings:
    return PoseSettings(
        engine=engine_of(arguments),
        model=arguments.pose_model,
        skip=arguments.skip,
        smoothing=arguments.smoothing,
        device=arguments.device,
        trainer=point,
        hands=arguments.hands,
        detail=arguments.detail,
        person=arguments.person,
        **_lens(arguments.lens),
    )


def _lens(text: str) -> dict[str, Any]:
    if text in LENSES:
        return {"lens": text}
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text):
        raise SettingsError("cli.lens", names=", ".join(LENSES), value=f"{text!r:.60}")
    return {"lens": "custom", "lens_mm": float(text)}


def _matting(arguments: argparse.Namespace, work: Path, point: tuple[float, float] | None) -> MattingSettings:
    plate, picture = arguments.plate, None
    if plate not in ("auto", "off", "median"):
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
    from perscoach.grade import cube

    path, amount = arguments.look, arguments.look_amount
    if path is None:
        if amount is not None:
            raise SettingsError("cli.look_amount")
        return NONE
    look = store(work, cube.text_in(path, shown_name(path)), shown_name(path))
    return look if amount is None else dataclasses.replace(look, amount=amount)


def _bring(path: Path, work: Path, name: str) -> str:
    """Copy a picture into the work folder under a name made from its content, so that a change is noticed."""
    if regular_file(path, SettingsError).st_size > _MAX_PICTURE:
        raise SettingsError("cli.picture_size", name=shown_name(path), size=_MAX_PICTURE >> 20)
    target = f"{name}-{sha256_of(path)[:16]}{path.suffix.lower()[:5]}"
    if not (work / target).exists():
        with atomic(work / target) as part:
            shutil.copyfile(path, part)
    return target
