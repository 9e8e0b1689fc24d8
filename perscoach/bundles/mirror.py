"""The files under ``mirror/``: the trainer's movement and body as the client's page reads them, small enough for a phone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.avatar.compact import read_compact, real, write_compact
from perscoach.avatar.face import face_joints
from perscoach.avatar.reduce import MovingMesh
from perscoach.bundles import layout
from perscoach.bundles.report import Report
from perscoach.core.arrays import Array
from perscoach.core.errors import BundleError, PerscoachError
from perscoach.core.files import atomic, read_json, write_json
from perscoach.core.npz import UNREADABLE
from perscoach.motion import Motion
from perscoach.score.choice import ScoreSettings
from perscoach.score.track import STEP, Track, prepare

_MAX_TRACK = 64 << 20  # ten minutes at 60 frames a second are 9 MB
_MAX_SCORE = 1 << 20
_FAR = 3 * STEP + 1e-4  # metres: both are rounded, and so are the poses
_PIXELS = 1.1


def write_mirror(folder: Path, motion: Motion, body: Path | MovingMesh,
                 score: ScoreSettings | None = None) -> dict[str, Any]:  # fmt: skip
    """Write ``mirror/track.json`` and ``mirror/body.bin``, and ``score.json`` where the coach has set something.

    Args:
        folder: the bundle.
        motion: the trainer's movement.
        score: the coach's own settings.
        body: the compact body that was written for the viewer (``avatar.compact``), or the mesh to write it from.

    Returns:
        What ``body.bin`` says of its mesh.

    Raises:
        BundleError: no frame of the movement has a body.
    """
    track = prepare(motion, None if score is None else score.choices)
    write_json(folder / layout.MIRROR_TRACK, track.to_json(), indent=None)
    if score is not None and score != ScoreSettings():
        write_json(folder / layout.SCORE_JSON, score.to_json())
    target = folder / layout.MIRROR_BODY
    if isinstance(body, Path):
        with atomic(target) as part:
            shutil.copyfile(body, part)
        return dict(read_compact(target)[0]["mesh"])
    return dict(write_compact(target, body, motion, _repetitions(track))["mesh"])


def _repetitions(track: Track) -> list[tuple[int, int]]:
    """First and last frame of each repetition."""
    last = len(track) - 1
    frames = [(round(start * track.fps), min(last, round(stop * track.fps))) for start, _, stop in track.plan.turns]
    return [(start, stop) for start, stop in frames if start < stop]


def check_mirror(folder: Path, motion: Motion, report: Report) -> None:
    """Add an error to ``report`` for each of the files that is there and does not belong to ``motion``."""
    checks = ((layout.MIRROR_TRACK, _check_track), (layout.MIRROR_BODY, _check_body), (layout.SCORE_JSON, _check_score))
    for name, check in checks:
        if (folder / name).is_file():
            _guarded(name, folder / name, check, motion, report)


def _guarded(name: str, path: Path, check: Callable[[Path, Motion], str], motion: Motion, report: Report) -> None:
    try:
        wrong = check(path, motion)
    except PerscoachError as error:
        report.failed(error)
        return
    except UNREADABLE as error:
        report.error("bundles.bad_file", name=name, reason=type(error).__name__)
        return
    if wrong:
        report.error("bundles.mirror_differs", name=name, key=wrong)


def _check_track(path: Path, motion: Motion) -> str:
    """The key that differs, or an empty text."""
    track = Track.from_json(read_json(path, _MAX_TRACK))
    stated = (track.width, track.height, track.skeleton)
    if len(track) != len(motion) or abs(track.fps - float(motion.fps)) > 1e-9:
        return "fps"
    if stated != (motion.width, motion.height, motion.skeleton.name):
        return "width, height, skeleton"
    wanted = prepare(motion)
    if not np.array_equal(track.valid, wanted.valid):
        return "valid"
    if _away(track.points, wanted.points) > _FAR:
        return "points"
    if not np.array_equal(track.guessed, wanted.guessed):
        return "guessed"
    if _away(track.pixels, wanted.pixels) > _PIXELS:
        return "pixels"
    return "plan" if (track.plan.main, len(track.plan.turns)) != (wanted.plan.main, len(wanted.plan.turns)) else ""


def _check_score(path: Path, motion: Motion) -> str:
    read_score(path.parent)
    return ""


def read_score(folder: Path) -> ScoreSettings:
    """What the coach says about the score in a bundle; the defaults where there is no ``score.json``.

    Raises:
        BundleError: it is something else.
    """
    path = folder / layout.SCORE_JSON
    if not path.is_file():
        return ScoreSettings()
    try:
        value = read_json(path, _MAX_SCORE)
    except (OSError, ValueError) as error:
        raise BundleError("score.bad_choice", reason=f"{error!s:.200}") from error
    return ScoreSettings.from_json(value)


def _check_body(path: Path, motion: Motion) -> str:
    """The key that differs, or an empty text."""
    header, sections = read_compact(path)
    if header["frames"] != len(motion) or list(header["fps"]) != [motion.fps.numerator, motion.fps.denominator]:
        return "fps"
    parts = len(sections["basis"])
    shapes = (sections["mean"].ndim, sections["basis"].shape[1:], sections["coefficients"].shape)
    if shapes != (2, (sections["mean"].size,), (len(motion), parts)):
        return "mesh"
    faces = sections["faces"]
    if faces.ndim != 2 or not faces.size or int(faces.max()) >= len(sections["mean"]):
        return "faces"
    if not np.array_equal(sections["valid"].astype(bool), motion.valid):
        return "valid"
    if not np.array_equal(sections.get("seen", motion.seen), motion.seen):
        return "seen"
    body = [
        j for j in range(len(motion.skeleton)) if j not in face_joints(motion)
    ]  # these lie on the head that is shown
    joints = real(header, sections, "joints_3d")
    step = float(header["sections"]["joints_3d"]["scale"])
    return "joints_3d" if _away(joints[:, body], motion.joints_3d[:, body]) > _FAR + step else ""


def _away(found: Array, wanted: Array) -> float:
    """The largest difference; infinite where the shapes or the unknown numbers differ."""
    if found.shape != wanted.shape or not np.array_equal(np.isfinite(found), np.isfinite(wanted)):
        return np.inf
    return float(np.nan_to_num(np.abs(found - wanted)).max(initial=0.0))
