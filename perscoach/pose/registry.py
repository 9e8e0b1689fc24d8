"""Which pose engines can run here, which one is taken, and why."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from perscoach.core.checks import Availability
from perscoach.core.errors import EngineError, ModelError
from perscoach.core.messages import Message, joined, message
from perscoach.core.settings import EngineFiles, load_settings
from perscoach.pose.base import PoseEngine, PoseSettings, Take

_SAM3D = "perscoach.pose.sam3d"
_AUTO = ("sam3d", "mediapipe")
"""What ``auto`` may take, the best first; never a recording, which shows what was recorded, whatever the clip."""


def availability(model: str = "auto", files: EngineFiles | None = None) -> dict[str, Availability]:
    """Each engine by name, the best first: whether it can run here, and if not, why and what to do.

    The engine that replays a recording is among them only where the operator has named one.

    Args:
        model: which size of MediaPipe's is asked for.
        files: the engines' own files; those of the installation's settings unless given.
    """
    files = load_settings().files if files is None else files
    found = {"sam3d": _sam3d(files), "mediapipe": _mediapipe(model)}
    return {**found, "recorded": _recorded(files)} if files.recording else found


def choose(settings: PoseSettings, files: EngineFiles | None = None) -> tuple[str, Message]:
    """The engine that will run, and why.

    Args:
        settings: of the pose stage.
        files: as for ``availability``.

    Raises:
        EngineError: the engine asked for cannot run here, or (with ``auto``) none can.
    """
    files = load_settings().files if files is None else files
    known = availability(settings.model, files)
    if settings.engine != "auto":
        name, state = settings.engine, known.get(settings.engine) or _recorded(files)
        if not state.ok:
            raise EngineError(state.message)
        return name, _with_size(
            name, settings.model, message("pose.engine_chosen", engine=_title(name, settings.model))
        )
    known = {**{name: known[name] for name in _AUTO}, "sam3d": _sam3d(files, auto=True)}
    reasons: list[Message] = []
    for name, state in known.items():
        if state.ok:
            first = _with_size(name, settings.model, message("pose.engine_auto", engine=_title(name, settings.model)))
            return name, joined([first, *reasons])
        reasons.append(state.message)
    raise EngineError(joined(reasons))


def _title(name: str, model: str) -> Message:
    from perscoach.people.sizes import size_of

    return message(f"pose.title_{name}", size=size_of(model)) if name == "mediapipe" else message(f"pose.title_{name}")


def _with_size(name: str, model: str, first: Message) -> Message:
    """The sentence, and why it is not MediaPipe's best size where nobody chose one."""
    from perscoach.core.settings import load_settings
    from perscoach.people.sizes import AUTO, reason_for_full

    if name != "mediapipe" or model != AUTO or load_settings().landmarker != AUTO:
        return first
    reason = reason_for_full()
    return first if reason is None else joined([first, message(f"pose.full_{reason}")])


def open_engine(name: str, take: Take) -> PoseEngine:
    """Open the engine ``name`` for one pass; the caller closes it.

    Raises:
        EngineError, ModelError: it cannot be opened; the sentence says what to do.
    """
    if name == "sam3d":
        state = _sam3d(take.files)
        if not state.ok:
            raise EngineError(state.message)
        engine: PoseEngine = _sam3d_module().open_engine(take)
        return engine
    if name == "recorded":
        from perscoach.pose import recorded

        return recorded.open_engine(take)
    if name == "mediapipe":
        from perscoach.pose.mediapipe import MediaPipeEngine

        return MediaPipeEngine(take)
    raise EngineError("pose.unknown_engine", name=repr(name)[:40])


def _mediapipe(model: str) -> Availability:
    from perscoach.models import path_of
    from perscoach.people.sizes import size_of, weights_of

    if importlib.util.find_spec("mediapipe") is None:
        return _answer(False, "pose.no_mediapipe")
    try:
        path_of(weights_of(model))
    except ModelError as error:
        return Availability(False, error.message)
    return _answer(True, "pose.mediapipe_runs", model=size_of(model))


def _answer(ok: bool, id: str, **values: object) -> Availability:
    sentence = message(id, **values)
    return Availability(ok, sentence)


def _recorded(files: EngineFiles) -> Availability:
    from perscoach.pose import recorded

    return recorded.availability(files.recording)


def _sam3d(files: EngineFiles, auto: bool = False) -> Availability:
    """SAM 3D Body registers itself by being there: a module with ``availability(auto, files)`` and ``open_engine(take)``."""
    if not hasattr(_sam3d_module(), "availability"):
        return _answer(False, "pose.no_sam3d")
    state: Availability = _sam3d_module().availability(auto, files)
    return state


def _sam3d_module() -> Any:
    return importlib.import_module(_SAM3D)
