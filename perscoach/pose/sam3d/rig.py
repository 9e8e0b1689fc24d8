"""MHR's forward kinematics: from parameters to vertices, keypoints, joints and rotations.

The rig itself is ``mhr_model.pt``, a TorchScript file (running it runs its code: only a file that the operator placed or
fetched is opened). What upstream does around it (``mhr_forward`` in ``models/heads/mhr_head.py``) is done here in our own
code: components to scales and finger angles, centimetres to metres, y up to y down, keypoints as sums of vertices and
joints.

Space: results are metres in ``Motion``'s axes (x to the image's right, y down, z away) about the rig's origin, which lies
0.924 m under the pelvis; ``centre`` moves them to the hips' middle. Rotations stay in the rig's own axes (y up).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import EngineError, ModelError
from perscoach.motion import FLIP
from perscoach.pose.sam3d.checkpoint import check_whole
from perscoach.pose.sam3d.joints import BONES
from perscoach.pose.sam3d.parameters import POSE_SLOTS, BodyParameters, hand_angles
from perscoach.skeleton import MHR70

if TYPE_CHECKING:
    import torch

BATCH = 32
"""Frames in one pass: some 10 MB each for the full body."""

KEYPOINTS = 70
MODEL_PARAMETERS = 204
HIPS = MHR70.hips

_SHAPES: dict[str, tuple[int | None, ...]] = {
    "scale_mean": (68,),
    "scale_comps": (28, 68),
    "hand_pose_mean": (54,),
    "hand_pose_comps": (54, 54),
    "hand_joint_idxs_left": (27,),
    "hand_joint_idxs_right": (27,),
    "keypoint_mapping": (None, None),
    "faces": (None, 3),
}


@dataclass(frozen=True)
class Posed:
    """n frames, float32; NaN in frames without a body.

    Attributes:
        vertices: (n, V, 3) metres about the rig's origin; V is 0 where they were not asked for.
        keypoints: (n, 70, 3) MHR70, the same space.
        joints: (n, 127, 3) the same space.
        rotations: (n, 127, 3, 3) from each joint's own axes to the rig's, y up.
        model_params: (n, 204) what the rig was given.
    """

    vertices: Array
    keypoints: Array
    joints: Array
    rotations: Array
    model_params: Array

    def __len__(self) -> int:
        return len(self.keypoints)


@dataclass(frozen=True)
class Rest:
    """A person in the rig's neutral pose (upright, facing the camera, arms half down), metres about the rig's origin.

    Attributes:
        vertices: (V, 3). joints: (127, 3). rotations: (127, 3, 3) as in ``Posed``. keypoints: (70, 3).
    """

    vertices: Array
    joints: Array
    rotations: Array
    keypoints: Array


class Rig:
    """The opened rig on one device. ``buffers`` are the checkpoint's ``head_pose.*`` tensors, with or without that word."""

    def __init__(self, mhr: Any, buffers: Mapping[str, Any], device: str = "cpu") -> None:
        """Use a module that is loaded already (upstream's ``head_pose.mhr``); it must be on ``device``.

        Raises:
            ModelError: the module or the buffers are not those of MHR.
        """
        import torch

        self._torch = torch
        self._mhr = mhr
        self.device = torch.device(device)
        self._head = _checked(buffers)
        self.bones = BONES
        _check_joints(mhr)
        self.faces: Array = self._head["faces"].astype(np.int32)
        self.vertex_count = self._head["keypoint_mapping"].shape[1] - len(BONES)
        mapping = torch.from_numpy(np.ascontiguousarray(self._head["keypoint_mapping"][:KEYPOINTS], np.float32))
        self._mapping = mapping.to(self.device)

    @classmethod
    def open(cls, mhr: Path, buffers: Mapping[str, Any], device: str = "cpu") -> Rig:
        """Load ``mhr_model.pt`` (this runs code from the file).

        Raises:
            ModelError: no such file, not a TorchScript file, damaged, or another rig.
        """
        import torch

        if not mhr.is_file():
            raise ModelError("sam3d.rig_missing", file=mhr.name)
        try:
            module = torch.jit.load(str(mhr), map_location=device)  # type: ignore[no-untyped-call]
        except (RuntimeError, ValueError, OSError, UnicodeDecodeError) as error:
            raise ModelError(
                "sam3d.rig_unreadable", file=mhr.name, reason=str(error).splitlines()[0][:200] if str(error) else ""
            ) from error
        check_whole(mhr)
        return cls(module.eval(), buffers, device)

    def model_parameters(self, p: BodyParameters) -> Array:
        """(F, 204) float32 of the rig: [0:3] shift (0), [3:6] root, [6:136] pose with the hands put in, [136:204] scales."""
        head = self._head
        values = np.zeros((len(p), MODEL_PARAMETERS))
        values[:, 3:6] = p.global_rot
        values[:, 6 : 6 + POSE_SLOTS] = p.body_pose[:, :POSE_SLOTS]
        for part, slots in (
            (p.hand_pose[:, :54], "hand_joint_idxs_left"),
            (p.hand_pose[:, 54:], "hand_joint_idxs_right"),
        ):
            code = head["hand_pose_mean"] + part.astype(np.float64) @ head["hand_pose_comps"]
            values[:, head[slots]] = hand_angles(code)
        values[:, 136:] = head["scale_mean"] + p.scale.astype(np.float64) @ head["scale_comps"]
        return values.astype(np.float32)

    def forward(self, p: BodyParameters, *, correctives: bool = True, vertices: bool = True) -> Posed:
        """Pose all frames, ``BATCH`` at a time on the device; the answer itself holds every frame, so ask for parts of a
        long clip, or for ``stream``, where vertices are wanted.

        Args:
            correctives: False leaves out MHR's pose correctives: a tenth of the time, vertices off by some millimetres.
            vertices: False keeps only keypoints, joints and rotations.
        """
        parts = [posed for _, posed in self.stream(p, correctives=correctives, vertices=vertices)]
        if not parts:
            return self._empty(0, vertices)
        names = ("vertices", "keypoints", "joints", "rotations", "model_params")
        return Posed(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def stream(
        self, p: BodyParameters, *, correctives: bool = True, vertices: bool = True
    ) -> Iterator[tuple[int, Posed]]:
        """(first frame, its batch) in order; never more than a batch in memory. Out of memory halves the batch."""
        start, size = 0, BATCH
        while start < len(p):
            part = p.part(start, min(start + size, len(p)))
            try:
                posed = self._batch(part, correctives, vertices)
            except self._torch.OutOfMemoryError:
                if size == 1:
                    raise
                self._torch.cuda.empty_cache()
                size //= 2
                continue
            yield start, posed
            start += len(part)

    def keypoints(self, p: BodyParameters, *, correctives: bool = False) -> Array:
        """(F, 70, 3) metres about the rig's origin: the quick form for filters (no correctives, no vertices kept)."""
        return self.forward(p, correctives=correctives, vertices=False).keypoints

    def rest(self, shape: Array, scale: Array) -> Rest:
        """The neutral pose of one identity.

        Args:
            shape: (45,). scale: (28,).
        """
        values = np.zeros((1, MODEL_PARAMETERS))
        values[:, 136:] = self._head["scale_mean"] + scale.astype(np.float64) @ self._head["scale_comps"]
        posed = self._run(shape[None].astype(np.float32), values.astype(np.float32), True, True)
        return Rest(posed.vertices[0], posed.joints[0], posed.rotations[0], posed.keypoints[0])

    def weights(self) -> Array:
        """(V, 127) float32 skinning weights, rows sum to 1.

        Raises:
            ModelError: the rig tells them in another form.
        """
        indices, weights = (part.detach().cpu().numpy() for part in self._mhr.get_lbsw())
        fits = indices.shape == weights.shape and indices.ndim == 2 and len(indices) == self.vertex_count
        if not fits or not np.isfinite(weights).all() or indices.min() < 0 or indices.max() >= len(BONES):
            raise _other_rig(f"skinning weights {weights.shape}", f"({self.vertex_count}, 8)")
        dense = np.zeros((len(indices), len(BONES)))
        np.add.at(dense, (np.arange(len(indices))[:, None], indices), weights)
        result: Array = (dense / np.maximum(dense.sum(1, keepdims=True), 1e-12)).astype(np.float32)
        return result

    def _batch(self, p: BodyParameters, correctives: bool, vertices: bool) -> Posed:
        valid = p.valid
        if valid.all():
            return self._run(p.shape, self.model_parameters(p), correctives, vertices)
        out = self._empty(len(p), vertices)
        if valid.any():
            whole = p.take(valid)
            posed = self._run(whole.shape, self.model_parameters(whole), correctives, vertices)
            for name in ("vertices", "keypoints", "joints", "rotations", "model_params"):
                getattr(out, name)[valid] = getattr(posed, name)
        return out

    def _empty(self, frames: int, vertices: bool) -> Posed:
        tails = ((self.vertex_count if vertices else 0, 3), (KEYPOINTS, 3), (len(BONES), 3), (len(BONES), 3, 3))
        return Posed(*(np.full((frames, *tail), np.nan, np.float32) for tail in (*tails, (MODEL_PARAMETERS,))))

    def _run(self, shape: Array, values: Array, correctives: bool, vertices: bool) -> Posed:
        torch = self._torch

        def there(array: Array) -> Any:
            return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)

        with torch.inference_mode():
            expression = torch.zeros(len(values), 72, device=self.device)
            points, state = self._mhr(there(shape), there(values), expression, correctives)
            if points.shape[1:] != (self.vertex_count, 3) or state.shape[1:] != (len(BONES), 8):
                raise _other_rig(f"{tuple(points.shape)} vertices", f"(n, {self.vertex_count}, 3)")
            flip = torch.tensor(FLIP, dtype=torch.float32, device=self.device)
            points, places = points.float() / 100, state[..., :3].float() / 100
            keypoints = torch.einsum("kp,npc->nkc", self._mapping, torch.cat([points, places], 1)) * flip
            turns = _matrices(state[..., 3:7].float())
            found = points * flip if vertices else points[:, :0]
            arrays = [t.cpu().numpy() for t in (found, keypoints, places * flip, turns)]
        posed = Posed(arrays[0], arrays[1], arrays[2], arrays[3], values)
        if not all(np.isfinite(a).all() for a in (posed.vertices, posed.keypoints, posed.rotations)):
            raise EngineError("sam3d.not_finite")
        return posed


@dataclass(frozen=True)
class Centred:
    """``Posed`` in ``Motion``'s convention: about the hips' middle, which travels in ``root``.

    Attributes:
        joints_3d: (n, 70, 3) keypoints. vertices: (n, V, 3). places: (n, 127, 3) rig joints. root: (n, 3) camera space.
    """

    joints_3d: Array
    vertices: Array
    places: Array
    root: Array


def centre(posed: Posed, cam_t: Array) -> Centred:
    """Move every frame's origin to the middle of the hips (keypoints 9 and 10).

    Args:
        cam_t: (n, 3) metres, from the rig's origin to camera space.
    """
    middle = posed.keypoints[:, list(HIPS)].mean(1)
    shift = middle[:, None]
    return Centred(posed.keypoints - shift, posed.vertices - shift, posed.joints - shift, middle + cam_t)


def project(points: Array, focal: float, width: int, height: int) -> Array:
    """(…, 2) float32 pixels of (…, 3) points in camera space, the principal point in the picture's middle; NaN behind the
    camera."""
    depth = np.where(points[..., 2:] > 1e-3, points[..., 2:], np.nan).astype(np.float64)
    result: Array = (focal * points[..., :2] / depth + np.array([width / 2, height / 2])).astype(np.float32)
    return result


def keypoints_2d(posed: Posed, cam_t: Array, focal: float, width: int, height: int) -> Array:
    """(n, 70, 2) pixels of the keypoints, as upstream's ``pred_keypoints_2d``."""
    return project(posed.keypoints + cam_t[:, None], focal, width, height)


def turns_from_rest(rotations: Array, rest: Array) -> Array:
    """(n, 127, 3, 3) how each bone turned since the rest pose, in ``Motion``'s axes: the ``rotations`` of ``body.types.Pose``.

    Args:
        rotations: (n, 127, 3, 3) of ``Posed``. rest: (127, 3, 3) of ``Rest``.
    """
    turned = np.einsum("nbij,bkj->nbik", rotations, rest)
    return np.ascontiguousarray(turned * np.outer(FLIP, FLIP), np.float32)


def _matrices(q: torch.Tensor) -> torch.Tensor:
    """(…, 3, 3) of unit quaternions x y z w."""
    import torch

    x, y, z, w = q.unbind(-1)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def _checked(buffers: Mapping[str, Any]) -> dict[str, Array]:
    """The head's buffers as numpy, float64 or int64, their shapes and indices checked."""
    found: dict[str, Array] = {}
    for name, shape in _SHAPES.items():
        value = buffers.get(f"head_pose.{name}", buffers.get(name))
        if value is None:
            raise _other_head(name, "nothing", str(shape))
        array = value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)
        if array.ndim != len(shape) or any(w is not None and w != s for s, w in zip(array.shape, shape, strict=True)):
            raise _other_head(name, str(array.shape), str(shape))
        whole = "idxs" in name or name == "faces"
        if not np.isfinite(array).all():
            raise _other_head(name, "numbers that are not finite", str(shape))
        keep = np.float32 if name == "keypoint_mapping" else np.float64
        found[name] = array.astype(np.int64 if whole else keep)
    vertices = found["keypoint_mapping"].shape[1] - len(BONES)
    if vertices < 3 or len(found["keypoint_mapping"]) < KEYPOINTS:
        raise _other_head("keypoint_mapping", str(found["keypoint_mapping"].shape), f"(308, vertices + {len(BONES)})")
    for name, top in (("faces", vertices), ("hand_joint_idxs_left", 136), ("hand_joint_idxs_right", 136)):
        if found[name].size and (found[name].min() < 0 or found[name].max() >= top):
            raise _other_head(name, f"an index of {found[name].max()}", f"0 to {top - 1}")
    return found


def _check_joints(mhr: Any) -> None:
    tell: Callable[[], list[str]] | None = getattr(mhr, "get_joint_names", None)
    names = tuple(tell()) if tell else ()
    if names != BONES.names:
        raise _other_rig(f"{len(names)} joints", "the 127 joints of MHR")


def _other_rig(found: str, expected: str) -> ModelError:
    return ModelError("sam3d.other_rig", found=found, expected=expected)


def _other_head(name: str, found: str, expected: str) -> ModelError:
    return ModelError("sam3d.other_head", name=name, found=found, expected=expected)
