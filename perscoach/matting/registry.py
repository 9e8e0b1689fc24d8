"""Which matting engines exist, which can run here, and opening one."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perscoach.core.checks import Availability
from perscoach.core.errors import EngineError, PerscoachError
from perscoach.core.messages import Message, message
from perscoach.core.progress import Monitor, Quiet
from perscoach.matting.base import MattingEngine, MattingSettings
from perscoach.people.watch import PeopleSettings

if TYPE_CHECKING:
    from perscoach.core.store import Store
    from perscoach.media import Clip


def availability(settings: MattingSettings | None = None) -> dict[str, Availability]:
    """Every engine by name, best first."""
    settings = settings or MattingSettings()
    return {name: check(settings) for name, check in _CHECKS.items()}


def _modnet(settings: MattingSettings) -> Availability:
    from perscoach.matting.modnet import engine

    return engine.availability(settings)


def _mediapipe(_: MattingSettings) -> Availability:
    from perscoach.models import path_of
    from perscoach.people.watch import PeopleSettings

    if importlib.util.find_spec("mediapipe") is None:
        return _answer(False, "matting.no_mediapipe")
    try:
        path_of(PeopleSettings().weights)
    except PerscoachError as error:
        return Availability(False, error.message)
    return _answer(True, "matting.mediapipe_runs")


def _plate(settings: MattingSettings) -> Availability:
    if settings.plate == "picture" and not settings.plate_picture:
        return _answer(False, "matting.plate_needs_picture")
    return _answer(True, "matting.plate_runs")


def _answer(ok: bool, id: str) -> Availability:
    sentence = message(id)
    return Availability(ok, sentence)


_CHECKS = {"mediapipe": _mediapipe, "plate": _plate, "modnet": _modnet}


def choose(settings: MattingSettings) -> tuple[str, Message]:
    """The engine that will run, and why.

    Raises:
        EngineError: the engine asked for, or with ``auto`` every engine, cannot run here; the sentence says why.
    """
    if settings.engine != "auto":
        title, found = message(f"matting.title_{settings.engine}"), _CHECKS[settings.engine](settings)
        if not found.ok:
            raise EngineError("matting.cannot_run", engine=title, why=found.message)
        return settings.engine, message("matting.as_chosen", engine=title)
    able = availability(settings)
    why = {name: state.message for name, state in able.items()}
    # MODNet's outline is worse than MediaPipe's on every measured set of real people (docs/cutout.md).
    if able["mediapipe"].ok:
        return "mediapipe", message("matting.auto_mediapipe")
    if able["modnet"].ok:
        return "modnet", message("matting.auto_modnet", why=why["mediapipe"])
    raise EngineError("matting.no_engine", modnet=why["modnet"], mediapipe=why["mediapipe"])


def identity(name: str, settings: MattingSettings, people: PeopleSettings) -> list[Any]:
    """All that decides the raw matte of an engine, without opening it, for the key of the result.

    Returns:
        JSON values: the weights' hash, the kind of device, the precision asked for, the settings that the engine reads.
    """
    if name == "modnet":
        from perscoach.core.device import resolve_device
        from perscoach.matting.modnet.runtimes import CPU_RUNTIMES, installed
        from perscoach.matting.modnet.weights import find

        device = resolve_device(settings.device).partition(":")[0]
        runtimes = ["torch"] if device == "cuda" else [runtime for runtime in CPU_RUNTIMES if installed(runtime)]
        return [name, find(settings.model).sha256, device, runtimes, settings.precision, settings.size]
    try:
        from perscoach.models import path_of
        from perscoach.people.follow import describe

        landmarker = describe(path_of(people.weights))
    except PerscoachError:  # a clean plate does without it
        landmarker = {}
    return [name, settings.plate, people.trainer or settings.trainer, landmarker]


def open_engine(
    name: str,
    settings: MattingSettings,
    clip: Clip,
    folder: Path,
    monitor: Monitor | None = None,
    people: PeopleSettings | None = None,
    store: Store | None = None,
) -> MattingEngine:
    """Open an engine for one pass over ``clip``.

    Args:
        name: a name of ``availability()``.
        settings: everything that decides the matte.
        clip: the normalised clip.
        folder: the job's folder; a picture of the empty room is read from there.
        monitor: receives a note about the runtime.
        people: names the landmarker's model for MediaPipe's mask.
        store: where the clean plate is kept; the folder's own unless given.

    Raises:
        PerscoachError: weights are missing or damaged, or the engine cannot start.
    """
    monitor = monitor or Quiet()
    if name == "modnet":
        from perscoach.matting.modnet.engine import open_modnet

        return open_modnet(settings, clip.width, clip.height, monitor)
    if name == "mediapipe":
        from perscoach.matting.mediapipe import MediaPipeEngine
        from perscoach.models import path_of

        return MediaPipeEngine(path_of((people or PeopleSettings()).weights), settings, float(clip.fps))
    if name == "plate":
        from perscoach.matting.plate import PlateEngine, plate_of

        weights = (people or PeopleSettings()).weights
        return PlateEngine(plate_of(clip, settings, folder, monitor, store), settings, float(clip.fps), weights)
    raise EngineError("matting.unknown_engine", name=repr(name)[:40])
