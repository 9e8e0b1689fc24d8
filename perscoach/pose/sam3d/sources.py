"""Where SAM 3D Body's box and mask of the trainer come from: the matte, MediaPipe, or ViTDet."""

from __future__ import annotations

import importlib.util

from perscoach.core.errors import EngineError, ModelError
from perscoach.core.messages import message
from perscoach.models import path_of
from perscoach.people.sizes import weights_of
from perscoach.pose.base import Take
from perscoach.pose.sam3d import vitdet
from perscoach.pose.sam3d.person import LandmarkerPerson, MattePerson, Source


def source_name(take: Take) -> str:
    """Which source is taken for ``take``: the one asked for, else the matte, else MediaPipe.

    Raises:
        EngineError: the matte was asked for and there is none, or ViTDet is not installed.
        ModelError: MediaPipe's model is missing.
    """
    wanted = take.settings.person
    if wanted == "auto":
        wanted = "matte" if take.cue is not None else "mediapipe"
    if wanted == "matte" and take.cue is None:
        raise EngineError("sam3d.no_matte")
    if wanted == "vitdet":
        vitdet.check()
    if wanted == "mediapipe":
        _check_landmarker(take.settings.model)
    return wanted


def open_source(take: Take, device: str) -> Source:
    """See ``source_name``; what is heavy is opened with the first frame."""
    name = source_name(take)
    if name == "matte":
        assert take.cue is not None
        return MattePerson(take.cue, take.settings.skip)
    if name == "vitdet":
        return vitdet.DetectedPerson(take, device)
    return LandmarkerPerson(take)


def _check_landmarker(model: str) -> None:
    if importlib.util.find_spec("mediapipe") is None:
        raise EngineError("sam3d.needs_person", reason=message("sam3d.no_mediapipe"))
    try:
        path_of(weights_of(model))
    except ModelError as error:
        raise ModelError("sam3d.needs_person", reason=error.message) from error
