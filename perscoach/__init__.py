"""perscoach: from a coach's clip to a trainer bundle (cut-out video, colour, 3D movement).

The functions and dataclasses below are imported when they are first used, so ``import perscoach`` itself is quick.

Example:
    >>> import perscoach
    >>> motion = perscoach.pose("squat.mp4")  # doctest: +SKIP
    >>> perscoach.process("squat.mp4", "bundles")  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from perscoach.core.version import VERSION

if TYPE_CHECKING:
    from perscoach.api import Bundle, Made, Result, check, matte, open_bundle, pose, process, score
    from perscoach.avatar.rigging import RigSettings
    from perscoach.bundles.report import Report
    from perscoach.core.errors import PerscoachError
    from perscoach.core.progress import Monitor
    from perscoach.core.settings import EngineFiles, Settings, load_settings
    from perscoach.grade.look import Look
    from perscoach.grade.params import Grade
    from perscoach.matting.base import MattingSettings
    from perscoach.media.types import Clip, ExportSettings, IngestSettings
    from perscoach.motion import Motion
    from perscoach.pose.base import PoseSettings
    from perscoach.recipe import Recipe
    from perscoach.score.offline import Client, Scored
    from perscoach.skeleton import Skeleton

__version__ = VERSION

__all__ = [
    "Bundle",
    "Client",
    "Clip",
    "EngineFiles",
    "ExportSettings",
    "Grade",
    "IngestSettings",
    "Look",
    "Made",
    "MattingSettings",
    "Monitor",
    "Motion",
    "PerscoachError",
    "PoseSettings",
    "Recipe",
    "Report",
    "Result",
    "RigSettings",
    "Scored",
    "Settings",
    "Skeleton",
    "__version__",
    "check",
    "load_settings",
    "matte",
    "open_bundle",
    "pose",
    "process",
    "score",
]

_PLACES = {
    **dict.fromkeys(("Bundle", "Made", "Result", "check", "matte", "open_bundle", "pose", "process", "score"), "api"),
    **dict.fromkeys(("EngineFiles", "Settings", "load_settings"), "core.settings"),
    **dict.fromkeys(("Clip", "ExportSettings", "IngestSettings"), "media.types"),
    **dict.fromkeys(("Client", "Scored"), "score.offline"),
    "Grade": "grade.params",
    "Look": "grade.look",
    "MattingSettings": "matting.base",
    "Monitor": "core.progress",
    "Motion": "motion",
    "PerscoachError": "core.errors",
    "PoseSettings": "pose.base",
    "Recipe": "recipe",
    "Report": "bundles.report",
    "RigSettings": "avatar.rigging",
    "Skeleton": "skeleton",
}
"""Public name to the module that defines it."""

_ROOMS = ("pose", "score")
"""Public functions whose names are also those of packages: these packages can be called."""


class _CallableRoom(ModuleType):
    """A package that, called, is the public function of the same name."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        function = getattr(importlib.import_module("perscoach.api"), self.__name__.rpartition(".")[2])
        return function(*arguments, **options)


class _Package(ModuleType):
    """``perscoach`` itself: when Python binds the package ``perscoach.pose`` to it, that package becomes callable."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _ROOMS and isinstance(value, ModuleType):
            value.__class__ = _CallableRoom
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in _ROOMS:
        return importlib.import_module(f"{__name__}.{name}")
    return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
