"""Which matting engines exist, which can run here, and opening one."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from perscoach.core.arrays import Array
from perscoach.core.checks import Availability
from perscoach.core.errors import EngineError, PerscoachError
from perscoach.core.progress import Monitor, Quiet
from perscoach.matting.base import MattingEngine, MattingSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perscoach.media import Clip

_TITLES = {
    "modnet": ("MODNet", "MODNet"),
    "mediapipe": ("MediaPipe", "MediaPipe"),
    "plate": ("Clean plate", "Чистый фон"),
}
_SAMPLES = 10
_LONG = 300
"""Frames from which on making and proving 8-bit weights costs less than they save."""


def availability(settings: MattingSettings | None = None) -> dict[str, Availability]:
    """Every engine by name, best first."""
    settings = settings or MattingSettings()
    return {name: check(settings) for name, check in _CHECKS.items()}


def _modnet(settings: MattingSettings) -> Availability:
    from perscoach.matting.modnet import engine

    found = engine.availability(settings)
    return Availability(bool(found.ok), found.en, found.ru)


def _mediapipe(_: MattingSettings) -> Availability:
    from perscoach.matting.mediapipe import MODEL
    from perscoach.models import path_of

    if importlib.util.find_spec("mediapipe") is None:
        return Availability(False, "MediaPipe is not installed.", "MediaPipe не установлен.")
    try:
        path_of(MODEL)
    except PerscoachError as error:
        return Availability(False, error.en, error.ru)
    return Availability(True, "MediaPipe runs on any computer.", "MediaPipe работает на любом компьютере.")


def _plate(settings: MattingSettings) -> Availability:
    if settings.plate == "picture" and not settings.plate_picture:
        return Availability(
            False,
            "The clean plate needs a picture of the empty room.",
            "Для чистого фона нужен снимок пустой комнаты.",
        )
    return Availability(
        True, "The clean plate needs a fixed camera only.", "Чистому фону нужна только неподвижная камера."
    )


_CHECKS = {"modnet": _modnet, "mediapipe": _mediapipe, "plate": _plate}


def choose(settings: MattingSettings) -> tuple[str, str, str]:
    """The engine that will run and why: (name, English, Russian).

    Raises:
        EngineError: the engine asked for, or with ``auto`` every engine, cannot run here; the sentence says why.
    """
    if settings.engine != "auto":
        found = _CHECKS[settings.engine](settings)
        if not found.ok:
            raise EngineError(
                f"{_TITLES[settings.engine][0]} cannot run here: {found.en}",
                f"{_TITLES[settings.engine][1]} здесь не работает: {found.ru}",
            )
        return (
            settings.engine,
            f"Cut out: {_TITLES[settings.engine][0]}, as chosen.",
            f"Вырезка: {_TITLES[settings.engine][1]}, как выбрано.",
        )
    able = availability(settings)
    if able["modnet"].ok:
        return (
            "modnet",
            "Cut out: MODNet, its weights are here.",
            "Вырезка: MODNet, его веса на месте.",
        )
    if able["mediapipe"].ok:
        return (
            "mediapipe",
            f"Cut out: MediaPipe, because MODNet cannot run here: {able['modnet'].en}",
            f"Вырезка: MediaPipe, потому что MODNet здесь не работает: {able['modnet'].ru}",
        )
    raise EngineError(
        f"No matting engine can run here. MODNet: {able['modnet'].en} MediaPipe: {able['mediapipe'].en}",
        f"Ни один движок вырезания здесь не работает. MODNet: {able['modnet'].ru} MediaPipe: {able['mediapipe'].ru}",
    )


def _samples(clip: Clip) -> Iterator[Array]:
    """Frames spread over the clip, for what an engine wants to learn or to prove beforehand."""
    for i in range(_SAMPLES):
        yield clip.frame((2 * i + 1) * clip.frames // (2 * _SAMPLES))


def open_engine(
    name: str, settings: MattingSettings, clip: Clip, folder: Path, monitor: Monitor | None = None
) -> MattingEngine:
    """Open an engine for one pass over ``clip``.

    Args:
        name: a name of ``availability()``.
        settings: everything that decides the matte.
        clip: the normalised clip.
        folder: the job's folder (the plate is kept there, an empty-room picture is read from there).
        monitor: hears which runtime was taken.

    Raises:
        PerscoachError: weights are missing or damaged, or the engine cannot start.
    """
    monitor = monitor or Quiet()
    if name == "modnet":
        from perscoach.matting.modnet.engine import open_modnet

        worth = settings.precision == "int8" or clip.frames >= _LONG
        return open_modnet(settings, clip.width, clip.height, monitor, (lambda: _samples(clip)) if worth else None)
    if name == "mediapipe":
        from perscoach.matting.mediapipe import MODEL, MediaPipeEngine
        from perscoach.models import path_of

        return MediaPipeEngine(path_of(MODEL), settings, float(clip.fps))
    if name == "plate":
        from perscoach.matting.plate import PlateEngine, plate_of

        return PlateEngine(plate_of(clip, settings, folder, monitor), settings, float(clip.fps))
    raise EngineError(f"There is no matting engine {name!r:.40}.", f"Нет движка вырезания {name!r:.40}.")
