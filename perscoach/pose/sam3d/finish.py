"""From what the network saw to a ``Motion`` with its body: steadied parameters, then one pass of forward kinematics, so that
joints, vertices and rotations agree.

The result lies in ``body-<key>`` beside the raw observations: the body (``StoredBody``) and ``motion.npz``. Another
smoothing or lens makes another key; the network is not needed for it, only the rig.

The full mesh can be made again from ``Motion.extras`` (and so from ``trainer_poses.npz``) at any time: ``rebuild``.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np

from perscoach.avatar.detail import LEVELS, Detail, level
from perscoach.avatar.stored import BodyWriter, StoredBody
from perscoach.core.arrays import Array
from perscoach.core.device import resolve_device
from perscoach.core.errors import PerscoachError
from perscoach.core.files import atomic, key_of
from perscoach.core.messages import message
from perscoach.motion import Motion
from perscoach.pose.base import Raw, Take
from perscoach.pose.camera import Camera, camera_of
from perscoach.pose.clean import with_evidence
from perscoach.pose.gaps import FILLED_CONFIDENCE
from perscoach.pose.sam3d.parameters import BodyParameters
from perscoach.pose.sam3d.rig import Centred, Posed, Rest, Rig, centre, turns_from_rest
from perscoach.pose.sam3d.steady import Steadied, steady
from perscoach.pose.sam3d.steady.identity import LENGTHS
from perscoach.skeleton import MHR70

_VERSION = 1  # raise when the same observations give another movement or body
_CHUNK = 64  # frames between two questions whether to go on
_EXTRAS = ("mhr_model_params", "body_pose", "hand_pose", "shape_params", "scale_params", "cam_t", "focal_px")
_ARRAYS = ("joints_3d", "keypoints_2d", "confidence", "valid", "global_rot", "root")
_UNREADABLE = (PerscoachError, OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile)


def finish(raw: Raw, take: Take, folder: Path, open_rig: Callable[[], Rig] | None = None) -> Motion:
    """Steady what was observed and pose the body once.

    Args:
        raw: all output frames, ``parameters`` as ``BodyParameters.pack`` orders them.
        take: of the clip; smoothing, lens and detail count.
        folder: where the observations are; ``body-<key>`` is made in it, and older ones of it removed.
        open_rig: gives the rig where it is needed; the installation's otherwise.

    Raises:
        ModelError, EngineError: the rig cannot be opened, or gives no body.
        Cancelled: by the monitor.
    """
    camera = camera_of(take.settings, take.clip.width, take.clip.height)
    rate = take.clip.fps / take.settings.skip
    place = folder / f"body-{_key(raw, take, camera, rate)}"
    motion = _read(place, rate, camera)
    if motion is None:
        motion = _make(raw, take, place, camera, rate, open_rig or (lambda: installed_rig(take)))
    for old in folder.glob("body-*"):
        if old != place:
            shutil.rmtree(old, ignore_errors=True)
    return with_evidence(motion, raw, camera.focal)


def installed_rig(take: Take) -> Rig:
    """The rig from the installation's checkpoint (its head alone is read) and ``mhr_model.pt``."""
    from perscoach.pose.sam3d.checkpoint import Weights

    weights = Weights.find(take.files.checkpoint, take.files.mhr)
    return Rig.open(weights.mhr, weights.head_buffers(), resolve_device(take.settings.device))


def rebuild(extras: Mapping[str, Array], rig: Rig, start: int, stop: int) -> Array:
    """(n, V, 3) float32 metres about the hips' middle, ``Motion``'s axes: the full mesh of frames start..stop - 1; NaN where
    there is no body.

    Args:
        extras: ``Motion.extras``, or the opened ``trainer_poses.npz``.
        rig: with the checkpoint's buffers that made it.
    """
    values = {name: np.asarray(extras[name])[start:stop] for name in _EXTRAS[:3]}
    count = len(values["body_pose"])
    seen = np.isfinite(values["body_pose"]).all(1, keepdims=True)

    def everywhere(row: Array) -> Array:
        return np.where(seen, np.repeat(np.asarray(row, np.float32)[None], count, 0), np.float32(np.nan))

    p = BodyParameters(
        np.ascontiguousarray(values["mhr_model_params"][:, 3:6]),
        values["body_pose"],
        values["hand_pose"],
        everywhere(extras["scale_params"]),
        everywhere(extras["shape_params"]),
        np.ascontiguousarray(np.asarray(extras["cam_t"])[start:stop]),
    )
    return centre(rig.forward(p), p.cam_t).vertices


def _key(raw: Raw, take: Take, camera: Camera, rate: Fraction) -> str:
    seen = hashlib.sha256(np.ascontiguousarray(raw.parameters[raw.found]).tobytes() + raw.found.tobytes()).hexdigest()
    size = [camera.width, camera.height, round(camera.focal, 3)]
    return key_of(_VERSION, seen, take.settings.smoothing, _stored_level(take), size, str(rate))


def _stored_level(take: Take) -> str:
    """What is kept for the viewer, the exporters and smaller levels: all vertices only where they were asked for."""
    return "full" if take.settings.detail == "full" else "large"


def _make(raw: Raw, take: Take, place: Path, camera: Camera, rate: Fraction, open_rig: Callable[[], Rig]) -> Motion:
    measured = _parameters(raw)
    if not measured.valid.any():
        return _nobody(len(raw.found), rate, camera)
    rig = open_rig()

    def joints_of(p: BodyParameters) -> Array:
        parts = []
        for start in range(0, len(p), _CHUNK):
            take.monitor.check()
            parts.append(rig.keypoints(p.part(start, min(start + _CHUNK, len(p)))))
        return np.concatenate(parts)

    done = steady(measured, raw.found, float(rate), take.settings.smoothing, joints_of, camera.focal)
    if not done.valid.any():
        return _nobody(len(raw.found), rate, camera)
    _tell(done, take)
    shutil.rmtree(place, ignore_errors=True)
    arrays = _pose(done, raw, rig, take, place, camera)
    measures = {f"measure {name}": np.float64(value) for name, value in done.measures.items()}
    with atomic(place / "motion.npz") as part, part.open("wb") as file:
        np.savez(file, **arrays, **measures)
    motion = _read(place, rate, camera)
    assert motion is not None  # written this moment
    return motion


def _parameters(raw: Raw) -> BodyParameters:
    values = np.where(raw.found[:, None], raw.parameters, np.float32(np.nan))
    return BodyParameters.unpack(np.ascontiguousarray(values, np.float32))


def _pose(done: Steadied, raw: Raw, rig: Rig, take: Take, place: Path, camera: Camera) -> dict[str, Array]:
    """The one pass: the body goes to ``place``, the movement is returned."""
    p, frames = done.parameters, len(done.valid)
    out = {
        "joints_3d": np.full((frames, len(MHR70), 3), np.nan, np.float32),
        "root": np.full((frames, 3), np.nan, np.float32),
        "mhr_model_params": np.full((frames, 204), np.nan, np.float32),
    }
    rest = _rest(p, rig)
    detail = _detail(rig, _stored_level(take))
    middle = rest.keypoints[list(MHR70.hips)].mean(0)
    with BodyWriter(
        place,
        "mhr",
        rig.bones,
        detail.apply(rest.vertices - middle),
        rest.joints - middle,
        detail.apply(rig.weights()),
        detail.faces,
        frames,
    ) as body:
        for start, posed, moved in _stream(p, rig):
            take.monitor.check()
            stop = start + len(posed)
            out["joints_3d"][start:stop], out["root"][start:stop] = moved.joints_3d, moved.root
            out["mhr_model_params"][start:stop] = posed.model_params
            turns = turns_from_rest(posed.rotations, rest.rotations)
            body.write(start, detail.apply(moved.vertices), turns, moved.places, done.valid[start:stop])
    space = out["joints_3d"].astype(np.float64) + out["root"][:, None]
    first = int(np.flatnonzero(done.valid)[0])
    return out | {
        "keypoints_2d": camera.project(space).astype(np.float32),
        "confidence": _confidence(raw, done),
        "valid": done.valid,
        "global_rot": p.global_rot,
        "body_pose": p.body_pose,
        "hand_pose": p.hand_pose,
        "shape_params": p.shape[first],
        "scale_params": p.scale[first],
        "cam_t": p.cam_t,
        "focal_px": np.float32(camera.focal),
    }


def _stream(p: BodyParameters, rig: Rig) -> Iterator[tuple[int, Posed, Centred]]:
    for start, posed in rig.stream(p):
        yield start, posed, centre(posed, p.cam_t[start : start + len(posed)])


def _rest(p: BodyParameters, rig: Rig) -> Rest:
    """The person at rest: this identity, also in the lengths that stand in the pose, with every angle 0."""
    one = p.take(np.flatnonzero(p.valid)[:1])
    body = np.zeros_like(one.body_pose)
    body[:, LENGTHS] = one.body_pose[:, LENGTHS]
    nothing = np.zeros_like(one.global_rot)
    neutral = BodyParameters(nothing, body, np.zeros_like(one.hand_pose), one.scale, one.shape, nothing)
    posed = rig.forward(neutral)
    return Rest(posed.vertices[0], posed.joints[0], posed.rotations[0], posed.keypoints[0])


def _detail(rig: Rig, name: str) -> Detail:
    """Chosen on the mean person, so that everybody's mesh has the same vertices."""
    mean = rig.rest(np.zeros(45, np.float32), np.zeros(28, np.float32))
    return level(mean.vertices, rig.faces, LEVELS[name])


def _confidence(raw: Raw, done: Steadied) -> Array:
    """(F, 70) as observed; in frames that were drawn through, a share of the neighbours'."""
    out = raw.confidence.astype(np.float32).copy()
    out[~done.valid] = 0
    known = np.flatnonzero(done.valid & ~done.filled)
    for index in np.flatnonzero(done.filled):
        after = np.searchsorted(known, index)
        around = known[max(0, after - 1) : after + 1]
        out[index] = raw.confidence[around].min(0) * FILLED_CONFIDENCE if len(around) else 0
    return out


def _tell(done: Steadied, take: Take) -> None:
    numbers = done.measures
    dropped, drawn, missing = (int(numbers[f"frames_{name}"]) for name in ("dropped", "filled", "missing"))
    if dropped or missing:
        take.monitor.note(message("sam3d.dropped", dropped=dropped, drawn=drawn, missing=missing))
    if take.settings.smoothing > 0 and not done.contacts.any():
        take.monitor.note(message("sam3d.no_contacts"))


def _nobody(frames: int, rate: Fraction, camera: Camera) -> Motion:
    """A clip in which nobody was found."""
    nothing = np.full((frames, len(MHR70), 3), np.nan, np.float32)
    return Motion(
        fps=rate,
        width=camera.width,
        height=camera.height,
        skeleton=MHR70,
        joints_3d=nothing,
        keypoints_2d=nothing[..., :2].copy(),
        confidence=np.zeros(nothing.shape[:2], np.float32),
        valid=np.zeros(frames, bool),
        global_rot=nothing[:, 0].copy(),
        root=nothing[:, 0].copy(),
        engine="sam3d",
    )


def _read(place: Path, rate: Fraction, camera: Camera) -> Motion | None:
    """What an earlier run left; ``None`` where there is nothing, or something damaged."""
    try:
        body = StoredBody(place)
        with (place / "motion.npz").open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        measures = {n.removeprefix("measure "): float(a) for n, a in arrays.items() if n.startswith("measure ")}
        return Motion(
            fps=rate,
            width=camera.width,
            height=camera.height,
            skeleton=MHR70,
            engine="sam3d",
            body=body,
            extras={name: arrays[name] for name in _EXTRAS},
            measures=measures,
            **{name: arrays[name] for name in _ARRAYS},
        )
    except _UNREADABLE:
        return None
