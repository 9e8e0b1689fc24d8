"""A recording as a ``Motion`` with its body, as it was recorded: centred, short gaps filled, nothing smoothed.

The body's bones turn by the recorded rotations (upstream's y-up frame, taken into ``Motion``'s axes). There is no rig to
give a rest body, so one recorded frame is it, turned to face the camera, and its skin weights come from its shape; the
vertices that are shown are the recorded ones themselves.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from perscoach.avatar.stored import BodyWriter, StoredBody
from perscoach.body import Bones, Pose
from perscoach.core.arrays import Array
from perscoach.core.errors import PerscoachError
from perscoach.core.messages import message
from perscoach.motion import FLIP, Motion
from perscoach.pose.base import Raw, Take
from perscoach.pose.clean import to_motion
from perscoach.pose.gaps import fill_gaps, find_cuts
from perscoach.pose.recording import Recording
from perscoach.pose.sam3d.joints import BONES
from perscoach.pose.topology import VARIABLE, find_topology, read_topology
from perscoach.skeleton import MHR70

_MESH = frozenset(("pred_keypoints_3d", "pred_vertices", "pred_joint_coords", "pred_global_rots"))
_EXTRAS = {
    "mhr_model_params": "mhr_model_params",
    "shape_params": "shape_params",
    "scale_params": "scale_params",
    "pred_cam_t": "cam_t",
    "focal_length": "focal_px",
}
"""What ``trainer_poses.npz`` gets beside the movement: the recording's name for it, and ours."""
_AROUND = 3  # frames on each side that ``fill_gaps`` looks at
_KEEP = 96  # frames in memory: more than the longest gap that is filled, with what lies around it
_CANDIDATES = 48  # frames that are looked at for the body at rest
_FITTED = 24  # frames that the skin weights are fitted to
_FEWEST = 8  # of fewer frames a fit would learn their noise
_VERSION = 1  # raise when the same recording gives another body


class Shape(NamedTuple):
    """A body in one frame, ``Motion``'s axes, centred on the hips: vertices (V, 3), places (B, 3), rotations (B, 3, 3)."""

    vertices: Array
    places: Array
    rotations: Array


def as_recorded(recording: Recording, raw: Raw, take: Take, folder: Path) -> Motion:
    """The movement of ``raw`` (whose parameters are the recording's frame and person) with the body, stored in ``folder``.

    Raises:
        EngineError: the recording cannot be read.
    """
    clip, settings = take.clip, take.settings
    rate = clip.fps / settings.skip
    motion = to_motion(raw, MHR70, rate, clip.width, clip.height, 0.0, "recorded")
    take.monitor.note(message("recorded.as_it_is"))
    extras = _extras(recording, raw)
    turns = _turns(recording, raw, motion)
    body = _body(recording, raw, motion, take, folder)
    return dataclasses.replace(motion, body=body, extras=extras, global_rot=turns)


def _extras(recording: Recording, raw: Raw) -> dict[str, Array]:
    """(F, …) float32 each, NaN in frames that were not recorded."""
    out: dict[str, Array] = {}
    names = frozenset(_EXTRAS) & recording.fields
    for index in np.flatnonzero(raw.found):
        found = recording.person(*_where(raw, index), names)
        for name, value in (found or {}).items():
            array = out.setdefault(_EXTRAS[name], np.full((len(raw.found), *value.shape), np.nan, np.float32))
            array[index] = value
    return out


def _turns(recording: Recording, raw: Raw, motion: Motion) -> Array:
    """(F, 3) float32: ``global_rot`` as recorded; between recorded frames, and where there is none, the torso's."""
    turns = motion.global_rot.copy()
    if "global_rot" in recording.fields:
        for index in np.flatnonzero(raw.found & motion.valid):
            found = recording.person(*_where(raw, index), frozenset(("global_rot",)))
            if found is not None:
                turns[index] = found["global_rot"]
    return turns


def _where(raw: Raw, index: int) -> tuple[int, int]:
    entry, person = raw.parameters[index]
    return int(entry), int(person)


def _body(recording: Recording, raw: Raw, motion: Motion, take: Take, folder: Path) -> StoredBody | None:
    """The recorded mesh; ``None``, with a note, where the recording does not say enough for one."""
    bones = recording.bones() or (BONES if recording.sizes.get("J") == len(BONES) else None)
    if not recording.has_mesh or bones is None or not raw.found.any():
        take.monitor.note(message("recorded.no_mesh"))
        return None
    faces = recording.faces()
    if faces is None:
        path = find_topology(recording.path, take.files.topology)
        if path is None:
            take.monitor.note(message("recorded.no_faces", variable=VARIABLE))
            return None
        faces = read_topology(path, recording.sizes["V"])
    place = folder / f"body-{_VERSION}"
    with contextlib.suppress(PerscoachError):  # made by an earlier run, or not there yet
        made = StoredBody(place)
        if np.array_equal(made.valid, motion.valid):
            return made
    _write(place, bones, faces, _Shapes(recording, raw), motion, raw, take)
    return StoredBody(place)


class _Shapes:
    """The recorded bodies by output frame, a few of them kept: gaps look around themselves."""

    def __init__(self, recording: Recording, raw: Raw) -> None:
        self._recording, self._raw = recording, raw
        self._kept: OrderedDict[int, Shape] = OrderedDict()
        self.bones = recording.sizes["J"]

    def at(self, index: int) -> Shape:
        """The body of a frame that was recorded."""
        if index not in self._kept:
            found = self._recording.person(*_where(self._raw, index), _MESH)
            assert found is not None  # it was when it was observed, and it is the same file
            self._kept[index] = centred_shape(found)
            while len(self._kept) > _KEEP:
                self._kept.popitem(last=False)
        return self._kept[index]


def centred_shape(person: dict[str, Array]) -> Shape:
    """Upstream's vertices, joints and rotations in ``Motion``'s axes: positions have them already (but for the origin),
    rotations are in the y-up frame and are turned by S = diag(1, -1, -1) on both sides."""
    middle = person["pred_keypoints_3d"][list(MHR70.hips)].mean(axis=0)
    turns = FLIP[:, None] * person["pred_global_rots"] * FLIP
    return Shape(
        (person["pred_vertices"] - middle).astype(np.float32),
        (person["pred_joint_coords"] - middle).astype(np.float32),
        nearest_rotations(turns).astype(np.float32),
    )


def nearest_rotations(matrices: Array) -> Array:
    """The rotations (…, 3, 3) nearest to any matrices, by their singular vectors."""
    u, _, v = np.linalg.svd(matrices.astype(np.float64))
    u[..., :, 2] *= np.sign(np.linalg.det(u @ v))[..., None]
    out: Array = u @ v
    return out


class _Rest(NamedTuple):
    vertices: Array
    pivots: Array
    faces: Array
    back: Array
    """(B, 3, 3): what takes a recorded rotation to one from the rest: R = G · back."""


_LIMBS = (("hip", "ankle", 1.0), ("shoulder", "knee", 1.0), ("shoulder", "wrist", 1.0), ("wrist", "hip", 0.3))


def _stretched(joints: Array) -> Array:
    """(n,): how straight legs, hips and arms of (n, 70, 3) joints are, and a little how far the hands are from the body. A
    skin that was bound bent creases when it is straightened; one that was bound straight bends well."""
    at = MHR70.index
    pairs = [(at[f"{s}_{a}"], at[f"{s}_{b}"], share) for s in ("left", "right") for a, b, share in _LIMBS]
    result: Array = np.stack(
        [share * np.linalg.norm(joints[:, i] - joints[:, j], axis=1) for i, j, share in pairs]
    ).sum(0)
    return result


def _rest(shapes: _Shapes, raw: Raw, faces: Array) -> _Rest:
    """The recorded body where its limbs are straightest, turned upright to face the camera."""
    found = np.flatnonzero(raw.found)
    some = found[np.unique(np.linspace(0, len(found) - 1, min(len(found), _CANDIDATES)).astype(int))]
    shape = shapes.at(int(some[int(np.argmax(_stretched(raw.joints[some])))]))
    root = shape.rotations[min(1, shapes.bones - 1)]  # joint 1 is the pelvis; its turn is ``global_rot``
    vertices, pivots = shape.vertices @ root, shape.places @ root  # row vectors: R^T v
    a, b, c = (vertices[faces[:, i]].astype(np.float64) for i in range(3))
    outward = float((a * np.cross(b, c)).sum()) >= 0
    back = np.swapaxes(shape.rotations, -1, -2) @ root
    return _Rest(vertices, pivots, faces if outward else np.ascontiguousarray(faces[:, ::-1]), back)


def _write(folder: Path, bones: Bones, faces: Array, shapes: _Shapes, motion: Motion, raw: Raw, take: Take) -> None:
    rest = _rest(shapes, raw, faces)
    weights = _weights(rest, bones, shapes, np.flatnonzero(raw.found), take)
    with BodyWriter(folder, "mhr", bones, rest.vertices, rest.pivots, weights, rest.faces, len(motion)) as writer:
        for index, shape in _filled(shapes, raw, motion):
            take.monitor.check()
            turns = (shape.rotations @ rest.back)[None]
            writer.write(index, shape.vertices[None], turns, shape.places[None], np.ones(1, bool))


def _weights(rest: _Rest, bones: Bones, shapes: _Shapes, found: Array, take: Take) -> Array:
    """(V, B): by the body's shape, then fitted to some of the recorded frames."""
    from perscoach.avatar.weights import fit_weights, skin_weights

    weights = skin_weights(rest.vertices, rest.faces, bones, rest.pivots)
    take.monitor.check()
    if len(found) < _FEWEST:
        return weights
    some = found[np.unique(np.linspace(0, len(found) - 1, min(len(found), _FITTED)).astype(int))]
    seen = [shapes.at(int(i)) for i in some]
    pose = Pose(np.stack([s.rotations @ rest.back for s in seen]), np.stack([s.places for s in seen]))
    return fit_weights(weights, rest.vertices, rest.pivots, pose, np.stack([s.vertices for s in seen]))


def _filled(shapes: _Shapes, raw: Raw, motion: Motion) -> Iterator[tuple[int, Shape]]:
    """Every valid frame's body in order: as recorded, or filled by the curves that filled the joints."""
    fps = float(motion.fps)
    cuts = find_cuts(raw.keypoints, raw.found, fps)
    made: OrderedDict[int, Shape] = OrderedDict()
    index = 0
    while index < len(motion):
        if raw.found[index]:
            made[index] = shapes.at(index)
            yield index, made[index]
            index += 1
        elif motion.valid[index]:
            stop = index + int(np.argmax(raw.found[index:]))
            for at, shape in enumerate(_bridged(shapes, made, raw.found, cuts, index, stop, fps), index):
                made[at] = shape
                yield at, shape
            index = stop
        else:
            index += 1
        while len(made) > _AROUND:
            made.popitem(last=False)


def _bridged(
    shapes: _Shapes,
    made: OrderedDict[int, Shape],
    found: Array,
    cuts: Array,
    start: int,
    stop: int,
    fps: float,
) -> list[Shape]:
    """The bodies of the gap ``start..stop - 1``."""
    low, high = max(0, start - _AROUND), min(len(found), stop + _AROUND)
    known: dict[int, Shape] = {i: s for i, s in made.items() if low <= i < start}
    known |= {i: shapes.at(i) for i in range(stop, high) if found[i]}
    blank = next(iter(known.values()))
    valid = np.array([i in known for i in range(low, high)])
    arrays = {
        name: np.stack([getattr(known.get(i, blank), name) for i in range(low, high)]).astype(np.float64)
        for name in Shape._fields
    }
    fill_gaps(valid, fps, arrays, cuts[low:high])
    turns = nearest_rotations(arrays["rotations"][start - low : stop - low])
    return [
        Shape(
            arrays["vertices"][i].astype(np.float32),
            arrays["places"][i].astype(np.float32),
            turns[i - start + low].astype(np.float32),
        )
        for i in range(start - low, stop - low)
    ]
