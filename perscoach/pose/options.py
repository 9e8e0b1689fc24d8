"""The pose stage's words on a command line, for ``perscoach`` and for the published script alike. Imports nothing heavy."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perscoach.pose.base import PoseSettings

ENGINES = ("auto", "sam3d", "mediapipe", "recorded")
MODELS = ("lite", "full", "heavy")
LENSES = ("phone", "webcam", "upstream")
DETAILS = ("small", "medium", "large", "full")
PERSONS = ("auto", "matte", "mediapipe", "vitdet")
_FILES = {
    "checkpoint": "PERSCOACH_SAM3D_CHECKPOINT",
    "mhr": "PERSCOACH_SAM3D_MHR",
    "recording": "PERSCOACH_RECORDING",
}


def add_pose_options(group: argparse._ActionsContainer, engine: str = "--pose", model: str = "--pose-model") -> None:
    """The flags; ``engine`` and ``model`` are what the two are called here."""
    add = group.add_argument
    add(
        engine,
        dest="pose",
        choices=ENGINES,
        default="auto",
        help="engine; auto takes SAM 3D Body where a checkpoint is named or fetched, else MediaPipe",
    )
    add(model, dest="pose_model", choices=MODELS, default="full", help="MediaPipe's size")
    add("--skip", type=int, default=1, metavar="N", help="every N-th frame; poses get fps / N")
    add("--smoothing", type=float, default=0.4, metavar="0..1", help="0 as measured, 1 very steady")
    add("--detail", choices=DETAILS, default="small", help="vertices in trainer_poses.npz, of an engine's own body")
    add("--hands", action="store_true", help="SAM 3D Body: fingers too, at several times the work")
    add(
        "--lens",
        default="phone",
        metavar="|".join((*LENSES, "MM")),
        help="SAM 3D Body: the camera; MM as in 35 mm film",
    )
    add("--person", choices=PERSONS, default="auto", help="SAM 3D Body: where its box and mask come from")
    add("--checkpoint", type=Path, metavar="FILE", help="SAM 3D Body: model.ckpt, model.safetensors or their folder")
    add("--mhr", type=Path, metavar="FILE", help="SAM 3D Body: mhr_model.pt (default: assets/ beside the checkpoint)")
    add("--recording", type=Path, metavar="PATH", help="stored outputs of SAM 3D Body, replayed: a folder or one .npz")


def pose_words(arguments: argparse.Namespace) -> list[str]:
    """What ``add_pose_options`` parsed, in the words of ``perscoach pose``."""
    words = [f"--pose={engine_of(arguments)}", f"--pose-model={arguments.pose_model}"]
    for flag in ("skip", "smoothing", "detail", "lens", "person", *_FILES):
        value = getattr(arguments, flag)
        words += [f"--{flag}={value}"] if value is not None else []
    return [*words, "--hands"] if arguments.hands else words


def engine_of(arguments: argparse.Namespace) -> str:
    """Who names an engine's files wants that engine, and not silently another."""
    if arguments.pose != "auto":
        return str(arguments.pose)
    if arguments.recording:
        return "recorded"
    return "sam3d" if arguments.checkpoint or arguments.mhr else "auto"


def settings_of(arguments: argparse.Namespace, trainer: tuple[float, float] | None) -> PoseSettings:
    """The settings that the words ask for.

    Raises:
        SettingsError: a value that cannot be used.
    """
    from perscoach.pose.base import PoseSettings

    return PoseSettings(
        engine=engine_of(arguments),
        model=arguments.pose_model,
        skip=arguments.skip,
        smoothing=arguments.smoothing,
        device=arguments.device,
        trainer=trainer,
        hands=arguments.hands,
        detail=arguments.detail,
        person=arguments.person,
        **_lens(arguments.lens),
    )


def _lens(text: str) -> dict[str, Any]:
    from perscoach.core.errors import SettingsError

    if text in LENSES:
        return {"lens": text}
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text):
        listed = ", ".join(LENSES)
        raise SettingsError(
            f"--lens: expected {listed} or millimetres such as 26, got {text!r:.60}.",
            f"--lens: нужно {listed} или миллиметры, например 26, получено {text!r:.60}.",
        )
    return {"lens": "custom", "lens_mm": float(text)}


@contextmanager
def files_named(arguments: argparse.Namespace) -> Iterator[None]:
    """The named files reach the engines, which live in other rooms, through the environment; until the block ends."""
    named = {variable: getattr(arguments, flag, None) for flag, variable in _FILES.items()}
    before = {name: os.environ.get(name) for name in named}
    os.environ.update({name: str(path.expanduser().absolute()) for name, path in named.items() if path})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
