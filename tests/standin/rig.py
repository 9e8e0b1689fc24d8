"""A stand-in for MHR and for the checkpoint's buffers about it, written as files of the real kinds.

    made = write_standin(tmp_path)                    # about 600 vertices, a second
    made = write_standin(tmp_path, "real", topology=sam3d_folder)      # MHR's own 18439 vertices

``made.mhr`` is a TorchScript file with the interface of ``mhr_model.pt``; ``made.buffers`` holds ``head_pose.*`` as the
checkpoint does. The skeleton moves as MHR's does: it gives the joints of real outputs within 2 mm.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from perscoach.pose.sam3d.joints import BONES, KEYPOINT_JOINTS
from perscoach.pose.sam3d.parameters import hand_code
from perscoach.skeleton import MHR70
from tests.standin import skeleton, surface

KEYPOINTS = 308
BENDS = ("l_lowleg", "r_lowleg", "l_lowarm", "r_lowarm")

# keypoints that are no joints: the joint they hang on, cm from it at rest (left side) to the nearest skin, how much of them
# is the joint itself; measured on real outputs
_OTHERS = """
nose c_head 0 5.5 12 0
left_eye l_eye 0 .4 1.4 0
left_ear c_head 7.7 5.5 -.8 0
left_elbow l_lowarm 2.5 1 -2 .9
left_ankle l_foot -2.8 -.7 -1.1 .85
left_big_toe l_ball -1.7 -.5 5.3 0
left_small_toe l_ball 5.1 -.2 .7 0
left_heel l_foot 2.3 -4.1 -4.1 .3
left_olecranon l_lowarm 2.5 -2.9 -2.2 0
left_cubital_fossa l_lowarm 1.7 2.4 5.6 0
left_acromion l_uparm -1.4 4.7 .8 0
neck c_neck 0 1.5 5 .6
"""


@dataclass(frozen=True)
class StandInFiles:
    """What was written.

    Attributes:
        mhr: the TorchScript file. buffers: the buffers' file. vertices: how many the body has.
    """

    mhr: Path
    buffers: Path
    vertices: int


def write_standin(
    folder: Path, vertices: int | str = 600, seed: int = 0, *, topology: Path | None = None, kind: str = "npz"
) -> StandInFiles:
    """Write ``mhr_model.pt`` and ``head.npz`` (or ``head.safetensors``) into ``folder``.

    Args:
        vertices: about how many, or ``"real"`` for MHR's topology from the folder ``topology``.
        seed: decides shapes and components, nothing about the skeleton.
        kind: ``"npz"`` or ``"safetensors"``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mhr, buffers = folder / "mhr_model.pt", folder / f"head.{kind}"
    points, faces = body(vertices, topology)
    mhr.write_bytes(scripted(vertices, seed, topology))
    values = {f"head_pose.{name}": value for name, value in head(points, faces, seed).items()}
    if kind == "npz":
        np.savez(buffers, **values)
    else:
        from safetensors.numpy import save_file

        save_file(values, buffers)
    return StandInFiles(mhr, buffers, len(points))


def read_buffers(files: StandInFiles) -> dict[str, np.ndarray]:
    """The npz again, as ``Rig`` takes it."""
    with np.load(files.buffers) as data:
        return {name: data[name] for name in data.files}


@lru_cache(maxsize=4)
def body(vertices: int | str, topology: Path | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Rest vertices (V, 3) cm, y up, and faces (N, 3) int32."""
    if vertices == "real":
        assert topology is not None, "vertices='real' reads MHR's topology: give its folder"
        return surface.read_topology(topology)
    return surface.build(rest_places(), int(vertices))


@lru_cache(maxsize=1)
def rest_places() -> np.ndarray:
    """(127, 3) cm: the joints with every parameter at 0."""
    return skeleton.forward(np.zeros((1, 204)))[0][0]


@lru_cache(maxsize=4)
def scripted(vertices: int | str, seed: int, topology: Path | None) -> bytes:
    """The TorchScript file's bytes."""
    import io

    import torch

    from tests.standin import script

    points, faces = body(vertices, topology)
    offsets, turns = skeleton.places()
    bends = [BONES.at(name) for name in BENDS]
    names = skeleton.parameter_names() + [f"blend_{i}" for i in range(45)]
    character = script.Character(
        script.Skeleton(list(BONES.names), np.array(BONES.parents), offsets, turns),
        script.Mesh(points, faces),
        script.ParameterTransform(names, skeleton.parameter_transform()),
        script.Skinning(*surface.weights(points, faces, rest_places()), len(BONES)),
        script.Shapes(
            points,
            surface.shape_vectors(points, faces, seed),
            surface.swelling(points, faces, rest_places(), bends),
        ),
    )
    out = io.BytesIO()
    torch.jit.save(torch.jit.script(script.StandIn(character, bends).eval()), out)
    return out.getvalue()


def head(points: np.ndarray, faces: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """The buffers of ``head_pose`` (names without that word), shapes and types as in the checkpoint but for V and N."""
    places, turns = skeleton.forward(np.zeros((1, 204)))
    names = skeleton.parameter_names()
    right = [i for i, n in enumerate(names) if i < 6 or (n.startswith("scale_r_"))]
    right += list(hand_slots("r"))
    mean, components = scales(seed)
    rng = np.random.default_rng(seed + 1)
    values = {
        "joint_rotation": turns[0],
        "scale_mean": mean,
        "scale_comps": components,
        "hand_pose_mean": hand_code(np.full((1, 27), 0.15))[0],
        "hand_pose_comps": np.linalg.qr(rng.normal(size=(54, 54)))[0] * 0.5,
        "keypoint_mapping": keypoint_mapping(points, places[0]),
        "right_wrist_coords": places[0, BONES.at("r_wrist")] / 100,
        "root_coords": places[0, BONES.at("root")] / 100,
        "local_to_world_wrist": turns[0, BONES.at("r_wrist")],
    }
    floats = {name: np.ascontiguousarray(value, np.float32) for name, value in values.items()}
    whole = {
        "faces": faces,
        "hand_joint_idxs_left": hand_slots("l"),
        "hand_joint_idxs_right": hand_slots("r"),
        "nonhand_param_idxs": np.setdiff1d(np.arange(204), right),
    }
    return floats | {name: np.ascontiguousarray(value, np.int64) for name, value in whole.items()}


def scales(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """scale_mean (68,) and scale_comps (28, 68): the first 18 components are the body's scales, ten more the hands'."""
    rng = np.random.default_rng(seed + 2)
    mean = np.zeros(68)
    mean[3:18] = rng.normal(0, 0.03, 15)
    components = np.zeros((28, 68))
    components[np.arange(18), np.arange(18)] = 0.3
    hand = rng.normal(0, 0.1, (10, 25))
    components[18:] = np.concatenate([np.zeros((10, 18)), hand, hand], 1)
    return mean, components


def hand_slots(side: str) -> np.ndarray:
    """(27,) where one hand's angles, ordered by joint, stand among the 136 of the pose."""
    names = skeleton.parameter_names()
    fingers = [f"{finger}{i}" for finger in ("pinky", "ring", "middle", "index") for i in (1, 2, 3)]
    wanted = [f"{j}_{a}" for j in fingers for a in (("rx", "ry", "rz") if j[-1] == "1" else ("rz",))]
    wanted += "thumb0_ry thumb0_rz thumb1_rx thumb1_ry thumb1_rz thumb2_rz thumb3_rz".split()
    return np.array([names.index(f"{side}_{name}") for name in wanted])


def keypoint_mapping(points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(308, V + 127): keypoints as sums of vertices and joints."""
    count = len(points)
    mapping = np.zeros((KEYPOINTS, count + len(BONES)), np.float32)
    for keypoint, joint in KEYPOINT_JOINTS.items():
        mapping[keypoint, count + joint] = 1
    for line in _OTHERS.strip().splitlines():
        name, joint, *numbers = line.split()
        shift, part = np.array([float(n) for n in numbers[:3]]), float(numbers[3])
        for side in ("left", "right") if name.startswith("left") else ("left",):
            way = np.array([1.0 if side == "left" else -1.0, 1, 1])
            own = joint if side == "left" else joint.replace("l_", "r_", 1)
            row = MHR70.joints.index(name.replace("left", side))
            near = np.argsort(np.linalg.norm(points - places[BONES.at(own)] - shift * way, axis=1), kind="stable")[:3]
            mapping[row, near] = (1 - part) / 3
            mapping[row, count + BONES.at(own)] = part
    face = np.argsort(np.linalg.norm(points - places[BONES.at("c_head")] - [0, 4, 10], axis=1), kind="stable")
    mapping[np.arange(70, KEYPOINTS), face[np.arange(KEYPOINTS - 70) % len(face)]] = 1
    return mapping
