"""Which pose engines can run here, which one is taken, and why."""

from __future__ import annotations

import importlib
import importlib.util
import os
from typing import Any

from perscoach.core.checks import Availability
from perscoach.core.errors import EngineError, ModelError
from perscoach.pose.base import RECORDING, PoseEngine, PoseSettings, Take

_SAM3D = "perscoach.pose.sam3d"
_TITLES = {"sam3d": "SAM 3D Body", "mediapipe": "MediaPipe", "recorded": "a recording"}
_RUSSIAN = {**_TITLES, "recorded": "запись"}
_AUTO = ("sam3d", "mediapipe")
"""What ``auto`` may take, the best first; never a recording, which shows what was recorded, whatever the clip."""


def availability(model: str = "full") -> dict[str, Availability]:
    """Each engine by name, the best first: whether it can run here, and if not, why and what to do.

    The engine that replays a recording is among them only where the operator has named one.

    Args:
        model: which size of MediaPipe's is asked for.
    """
    found = {"sam3d": _sam3d(), "mediapipe": _mediapipe(model)}
    return {**found, "recorded": _recorded()} if os.environ.get(RECORDING) else found


def choose(settings: PoseSettings) -> tuple[str, str, str]:
    """The engine that will run and the reason in English and Russian.

    Raises:
        EngineError: the wanted engine cannot run here, or (with ``auto``) none can.
    """
    known = availability(settings.model)
    if settings.engine != "auto":
        wanted = known.get(settings.engine) or _recorded()
        if not wanted.ok:
            raise EngineError(wanted.en, wanted.ru)
        name = settings.engine
        return name, f"The movement: {_TITLES[name]}, as chosen.", f"Движение: {_RUSSIAN[name]}, как выбрано."
    known = {**{name: known[name] for name in _AUTO}, "sam3d": _sam3d(auto=True)}
    for name, state in known.items():
        if state.ok:
            better = [n for n, s in known.items() if not s.ok and list(known).index(n) < list(known).index(name)]
            en = "".join(f" {known[n].en}" for n in better)
            ru = "".join(f" {known[n].ru}" for n in better)
            return name, f"The movement: {_TITLES[name]}.{en}", f"Движение: {_TITLES[name]}.{ru}"
    raise EngineError(" ".join(s.en for s in known.values()), " ".join(s.ru for s in known.values()))


def open_engine(name: str, take: Take) -> PoseEngine:
    """Open the engine ``name`` for one pass; the caller closes it.

    Raises:
        EngineError, ModelError: it cannot be opened; the sentence says what to do.
    """
    if name == "sam3d":
        state = _sam3d()
        if not state.ok:
            raise EngineError(state.en, state.ru)
        engine: PoseEngine = _sam3d_module().open_engine(take)
        return engine
    if name == "recorded":
        from perscoach.pose import recorded

        return recorded.open_engine(take)
    if name == "mediapipe":
        from perscoach.models import path_of
        from perscoach.pose.mediapipe import MediaPipeEngine

        return MediaPipeEngine(path_of(f"pose_landmarker_{take.settings.model}"), take)
    raise EngineError(f"No pose engine is called {name!r:.40}.", f"Нет движка позы {name!r:.40}.")


def _mediapipe(model: str) -> Availability:
    from perscoach.models import path_of

    if importlib.util.find_spec("mediapipe") is None:
        return Availability(
            False,
            "MediaPipe is not installed; run: pip install -r requirements.txt.",
            "MediaPipe не установлен; выполните: pip install -r requirements.txt.",
        )
    try:
        path_of(f"pose_landmarker_{model}")
    except ModelError as error:
        return Availability(False, error.en, error.ru)
    return Availability(
        True, f"MediaPipe Pose Landmarker ({model}), on the CPU.", f"MediaPipe ({model}), на процессоре."
    )


def _recorded() -> Availability:
    from perscoach.pose import recorded

    return recorded.availability()


def _sam3d(auto: bool = False) -> Availability:
    """SAM 3D Body registers itself by being there: a module with ``availability(auto)`` and ``open_engine(take)``."""
    if not hasattr(_sam3d_module(), "availability"):
        return Availability(
            False,
            "SAM 3D Body is not part of this version of perscoach.",
            "SAM 3D Body не входит в эту версию perscoach.",
        )
    state: Availability = _sam3d_module().availability(auto)
    return state


def _sam3d_module() -> Any:
    return importlib.import_module(_SAM3D)
