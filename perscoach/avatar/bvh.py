"""``trainer.bvh``: the movement as a skeleton for animation programs.

Format: Biovision Hierarchy, as in M. Meredith and S. Maddock, "Motion Capture File Formats Explained" (2001). Centimetres,
y up, facing +z; the first joint carries the travel; the file's rest pose (all angles 0) is the body's rest pose, so every
angle is a turn away from it. Angles are in degrees, applied in the order Z, X, Y.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.avatar.resting import Rested, rested
from perscoach.avatar.rig import CHEST_AT
from perscoach.avatar.rigging import RigSettings, joint_names
from perscoach.avatar.rotations import swing
from perscoach.avatar.tracks import held_frames, stand
from perscoach.body import MovingBody, Pose
from perscoach.core.arrays import Array
from perscoach.core.files import atomic
from perscoach.core.progress import Monitor, Quiet
from perscoach.motion import FLIP, Motion

_CM = 100.0
_BLOCK = 120
_LEFT_OUT = ("_proc", "c_tongue", "c_teeth")  # MHR's twist helpers and what is inside the mouth
_TIP = "_null"
_HELPERS = ("_shoulder", "_elbow", "_hip", "_knee", "_ankle", "_mid", "_end")  # the mannequin's
_ORDER = "Zrotation Xrotation Yrotation"


@dataclass(frozen=True)
class Joint:
    """A joint of the file.

    Attributes:
        name, parent: -1 for the first.
        turn: the body's bone whose rotation it has. hold: the bone that carries it.
        point: (3,) where it is at rest, ``Motion``'s axes, metres.
        aim: the joint that it must point at, where the body's bone does not quite; or -1.
        ends: (3,) places at rest of its tips.
    """

    name: str
    parent: int
    turn: int
    hold: int
    point: Array
    aim: int = -1
    ends: list[Array] = field(default_factory=list)


def write_bvh(
    path: Path, body: MovingBody, motion: Motion, monitor: Monitor | None = None, rig: RigSettings | None = None
) -> dict[str, Any]:
    """Write the skeleton atomically: of an ``mhr`` body without twist helpers and the inside of the mouth, of a mannequin
    without the bones that only shape its skin.

    Args:
        body: as many frames as ``motion``, whose ``fps`` and ``root`` it is moved with (see ``tracks.stand``).
        rig: pose at rest, names and travel; the body's own unless given.

    Returns:
        figures: ``joints``, ``frames``, ``bytes``, ``max_error_mm`` (its joints against the body's, which differ where
        bones of the body change their length) and ``travels``.

    Raises:
        PerscoachError: no frame has a body.
        ValueError: another number of frames.
    """
    if len(body) != len(motion):
        raise ValueError(f"expected a body of {len(motion)} frames, got {len(body)}")
    monitor, rig = monitor or Quiet(), rig or RigSettings()
    body = rested(body, rig.rest)
    floor = stand(body, motion, None, None, monitor=monitor, in_place=rig.in_place)
    joints = skeleton(body)
    hips, angles, worst = np.zeros((len(body), 3)), np.zeros((len(body), len(joints), 3)), 0.0
    for start in range(0, len(body), _BLOCK):
        monitor.check()
        stop = min(len(body), start + _BLOCK)
        use = np.flatnonzero(body.valid[start:stop])
        pose = body.posed(start, stop)
        places, turns = _placed(joints, body, Pose(pose.rotations[use], pose.places[use]))
        hips[start + use] = places[:, 0] @ floor.turn.T + floor.hips[start + use]
        angles[start + use] = _angles(_local(joints, floor.turn @ turns))
        worst = max(worst, _error(joints, places, turns))
    held = held_frames(body.valid)
    text = _hierarchy(joints, joint_names([joint.name for joint in joints], rig.names))
    rows = np.concatenate([hips[held, None] * _CM, np.degrees(_smooth(angles[held]))], 1).reshape(len(body), -1)
    with atomic(path) as part, part.open("w", encoding="ascii", newline="\n") as file:
        file.write(text + f"MOTION\nFrames: {len(body)}\nFrame Time: {float(1 / motion.fps):.10f}\n")
        np.savetxt(file, np.round(rows, 4) + 0.0, fmt="%.4f")
        size = file.tell()
    return {
        "joints": len(joints), "frames": len(body), "bytes": size, "max_error_mm": round(worst * 1000, 3),
        "travels": floor.travels,
    }  # fmt: skip


def skeleton(body: MovingBody) -> list[Joint]:
    """The joints in the order in which the file names them: every joint's children, with all below them, follow it."""
    if isinstance(body, Rested):
        return [_posed(joint, body.pose, body.body.pivots) for joint in skeleton(body.body)]
    joints = _of_mannequin(body) if "left_upper_arm_end" in body.bones.names else _of_rig(body)
    _end(joints, body)
    order, todo = [], [0]
    while todo:
        order.append(todo.pop())
        todo += [i for i in reversed(range(len(joints))) if joints[i].parent == order[-1]]
    place = {old: new for new, old in enumerate(order)} | {-1: -1}
    return [replace(joints[i], parent=place[joints[i].parent], aim=place[joints[i].aim]) for i in order]


def _posed(joint: Joint, pose: Pose, pivots: Array) -> Joint:
    """The joint in a pose of one frame, as the bone that carries it takes it along."""
    turn, place, pivot = (a.astype(np.float64) for a in (pose.rotations[0, joint.hold], pose.places[0, joint.hold], pivots[joint.hold]))  # fmt: skip
    point, *ends = (turn @ (p - pivot) + place for p in (joint.point, *joint.ends))
    return replace(joint, point=point, ends=ends)


def _of_rig(body: MovingBody) -> list[Joint]:
    """Any rig: without helpers; a world bone above the only root is left out; tips become end sites."""
    names, parents = body.bones.names, body.bones.parents
    children = [[i for i, parent in enumerate(parents) if parent == bone] for bone in range(len(names))]
    first = 0
    while names[first] == "body_world" and len(children[first]) == 1:
        first = children[first][0]
    joints: list[Joint] = []
    place: dict[int, int] = {}
    for bone, name in enumerate(names):
        if (
            name.endswith(_LEFT_OUT[0])
            or name.startswith(_LEFT_OUT[1:])
            or (bone != first and parents[bone] not in place)
        ):
            continue
        if name.endswith(_TIP) and not children[bone]:
            joints[place[parents[bone]]].ends.append(body.pivots[bone])
            continue
        place[bone] = len(joints)
        joints.append(Joint(name, -1 if bone == first else place[parents[bone]], bone, bone, body.pivots[bone]))
    return joints


def _of_mannequin(body: MovingBody) -> list[Joint]:
    """The bones an anatomist would name. Its back is two joints: ``torso`` at the hips' middle points at ``shoulders`` in
    the shoulders' middle, since these two stay equally far apart, which spine and chest do not."""
    at, pivots = body.bones.at, body.pivots
    top = pivots[at("chest")] / CHEST_AT
    joints = [
        Joint("pelvis", -1, at("pelvis"), at("pelvis"), pivots[at("pelvis")]),
        Joint("torso", 0, at("spine"), at("pelvis"), pivots[at("pelvis")], aim=2),
        Joint("shoulders", 1, at("chest"), at("chest"), top),
    ]
    index = {"pelvis": 0, "chest": 2}
    for bone, name in enumerate(body.bones.names):
        if name in ("pelvis", "spine", "chest") or name.endswith(_HELPERS):
            continue
        above = body.bones.parents[bone]
        while body.bones.names[above] not in index:
            above = body.bones.parents[above]
        turn = f"{name}_end" if f"{name}_end" in body.bones.names else name  # the whole of the limb's twist
        index[name] = len(joints)
        joints.append(Joint(name, index[body.bones.names[above]], at(turn), bone, pivots[bone]))
    return joints


def _end(joints: list[Joint], body: MovingBody) -> None:
    """Give every joint without children and tips a tip: as far again beyond the middle of the skin that it holds."""
    parents = {joint.parent for joint in joints}
    for index, joint in enumerate(joints):
        if index in parents or joint.ends:
            continue
        share = body.weights[:, joint.hold]
        if share.sum() > 1e-3:
            joint.ends.append(2 * (share @ body.rest) / share.sum() - joint.point)
        elif joint.parent >= 0:
            joint.ends.append(joint.point + 0.5 * (joint.point - joints[joint.parent].point))
        else:
            joint.ends.append(joint.point)


def _placed(joints: list[Joint], body: MovingBody, pose: Pose) -> tuple[Array, Array]:
    """Where the joints are (n, J, 3) about the hips' middle and how they are turned (n, J, 3, 3) since rest, y up."""
    turn, hold = np.array([j.turn for j in joints]), np.array([j.hold for j in joints])
    away = np.stack([j.point for j in joints]).astype(np.float64) - body.pivots[hold]
    rotations = pose.rotations.astype(np.float64)
    places = (rotations[:, hold] @ away[..., None])[..., 0] + pose.places[:, hold]
    turns = rotations[:, turn]
    for index, joint in enumerate(joints):
        if joint.aim >= 0:
            rest = (joints[joint.aim].point - joint.point).astype(np.float64)
            seen = np.swapaxes(turns[:, index], -1, -2) @ (places[:, joint.aim] - places[:, index])[..., None]
            turns[:, index] = turns[:, index] @ swing(np.broadcast_to(rest, seen.shape[:-1]), seen[..., 0])
    return places * FLIP, FLIP[:, None] * turns * FLIP


def _local(joints: list[Joint], turns: Array) -> Array:
    above = np.array([max(j.parent, 0) for j in joints])
    back = np.swapaxes(turns[:, above], -1, -2).copy()
    back[:, 0] = np.eye(3)
    return np.asarray(back @ turns)


def _error(joints: list[Joint], places: Array, turns: Array) -> float:
    """Metres: the farthest that a joint is from where the file's bones, of constant length, take it."""
    found = places.copy()
    for index, joint in enumerate(joints):
        if joint.parent >= 0:
            offset = (joint.point - joints[joint.parent].point) * FLIP
            found[:, index] = found[:, joint.parent] + turns[:, joint.parent] @ offset
    return float(np.linalg.norm(found - places, axis=-1).max(initial=0.0))


def _angles(turns: Array) -> Array:
    """(…, 3) radians [z, x, y] with R = Rz·Rx·Ry. Where x is a quarter turn, z and y are about one axis: y is then 0."""
    from scipy.spatial.transform import Rotation

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Gimbal lock")
        angles = Rotation.from_matrix(turns.reshape(-1, 3, 3)).as_euler("ZXY")
    return np.asarray(angles.reshape(turns.shape[:-1]))


def _smooth(angles: Array) -> Array:
    """(F, J, 3) the same turns by the angles nearest to the frame before: each turn has two triples, and each angle may
    be taken a whole turn further. Programs that draw or blend the curves see no jumps."""
    out = angles.copy()
    for frame in range(1, len(out)):
        before, own = out[frame - 1], out[frame]
        other = np.stack([own[:, 0] + np.pi, np.pi - own[:, 1], own[:, 2] + np.pi], 1)
        both = np.stack([own, other])
        both -= 2 * np.pi * np.round((both - before) / (2 * np.pi))
        out[frame] = both[np.abs(both - before).sum(-1).argmin(0), np.arange(len(own))]
    return out


def _hierarchy(joints: list[Joint], names: list[str]) -> str:
    children = [[i for i, j in enumerate(joints) if j.parent == index] for index in range(len(joints))]
    lines = ["HIERARCHY"]

    def offset(point: Array, start: Array) -> str:
        return "OFFSET " + " ".join(f"{v + 0.0:.4f}" for v in np.round((point - start) * FLIP * _CM, 4))

    def add(index: int, depth: int) -> None:
        joint, tab, inner = joints[index], "\t" * depth, "\t" * (depth + 1)
        # readers differ in whether positions come on top of the first joint's offset: it is 0
        start = joint.point if joint.parent < 0 else joints[joint.parent].point
        lines.extend([f"{tab}{'ROOT' if joint.parent < 0 else 'JOINT'} {names[index]}", f"{tab}{{"])
        lines.append(inner + offset(joint.point, start))
        moves = "6 Xposition Yposition Zposition" if joint.parent < 0 else "3"
        lines.append(f"{inner}CHANNELS {moves} {_ORDER}")
        for child in children[index]:
            add(child, depth + 1)
        for end in joint.ends:
            lines.extend([f"{inner}End Site", f"{inner}{{", f"{inner}\t{offset(end, joint.point)}", f"{inner}}}"])
        lines.append(f"{tab}}}")

    add(0, 0)
    return "\n".join(lines) + "\n"
